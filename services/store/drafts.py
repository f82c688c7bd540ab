"""Filling a draft: everybody who can be paid, and amounts that were typed.

Where an amount came from is decided here and never by whoever types it: one that equals the proposal is the file's or the
carried one, any other was designated (指定汇缴, F84), and the reviewer sees which (design §12).
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Final

import attrs

from libsubsidy import (
    AmountSource,
    Money,
    Month,
    OrderKind,
    OrderLine,
    OrderState,
    Policy,
    Roster,
    Violation,
    default_amount,
)
from services.store import order_lines, orders, rosters, submissions
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.orders import Order
from services.store.refusals import RefusedError, refuse, violation
from services.store.rosters import RosterScope

# One request; an order has as many as it needs.
TYPED_LINES_MAX: Final = 1_000


@attrs.frozen(kw_only=True)
class TypedLine:
    """One person's month as an employer gives it.

    Attributes:
        month: for a lump sum its label.
        amount: None takes the proposal.
        carry_over: False: 仅本月.
        covers: for a lump sum of missed months, which.
    """

    person_id: int
    month: Month
    amount: Money | None = None
    carry_over: bool = True
    covers: frozenset[Month] = frozenset()


class LinesRefusedError(RefusedError):
    """Some of the lines that were given cannot be; nothing was written.

    Attributes:
        places: for each violation, which line it is about, from 0.
    """

    def __init__(self, found: Sequence[tuple[int, Violation]]) -> None:
        super().__init__(*(each for _, each in found))
        self.places = tuple(place for place, _ in found)


async def put(
    connection: Connection,
    order_id: int,
    version: int,
    typed: Sequence[TypedLine],
    *,
    remove: Sequence[tuple[int, Month]] = (),
    replace: bool = False,
    policy: Policy,
) -> Order:
    """Write a page of lines into a draft; as `order_lines.put`, with proposals for amounts and the source of each.

    Raises:
        LinesRefusedError: somebody does not work here, a month is not the order's, an amount is missing, a line stands
            twice, or a lump sum makes good too many months.
        RefusedError: as `order_lines.put`.
    """
    order = await orders.get(connection, order_id)
    roster: Roster = {}
    if typed:
        scope = RosterScope.around(
            order.employer_id,
            (order.months.first, order.months.last),
            person_ids=sorted({line.person_id for line in typed}),
            history=False,
        )
        roster = await rosters.load(connection, scope)
    lines, broken = await off_loop(len(typed), _lines, order, typed, roster, policy)
    if broken:
        raise LinesRefusedError(broken)
    return await order_lines.put(
        connection,
        order_id,
        version,
        lines,
        covers={line.person_id: line.covers for line in typed if line.covers},
        remove=remove,
        replace=replace,
        policy=policy,
    )


async def fill(connection: Connection, order: Order, *, policy: Policy, today: date) -> Order:
    """Put everybody who can be paid into a new draft, with the proposed amounts; of a back-payment the first month only.

    Raises:
        RefusedError: a lump sum's amounts are all typed; there is nothing to fill in.
    """
    if order.kind not in {OrderKind.REGULAR, OrderKind.MONTHLY}:
        raise refuse("FILL_NEEDS_AMOUNTS")
    sheet = await submissions.preview(
        connection, order.employer_id, order.kind, order.months.first, policy=policy, today=today
    )
    return await _write(connection, order, sheet.lines, policy)


async def fill_month(
    connection: Connection, order_id: int, version: int, month: Month, *, policy: Policy, today: date
) -> Order:
    """Put everybody else who can be paid for a month into a draft, with the proposed amounts; lines that are there stay.

    Raises:
        RefusedError: the month is not the order's, there are no proposals for a lump sum, or as `order_lines.put`.
    """
    order = await orders.get(connection, order_id)
    if order.kind not in {OrderKind.REGULAR, OrderKind.MONTHLY}:
        raise refuse("FILL_NEEDS_AMOUNTS")
    refuse_other_month(order, month)
    there = await order_lines.people(connection, order_id, month)
    sheet = await submissions.preview(connection, order.employer_id, order.kind, month, policy=policy, today=today)
    missing = await off_loop(len(sheet.lines), _without, sheet.lines, there)
    return await _write(connection, attrs.evolve(order, version=version), missing, policy, replace=False)


async def empty_month(connection: Connection, order_id: int, version: int, month: Month, *, policy: Policy) -> Order:
    """Take everybody out of a month of a draft.

    Raises:
        RefusedError: the month is not the order's, or as `order_lines.empty`.
    """
    refuse_other_month(await orders.get(connection, order_id), month)
    return await order_lines.empty(connection, order_id, version, month, policy)


def refuse_other_month(order: Order, month: Month) -> None:
    """Refuse a month that is none of the order's.

    Raises:
        RefusedError: MONTH_OUTSIDE_ORDER.
    """
    if month not in order.months:
        raise refuse(
            "MONTH_OUTSIDE_ORDER", month=str(month), first=str(order.months.first), last=str(order.months.last)
        )


def _without(lines: Sequence[OrderLine], people: Collection[int]) -> tuple[OrderLine, ...]:
    return tuple(line for line in lines if line.person_id not in people)


async def throw_away(connection: Connection, order_id: int) -> None:
    """Throw a draft away that has never been handed in; what the bureau has seen once stays for good.

    Raises:
        RefusedError: it is absent, no draft any more, or was handed in before.
    """
    order = await orders.get(connection, order_id)
    locked = await connection.fetchrow(
        "SELECT state, submitted_at FROM remittance_order WHERE id = $1 FOR UPDATE", order.id
    )
    if locked is None or locked["state"] != OrderState.DRAFT.value:
        raise refuse("ORDER_FROZEN")
    if locked["submitted_at"] is not None:
        raise refuse("ORDER_SEEN", order=order.id)
    for table in ("order_line", "lump_cover"):
        await connection.execute(f"DELETE FROM {table} WHERE order_id = $1", order.id)
    await connection.execute(
        """
        WITH gone AS (DELETE FROM remittance_order WHERE id = $1 RETURNING employer_id, id, state)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
        SELECT employer_id, 'order', id, state, 'thrown_away' FROM gone
        """,
        order.id,
    )


def _lines(
    order: Order, typed: Sequence[TypedLine], roster: Roster, policy: Policy
) -> tuple[tuple[OrderLine, ...], tuple[tuple[int, Violation], ...]]:
    lines: list[OrderLine] = []
    broken: list[tuple[int, Violation]] = []
    seen: set[tuple[int, Month]] = set()
    for place, line in enumerate(typed):
        found = tuple(_wrong(order, line, roster, policy))
        if (key := (line.person_id, line.month)) in seen and (member := roster.get(line.person_id)) is not None:
            found += (Violation.of("DUPLICATE_LINE", name=member.employment.name, month=str(line.month)),)
        seen.add(key)
        broken += [(place, each) for each in found]
        if not found:
            lines.append(_line(order, line, roster))
    return tuple(lines), tuple(broken)


def _wrong(order: Order, line: TypedLine, roster: Roster, policy: Policy) -> Iterator[Violation]:
    member = roster.get(line.person_id)
    if member is None:
        yield Violation.of("NOT_EMPLOYED", person=line.person_id)
        return
    name, month = member.employment.name, str(line.month)
    if line.month not in order.months:
        first, last = str(order.months.first), str(order.months.last)
        yield Violation.of("LINE_OUTSIDE_MONTHS", name=name, month=month, first=first, last=last)
    elif line.amount is None and (_is_lump(order) or default_amount(member.employment, line.month) is None):
        yield violation("AMOUNT_MISSING", name=name, month=month)
    elif line.amount is not None and line.amount.fen <= 0:
        yield Violation.of("AMOUNT_NOT_POSITIVE", name=name, month=month, amount=str(line.amount))
    if len(line.covers) > policy.lump_missed_months_max:
        limit = policy.lump_missed_months_max
        yield Violation.of("LUMP_COVERS_TOO_MANY", name=name, months=len(line.covers), limit=limit)


def _line(order: Order, line: TypedLine, roster: Roster) -> OrderLine:
    proposed = None if _is_lump(order) else default_amount(roster[line.person_id].employment, line.month)
    amount, source = line.amount, AmountSource.DESIGNATED
    if proposed is not None and amount in {None, proposed.amount}:
        amount, source = proposed.amount, proposed.source
    assert amount is not None  # noqa: S101 -- _wrong has refused a line with neither.
    return OrderLine(
        person_id=line.person_id, month=line.month, amount=amount, source=source, carry_over=line.carry_over
    )


def _is_lump(order: Order) -> bool:
    return order.kind in {OrderKind.LUMP_DIFFERENCE, OrderKind.LUMP_MISSED}


async def _write(
    connection: Connection, order: Order, lines: Sequence[OrderLine], policy: Policy, *, replace: bool = True
) -> Order:
    """Write very many lines into a draft, at first instead of all that it has."""
    if len(lines) > policy.order_lines_max:
        raise RefusedError(Violation.of("ORDER_TOO_LARGE", lines=len(lines), limit=policy.order_lines_max))
    parts = [
        lines[start : start + order_lines.LINES_PER_CALL_MAX]
        for start in range(0, len(lines), order_lines.LINES_PER_CALL_MAX)
    ]
    for number, part in enumerate(parts or [()]):
        order = await order_lines.put(
            connection, order.id, order.version, part, replace=replace and number == 0, policy=policy
        )
    return order
