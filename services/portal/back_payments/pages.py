"""What the pages of 补缴 ask for by themselves: what may be said of the months that somebody has just chosen (F89-F92)."""

import attrs

from libsubsidy import Month, MonthError, MonthRange, OrderKind
from services.portal.back_payments.splits import verdict
from services.portal.calls import Call
from services.portal.pages.registry import Facts, Pages
from services.portal.roles import EMPLOYERS

pages = Pages()


@attrs.frozen(kw_only=True)
class RangeQuery:
    """Which months somebody has chosen.

    Attributes:
        kind: monthly 按月补缴; lump_difference, lump_missed 一次性补缴.
    """

    kind: OrderKind = OrderKind.MONTHLY
    first: Month
    last: Month


@pages.part("/employer/orders/range", who=EMPLOYERS, template="back_payments/templates/verdict.html")
async def chosen_range(call: Call, query: RangeQuery) -> Facts:
    """Say how many months they are, why they are too many, how they can be split, and whom the start month keeps out."""
    try:
        months = MonthRange(query.first, query.last)
    except MonthError as error:
        return {"broken": (error.violation,), "verdict": None, "months": None}
    found = await verdict(call, query.kind, months)
    return {"broken": found.broken, "verdict": found, "months": months}
