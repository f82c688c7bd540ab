"""汇缴申请: from a draft to a submitted order, and what became of it (F76-F95).

A draft is filled by pages of lines, so that twenty thousand people are no single request; each page names the version of
the draft that it saw. Submitting judges the whole order at once.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import attrs

from libsubsidy import Money, Month, MonthError, MonthRange, OrderKind, OrderState
from services.portal.calls import Call
from services.portal.comparing.ways import REASONS
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.endpoints import Endpoints
from services.portal.notices import progress as progresses
from services.portal.orders.views import OrderLineView, OrderView, order_line_view, order_view
from services.portal.problems import Found, Problem
from services.portal.roles import BUREAU, EMPLOYERS
from services.portal.timelines import Timeline, timeline
from services.portal.wire import Id
from services.store import absences, drafts, order_lines, order_lists, reviewed_lines, submissions, timelines
from services.store import orders as stored
from services.store.drafts import TYPED_LINES_MAX, LinesRefusedError, TypedLine
from services.store.long_work import off_loop
from services.store.order_lines import NO_COVERS
from services.store.orders import Order
from services.store.refusals import absent, limit_list, refuse

orders = Endpoints(tag="汇缴申请 orders")

_LINES_BYTES_MAX: Final = 512 * 1024
# Twenty thousand people in twelve months are 240,000 lines.
_LARGE_ORDER_SECONDS_MAX: Final = 120.0


@attrs.frozen(kw_only=True)
class NewOrder:
    """What is to be paid.

    Attributes:
        kind: regular 汇缴; monthly 按月补缴; lump_difference, lump_missed 一次性补缴.
        months: one month, of a monthly back-payment 1 to 12.
        fill: begin with everybody who can be paid and the proposed amounts; of a back-payment the first month.
        unless_drafted: make none where a draft of the same kind and months is there already (DRAFT_THERE names it).
    """

    kind: OrderKind
    months: MonthRange
    fill: bool = False
    unless_drafted: bool = False


@attrs.frozen(kw_only=True)
class OrdersQuery(PageQuery):
    """Which orders.

    Attributes:
        state: only those in this state.
    """

    state: OrderState | None = None


@attrs.frozen(kw_only=True)
class NewLine:
    """One person's month.

    Attributes:
        month: may be left out where the order has one month.
        amount: may be left out where the file or an earlier month proposes one; the source is decided here.
        this_month_only: 仅本月: later months do not copy a designated amount.
        covers: for a lump sum of missed months (漏缴), which.
    """

    employee_id: Id
    month: Month | None = None
    amount: Money | None = None
    this_month_only: bool = False
    covers: tuple[Month, ...] = ()


@attrs.frozen(kw_only=True)
class LineToRemove:
    """Somebody who is not to be paid after all.

    Attributes:
        month: may be left out where the order has one month.
    """

    employee_id: Id
    month: Month | None = None


@attrs.frozen(kw_only=True)
class LinesToPut:
    """A page of lines.

    Attributes:
        version: of the order, as it was seen.
        lines: at most 1,000; a line of the same person and month is replaced.
        remove: at most 1,000; taken away before the lines are written.
        replace: throw away all lines that were there before; for the first page.
    """

    version: int
    lines: tuple[NewLine, ...] = ()
    remove: tuple[LineToRemove, ...] = ()
    replace: bool = False


@attrs.frozen(kw_only=True)
class Submission:
    """What is handed to the bureau.

    Attributes:
        version: as it was seen.
        total: the sum that was shown; compared with a fresh one when it is given.
    """

    version: int
    total: Money | None = None


@attrs.frozen(kw_only=True)
class SeenVersion:
    """The version of the order that was seen."""

    version: int


@orders.post("/orders", who=EMPLOYERS, scope="orders:write", status=201, location="/orders/{id}", creates=True)
async def create(call: Call, body: NewOrder) -> OrderView:
    """Make a draft, empty or filled with everybody who can be paid.

    Raises:
        NOBODY_TO_PAY: the one month that was to be filled has nobody who can be paid, and why.
    """
    stored.refuse_months(body.kind, body.months, policy=call.portal.policy, today=call.today)
    if body.unless_drafted:
        await stored.refuse_second_draft(call.connection, call.employer_id, body.kind, body.months)
    order = await stored.create(call.connection, call.employer_id, body.kind, body.months)
    if body.fill:
        order = await drafts.fill(call.connection, order, policy=call.portal.policy, today=call.today)
        if not order.line_count and len(order.months) == 1:
            await _refuse_without_anybody(call, order)
    return order_view(order)


@orders.get("/orders", who=EMPLOYERS, scope="orders:read")
async def list_orders(call: Call, query: OrdersQuery) -> Page[OrderView]:
    """List the employer's orders, the newest first."""
    found = await order_lists.of_employer(
        call.connection, call.employer_id, state=query.state, before=query.after_id(), limit=query.limit + 1
    )
    return page_of(found, query, order_view, lambda order: (order.id,))


@orders.get("/orders/{order_id}", who=EMPLOYERS | BUREAU, scope="orders:read")
async def get_order(call: Call, order_id: int) -> OrderView:
    """Show an order."""
    return order_view(await own_order(call, order_id))


