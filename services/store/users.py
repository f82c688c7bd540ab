"""Who may log in to the portal: adding, finding by what people type, passwords, and the end of it.

An employer's user is found by the own login and by the employer's organisation code or credit code, an employee by the
ID number of either length (D-1, D-3; manual L10). The own login comes first, so none may be another's code. All of this
runs as `Role.AUTH`. What the password is nobody here knows: the portal hashes it.
"""

import re
from datetime import datetime
from enum import Enum
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import CreditCode, IdNumber, Mobile, SubsidyError
from libsubsidy.identity.typed_text import CHARACTERS_LOOKED_AT, typed
from services.store.database import Connection
from services.store.refusals import absent, refuse
from services.store.violations import translated

_LOGIN_FORM: Final = re.compile(r"[0-9A-Z._@]{3,64}")
USER_COLUMNS: Final = (
    "u.id, u.login, u.role, u.name, u.employer_id, u.person_id, u.state, u.password_kind <> 'own' AS must_change"
)

_CREDENTIALS: Final = (
    f"{USER_COLUMNS}, u.password_hash, u.password_set_at, u.password_kind, u.password_ends_at, u.mobile, u.activation_hash, "
    "e.org_code, e.credit_code"
)


class PasswordKind(Enum):
    """Whose idea a password was; all but the own are changed first (F10)."""

    OWN = "own"
    INITIAL = "initial"
    ONE_TIME = "one_time"


class UserState(Enum):
    """Whether a user may log in."""

    ACTIVE = "active"
    DISABLED = "disabled"


@attrs.frozen(kw_only=True)
class User:
    """Somebody who can log in, as every request needs to know them.

    Attributes:
        role: what the portal lets them do; services/portal/roles.py knows the names.
        employer_id: whose employee records they see, for an employer's user.
        person_id: who they are, for an employee.
        must_change: the password is an initial or a one-time one, and nothing is done before it is changed (F10).
    """

    id: int
    login: str
    role: str
    name: str
    employer_id: int | None
    person_id: int | None
    state: UserState
    must_change: bool = False


@attrs.frozen(kw_only=True)
class NewUser:
    """A user as one is added; `login` as it was typed, empty for the usual one (`usual_login`)."""

    role: str
    name: str
    password_hash: str
    login: str = ""
    employer_id: int | None = None
    person_id: int | None = None
    mobile: Mobile | None = None


@attrs.frozen(kw_only=True)
class Credentials:
    """What a login is checked against.

    Attributes:
        password_hash: empty for an initial password, which is not kept but follows from the employer's codes.
        password_set_at: names this password; hashing it anew with other parameters leaves it.
        kind: whose idea it was.
        ends_at: when one that is not the own opens nothing any more.
        mobile: where codes for this user are sent, if one is on file.
        codes: the employer's organisation code and credit code; of an employer's user.
        activation_hash: of the bureau's activation code, for an initial password without a mobile.
    """

    user: User
    password_hash: str
    password_set_at: datetime
    kind: PasswordKind = PasswordKind.OWN
    ends_at: datetime | None = None
    mobile: Mobile | None = None
    codes: tuple[str, str | None] | None = None
    activation_hash: bytes | None = None


def user_of(row: Record) -> User:
    """Read a user from a row that has `USER_COLUMNS`."""
    return User(**{name: row[name] for name in _FIELDS} | {"state": UserState(row["state"])})


_FIELDS: Final = tuple(attribute.name for attribute in attrs.fields(User))


def plain_login(text: str) -> str:
    """Give the login that was meant: without blanks and hyphens, in capitals; empty for what can be none.

    >>> plain_login(" pdy00001-x "), plain_login("４４０７８２"), plain_login("a" * 65), plain_login("王")
    ('PDY00001X', '440782', '', '')
    """
    plain = typed(text).replace("-", "") if len(text) <= CHARACTERS_LOOKED_AT else ""
    return plain if _LOGIN_FORM.fullmatch(plain) else ""


