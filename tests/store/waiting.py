"""Waiting for a race to be where the test wants it."""

import asyncio

from services.store.database import Connection


async def until_somebody_waits(connection: Connection) -> None:
    """Return once another session of this database waits for a lock."""
    async with asyncio.timeout(10):
        while not await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ):
            await connection.execute("SELECT pg_stat_clear_snapshot()")
