"""The faults: each is done to an arena, and says whether it took effect; what did not never counts as passed."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from random import Random
from typing import Final

from tests.chaos.arena import PROCESSES, Arena
from tests.reconciler.town import expire_leases

# How often each fault is chosen: the two that stop a server take seconds.
WEIGHTS: Final[Mapping[str, int]] = {
    "crash point": 8,
    "kill -9": 5,
    "freeze": 4,
    "sessions ended": 5,
    "leases run out": 5,
    "delivered again": 8,
    "broker killed": 1,
    "postgres killed": 1,
}
POINTS: Final = (
    *("intake.after_receive", "intake.before_commit", "intake.after_commit", "intake.after_ack"),
    *("worker.after_claim", "reading.after_stage", "reading.before_commit", "proving.before_commit"),
    *("proving.after_commit", "settling.after_lines", "settling.after_posting", "settling.before_commit"),
    *("settling.after_commit", "settling.before_finish", "settling.after_finish"),
    *("relay.before_publish", "relay.after_confirm"),
)
_FREEZE_SECONDS_MAX = 3.0
_ARMED_SECONDS_MAX = 5.0


async def _crash_point(arena: Arena, rng: Random) -> None:
    """Let an armed process do all the work until it dies; the healthy ones come back afterwards."""
    for process in arena.processes:
        process.signal(signal.SIGTERM)
    await arena.start(f"{rng.choice(POINTS)}:{rng.choice((1, 1, 2))}")
    await arena.deliver(rng.choice(arena.year.files), f"again/{rng.random()}")
    with suppress(TimeoutError):
        await asyncio.wait_for(arena.armed[-1].process.wait(), _ARMED_SECONDS_MAX)
    for _ in range(PROCESSES):
        await arena.start()


async def _kill(arena: Arena, rng: Random) -> None:
    await arena.start()
    arena.any_process(rng).signal(signal.SIGKILL)


async def _freeze(arena: Arena, rng: Random) -> None:
    process = arena.any_process(rng)
    process.signal(signal.SIGSTOP)
    arena.thaw_later(process, rng.uniform(0.2, _FREEZE_SECONDS_MAX))


async def _end_sessions(arena: Arena, rng: Random) -> None:
    await arena.db.execute(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'subsidy reconciler' AND random() < $1
        """,
        rng.choice((0.3, 1.0)),
    )


async def _expire(arena: Arena, _: Random) -> None:
    await expire_leases(arena.db)


async def _deliver_again(arena: Arena, rng: Random) -> None:
    await arena.deliver(rng.choice(arena.year.files), f"again/{rng.random()}")


async def _kill_broker(arena: Arena, _: Random) -> None:
    await asyncio.to_thread(arena.broker.kill)
    await asyncio.to_thread(arena.broker.restart)


async def _kill_postgres(arena: Arena, _: Random) -> None:
    arena.db.terminate()
    await asyncio.to_thread(arena.postgres.kill)
    await asyncio.to_thread(arena.postgres.restart)
    await arena.connect()


FAULTS: Final[Mapping[str, Callable[[Arena, Random], Awaitable[None]]]] = {
    "crash point": _crash_point,
    "kill -9": _kill,
    "freeze": _freeze,
    "sessions ended": _end_sessions,
    "leases run out": _expire,
    "delivered again": _deliver_again,
    "broker killed": _kill_broker,
    "postgres killed": _kill_postgres,
}
