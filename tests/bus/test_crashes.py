"""Processes that die at the worst moments lose nothing."""

import asyncio
import signal
from collections import Counter

import pytest

from services.bus import topology
from services.bus.publish import OutgoingStatement, open_publisher
from services.bus.relay import BATCH_ROWS_MAX
from services.store.database import Connection
from tests.bus.conftest import PATIENCE_SECONDS, Bystander, eventually, id_of, is_empty, subject_of, tell
from tests.bus.processes import CALLED, TAKEN, started

EVENTS = BATCH_ROWS_MAX + 100


async def died(process: asyncio.subprocess.Process) -> int:
    """Wait for the end of a process; give the signal that killed it."""
    return -await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)


@pytest.mark.parametrize(
    ("crash", "times_told"),
    [
        ("relay.before_publish:1", {1: EVENTS}),
        ("relay.before_publish:2", {1: EVENTS}),
        ("relay.after_confirm:1", {1: 100, 2: BATCH_ROWS_MAX}),
        ("relay.after_confirm:2", {1: BATCH_ROWS_MAX, 2: 100}),
    ],
)
async def test_a_relay_that_dies_loses_no_event(
    database_url: str, vhost_url: str, db: Connection, bystander: Bystander, *, crash: str, times_told: dict[int, int]
) -> None:
    """What was confirmed and not yet deleted is told twice, under the same id; everything else once."""
    await bystander.subscribe()
    expected = await tell(db, 1, EVENTS)
    async with started("relay", database_url, vhost_url, crash) as process:
        assert signal.SIGKILL == await died(process)
    async with started("relay", database_url, vhost_url):
        await eventually(lambda: is_empty(db))
    told = sum(times * events for times, events in times_told.items())
    messages = await bystander.receive("bystander", told)
    counts = Counter(subject_of(message) for message in messages)
    ids = {(subject_of(message), id_of(message)) for message in messages}
    assert (expected, times_told, EVENTS, 0) == (
        set(counts),
        Counter(counts.values()),
        len(ids),
        await bystander.depth("bystander"),
    )


async def test_the_other_relay_takes_over(
    database_url: str, vhost_url: str, db: Connection, bystander: Bystander
) -> None:
    """Of two relay processes one is killed in the middle of its work; the other tells what is left."""
    await bystander.subscribe()
    expected = await tell(db, 1, 3 * BATCH_ROWS_MAX)
    async with (
        started("relay", database_url, vhost_url, "relay.after_confirm:2") as doomed,
        started("relay", database_url, vhost_url) as other,
    ):
        while doomed.returncode is None:
            more = await tell(db, len(expected) + 1, len(expected) + BATCH_ROWS_MAX)
            expected |= more
            await eventually(lambda: is_empty(db))
        await eventually(lambda: is_empty(db))
        assert (-signal.SIGKILL, None) == (doomed.returncode, other.returncode)
    messages = await bystander.receive("bystander", await bystander.depth("bystander"))
    assert (expected, len(expected)) == (
        {subject_of(message) for message in messages},
        len({id_of(message) for message in messages}),
    )


@pytest.mark.parametrize(
    ("crash", "calls"),
    [
        ("intake.after_receive:2", 3),
        ("intake.after_commit:2", 4),
        ("intake.after_ack:2", 3),
    ],
)
async def test_a_consumer_that_dies_loses_no_statement(
    database_url: str, vhost_url: str, db: Connection, bystander: Bystander, *, crash: str, calls: int
) -> None:
    """What was committed and not yet acknowledged comes again, and is the same statement."""
    await db.execute(f"{TAKEN}; {CALLED}")
    async with open_publisher(vhost_url) as publisher:
        for number in range(3):
            body = b"<OFX>%d</OFX>" % number
            await publisher.publish(
                OutgoingStatement(source="icbc", filename="a.ofx", body=body, message_id=str(number))
            )
    async with started("intake", database_url, vhost_url, crash) as process:
        assert signal.SIGKILL == await died(process)
    async with started("intake", database_url, vhost_url):
        await eventually(lambda: _has_taken(db, 3))
        await eventually(lambda: _is_drained(bystander))
    taken = {row["message_id"]: row["body"] for row in await db.fetch("SELECT message_id, body FROM taken")}
    assert ({str(number): b"<OFX>%d</OFX>" % number for number in range(3)}, calls, 0) == (
        taken,
        await db.fetchval("SELECT count(*) FROM called"),
        await bystander.depth(topology.DEAD_QUEUE),
    )


async def _has_taken(connection: Connection, count: int) -> bool:
    taken: int = await connection.fetchval("SELECT count(*) FROM taken")
    return taken == count


async def _is_drained(bystander: Bystander) -> bool:
    return 0 == await bystander.depth(topology.STATEMENTS_QUEUE)