def one_spelling(text: str) -> str:
    """Give all spellings of one code the same text, whether anybody has it or not: failures are counted by it.

    >>> one_spelling("91110000600037341l"), one_spelling("60003734-1"), one_spelling("王")
    ('600037341', '600037341', '王')
    """
    plain = plain_login(text)
    return _id_number(plain) or _organization_code(plain) or plain or text


async def find(connection: Connection, text: str, *, own_login_first: bool = False) -> Credentials | None:
    """Return who is meant by what was typed as the login; a disabled user only when nobody else is.

    An employer's codes mean its first administrator that is not disabled, even where one of them is the own login of a
    disabled one: otherwise nobody of the employer could log in by it.

    Args:
        connection: acting as `Role.AUTH`.
        text: as typed.
        own_login_first: whose own login it is comes first, disabled or not, as who manages users means it.
    """
    login = plain_login(text)
    row = await connection.fetchrow(
        f"""
        WITH meant (id, place) AS (
            SELECT id, 1 FROM portal_user WHERE login = $1
            UNION ALL
            SELECT u.id, 2 FROM employer e JOIN portal_user u ON u.employer_id = e.id
            WHERE e.org_code = $1 OR e.credit_code = $1 OR e.org_code = $2 AND e.credit_code IS NULL
            UNION ALL
            SELECT u.id, 2 FROM person p JOIN portal_user u ON u.person_id = p.id WHERE p.id_number = $3)
        SELECT {_CREDENTIALS} FROM meant JOIN portal_user u USING (id) LEFT JOIN employer e ON e.id = u.employer_id
        ORDER BY ($4::boolean AND place = 1) DESC, u.state = 'disabled', place, u.role <> 'employer', u.id LIMIT 1
        """,
        login,
        _organization_code(login),
        _id_number(login),
        own_login_first,
    )
    return None if row is None else _credentials_of(row)


async def credentials(connection: Connection, user_id: int) -> Credentials:
    """Return what the password of a user is checked against.

    Raises:
        RefusedError: ABSENT.
    """
    row = await connection.fetchrow(
        f"SELECT {_CREDENTIALS} FROM portal_user u LEFT JOIN employer e ON e.id = u.employer_id WHERE u.id = $1",
        user_id,
    )
    if row is None:
        raise absent("用户", "user", user_id)
    return _credentials_of(row)


async def known_words(connection: Connection, user_id: int) -> tuple[str, ...]:
    """Return what others know about a user, none of which may be the password: login, name and codes."""
    row = await connection.fetchrow(
        """
        SELECT u.login, u.name, e.code, e.org_code, e.credit_code, p.id_number FROM portal_user u
        LEFT JOIN employer e ON e.id = u.employer_id LEFT JOIN person p ON p.id = u.person_id WHERE u.id = $1
        """,
        user_id,
    )
    return tuple(word for word in row or () if word)


async def employer_with(connection: Connection, code: str) -> int | None:
    """Return the employer that has a code: its own, its organisation code or its credit code."""
    employer_id: int | None = await connection.fetchval(
        "SELECT id FROM employer WHERE code = $1 OR org_code = $1 OR credit_code = $1", plain_login(code)
    )
    return employer_id


async def of_employer_are(connection: Connection, employer_id: int) -> bool:
    """Say whether an employer has any user."""
    return bool(
        await connection.fetchval("SELECT EXISTS (SELECT FROM portal_user WHERE employer_id = $1)", employer_id)
    )


async def person_with(connection: Connection, number: IdNumber) -> int | None:
    """Return the person that has an ID number."""
    person_id: int | None = await connection.fetchval("SELECT id FROM person WHERE id_number = $1", str(number))
    return person_id


