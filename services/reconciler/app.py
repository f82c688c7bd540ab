"""The reconciler as a process: workers, and with a broker the consumer of statements and the relay of events."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from libsubsidy import Policy
from services.bus.consume import StatementConsumer
from services.bus.relay import Relay
from services.reconciler.intake import Intake
from services.reconciler.settings import Settings
from services.reconciler.worker import Worker
from services.store import crashpoint
from services.store.database import ACQUIRE_SECONDS_MAX, Pool, open_pool
from services.store.outages import OUTAGES

# A worker holds two connections while it settles (one writes, one reads ahead) and one to renew its lease.
_CONNECTIONS_PER_WORKER = 3
_CONNECTIONS_BESIDE = 4
_LISTEN_AGAIN_SECONDS = 2.0

log = structlog.get_logger()


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set."""
    crashpoint.arm_from_setting(settings.crash_point)
    connections_max = settings.workers * _CONNECTIONS_PER_WORKER + _CONNECTIONS_BESIDE
    async with open_pool(
        settings.database_url, application="subsidy reconciler", connections_max=connections_max
    ) as pool:
        workers = [
            Worker(pool, worker_name(number), policy=Policy(), batch_lines=settings.batch_lines)
            for number in range(settings.workers)
        ]
        async with asyncio.TaskGroup() as group:
            endless = [group.create_task(worker.run()) for worker in workers]
            endless.append(group.create_task(wake_on_notify(pool, workers)))
            if settings.amqp_url is not None:
                intake = Intake(pool)
                # These two end by themselves when they are told to stop, with the message under way.
                group.create_task(StatementConsumer(settings.amqp_url, intake.take, intake.ready).run(stop))
                group.create_task(Relay(pool, settings.amqp_url).run(stop))
            log.info("reconciler started", workers=settings.workers, broker=settings.amqp_url is not None)
            await stop.wait()
            for task in endless:
                task.cancel()
    log.info("reconciler stopped")


def worker_name(number: int) -> str:
    """Name a worker so that the audit trail tells where it ran."""
    return f"reconciler/{socket.gethostname()}/{os.getpid()}/{number}"


async def wake_on_notify(pool: Pool, workers: list[Worker]) -> None:
    """Wake the workers whenever a statement changes its state; they look by themselves when this fails."""

    def woken(*_: object) -> None:
        for worker in workers:
            worker.wake()

    while True:
        try:
            async with listening(pool, woken) as lost:
                await lost.wait()
        except OUTAGES as error:
            log.warning("notifications lost", error=type(error).__name__)
        await asyncio.sleep(_LISTEN_AGAIN_SECONDS)


@asynccontextmanager
async def listening(pool: Pool, woken: object) -> AsyncIterator[asyncio.Event]:
    """Listen on a connection of the pool; the event is set when the connection is gone."""
    lost = asyncio.Event()

    def gone(*_: object) -> None:
        lost.set()

    async with pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as connection:
        connection.add_termination_listener(gone)
        await connection.add_listener("statement", woken)  # type: ignore[arg-type]
        try:
            yield lost
        finally:
            connection.remove_termination_listener(gone)
            if not connection.is_closed():
                await connection.remove_listener("statement", woken)  # type: ignore[arg-type]
