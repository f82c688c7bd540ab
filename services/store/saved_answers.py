"""Answers to requests that named an Idempotency-Key: the same request again gets the same answer, and nothing happens.

The answer is saved in the transaction of what it tells, so that there is one if and only if it happened; a request that
was refused changed nothing and may be tried again under the same key. A key is the actor's own. Runs in the caller's
role; what is old is deleted as `Role.AUTH`, which cannot read it.
"""

from datetime import timedelta
from typing import Final

import attrs

from services.store.database import Connection
from services.store.refusals import refuse

# How long a request waits for one with the same key that came before it.
WAIT_SECONDS_MAX: Final = 10.0
KEPT: Final = timedelta(days=7)
PURGED_AT_ONCE_MAX: Final = 1_000


@attrs.frozen(kw_only=True)
class SavedAnswer:
    """An answer as it was sent."""

    status: int
    location: str
    body: bytes


async def find(connection: Connection, key: str, request_hash: bytes) -> SavedAnswer | None:
    """Return the answer that was given under this key; None if the caller is to act, and then `save` the answer.

    A request with the same key that is under way is waited for. If it is undone, the caller acts in its place.

    Args:
        connection: in the transaction of the act.
        key: from the header, 1 to 255 ASCII characters.
        request_hash: of everything that says what is asked for.

    Raises:
        RefusedError: IDEMPOTENCY_KEY_REUSED, for another request under the same key; IDEMPOTENCY_KEY_BUSY, when the
            first one took longer than `WAIT_SECONDS_MAX`.
    """
    try:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_actor() || ' ' || $1, 1))",
            key,
            timeout=WAIT_SECONDS_MAX,
        )
    except TimeoutError as error:
        raise refuse("IDEMPOTENCY_KEY_BUSY") from error
    # A statement of its own, which sees what the one that was waited for has committed.
    row = await connection.fetchrow(
        """
        SELECT status, location, body, request_hash = $2 AS same FROM saved_answer
        WHERE actor = current_actor() AND key = $1
        """,
        key,
        request_hash,
    )
    if row is None:
        return None
    if not row["same"]:
        raise refuse("IDEMPOTENCY_KEY_REUSED")
    return SavedAnswer(status=row["status"], location=row["location"], body=row["body"])


async def save(connection: Connection, key: str, request_hash: bytes, answer: SavedAnswer) -> None:
    """Keep the answer of what this transaction did; `find` came before."""
    await connection.execute(
        "INSERT INTO saved_answer (key, request_hash, status, location, body) VALUES ($1, $2, $3, $4, $5)",
        key,
        request_hash,
        answer.status,
        answer.location,
        answer.body,
    )


async def purge(connection: Connection, kept: timedelta = KEPT) -> int:
    """Delete some of the answers that nobody will ask for again, and return how many."""
    return (
        await connection.fetchval(
            """
        WITH old AS (
            SELECT actor, key FROM saved_answer WHERE answered_at <= now() - $1::interval LIMIT $2),
        gone AS (
            DELETE FROM saved_answer a USING old WHERE a.actor = old.actor AND a.key = old.key RETURNING 1)
        SELECT count(*)::integer FROM gone
        """,
            kept,
            PURGED_AT_ONCE_MAX,
        )
        or 0
    )
