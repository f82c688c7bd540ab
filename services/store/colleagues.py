"""经办人管理: the users of one employer, with their roles, managed by its administrators.

Logins and mobiles are the login's own business, so that all of this steps in as `Role.AUTH`, for the employer that is named,
and for no other: a user of another employer is absent. Roles are changed as the employer's own role, which row security lets
give no other role than an employer's. An employer always keeps an administrator who can log in.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import Enum
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import Mobile, Policy
from services.store import users
from services.store.database import Connection, Role, stepping_in_as
from services.store.one_time_passwords import reset_with_one_time_password
from services.store.refusals import absent, refuse
from services.store.users import NewUser, UserState
from services.store.violations import translated

COLLEAGUES_MAX: Final = 200
_COLUMNS: Final = "id, login, role, name, mobile, state, password_kind, created_at"


class ColleagueRole(Enum):
    """What a user of an employer may do; the values are those of the portal's roles."""

    ADMIN = "employer"
    CLERK = "employer_clerk"
    CHECKER = "employer_checker"


@attrs.frozen(kw_only=True)
class Colleague:
    """One user of an employer.

    Attributes:
        mobile: where codes are sent; empty: none on file.
        must_change: has not yet set a password of the own.
    """

    id: int
    login: str
    role: ColleagueRole
    name: str
    mobile: str
    state: UserState
    must_change: bool
    created_at: datetime


@attrs.frozen(kw_only=True)
class NewColleague:
    """A user to add; or, without the login, what a user becomes."""

    name: str
    role: ColleagueRole
    mobile: Mobile | None = None
    login: str = ""


async def of_employer(connection: Connection, employer_id: int) -> tuple[Colleague, ...]:
    """Return all users of an employer, those who can log in first."""
    async with stepping_in_as(connection, Role.AUTH):
        rows = await connection.fetch(
            f"SELECT {_COLUMNS} FROM portal_user WHERE employer_id = $1 ORDER BY state, id LIMIT $2",
            employer_id,
            COLLEAGUES_MAX,
        )
    return tuple(_colleague(row) for row in rows)


async def get(connection: Connection, employer_id: int, user_id: int) -> Colleague:
    """Return one of them.

    Raises:
        RefusedError: ABSENT, also for a user of another employer (I31).
    """
    async with stepping_in_as(connection, Role.AUTH):
        row = await connection.fetchrow(
            f"SELECT {_COLUMNS} FROM portal_user WHERE id = $1 AND employer_id = $2", user_id, employer_id
        )
    if row is None:
        raise absent("用户", "user", user_id)
    return _colleague(row)


async def add(connection: Connection, employer_id: int, new: NewColleague, *, policy: Policy) -> tuple[Colleague, str]:
    """Add a user, and return it with the one-time password, which is kept nowhere.

    Raises:
        RefusedError: LOGIN_FORM, LOGIN_TAKEN, NAME_LENGTH or COLLEAGUES_TOO_MANY.
    """
    async with _managing(connection, employer_id):
        count = await connection.fetchval("SELECT count(*) FROM portal_user WHERE employer_id = $1", employer_id)
        if count >= COLLEAGUES_MAX:
            raise refuse("COLLEAGUES_TOO_MANY", limit=COLLEAGUES_MAX)
        if not users.plain_login(new.login):
            raise refuse("LOGIN_FORM")
        user = NewUser(
            role=new.role.value,
            name=new.name,
            password_hash="",
            login=new.login,
            employer_id=employer_id,
            mobile=new.mobile,
        )
        added = await users.add(connection, user)
    password = await reset_with_one_time_password(connection, user_id=added.id, policy=policy)
    return await get(connection, employer_id, added.id), password


async def change(connection: Connection, employer_id: int, user_id: int, new: NewColleague) -> Colleague:
    """Give a user another name, role or mobile; the rights change at once, in every open session.

    Raises:
        RefusedError: ABSENT, LAST_ADMINISTRATOR or NAME_LENGTH.
    """
    known = await get(connection, employer_id, user_id)
    async with _managing(connection, employer_id):
        if new.role is not ColleagueRole.ADMIN:
            await _refuse_last_administrator(connection, employer_id, known)
        await connection.execute("UPDATE portal_user SET mobile = $2 WHERE id = $1", user_id, str(new.mobile or ""))
    with translated():
        await connection.execute(
            """
            WITH changed AS (
                UPDATE portal_user SET name = $3, role = $4 WHERE id = $1 AND employer_id = $2 RETURNING id, employer_id)
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
            SELECT employer_id, 'user', id, $5, $4 FROM changed
            """,
            user_id,
            employer_id,
            new.name,
            new.role.value,
            known.role.value,
        )
    return await get(connection, employer_id, user_id)


async def set_state(connection: Connection, employer_id: int, user_id: int, state: UserState) -> Colleague:
    """Let a user log in no more, or again.

    Raises:
        RefusedError: ABSENT or LAST_ADMINISTRATOR.
    """
    known = await get(connection, employer_id, user_id)
    async with _managing(connection, employer_id):
        if state is UserState.DISABLED:
            await _refuse_last_administrator(connection, employer_id, known)
        await users.set_state(connection, user_id, state)
    return await get(connection, employer_id, user_id)


async def reset_password(connection: Connection, employer_id: int, user_id: int, *, policy: Policy) -> str:
    """Replace a user's password by a one-time one, and return that.

    Raises:
        RefusedError: ABSENT, or FIRST_LOGIN_WAITS: an initial password has its own way, with its own proof.
    """
    await get(connection, employer_id, user_id)
    async with _managing(connection, employer_id):
        kind = await connection.fetchval("SELECT password_kind FROM portal_user WHERE id = $1", user_id)
    if kind == users.PasswordKind.INITIAL.value:
        raise refuse("FIRST_LOGIN_WAITS")
    return await reset_with_one_time_password(connection, user_id=user_id, policy=policy)


@asynccontextmanager
async def _managing(connection: Connection, employer_id: int) -> AsyncIterator[None]:
    """Step in, with the employer's users to oneself: of two who demote each other at once, the second is refused."""
    async with stepping_in_as(connection, Role.AUTH):
        what = f"portal_user/employer/{employer_id}"
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", what)
        yield


async def _refuse_last_administrator(connection: Connection, employer_id: int, known: Colleague) -> None:
    others = await connection.fetchval(
        """
        SELECT count(*) FROM portal_user
        WHERE employer_id = $1 AND role = 'employer' AND state = 'active' AND password_kind = 'own' AND id <> $2
        """,
        employer_id,
        known.id,
    )
    is_administrator = await connection.fetchval(
        "SELECT role = 'employer' AND state = 'active' FROM portal_user WHERE id = $1", known.id
    )
    if is_administrator and not others:
        raise refuse("LAST_ADMINISTRATOR")


def _colleague(row: Record) -> Colleague:
    return Colleague(
        id=row["id"],
        login=row["login"],
        role=ColleagueRole(row["role"]),
        name=row["name"],
        mobile=row["mobile"],
        state=UserState(row["state"]),
        must_change=row["password_kind"] != users.PasswordKind.OWN.value,
        created_at=row["created_at"],
    )
