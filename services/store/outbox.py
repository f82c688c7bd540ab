"""The outbox: events written in the transaction of the fact they tell, taken away once the broker has confirmed them.

A row lives from the commit of the fact to the confirmation of the broker, so an event is never lost and never told
before its time; it may be told twice (a crash between confirmation and deletion), each time under the same id.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import attrs

from services.store.database import Connection, Pool

# The channel on which the table's trigger wakes the relay.
NOTIFY_CHANNEL: Final = "outbox"
ACQUIRE_SECONDS_MAX: Final = 10.0


@attrs.frozen(kw_only=True)
class NewEvent:
    """An event to be told: `type` is its routing key, `subject` what it is about (``notice/17``)."""

    type: str
    subject: str
    body: Mapping[str, object]


@attrs.frozen(kw_only=True)
class OutboxRow:
    """An event as it waits; `body` is the text of its JSON."""

    id: int
    type: str
    subject: str
    body: str
    created_at: datetime


@attrs.frozen(kw_only=True)
class Backlog:
    """How much waits: `rows` is counted up to the bound asked for, `oldest_seconds` is 0 when nothing waits."""

    rows: int
    oldest_seconds: float


async def append(connection: Connection, events: Sequence[NewEvent]) -> None:
    """Write events into the caller's transaction, in one statement however many they are."""
    await connection.execute(
        """
        INSERT INTO outbox (type, subject, body)
        SELECT e.type, e.subject, e.body::jsonb
        FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS e (type, subject, body, position)
        ORDER BY e.position
        """,
        [event.type for event in events],
        [event.subject for event in events],
        [json.dumps(event.body, ensure_ascii=False) for event in events],
    )


async def take_batch(connection: Connection, rows_max: int, passed_over: Sequence[int] = ()) -> list[OutboxRow]:
    """Lock the oldest events that no other relay holds, until the caller's transaction ends; they stay in the table."""
    rows = await connection.fetch(
        """
        SELECT id, type, subject, body::text AS body, created_at
        FROM outbox
        WHERE id <> ALL ($2::bigint[])
        ORDER BY id
        LIMIT $1
        FOR UPDATE SKIP LOCKED
        """,
        rows_max,
        list(passed_over),
    )
    return [OutboxRow(**row) for row in rows]


async def delete(connection: Connection, ids: Sequence[int]) -> None:
    """Take away what the broker has confirmed."""
    await connection.execute("DELETE FROM outbox WHERE id = ANY ($1::bigint[])", list(ids))


async def backlog(connection: Connection, rows_max: int = 10_000) -> Backlog:
    """Say how much waits, without counting past `rows_max`."""
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT $1) AS counted) AS rows,
               coalesce((SELECT extract(epoch FROM clock_timestamp() - created_at)::float8
                         FROM outbox ORDER BY id LIMIT 1), 0) AS oldest_seconds
        """,
        rows_max,
    )
    if row is None:
        raise AssertionError
    return Backlog(rows=row["rows"], oldest_seconds=max(0.0, row["oldest_seconds"]))


@asynccontextmanager
async def listening(pool: Pool, woken: Callable[[], None]) -> AsyncIterator[Callable[[], bool]]:
    """Call `woken` for each notification, on a connection of the pool that is held meanwhile.

    Gives a function that says whether the connection still lives: notifications of a lost one never come.
    """
    connection = await pool.acquire(timeout=ACQUIRE_SECONDS_MAX)

    def notified(*_: object) -> None:
        woken()

    try:
        await connection.add_listener(NOTIFY_CHANNEL, notified)
        yield lambda: not connection.is_closed()
    finally:
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS_MAX):
                if not connection.is_closed():
                    await connection.remove_listener(NOTIFY_CHANNEL, notified)
        except TimeoutError:
            # A frozen server: nothing can be said to it any more.
            connection.terminate()
        await pool.release(connection, timeout=ACQUIRE_SECONDS_MAX)
