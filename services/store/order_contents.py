"""What the rules of libsubsidy say about an order and all its lines.

Here stored rows become the values that the library judges, and nothing is decided that the library decides. It judges each
person apart, so that what it says of parts with different people is what it says of the whole; neither memory nor anybody
else's request has to hold or wait for a whole large order.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from datetime import date
from typing import Final

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
from services.store.order_lines import LINES_PER_PART, Covers
from services.store.orders import Order
from services.store.refusals import VIOLATIONS_TOLD_MAX
from services.store.rosters import EVERYBODY, RosterRows, RosterScope

# Of more people the first and the last are named, and perhaps some between them are read who are not in the order.
_PEOPLE_NAMED_MAX: Final = 500
# More than any policy allows, so that such an order has one part.
_ALL_LINES: Final = 1_000_000
_NOTHING: Final = Money(fen=0)

Months = Sequence[tuple[int, Month]]
Claiming = Callable[[Months], Awaitable[None]]


@attrs.frozen(kw_only=True)
class Judgement:
    """What the rules say about an order as it stands.

    Attributes:
        broken: the rules it breaks, each once; of very many the first.
        broken_total: how many they are.
        claims: how many months it holds while it is live.
    """

    broken: tuple[Violation, ...] = ()
    broken_total: int = 0
    total: Money = _NOTHING
    lines: int = 0
    people: int = 0
    claims: int = 0


async def judge(
    connection: Connection,
    order: Order,
    policy: Policy,
    today: date,
    *,
    except_order: int | None = None,
    claiming: Claiming | None = None,
    passing_over: Collection[str] = (),
    lines_max: int = LINES_PER_PART,
) -> Judgement:
    """Judge all lines of an order, part by part; while a part is judged, the months of the one before it are claimed.

    Args:
        connection: inside the caller's transaction.
        order: locked.
        policy: the bureau's numbers.
        today: the day of the bureau.
        except_order: read as if this order did not exist.
        claiming: is given the months of each part in the order of people, for as long as nothing is broken.
        passing_over: codes that are not asked for.
        lines_max: lines of a part.
    """
    whole, found = Judgement(), _Found(passing_over)
    unclaimed: Months = ()
    in_parts = claiming is not None and order.line_count > lines_max
    async for part in _parts(connection, order, lines_max):
        if whole.lines + len(part.rows) > policy.order_lines_max:
            broken = Violation.of("ORDER_TOO_LARGE", lines=order.line_count, limit=policy.order_lines_max)
            return attrs.evolve(whole, broken=(broken,), broken_total=1)
        scope = await off_loop(part.weight, part.scope, except_order=except_order)
        known = await (_fetch_beside_claims if in_parts else rosters.fetch)(connection, scope)
        judging = off_loop(part.weight + len(known), part.judgement, known, policy, today, found)
        if claiming is not None and unclaimed:
            (judged, months), _ = await asyncio.gather(judging, claiming(unclaimed))
        else:
            judged, months = await judging
        whole = Judgement(
            broken=found.first,
            broken_total=found.total,
            total=whole.total + judged.total,
            lines=whole.lines + judged.lines,
            people=whole.people + judged.people,
            claims=whole.claims + judged.claims,
        )
        unclaimed = () if whole.broken else months
    if claiming is not None and unclaimed:
        await claiming(unclaimed)
    return whole


async def _fetch_beside_claims(connection: Connection, scope: RosterScope) -> RosterRows:
    """Fetch what a part is judged by, while the parts before it fill the very table of claims that it is read beside.

    A plan made while that was empty would look at all of it for each person: a quarter of a million lines took minutes. For
    the claiming itself there is no such plan, and one made anew for each check of a foreign key made it three times as long.
    """
    await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    known = await rosters.fetch(connection, scope)
    await connection.execute("SET LOCAL plan_cache_mode = auto")
    return known


async def examine(connection: Connection, order: Order) -> tuple[Violation, ...]:
    """Give a reviewer the advice on an order: amounts that differ from the file, months to confirm (design §12)."""
    advice: list[Violation] = []
    async for part in _parts(connection, order, LINES_PER_PART):
        scope = await off_loop(part.weight, part.scope, except_order=order.id, amounts=True)
        known = await rosters.fetch(connection, scope)
        advice += await off_loop(part.weight + len(known), part.advice, known)
    return tuple(advice)


async def _parts(connection: Connection, order: Order, lines_max: int) -> "AsyncIterator[_Part]":
    if order.kind is OrderKind.LUMP_MISSED:
        # Months covered by nobody's lump sum are found in the whole alone.
        lines_max = _ALL_LINES
    covers = await order_lines.read_covers(connection, order.id)
    async for rows in order_lines.row_parts(connection, order.id, lines_max=lines_max):
        yield _Part(order, rows, covers)


@attrs.define
class _Found:
    """What is wrong with all parts: the first violations are kept, of the others it is known that they were counted.

    What is wrong with the whole order is found in every part, and counts once.
    """

    _passing_over: Collection[str]
    first: tuple[Violation, ...] = ()
    # Numbers instead of sentences: a quarter of a million violations are no burden then.
    _known: set[int] = attrs.field(factory=set)

    @property
    def total(self) -> int:
        """How many different ones there are."""
        return len(self._known)

    def add(self, broken: Sequence[Violation]) -> None:
        """Take those of one more part; in whatever thread the part is judged."""
        for each in broken:
            if each.code in self._passing_over or (known := hash(each)) in self._known:
                continue
            self._known.add(known)
            if len(self._known) <= VIOLATIONS_TOLD_MAX:
                self.first += (each,)


@attrs.frozen
class _Part:
    """Some people's lines of an order, and for a lump sum of missed months the months they cover."""

    order: Order
    rows: Sequence[Record]
    covers: Covers

    @property
    def weight(self) -> int:
        """How much there is to do."""
        return len(self.rows) + order_lines.covers_count(self.covers)

    def scope(self, *, except_order: int | None, amounts: bool = False) -> RosterScope:
        """Say whom and which months the rules need to know; advice needs to know amounts, too."""
        people = sorted({row["person_id"] for row in self.rows} | self.covers.keys())
        many = len(people) > _PEOPLE_NAMED_MAX
        covered = (month for months in self.covers.values() for month in months)
        return RosterScope.around(
            self.order.employer_id,
            (self.order.months.first, self.order.months.last, *covered),
            person_ids=None if many else people,
            people=(people[0], people[-1]) if many else EVERYBODY,
            except_order=except_order,
            history=self.order.kind is not OrderKind.REGULAR,
            amounts=amounts,
        )

    def judgement(self, known: RosterRows, policy: Policy, today: date, found: _Found) -> tuple[Judgement, Months]:
        """Find what keeps the order from being submitted, and say which months it holds while it is live."""
        lines = order_lines.lines_of(self.rows)
        totals, months = order_totals(lines), self._claims(lines)
        found.add(self._check(lines, rosters.assemble(known), policy, today))
        judgement = Judgement(
            total=totals.amount,
            lines=totals.lines,
            people=totals.employees,
            claims=len(months),
        )
        return judgement, months

    def advice(self, known: RosterRows) -> tuple[Violation, ...]:
        """Say what is allowed and yet worth a reviewer's look."""
        lines, roster = order_lines.lines_of(self.rows), rosters.assemble(known)
        if self.order.kind is OrderKind.REGULAR:
            return advise_regular_order(lines, roster)
        return advise_back_payment(self._back_payment(lines), roster)

    def _check(
        self, lines: tuple[OrderLine, ...], roster: Roster, policy: Policy, today: date
    ) -> tuple[Violation, ...]:
        if self.order.kind is OrderKind.REGULAR:
            return check_regular_order(self.order.months.first, lines, roster, policy, today)
        return check_back_payment(self._back_payment(lines), roster, policy, today)

    def _claims(self, lines: tuple[OrderLine, ...]) -> Months:
        if self.order.kind is OrderKind.REGULAR:
            return sorted((line.person_id, line.month) for line in lines)
        return claimed_months(self._back_payment(lines))

    def _back_payment(self, lines: tuple[OrderLine, ...]) -> BackPayment:
        return BackPayment(
            kind=BackPaymentKind(self.order.kind.value), months=self.order.months, lines=lines, covers=self.covers
        )
