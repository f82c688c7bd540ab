"""The pages of 汇缴申请: the list, 新增汇缴申请, and an order: a draft its sheet, any other what became of it (F76-F88).

点击新增汇缴申请 选择汇缴月份，汇缴方式（汇缴/补缴），然后点击查询按钮      manual L367-L368
"""

from typing import Any, Final

import attrs

from libsubsidy import Month, MonthError, OrderState, next_month
from services.portal.amounts.submitted import OrderQuery, submitted_facts
from services.portal.calls import Call
from services.portal.orders.orders import own_order
from services.portal.orders.views import order_view
from services.portal.pages.registry import Facts, Pages
from services.portal.pages.words import ORDER_KINDS, ORDER_STATES
from services.portal.roles import EMPLOYERS
from services.portal.shell.paging import Paging, PagingQuery
from services.store import checking, order_lists
from services.store.order_lists import Wanted
from services.store.orders import Order
from services.store.refusals import RefusedError

pages = Pages()

PATH: Final = "/employer/orders"


@attrs.frozen(kw_only=True)
class ListQuery(PagingQuery):
    """Which part of the list.

    Attributes:
        state: only orders in this state.
        month: only those that pay this month; what is no month is passed over.
    """

    state: OrderState | None = None
    month: str = ""


@pages.page(PATH, who=EMPLOYERS, title="汇缴申请", template="orders/templates/list.html")
async def order_list(call: Call, query: ListQuery) -> Facts:
    """List the orders and what has become of them (F76)."""
    return await _listed(call, query) | {"query": query}


@pages.part(f"{PATH}/rows", who=EMPLOYERS, template="orders/templates/rows.html", noted=False)
async def order_rows(call: Call, query: ListQuery) -> Facts:
    """List them anew, when there are news."""
    return await _listed(call, query)


@pages.page(f"{PATH}/new", who=EMPLOYERS, title="新增汇缴申请", template="orders/templates/new.html", entry=PATH)
async def new_order(call: Call) -> Facts:
    """Ask for month and kind; the month is the next one that has not been remitted (F77-F79)."""
    last = await order_lists.last_months(call.connection, call.employer_id)
    policy = call.portal.policy
    return {
        "month": next_month(last.asked, policy, call.today),
        "last": last,
        "latest": Month.of(call.today) + policy.remittance_months_ahead,
        "this_month": Month.of(call.today),
        "path": PATH,
    }


async def _listed(call: Call, query: ListQuery) -> dict[str, Any]:
    wanted = Wanted(state=query.state, month=_month(query.month))
    total = await order_lists.count(call.connection, call.employer_id, wanted)
    paging = await Paging.of(call, query, total, path=PATH)
    found = await order_lists.page(call.connection, call.employer_id, wanted, limit=paging.size, offset=paging.offset)
    return {
        "orders": found,
        "paging": paging,
        "kinds": ORDER_KINDS,
        "states": ORDER_STATES,
        "narrowed": wanted != Wanted(),
        "path": PATH,
    }


def _month(text: str) -> Month | None:
    """Read a month that somebody may have typed.

    >>> str(_month("2020-04")), _month("2020"), _month("")
    ('2020-04', None, None)
    """
    try:
        return Month.parse(text)
    except MonthError:
        return None


@pages.page(f"{PATH}/{{order_id}}", who=EMPLOYERS, title="汇缴申请", template="orders/templates/order.html", entry=PATH)
async def order(call: Call, order_id: int, query: OrderQuery) -> Facts:
    """Show an order: its sheet to fill in while it is a draft, afterwards what became of it."""
    found = await own_order(call, order_id)
    if found.state is OrderState.DRAFT:
        waits = await checking.waits_for_colleague(call.connection, call.employer_id)
        return _sheet(found, query) | {"is_checked": waits}
    return {"part": "amounts/templates/order.html", **await submitted_facts(call, found, query)}


@pages.part(f"{PATH}/{{order_id}}/draft", who=EMPLOYERS, template="orders/templates/draft.html", noted=False)
async def draft(call: Call, order_id: int) -> Facts:
    """Say what became of a draft whose sheet somebody still has before them; it asks by itself when there are news."""
    try:
        return {"order": order_view(await own_order(call, order_id)), "path": PATH}
    except RefusedError:
        return {"order": None, "path": PATH}


def _sheet(found: Order, query: OrderQuery) -> dict[str, Any]:
    month = query.month if query.month is not None and query.month in found.months else found.months.first
    return {
        "part": "orders/templates/sheet.html",
        "order": order_view(found),
        "state": ORDER_STATES[found.state],
        "month": month,
        "may_throw_away": found.submitted_at is None,
        "path": PATH,
    }
