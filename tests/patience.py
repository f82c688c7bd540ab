"""Waiting for what another process brings about: the one place where the tests poll, and always with an end."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

# Long enough for a process to start and a broker to come back on a busy machine.
PATIENCE_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.05


async def eventually(promise: Callable[[], Awaitable[object]], *, seconds_max: float = PATIENCE_SECONDS) -> float:
    """Wait until a promise holds that another process keeps; give the seconds it took.

    Raises:
        TimeoutError: it does not hold in time.
    """
    began = monotonic()
    async with asyncio.timeout(seconds_max):
        while not await promise():  # noqa: ASYNC110 - what happens in another process sets no event of ours.
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
    return monotonic() - began
