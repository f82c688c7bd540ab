"""Programs that the tests start in processes of their own, in order to kill them."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.bus.broker import Backoff
from services.bus.consume import StatementConsumer
from services.bus.messages import IncomingStatement
from services.bus.relay import Relay
from services.store import crashpoint
from services.store.database import Pool, open_pool

IMPATIENT = Backoff(first_seconds=0.05, seconds_max=0.5)

# Where the consumer's handler keeps what it took over; each call of it leaves a row.
TAKEN = "CREATE TABLE taken (source text, message_id text, body bytea, PRIMARY KEY (source, message_id))"
CALLED = "CREATE TABLE called (at timestamptz DEFAULT clock_timestamp())"


@asynccontextmanager
async def started(
    part: str, database_url: str, broker_url: str, crash: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a part in a process of its own; whatever happens, it does not outlive the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bus.processes", part, database_url, broker_url, "--crash", crash,
        cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def consumer(pool: Pool, broker_url: str) -> StatementConsumer:
    """Make a consumer that keeps what it takes in the database."""

    async def take(statement: IncomingStatement) -> None:
        async with pool.acquire(timeout=10) as connection, connection.transaction():
            await connection.execute("INSERT INTO called DEFAULT VALUES")
            await connection.execute(
                "INSERT INTO taken VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                statement.source,
                statement.message_id,
                statement.body,
            )

    return StatementConsumer(broker_url, take, backoff=IMPATIENT)


async def _main(part: str, database_url: str, broker_url: str) -> None:
    stop = asyncio.Event()
    async with open_pool(database_url) as pool:
        if part == "relay":
            await Relay(pool, broker_url, backoff=IMPATIENT).run(stop)
        else:
            await consumer(pool, broker_url).run(stop)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=["relay", "intake"])
    parser.add_argument("database_url")
    parser.add_argument("broker_url")
    parser.add_argument("--crash", default="")
    arguments = parser.parse_args()
    crashpoint.arm_from_setting(arguments.crash)
    asyncio.run(_main(arguments.part, arguments.database_url, arguments.broker_url))
