"""Running the portal beside the demonstration, as the process of its own that it is."""

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from libsubsidy import SubsidyError

_ROOT: Final = Path(__file__).resolve().parent.parent
_HOST: Final = "127.0.0.1"
# People remember it.
_USUAL_PORT: Final = 8080
# What the portal's log says once it listens.
_STARTED: Final = b"portal started"
_START_SECONDS_MAX: Final = 30.0
_STOP_SECONDS_MAX: Final = 15.0
_LOOK_SECONDS: Final = 0.05
_LOG_TAIL_CHARACTERS: Final = 2_000


class PortalNotStartedError(SubsidyError):
    """The portal ended before it answered, or never did; the end of its log says why."""

    def __init__(self, log: Path) -> None:
        said = log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL_CHARACTERS:] if log.exists() else ""
        super().__init__(f"the portal did not start; {log}:\n{said}")


@contextlib.asynccontextmanager
async def portal(url: str, log: Path) -> AsyncIterator[str]:
    """Run the portal on a free port of this machine's own address; gives where it is. Its log goes to a file.

    Raises:
        PortalNotStartedError: it does not answer.
    """
    # What visitors upload goes with the throw-away database.
    with tempfile.TemporaryDirectory(prefix="subsidy-demo-") as papers:
        process, port = await _started({"DATABASE_URL": url, "ATTACHMENTS": papers}, log)
        try:
            yield f"http://{_HOST}:{port}"
        finally:
            await _ended(process)


async def _started(own: Mapping[str, str], log: Path) -> tuple[asyncio.subprocess.Process, int]:
    for wanted in (_USUAL_PORT, 0):
        port = _free_port(wanted)
        told = {**own, "HTTP_HOST": _HOST, "HTTP_PORT": str(port), "HTTP_STOP_SECONDS": "3", "SMS_BOX": "true"}
        with log.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "services.portal", "run"),
                cwd=_ROOT,
                env=_settings(told),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        try:
            if await _listens(process, log):
                return process, port
        except BaseException:
            await _ended(process)
            raise
    raise PortalNotStartedError(log)


def _settings(own: Mapping[str, str]) -> dict[str, str]:
    """Give the portal's environment: this one, without any setting of ours that was meant for another portal."""
    here = os.environ  # noqa: TID251 - the portal is another program; its settings are made here, the rest is the machine's.
    inherited = {name: value for name, value in here.items() if not name.startswith("SUBSIDY_")}
    return inherited | {f"SUBSIDY_{name}": value for name, value in own.items()}


def _free_port(wanted: int) -> int:
    """Give the wanted port where it is free, else any."""
    for number in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((_HOST, number))
            port: int = probe.getsockname()[1]
            return port
    raise OSError(f"no port of {_HOST} is free")


async def _listens(process: asyncio.subprocess.Process, log: Path) -> bool:
    """Wait until the portal says itself that it listens, as another program may answer at its port; false if it has ended.

    Raises:
        PortalNotStartedError: it says nothing.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_START_SECONDS_MAX):
            while process.returncode is None:
                if _STARTED in await asyncio.to_thread(log.read_bytes):
                    return True
                await asyncio.sleep(_LOOK_SECONDS)
            return False
    raise PortalNotStartedError(log)


async def _ended(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()  # Ctrl-C at a terminal has told it already; it ends once.
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS_MAX)
    except TimeoutError:
        process.kill()
        await process.wait()
