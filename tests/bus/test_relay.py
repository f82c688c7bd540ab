"""Events from the outbox to the broker."""

import asyncio

import pytest

from services.bus import topology
from services.bus.cloudevents import event_id
from services.bus.errors import TopologyMismatchError
from services.bus.relay import BATCH_ROWS_MAX, Relay
from services.store import outbox
from services.store.database import Connection, Pool
from services.store.outbox import NewEvent
from tests.bus.conftest import (
    IMPATIENT,
    PATIENCE_SECONDS,
    Bystander,
    eventually,
    id_of,
    is_empty,
    running,
    settled,
    subject_of,
    tell,
)


async def test_events_written_before_and_after_the_start_are_told(
    pool: Pool, vhost_url: str, db: Connection, bystander: Bystander
) -> None:
    """What waited is told when the relay starts, what comes later when it is written."""
    await bystander.subscribe()
    expected = await tell(db, 1, 3)
    # An hour between polls: what comes later is told because PostgreSQL notifies.
    async with running(Relay(pool, vhost_url, backoff=IMPATIENT, poll_seconds=3600)):
        before = await bystander.receive("bystander", 3)
        await eventually(lambda: is_empty(db))
        expected |= await tell(db, 4, 5)
        after = await bystander.receive("bystander", 2)
    assert (expected, True) == ({subject_of(message) for message in before + after}, await is_empty(db))


async def test_more_than_a_batch_leaves_in_order(
    pool: Pool, vhost_url: str, db: Connection, bystander: Bystander
) -> None:
    """One relay tells the events in the order of the outbox, however many there are, each once."""
    await bystander.subscribe()
    count = 2 * BATCH_ROWS_MAX + 1
    await tell(db, 1, count)
    async with running(Relay(pool, vhost_url, backoff=IMPATIENT)):
        messages = await bystander.receive("bystander", count)
    assert [f"notice/{number}" for number in range(1, count + 1)] == [subject_of(message) for message in messages]


async def test_an_event_without_a_listener_is_told_to_nobody(
    pool: Pool, vhost_url: str, db: Connection, bystander: Bystander
) -> None:
    """That nobody has bound a queue is normal: the outbox empties all the same."""
    await bystander.subscribe("order.#")
    await tell(db, 1, 3)
    async with running(Relay(pool, vhost_url, backoff=IMPATIENT)):
        await eventually(lambda: is_empty(db))
    assert 0 == await bystander.depth("bystander")


async def test_events_are_kept_on_disk(pool: Pool, vhost_url: str, db: Connection, bystander: Bystander) -> None:
    """Events are persistent and bear the id of their outbox row."""
    await bystander.subscribe()
    await tell(db, 1, 1)
    (row,) = await outbox.take_batch(db, 1)
    async with running(Relay(pool, vhost_url, backoff=IMPATIENT)):
        (message,) = await bystander.receive("bystander", 1)
    assert (2, event_id(row), event_id(row)) == (message.delivery_mode, message.message_id, id_of(message))


async def test_an_event_that_is_rolled_back_is_never_told(
    pool: Pool, vhost_url: str, db: Connection, bystander: Bystander
) -> None:
    """No event before its fact: what is not committed does not leave."""
    await bystander.subscribe()
    async with running(Relay(pool, vhost_url, backoff=IMPATIENT, poll_seconds=0.1)):
        transaction = db.transaction()
        await transaction.start()
        await outbox.append(db, [settled(1)])
        await transaction.rollback()
        expected = await tell(db, 2, 2)
        messages = await bystander.receive("bystander", 1)
    assert (expected, 0) == ({subject_of(message) for message in messages}, await bystander.depth("bystander"))


async def test_a_malformed_row_holds_nobody_up(
    pool: Pool, vhost_url: str, db: Connection, bystander: Bystander
) -> None:
    """A row that breaks its contract stays for a person; the events behind it are told."""
    await bystander.subscribe()
    await outbox.append(db, [NewEvent(type="remittance.settled.v1", subject="notice/1", body={"payer_name": "x"})])
    expected = await tell(db, 2, 3)
    async with running(Relay(pool, vhost_url, backoff=IMPATIENT)):
        messages = await bystander.receive("bystander", 2)
        await eventually(lambda: _only_subject_left(db, "notice/1"))
    assert expected == {subject_of(message) for message in messages}


async def _only_subject_left(connection: Connection, subject: str) -> bool:
    return [subject] == [row["subject"] for row in await connection.fetch("SELECT subject FROM outbox")]


async def test_two_relays_side_by_side_tell_everything(
    pool: Pool, vhost_url: str, db: Connection, bystander: Bystander
) -> None:
    """Relays take different rows: every event is told once, without any of them failing."""
    await bystander.subscribe()
    expected = await tell(db, 1, 3 * BATCH_ROWS_MAX)
    relays = [Relay(pool, vhost_url, backoff=IMPATIENT, poll_seconds=0.05) for _ in range(2)]
    async with running(*relays):
        messages = await bystander.receive("bystander", len(expected))
        await eventually(lambda: is_empty(db))
    assert (expected, 0) == ({subject_of(message) for message in messages}, await bystander.depth("bystander"))


async def test_the_database_may_hang_up(pool: Pool, vhost_url: str, db: Connection, bystander: Bystander) -> None:
    """A relay whose connections to PostgreSQL are cut listens and tells again by itself.

    An event that was told just before its row could be deleted is told twice.
    """
    await bystander.subscribe()
    async with running(Relay(pool, vhost_url, backoff=IMPATIENT, poll_seconds=0.1)):
        expected = await tell(db, 1, 1)
        messages = await bystander.receive("bystander", 1)
        await db.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """
        )
        expected |= await tell(db, 2, 2)
        told = {subject_of(message) for message in messages}
        while told < expected:
            told |= {subject_of(message) for message in await bystander.receive("bystander", 1)}
    assert expected == told


async def test_a_mismatched_exchange_stops_the_relay(pool: Pool, vhost_url: str, bystander: Bystander) -> None:
    """What only a person can mend is not tried for ever."""
    await bystander.channel.declare_exchange(topology.EVENTS_EXCHANGE, "fanout")
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(TopologyMismatchError, match=topology.EVENTS_EXCHANGE):
            await Relay(pool, vhost_url, backoff=IMPATIENT).run(asyncio.Event())
