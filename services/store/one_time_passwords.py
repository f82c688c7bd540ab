"""One-time passwords: made up by the portal for somebody who has lost the own one, told once, and changed at the login.

Whoever may reset whose password is the caller's to decide: an employer its colleagues' and its employees' (manual:
"单位可自行帮其重置密码", F34), the bureau an employer's. The old password, all sessions and all tokens end with it.
"""

import asyncio
from datetime import timedelta

from libsubsidy import Policy
from services.store import tokens, users
from services.store.database import Connection, Role, stepping_in_as
from services.store.opaque_secrets import new_password
from services.store.password_hashes import hashed
from services.store.refusals import absent
from services.store.users import NewUser

_EMPLOYEE = "employee"


async def reset_with_one_time_password(
    connection: Connection, *, person_id: int | None = None, user_id: int | None = None, policy: Policy
) -> str:
    """Replace the password of a user, and return the new one, which is kept nowhere.

    Args:
        connection: inside the caller's transaction, of any role.
        person_id: an employee's, whom the caller's role must be able to see; the user is made if there is none yet.
        user_id: or any user's.
        policy: how long the new password works.

    Raises:
        RefusedError: ABSENT.
    """
    password = new_password()
    password_hash = await asyncio.to_thread(hashed, password)
    if person_id is not None:
        user_id = await _user_of(connection, person_id)
    async with stepping_in_as(connection, Role.AUTH):
        changed = await connection.fetchval(
            """
            WITH changed AS (
                UPDATE portal_user SET password_hash = $2, password_set_at = clock_timestamp(), password_kind = 'one_time',
                       password_ends_at = now() + $3::interval, activation_hash = NULL
                WHERE id = $1 RETURNING id, employer_id),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
                SELECT employer_id, 'user', id, 'password_reset' FROM changed)
            SELECT count(*) FROM changed
            """,
            user_id,
            password_hash,
            timedelta(days=policy.one_time_password_days),
        )
        if not changed or user_id is None:
            raise absent("用户", "user", user_id or 0)
        # Whoever knew the old password may have opened sessions and made tokens with it.
        await connection.execute("DELETE FROM portal_session WHERE user_id = $1", user_id)
        await tokens.revoke_all(connection, user_id)
    return password


async def _user_of(connection: Connection, person_id: int) -> int:
    """Return the user of an employee, who may never have logged in before."""
    name = await connection.fetchval("SELECT name FROM person WHERE id = $1", person_id)
    if name is None:
        raise absent("职工", "employee", person_id)
    async with stepping_in_as(connection, Role.AUTH):
        # Two who reset at once make one user.
        what = f"portal_user/person/{person_id}"
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", what)
        user_id: int | None = await connection.fetchval("SELECT id FROM portal_user WHERE person_id = $1", person_id)
        if user_id is None:
            user = NewUser(role=_EMPLOYEE, name=name, password_hash="", person_id=person_id)
            user_id = (await users.add(connection, user)).id
    return user_id
