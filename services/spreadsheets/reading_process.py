"""The process that reads one spreadsheet and ends: the layout and the bytes come in, JSON goes out.

Whatever a hostile file makes the parser do ends with this process: it may use so much memory and so many seconds of
processor time, and write no file. Its parent is `reading`.
"""

import json
import resource
import sys
from typing import Any, Final

from cattrs.preconf.json import make_converter

from services.spreadsheets.layouts import Layout
from services.spreadsheets.tables import Table, table_of
from services.spreadsheets.workbooks import UnreadableError, open_workbook

MEMORY_BYTES_MAX: Final = 768 * 1024 * 1024
PROCESSOR_SECONDS_MAX: Final = 20


def limit() -> None:
    """Give up what a parser does not need."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS_MAX),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),  # A core would hold personal data.
    ):
        resource.setrlimit(what, (most, most))


def answer(layout_json: bytes, data: bytes) -> dict[str, Any]:
    """Read a file, and give what the parent is told."""
    layout = make_converter().loads(layout_json, Layout)
    try:
        return {"table": _written(table_of(open_workbook(data), layout))}
    except UnreadableError as error:
        return {"refused": [error.key, error.facts]}
    except MemoryError:
        return {"refused": ["SPREADSHEET_TOO_MUCH", {}]}


def _written(table: Table) -> dict[str, Any]:
    return {
        "sheet": table.sheet,
        "places": table.places,
        "rows": table.rows,
        "broken": [(each.row, each.column, *each.sentence) for each in table.broken],
        "samples": table.samples,
        "advice": table.advice,
    }


if __name__ == "__main__":
    limit()
    layout_bytes = sys.stdin.buffer.readline()
    told = answer(layout_bytes, sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
