"""Promises of services/portal/server.py as a process: it serves, and a SIGTERM loses no answer."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from services.store.database import Connection
from tests.patience import PATIENCE_SECONDS, eventually
from tests.portal.raw_http import free_port, wire

_ROOT = Path(__file__).parents[2]
_BODY = '{"login": "NOBODY", "password": "green-apple-tree-7"}'
# Waits for the database as long as it must: /readyz says after a moment that it is not well.
_LOG_IN = (
    "POST /api/v1/session HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nSec-Fetch-Site: same-origin\r\n"
    f"Content-Length: {len(_BODY)}\r\n\r\n{_BODY}"
)


async def answers(port: int) -> bool:
    """Say whether a portal there answers."""
    try:
        async with wire(port) as client:
            return 200 == (await client.ask("GET /healthz HTTP/1.1")).status
    except (OSError, asyncio.IncompleteReadError):
        return False


@asynccontextmanager
async def portal_process(url: str, port: int, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run ``python -m services.portal run`` beside the test; it does not outlive the block."""
    told = {"SUBSIDY_DATABASE_URL": url, "SUBSIDY_HTTP_PORT": str(port)} | settings
    with TemporaryFile() as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.portal", "run"),
            cwd=_ROOT,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"} | told,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )

        async def ready() -> bool:
            if process.returncode is not None:
                output.seek(0)
                raise AssertionError(output.read().decode())
            return await answers(port)

        try:
            await eventually(ready)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_portal_told_to_stop_stops(login_url: str, number: signal.Signals) -> None:
    """Status 0, in a moment, however many browsers keep their connections open."""
    port = free_port()
    async with portal_process(login_url, port) as process, wire(port) as idle, wire(port) as half:
        assert 200 == (await idle.ask("GET /healthz HTTP/1.1")).status
        await half.send("GET /heal")
        process.send_signal(number)

        assert 0 == await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)


async def test_a_stopping_portal_answers_what_is_under_way(login_url: str, db: Connection) -> None:
    """A request that waits for the database is answered before the process ends, and nobody new is let in."""
    port = free_port()
    async with portal_process(login_url, port) as process, wire(port) as client:
        async with db.transaction():
            await db.execute("LOCK TABLE login_failure")
            await client.send(_LOG_IN)

            async def waits() -> bool:
                return bool(await db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

            await eventually(waits)
            process.send_signal(signal.SIGTERM)

            async def closed() -> bool:
                try:
                    async with wire(port) as late:
                        return not await late.rest()
                except OSError:
                    return True

            await eventually(closed)
        assert 401 == (await client.reply()).status
        assert 0 == await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)


async def test_two_portals_share_a_port_where_they_are_told_to(login_url: str) -> None:
    """The next one is started before the last one stops."""
    port = free_port()
    async with (
        portal_process(login_url, port, SUBSIDY_HTTP_REUSE_PORT="true") as first,
        portal_process(login_url, port, SUBSIDY_HTTP_REUSE_PORT="true"),
    ):
        first.send_signal(signal.SIGTERM)
        assert 0 == await asyncio.wait_for(first.wait(), PATIENCE_SECONDS)
        await eventually(lambda: answers(port))
