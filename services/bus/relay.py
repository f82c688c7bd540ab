"""The relay: events from the outbox to the exchange `subsidy.events`, at least once.

One batch is one transaction: lock the oldest rows that no other relay holds (SKIP LOCKED), publish them all without
waiting in between, wait for the broker's confirmations, delete what was confirmed, commit. Whatever happens in
between, a row is deleted only after the broker has it; a crash after the confirmation tells an event twice, under the
same id. Several relays work side by side on different rows. Within a relay events leave in the order of the outbox;
over several relays, and after a failure, there is no order, and consumers go by subject and time.

Events are published without the mandatory flag: that nobody has bound a queue for an event is normal, and no reason to
hold it back. Who must not miss events binds a durable queue before the fund begins to work. A missing exchange, on the
other hand, closes the channel and is an error.

The outbox is asked when PostgreSQL notifies, and every few seconds in case a notification was lost with its connection.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import asyncpg
import attrs
import structlog
from aio_pika import Message
from aio_pika.abc import AbstractExchange
from aio_pika.exceptions import DeliveryError

from services.bus import metrics, topology
from services.bus.broker import Backoff, asking, first_of, open_link, supervise
from services.bus.cloudevents import SOURCE_DEFAULT, event_id, to_message
from services.bus.errors import BrokerLostError, NotDeliveredError
from services.bus.wire import EventMalformedError
from services.store import crashpoint, outbox
from services.store.database import Actor, Connection, Pool, Role, acting

# Rows locked and messages on their way at once.
BATCH_ROWS_MAX: Final = 500
# Shorter than the server's limit on an idle transaction, which is what the wait for confirmations is to PostgreSQL.
CONFIRM_SECONDS_MAX: Final = 8.0
POLL_SECONDS: Final = 2.0
# Rows that break their contract are passed over, and kept for a person; this many are no accident any more.
MALFORMED_MAX: Final = 10_000

_TRANSIENT: Final = (BrokerLostError, NotDeliveredError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_ACTOR: Final = Actor(role=Role.WORKER, name="relay", origin="outbox")

log = structlog.get_logger(__name__)


class TooManyMalformedError(Exception):
    """The outbox is full of rows that break their contract: a defect in what writes them, for a person to mend."""


@attrs.define
class Relay:
    """Moves events from the outbox to the broker until it is told to stop.

    Attributes:
        pool: of the store; the relay holds one connection to listen on and borrows one per batch.
        url: of the broker.
        source: the CloudEvents source, a URI reference that tells several funds apart.
        backoff: pauses between attempts while the broker or the database is away.
        poll_seconds: how often the outbox is asked without a notification.
        confirm_seconds_max: how long the broker may take to confirm a batch.
    """

    pool: Pool
    url: str = attrs.field(repr=False)
    source: str = SOURCE_DEFAULT
    backoff: Backoff = attrs.field(factory=Backoff)
    poll_seconds: float = POLL_SECONDS
    confirm_seconds_max: float = CONFIRM_SECONDS_MAX
    _malformed: set[int] = attrs.field(factory=set, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop` is set; broker and database may come and go meanwhile.

        Raises:
            TopologyMismatchError: the exchange is declared otherwise; a person must act.
            TooManyMalformedError: see there.
        """
        await supervise("relay", lambda: self._session(stop), stop=stop, transient=_TRANSIENT, backoff=self.backoff)

    async def _session(self, stop: asyncio.Event) -> None:
        wake = asyncio.Event()
        async with open_link(self.url, "subsidy relay") as link:
            exchange = (await topology.declare(link.channel)).events
            async with outbox.listening(self.pool, wake.set) as listens:
                log.info("relay.started")
                while not stop.is_set():
                    if link.lost.is_set() or not listens():
                        raise BrokerLostError("relaying", "a connection was closed")
                    wake.clear()
                    if await self.relay_batch(exchange) < BATCH_ROWS_MAX:
                        await first_of(stop, wake, link.lost, seconds_max=self.poll_seconds)

    async def relay_batch(self, exchange: AbstractExchange) -> int:
        """Relay one batch; give how many rows were taken from the outbox."""
        failure: Exception | None = None
        async with self.pool.acquire(timeout=outbox.ACQUIRE_SECONDS_MAX) as connection, acting(connection, _ACTOR):
            rows = await outbox.take_batch(connection, BATCH_ROWS_MAX, sorted(self._malformed))
            if rows:
                ready = self._messages(rows)
                crashpoint.reach("relay.before_publish")
                confirmed, failure = await self._publish(exchange, ready)
                crashpoint.reach("relay.after_confirm")
                # Also after a failure: what was confirmed has been told.
                await outbox.delete(connection, [row.id for row in confirmed])
            await _measure(connection)
        if failure is not None:
            raise failure
        return len(rows)

    def _messages(self, rows: Sequence[outbox.OutboxRow]) -> list[tuple[outbox.OutboxRow, Message]]:
        ready = []
        for row in rows:
            try:
                ready.append((row, to_message(row, self.source)))
            except EventMalformedError as error:
                # It stays in the outbox; the others must not wait for it.
                self._malformed.add(row.id)
                facts = {"outbox_id": row.id, "type": row.type, "problems": error.problems}
                log.error("relay.event_malformed", **facts)  # noqa: TRY400 - the cause may quote the body.
        metrics.EVENTS_MALFORMED.set(len(self._malformed))
        if len(self._malformed) > MALFORMED_MAX:
            raise TooManyMalformedError(f"{len(self._malformed)} rows of the outbox break their contract")
        return ready

    async def _publish(
        self, exchange: AbstractExchange, ready: Sequence[tuple[outbox.OutboxRow, Message]]
    ) -> tuple[list[outbox.OutboxRow], Exception | None]:
        """Publish all at once; give the rows that the broker confirmed, and the first failure if there was one."""
        answers = await asyncio.gather(
            *(self._confirmed(exchange, row, message) for row, message in ready), return_exceptions=True
        )
        confirmed = [row for (row, _), answer in zip(ready, answers, strict=True) if answer is None]
        for row in confirmed:
            metrics.EVENTS_RELAYED.labels(row.type).inc()
        failures = [answer for answer in answers if answer is not None]
        for failure in failures:
            if not isinstance(failure, _TRANSIENT):
                raise failure
        return confirmed, next((failure for failure in failures if isinstance(failure, Exception)), None)

    async def _confirmed(self, exchange: AbstractExchange, row: outbox.OutboxRow, message: Message) -> None:
        async with asking("publishing events", self.confirm_seconds_max):
            try:
                await exchange.publish(message, row.type, mandatory=False)
            except DeliveryError as error:
                raise NotDeliveredError(
                    event_id(row), "the broker refused it (basic.nack)", "It stays in the outbox and is tried again"
                ) from error


async def _measure(connection: Connection) -> None:
    waiting = await outbox.backlog(connection)
    metrics.OUTBOX_ROWS.set(waiting.rows)
    metrics.OUTBOX_OLDEST_SECONDS.set(waiting.oldest_seconds)
