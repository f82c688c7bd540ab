"""The template of 缴款历史补录, and the rows of a file that was filled in (F107; manual L400: 星号必填; domain §6.4)."""

from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from libsubsidy import BACKFILL_FIELDS, BackfillRow, CellFinding
from services.spreadsheets.layouts import CellKind, Column, Layout
from services.spreadsheets.reading import Row, Sheet
from services.store.backfill_judging import ROWS_MAX
from services.store.backfills import BackfilledRow

FIELDS: Final = tuple(field.name for field in BACKFILL_FIELDS)
_FIELDS: Final = {field.name: field for field in BACKFILL_FIELDS}


def _column(
    name: str, *, hint: str, also: tuple[str, ...] = (), kind: CellKind = CellKind.TEXT, characters: int = 14
) -> Column:
    field = _FIELDS[name]
    return Column(
        key=name, header=field.zh, required=field.required, also=also, kind=kind, hint=hint, characters=characters
    )


# No ID number has a letter before its end, so the example is none: whoever changes a part of it is told, not recorded.
LAYOUT: Final = Layout(
    name="backfill",
    version=1,
    title="缴款历史补录模版",
    rows_max=ROWS_MAX,
    columns=(
        _column(
            "id_number",
            hint="18 位，或旧证的 15 位。单元格已是文本格式；从别处粘贴时请“选择性粘贴－数值”，以免末尾数字丢失。",
            also=("身份证号码", "身份证号", "公民身份号码"),
            characters=24,
        ),
        _column("name", hint="与档案一致，用来核对证件号码。", also=("职工姓名", "员工姓名"), characters=16),
        _column(
            "month",
            hint="缴款所属的月份，例如 2019-05；一行一个月份。",
            also=("缴款月份", "汇缴月份"),
            kind=CellKind.MONTH,
        ),
        _column(
            "amount",
            hint="当时缴款的金额，单位为元，最多两位小数。",
            also=("金额（元）", "缴款金额"),
            kind=CellKind.AMOUNT,
        ),
        _column("voucher", hint="当时的凭证号或银行回单号，可不填。", characters=20),
        _column("remark", hint="最多 200 字。", characters=28),
    ),
    sample={
        "id_number": "44010119900101001示例",
        "name": "张三（示例，不会补录）",
        "month": "2019-05",
        "amount": "500",
        "voucher": "记-12",
        "remark": "这一行是示例，可以保留或删除",
    },
    notes=(
        "请从第一个工作表的第 2 行起逐行填写，一行一名职工一个月份；带红星（*）的列必填，不要改动表头和工作表。",
        f"一次最多 {ROWS_MAX:,} 行。证件号码按文本填写，不要设为数字格式。",
        "填写后在“缴款历史补录”的【新增补录】页面上传，核对无误再提交；没有开户的职工请先办理开户。",
    ),
)


@attrs.frozen(kw_only=True)
class FileRow:
    """A row of a file.

    Attributes:
        number: as the spreadsheet numbers it.
        row: its cells; one that the spreadsheet has turned into something else is empty, so that it must be typed again.
        uncertain: what happened to such cells.
    """

    number: int
    row: BackfillRow
    uncertain: tuple[CellFinding, ...]


def rows_of(sheet: Sheet) -> tuple[FileRow, ...]:
    """Read the rows of a file; for many call it in a thread."""
    uncertain: dict[int, list[CellFinding]] = {}
    for cell in sheet.broken:
        uncertain.setdefault(cell.row, []).append(CellFinding(cell.key, cell.violation))
    return tuple(_row(row, uncertain.get(row.number, ())) for row in sheet.rows)


def _row(row: Row, uncertain: Sequence[CellFinding]) -> FileRow:
    certain = dict(row.cells) | {each.field: "" for each in uncertain}
    return FileRow(number=row.number, row=BackfillRow(**certain), uncertain=tuple(uncertain))


def sheet_rows(rows: Sequence[BackfilledRow]) -> Iterator[tuple[str, ...]]:
    """Write submitted rows as the file has them."""
    for row in rows:
        yield row.id_number, row.name, str(row.month), str(row.amount), row.voucher, row.remark
