"""The consumer of `reconciler.statements`: hand each file to the store, then acknowledge it.

The handler commits the bytes before the broker is told to forget them; a crash in between brings the message again, and
the store knows it by (source, message id). So nothing here needs to happen exactly once.

One message at a time by default (`prefetch`): the broker counts a delivery for every message a dying consumer held,
and with a single one no good statement is ever buried together with the bad one that killed its reader. The work per
message is a few writes, so that waiting for the next one costs a round trip only.

===============================  =====================================================================================
what happens                     what is done
===============================  =====================================================================================
`Poisonous`                      to the dead letters with its reason, and on to the next message
the database is away             the message is held and tried again, with longer and longer pauses, without costing a
                                 delivery; after `hold_seconds_max` it goes back to the queue, and nothing is consumed
                                 until `ready` says that the store is back
any other error of the handler   tried again a few times, then to the dead letters as HANDLER_FAILED
the broker dies or freezes       what was received and not begun is forgotten (it comes again); connect anew
the consumer dies                the broker delivers again, up to its limit, then moves the message to the dead letters
the broker delivers nothing      the watchdog asks for the depth of the queue, twice, and then connects anew; after
                                 `quiet_seconds_max` it does so without asking
===============================  =====================================================================================
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

import attrs
import structlog
from aio_pika.abc import AbstractIncomingMessage

from services.bus import metrics, topology
from services.bus.broker import Backoff, Link, asking, first_of, open_link, supervise
from services.bus.dead_letters import bury
from services.bus.errors import BrokerLostError, BusError, Poisonous
from services.bus.messages import IncomingStatement, read_statement
from services.bus.refusals import poisonous
from services.store import crashpoint
from services.store.outages import OUTAGES

# Below the broker's own limit on a delivery (30 minutes in 3.x), which would close the channel under us.
HOLD_SECONDS_MAX: Final = 20 * 60.0
HANDLER_SECONDS_MAX: Final = 120.0
# A defect that strikes by chance gets some more chances; one that strikes each time must not block the queue.
UNEXPECTED_MAX: Final = 5
WATCH_SECONDS: Final = 10.0
# Not every silence can be told from outside. A quorum queue that is deleted and declared again at once (RabbitMQ 3.10)
# keeps its old consumer without a word and counts the next message as delivered to it: its depth is 0. A new session
# costs a few round trips, so a quiet consumer begins one now and then, whatever the broker says.
QUIET_SECONDS_MAX: Final = 300.0

log = structlog.get_logger(__name__)


class StoreAwayError(BusError):
    """The handler could not reach the store for so long that the message was given back to the queue."""


async def _ready_at_once() -> None:
    return


@attrs.define
class StatementConsumer:
    """Consumes statement messages until it is told to stop.

    Attributes:
        url: of the broker.
        handler: takes a statement over for good, or raises; it must bear being called twice for the same one.
        ready: raises one of `OUTAGES` while the store is away; asked before anything is consumed.
        prefetch: messages the broker may hand over before the first is acknowledged, 1 to 4.
        backoff: pauses between attempts, of connecting as of handling.
        hold_seconds_max: how long a message is held while the store is away.
        handler_seconds_max: how long one call of the handler may take.
        watch_seconds: how long no delivery may come before the watchdog asks why.
        quiet_seconds_max: how long no delivery may come before the connection is made anew in any case.
    """

    url: str = attrs.field(repr=False)
    handler: Callable[[IncomingStatement], Awaitable[None]]
    ready: Callable[[], Awaitable[None]] = _ready_at_once
    prefetch: int = attrs.field(default=1, validator=attrs.validators.in_(range(1, 5)))
    backoff: Backoff = attrs.field(factory=Backoff)
    hold_seconds_max: float = HOLD_SECONDS_MAX
    handler_seconds_max: float = HANDLER_SECONDS_MAX
    watch_seconds: float = WATCH_SECONDS
    quiet_seconds_max: float = QUIET_SECONDS_MAX

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set; broker and database may come and go meanwhile.

        Raises:
            TopologyMismatchError: a queue or exchange is declared otherwise; a person must act.
        """
        transient = (BrokerLostError, StoreAwayError, *OUTAGES)
        await supervise("intake", lambda: self._session(stop), stop=stop, transient=transient, backoff=self.backoff)

    async def _session(self, stop: asyncio.Event) -> None:
        await self.ready()
        async with open_link(self.url, "subsidy intake") as link:
            declared = await topology.declare(link.channel)
            # Belongs to this channel: what is in it when the channel is lost is stale, and goes with it.
            inbox = _Inbox()
            async with asking("consuming"):
                await link.channel.set_qos(prefetch_count=self.prefetch)
                await declared.statements_queue.consume(inbox.put)
                underlay = await link.channel.get_underlay_channel()
                underlay.on_consumer_cancel_callbacks.add(lambda _: link.lost.set())
            log.info("intake.started", prefetch=self.prefetch)
            while (message := await self._next(stop, link, inbox)) is not None:
                await self._take(message, declared, link, stop)

    async def _next(self, stop: asyncio.Event, link: Link, inbox: "_Inbox") -> AbstractIncomingMessage | None:
        """Wait for the next message; None when it is time to stop, or to begin anew."""
        suspicions = 0
        quiet_until = monotonic() + self.quiet_seconds_max
        while not stop.is_set() and monotonic() < quiet_until:
            if link.lost.is_set():
                raise BrokerLostError("consuming", "the connection or the consumer was closed")
            if inbox.messages:
                return inbox.messages.popleft()
            inbox.arrived.clear()
            await first_of(stop, link.lost, inbox.arrived, seconds_max=self.watch_seconds)
            if not (stop.is_set() or link.lost.is_set() or inbox.arrived.is_set()):
                depth = await _queue_depth(link)
                suspicions = suspicions + 1 if depth and not inbox.messages else 0
                if suspicions > 1:
                    raise BrokerLostError("consuming", f"{depth} messages are waiting and none is delivered")
        return None

    async def _take(
        self, message: AbstractIncomingMessage, declared: topology.Topology, link: Link, stop: asyncio.Event
    ) -> None:
        crashpoint.reach("intake.after_receive")
        try:
            statement = await asyncio.to_thread(read_statement, message)
            await self._handle(statement, link, stop)
        except Poisonous as poison:
            await bury(declared.dead, message, poison.violation)
            return
        crashpoint.reach("intake.after_commit")
        async with asking("acknowledging"):
            await message.ack()
        crashpoint.reach("intake.after_ack")
        metrics.STATEMENTS_RECEIVED.inc()
        log.info("intake.received", source=statement.source, message_id=statement.message_id, bytes=len(statement.body))

    async def _handle(self, statement: IncomingStatement, link: Link, stop: asyncio.Event) -> None:
        """Call the handler until it succeeds, finds the message poisonous, or has failed for too long."""
        began = monotonic()
        attempts = unexpected = 0
        while True:
            try:
                async with asyncio.timeout(self.handler_seconds_max):
                    await self.handler(statement)
            except Poisonous:
                raise
            except OUTAGES as error:
                if monotonic() - began > self.hold_seconds_max:
                    raise StoreAwayError(f"the store was away for {self.hold_seconds_max:g} s: {error}") from error
                failure: Exception = error
            except Exception as error:
                unexpected += 1
                if unexpected >= UNEXPECTED_MAX:
                    raise poisonous("HANDLER_FAILED", attempts=unexpected, error=type(error).__name__) from error
                failure = error
            else:
                return
            pause = self.backoff.seconds(attempts)
            attempts += 1
            metrics.HANDLER_RETRIES.inc()
            log.warning(
                "intake.handler_failed",
                message_id=statement.message_id,
                error=type(failure).__name__,
                retry_in_seconds=round(pause, 1),
            )
            await first_of(stop, link.lost, seconds_max=pause)
            if stop.is_set() or link.lost.is_set():
                raise StoreAwayError("the message was given back to the queue before the store came back")


@attrs.define
class _Inbox:
    """What one channel has delivered and nobody has begun."""

    messages: deque[AbstractIncomingMessage] = attrs.field(factory=deque)
    arrived: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def put(self, message: AbstractIncomingMessage) -> None:
        """Take a delivery; as many as the prefetch allows."""
        self.messages.append(message)
        self.arrived.set()


async def _queue_depth(link: Link) -> int:
    """Ask how many messages wait, on a channel of its own: a queue that is gone closes the channel that asks."""
    async with asking("asking for the depth of the queue"), link.connection.channel() as channel:
        queue = await channel.declare_queue(topology.STATEMENTS_QUEUE, passive=True)
        return queue.declaration_result.message_count or 0
