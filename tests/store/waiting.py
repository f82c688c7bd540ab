"""Waiting for a race to be where the test wants it."""

import asyncio

from services.store.database import connect


async def until_somebody_waits(database_url: str) -> None:
    """Return once a session of the database waits for a lock; asked as the owner, since others see no other's waits."""
    watching = await connect(database_url)
    try:
        async with asyncio.timeout(10):
            while not await watching.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ):
                pass
    finally:
        await watching.close()