async def add(connection: Connection, user: NewUser) -> User:
    """Add a user.

    Raises:
        RefusedError: LOGIN_FORM, LOGIN_TAKEN, NAME_LENGTH, PERSON_HAS_USER, USER_TENANT, EMPLOYER_ABSENT or PERSON_ABSENT.
    """
    login = plain_login(user.login) if user.login else await _usual_login(connection, user)
    of_other = await connection.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM employer WHERE (org_code = $1 OR credit_code = $1) AND id IS DISTINCT FROM $2
            UNION ALL
            SELECT FROM person WHERE id_number = $3 AND id IS DISTINCT FROM $4)
        """,
        login,
        user.employer_id,
        _id_number(login),
        user.person_id,
    )
    if of_other:
        raise refuse("LOGIN_TAKEN")
    with translated():
        row = await connection.fetchrow(
            f"""
            WITH u AS (
                INSERT INTO portal_user (login, role, name, password_hash, employer_id, person_id, mobile)
                VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
                SELECT employer_id, 'user', id, state FROM u)
            SELECT {USER_COLUMNS} FROM u
            """,
            login,
            user.role,
            user.name,
            user.password_hash,
            user.employer_id,
            user.person_id,
            str(user.mobile or ""),
        )
    assert row is not None  # noqa: S101 -- an INSERT that did not raise returns its row.
    return user_of(row)


async def set_password(
    connection: Connection, user_id: int, password_hash: str, *, replacing: datetime | None = None
) -> bool:
    """Replace the password by one of the user's own, and end every session that was opened with the old one.

    Args:
        connection: acting as `Role.AUTH`.
        user_id: whose.
        password_hash: of the new one.
        replacing: when the old one was set; False if that is no longer the password. None replaces any.
    """
    changed = await connection.fetchval(
        """
        WITH changed AS (
            UPDATE portal_user SET password_hash = $2, password_set_at = clock_timestamp(), password_kind = 'own',
                   password_ends_at = NULL, activation_hash = NULL
            WHERE id = $1 AND ($3::timestamptz IS NULL OR password_set_at = $3) RETURNING id, employer_id),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
            SELECT employer_id, 'user', id, 'password_changed' FROM changed)
        SELECT count(*) FROM changed
        """,
        user_id,
        password_hash,
        replacing,
    )
    await _end_sessions(connection, user_id, changed)
    return bool(changed)


async def rehash(connection: Connection, known: Credentials, password_hash: str) -> None:
    """Keep the same password under another hash, unless it has been changed meanwhile."""
    await connection.execute(
        "UPDATE portal_user SET password_hash = $3 WHERE id = $1 AND password_set_at = $2",
        known.user.id,
        known.password_set_at,
        password_hash,
    )


async def set_state(connection: Connection, user_id: int, state: UserState) -> bool:
    """Let a user log in no more, or again; False when that was so before.

    Disabling ends all sessions. Tokens of a disabled user open nothing either, but are there again when the user is.
    """
    changed = await connection.fetchval(
        """
        WITH changed AS (
            UPDATE portal_user SET state = $2 WHERE id = $1 AND state <> $2 RETURNING id, employer_id),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
            SELECT employer_id, 'user', id, $2 FROM changed)
        SELECT count(*) FROM changed
        """,
        user_id,
        state.value,
    )
    await _end_sessions(connection, user_id, changed)
    return bool(changed)


async def _end_sessions(connection: Connection, user_id: int, changed: int) -> None:
    # A statement of its own: it sees the sessions that were being opened while the change waited for the user's row.
    if changed:
        await connection.execute("DELETE FROM portal_session WHERE user_id = $1", user_id)


async def _usual_login(connection: Connection, user: NewUser) -> str:
    """An employer's first user has its organisation code; an employee a name that does not tell the ID number."""
    if user.person_id is not None:
        return f"P.{user.person_id}"
    return await connection.fetchval("SELECT org_code FROM employer WHERE id = $1", user.employer_id) or ""


def _credentials_of(row: Record) -> Credentials:
    return Credentials(
        user=user_of(row),
        password_hash=row["password_hash"],
        password_set_at=row["password_set_at"],
        kind=PasswordKind(row["password_kind"]),
        ends_at=row["password_ends_at"],
        mobile=Mobile(row["mobile"]) if row["mobile"] else None,
        codes=None if row["org_code"] is None else (row["org_code"], row["credit_code"]),
        activation_hash=row["activation_hash"],
    )


def _id_number(login: str) -> str | None:
    try:
        return str(IdNumber.parse(login))
    except SubsidyError:
        return None


def _organization_code(login: str) -> str | None:
    """An employer that was registered by its organisation code alone is meant by its credit code, too."""
    try:
        return CreditCode.parse(login).organization_code
    except SubsidyError:
        return None
