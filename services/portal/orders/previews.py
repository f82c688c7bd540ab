"""查询: who can be paid for a month with which amount, who cannot, and why (F80-F85).

A sheet of twenty thousand people is looked at by pages. Each page judges its own people only; the sums of the whole sheet
come with the first.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from libsubsidy import AmountSource, Money, Month, MonthRange, OrderKind, OrderLine, Sheet, Violation
from services.portal.calls import Call
from services.portal.cursors import PageQuery, page_of
from services.portal.endpoints import Endpoints
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.store import employee_lists, submissions
from services.store.employee_lists import Employee
from services.store.employee_search import EVERYBODY, Search
from services.store.long_work import off_loop
from services.store.refusals import refuse

previews = Endpoints(tag="汇缴申请 orders")

_SECONDS_MAX: Final = 60.0


@attrs.frozen(kw_only=True)
class PreviewQuery(PageQuery):
    """Which part of the sheet.

    Attributes:
        search: a part of the name or of its pinyin, or the beginning of the ID number.
    """

    search: str = ""


@attrs.frozen(kw_only=True)
class SheetWanted:
    """What would be ordered.

    Attributes:
        months: one month, of a monthly back-payment 1 to 12.
        month: which of them is asked about (每月一页); may be left out for the first.
    """

    kind: OrderKind
    months: MonthRange
    month: Month | None = None


@attrs.frozen(kw_only=True)
class SheetRow:
    """One employee in the sheet.

    Attributes:
        id_number: without the middle.
        eligible: whether the month can be paid.
        amount: the proposal; null when an amount must be typed, or nothing can be paid.
        source: where the proposal comes from: file or carried.
        reasons: why not, each with the way out.
    """

    employee_id: Id
    name: str
    id_number: str
    eligible: bool
    amount: Money | None
    source: AmountSource | None
    reasons: tuple[Violation, ...]


@attrs.frozen(kw_only=True)
class SheetSums:
    """The whole sheet of a month.

    Attributes:
        eligible: how many can be paid.
        without_amount: how many of them need a typed amount.
        missing: how many cannot be paid.
        total: of all proposals.
    """

    eligible: int
    without_amount: int
    missing: int
    total: Money


@attrs.frozen(kw_only=True)
class SheetPage:
    """A part of the sheet, by the pinyin of the names.

    Attributes:
        month: which the sheet is for.
        sums: of everybody, whatever was searched for; null on later pages.
        next: the cursor of the next page; null at the end.
    """

    month: Month
    sums: SheetSums | None
    items: tuple[SheetRow, ...]
    next: str | None


@previews.post("/orders/preview", who=EMPLOYERS, scope="orders:read", seconds_max=_SECONDS_MAX)
async def preview(call: Call, body: SheetWanted, query: PreviewQuery) -> SheetPage:
    """List who can be paid for a month with which amount, who cannot, and why."""
    month = body.month or body.months.first
    _refuse_range(call, body, month)
    key = query.after(str, int)
    people = await employee_lists.of_employer(
        call.connection,
        call.employer_id,
        call.today,
        search=Search(text=query.search) if query.search else EVERYBODY,
        after=None if key is None else (str(key[0]), int(key[1])),
        limit=query.limit + 1,
    )
    sheet = await submissions.preview(
        call.connection,
        call.employer_id,
        body.kind,
        month,
        person_ids=None if key is None else [each.person_id for each in people],
        policy=call.portal.policy,
        today=call.today,
    )
    lines = {line.person_id: line for line in sheet.lines}
    page = page_of(
        people, query, lambda each: _row(each, sheet, lines), lambda each: (each.name_pinyin, each.person_id)
    )
    sums = await off_loop(len(lines), _sums, sheet) if key is None else None
    return SheetPage(month=month, sums=sums, items=page.items, next=page.next)


def _refuse_range(call: Call, body: SheetWanted, month: Month) -> None:
    if body.kind is not OrderKind.MONTHLY and len(body.months) > 1:
        raise refuse("ORDER_ONE_MONTH")
    if len(body.months) > call.portal.policy.back_pay_months_max:
        raise refuse("BP_RANGE_TOO_LONG/some")
    if month not in body.months:
        raise refuse("MONTH_OUTSIDE_ORDER", month=str(month), first=str(body.months.first), last=str(body.months.last))


def _row(employee: Employee, sheet: Sheet, lines: Mapping[int, OrderLine]) -> SheetRow:
    line = lines.get(employee.person_id)
    reasons = sheet.missing.get(employee.person_id, ())
    return SheetRow(
        employee_id=Id(employee.person_id),
        name=employee.name,
        id_number=employee.id_number_masked,
        eligible=not reasons,
        amount=None if line is None else line.amount,
        source=None if line is None else line.source,
        reasons=reasons,
    )


def _sums(sheet: Sheet) -> SheetSums:
    return SheetSums(
        eligible=len(sheet.lines) + len(sheet.without_amount),
        without_amount=len(sheet.without_amount),
        missing=len(sheet.missing),
        total=Money(fen=sum(line.amount.fen for line in sheet.lines)),
    )
