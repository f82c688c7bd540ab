"""Sessions of who registers a new employer: opened by a code sent to a telephone, bound to it, and ended by time (F3).

They open registrations of that telephone and nothing else; an employer's people have sessions of their own
(`services.store.sessions`). All of this runs as `Role.AUTH`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import attrs

from libsubsidy import Mobile
from services.store.database import Connection, Role, looking_as
from services.store.opaque_secrets import digest, new_secret

# Filling in the form takes papers and people; what is typed is saved meanwhile.
LIFETIME: Final = timedelta(hours=12)
IDLE: Final = timedelta(hours=1)
SEEN_EVERY: Final = timedelta(minutes=1)
# Of one registration; who has more windows loses the oldest.
SESSIONS_MAX: Final = 5
_PURGED_AT_ONCE_MAX: Final = 1_000


@attrs.frozen(kw_only=True)
class RegistrationSession:
    """A session that is alive.

    Attributes:
        registration_id: the one that is being filled in or looked at.
        mobile: that a code has proven.
    """

    registration_id: int
    mobile: Mobile


async def open_session(connection: Connection, registration_id: int) -> str:
    """Open a session for whoever has just proven the telephone of a registration, and return the cookie's token."""
    token = new_secret()
    await connection.execute(
        "INSERT INTO registration_session (token_hash, registration_id, ends_at) VALUES ($1, $2, now() + $3::interval)",
        digest(token),
        registration_id,
        LIFETIME,
    )
    await connection.execute(
        """
        DELETE FROM registration_session WHERE token_hash IN (
            SELECT token_hash FROM registration_session WHERE registration_id = $1
            ORDER BY created_at DESC, token_hash OFFSET $2)
        """,
        registration_id,
        SESSIONS_MAX,
    )
    return token


async def resolve(connection: Connection, token: str) -> RegistrationSession | None:
    """Return the live session of a token; None for any other."""
    row = await connection.fetchrow(
        """
        SELECT s.registration_id, r.mobile FROM registration_session s JOIN registration r ON r.id = s.registration_id
        WHERE s.token_hash = $1 AND s.ends_at > now() AND s.seen_at > now() - $2::interval
        """,
        digest(token),
        IDLE,
    )
    return None if row is None else RegistrationSession(registration_id=row[0], mobile=Mobile(row[1]))


@asynccontextmanager
async def looking(connection: Connection, session: RegistrationSession) -> AsyncIterator[None]:
    """Look for a moment with the eyes of who registers, inside a transaction of any role; nothing that was written stays."""
    async with looking_as(connection, Role.AUTH):
        await connection.execute("SELECT set_config('subsidy.registration_id', $1, true)", str(session.registration_id))
        yield


async def seen(connection: Connection, token: str) -> None:
    """Note that a session is being used; of several requests at once a single one writes, and none waits for it."""
    await connection.execute(
        """
        UPDATE registration_session SET seen_at = now() WHERE token_hash IN (
            SELECT token_hash FROM registration_session WHERE token_hash = $1 AND seen_at <= now() - $2::interval
            FOR UPDATE SKIP LOCKED)
        """,
        digest(token),
        SEEN_EVERY,
    )


async def turn_to(connection: Connection, token: str, registration_id: int) -> None:
    """Let a session go on with another registration of the same telephone."""
    await connection.execute(
        """
        UPDATE registration_session s SET registration_id = other.id
        FROM registration present, registration other
        WHERE s.token_hash = $1 AND present.id = s.registration_id AND other.id = $2 AND other.mobile = present.mobile
        """,
        digest(token),
        registration_id,
    )


async def end(connection: Connection, token: str) -> None:
    """End the session of a token, if there is one."""
    await connection.execute("DELETE FROM registration_session WHERE token_hash = $1", digest(token))


async def purge(connection: Connection) -> int:
    """Delete some of the sessions that have ended by time, and return how many."""
    purged: int = await connection.fetchval(
        """
        WITH dead AS (
            SELECT token_hash FROM registration_session WHERE ends_at <= now() OR seen_at <= now() - $1::interval
            LIMIT $2 FOR UPDATE SKIP LOCKED),
        gone AS (DELETE FROM registration_session s USING dead WHERE s.token_hash = dead.token_hash RETURNING 1)
        SELECT count(*)::integer FROM gone
        """,
        IDLE,
        _PURGED_AT_ONCE_MAX,
    )
    return purged
