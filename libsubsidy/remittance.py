"""The regular remittance (汇缴): one month, many employees.

`regular_sheet` is what the 查询 button lists (F80, manual L368): who may be remitted for the month, with which amount,
and who may not, and why. `check_regular_order` judges what was submitted (F87, L376); `advise_regular_order` tells the
reviewer what is allowed but worth a look. Several orders for one month are fine while their people are disjoint (D-15).

>>> from libsubsidy.employment import Employment, EmploymentState, FileAmount, Member
>>> zhang = Employment(person_id=1, name="张三", start_month=Month(2020, 4), state=EmploymentState.ACTIVE,
...                    file_amounts=(FileAmount(effective=Month(2020, 4), amount=Money.parse("500")),))
>>> roster = {1: Member(zhang)}
>>> sheet = regular_sheet(Month(2020, 4), roster, Policy(), date(2020, 4, 20))
>>> [str(line.amount) for line in sheet.lines], dict(sheet.missing)
(['500.00'], {})
>>> check_regular_order(Month(2020, 4), sheet.lines, roster, Policy(), date(2020, 4, 20))
()
>>> [v.code for v in check_regular_order(Month(2020, 3), sheet.lines, roster, Policy(), date(2020, 4, 20))]
['LINE_OUTSIDE_MONTHS', 'START_MONTH_AFTER']
"""

from collections.abc import Mapping, Sequence
from datetime import date

from attrs import frozen

from libsubsidy.default_amount import default_amount, file_amount
from libsubsidy.eligibility import OrderKind, eligible
from libsubsidy.employment import Roster
from libsubsidy.money import Money
from libsubsidy.months import Month, MonthRange
from libsubsidy.order_lines import OrderLine, check_lines
from libsubsidy.policy import Policy
from libsubsidy.violations import Violation


@frozen
class Sheet:
    """The lines a month starts with.

    Attributes:
        lines: one per eligible employee with a default amount, in the roster's order.
        missing: why the others are not there, by person.
        without_amount: eligible employees for whom an amount must be typed.
    """

    lines: tuple[OrderLine, ...]
    missing: Mapping[int, tuple[Violation, ...]]
    without_amount: tuple[int, ...]


def next_month(last: Month | None, policy: Policy, today: date) -> Month:
    """Propose the month of a new order: the one after the last that was remitted (F78, manual L368), as far as D-7 allows.

    Args:
        last: the last month that the employer has remitted, or that its opening balances are paid through; None for a new one.
        policy: the bureau's numbers.
        today: the day of the bureau.

    >>> from datetime import date
    >>> [str(next_month(last, Policy(), date(2020, 4, 30))) for last in (None, Month(2020, 1), Month(2020, 4), Month(2020, 5))]
    ['2020-04', '2020-02', '2020-05', '2020-05']
    """
    this = Month.of(today)
    return this if last is None else min(last + 1, this + policy.remittance_months_ahead)


def check_regular_month(month: Month, policy: Policy, today: date) -> tuple[Violation, ...]:
    """Judge the month alone, before anybody is chosen: this one and as many more as D-7 allows; earlier ones may have gaps.

    >>> from datetime import date
    >>> [v.code for month in (5, 6) for v in check_regular_month(Month(2020, month), Policy(), date(2020, 4, 30))]
    ['MONTH_TOO_FAR']
    """
    latest = Month.of(today) + policy.remittance_months_ahead
    if month <= latest:
        return ()
    return (Violation.of("MONTH_TOO_FAR/order", month=str(month), latest=str(latest)),)


def regular_sheet(month: Month, roster: Roster, policy: Policy, today: date) -> Sheet:
    """List who may be remitted for a month and with which amount."""
    lines: list[OrderLine] = []
    missing: dict[int, tuple[Violation, ...]] = {}
    without_amount: list[int] = []
    for person_id, member in roster.items():
        refusals = eligible(member.employment, month, OrderKind.REGULAR, member.live, policy, today)
        default = default_amount(member.employment, month)
        if refusals:
            missing[person_id] = refusals
        elif default is None:
            without_amount.append(person_id)
        else:
            lines.append(OrderLine(person_id=person_id, month=month, amount=default.amount, source=default.source))
    return Sheet(tuple(lines), missing, tuple(without_amount))


def check_regular_order(
    month: Month, lines: Sequence[OrderLine], roster: Roster, policy: Policy, today: date
) -> tuple[Violation, ...]:
    """Judge a regular order; an empty tuple means that it may be submitted. Checked again at approval.

    Args:
        month: 汇缴月份 of the order; every line is judged for this month.
        lines: one per employee.
        roster: the employer's people by person_id, with their live months over the whole fund.
        policy: the bureau's numbers.
        today: the day of the bureau.
    """
    found = list(check_lines(lines, MonthRange(month, month), roster, policy))
    if len(lines) <= policy.order_lines_max:
        for person_id in {line.person_id: None for line in lines}:
            member = roster.get(person_id)
            if member is not None:
                found += eligible(member.employment, month, OrderKind.REGULAR, member.live, policy, today)
    return tuple(found)


def advise_regular_order(lines: Sequence[OrderLine], roster: Roster) -> tuple[Violation, ...]:
    """Name every amount that differs from the file (design §12): allowed, but the reviewer looks at it."""
    return tuple(
        Violation.of(
            "AMOUNT_DIFFERS_FROM_FILE",
            name=roster[line.person_id].employment.name,
            month=str(line.month),
            amount=str(line.amount),
            file_amount=_on_file(line, roster),
        )
        for line in lines
        if line.person_id in roster and _on_file(line, roster) != str(line.amount)
    )


def _on_file(line: OrderLine, roster: Roster) -> str:
    on_file = file_amount(roster[line.person_id].employment, line.month)
    return str(on_file.amount if on_file is not None else Money(fen=0))
