"""The pages of an order's amounts: the Excel of a draft with what a file would change, and how far a submitted order is."""

from typing import Final

import attrs

from libsubsidy import DifferenceKind, Month, OrderState
from services.portal.amounts.layout import LAYOUT
from services.portal.amounts.submitted import events_facts, parts_facts, status_facts
from services.portal.calls import Call
from services.portal.comparing import differences
from services.portal.comparing.comparisons import month_of
from services.portal.orders.orders import own_order
from services.portal.orders.views import order_view
from services.portal.pages import words
from services.portal.pages.registry import Facts, Pages
from services.portal.roles import EMPLOYERS
from services.portal.shell.paging import Paging, PagingQuery
from services.spreadsheets.reading import FILE_BYTES_MAX
from services.store import amount_lists
from services.store.amount_lists import AmountList
from services.store.orders import Order

pages = Pages()

_ORDERS: Final = "/employer/orders"
_MIB: Final = 1024 * 1024
KINDS_ZH: Final = {
    DifferenceKind.JOINED: "增加",
    DifferenceKind.LEFT: "去掉",
    DifferenceKind.CHANGED: "有变化",
}


@attrs.frozen(kw_only=True)
class AmountsQuery(PagingQuery):
    """What is looked at.

    Attributes:
        month: for which a file is uploaded; may be left out for the first.
        kind: joined, left or changed; ``wrong``: the rows with errors; another word shows all differences.
        keep: whoever is not in the file stays.
        list: which file was uploaded last; only so that each has an address of its own.
    """

    month: Month | None = None
    kind: str = ""
    keep: bool = False
    list: str = ""


@pages.page(
    f"{_ORDERS}/{{order_id}}/amounts",
    who=EMPLOYERS,
    title="本月金额表",
    template="amounts/templates/amounts.html",
    entry=_ORDERS,
)
async def amounts(call: Call, order_id: int, query: AmountsQuery) -> Facts:
    """Give the draft as Excel and take it back; show what the file would change, with control totals before and after."""
    order = await own_order(call, order_id)
    found = await amount_lists.find(call.connection, order_id)
    month = month_of(order, query.month) if found is None else found.month
    facts = {
        "order": order_view(order),
        "draft": order.state is OrderState.DRAFT,
        "month": month,
        "months": tuple(order.months),
        "path": f"{_ORDERS}/{order.id}",
        "rows_max": LAYOUT.rows_max,
        "mebibytes_max": FILE_BYTES_MAX // _MIB,
        "found": found,
    }
    return facts if found is None else {**facts, **await _preview(call, order, found, query)}


async def _preview(call: Call, order: Order, found: AmountList, query: AmountsQuery) -> Facts:
    whole = await amount_lists.compare(call.connection, found)
    keep = query.keep or found.broken_rows > 0
    shown = whole.keeping() if keep else whole
    kind = next((each for each in DifferenceKind if each.value == query.kind), None)
    wrong = query.kind == "wrong" or (not query.kind and found.broken_rows > 0)
    listed = () if wrong else differences.wanted(shown, kind)
    paging = await Paging.of(call, query, found.broken_rows if wrong else len(listed))
    part = listed[paging.offset : paging.offset + paging.size]
    return {
        "compared": differences.compared(shown),
        "not_listed": len(whole.left),
        "keep": keep,
        "kind": kind,
        "kinds": KINDS_ZH,
        "wrong": wrong,
        "headers": {column.key: column.header for column in LAYOUT.columns},
        "columns": LAYOUT.columns,
        "sources": words.AMOUNT_SOURCES,
        "rows": await differences.views(call.connection, order.employer_id, part),
        "broken": await amount_lists.broken_rows(call.connection, found, offset=paging.offset, limit=paging.size)
        if wrong
        else (),
        "paging": paging,
    }


@pages.part(f"{_ORDERS}/{{order_id}}/status", who=EMPLOYERS, template="amounts/templates/status.html", noted=False)
async def status(call: Call, order_id: int) -> Facts:
    """Show how far an order is; its page asks for it by itself when there are news."""
    return await status_facts(call, await own_order(call, order_id))


@pages.part(f"{_ORDERS}/{{order_id}}/parts", who=EMPLOYERS, template="back_payments/templates/parts.html", noted=False)
async def parts(call: Call, order_id: int) -> Facts:
    """Show the orders of a back-payment that was split; their page asks for it by itself when there are news."""
    return await parts_facts(call, await own_order(call, order_id))


@pages.part(f"{_ORDERS}/{{order_id}}/events", who=EMPLOYERS, template="amounts/templates/events.html", noted=False)
async def events(call: Call, order_id: int) -> Facts:
    """Show what happened to an order; its page asks for it by itself when there are news."""
    return await events_facts(call, await own_order(call, order_id))
