"""Promises of services/ending.py."""

import asyncio

from services.ending import end


async def test_a_task_that_loses_a_cancellation_ends_all_the_same() -> None:
    """It is asked until it is over."""
    lost = 0

    async def deaf() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost == 3:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await asyncio.wait_for(end(task), 5)

    assert (3, True) == (lost, task.cancelled())
