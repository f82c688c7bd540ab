"""Let a process of its own open a stranger's file (`drawing.py`): a few at a time, each for so long and no longer."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import structlog

from libsubsidy import MediaType, Policy, SubsidyError, Violation
from services.portal.attachments import drawing
from services.portal.turns import Turns
from services.store.refusals import RefusedError

SECONDS_MAX: Final = 30.0
# As many as there are cores on a small machine: decoding is all arithmetic.
_AT_ONCE_MAX: Final = 2
_SCRIPT: Final = str(Path(drawing.__file__))
# Nothing of the portal's settings, which hold passwords.
_ENVIRONMENT: Final[Mapping[str, str]] = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}

log = structlog.get_logger()


class UndrawableError(SubsidyError):
    """A page could not be drawn, in the time and memory there is for it."""


class Decoders:
    """The processes of one portal; whoever comes later waits for a place, and nobody's many files keep others waiting."""

    def __init__(self, at_once_max: int = _AT_ONCE_MAX) -> None:
        self._turns = Turns(at_once_max)
        self._places = asyncio.Semaphore(at_once_max)

    async def examine(self, file: Path, media_type: MediaType, policy: Policy, *, whose: str) -> int:
        """Open a file as what its beginning says that it is, and count its pages; a picture has one.

        Args:
            file: as it came.
            media_type: what its beginning says.
            policy: the bureau's numbers.
            whose: who is waiting, such as an address: each has so many places in the queue.

        Raises:
            RefusedError: ATTACHMENT_DAMAGED, ATTACHMENT_KIND, ATTACHMENT_ENCRYPTED, ATTACHMENT_PIXELS, ATTACHMENT_PAGES.
        """
        limits = str(policy.attachment_pixels_max), str(policy.attachment_pages_max)
        output = await self._run(whose, "examine", str(file), media_type.value, *limits)
        # It was ended by a signal, or by the time: a file that does that to a decoder is damaged, or made to.
        found = {"refused": "ATTACHMENT_DAMAGED"} if output is None else json.loads(output)
        if "refused" in found:
            raise RefusedError(_violation(found, policy))
        return int(found["pages"])

    async def draw(self, file: Path, media_type: MediaType, page: int, longer_side: int, *, whose: str) -> bytes:
        """Draw a page anew as a JPEG.

        Raises:
            UndrawableError: it cannot be.
        """
        picture = await self._run(whose, "draw", str(file), media_type.value, str(page), str(longer_side))
        if picture is None:
            raise UndrawableError(f"page {page}")
        return picture

    async def _run(self, whose: str, *task: str) -> bytes | None:
        async with self._turns.turn_of(whose), self._places:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                _SCRIPT,
                *task,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=_ENVIRONMENT,
                cwd="/",
            )
            try:
                async with asyncio.timeout(SECONDS_MAX):
                    output, _ = await process.communicate()
            except TimeoutError:
                log.warning("a decoder took too long", task=task[0])
                return None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode != 0:
            log.warning("a decoder was ended", task=task[0], returncode=process.returncode)
            return None
        return output


def _violation(found: Mapping[str, Any], policy: Policy) -> Violation:
    match found["refused"]:
        case "ATTACHMENT_PIXELS":
            return Violation.of("ATTACHMENT_PIXELS", limit=policy.attachment_pixels_max // 10_000)
        case "ATTACHMENT_PAGES":
            return Violation.of("ATTACHMENT_PAGES", pages=int(found["pages"]), limit=policy.attachment_pages_max)
        case code:
            return Violation.of(code)
