"""The portal's process with a probe in it, which tells how long the event loop stood still.

    python -m bench.stalls     # settings as for `python -m services.portal run`; answers each line on standard input

The probe is a task like any other: it asks to be woken again and again, and notes by how much too late that was. What it
sees is what a person's request would have waited for.
"""

import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs
import structlog
import uvloop

from bench.server_process import ServerProcess, server_process
from services import settings
from services.portal import server
from services.portal.settings import PortalSettings

_EVERY_SECONDS: Final = 0.002
_READY: Final = "/readyz"


class Probe:
    """Asks for its turn again and again.

    Attributes:
        longest_seconds: the longest that it waited beyond what it asked for, since the last `take`.
    """

    def __init__(self) -> None:
        self.longest_seconds = 0.0

    async def run(self) -> None:
        """Look for ever."""
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(_EVERY_SECONDS)
            self.longest_seconds = max(self.longest_seconds, time.perf_counter() - asked - _EVERY_SECONDS)

    def take(self) -> float:
        """Return the longest wait and begin anew."""
        longest, self.longest_seconds = self.longest_seconds, 0.0
        return longest


@attrs.frozen
class ProbedPortal:
    """A portal's process whose stalls can be asked for."""

    server: ServerProcess

    async def longest_stall(self) -> float:
        """Return the longest stall in seconds since this was asked the last time."""
        said = await self.server.tell()
        longest: float = json.loads(said)["longest_seconds"]
        return longest


@asynccontextmanager
async def probed_portal(portal: PortalSettings) -> AsyncIterator[ProbedPortal]:
    """Run the portal with the probe."""
    told = {"SUBSIDY_DATABASE_URL": portal.database_url, "SUBSIDY_HTTP_PORT": str(portal.http_port)}
    async with server_process(
        "bench.stalls", port=portal.http_port, ready=_READY, settings=told, speaks=True
    ) as process:
        yield ProbedPortal(process)


async def _run() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    probe = Probe()
    beside = [asyncio.create_task(probe.run()), asyncio.create_task(_answer(probe))]
    try:
        await server.run(settings.load(PortalSettings), stop)
    finally:
        for task in beside:
            task.cancel()


async def _answer(probe: Probe) -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while await lines.readline():
        print(json.dumps({"longest_seconds": probe.take()}), flush=True)  # noqa: T201 -- its parent reads this.


def main() -> None:
    """Serve until told to stop."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run())


if __name__ == "__main__":
    main()
