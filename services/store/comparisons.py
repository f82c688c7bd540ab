"""与上月比较: the lines of a month beside those of the last month that was remitted, over all orders of the employer.

Several orders may pay one month, each its own people (D-15): a supplementary order is compared together with the orders that
are live for its month already, or everybody in those would seem to have left.
"""

import attrs

from libsubsidy import Comparison, Month, OrderLine, compare_lines
from services.store import order_lines
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.orders import Order
from services.store.shared_values import month_if_any


@attrs.frozen(kw_only=True)
class MonthComparison:
    """An order's month beside the last one that was remitted.

    Attributes:
        month: the order's.
        earlier: the one that it is compared with; None when nothing was remitted before.
        other_orders: how many live orders pay the order's month, too; their lines are among those compared.
    """

    month: Month
    earlier: Month | None
    other_orders: int
    comparison: Comparison


async def of_order(connection: Connection, order: Order, month: Month) -> MonthComparison:
    """Compare one month of an order with the last regular month before it that is live: submitted, approved or credited."""
    earlier = month_if_any(
        await connection.fetchval(
            """
            SELECT max(first_month) FROM remittance_order
            WHERE employer_id = $1 AND kind = 'regular' AND state IN ('submitted', 'approved', 'credited')
              AND first_month < $2
            """,
            order.employer_id,
            month.first_day,
        )
    )
    before: tuple[OrderLine, ...] = ()
    if earlier is not None:
        before, _ = await _live(connection, order.employer_id, earlier, except_order=None)
    others, other_orders = await _live(connection, order.employer_id, month, except_order=order.id)
    after = (*others, *await order_lines.read(connection, order.id, month))
    compared = await off_loop(len(before) + len(after), compare_lines, before, after)
    return MonthComparison(month=month, earlier=earlier, other_orders=other_orders, comparison=compared)


async def _live(
    connection: Connection, employer_id: int, month: Month, *, except_order: int | None
) -> tuple[tuple[OrderLine, ...], int]:
    """Return the lines of every live regular order of a month, and how many orders these are."""
    ids = [
        row["id"]
        for row in await connection.fetch(
            """
            SELECT id FROM remittance_order
            WHERE employer_id = $1 AND kind = 'regular' AND state IN ('submitted', 'approved', 'credited')
              AND first_month = $2 AND id IS DISTINCT FROM $3 ORDER BY id
            """,
            employer_id,
            month.first_day,
            except_order,
        )
    ]
    lines: tuple[OrderLine, ...] = ()
    for order_id in ids:
        lines += await order_lines.read(connection, order_id, month)
    return lines, len(ids)
