"""An order with all it says, and what the rules of libsubsidy say about it.

Here stored rows become the values that the library judges, and nothing is decided that the library decides.
"""

from collections.abc import Callable
from datetime import date
from typing import ParamSpec, TypeVar

import attrs

from libsubsidy import (
    BackPayment,
    BackPaymentKind,
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
)
from services.store import order_lines, rosters
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.order_lines import Covers
from services.store.orders import Order
from services.store.rosters import RosterScope

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

    def scope(self, *, except_order: int | None = None) -> RosterScope:
        """Say whom and which months the rules need to know, and whether what was before them, too."""
        covered = (month for months in self.covers.values() for month in months)
        return RosterScope.around(
            self.order.employer_id,
            (self.order.months.first, self.order.months.last, *covered),
            person_ids=sorted({line.person_id for line in self.lines} | self.covers.keys()),
            except_order=except_order,
            history=self.order.kind is not OrderKind.REGULAR,
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


async def examine(connection: Connection, order: Order) -> tuple[Violation, ...]:
    """Give a reviewer the advice on an order: amounts that differ from the file, months to confirm (design §12)."""
    contents = await read(connection, order)
    roster = await rosters.load(connection, await contents.off_loop(contents.scope, except_order=order.id))
    return await contents.off_loop(contents.advice, roster)
