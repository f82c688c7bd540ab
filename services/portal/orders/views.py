"""How orders are shown: by themselves, and as what a notice asks for."""

from datetime import datetime

import attrs

from libsubsidy import AmountSource, Money, Month, MonthRange, OrderKind, OrderState
from services.portal.wire import Id
from services.store.order_lines import NO_COVERS, Covers
from services.store.orders import KINDS_ZH, STATES_ZH, Order
from services.store.reviewed_lines import ReviewedLine


@attrs.frozen(kw_only=True)
class OrderView:
    """An order without its lines.

    Attributes:
        months: the month of a remittance, the range of a monthly back-payment, the label of a lump sum.
        state: approved means that it waits for its payment, credited that the ledgers have it.
        total: the sum of its lines.
        line_count: one for each person and month.
        notice_id: what asks for its money, once it is approved.
        remark: why it was returned, rejected or cancelled.
        version: a change names the one that was seen.
        decided_at: when it was last approved, sent back, taken back or cancelled.
        waits_for_colleague: a draft that its clerk has finished, and that a colleague hands in (复核).
        part_of: of a back-payment that was split: the first of its orders, in all of them.
    """

    id: Id
    kind: OrderKind
    kind_zh: str
    months: MonthRange
    state: OrderState
    state_zh: str
    total: Money
    line_count: int
    person_count: int
    notice_id: Id | None
    remark: str
    version: int
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    waits_for_colleague: bool
    part_of: Id | None


@attrs.frozen(kw_only=True)
class OrderLineView:
    """One person's month in an order.

    Attributes:
        id_number: without the middle; the whole number stands in the employee's file.
        month: for a lump sum its label.
        source: file: 每月缴费金额; carried: an earlier designated amount; designated: typed in this order.
        this_month_only: 仅本月: later months do not copy it.
        file_amount: 每月缴费金额 on file for that month; null when there is none.
        covers: the months that a lump sum of missed months (漏缴) makes good.
    """

    employee_id: Id
    name: str
    id_number: str
    month: Month
    amount: Money
    source: AmountSource
    this_month_only: bool
    file_amount: Money | None
    covers: tuple[Month, ...]


def order_view(order: Order) -> OrderView:
    """Show an order."""
    return OrderView(
        id=Id(order.id),
        kind=order.kind,
        kind_zh=KINDS_ZH[order.kind],
        months=order.months,
        state=order.state,
        state_zh=STATES_ZH[order.state],
        total=order.total,
        line_count=order.line_count,
        person_count=order.person_count,
        notice_id=None if order.notice_id is None else Id(order.notice_id),
        remark=order.remark,
        version=order.version,
        created_at=order.created_at,
        submitted_at=order.submitted_at,
        decided_at=order.decided_at,
        waits_for_colleague=order.waits_for_colleague,
        part_of=None if order.part_of is None else Id(order.part_of),
    )


def order_line_view(line: ReviewedLine, covers: Covers = NO_COVERS) -> OrderLineView:
    """Show a line, with what it covers."""
    return OrderLineView(
        employee_id=Id(line.person_id),
        name=line.name,
        id_number=line.id_number.masked,
        month=line.month,
        amount=line.amount,
        source=line.source,
        this_month_only=not line.carry_over,
        file_amount=line.file_amount,
        covers=tuple(sorted(covers.get(line.person_id, ()))),
    )
