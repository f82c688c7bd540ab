"""Read a spreadsheet that somebody filled in: rows of texts with their row numbers, or a refusal that says what to do.

The file is read in a process of its own, within limits (see `reading_process`): a parser of other people's files must be
able to fail without taking the portal with it. What comes back are texts only; what they mean is the caller's to read.

    sheet = await read_workbook(data, LAYOUT)
    for row in sheet.rows:
        row.number, row.cells["id_number"]
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import attrs
from cattrs.preconf.json import make_converter

from libsubsidy import ParseError, Violation
from services.spreadsheets.layouts import Layout, column_letter

FILE_BYTES_MAX: Final = 16 * 1024 * 1024
SECONDS_MAX: Final = 40.0
# Each may use its 768 MiB.
_AT_ONCE: Final = 2
_MIB: Final = 1024 * 1024
_ROOT: Final = Path(__file__).parents[2]
_PROGRAM: Final = ("-E", "-s", "-m", "services.spreadsheets.reading_process")
_CONVERTER: Final = make_converter()
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class SpreadsheetError(ParseError):
    """A file that is not read, as a whole; its violation says what to do."""


@attrs.frozen(kw_only=True)
class Row:
    """One filled row.

    Attributes:
        number: as the spreadsheet numbers it.
        cells: a text for each column of the layout; "" where nothing stands or the column is absent.
    """

    number: int
    cells: Mapping[str, str]


@attrs.frozen(kw_only=True)
class BrokenCell:
    """A cell whose text is not certain.

    Attributes:
        key: of its column.
    """

    row: int
    key: str
    violation: Violation


@attrs.frozen(kw_only=True)
class Sheet:
    """What was read.

    Attributes:
        letters: under which letter each column was found; absent columns have none.
        broken: cells that the spreadsheet has turned into something else, by row.
        samples: rows that are the template's own example and were passed over.
        advice: what the person should know.
    """

    name: str
    letters: Mapping[str, str]
    rows: tuple[Row, ...]
    broken: tuple[BrokenCell, ...]
    samples: tuple[int, ...]
    advice: tuple[Violation, ...]


async def read_workbook(data: bytes, layout: Layout) -> Sheet:
    """Read a file of XLSX, XLS or CSV by a layout.

    Raises:
        SpreadsheetError: it is too large, no spreadsheet, another template, or has no rows.
    """
    if len(data) > FILE_BYTES_MAX:
        raise SpreadsheetError(Violation.of("SPREADSHEET_TOO_LARGE", limit=FILE_BYTES_MAX // _MIB))
    loop = asyncio.get_running_loop()
    async with _turns.setdefault(loop, asyncio.Semaphore(_AT_ONCE)):
        told = await _told(data, layout)
    return await asyncio.to_thread(_sheet, told, layout)


async def _told(data: bytes, layout: Layout) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *_PROGRAM,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # A parser that aborts prints its stack, and perhaps what it read.
        cwd=_ROOT,
        env={},
    )
    try:
        async with asyncio.timeout(SECONDS_MAX):
            told, _ = await process.communicate(_CONVERTER.dumps(layout).encode() + b"\n" + data)
    except TimeoutError:
        told = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    # It ends without a word where a limit of memory or of time has ended it.
    return told if process.returncode == 0 else b""


def _sheet(told: bytes, layout: Layout) -> Sheet:
    if not told:
        raise SpreadsheetError(Violation.of("SPREADSHEET_TOO_MUCH"))
    answer: dict[str, Any] = json.loads(told)
    if "refused" in answer:
        key, facts = answer["refused"]
        raise SpreadsheetError(Violation.of(key, **facts))
    table = answer["table"]
    keys = [column.key for column in layout.columns]
    return Sheet(
        name=table["sheet"],
        letters={
            key: column_letter(place) for key, place in zip(keys, table["places"], strict=True) if place is not None
        },
        rows=tuple(Row(number=number, cells=dict(zip(keys, texts, strict=True))) for number, texts in table["rows"]),
        broken=tuple(
            BrokenCell(row=row, key=keys[column], violation=Violation.of(key, **facts))
            for row, column, key, facts in table["broken"]
        ),
        samples=tuple(table["samples"]),
        advice=tuple(Violation.of(key, **facts) for key, facts in table["advice"]),
    )
