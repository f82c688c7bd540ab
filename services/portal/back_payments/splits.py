"""补缴起止月份: what may be chosen, and more than twelve months as several orders (F89-F92)."""

from typing import Final

import attrs

from libsubsidy import (
    Month,
    MonthRange,
    OrderKind,
    Violation,
    check_back_payment_months,
    check_split,
    split_back_payment,
)
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.orders.views import OrderView, order_view
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.store import back_payments, start_months
from services.store.start_months import Limited

splits = Endpoints(tag="汇缴申请 orders")

# The first page of twenty thousand people is filled while the asker waits.
_SECONDS_MAX: Final = 60.0


@attrs.frozen(kw_only=True)
class MonthsQuery:
    """Which months.

    Attributes:
        kind: monthly 按月补缴; lump_difference, lump_missed 一次性补缴.
        first: 补缴开始月份.
        last: 补缴结束月份, included; left out it is the first.
    """

    kind: OrderKind = OrderKind.MONTHLY
    first: Month
    last: Month | None = None


@attrs.frozen(kw_only=True)
class MonthsVerdict:
    """What may be said of the months before anybody is chosen.

    Attributes:
        count: how many they are, both ends included.
        broken: why they cannot be one order; empty where they can.
        parts: the months of each order; more than one where the back-payment would have to be split.
        split_broken: why it cannot be split either; empty where it can, or need not be.
        limited_total: how many employees the start-month rule keeps from being paid for the last of the months.
        limited: of the first 20 of them: the start month, the latest allowed month, and the way out.
    """

    count: int
    broken: tuple[Violation, ...]
    parts: tuple[MonthRange, ...]
    split_broken: tuple[Violation, ...]
    limited_total: int
    limited: tuple[Violation, ...]


@attrs.frozen(kw_only=True)
class NewSplit:
    """A monthly back-payment of any length.

    Attributes:
        months: 补缴起止月份, both included.
        fill: begin the first page with everybody who can be paid and the proposed amounts.
    """

    months: MonthRange
    fill: bool = False


@attrs.frozen(kw_only=True)
class SplitOrders:
    """A back-payment as several drafts.

    Attributes:
        id: of the first of them.
        orders: by their months; one where one is enough.
    """

    id: Id
    orders: tuple[OrderView, ...]


@splits.get("/orders/months", who=EMPLOYERS, scope="orders:read")
async def judge_months(call: Call, query: MonthsQuery) -> MonthsVerdict:
    """Say how many months a back-payment would have, why they are too many, and how they could be split."""
    return await verdict(call, query.kind, MonthRange(query.first, query.last or query.first))


async def verdict(call: Call, kind: OrderKind, months: MonthRange) -> MonthsVerdict:
    """Judge the months of a back-payment before anybody is chosen."""
    policy, today = call.portal.policy, call.today
    broken = check_back_payment_months(kind, months, policy, today)
    parts: tuple[MonthRange, ...] = (months,)
    split_broken: tuple[Violation, ...] = ()
    if kind is OrderKind.MONTHLY and len(months) > policy.back_pay_months_max:
        split_broken = check_split(months, policy, today)
        parts = () if split_broken else split_back_payment(months, policy)
    limited = Limited()
    if months.last <= Month.of(today):
        limited = await start_months.limited(call.connection, call.employer_id, months.last, policy=policy, today=today)
    return MonthsVerdict(
        count=len(months),
        broken=broken,
        parts=parts,
        split_broken=split_broken,
        limited_total=limited.total,
        limited=limited.reasons,
    )


@splits.post("/orders/split", who=EMPLOYERS, scope="orders:write", status=201, creates=True, seconds_max=_SECONDS_MAX)
async def split(call: Call, body: NewSplit) -> SplitOrders:
    """Make a draft for each part of a monthly back-payment that may be longer than twelve months."""
    made = await back_payments.split(
        call.connection,
        call.employer_id,
        body.months,
        fill=body.fill,
        policy=call.portal.policy,
        today=call.today,
    )
    return SplitOrders(id=Id(made[0].id), orders=tuple(map(order_view, made)))
