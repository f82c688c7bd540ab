"""An order with all it says, and what the rules of libsubsidy say about it.

Here stored rows become the values that the library judges, and nothing is decided that the library decides.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date
from typing import Final, ParamSpec, TypeVar

import attrs
from asyncpg import Record

from libsubsidy import (
    BackPayment,
    BackPaymentKind,
    Money,
    Month,
    OrderKind,
    OrderLine,
    Policy,
    Roster,
    Violation,
    advise_back_payment,
    advise_regular_order,
    check_back_payment,
    check_regular_order,
    claimed_months,
    order_totals,
)
from services.store import order_lines, rosters
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.order_lines import Covers
from services.store.orders import Order
from services.store.rosters import EVERYBODY, RosterRows, RosterScope

# Of more people the first and the last are named, and perhaps some between them are read who are not in the order.
_PEOPLE_NAMED_MAX: Final = 500
# More than any policy allows, so that such an order has one part.
_ALL_LINES: Final = 1_000_000
_NOTHING: Final = Money(fen=0)

P = ParamSpec("P")
T = TypeVar("T")


@attrs.frozen(kw_only=True)
class OrderContents:
    """An order, its lines, and for a lump sum of missed months the months it covers."""

    order: Order
    lines: tuple[OrderLine, ...]
    covers: Covers

    def claims(self) -> tuple[tuple[int, Month], ...]:
        """Give every (person, month) that the order holds while it is live."""
        if self.order.kind is OrderKind.REGULAR:
            return tuple(sorted((line.person_id, line.month) for line in self.lines))
        return claimed_months(self._back_payment())

    def check(self, roster: Roster, policy: Policy, today: date) -> tuple[Violation, ...]:
        """Say what keeps the order from being submitted."""
        if self.order.kind is OrderKind.REGULAR:
            return check_regular_order(self.order.months.first, self.lines, roster, policy, today)
        return check_back_payment(self._back_payment(), roster, policy, today)

    def advice(self, roster: Roster) -> tuple[Violation, ...]:
        """Say what is allowed and yet worth a reviewer's look."""
        if self.order.kind is OrderKind.REGULAR:
            return advise_regular_order(self.lines, roster)
        return advise_back_payment(self._back_payment(), roster)

    def scope(self, *, except_order: int | None = None, amounts: bool = False) -> RosterScope:
        """Say whom and which months the rules need to know; advice needs to know amounts, too."""
        people = sorted({line.person_id for line in self.lines} | self.covers.keys())
        return _scope(self.order, people, self.covers, except_order=except_order, amounts=amounts)

    async def off_loop(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do pure work on all that the order says, in a thread if that is much."""
        rows = len(self.lines) + sum(map(len, self.covers.values()))
        return await off_loop(rows, work, *args, **kwargs)

    def _back_payment(self) -> BackPayment:
        return BackPayment(
            kind=BackPaymentKind(self.order.kind.value),
            months=self.order.months,
            lines=self.lines,
            covers=self.covers,
        )


async def read(connection: Connection, order: Order) -> OrderContents:
    """Read what an order says."""
    return OrderContents(
        order=order,
        lines=await order_lines.read(connection, order.id),
        covers=await order_lines.read_covers(connection, order.id),
    )


@attrs.frozen(kw_only=True)
class Judgement:
    """What the rules say about an order as it stands, or about a part of it.

    Attributes:
        claims: how many months it holds while it is live.
    """

    broken: tuple[Violation, ...] = ()
    total: Money = _NOTHING
    lines: int = 0
    people: int = 0
    claims: int = 0


Months = Sequence[tuple[int, Month]]
Claiming = Callable[[Months], Awaitable[None]]


async def judge(
    connection: Connection,
    order: Order,
    policy: Policy,
    today: date,
    *,
    except_order: int | None = None,
    claiming: Claiming | None = None,
    lines_max: int = order_lines.LINES_PER_PART,
) -> Judgement:
    """Judge all lines of an order, part by part, so that neither memory nor anybody else has to wait for many.

    The rules judge each person apart, so that what they say of the parts is what they say of the whole. While a part is
    judged, the months of the part before it are claimed.

    Args:
        connection: inside the caller's transaction.
        order: locked.
        policy: the bureau's numbers.
        today: the day of the bureau.
        except_order: read as if this order did not exist.
        claiming: is given the months of each part in the order of people, for as long as nothing is broken.
        lines_max: lines of a part.
    """
    whole = Judgement()
    unclaimed: Months = ()
    async for rows, covers in _row_parts(connection, order, lines_max):
        if whole.lines + len(rows) > policy.order_lines_max:
            broken = Violation.of("ORDER_TOO_LARGE", lines=order.line_count, limit=policy.order_lines_max)
            return attrs.evolve(whole, broken=(broken,))
        people = sorted({row["person_id"] for row in rows} | covers.keys())
        known = await rosters.fetch(connection, _scope(order, people, covers, except_order=except_order))
        judging = off_loop(
            len(rows) + len(known), _judge_part, order, rows, covers, known=known, policy=policy, today=today
        )
        if claiming is not None and unclaimed:
            (part, months), _ = await asyncio.gather(judging, claiming(unclaimed))
        else:
            part, months = await judging
        whole = Judgement(
            # What is wrong with the whole order is found in every part.
            broken=tuple(dict.fromkeys((*whole.broken, *part.broken))),
            total=whole.total + part.total,
            lines=whole.lines + part.lines,
            people=whole.people + part.people,
            claims=whole.claims + part.claims,
        )
        unclaimed = () if whole.broken else months
    if claiming is not None and unclaimed:
        await claiming(unclaimed)
    return whole


async def _row_parts(
    connection: Connection, order: Order, lines_max: int
) -> AsyncIterator[tuple[list[Record], Covers]]:
    if order.kind is OrderKind.LUMP_MISSED:
        # Months covered by nobody's lump sum are found in the whole alone.
        lines_max = _ALL_LINES
    covers = await order_lines.read_covers(connection, order.id)
    async for rows in order_lines.row_parts(connection, order.id, lines_max=lines_max):
        yield rows, covers


def _judge_part(
    order: Order, rows: Sequence[Record], covers: Covers, *, known: RosterRows, policy: Policy, today: date
) -> tuple[Judgement, Months]:
    contents = OrderContents(order=order, lines=order_lines.lines_of(rows), covers=covers)
    totals, months = order_totals(contents.lines), contents.claims()
    broken = contents.check(rosters.assemble(known), policy, today)
    judgement = Judgement(
        broken=broken, total=totals.amount, lines=totals.lines, people=totals.employees, claims=len(months)
    )
    return judgement, months


def _scope(
    order: Order, people: Sequence[int], covers: Covers, *, except_order: int | None, amounts: bool = False
) -> RosterScope:
    many = len(people) > _PEOPLE_NAMED_MAX
    covered = (month for months in covers.values() for month in months)
    return RosterScope.around(
        order.employer_id,
        (order.months.first, order.months.last, *covered),
        person_ids=None if many else people,
        people=(people[0], people[-1]) if many else EVERYBODY,
        except_order=except_order,
        history=order.kind is not OrderKind.REGULAR,
        amounts=amounts,
    )


async def examine(connection: Connection, order: Order) -> tuple[Violation, ...]:
    """Give a reviewer the advice on an order: amounts that differ from the file, months to confirm (design §12)."""
    advice: list[Violation] = []
    async for rows, covers in _row_parts(connection, order, order_lines.LINES_PER_PART):
        people = sorted({row["person_id"] for row in rows} | covers.keys())
        scope = _scope(order, people, covers, except_order=order.id, amounts=True)
        known = await rosters.fetch(connection, scope)
        advice += await off_loop(len(rows) + len(known), _advise_part, order, rows, covers, known)
    return tuple(advice)


def _advise_part(order: Order, rows: Sequence[Record], covers: Covers, known: RosterRows) -> tuple[Violation, ...]:
    contents = OrderContents(order=order, lines=order_lines.lines_of(rows), covers=covers)
    return contents.advice(rosters.assemble(known))
