"""全部应用第一页信息: copy people and amounts of the first month to all other months.

    点击【全部应用第一页信息】按钮，即可自动复制其他月份的补缴人员和金额                              manual L382

Every other page becomes exactly the first page's people who are eligible in that month, with equal amounts; what the
other pages held is overwritten, whoever is not eligible is left out and reported. Applying twice is applying once.
F94, I18. An amount that is not what the file or an earlier month says of the other month is a designated one there, so
that the reviewer sees it (design §12).

>>> from libsubsidy.employment import Employment, EmploymentState, Member
>>> from libsubsidy.money import Money
>>> zhang = Employment(person_id=1, name="张三", start_month=Month(2020, 3), state=EmploymentState.ACTIVE)
>>> line = OrderLine(person_id=1, month=Month(2020, 1), amount=Money.parse("500"), source=AmountSource.DESIGNATED)
>>> pages, skipped = apply_first_page({Month(2020, 1): (line,), Month(2020, 2): (), Month(2020, 3): ()},
...                                   {1: Member(zhang)}, Policy(), date(2020, 9, 1))
>>> {str(month): [str(line.amount) for line in lines] for month, lines in pages.items()}
{'2020-01': ['500.00'], '2020-02': ['500.00'], '2020-03': []}
>>> [violation.code for violation in skipped]
['BP_NOT_BEFORE_START']
"""

from collections.abc import Mapping
from datetime import date

from attrs import evolve

from libsubsidy.default_amount import default_amount
from libsubsidy.eligibility import OrderKind, eligible
from libsubsidy.employment import Roster
from libsubsidy.months import Month
from libsubsidy.order_lines import AmountSource, OrderLine
from libsubsidy.policy import Policy
from libsubsidy.violations import Violation

Pages = Mapping[Month, tuple[OrderLine, ...]]


def apply_first_page(
    pages: Pages, roster: Roster, policy: Policy, today: date
) -> tuple[dict[Month, tuple[OrderLine, ...]], tuple[Violation, ...]]:
    """Copy the earliest month's lines to the other months.

    Args:
        pages: every month of the application with its lines; the earliest month is the first page.
        roster: the employer's people by person_id, with their live months over the whole fund.
        policy: the bureau's numbers.
        today: the day of the bureau.

    Returns:
        The new pages in order of months, and why rows were left out. The first page itself is not touched.
    """
    filled: dict[Month, tuple[OrderLine, ...]] = {}
    skipped: list[Violation] = []
    months = sorted(pages)
    first_page = pages[months[0]] if months else ()
    for month in months:
        if month == months[0]:
            filled[month] = first_page
            continue
        copied = []
        for line in first_page:
            refusals = _refusals(line, month, roster, policy, today)
            skipped += refusals
            if not refusals:
                copied.append(evolve(line, month=month, source=_source(line, month, roster)))
        filled[month] = tuple(copied)
    return filled, tuple(skipped)


def _source(line: OrderLine, month: Month, roster: Roster) -> AmountSource:
    proposed = default_amount(roster[line.person_id].employment, month)
    return proposed.source if proposed is not None and proposed.amount == line.amount else AmountSource.DESIGNATED


def _refusals(line: OrderLine, month: Month, roster: Roster, policy: Policy, today: date) -> tuple[Violation, ...]:
    member = roster.get(line.person_id)
    if member is None:
        return (Violation.of("NOT_EMPLOYED", person=line.person_id),)
    return eligible(member.employment, month, OrderKind.MONTHLY, member.live, policy, today)
