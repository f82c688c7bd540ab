"""全部应用第一页信息: people and amounts of the first month for all others (F94)."""

from typing import Final

import attrs

from libsubsidy import Violation
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.orders.orders import own_order
from services.portal.orders.views import OrderView, order_view
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.store import first_pages as stored

first_pages = Endpoints(tag="汇缴申请 orders")

# Twenty thousand people in twelve months are 240,000 lines.
_SECONDS_MAX: Final = 120.0


@attrs.frozen(kw_only=True)
class FirstPage:
    """What is applied to the months of an order.

    Attributes:
        version: of the order, as it was seen.
        first_page_of: of a back-payment that was split: the earlier order whose first page is meant; left out: this order's.
        overwrite: replace what other months hold already; if false, PAGES_EDITED names the months that would be overwritten.
    """

    version: int
    first_page_of: Id | None = None
    overwrite: bool = True


@attrs.frozen(kw_only=True)
class CopiedPages:
    """A back-payment whose months now have the people and amounts of the first.

    Attributes:
        changed: how many lines are not as they were.
        skipped: who was left out of which month, and why; at most 200 of them.
        skipped_total: how many there are.
    """

    order: OrderView
    changed: int
    skipped: tuple[Violation, ...]
    skipped_total: int


@first_pages.post("/orders/{order_id}/apply-first-page", who=EMPLOYERS, scope="orders:write", seconds_max=_SECONDS_MAX)
async def apply_first_page(call: Call, order_id: int, body: FirstPage) -> CopiedPages:
    """Copy people and amounts of the first month to all others of a monthly back-payment (全部应用第一页信息)."""
    await own_order(call, order_id)
    if body.first_page_of is not None:
        await own_order(call, body.first_page_of)
    applied = await stored.apply(
        call.connection,
        order_id,
        body.version,
        first_page_of=body.first_page_of,
        overwrite=body.overwrite,
        policy=call.portal.policy,
        today=call.today,
    )
    return CopiedPages(
        order=order_view(applied.order),
        changed=applied.changed,
        skipped=applied.skipped,
        skipped_total=applied.skipped_total,
    )
