"""The rows of 缴款历史补录 as the API takes and tells them: typed, read from a file, judged, submitted."""

from collections.abc import Iterable, Sequence

import attrs

from libsubsidy import BackfillRow, CellFinding, Money, Month, Violation
from services.portal import wire
from services.portal.backfills.layout import FileRow
from services.portal.wire import Id
from services.store.backfill_judging import JudgedRow, WantedRow
from services.store.backfills import BackfilledRow
from services.store.refusals import VIOLATIONS_TOLD_MAX


@attrs.frozen(kw_only=True)
class TypedRow:
    """One month of one employee, as typed; every cell that is wrong is named at once.

    Attributes:
        employee_id: of the employee, as in every call; without it the ID number says whose it is.
        id_number: 证件号码, of 18 characters, or of 15 digits on an old card.
        name: 姓名, which must be the one on file.
        month: 月份, such as 2019-05.
        amount: 金额 in yuan.
        voucher: 凭证号; may be empty.
        remark: 备注; may be empty.
    """

    employee_id: Id | None = None
    id_number: str = ""
    name: str = ""
    month: str = ""
    amount: str = ""
    voucher: str = ""
    remark: str = ""


@attrs.frozen(kw_only=True)
class CellTold:
    """Something to be said about a cell.

    Attributes:
        field: of the cell, such as ``month``.
    """

    field: str
    code: str
    zh: str
    en: str


@attrs.frozen(kw_only=True)
class RowTold:
    """A row about which there is something to say.

    Attributes:
        row: counted from 1.
        broken: everything that keeps the rows from being handed in.
        advice: what to know before; it keeps nothing back.
    """

    row: int
    broken: tuple[CellTold, ...]
    advice: tuple[CellTold, ...]


@attrs.frozen(kw_only=True)
class BackfillPreview:
    """What rows would record.

    Attributes:
        rows: how many there are.
        people: how many employees they are for.
        total: of all rows whose amount can be read.
        itemised: of it, what lies within opening balances and adds nothing to them.
        broken: how many rows keep them from being handed in.
        advised: how many rows have something to know before.
        told: the first 500 rows about which there is something to say, the broken ones first.
    """

    rows: int
    people: int
    total: Money
    itemised: Money
    broken: int
    advised: int
    told: tuple[RowTold, ...]


@attrs.frozen(kw_only=True)
class FileRowView:
    """A row of a file, as it was read.

    Attributes:
        row: as the spreadsheet numbers it.
        uncertain: cells that the spreadsheet has turned into something else; they are empty here, and typed again.
    """

    row: int
    id_number: str
    name: str
    month: str
    amount: str
    voucher: str
    remark: str
    uncertain: tuple[CellTold, ...]


@attrs.frozen(kw_only=True)
class FileRows:
    """What was read of a file; nothing is kept of it.

    Attributes:
        findings: what you should know of the file, such as columns that were passed over.
    """

    rows: tuple[FileRowView, ...]
    findings: tuple[Violation, ...]


@attrs.frozen(kw_only=True)
class BackfilledRowView:
    """A row that was handed in.

    Attributes:
        id_number: without the middle.
        itemises: it lies within the opening balance, which it itemises, and adds nothing.
    """

    row: int
    employee_id: Id
    name: str
    id_number: str
    month: Month
    amount: Money
    voucher: str
    remark: str
    itemises: bool


@attrs.frozen(kw_only=True)
class BackfilledRows:
    """All rows that were handed in, in their order, at most 10,000."""

    items: tuple[BackfilledRowView, ...]


def wanted_of(rows: Iterable[TypedRow]) -> tuple[WantedRow, ...]:
    """Give the rows as the store takes them; for many call it in a thread."""
    return tuple(
        WantedRow(
            employee_id=each.employee_id,
            row=BackfillRow(
                id_number=each.id_number,
                name=each.name,
                month=each.month,
                amount=each.amount,
                voucher=each.voucher,
                remark=each.remark,
            ),
        )
        for each in rows
    )


def previewed(judged: Sequence[JudgedRow]) -> tuple[BackfillPreview, bytes]:
    """Say what rows would record, and write it as JSON; for many call it in a thread."""
    told = [(place, each) for place, each in enumerate(judged, start=1) if each.broken or each.advice]
    told.sort(key=lambda pair: (not pair[1].broken, pair[0]))
    preview = BackfillPreview(
        rows=len(judged),
        people=len({each.person.person_id for each in judged if each.person is not None}),
        total=_sum(judged),
        itemised=_sum(each for each in judged if each.itemises),
        broken=sum(bool(each.broken) for _, each in told),
        advised=sum(each.advice is not None for _, each in told),
        told=tuple(
            RowTold(row=place, broken=cells_told(each.broken), advice=_advice(each.advice))
            for place, each in told[:VIOLATIONS_TOLD_MAX]
        ),
    )
    return preview, wire.write_json(preview, BackfillPreview)


def _sum(judged: Iterable[JudgedRow]) -> Money:
    return Money(fen=sum(each.amount.fen for each in judged))


def _advice(advice: Violation | None) -> tuple[CellTold, ...]:
    return () if advice is None else cells_told((CellFinding("month", advice),))


def cells_told(found: Iterable[CellFinding]) -> tuple[CellTold, ...]:
    """Tell what is wrong with cells."""
    return tuple(
        CellTold(field=each.field, code=each.violation.code, zh=each.violation.zh, en=each.violation.en)
        for each in found
    )


def file_rows(rows: Sequence[FileRow], findings: tuple[Violation, ...]) -> tuple[FileRows, bytes]:
    """Give the rows of a file, and write them as JSON; for many call it in a thread."""
    shown = FileRows(
        rows=tuple(
            FileRowView(row=each.number, uncertain=cells_told(each.uncertain), **attrs.asdict(each.row))
            for each in rows
        ),
        findings=findings,
    )
    return shown, wire.write_json(shown, FileRows)


def backfilled_rows(rows: Sequence[BackfilledRow]) -> tuple[BackfilledRows, bytes]:
    """Give rows that were handed in, and write them as JSON; for many call it in a thread."""
    shown = BackfilledRows(items=tuple(map(backfilled_row, rows)))
    return shown, wire.write_json(shown, BackfilledRows)


def backfilled_row(row: BackfilledRow) -> BackfilledRowView:
    """Show a row."""
    return BackfilledRowView(
        row=row.number,
        employee_id=Id(row.person_id),
        name=row.name,
        id_number=row.id_number_masked,
        month=row.month,
        amount=row.amount,
        voucher=row.voucher,
        remark=row.remark,
        itemises=row.itemises,
    )
