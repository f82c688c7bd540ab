"""An HTTP server in a process of its own: started, waited for until it answers, and ended."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import attrs

from bench.http_client import HOST, Request, ask

_START_SECONDS_MAX: Final = 60.0
_STOP_SECONDS_MAX: Final = 30.0
_LOOK_SECONDS: Final = 0.05
_READY: Final = 200
# In /proc/PID/stat, counted from the field behind the program's name: utime and stime.
_TIMES: Final = slice(11, 13)


class ServerFailedError(Exception):
    """The server's process did not come up; its own words were printed to standard error."""


@attrs.frozen
class ServerProcess:
    """A server that answers."""

    port: int
    process: asyncio.subprocess.Process

    @property
    def cpu_seconds(self) -> float:
        """The processor time that the process has had; 0 where /proc is not."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return sum(map(int, fields[_TIMES])) / os.sysconf("SC_CLK_TCK")

    async def tell(self) -> str:
        """Send the process an empty line, and return the line that it says to that."""
        assert self.process.stdin is not None and self.process.stdout is not None  # noqa: S101, PT018 -- both are pipes.
        self.process.stdin.write(b"\n")
        async with asyncio.timeout(_STOP_SECONDS_MAX):
            return (await self.process.stdout.readline()).decode()


@asynccontextmanager
async def server_process(
    module: str, *arguments: str, port: int, ready: str, settings: Mapping[str, str], speaks: bool = False
) -> AsyncIterator[ServerProcess]:
    """Run a module as a server.

    Args:
        module: what to run.
        arguments: behind it.
        port: where it will listen.
        ready: the path that answers 200 as soon as it can work.
        settings: its environment variables.
        speaks: it can be asked over standard input and output; otherwise what it says there is thrown away.

    Raises:
        ServerFailedError: it ended, or does not answer.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.PIPE if speaks else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE if speaks else asyncio.subprocess.DEVNULL,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **settings},
    )
    try:
        await _answering(process, port, ready)
        yield ServerProcess(port, process)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS_MAX)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _answering(process: asyncio.subprocess.Process, port: int, ready: str) -> None:
    request = Request(method="GET", target=ready)
    try:
        async with asyncio.timeout(_START_SECONDS_MAX):
            while process.returncode is None:
                try:
                    if (await ask(port, request)).status == _READY:
                        return
                except OSError:
                    pass  # It does not listen yet.
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise ServerFailedError(f"no answer at {ready} in {_START_SECONDS_MAX:.0f} s") from None
    raise ServerFailedError(f"it ended with status {process.returncode}")


def free_port() -> int:
    """Find a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
