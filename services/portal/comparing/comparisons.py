"""为什么没有这个人 and 与上月比较 by the API: what an order's month leaves out, and how it differs from the one before."""

from typing import Final

import attrs

from libsubsidy import ApplicationState, Money, Month, TransferState, Violation
from services.portal.calls import Call
from services.portal.comparing import differences
from services.portal.comparing.differences import ComparedView, DifferencesQuery, DifferenceView
from services.portal.cursors import PageQuery, page_of
from services.portal.endpoints import Endpoints
from services.portal.masking import masked_id_number
from services.portal.orders.orders import own_order
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.store import absences, candidates
from services.store import comparisons as stored
from services.store.orders import Order
from services.store.refusals import refuse

comparisons = Endpoints(tag="汇缴核对 comparisons")

# Twenty thousand people are judged, or compared.
_SECONDS_MAX: Final = 60.0


@attrs.frozen(kw_only=True)
class ComparisonQuery(DifferencesQuery):
    """Which month, and which differences.

    Attributes:
        month: may be left out for the first.
    """

    month: Month | None = None


@attrs.frozen(kw_only=True)
class ComparisonView:
    """A month of an order beside the last regular month before it that was remitted.

    Attributes:
        earlier: that month; null when nothing was remitted before, and then everybody has joined.
        other_orders: how many further orders of the employer pay this month; their lines are compared, too.
        items: some of the differences.
        next: the cursor of the next page; null at the end.
    """

    month: Month
    earlier: Month | None
    other_orders: int
    compared: ComparedView
    items: tuple[DifferenceView, ...]
    next: str | None


@attrs.frozen(kw_only=True)
class AbsencesQuery(PageQuery):
    """Which of those who are not in an order.

    Attributes:
        month: may be left out for the first.
        reason: only those whom a rule with this code keeps out.
    """

    month: Month | None = None
    reason: str = ""


@attrs.frozen(kw_only=True)
class AbsentView:
    """Somebody who is not in the order's month.

    Attributes:
        id_number: without the middle.
        reasons: everything that keeps them out, each with the way out.
    """

    employee_id: Id
    name: str
    id_number: str
    reasons: tuple[Violation, ...]


@attrs.frozen(kw_only=True)
class ReasonCount:
    """How many are kept out by a rule first of all."""

    code: str
    people: int


@attrs.frozen(kw_only=True)
class AbsencesView:
    """Who is not in a month of an order, by name.

    Attributes:
        people: how many there are altogether.
        counts: of their first reasons, the most frequent first.
        next: the cursor of the next page; null at the end.
    """

    month: Month
    people: int
    counts: tuple[ReasonCount, ...]
    items: tuple[AbsentView, ...]
    next: str | None


@attrs.frozen(kw_only=True)
class WhereQuery:
    """Whom to look for.

    Attributes:
        text: a part of the name or of its pinyin, or the beginning of the ID number.
        month: may be left out for the first.
    """

    text: str
    month: Month | None = None


@attrs.frozen(kw_only=True)
class FoundView:
    """An employee who was looked for.

    Attributes:
        id_number: without the middle.
        amount: with which they are in the order's month; null for somebody who is not in it.
        reasons: why they are not in it.
    """

    employee_id: Id
    name: str
    id_number: str
    amount: Money | None
    reasons: tuple[Violation, ...]


@attrs.frozen(kw_only=True)
class AwaitedView:
    """Somebody who was looked for and whose account is not open yet.

    Attributes:
        id_number: without the middle.
        application: the opening or import that asks for it.
        remark: why it was returned.
    """

    name: str
    id_number: str
    application: str
    state: ApplicationState
    remark: str


@attrs.frozen(kw_only=True)
class IncomingView:
    """Somebody who was looked for and is on the way from another employer.

    Attributes:
        id_number: without the middle.
        transfer_id: which waits for this employer's answer, or for the bureau's.
    """

    name: str
    id_number: str
    transfer_id: Id
    from_employer: str
    state: TransferState


