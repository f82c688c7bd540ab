"""Claims: who holds a person's month. It is live once over all employers, orders and backfills (I9, I12, D-4).

A claim is a row with the primary key (person, month), so that of two orders submitted at the same moment PostgreSQL
itself lets one through. Claims are taken on submit and let go on return, rejection, retraction and cancellation; those of a
backfill go with the state of its application (`applications.move`).
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import attrs
from asyncpg import Record, UniqueViolationError

from libsubsidy import LiveMonth, Month, OrderKind, Violation, month_held
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.orders import Order
from services.store.refusals import RefusedError, refuse
from services.store.rosters import how_far, order_ref

# A taken month that is let go while we look at who holds it is tried again; who loses this often is told to reload.
_TRIES_MAX: Final = 3
# The driver writes the arrays of one statement in one go, and nothing else happens meanwhile.
_CLAIMS_PER_STATEMENT: Final = 10_000


@attrs.frozen(kw_only=True)
class _Holder:
    """Who takes months: an order or a backfill, never both.

    Attributes:
        kind: of the order; None for a backfill.
    """

    employer_id: int
    order_id: int | None = None
    application_id: int | None = None
    kind: OrderKind | None = None

    def changed(self) -> RefusedError:
        """Say that others took and gave up what it wants, all the time."""
        name = self.order_id if self.application_id is None else f"application-{self.application_id}"
        zh, en = ("订单", "order") if self.application_id is None else ("申请", "application")
        return refuse("STALE_VERSION/named", what_zh=f"{zh} {name}", what_en=f"{en} {name}")


async def take(connection: Connection, order: Order, months: Sequence[tuple[int, Month]]) -> None:
    """Claim the months (person, month) of an order, in one statement; all or none.

    Raises:
        RefusedError: MONTH_ALREADY_LIVE for each month that somebody else holds, naming the employer and the order.
    """
    await _take(connection, _Holder(employer_id=order.employer_id, order_id=order.id, kind=order.kind), months)


async def take_backfilled(
    connection: Connection, employer_id: int, application_id: int, months: Sequence[tuple[int, Month]]
) -> None:
    """Claim the months of a backfill instead of those that it held before; all or none.

    Raises:
        RefusedError: as `take`.
    """
    await connection.execute("DELETE FROM claim WHERE application_id = $1", application_id)
    await _take(connection, _Holder(employer_id=employer_id, application_id=application_id), months)


async def _take(connection: Connection, holder: _Holder, months: Sequence[tuple[int, Month]]) -> None:
    slices = await off_loop(len(months), _slices, months)
    for _ in range(_TRIES_MAX):
        try:
            # A savepoint, so that a caller who goes on after the refusal has not taken half of them. And no ON CONFLICT,
            # which would look for each month twice: that one is taken by now is rare, the rules have looked before.
            async with connection.transaction():
                for person_ids, days in slices:
                    await connection.execute(
                        """
                        INSERT INTO claim (person_id, month, employer_id, order_id, application_id)
                        SELECT person_id, month, $2, $1, $3
                        FROM unnest($4::bigint[], $5::date[]) AS wanted (person_id, month)
                        """,
                        holder.order_id,
                        holder.employer_id,
                        holder.application_id,
                        person_ids,
                        days,
                    )
        except UniqueViolationError:
            held = [each for wanted in slices for each in await _held_by_others(connection, holder, *wanted)]
            if held:
                raise RefusedError(*held) from None
        else:
            return
    raise holder.changed()


def _slices(months: Sequence[tuple[int, Month]]) -> list[tuple[list[int], list[date]]]:
    # In one order for everybody: two orders with the same people wait, but never for each other.
    ordered = sorted((person_id, month.first_day) for person_id, month in months)
    return [
        ([person_id for person_id, _ in part], [day for _, day in part])
        for start in range(0, len(ordered), _CLAIMS_PER_STATEMENT)
        if (part := ordered[start : start + _CLAIMS_PER_STATEMENT])
    ]


async def release(connection: Connection, order_ids: Sequence[int]) -> None:
    """Let go what the orders hold."""
    await connection.execute("DELETE FROM claim WHERE order_id = ANY ($1)", list(order_ids))


async def count(connection: Connection, order_ids: Sequence[int]) -> int:
    """Count what the orders hold."""
    held: int = await connection.fetchval("SELECT count(*) FROM claim WHERE order_id = ANY ($1)", list(order_ids))
    return held


async def _held_by_others(
    connection: Connection, holder: _Holder, person_ids: Sequence[int], days: Sequence[date]
) -> list[Violation]:
    rows = await connection.fetch(
        """
        SELECT p.name, c.month, other.name AS employer, c.order_id, c.application_id, o.state,
               CASE WHEN c.application_id IS NOT NULL THEN EXISTS (
                   SELECT FROM application a WHERE a.id = c.application_id AND a.state = 'approved') END AS backfilled
        FROM unnest($3::bigint[], $4::date[]) AS wanted (person_id, month)
        JOIN claim c USING (person_id, month)
        JOIN employer other ON other.id = c.employer_id
        JOIN person p ON p.id = c.person_id
        LEFT JOIN remittance_order o ON o.id = c.order_id
        WHERE (c.order_id, c.application_id) IS DISTINCT FROM ($1::bigint, $2::bigint)
        ORDER BY p.name_pinyin, p.name, p.id, c.month
        """,
        holder.order_id,
        holder.application_id,
        list(person_ids),
        list(days),
    )
    return [_refusal(holder, row) for row in rows]


def _refusal(holder: _Holder, row: Record) -> Violation:
    name, month = row["name"], Month.of(row["month"])
    other = LiveMonth(
        employer_name=row["employer"],
        order_ref=order_ref(row["order_id"], row["application_id"]),
        state=how_far(row["state"], row["backfilled"]),
    )
    if holder.kind is not None:
        return month_held(name, month, other, holder.kind)
    return Violation.of(
        "MONTH_ALREADY_LIVE/backfill", name=name, month=str(month), employer=other.employer_name, order=other.order_ref
    )
