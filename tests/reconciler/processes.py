"""Reconcilers in processes of their own, as they run in production: to be killed, frozen and watched."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import attrs

from tests.patience import PATIENCE_SECONDS, eventually

_ROOT = Path(__file__).parents[2]
# Small, so that a file of a few dozen lines has a middle.
BATCH_LINES = 10


@attrs.frozen
class Reconciler:
    """One process of ``python -m services.reconciler run``."""

    process: asyncio.subprocess.Process
    output: IO[bytes]

    def log(self) -> str:
        """Give what the process has said so far."""
        self.output.seek(0)
        return self.output.read().decode()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal: SIGKILL ends it as a power cut would, SIGSTOP freezes it, SIGCONT lets it go on."""
        with suppress(ProcessLookupError):  # It has just ended.
            self.process.send_signal(number)

    async def ended(self) -> int:
        """Wait until it has ended; give its status, negative for the signal that killed it."""
        return await asyncio.wait_for(self.process.wait(), PATIENCE_SECONDS)

    async def brings_about(self, promise: Callable[[], Awaitable[object]]) -> None:
        """Wait until the promise holds, no longer than the process lives."""

        async def kept_or_ended() -> bool:
            return bool(await promise()) or not self.lives

        await eventually(kept_or_ended)
        assert await promise(), self.log()

    @property
    def lives(self) -> bool:
        """Say whether it has not ended yet."""
        return self.process.returncode is None


@asynccontextmanager
async def reconciling(
    database_url: str,
    *,
    amqp_url: str = "",
    workers: int = 1,
    batch_lines: int = BATCH_LINES,
    crash_point: str = "",
) -> AsyncIterator[Reconciler]:
    """Run a reconciler beside the test; it does not outlive the block."""
    settings = {
        "SUBSIDY_DATABASE_URL": database_url,
        "SUBSIDY_WORKERS": str(workers),
        "SUBSIDY_BATCH_LINES": str(batch_lines),
        "SUBSIDY_CRASH_POINT": crash_point,
    }
    if amqp_url:
        settings["SUBSIDY_AMQP_URL"] = amqp_url
    with TemporaryFile() as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.reconciler", "run"),
            cwd=_ROOT,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"} | settings,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            yield Reconciler(process, output)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def command(
    *arguments: str, settings: dict[str, str] | None = None, typed: bytes = b""
) -> tuple[int | None, str, str]:
    """Run one command of the reconciler to its end; give status, output and error output."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.reconciler", *arguments),
        cwd=_ROOT,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"} | (settings or {}),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await asyncio.wait_for(process.communicate(typed), PATIENCE_SECONDS)
    return process.returncode, said.decode(), complained.decode()
