"""The reconciler as a process: workers, simulations, and with a broker the consumer of statements and the relay of events."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog

from libsubsidy import Policy
from services.bus.consume import StatementConsumer
from services.bus.relay import Relay
from services.collecting import collect_seldom
from services.ending import end
from services.reconciler.intake import Intake
from services.reconciler.settings import Settings
from services.reconciler.simulating import Simulator
from services.reconciler.worker import Worker
from services.store import crashpoint
from services.store.database import ACQUIRE_SECONDS_MAX, Pool, open_pool
from services.store.outages import OUTAGES

# A worker holds two connections while it settles (one writes, one reads ahead) and one to renew its lease.
_CONNECTIONS_PER_WORKER = 3
# Listening, intake, the relay, and a simulation, which renews itself beside its work.
_CONNECTIONS_BESIDE = 6
_LISTEN_AGAIN_SECONDS = 2.0
# In which a worker that is stopped lets go of its statement.
_PUT_IN_ORDER_SECONDS = 10.0
# A statement tells of each of its batches, for those who watch; workers need not look for work as often.
_WAKE_EVERY_SECONDS = 0.5

log = structlog.get_logger()


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set."""
    crashpoint.arm_from_setting(settings.crash_point)
    collect_seldom()
    connections_max = settings.workers * _CONNECTIONS_PER_WORKER + _CONNECTIONS_BESIDE
    async with open_pool(
        settings.database_url, application="subsidy reconciler", connections_max=connections_max
    ) as pool:
        workers = [
            Worker(pool, worker_name(number), policy=Policy(), batch_lines=settings.batch_lines)
            for number in range(settings.workers)
        ]
        simulator = Simulator(pool, worker_name(settings.workers), policy=Policy())
        async with asyncio.TaskGroup() as group:
            endless = [group.create_task(worker.run()) for worker in workers]
            endless.append(group.create_task(simulator.run()))
            wakes = {"statement": [worker.wake for worker in workers], "simulation": [simulator.wake]}
            endless.append(group.create_task(wake_on_notify(pool, wakes)))
            if settings.amqp_url is not None:
                intake = Intake(pool)
                # These two end by themselves when they are told to stop, with the message under way.
                group.create_task(StatementConsumer(settings.amqp_url, intake.take, intake.ready).run(stop))
                group.create_task(Relay(pool, settings.amqp_url).run(stop))
            log.info("reconciler started", workers=settings.workers, broker=settings.amqp_url is not None)
            await stop.wait()
            await asyncio.gather(*(end(task, again_seconds=_PUT_IN_ORDER_SECONDS) for task in endless))
    log.info("reconciler stopped")


def worker_name(number: int) -> str:
    """Name a worker so that the audit trail tells where it ran."""
    return f"reconciler/{socket.gethostname()}/{os.getpid()}/{number}"


async def wake_on_notify(pool: Pool, wakes: Mapping[str, Sequence[Callable[[], None]]]) -> None:
    """Wake whoever works, by channel, whenever something is said there; they look by themselves when this fails."""
    calm = {channel: Calm(called) for channel, called in wakes.items()}
    while True:
        try:
            async with listening(pool, calm) as lost:
                await lost.wait()
        except OUTAGES as error:
            log.warning("notifications lost", error=type(error).__name__)
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # Giving back a dead connection raises in place of the cancellation, which must not be lost.
                raise asyncio.CancelledError from error
        await asyncio.sleep(_LISTEN_AGAIN_SECONDS)


class Calm:
    """Passes a notification on at once, and those that follow soon after as one."""

    def __init__(self, called: Sequence[Callable[[], None]]) -> None:
        self._called = called
        self._resting = False
        self._again = False

    def __call__(self, *_: object) -> None:
        """Hear one notification."""
        if self._resting:
            self._again = True
            return
        self._resting = True
        asyncio.get_running_loop().call_later(_WAKE_EVERY_SECONDS, self._rested)
        for call in self._called:
            call()

    def _rested(self) -> None:
        self._resting = False
        if self._again:
            self._again = False
            self()


@asynccontextmanager
async def listening(pool: Pool, heard: Mapping[str, Callable[..., None]]) -> AsyncIterator[asyncio.Event]:
    """Listen to channels on a connection of the pool; the event is set when the connection is gone."""
    lost = asyncio.Event()

    def gone(*_: object) -> None:
        lost.set()

    async with pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as connection:
        connection.add_termination_listener(gone)
        for channel, called in heard.items():
            await connection.add_listener(channel, called)
        try:
            yield lost
        finally:
            connection.remove_termination_listener(gone)
            if not connection.is_closed():
                for channel, called in heard.items():
                    await connection.remove_listener(channel, called)
