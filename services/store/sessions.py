"""Sessions of people: opened at login, found by the cookie's token, ended by logging out, by time, or with the user.

Times are the database's, so that all processes agree on them. All of this runs as `Role.AUTH`.
"""

from datetime import datetime, timedelta
from typing import Final

import attrs

from services.store.database import Connection
from services.store.opaque_secrets import digest, new_secret
from services.store.users import USER_COLUMNS, Credentials, User, user_of

# A person with more windows than this loses the oldest session.
SESSIONS_PER_USER_MAX: Final = 20
# A request writes only when the last write is older; the idle limit is much longer.
SEEN_EVERY: Final = timedelta(minutes=1)
PURGED_AT_ONCE_MAX: Final = 1_000


@attrs.frozen(kw_only=True)
class Session:
    """A session that is alive.

    Attributes:
        ends_at: the absolute limit; without requests it ends earlier.
    """

    user: User
    token_hash: bytes
    ends_at: datetime


async def open_session(connection: Connection, known: Credentials, lifetime: timedelta) -> str | None:
    """Open a session for somebody whose password was found right, and return the cookie's token.

    None when the password was changed or ran out, or the user was disabled, while it was being checked. The user's row
    stays locked until the caller's commit, so that a change of password at the same moment ends this session, too.
    """
    token = new_secret()
    opened = await connection.fetchval(
        """
        WITH holder AS MATERIALIZED (
            SELECT id, employer_id FROM portal_user WHERE id = $1 AND password_set_at = $2 AND state = 'active'
                AND (password_ends_at IS NULL OR password_ends_at > now())
            FOR NO KEY UPDATE),
        opened AS (
            INSERT INTO portal_session (token_hash, user_id, ends_at)
            SELECT $3, id, now() + $4::interval FROM holder RETURNING user_id),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
            SELECT employer_id, 'user', id, 'logged_in' FROM holder)
        SELECT user_id FROM opened
        """,
        known.user.id,
        known.password_set_at,
        digest(token),
        lifetime,
    )
    if opened is None:
        return None
    await connection.execute(
        """
        DELETE FROM portal_session WHERE token_hash IN (
            SELECT token_hash FROM portal_session WHERE user_id = $1 ORDER BY created_at DESC, token_hash OFFSET $2)
        """,
        known.user.id,
        SESSIONS_PER_USER_MAX,
    )
    return token


async def resolve(connection: Connection, token: str, idle: timedelta, *, noted: bool = True) -> Session | None:
    """Return the live session of a token; None for any other.

    Args:
        connection: acting as `Role.AUTH`.
        token: the cookie's.
        idle: how long a session lives without being seen.
        noted: note that it was seen. Of several requests of one page a single one writes, and none waits for it.
    """
    row = await connection.fetchrow(
        f"""
        WITH found AS (
            SELECT s.token_hash, s.seen_at, s.ends_at, {USER_COLUMNS}
            FROM portal_session s JOIN portal_user u ON u.id = s.user_id
            WHERE s.token_hash = $1 AND s.ends_at > now() AND s.seen_at > now() - $2::interval AND u.state = 'active'),
        stale AS MATERIALIZED (
            SELECT s.token_hash FROM portal_session s JOIN found USING (token_hash)
            WHERE $4 AND s.seen_at <= now() - $3::interval FOR UPDATE OF s SKIP LOCKED),
        seen AS (
            UPDATE portal_session s SET seen_at = now() FROM stale WHERE s.token_hash = stale.token_hash)
        SELECT * FROM found
        """,
        digest(token),
        idle,
        SEEN_EVERY,
        noted,
    )
    if row is None:
        return None
    return Session(user=user_of(row), token_hash=row["token_hash"], ends_at=row["ends_at"])


async def end(connection: Connection, token: str) -> None:
    """End the session of a token, if there is one."""
    await connection.execute(
        """
        WITH ended AS (
            DELETE FROM portal_session WHERE token_hash = $1 RETURNING user_id)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
        SELECT u.employer_id, 'user', u.id, 'logged_out' FROM ended JOIN portal_user u ON u.id = ended.user_id
        """,
        digest(token),
    )


async def end_all(connection: Connection, user_id: int) -> None:
    """End every session of a user."""
    await connection.execute("DELETE FROM portal_session WHERE user_id = $1", user_id)


async def purge(connection: Connection, idle: timedelta) -> int:
    """Delete some of the sessions that have ended by time, and return how many."""
    return (
        await connection.fetchval(
            """
        WITH dead AS (
            SELECT token_hash FROM portal_session WHERE ends_at <= now() OR seen_at <= now() - $1::interval
            LIMIT $2 FOR UPDATE SKIP LOCKED),
        gone AS (DELETE FROM portal_session s USING dead WHERE s.token_hash = dead.token_hash RETURNING 1)
        SELECT count(*)::integer FROM gone
        """,
            idle,
            PURGED_AT_ONCE_MAX,
        )
        or 0
    )
