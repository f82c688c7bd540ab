"""The workbooks of a month's amounts: the draft's lines to be changed elsewhere, and a file given back with its errors."""

from typing import Final

from libsubsidy import Month
from services.portal.amounts.layout import FIELDS, LAYOUT
from services.spreadsheets.writing import Content, workbook_of
from services.store import amount_lists, reviewed_lines
from services.store.amount_lists import AmountList, ListRow
from services.store.database import Connection
from services.store.reviewed_lines import NamedLine

_PART_ROWS: Final = 1_000


async def of_order(connection: Connection, order_id: int, month: Month) -> Content:
    """Give the lines of an order's month, with whole ID numbers; what comes back unchanged changes nothing (I33).

    Every amount is written, so that its owner can add them up; one that equals what is proposed is no designated one when it
    comes back.
    """
    lines = await reviewed_lines.named(connection, order_id, month)
    return Content(layout=LAYOUT, rows=map(_texts, lines))


def _texts(line: NamedLine) -> tuple[str, ...]:
    return (line.id_number, line.name, str(line.amount), "" if line.carry_over else "是")


async def marked(connection: Connection, amounts: AmountList) -> bytes:
    """Write a list as it was read, with everything that is wrong beside each row and the cells marked."""
    rows: list[tuple[str, ...]] = []
    remarks: dict[int, str] = {}
    marks: set[tuple[int, str]] = set()
    while True:
        part = await amount_lists.rows_of(connection, amounts, offset=len(rows), limit=_PART_ROWS)
        for place, row in enumerate(part, start=len(rows) + 1):
            if row.problems:
                remarks[place] = _remark(row)
                marks |= {(place, each.field) for each in row.problems}
        rows += [tuple(row.cells.get(name, "") for name in FIELDS) for row in part]
        if len(part) < _PART_ROWS:
            break
    return await workbook_of(Content(layout=LAYOUT, rows=rows, remarks=remarks, marks=frozenset(marks)))


def _remark(row: ListRow) -> str:
    return "\n".join(f"{LAYOUT.column(each.field).header}：{each.violation.zh}" for each in row.problems)
