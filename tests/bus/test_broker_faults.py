"""A broker that dies or freezes costs time and nothing else."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from prometheus_client import REGISTRY

from services.bus import topology
from services.bus.broker import asking
from services.bus.consume import StatementConsumer
from services.bus.errors import BrokerLostError
from services.bus.messages import IncomingStatement
from services.bus.publish import OutgoingStatement, publish_statement
from services.bus.relay import Relay
from services.store.database import Connection, Pool
from tests.bus.conftest import IMPATIENT, Bystanders, eventually, id_of, is_empty, running, subject_of, tell
from tests.servers.rabbitmq import RabbitNode


@pytest.fixture
async def mortal(broker: RabbitNode) -> AsyncIterator[RabbitNode]:
    """The node, in good health again after the test."""
    yield broker
    broker.resume()


def sessions_lost(part: str) -> float:
    """Say how often a part has lost its session."""
    return REGISTRY.get_sample_value("subsidy_bus_sessions_lost_total", {"part": part}) or 0.0


async def test_a_relay_outlives_a_broker_that_is_killed(
    pool: Pool, vhost_url: str, db: Connection, mortal: RabbitNode, bystanders: Bystanders
) -> None:
    """Events go on being written while the broker is dead; when it is back, all of them are there."""
    async with bystanders() as bystander:
        await bystander.subscribe()
    expected = set()
    async with running(Relay(pool, vhost_url, backoff=IMPATIENT, confirm_seconds_max=1.0)):
        expected |= await tell(db, 1, 600)
        await asyncio.to_thread(mortal.kill)
        expected |= await tell(db, 601, 800)
        await asyncio.to_thread(mortal.restart)
        expected |= await tell(db, 801, 900)
        await eventually(lambda: is_empty(db))
    async with bystanders() as bystander:
        messages = await bystander.receive("bystander", await bystander.depth("bystander"))
    assert (expected, len(expected)) == (
        {subject_of(message) for message in messages},
        len({id_of(message) for message in messages}),
    )


async def test_a_consumer_outlives_a_broker_that_is_killed(
    vhost_url: str, mortal: RabbitNode, bystanders: Bystanders
) -> None:
    """Statements that the broker confirmed before it died are taken over after it is back, and new ones too."""
    taken: set[str] = set()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def take(statement: IncomingStatement) -> None:
        begun.set()
        await go_on.wait()
        taken.add(statement.message_id)

    async def has_taken(count: int) -> bool:
        return count == len(taken)

    for number in range(5):
        await publish_statement(vhost_url, _file(number))
    async with running(StatementConsumer(vhost_url, take, backoff=IMPATIENT, prefetch=4)):
        await asyncio.wait_for(begun.wait(), 30)
        # It dies with one message under way and three in the consumer's hands.
        await asyncio.to_thread(mortal.kill)
        go_on.set()
        await asyncio.to_thread(mortal.restart)
        await eventually(lambda: has_taken(5))
        await publish_statement(vhost_url, _file(5))
        await eventually(lambda: has_taken(6))
    async with bystanders() as bystander:
        assert (0, 0) == (
            await bystander.depth(topology.STATEMENTS_QUEUE),
            await bystander.depth(topology.DEAD_QUEUE),
        )


async def test_a_relay_outlives_a_broker_that_freezes(
    pool: Pool, vhost_url: str, db: Connection, mortal: RabbitNode, bystanders: Bystanders
) -> None:
    """A broker that confirms nothing costs a session and no event; the rows stay until they are confirmed."""
    async with bystanders() as bystander:
        await bystander.subscribe()
    async with running(Relay(pool, vhost_url, backoff=IMPATIENT, confirm_seconds_max=0.5)):
        expected = await tell(db, 1, 10)
        await eventually(lambda: is_empty(db))
        before = sessions_lost("relay")
        mortal.pause()
        expected |= await tell(db, 11, 20)
        await eventually(lambda: _has_lost_more(before))
        assert 10 == await db.fetchval("SELECT count(*) FROM outbox")
        mortal.resume()
        await eventually(lambda: is_empty(db))
    async with bystanders() as bystander:
        messages = await bystander.receive("bystander", await bystander.depth("bystander"))
    assert (expected, 20) == (
        {subject_of(message) for message in messages},
        len({id_of(message) for message in messages}),
    )


async def _has_lost_more(before: float) -> bool:
    return sessions_lost("relay") > before


async def test_an_error_that_only_looks_like_a_cancellation_is_a_lost_broker() -> None:
    """The client raises CancelledError where a connection broke; only our own cancellation may pass as one."""
    with pytest.raises(BrokerLostError, match="the connection was closed"):
        async with asking("publishing"):
            raise asyncio.CancelledError


async def test_our_own_cancellation_stays_one() -> None:
    """A task that is cancelled ends as such, and is not mistaken for a lost broker."""

    async def ask() -> None:
        async with asking("publishing"):
            await asyncio.Event().wait()

    task = asyncio.create_task(ask())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def _file(number: int) -> OutgoingStatement:
    return OutgoingStatement(source="icbc", filename="a.ofx", body=b"<OFX>%d</OFX>" % number, message_id=str(number))
