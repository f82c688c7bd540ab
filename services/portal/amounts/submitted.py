"""What the page of an order shows once it has been submitted."""

from services.portal.calls import Call
from services.portal.orders.views import order_view
from services.portal.pages.registry import Facts
from services.portal.pages.words import ORDER_STATES
from services.store.orders import Order


async def submitted_facts(call: Call, order: Order) -> Facts:  # noqa: ARG001 - more of it is read from the store.
    """Give what `amounts/templates/order.html` shows."""
    return {"order": order_view(order), "state": ORDER_STATES[order.state]}
