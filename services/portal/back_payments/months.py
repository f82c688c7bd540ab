"""每月一页: how much stands on the page of each month, and the other orders of a back-payment that was split (F93)."""

import attrs

from libsubsidy import Money, Month
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.orders.orders import own_order
from services.portal.orders.views import OrderView, order_view
from services.portal.roles import EMPLOYERS
from services.store import back_payments, orders

months = Endpoints(tag="汇缴申请 orders")


@attrs.frozen(kw_only=True)
class MonthPageView:
    """The page of one month.

    Attributes:
        lines: how many people are paid for it.
        total: of their amounts.
    """

    month: Month
    lines: int
    total: Money


@attrs.frozen(kw_only=True)
class MonthPages:
    """All pages of an order.

    Attributes:
        order: as it is now.
        pages: one for each of its months.
        parts: all orders of the back-payment that was split, this one too, by their months; empty where it was not.
    """

    order: OrderView
    pages: tuple[MonthPageView, ...]
    parts: tuple[OrderView, ...]


@months.get("/orders/{order_id}/months", who=EMPLOYERS, scope="orders:read")
async def get_months(call: Call, order_id: int) -> MonthPages:
    """Say how much stands on the page of each month of an order."""
    order = await own_order(call, order_id)
    pages = await back_payments.month_pages(call.connection, order)
    return MonthPages(
        order=order_view(order),
        pages=tuple(MonthPageView(month=page.month, lines=page.lines, total=page.total) for page in pages),
        parts=tuple(map(order_view, await orders.parts_of(call.connection, order))),
    )
