"""The workbooks of 职工批量导入: the template, and a list that is given back for correction or to be looked at."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.portal.importing.layout import FIELDS, LAYOUT
from services.spreadsheets.layouts import Layout
from services.spreadsheets.writing import Content, workbook_of
from services.store import employee_imports, openings, ranks
from services.store.applications import Application
from services.store.database import Connection
from services.store.employee_imports import EmployeeImport, ImportRow
from services.store.employees import NewEmployee

TEMPLATE_NAME: Final = LAYOUT.title
_PART_ROWS: Final = 1_000


async def template(connection: Connection) -> bytes:
    """Write the template: headers, the example row, and the ranks that the employer uses to choose from."""
    sample = tuple(LAYOUT.sample[field] for field in FIELDS)
    return await workbook_of(Content(layout=await _offering(connection), rows=[sample]))


async def marked(connection: Connection, found: EmployeeImport) -> bytes:
    """Write a list as it was read, with everything that is wrong beside each row and the cells marked."""
    rows: list[tuple[str, ...]] = []
    remarks: dict[int, str] = {}
    marks: set[tuple[int, str]] = set()
    while True:
        part = await employee_imports.rows_of(connection, found.id, offset=len(rows), limit=_PART_ROWS)
        for number, row in enumerate(part, start=len(rows) + 1):
            if row.problems:
                remarks[number] = _remark(row)
                marks |= {(number, each.field) for each in row.problems}
        rows += [tuple(row.cells.get(field, "") for field in FIELDS) for row in part]
        if len(part) < _PART_ROWS:
            break
    layout = await _offering(connection)
    return await workbook_of(Content(layout=layout, rows=rows, remarks=remarks, marks=frozenset(marks)))


async def people_of(connection: Connection, application: Application) -> bytes:
    """Write the people of an application, so that a returned one is corrected in the file that was submitted."""
    rows: list[tuple[str, ...]] = []
    async for people in openings.parts_of(connection, application):
        rows += _rows(people)
    return await workbook_of(Content(layout=await _offering(connection), rows=rows))


async def _offering(connection: Connection) -> Layout:
    return LAYOUT.with_choices("rank", await ranks.in_use(connection))


def _remark(row: ImportRow) -> str:
    return "\n".join(f"{LAYOUT.column(each.field).header}：{each.violation.zh}" for each in row.problems)


def _rows(people: Sequence[NewEmployee]) -> Iterator[tuple[str, ...]]:
    for person in people:
        texts = {
            "name": person.name,
            "id_number": person.id_number_given or str(person.id_number),
            "mobile": person.mobile,
            "rank": person.rank,
            "monthly_amount": "" if person.file_amount is None else str(person.file_amount.amount),
            "start_month": "" if person.start_month is None else str(person.start_month),
            "joined_on": "" if person.joined_on is None else person.joined_on.isoformat(),
            "remark": person.remark,
        }
        yield tuple(texts[field] for field in FIELDS)
