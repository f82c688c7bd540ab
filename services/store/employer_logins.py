"""How far each employer's administrators have come with logging in, as the bureau sees it when they call.

Logins are the login's own business: it steps in as `Role.AUTH`, and the names are read as the bureau's.
"""

from datetime import datetime
from typing import Final

import attrs

from services.store.database import Connection, Role, stepping_in_as
from services.store.refusals import refuse
from services.store.users import PasswordKind, UserState

FOUND_MAX: Final = 50


@attrs.frozen(kw_only=True)
class Administrator:
    """One administrator of an employer.

    Attributes:
        kind: whose idea the password was; initial: the first login has not been yet.
        ends_at: when a password that is not the own stops working.
        mobile: where codes are sent; empty: none on file.
    """

    id: int
    employer_id: int
    login: str
    mobile: str
    state: UserState
    kind: PasswordKind
    ends_at: datetime | None


@attrs.frozen(kw_only=True)
class EmployerLogin:
    """An employer and its administrators; nobody can log in where there are none."""

    employer_id: int
    code: str
    name: str
    org_code: str
    credit_code: str | None
    contact_name: str
    contact_mobile: str
    administrators: tuple[Administrator, ...]


async def find(connection: Connection, text: str) -> tuple[EmployerLogin, ...]:
    """Return employers with this in their name, or with this code, at most `FOUND_MAX`; without a text the newest ones."""
    plain = text.strip()
    rows = await connection.fetch(
        """
        SELECT id, code, name, org_code, credit_code, contact_name, contact_mobile FROM employer
        WHERE $1 = '' OR strpos(name, $1) > 0 OR code = $1 OR org_code = upper(replace($1, '-', ''))
           OR credit_code = upper($1)
        ORDER BY id DESC LIMIT $2
        """,
        plain,
        FOUND_MAX,
    )
    async with stepping_in_as(connection, Role.AUTH):
        users = await connection.fetch(
            """
            SELECT id, employer_id, login, mobile, state, password_kind, password_ends_at FROM portal_user
            WHERE employer_id = ANY ($1) AND role = 'employer' ORDER BY state, id
            """,
            [row["id"] for row in rows],
        )
    administrators = [
        Administrator(
            id=user["id"],
            employer_id=user["employer_id"],
            login=user["login"],
            mobile=user["mobile"],
            state=UserState(user["state"]),
            kind=PasswordKind(user["password_kind"]),
            ends_at=user["password_ends_at"],
        )
        for user in users
    ]
    return tuple(
        EmployerLogin(
            employer_id=row["id"],
            code=row["code"],
            name=row["name"],
            org_code=row["org_code"],
            credit_code=row["credit_code"],
            contact_name=row["contact_name"],
            contact_mobile=row["contact_mobile"],
            administrators=tuple(each for each in administrators if each.employer_id == row["id"]),
        )
        for row in rows
    )


async def administrator_of(connection: Connection, employer_id: int) -> int:
    """Return the user whom an employer's codes mean: its first administrator that is not disabled.

    Raises:
        RefusedError: NO_ADMINISTRATOR.
    """
    async with stepping_in_as(connection, Role.AUTH):
        user_id: int | None = await connection.fetchval(
            """
            SELECT id FROM portal_user WHERE employer_id = $1 AND role = 'employer' AND state = 'active'
            ORDER BY id LIMIT 1
            """,
            employer_id,
        )
    if user_id is None:
        raise refuse("NO_ADMINISTRATOR")
    return user_id
