"""Lists of payments of the past, as programs send them and people fill them in."""

import io
from typing import Any

import openpyxl

from services.portal.backfills.layout import LAYOUT
from tests.portal.papers import hand_in
from tests.portal.visitors import Visitor
from tests.store.fund import id_number

HEADERS = [column.shown for column in LAYOUT.columns]


def typed(serial: int, month: str = "2019-05", **cells: Any) -> dict[str, Any]:
    """One row that is right, but for what is given."""
    known = {
        "id_number": str(id_number(serial)),
        "name": f"员工{serial}",
        "month": month,
        "amount": "500",
        "voucher": "记-12",
    }
    return known | cells


def workbook_of(*rows: list[Any]) -> bytes:
    """Write a list with another program than the one that wrote the template; a cell is as Python's type of it."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (HEADERS, *rows):
        sheet.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


async def record(visitor: Visitor, *rows: dict[str, Any]) -> dict[str, Any]:
    """Ask the bureau to record payments of the past."""
    body = {"rows": list(rows), "attachments": await hand_in(visitor, "backfill")}
    answer: dict[str, Any] = await visitor.post("/backfills", body)
    return answer
