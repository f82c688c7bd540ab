"""What the page of an order shows once it has been submitted: how far it is, what can be done, and its lines."""

from typing import Final

import attrs

from libsubsidy import Month, OrderKind, OrderState
from services.portal.calls import Call
from services.portal.notices import progress
from services.portal.orders.views import order_view
from services.portal.pages.registry import Facts
from services.portal.pages.words import AMOUNT_SOURCES, ORDER_STATES
from services.portal.shell.paging import Paging, PagingQuery
from services.store import order_lines, orders, reviewed_lines, timelines
from services.store.order_lines import NO_COVERS
from services.store.orders import Order
from services.store.reviewed_lines import LinesWanted

# Of these a second order for the people who were missed makes sense (补充汇缴).
_LIVE: Final = frozenset({OrderState.SUBMITTED, OrderState.APPROVED, OrderState.PAID, OrderState.CREDITED})


@attrs.frozen(kw_only=True)
class OrderQuery(PagingQuery):
    """Which part of an order.

    Attributes:
        month: of a draft the page that is shown first, of any other order of several months only this one's lines.
        q: a part of a name, its pinyin, or the beginning of an ID number.
    """

    month: Month | None = None
    q: str = ""


async def submitted_facts(call: Call, order: Order, query: OrderQuery) -> Facts:
    """Give what `amounts/templates/order.html` shows."""
    wanted = LinesWanted(order_id=order.id, month=query.month, text=query.q)
    paging = await Paging.of(call, query, await reviewed_lines.count(call.connection, wanted))
    rows = await reviewed_lines.part(call.connection, wanted, limit=paging.size, offset=paging.offset)
    covers = NO_COVERS
    if order.kind is OrderKind.LUMP_MISSED:
        covers = await order_lines.read_covers(call.connection, order.id, [row.person_id for row in rows])
    return {
        **await status_facts(call, order),
        **await events_facts(call, order),
        "query": query,
        "sources": AMOUNT_SOURCES,
        "months": tuple(order.months),
        "rows": rows,
        "covers": {person_id: sorted(months) for person_id, months in covers.items()},
        **await parts_facts(call, order),
        "paging": paging,
    }


async def status_facts(call: Call, order: Order) -> Facts:
    """Give what `amounts/templates/status.html` shows, which follows the news."""
    supplement = None
    if order.kind is OrderKind.REGULAR and order.state in _LIVE:
        supplement = await orders.draft_of(call.connection, order.employer_id, order.kind, order.months)
    return {
        "order": order_view(order),
        "state": ORDER_STATES[order.state],
        "progress": await progress.of_order(call.connection, order),
        "live": order.state in _LIVE,
        "supplement": supplement,
        "path": f"/employer/orders/{order.id}",
    }


async def parts_facts(call: Call, order: Order) -> Facts:
    """Give what `back_payments/templates/parts.html` shows, which follows the news, too."""
    return {
        "order": order_view(order),
        "parts": [order_view(part) for part in await orders.parts_of(call.connection, order)],
    }


async def events_facts(call: Call, order: Order) -> Facts:
    """Give what `amounts/templates/events.html` shows."""
    return {"events": await timelines.of_order(call.connection, order.id)}
