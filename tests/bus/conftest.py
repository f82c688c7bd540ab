"""What the tests of the bus share: a running service, the queues as another program sees them, events to tell."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from services.bus import topology
from services.bus.broker import Backoff
from services.store.database import Connection, Pool, open_pool
from services.store.outbox import NewEvent, append

# Long enough for a broker that starts anew on a busy machine.
PATIENCE_SECONDS = 60.0
IMPATIENT = Backoff(first_seconds=0.05, seconds_max=0.5)


class Gbk(str):
    """Text of a program that sends GBK where AMQP asks for UTF-8."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        """Encode as that program does."""
        return super().encode("gbk")


class Service(Protocol):
    """Whatever runs until it is told to stop."""

    async def run(self, stop: asyncio.Event) -> None:
        """Run."""


@asynccontextmanager
async def running(*services: Service) -> AsyncIterator[None]:
    """Run services beside the test; at the end each must stop in good time and without an error."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(service.run(stop)) for service in services]
    try:
        yield
        assert not [task for task in tasks if task.done()]
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE_SECONDS)


async def eventually(promise: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a promise that another process keeps is kept."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await promise():  # noqa: ASYNC110 - what happens in another process sets no event of ours.
            await asyncio.sleep(0.05)


class Bystander:
    """Another program at the broker: it binds queues, looks into them and sends what it likes."""

    def __init__(self, channel: AbstractChannel) -> None:
        """Use a channel of its own."""
        self.channel = channel

    async def declare(self) -> topology.Topology:
        """Declare the topology, as every service does when it starts."""
        return await topology.declare(self.channel)

    async def subscribe(self, key: str = "#") -> AbstractQueue:
        """Bind a durable queue to the events."""
        declared = await self.declare()
        queue = await self.channel.declare_queue("bystander", durable=True, arguments={"x-queue-type": "quorum"})
        await queue.bind(declared.events, key)
        return queue

    async def receive(self, queue: str, count: int) -> list[AbstractIncomingMessage]:
        """Take `count` messages out of a queue, waiting for them."""
        delivered: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        source = await self.channel.get_queue(queue, ensure=False)
        tag = await source.consume(delivered.put)
        taken: list[AbstractIncomingMessage] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(taken) < count:
                taken.append(await delivered.get())
                # At once: a quorum queue stops delivering when 2,000 are not acknowledged.
                await taken[-1].ack()
        await source.cancel(tag)
        while not delivered.empty():
            await delivered.get_nowait().nack(requeue=True)
        return taken

    async def depth(self, queue: str) -> int:
        """Say how many messages of a queue wait."""
        declared = await self.channel.declare_queue(queue, passive=True)
        return declared.declaration_result.message_count or 0

    async def send(self, message: aio_pika.Message, exchange: str = topology.STATEMENTS_EXCHANGE) -> None:
        """Send a message as a bank's program would, well formed or not."""
        to = await self.channel.get_exchange(exchange, ensure=False)
        await to.publish(message, topology.STATEMENTS_KEY)


Bystanders = Callable[[], AbstractAsyncContextManager[Bystander]]


@pytest.fixture
def bystanders(vhost_url: str) -> Bystanders:
    """Connect a bystander, as often as needed: a broker that dies takes its connections along."""

    @asynccontextmanager
    async def connected() -> AsyncIterator[Bystander]:
        async with await aio_pika.connect(vhost_url, timeout=PATIENCE_SECONDS) as connection:
            yield Bystander(await connection.channel(on_return_raises=True))

    return connected


@pytest.fixture
async def bystander(bystanders: Bystanders) -> AsyncIterator[Bystander]:
    """One bystander for the whole test."""
    async with bystanders() as connected:
        yield connected


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on the test's own database."""
    async with open_pool(database_url) as opened:
        yield opened


def settled(number: int) -> NewEvent:
    """Make an event that keeps its contract."""
    body: dict[str, Any] = {
        "notice_id": str(number),
        "employer_id": "2",
        "memo": "75256xA7W5o",
        "line_id": str(number),
        "amount": "23662.50",
    }
    return NewEvent(type="remittance.settled.v1", subject=f"notice/{number}", body=body)


async def tell(connection: Connection, first: int, last: int) -> set[str]:
    """Write events about notices `first` to `last` into the outbox; give their subjects."""
    told = [settled(number) for number in range(first, last + 1)]
    async with connection.transaction():
        await append(connection, told)
    return {event.subject for event in told}


async def is_empty(connection: Connection) -> bool:
    """Say whether the outbox has been told to its end."""
    return not await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)")


def subject_of(message: AbstractIncomingMessage) -> str:
    """Give what an event is about."""
    return str(message.headers["cloudEvents_subject"])


def id_of(message: AbstractIncomingMessage) -> str:
    """Give the id of an event."""
    return str(message.headers["cloudEvents_id"])
