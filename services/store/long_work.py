"""Work on very many rows leaves the event loop, so that one large employer keeps nobody else waiting.

Python changes threads every few milliseconds, so the loop goes on while a thread builds and judges twenty thousand lines;
on the loop itself that would be one stall of half a second for everybody.
"""

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# Building and judging so many lines takes about 5 ms; to start a thread for fewer would cost more than it spares.
ROWS_ON_LOOP_MAX: Final = 500


async def off_loop(rows: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do pure work on about so many rows, in a thread if they are many."""
    if rows <= ROWS_ON_LOOP_MAX:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
