"""The lines of an order as such: no duplicates, no empty order, every amount more than zero, and an exact total.

Rule I1: total = Σ amounts, count = number of distinct employees, every amount > 0. The total that a page shows is
compared with a fresh sum on the server (F83, manual L371: 金额总数会自动计算; F87, L376: 人员和金额核对正确后提交).

>>> lines = [OrderLine(person_id=1, month=Month(2020, 4), amount=Money.parse("500.00"), source=AmountSource.FILE),
...          OrderLine(person_id=2, month=Month(2020, 4), amount=Money.parse("0.01"), source=AmountSource.DESIGNATED)]
>>> totals = order_totals(lines)
>>> str(totals.amount), totals.employees, totals.lines
('500.01', 2, 2)
"""

from collections.abc import Iterator, Sequence
from enum import Enum

from attrs import frozen

from libsubsidy.employment import Roster
from libsubsidy.money import Money
from libsubsidy.months import Month, MonthRange
from libsubsidy.policy import Policy
from libsubsidy.violations import Violation


class AmountSource(Enum):
    """Where a line's amount came from; lines keep it so that a reviewer can see it."""

    FILE = "file"
    CARRIED = "carried"
    DESIGNATED = "designated"


@frozen(kw_only=True)
class OrderLine:
    """One person's month in an order.

    Attributes:
        person_id: the employee.
        month: the month paid for; for a lump sum its label.
        amount: more than zero.
        source: where the amount came from.
        carry_over: False means 仅本月: a designated amount that later months do not copy.
    """

    person_id: int
    month: Month
    amount: Money
    source: AmountSource
    carry_over: bool = True


@frozen(kw_only=True)
class OrderTotals:
    """The sums of an order."""

    amount: Money
    employees: int
    lines: int


def order_totals(lines: Sequence[OrderLine]) -> OrderTotals:
    """Add up an order, exactly."""
    return OrderTotals(
        amount=Money(fen=sum(line.amount.fen for line in lines)),
        employees=len({line.person_id for line in lines}),
        lines=len(lines),
    )


def check_total(lines: Sequence[OrderLine], shown: Money) -> tuple[Violation, ...]:
    """Compare the total a page has shown with a fresh sum.

    >>> check_total([], Money(fen=1))[0].code
    'ORDER_TOTAL_DIFFERS'
    """
    total = order_totals(lines).amount
    if total == shown:
        return ()
    return (Violation.of("ORDER_TOTAL_DIFFERS", shown=str(shown), total=str(total)),)


def check_lines(
    lines: Sequence[OrderLine], months: MonthRange, roster: Roster, policy: Policy
) -> tuple[Violation, ...]:
    """Judge what every order has in common; the rules of its kind come on top."""
    if not lines:
        return (Violation.of("EMPTY_ORDER"),)
    if len(lines) > policy.order_lines_max:
        return (Violation.of("ORDER_TOO_LARGE", lines=len(lines), limit=policy.order_lines_max),)
    return tuple(_of_each_line(lines, months, roster))


def _of_each_line(lines: Sequence[OrderLine], months: MonthRange, roster: Roster) -> Iterator[Violation]:
    seen: set[tuple[int, Month]] = set()
    for line in lines:
        member = roster.get(line.person_id)
        if member is None:
            yield Violation.of("NOT_EMPLOYED", person=line.person_id)
            continue
        name = member.employment.name
        key = (line.person_id, line.month)
        if key in seen:
            yield Violation.of("DUPLICATE_LINE", name=name, month=str(line.month))
        seen.add(key)
        if line.month not in months:
            yield Violation.of(
                "LINE_OUTSIDE_MONTHS",
                name=name,
                month=str(line.month),
                first=str(months.first),
                last=str(months.last),
            )
        if line.amount.fen <= 0:
            yield Violation.of("AMOUNT_NOT_POSITIVE", name=name, month=str(line.month), amount=str(line.amount))