@orders.get("/orders/{order_id}/lines", who=EMPLOYERS | BUREAU, scope="orders:read")
async def get_lines(call: Call, order_id: int, query: PageQuery) -> Page[OrderLineView]:
    """List an order's lines, by person and month."""
    key = query.after(int, str)
    after = None if key is None else (int(key[0]), _month_of(str(key[1])))
    order = await own_order(call, order_id)
    lines = await reviewed_lines.page(call.connection, order_id, after=after, limit=query.limit + 1)
    covers = NO_COVERS
    if order.kind is OrderKind.LUMP_MISSED:
        covers = await order_lines.read_covers(call.connection, order_id, [line.person_id for line in lines])
    return await off_loop(
        len(lines) + order_lines.covers_count(covers),
        page_of,
        lines,
        query,
        lambda line: order_line_view(line, covers),
        lambda line: (line.person_id, str(line.month)),
    )


@orders.get("/orders/{order_id}/timeline", who=EMPLOYERS | BUREAU, scope="orders:read")
async def get_timeline(call: Call, order_id: int) -> Timeline:
    """Tell what happened to an order and its notice: when, by whom, why."""
    order = await own_order(call, order_id)
    progress = await progresses.of_order(call.connection, order)
    return timeline(await timelines.of_order(call.connection, order_id), progress)


@orders.put("/orders/{order_id}/lines", who=EMPLOYERS, scope="orders:write", body_bytes_max=_LINES_BYTES_MAX)
async def put_lines(call: Call, order_id: int, body: LinesToPut) -> OrderView:
    """Write a page of a draft's lines."""
    limit_list(body.lines, TYPED_LINES_MAX)
    limit_list(body.remove, TYPED_LINES_MAX)
    order = await own_order(call, order_id)
    try:
        changed = await drafts.put(
            call.connection,
            order_id,
            body.version,
            await off_loop(sum(len(line.covers) for line in body.lines), _all_typed, order, body.lines),
            remove=[(line.employee_id, line.month or order.months.first) for line in body.remove],
            replace=body.replace,
            policy=call.portal.policy,
        )
    except LinesRefusedError as error:
        found = zip(error.places, error.violations, strict=True)
        places = [Found(violation=each, pointer=f"/lines/{place}") for place, each in found]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, places) from error
    return order_view(changed)


@orders.post(
    "/orders/{order_id}/submit",
    who=EMPLOYERS,
    scope="orders:submit",
    creates=True,
    seconds_max=_LARGE_ORDER_SECONDS_MAX,
)
async def submit(call: Call, order_id: int, body: Submission) -> OrderView:
    """Hand a draft to the bureau; from here on its lines do not change."""
    await own_order(call, order_id)
    return order_view(
        await submissions.submit(
            call.connection,
            order_id,
            body.version,
            policy=call.portal.policy,
            today=call.today,
            shown=body.total,
        )
    )


@orders.post("/orders/{order_id}/retract", who=EMPLOYERS, scope="orders:submit")
async def retract(call: Call, order_id: int, body: SeenVersion) -> OrderView:
    """Take a submitted order back before the bureau has decided it (撤回); its months are free again."""
    await own_order(call, order_id)
    return order_view(await submissions.retract(call.connection, order_id, body.version))


@orders.post("/orders/{order_id}/revise", who=EMPLOYERS, scope="orders:write")
async def revise(call: Call, order_id: int, body: SeenVersion) -> OrderView:
    """Make a draft again of an order that was returned or retracted; its lines are kept."""
    await own_order(call, order_id)
    return order_view(await submissions.revise(call.connection, order_id, body.version))


async def own_order(call: Call, order_id: int) -> Order:
    """Return the order if it is the asker's: beside row security, so that neither alone is trusted.

    To the bureau nothing is there that has not been handed in, as in its work list: drafts are the employer's own.

    Raises:
        RefusedError: ABSENT.
    """
    order = await stored.get(call.connection, order_id)
    own = call.identity.employer_id
    handed_in = order.submitted_at is not None and order.state is not OrderState.DRAFT
    if not (handed_in if own is None else own == order.employer_id):
        raise absent("订单", "order", order_id)
    return order


async def _refuse_without_anybody(call: Call, order: Order) -> None:
    """Refuse a draft that would stay empty; whoever lacks an amount alone could still be given one.

    Raises:
        RefusedError: NOBODY_TO_PAY.
    """
    month = order.months.first
    absent_people = await absences.of_order(call.connection, order, month, policy=call.portal.policy, today=call.today)
    counts = absent_people.counts()
    if "ABSENT_WITHOUT_AMOUNT" in dict(counts):
        return
    raise refuse(
        "NOBODY_TO_PAY",
        month=str(month),
        reasons_zh="、".join(f"{people} 人{REASONS[code]}" for code, people in counts) or "本单位还没有职工",
        reasons_en=", ".join(f"{people} {code}" for code, people in counts) or "there are no employees",
    )


def _month_of(text: str) -> Month:
    """Read the month of a cursor.

    Raises:
        Problem: 400 CURSOR_WRONG.
    """
    try:
        return Month.parse(text)
    except MonthError:
        raise Problem.of(HTTPStatus.BAD_REQUEST, "CURSOR_WRONG") from None


def _all_typed(order: Order, lines: Sequence[NewLine]) -> list[TypedLine]:
    return [_typed(order, line) for line in lines]


def _typed(order: Order, line: NewLine) -> TypedLine:
    return TypedLine(
        person_id=line.employee_id,
        month=line.month or order.months.first,
        amount=line.amount,
        carry_over=not line.this_month_only,
        covers=frozenset(line.covers),
    )
