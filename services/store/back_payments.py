"""补缴 as a whole: a longer one as several orders, and how much stands on the page of each month (F90, F93)."""

from datetime import date
from typing import Final

import attrs

from libsubsidy import Money, Month, MonthRange, OrderKind, Policy, check_split, split_back_payment
from services.store import drafts, orders
from services.store.database import Connection
from services.store.orders import Order
from services.store.refusals import RefusedError
from services.store.shared_values import month_of

_NOTHING: Final = Money(fen=0)


@attrs.frozen(kw_only=True)
class MonthPage:
    """What stands on the page of one month (每月一页)."""

    month: Month
    lines: int = 0
    total: Money = _NOTHING


async def split(
    connection: Connection, employer_id: int, months: MonthRange, *, fill: bool = False, policy: Policy, today: date
) -> tuple[Order, ...]:
    """Make a draft for each part of a monthly back-payment, which may be longer than one order can be.

    Args:
        connection: inside the caller's transaction.
        employer_id: whose.
        months: 补缴起止月份, both included.
        fill: put everybody who can be paid on the very first page; the other orders get it from there.
        policy: the bureau's numbers.
        today: the day of the bureau.

    Raises:
        RefusedError: there would be too many orders, a month lies ahead, or the employer cannot order.
    """
    if broken := check_split(months, policy, today):
        raise RefusedError(*broken)
    parts = split_back_payment(months, policy)
    made = [await orders.create(connection, employer_id, OrderKind.MONTHLY, part) for part in parts]
    if len(made) > 1:
        whole = made[0].id
        await connection.execute(
            "UPDATE remittance_order SET part_of = $1 WHERE id = ANY ($2)", whole, [order.id for order in made]
        )
        made = [attrs.evolve(order, part_of=whole) for order in made]
    if fill:
        made[0] = await drafts.fill(connection, made[0], policy=policy, today=today)
    return tuple(made)


async def month_pages(connection: Connection, order: Order) -> tuple[MonthPage, ...]:
    """Say for every month of an order, also for one without lines, how much stands there."""
    rows = await connection.fetch(
        "SELECT month, count(*) AS lines, sum(amount_fen) AS fen FROM order_line WHERE order_id = $1 GROUP BY month",
        order.id,
    )
    filled = {
        (month := month_of(row["month"])): MonthPage(month=month, lines=row["lines"], total=Money(fen=int(row["fen"])))
        for row in rows
    }
    return tuple(filled.get(month) or MonthPage(month=month) for month in order.months)
