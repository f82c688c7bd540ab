"""The first login of an employer: its first administrator, with an initial password and a window in which it works.

The password itself follows from the employer's codes (libsubsidy/first_password.py) and is kept nowhere; here lies only
until when it works, and the hash of an activation code where no mobile is on file. The user's first change of the password
ends all of it for good (I30); `users.set_password` does that. Opening the window again is the bureau's decision, and is no
way back for a user that has a password of its own: that one is reset instead.

It runs in the bureau's transaction, beside the approval of a registration for example, and steps in as `Role.AUTH`.
"""

from datetime import timedelta

import attrs

from libsubsidy import Mobile, Policy
from services.store import users
from services.store.database import Connection, Role, stepping_in_as
from services.store.opaque_secrets import digest, new_password
from services.store.refusals import refuse
from services.store.users import NewUser, User

_ADMINISTRATOR = "employer"


@attrs.frozen(kw_only=True)
class Opened:
    """A first login that is possible from now on.

    Attributes:
        activation_code: to be handed to the employer; empty where a mobile is on file. It is kept nowhere.
    """

    user: User
    activation_code: str = attrs.field(repr=False)


async def add_first_user(
    connection: Connection, employer_id: int, *, name: str, mobile: Mobile | None, policy: Policy
) -> Opened:
    """Give an employer its first administrator, who logs in by either code and the initial password.

    Args:
        connection: inside the caller's transaction.
        employer_id: which has no user yet.
        name: of the administrator (单位管理员).
        mobile: where codes are sent; None: an activation code is made instead.
        policy: how long the window is open.

    Raises:
        RefusedError: LOGIN_TAKEN, FIRST_USER_THERE, NAME_LENGTH or EMPLOYER_ABSENT.
    """
    async with stepping_in_as(connection, Role.AUTH):
        if await users.of_employer_are(connection, employer_id):
            raise refuse("FIRST_USER_THERE")
        user = await users.add(
            connection,
            NewUser(role=_ADMINISTRATOR, name=name, password_hash="", employer_id=employer_id, mobile=mobile),
        )
        return await _open(connection, user.id, mobile, policy)


async def open_window(connection: Connection, employer_id: int, *, mobile: Mobile | None, policy: Policy) -> Opened:
    """Open the window of an employer's first login anew, because it has passed or the mobile on file is wrong.

    Args:
        connection: inside the caller's transaction.
        employer_id: whose first administrator has not logged in yet.
        mobile: the one on file from now on; None: an activation code is made instead, and ends the one before.
        policy: how long the window is open.

    Raises:
        RefusedError: FIRST_LOGIN_DONE: there is nobody, or the initial password has been changed.
    """
    async with stepping_in_as(connection, Role.AUTH):
        user_id = await connection.fetchval(
            """
            SELECT id FROM portal_user WHERE employer_id = $1 AND password_kind = 'initial' ORDER BY id LIMIT 1
            FOR NO KEY UPDATE
            """,
            employer_id,
        )
        if user_id is None:
            raise refuse("FIRST_LOGIN_DONE")
        return await _open(connection, user_id, mobile, policy)


async def _open(connection: Connection, user_id: int, mobile: Mobile | None, policy: Policy) -> Opened:
    code = new_password() if mobile is None else ""
    await connection.execute(
        """
        WITH opened AS (
            UPDATE portal_user SET password_kind = 'initial', password_hash = '', password_set_at = clock_timestamp(),
                   password_ends_at = now() + $2::interval, mobile = $3, activation_hash = $4
            WHERE id = $1 RETURNING id, employer_id)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
        SELECT employer_id, 'user', id, 'first_login_opened' FROM opened
        """,
        user_id,
        timedelta(days=policy.activation_days),
        str(mobile or ""),
        digest(code) if code else None,
    )
    known = await users.credentials(connection, user_id)
    return Opened(user=known.user, activation_code=code)