@attrs.frozen(kw_only=True)
class WhereView:
    """Everybody who was found, of each kind at most 20; nobody of another employer is.

    Attributes:
        people: of the employer.
        awaited: whose accounts are asked for.
        incoming: who is being transferred in.
    """

    people: tuple[FoundView, ...]
    awaited: tuple[AwaitedView, ...]
    incoming: tuple[IncomingView, ...]


@comparisons.get("/orders/{order_id}/comparison", who=EMPLOYERS, scope="orders:read", seconds_max=_SECONDS_MAX)
async def compare(call: Call, order_id: int, query: ComparisonQuery) -> ComparisonView:
    """Compare a month of an order with the last one that was remitted: who joined, who left, whose amount changed."""
    order = await own_order(call, order_id)
    found = await stored.of_order(call.connection, order, month_of(order, query.month))
    page = await differences.page(call.connection, order.employer_id, found.comparison, query)
    return ComparisonView(
        month=found.month,
        earlier=found.earlier,
        other_orders=found.other_orders,
        compared=differences.compared(found.comparison),
        items=page.items,
        next=page.next,
    )


@comparisons.get("/orders/{order_id}/missing", who=EMPLOYERS, scope="orders:read", seconds_max=_SECONDS_MAX)
async def list_missing(call: Call, order_id: int, query: AbsencesQuery) -> AbsencesView:
    """List who is not in a month of an order, and why: every rule that is in the way, or that nobody has ticked them."""
    order = await own_order(call, order_id)
    month = month_of(order, query.month)
    found = await absences.of_order(call.connection, order, month, policy=call.portal.policy, today=call.today)
    offset = min(query.after_id() or 0, 2**31 - 1)
    shown = tuple(enumerate(found.of_reason(query.reason), start=1))[offset : offset + query.limit + 1]
    people = await candidates.of_ids(call.connection, order.employer_id, [person_id for _, person_id in shown])
    page = page_of(
        shown,
        query,
        lambda numbered: AbsentView(
            employee_id=Id(numbered[1]),
            name=people[numbered[1]].name,
            id_number=people[numbered[1]].id_number_masked,
            reasons=found.reasons[numbered[1]],
        ),
        lambda numbered: (numbered[0],),
    )
    return AbsencesView(
        month=month,
        people=len(found.reasons),
        counts=tuple(ReasonCount(code=code, people=people) for code, people in found.counts()),
        items=page.items,
        next=page.next,
    )


@comparisons.get("/orders/{order_id}/missing/search", who=EMPLOYERS, scope="orders:read")
async def look_for(call: Call, order_id: int, query: WhereQuery) -> WhereView:
    """Say of people, by name or ID number, whether they are in a month of an order, and if not why: 为什么没有这个人."""
    order = await own_order(call, order_id)
    text = query.text.strip()[: candidates.SEARCH_CHARACTERS_MAX]
    if not text:
        return WhereView(people=(), awaited=(), incoming=())
    found = await absences.look_for(
        call.connection, order, month_of(order, query.month), text, policy=call.portal.policy, today=call.today
    )
    return WhereView(
        people=tuple(
            FoundView(
                employee_id=Id(each.person.person_id),
                name=each.person.name,
                id_number=each.person.id_number_masked,
                amount=each.amount,
                reasons=each.reasons,
            )
            for each in found.people
        ),
        awaited=tuple(
            AwaitedView(
                name=each.name,
                id_number=masked_id_number(each.id_number),
                application=f"application-{each.application_id}",
                state=each.state,
                remark=each.remark,
            )
            for each in found.awaited
        ),
        incoming=tuple(
            IncomingView(
                name=each.name,
                id_number=masked_id_number(each.id_number),
                transfer_id=Id(each.id),
                from_employer=each.employer_name,
                state=each.state,
            )
            for each in found.incoming
        ),
    )


def month_of(order: Order, month: Month | None) -> Month:
    """Give the month that is asked for, the order's first where none is.

    Raises:
        RefusedError: MONTH_OUTSIDE_ORDER.
    """
    if month is None:
        return order.months.first
    if month not in order.months:
        first, last = str(order.months.first), str(order.months.last)
        raise refuse("MONTH_OUTSIDE_ORDER", month=str(month), first=first, last=last)
    return month
