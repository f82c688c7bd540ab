"""A list as it comes in: whole in memory, because a spreadsheet is read whole; so only so large, and a few at once."""

import asyncio
import re
from http import HTTPStatus
from typing import Final
from weakref import WeakKeyDictionary

from services.portal.endpoints import Streamed
from services.portal.problems import Problem
from services.spreadsheets.reading import FILE_BYTES_MAX
from services.store.employee_imports import FILE_NAME_CHARACTERS_MAX

__all__ = ["FILE_BYTES_MAX", "UPLOAD_SECONDS_MAX", "file_name", "refuse_announced", "whole"]

# A file of 16 MiB over a slow line.
UPLOAD_SECONDS_MAX: Final = 600.0
SILENT_SECONDS_MAX: Final = 30.0
# Together they may take 256 MiB.
_AT_ONCE: Final = 16
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def refuse_announced(body: Streamed) -> None:
    """Refuse a body for its announced length, before a byte of it comes and before anything else is looked at.

    Raises:
        Problem: 413.
    """
    if (body.request.content_length or 0) > FILE_BYTES_MAX:
        raise _too_large()


def _too_large() -> Problem:
    return Problem.of(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "BODY_TOO_LARGE", limit=FILE_BYTES_MAX)


async def whole(body: Streamed) -> bytes:
    """Read a body to its end.

    Raises:
        Problem: 400 without one, 408 when it stops coming, 413.
    """
    refuse_announced(body)
    request = body.request
    pieces = bytearray()
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE)):
        while True:
            try:
                async with asyncio.timeout(SILENT_SECONDS_MAX):
                    piece = await request.content.readany()
            except TimeoutError:
                raise Problem.of(HTTPStatus.REQUEST_TIMEOUT, "BODY_TOO_SLOW", seconds=int(SILENT_SECONDS_MAX)) from None
            if not piece:
                break
            pieces += piece
            if len(pieces) > FILE_BYTES_MAX:
                raise _too_large()
    if not pieces:
        raise Problem.of(HTTPStatus.BAD_REQUEST, "BODY_EXPECTED/file")
    return bytes(pieces)


def file_name(given: str, unnamed: str) -> str:
    """Give the name by which people know a file, without its folders; `unnamed` where it has none.

    Raises:
        Problem: 422 FIELD_WRONG.
    """
    name = re.split(r"[/\\]", given)[-1].strip() or unnamed
    if len(name) > FILE_NAME_CHARACTERS_MAX or not name.isprintable():
        raise Problem.of(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "FIELD_WRONG",
            field="filename",
            expected_zh=f"最多 {FILE_NAME_CHARACTERS_MAX} 个可显示的字符",
            expected_en=f"at most {FILE_NAME_CHARACTERS_MAX} printable characters",
        )
    return name
