"""The outbox as the store sees it: written with the fact, taken by one relay at a time."""

import asyncio

import asyncpg
import pytest

from services.store import outbox
from services.store.database import Actor, Connection, Role, acting, connect, open_pool
from services.store.outbox import NewEvent

WORKER = Actor(role=Role.WORKER, name="relay", origin="tests")


def event(number: int) -> NewEvent:
    """Make an event; what it says does not matter here."""
    return NewEvent(type="order.cancelled.v1", subject=f"order/{number}", body={"text": "“汇缴”\t'\\", "n": number})


async def test_appending_keeps_order_and_text(db: Connection) -> None:
    """Events are taken in the order they were written, with every character of theirs."""
    await outbox.append(db, [event(number) for number in range(5)])
    rows = await outbox.take_batch(db, 3)
    assert ["order/0", "order/1", "order/2"] == [row.subject for row in rows]
    assert rows[0].body == await db.fetchval("SELECT $1::jsonb::text", event(0).body)


async def test_appending_nothing_writes_nothing(db: Connection) -> None:
    """A fact without events is no special case."""
    await outbox.append(db, [])
    assert [] == await outbox.take_batch(db, 3)


async def test_two_relays_take_different_rows(db: Connection, database_url: str) -> None:
    """What one relay holds the other does not wait for; what the first lets go the other may take."""
    await outbox.append(db, [event(number) for number in range(4)])
    other = await connect(database_url)
    try:
        async with db.transaction():
            first = await outbox.take_batch(db, 2)
            async with other.transaction():
                second = await outbox.take_batch(other, 10)
        async with other.transaction():
            both = await outbox.take_batch(other, 10)
    finally:
        await other.close()
    assert ([0, 1], [2, 3], [0, 1, 2, 3]) == tuple(
        [int(row.subject.removeprefix("order/")) for row in rows] for rows in (first, second, both)
    )


async def test_rows_to_be_passed_over_are(db: Connection) -> None:
    """Rows that wait for a person do not come again and again."""
    await outbox.append(db, [event(number) for number in range(3)])
    taken = await outbox.take_batch(db, 10)
    assert taken[1:] == await outbox.take_batch(db, 10, [taken[0].id])


async def test_the_backlog_is_counted_up_to_a_bound(db: Connection) -> None:
    """A long backlog costs no long count."""
    assert outbox.Backlog(rows=0, oldest_seconds=0) == await outbox.backlog(db)
    await outbox.append(db, [event(number) for number in range(5)])
    waiting = await outbox.backlog(db, rows_max=3)
    assert (3, True) == (waiting.rows, 0 <= waiting.oldest_seconds < 60)


async def test_the_worker_may_relay(db: Connection) -> None:
    """The relay works with the worker's rights."""
    await outbox.append(db, [event(1)])
    async with acting(db, WORKER):
        (row,) = await outbox.take_batch(db, 10)
        await outbox.delete(db, [row.id])
    assert [] == await outbox.take_batch(db, 10)


async def test_the_bureau_may_tell_and_not_take(db: Connection) -> None:
    """Who decides writes the events of it, and takes nobody's away."""
    async with acting(db, Actor(role=Role.BUREAU, name="user/1", origin="tests")):
        await outbox.append(db, [event(1)])
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await outbox.take_batch(db, 10)


async def test_a_listener_is_woken_once_the_fact_is_committed(db: Connection, database_url: str) -> None:
    """A notification comes with the commit, and the connection goes back to the pool clean."""
    woken = asyncio.Event()
    async with open_pool(database_url, connections_max=1) as pool:
        async with outbox.listening(pool, woken.set) as lives:
            async with db.transaction():
                await outbox.append(db, [event(1)])
                assert not woken.is_set()
            await asyncio.wait_for(woken.wait(), 30)
            assert lives()
        async with pool.acquire(timeout=10) as connection:
            assert [] == await connection.fetch("SELECT pg_listening_channels()")
