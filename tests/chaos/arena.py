"""Where the faults happen: a database, a virtual host, reconcilers in processes of their own, and a bank that delivers."""

import asyncio
import signal
from contextlib import AsyncExitStack
from random import Random
from typing import Self

import asyncpg

from demo.embedded_postgres import EmbeddedPostgres
from services.bus.errors import BusError
from services.bus.publish import OutgoingStatement, publish_statement
from services.store.database import connect
from services.store.migrate import migrate
from tests.patience import PATIENCE_SECONDS, eventually
from tests.reconciler.processes import Reconciler, reconciling
from tests.reconciler.subscriber import Subscriber
from tests.reconciler.town import expire_leases, is_worked_off, settle_down
from tests.reconciler.year import Year
from tests.servers.rabbitmq import RabbitNode

PROCESSES = 3
_PAUSE_SECONDS = 0.2
# Everything after the last fault: leases are let run out, so that this is work and no waiting.
HEAL_SECONDS_MAX = 120.0


async def _has_started(process: Reconciler) -> bool:
    return "reconciler started" in process.log()


class Arena:
    """One round's world.

    Attributes:
        processes: the reconcilers that live, as far as is known.
        armed: those that were started with a crash point.
    """

    db: "asyncpg.Connection[asyncpg.Record]"

    def __init__(self, postgres: EmbeddedPostgres, broker: RabbitNode, year: Year, name: str) -> None:
        """Describe it; nothing is started yet."""
        self.postgres, self.broker, self.year = postgres, broker, year
        self.processes: list[Reconciler] = []
        self.armed: list[Reconciler] = []
        self._name = name
        self._stack = AsyncExitStack()
        self._thawing: list[asyncio.Task[None]] = []
        self._sent: set[str] = set()

    @property
    def url(self) -> str:
        """The round's database."""
        return self.postgres.url_of(self._name)

    @property
    def vhost_url(self) -> str:
        """The round's virtual host."""
        return self.broker.url_of(self._name)

    async def __aenter__(self) -> Self:
        """Make the town, and start the reconcilers."""
        admin = await connect(self.postgres.url_of("postgres"))
        await admin.execute(f"CREATE DATABASE {self._name}")
        await admin.close()
        await migrate(self.url)
        await asyncio.to_thread(self.broker.add_vhost, self._name)
        self.subscriber = await asyncio.to_thread(Subscriber, self.vhost_url)
        await self.connect()
        await settle_down(self.db, self.year.dues, accounts=self.year.accounts)
        for _ in range(PROCESSES):
            await self.start()
        for process in self.processes:
            await process.brings_about(lambda started=process: _has_started(started))  # type: ignore[misc]
        return self

    async def __aexit__(self, *_: object) -> None:
        """End whatever still runs."""
        for thawing in self._thawing:
            thawing.cancel()
        await self._stack.aclose()
        await self.db.close(timeout=10)
        await asyncio.to_thread(self.broker.delete_vhost, self._name)

    async def connect(self) -> None:
        """Connect to the database, anew after it was killed."""
        self.db = await connect(self.url)

    async def start(self, crash_point: str = "") -> None:
        """Start one more reconciler, armed or not."""
        process = await self._stack.enter_async_context(
            reconciling(self.url, amqp_url=self.vhost_url, crash_point=crash_point)
        )
        self.processes = [*(each for each in self.processes if each.lives), process]
        if crash_point:
            self.armed.append(process)

    def thaw_later(self, process: Reconciler, seconds: float) -> None:
        """Let a frozen process go on after a while."""

        async def thaw() -> None:
            await asyncio.sleep(seconds)
            if process.lives:
                process.signal(signal.SIGCONT)

        self._thawing.append(asyncio.create_task(thaw()))

    async def deliver(self, file: tuple[str, bytes], message_id: str | None = None) -> None:
        """Send a file until the broker has it, as a bank's program must."""
        filename, body = file
        statement = OutgoingStatement(source="demo-bank", filename=filename, body=body, message_id=message_id)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    self._sent.add(await publish_statement(self.vhost_url, statement))
                except BusError:
                    await asyncio.sleep(_PAUSE_SECONDS)
                else:
                    return

    async def heal(self) -> float:
        """No more faults: wait until everything has arrived, is decided and told; give the seconds it took."""
        await asyncio.gather(*self._thawing)
        while sum(process.lives and process not in self.armed for process in self.processes) < 1:
            await self.start()
        return await eventually(self._is_done, seconds_max=HEAL_SECONDS_MAX)

    async def _is_done(self) -> bool:
        await self.db.execute(
            # Whoever runs the system releases what was parked after too many deaths: it is tried again.
            """
            WITH parked AS (
                UPDATE statement SET state = 'staged', tries = 0
                WHERE state = 'held' AND findings -> 0 ->> 'code' = 'WORK_FAILED' RETURNING id)
            INSERT INTO audit_event (subject_kind, subject_id, from_state, to_state)
            SELECT 'statement', id, 'held', 'staged' FROM parked
            """
        )
        await expire_leases(self.db) if await self._is_stuck() else None
        noted = {row[0] for row in await self.db.fetch("SELECT message_id FROM statement_delivery")}
        told = not await self.db.fetchval("SELECT EXISTS (SELECT FROM outbox)")
        return self._sent <= noted and told and await is_worked_off(self.db)

    async def _is_stuck(self) -> bool:
        """Say whether a statement waits for the lease of a process that is dead."""
        living = [str(process.process.pid) for process in self.processes if process.lives]
        leased = await self.db.fetch("SELECT leased_by FROM statement WHERE lease_until > clock_timestamp()")
        return any(row["leased_by"].split("/")[2] not in living for row in leased)

    def any_process(self, rng: Random) -> Reconciler:
        """Choose one that lives."""
        return rng.choice([process for process in self.processes if process.lives])

    @property
    def died(self) -> int:
        """How many armed processes died at their point."""
        return sum(process.process.returncode == -signal.SIGKILL for process in self.armed)
