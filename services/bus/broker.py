"""One connection to RabbitMQ, on which every wait ends and every failure has one name.

aio-pika's `connect_robust` mends itself in the background, and has been seen to come back without its consumers; a
plain connection that is thrown away and built anew by `supervise` has only one way to begin, which is tested each time.

A broker that freezes lets `publish()` raise `asyncio.CancelledError` although nobody cancelled the task, and such an
error slips through ``except Exception`` and ends a worker in silence. So each call to the broker runs inside `asking`,
which bounds it in time and turns all that the client may raise into `BrokerLostError`.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Final

import aio_pika
import attrs
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from yarl import URL

from services.bus import metrics
from services.bus.errors import BrokerLostError

CONNECT_SECONDS_MAX: Final = 10.0
CALL_SECONDS_MAX: Final = 10.0
CLOSE_SECONDS_MAX: Final = 3.0
# What is under way when a service is told to stop may take this long to come to an end.
STOP_SECONDS_MAX: Final = 15.0
# The client gives a silent connection up after three of these; the broker after two.
HEARTBEAT_SECONDS: Final = 10

# A session that held this long was healthy: the next failure starts again with the shortest pause.
STEADY_SECONDS: Final = 60.0

log = structlog.get_logger(__name__)


@attrs.frozen
class Backoff:
    """How long to wait before the next attempt: doubled each time, bounded, and spread so that processes part ways.

    >>> Backoff(first_seconds=0.5, seconds_max=8.0).bound_seconds(attempt=0)
    0.5
    >>> Backoff(first_seconds=0.5, seconds_max=8.0).bound_seconds(attempt=40)
    8.0
    """

    first_seconds: float = 0.5
    seconds_max: float = 15.0

    def bound_seconds(self, attempt: int) -> float:
        """Give the longest pause before attempt number `attempt` (from 0)."""
        return float(min(self.seconds_max, self.first_seconds * 2 ** min(attempt, 30)))

    def seconds(self, attempt: int) -> float:
        """Give the pause before attempt number `attempt`, somewhere in the upper half of its bound."""
        return self.bound_seconds(attempt) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing.


@attrs.frozen
class Link:
    """An open connection with one channel; `lost` is set the moment either is closed, by whichever side."""

    connection: AbstractConnection
    channel: AbstractChannel
    lost: asyncio.Event


@asynccontextmanager
async def asking(doing: str, seconds_max: float = CALL_SECONDS_MAX) -> AsyncIterator[None]:
    """Bound what is asked of the broker in time, and give every failure of the connection one name.

    Raises:
        BrokerLostError: the broker did not answer in time, or the connection broke. What was asked may have happened.
        asyncio.CancelledError: only when our own task was cancelled.
    """
    try:
        async with asyncio.timeout(seconds_max):
            yield
    except TimeoutError as error:
        raise BrokerLostError(doing, f"no answer within {seconds_max:g} s") from error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise BrokerLostError(doing, "the connection was closed") from error
    except CONNECTION_EXCEPTIONS as error:
        raise BrokerLostError(doing, f"{type(error).__name__}: {error}") from error


@asynccontextmanager
async def open_link(url: str, name: str, *, confirms: bool = True) -> AsyncIterator[Link]:
    """Connect, open a channel, and close both at the end, within bounds.

    Args:
        url: ``amqp://user:password@host:port/vhost``; a ``heartbeat`` in its query is respected.
        name: shown by the broker among its connections.
        confirms: publisher confirms; a message that no queue takes is then an error and not a success.
    """
    address = URL(url)
    if "heartbeat" not in address.query:
        address = address.update_query(heartbeat=str(HEARTBEAT_SECONDS))
    async with asking("connecting", CONNECT_SECONDS_MAX):
        connection = await aio_pika.connect(address, client_properties={"connection_name": name})
    try:
        async with asking("opening a channel"):
            channel = await connection.channel(publisher_confirms=confirms, on_return_raises=confirms)
        lost = asyncio.Event()
        connection.close_callbacks.add(lambda *_: lost.set())
        channel.close_callbacks.add(lambda *_: lost.set())
        yield Link(connection, channel, lost)
    finally:
        # A broker that does not answer does not answer a good-bye either; it sees the socket close.
        with suppress(BrokerLostError):
            async with asking("closing", CLOSE_SECONDS_MAX):
                await connection.close()


async def first_of(*events: asyncio.Event, seconds_max: float) -> None:
    """Wait until one of the events is set, or the time is over."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds_max, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def supervise(
    part: str,
    session: Callable[[], Awaitable[None]],
    *,
    stop: asyncio.Event,
    transient: tuple[type[Exception], ...],
    backoff: Backoff,
) -> None:
    """Run `session` until `stop` is set; after a transient failure wait and run it anew, without end.

    Any other exception is a defect or a matter for a person (`TopologyMismatchError`), and leaves. What a session is
    at when `stop` comes it may finish within `STOP_SECONDS_MAX`; then it is cancelled.
    """
    work = asyncio.ensure_future(_run_sessions(part, session, stop=stop, transient=transient, backoff=backoff))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((work, stopping), return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait((work,), timeout=STOP_SECONDS_MAX)
    finally:
        stopping.cancel()
        work.cancel()
        await asyncio.wait((work,))
    if not work.cancelled():
        work.result()


async def _run_sessions(
    part: str,
    session: Callable[[], Awaitable[None]],
    *,
    stop: asyncio.Event,
    transient: tuple[type[Exception], ...],
    backoff: Backoff,
) -> None:
    failures = 0
    while not stop.is_set():
        began = monotonic()
        try:
            await session()
        except transient as error:
            failures = 0 if monotonic() - began > STEADY_SECONDS else failures + 1
            pause = backoff.seconds(failures)
            metrics.SESSIONS_LOST.labels(part).inc()
            log.warning("bus.session_lost", part=part, error=str(error), retry_in_seconds=round(pause, 1))
            await first_of(stop, seconds_max=pause)
