"""What an employer does with an order: look at the sheet of a month, submit, retract, revise.

Submitting judges the order by libsubsidy, claims its months and freezes its totals, all under the order's lock. What
fails leaves the draft as it was; the caller's transaction need not even be rolled back.
"""

from collections.abc import Sequence
from datetime import date
from functools import partial

import attrs

from libsubsidy import (
    Money,
    Month,
    OrderEvent,
    OrderKind,
    OrderLine,
    Policy,
    Roster,
    Sheet,
    Violation,
    default_amount,
    eligible,
    regular_sheet,
)
from services.store import checking, claims, order_contents, orders, rosters
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.orders import Order
from services.store.refusals import RefusedError
from services.store.rosters import RosterScope


async def preview(
    connection: Connection,
    employer_id: int,
    kind: OrderKind,
    month: Month,
    *,
    person_ids: Sequence[int] | None = None,
    policy: Policy,
    today: date,
) -> Sheet:
    """List who can be paid for a month with which amount, who cannot, and why (查询, F80).

    For a monthly back-payment it is the page of one month, with the file's or carried amounts as a proposal; a lump sum's
    amounts are all typed.

    Args:
        connection: inside the caller's transaction.
        employer_id: whose people.
        kind: what would be ordered.
        month: the month asked for.
        person_ids: only these; None for everybody.
        policy: the bureau's numbers.
        today: the day of the bureau.

    Raises:
        RefusedError: the employer cannot order.
    """
    await orders.refuse_who_cannot_order(connection, employer_id)
    scope = RosterScope.around(employer_id, [month], person_ids=person_ids, history=kind is not OrderKind.REGULAR)
    roster = await rosters.load(connection, scope)
    return await off_loop(len(roster), _sheet, kind, month, roster, policy, today)


def _sheet(kind: OrderKind, month: Month, roster: Roster, policy: Policy, today: date) -> Sheet:
    if kind is OrderKind.REGULAR:
        return regular_sheet(month, roster, policy, today)
    lines: list[OrderLine] = []
    missing: dict[int, tuple[Violation, ...]] = {}
    without_amount: list[int] = []
    for person_id, member in roster.items():
        refusals = eligible(member.employment, month, kind, member.live, policy, today)
        proposed = default_amount(member.employment, month) if kind is OrderKind.MONTHLY else None
        if refusals:
            missing[person_id] = refusals
        elif proposed is None:
            without_amount.append(person_id)
        else:
            lines.append(OrderLine(person_id=person_id, month=month, amount=proposed.amount, source=proposed.source))
    return Sheet(tuple(lines), missing, tuple(without_amount))


async def submit(
    connection: Connection, order_id: int, version: int, *, policy: Policy, today: date, shown: Money | None = None
) -> Order:
    """Hand a draft to the bureau; from here on its lines do not change.

    Where the employer wants it checked, a clerk's draft is judged and waits for a colleague instead, and claims nothing yet.

    Args:
        connection: inside the caller's transaction.
        order_id: the draft.
        version: the one seen.
        policy: the bureau's numbers.
        today: the day of the bureau.
        shown: the total that the page showed, compared with a fresh sum.

    Raises:
        RefusedError: with everything that the rules have against it; a month taken meanwhile by another order is
            MONTH_ALREADY_LIVE, too, and names that order.
    """
    (order,) = await orders.lock_for(connection, OrderEvent.SUBMIT, {order_id: version})
    await orders.refuse_who_cannot_order(connection, order.employer_id)
    waits = await checking.waits_for_colleague(connection, order.employer_id)
    if not waits:
        await checking.refuse_own_order(connection, order_id)
    # A savepoint, so that a caller who goes on after a refusal has claimed nothing.
    async with connection.transaction():
        judgement = await order_contents.judge(
            connection, order, policy, today, claiming=None if waits else partial(claims.take, connection, order)
        )
        broken, total = judgement.broken, judgement.broken_total
        if shown is not None and shown != judgement.total:
            broken += (Violation.of("ORDER_TOTAL_DIFFERS", shown=str(shown), total=str(judgement.total)),)
            total += 1
        if broken:
            raise RefusedError(*broken, total=total)
        await connection.execute(
            "UPDATE remittance_order SET total_fen = $2, line_count = $3, person_count = $4 WHERE id = $1",
            order_id,
            judgement.total.fen,
            judgement.lines,
            judgement.people,
        )
        if waits:
            # What waits already, and has not come back, is not handed over again: the version that the colleague sees stays.
            if not order.waits_for_colleague or order.remark:
                await checking.hand_over(connection, order_id)
            return await orders.get(connection, order_id)
        (submitted,) = await orders.move(connection, [order], OrderEvent.SUBMIT)
    return submitted


async def retract(connection: Connection, order_id: int, version: int) -> Order:
    """Take a submitted order back before anybody has decided it; its months are free again.

    Raises:
        RefusedError: it is absent, changed, or was decided.
    """
    locked = await orders.lock_for(connection, OrderEvent.RETRACT, {order_id: version})
    await claims.release(connection, [order_id])
    (retracted,) = await orders.move(connection, locked, OrderEvent.RETRACT)
    return retracted


async def revise(connection: Connection, order_id: int, version: int) -> Order:
    """Make a draft again of an order that was returned or retracted.

    Raises:
        RefusedError: it is absent, changed, or in another state.
    """
    locked = await orders.lock_for(connection, OrderEvent.REVISE, {order_id: version})
    (revised,) = await orders.move(connection, locked, OrderEvent.REVISE)
    await checking.take_over(connection, order_id)
    return attrs.evolve(revised, waits_for_colleague=False)
