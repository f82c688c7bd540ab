"""An order with all it says, and what the rules of libsubsidy say about it.

Here stored rows become the values that the library judges, and nothing is decided that the library decides.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date
from typing import Final, ParamSpec, TypeVar

import attrs

from libsubsidy import (
    BackPayment,
    BackPaymentKind,
    Money,
    Month,
    OrderKind,
    OrderLine,
    OrderTotals,
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
from services.store.order_lines import NO_COVERS, Covers
from services.store.orders import Order
from services.store.rosters import EVERYBODY, RosterScope

# Of more people the first and the last are named, and perhaps some between them are read who are not in the order.
_PEOPLE_NAMED_MAX: Final = 500

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

    def totals(self) -> OrderTotals:
        """Add the lines up."""
        return order_totals(self.lines)

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
        covered = (month for months in self.covers.values() for month in months)
        people = sorted({line.person_id for line in self.lines} | self.covers.keys())
        many = len(people) > _PEOPLE_NAMED_MAX
        return RosterScope.around(
            self.order.employer_id,
            (self.order.months.first, self.order.months.last, *covered),
            person_ids=None if many else people,
            people=(people[0], people[-1]) if many else EVERYBODY,
            except_order=except_order,
            history=self.order.kind is not OrderKind.REGULAR,
            amounts=amounts,
        )

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


async def read_parts(
    connection: Connection, order: Order, *, lines_max: int = order_lines.LINES_PER_PART
) -> AsyncIterator[OrderContents]:
    """Give what an order says, in parts that hold different people, by their ids.

    The rules judge each person apart, so that what they say of the parts is what they say of the whole.
    """
    if order.kind is OrderKind.LUMP_MISSED:
        # Months covered by nobody's lump sum are found in the whole alone.
        yield await read(connection, order)
        return
    async for lines in order_lines.read_parts(connection, order.id, lines_max=lines_max):
        yield OrderContents(order=order, lines=lines, covers=NO_COVERS)


@attrs.frozen(kw_only=True)
class Judgement:
    """What the rules say about an order as it stands.

    Attributes:
        claims: how many months it holds while it is live.
    """

    broken: tuple[Violation, ...]
    total: Money
    lines: int
    people: int
    claims: int


Claiming = Callable[[Sequence[tuple[int, Month]]], Awaitable[None]]


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

    Args:
        connection: inside the caller's transaction.
        order: locked.
        policy: the bureau's numbers.
        today: the day of the bureau.
        except_order: read as if this order did not exist.
        claiming: is given the months of each part in the order of people, for as long as nothing is broken.
        lines_max: lines of a part.
    """
    broken: list[Violation] = []
    fen = lines = people = claimed = 0
    async for part in read_parts(connection, order, lines_max=lines_max):
        lines += len(part.lines)
        if lines > policy.order_lines_max:
            broken = [Violation.of("ORDER_TOO_LARGE", lines=order.line_count, limit=policy.order_lines_max)]
            break
        roster = await rosters.load(connection, await part.off_loop(part.scope, except_order=except_order))
        broken += await part.off_loop(part.check, roster, policy, today)
        totals, months = await part.off_loop(part.totals), await part.off_loop(part.claims)
        fen, people, claimed = fen + totals.amount.fen, people + totals.employees, claimed + len(months)
        if claiming is not None and not broken:
            await claiming(months)
    # What is wrong with the whole order is found in every part.
    return Judgement(
        broken=tuple(dict.fromkeys(broken)), total=Money(fen=fen), lines=lines, people=people, claims=claimed
    )


async def examine(connection: Connection, order: Order) -> tuple[Violation, ...]:
    """Give a reviewer the advice on an order: amounts that differ from the file, months to confirm (design §12)."""
    contents = await read(connection, order)
    scope = await contents.off_loop(contents.scope, except_order=order.id, amounts=True)
    return await contents.off_loop(contents.advice, await rosters.load(connection, scope))
