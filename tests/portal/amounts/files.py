"""Files of amounts as people fill them in: as CSV, or with openpyxl, which is not the program that wrote them."""

import csv
import io
from collections.abc import Callable
from typing import Any, Final

import openpyxl

from services.portal.amounts.layout import LAYOUT
from tests.portal.visitors import Given, Visitor
from tests.store.fund import id_number

HEADERS: Final = [column.shown for column in LAYOUT.columns]


def in_csv(*rows: tuple[str, ...]) -> bytes:
    """Write rows of number, name, amount and 仅本月 as Chinese Excel saves CSV; one of nobody where there are none."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(HEADERS)
    writer.writerows(rows or [("x", "", "", "")])
    return written.getvalue().encode("gb18030")


def row(serial: int, amount: str = "", this_month_only: str = "", name: str = "") -> tuple[str, ...]:
    """One row of somebody of the fund."""
    return (str(id_number(serial)), name, amount, this_month_only)


def changed(workbook: bytes, change: Callable[[Any], None]) -> bytes:
    """Give a workbook after somebody has worked in its first sheet."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    change(book.worksheets[0])
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


async def upload(clerk: Visitor, order_id: int | str, data: bytes, **query: str) -> Given:
    """Upload a file of amounts."""
    return await clerk.ask("POST", f"/orders/{order_id}/amounts", data=data, params=query)
