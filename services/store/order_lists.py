"""Orders as lists show them: an employer's newest, or by state and month; and how far an employer has come."""

from datetime import date
from typing import Final

import attrs

from libsubsidy import Month, OrderState
from services.store.database import Connection
from services.store.orders import ORDER_COLUMNS, ORDERS_PER_PAGE_MAX, Order, order_of
from services.store.shared_values import month_if_any


async def of_employer(
    connection: Connection,
    employer_id: int,
    *,
    state: OrderState | None = None,
    before: int | None = None,
    limit: int = ORDERS_PER_PAGE_MAX,
) -> tuple[Order, ...]:
    """Return the newest orders of an employer, those made before `before` (an order's id) if it is given."""
    rows = await connection.fetch(
        f"""
        SELECT {ORDER_COLUMNS} FROM remittance_order
        WHERE employer_id = $1 AND ($2::bigint IS NULL OR id < $2) AND ($4::text IS NULL OR state = $4)
        ORDER BY id DESC LIMIT $3
        """,
        employer_id,
        before,
        min(limit, ORDERS_PER_PAGE_MAX + 1),  # One more tells whether there is another page.
        None if state is None else state.value,
    )
    return tuple(order_of(row) for row in rows)


@attrs.frozen(kw_only=True)
class Wanted:
    """Which orders of a list.

    Attributes:
        state: only those in this state.
        month: only those that pay this month.
    """

    state: OrderState | None = None
    month: Month | None = None


_WANTED: Final = """employer_id = $1 AND ($2::text IS NULL OR state = $2)
    AND ($3::date IS NULL OR $3 BETWEEN first_month AND last_month)"""


async def count(connection: Connection, employer_id: int, wanted: Wanted) -> int:
    """Count the orders of a list."""
    found: int = await connection.fetchval(
        f"SELECT count(*) FROM remittance_order WHERE {_WANTED}", employer_id, *_parameters(wanted)
    )
    return found


async def page(
    connection: Connection, employer_id: int, wanted: Wanted, *, limit: int, offset: int
) -> tuple[Order, ...]:
    """Return a page of a list by its place, the newest order first."""
    rows = await connection.fetch(
        f"SELECT {ORDER_COLUMNS} FROM remittance_order WHERE {_WANTED} ORDER BY id DESC LIMIT $4 OFFSET $5",
        employer_id,
        *_parameters(wanted),
        min(limit, ORDERS_PER_PAGE_MAX),
        offset,
    )
    return tuple(order_of(row) for row in rows)


def _parameters(wanted: Wanted) -> tuple[str | None, date | None]:
    return (
        None if wanted.state is None else wanted.state.value,
        None if wanted.month is None else wanted.month.first_day,
    )


@attrs.frozen(kw_only=True)
class LastMonths:
    """How far an employer has come.

    Attributes:
        paid: the last month that has been credited, or that its opening balances are paid through.
        asked: the last month that it has paid or asked to pay; what is asked for may still wait for its review or its money.
    """

    paid: Month | None
    asked: Month | None


async def last_months(connection: Connection, employer_id: int) -> LastMonths:
    """Return the last months that an employer has paid and has asked for by a regular remittance."""
    row = await connection.fetchrow(
        """
        SELECT greatest(done.credited, opened.paid_through) AS paid, greatest(done.live, opened.paid_through) AS asked
        FROM (SELECT max(first_month) FILTER (WHERE state = 'credited') AS credited, max(first_month) AS live
              FROM remittance_order
              WHERE employer_id = $1 AND kind = 'regular' AND state IN ('submitted', 'approved', 'credited')) done,
             (SELECT max(paid_through) AS paid_through FROM employment WHERE employer_id = $1) opened
        """,
        employer_id,
    )
    assert row is not None  # noqa: S101 -- an aggregate always has its row.
    return LastMonths(paid=month_if_any(row["paid"]), asked=month_if_any(row["asked"]))
