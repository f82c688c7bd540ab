"""Keep a lease while a long piece of work is under way, which could not renew it itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from services.store import leases
from services.store.outages import OUTAGES

RENEW_SECONDS = leases.LEASE.total_seconds() / 3
_RENEW_SECONDS_MAX = 5.0


@contextlib.asynccontextmanager
async def renewing(renew: Callable[[], Awaitable[object]], every_seconds: float = RENEW_SECONDS) -> AsyncIterator[None]:
    """Call `renew` again and again meanwhile; outages are survived, and whatever else it raises ends the renewing."""

    async def again_and_again() -> None:
        while True:
            await asyncio.sleep(every_seconds)
            with contextlib.suppress(*OUTAGES):
                async with asyncio.timeout(_RENEW_SECONDS_MAX):
                    await renew()

    task = asyncio.create_task(again_and_again())
    try:
        yield
    finally:
        task.cancel()
        # Waits without asking how it ended: awaiting the task itself could swallow a cancellation meant for us.
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
