"""The pages of 汇缴申请: 新增汇缴申请, and one order: while it is a draft its sheet, afterwards what became of it (F76-F88).

点击新增汇缴申请 选择汇缴月份，汇缴方式（汇缴/补缴），然后点击查询按钮      manual L367-L368
"""

from typing import Any, Final

from libsubsidy import OrderState
from services.portal.amounts.submitted import OrderQuery, submitted_facts
from services.portal.calls import Call
from services.portal.orders.orders import own_order
from services.portal.orders.views import order_view
from services.portal.pages.registry import Facts, Pages
from services.portal.pages.words import ORDER_STATES
from services.portal.roles import EMPLOYERS
from services.store import checking
from services.store.orders import Order

pages = Pages()

PATH: Final = "/employer/orders"


@pages.page(f"{PATH}/{{order_id}}", who=EMPLOYERS, title="汇缴申请", template="orders/templates/order.html", entry=PATH)
async def order(call: Call, order_id: int, query: OrderQuery) -> Facts:
    """Show an order: its sheet to fill in while it is a draft, afterwards what became of it."""
    found = await own_order(call, order_id)
    if found.state is OrderState.DRAFT:
        waits = await checking.waits_for_colleague(call.connection, call.employer_id)
        return _sheet(found, query) | {"is_checked": waits}
    return {"part": "amounts/templates/order.html", **await submitted_facts(call, found, query)}


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
