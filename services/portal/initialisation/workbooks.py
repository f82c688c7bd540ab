"""导出Excel校对: the table in a workbook, and the same workbook back in with corrections (F18, I33).

People are known by their ID numbers; whoever is not in the file stays as they are, and so does a column that is not there.
A cell of the file counts as if it had been typed: it is kept, wrong or not, and 校验 tells. But a file of which somebody cannot
tell whose rows they are is not taken at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from libsubsidy import IdentityError, IdNumber, Violation, same_cell
from services.spreadsheets.layouts import CellKind, Column, Layout
from services.spreadsheets.reading import Sheet
from services.spreadsheets.writing import Content
from services.store.employees import EMPLOYEES_MAX
from services.store.initialisation_rows import CELL_CHARACTERS_MAX, FIELDS, Finding, Row
from services.store.refusals import violation

LAYOUT: Final = Layout(
    name="initialisation",
    version=1,
    title="员工初始化",
    rows_max=EMPLOYEES_MAX,
    columns=(
        Column(
            key="id_number",
            header="身份证号码",
            required=True,
            also=("证件号码",),
            hint="用来认人，请不要修改。",
            characters=22,
        ),
        Column(key="name", header="姓名", hint="供核对，不能在这里修改。", characters=16),
        Column(key="start_month", header="汇缴开始月份", kind=CellKind.MONTH, hint="供核对，不能在这里修改。"),
        Column(key="mobile", header="手机号码", required=True, hint="11 位数字。"),
        Column(key="rank", header="级别", required=True, hint="可从列表中选择，也可填写列表中没有的级别。"),
        Column(
            key="monthly_amount",
            header="每月缴费金额",
            kind=CellKind.AMOUNT,
            required=True,
            hint="元，大于 0，最多两位小数。",
        ),
        Column(
            key="opening_periods",
            header="累计缴纳期数",
            hint="启用本系统以前的期数；与累计缴纳金额一起填写，或都不填。",
        ),
        Column(
            key="opening_amount",
            header="累计缴纳金额",
            kind=CellKind.AMOUNT,
            hint="启用本系统以前的金额，元；与累计缴纳期数一起填写，或都不填。",
        ),
        Column(
            key="paid_through",
            header="缴至月份",
            kind=CellKind.MONTH,
            hint="填写了期数时必填，如 2020-08；不晚于本月。",
        ),
    ),
    notes=(
        "请核对每一行的手机号码、级别、每月缴费金额；累计缴纳期数、累计缴纳金额可做参考选填。",
        "改好后在“员工初始化”页面点击“导入改好的Excel”；没有改动的单元格不会变化。",
    ),
)
_HEADERS: Final = {column.key: column.header for column in LAYOUT.columns}
_PRESENT: Final = "id_number"


def table_content(rows: Sequence[Row], findings: Sequence[Finding], ranks: tuple[str, ...]) -> Content:
    """Give what goes into the workbook: the table as it is typed, and what is wrong with it."""
    remarks: dict[int, list[str]] = {}
    for each in findings:
        remarks.setdefault(each.row.number, []).append(each.cell.violation.zh)
    return Content(
        layout=LAYOUT.with_choices("rank", ranks),
        rows=map(_texts, rows),
        remarks={number: "；".join(told) for number, told in remarks.items()},
        marks=frozenset((each.row.number, each.cell.field) for each in findings if not each.cell.is_advice),
    )


def _texts(row: Row) -> tuple[str, ...]:
    start = "" if row.start_month is None else str(row.start_month)
    return (row.id_number, row.name, start, *(getattr(row.cells, name) for name in FIELDS))


@attrs.frozen
class ChangedCell:
    """One cell that the file changes."""

    row: Row
    field: str
    after: str


@attrs.frozen(kw_only=True)
class Compared:
    """What a file comes to beside the table.

    Attributes:
        people: how many rows were found.
        changes: what the file changes, by row of the table.
        broken: everything that keeps it from being taken, by row of the file.
    """

    people: int
    changes: tuple[ChangedCell, ...]
    broken: tuple[Violation, ...]


def compare(rows: Sequence[Row], sheet: Sheet) -> Compared:
    """Compare a file with the table; for many rows call it in a thread."""
    known = {number: row for row in rows for number in (row.id_number, row.id_number_given) if number}
    broken = [_told(each.row, each.key, each.violation) for each in sheet.broken]
    unsure = {(each.row, each.key) for each in sheet.broken}
    present = [name for name in FIELDS if name in sheet.letters]
    seen: dict[int, int] = {}
    changes: list[ChangedCell] = []
    for given in sheet.rows:
        row = known.get(_number(given.cells[_PRESENT]))
        if row is None:
            if (given.number, _PRESENT) not in unsure:
                broken.append(_told(given.number, _PRESENT, violation("INITIALISATION_STRANGER")))
            continue
        if (first := seen.setdefault(row.person_id, given.number)) != given.number:
            repeated = Violation.of("DUPLICATE_IN_FILE", row=given.number, first_row=first, name=row.name)
            broken.append(attrs.evolve(repeated, params={**repeated.params, "field": _PRESENT}))
            continue
        if given.cells["name"].strip() not in {"", row.name}:
            broken.append(_told(given.number, "name", violation("INITIALISATION_NAME", known=row.name)))
        broken += _too_long(given.number, given.cells)
        changes += _changes(row, present, given.cells)
    broken.sort(key=lambda each: int(each.params["row"]))
    return Compared(people=len(seen), changes=tuple(changes), broken=tuple(broken))


def _changes(row: Row, present: Sequence[str], cells: Mapping[str, str]) -> Iterator[ChangedCell]:
    for name in present:
        if not same_cell(name, cells[name], getattr(row.cells, name)):
            yield ChangedCell(row, name, cells[name])


def _too_long(number: int, cells: Mapping[str, str]) -> Iterator[Violation]:
    for name in FIELDS:
        if (characters := len(cells[name])) > CELL_CHARACTERS_MAX:
            long = Violation.of("FIELD_TOO_LONG", limit=CELL_CHARACTERS_MAX, characters=characters)
            yield _told(number, name, long)


def _number(text: str) -> str:
    """Give an ID number as the table has it; what is none is given as it stands."""
    try:
        return str(IdNumber.parse(text))
    except IdentityError:
        return text.strip().upper()


def _told(number: int, field: str, found: Violation) -> Violation:
    """Say in which cell of the file it is."""
    return attrs.evolve(
        found,
        params={**found.params, "row": number, "field": field},
        zh=f"第 {number} 行“{_HEADERS[field]}”：{found.zh}",
        en=f"Row {number}, {field}: {found.en}",
    )
