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
_USUAL_PORT: Final = 8080
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
    port = _free_port()
    # What visitors upload goes with the throw-away database.
    with tempfile.TemporaryDirectory(prefix="subsidy-demo-") as papers:
        own = {
            "DATABASE_URL": url,
            "HTTP_HOST": _HOST,
            "HTTP_PORT": str(port),
            "HTTP_STOP_SECONDS": "3",
            "SMS_BOX": "true",
        }
        with log.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "services.portal", "run"),
                cwd=_ROOT,
                env=_settings(own | {"ATTACHMENTS": papers, "SMS_BOX": "true"}),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        try:
            await _answering(process, port, log)
            yield f"http://{_HOST}:{port}"
        finally:
            await _ended(process)


def _settings(own: Mapping[str, str]) -> dict[str, str]:
    """Give the portal's environment: this one, without any setting of ours that was meant for another portal."""
    here = os.environ  # noqa: TID251 - the portal is another program; its settings are made here, the rest is the machine's.
    inherited = {name: value for name, value in here.items() if not name.startswith("SUBSIDY_")}
    return inherited | {f"SUBSIDY_{name}": value for name, value in own.items()}


def _free_port() -> int:
    """Give the usual port where it is free, because people remember it, else any."""
    for wanted in (_USUAL_PORT, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((_HOST, wanted))
            port: int = probe.getsockname()[1]
            return port
    raise OSError(f"no port of {_HOST} is free")


async def _answering(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    try:
        async with asyncio.timeout(_START_SECONDS_MAX):
            while True:
                if process.returncode is not None:
                    raise PortalNotStartedError(log)
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection(_HOST, port)
                    writer.close()
                    return
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise PortalNotStartedError(log) from None


async def _ended(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()  # Ctrl-C at a terminal has told it already; it ends once.
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS_MAX)
    except TimeoutError:
        process.kill()
        await process.wait()
