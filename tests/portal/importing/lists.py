"""Lists of employees as people fill them in: with openpyxl, which is not the program that wrote the template, or as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from services.portal.importing.layout import FIELDS, LAYOUT
from tests.patience import eventually
from tests.portal.papers import hand_in
from tests.portal.visitors import Visitor
from tests.store.fund import id_number

HEADERS: Final = [column.shown for column in LAYOUT.columns]


def person(serial: int, **texts: Any) -> dict[str, Any]:
    """One row that is right, but for what is given."""
    known = {
        "name": f"员工{serial}",
        "id_number": str(id_number(serial)),
        "mobile": f"138{serial:08}",
        "rank": "科员",
        "monthly_amount": 650.5,
        "start_month": "2020-04",
        "joined_on": "2019-07-01",
        "remark": "",
    }
    return known | texts


def in_csv(*rows: Mapping[str, Any], encoding: str = "gb18030") -> bytes:
    """Write a list as Chinese Excel saves CSV."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(HEADERS)
    writer.writerows([row[field] for field in FIELDS] for row in rows)
    return written.getvalue().encode(encoding)


def filled_in(template: bytes, *rows: Mapping[str, Any], first: int = 3) -> bytes:
    """Fill in a template below its example, and save it."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    assert isinstance(sheet, Worksheet)
    for number, row in enumerate(rows, start=first):
        for place, field in enumerate(FIELDS, start=1):
            cell = sheet.cell(number, place)
            cell.value = row[field]
            if isinstance(row[field], str):
                cell.data_type = "s"  # As in a cell of the format "text": what begins with = is no formula.
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def cells_of(workbook: bytes) -> list[list[Any]]:
    """Read the first sheet of a workbook."""
    sheet = openpyxl.load_workbook(io.BytesIO(workbook)).worksheets[0]
    assert isinstance(sheet, Worksheet)
    return [list(row) for row in sheet.iter_rows(values_only=True)]


async def ask_to_open(clerk: Visitor, *serials: int) -> Any:
    """Ask for accounts of some people; gives the application."""
    rows = [person(serial, monthly_amount="650.50") for serial in serials]
    return await clerk.post("/employees", {"employees": rows, "attachments": await hand_in(clerk, "employee_opening")})


async def upload(clerk: Visitor, data: bytes, **query: str) -> Any:
    """Upload a list; gives it as it was received."""
    given = await clerk.ask("POST", "/imports", data=data, params=query)
    assert 202 == given.status, given.body
    return given.body


async def checked(clerk: Visitor, data: bytes, **query: str) -> Any:
    """Upload a list and wait until it is checked, or refused."""
    return await settled(clerk, (await upload(clerk, data, **query))["id"])


async def settled(clerk: Visitor, import_id: str) -> Any:
    """Wait until a list is checked, or refused."""

    async def is_settled() -> bool:
        return bool("received" != (await clerk.get(f"/imports/{import_id}"))["state"])

    await eventually(is_settled)
    return await clerk.get(f"/imports/{import_id}")


async def problems(clerk: Visitor, import_id: str) -> list[tuple[int, str, str, str]]:
    """Give everything that is wrong: row, column, field, code."""
    rows: Sequence[Any] = (await clerk.get(f"/imports/{import_id}/rows", broken="true", limit="200"))["items"]
    return [
        (row["row"], each["column"], each["field"], each["violation"]["code"])
        for row in rows
        for each in row["problems"]
    ]
