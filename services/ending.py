"""End a task that runs for ever."""

import asyncio
from typing import Final

# A task that ignored a cancellation is asked again so soon; one that has something to put in order first, later.
AGAIN_SECONDS: Final = 0.2


async def end(task: "asyncio.Task[None]", *, again_seconds: float = AGAIN_SECONDS) -> None:
    """Cancel a task until it is over.

    Once is not enough: before Python 3.12 `asyncio.wait_for`, which asyncpg uses too, loses a cancellation that comes in
    the moment in which the awaited is there, and a process would wait for ever for a task that goes on.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=again_seconds)
