"""What is allowed and yet worth a look in a change of somebody's file, for the employer and the reviewer.

The effective month of an amount is free (D-5), and so is the start month: no rule of the manual limits them. But a month
that is paid or submitted keeps its amount, a designated amount of a later month goes on being carried over, and a start
month decides what may still be remitted or back-paid (F92); whoever changes them should know.

>>> from libsubsidy.changes import ChangeKind, FieldChange
>>> from libsubsidy.employment import EmploymentState
>>> zhang = Employment(person_id=1, name="张三", start_month=Month(2020, 1), state=EmploymentState.ACTIVE,
...                    regular_months=frozenset({Month(2020, 7)}))
>>> raised = Change(kind=ChangeKind.EMPLOYEE, effective=Month(2020, 7),
...                 fields=(FieldChange(field="monthly_amount", before="500.00", after="600.00"),))
>>> [advice.code for advice in advise_change(raised, Member(zhang))]
['ADVICE_AMOUNT_MONTHS_LIVE']
"""

from collections.abc import Iterator

from libsubsidy.changes import Change
from libsubsidy.employment import Employment, Member
from libsubsidy.months import Month
from libsubsidy.personnel_file import AMOUNT
from libsubsidy.violations import Violation


def advise_change(change: Change, member: Member) -> tuple[Violation, ...]:
    """Say what is worth a look; none of it keeps the change from being approved.

    Args:
        change: of the file of this member.
        member: as it is now, with the live months over the whole fund.
    """
    employment, live = member.employment, member.live.keys() | member.employment.regular_months
    advice: list[Violation] = []
    if change.effective is not None and AMOUNT in change.after:
        advice += _amount(employment, live, change.effective)
    if "start_month" in change.after:
        advice += _start(employment, live, Month.parse(change.after["start_month"]))
    return tuple(advice)


def _amount(employment: Employment, live: "set[Month]", effective: Month) -> Iterator[Violation]:
    name = employment.name
    if touched := [month for month in live if month >= effective]:
        yield Violation.of(
            "ADVICE_AMOUNT_MONTHS_LIVE",
            name=name,
            effective=str(effective),
            count=len(touched),
            last=str(max(touched)),
        )
    later = [each for each in employment.file_amounts if each.effective > effective]
    if later:
        following = min(later, key=lambda each: each.effective)
        yield Violation.of(
            "ADVICE_AMOUNT_LATER_STAYS", name=name, month=str(following.effective), amount=str(following.amount)
        )
    designated = max(employment.designated, key=lambda each: each.month, default=None)
    # On a tie the file wins (D-5).
    if designated is not None and designated.month > effective:
        yield Violation.of(
            "ADVICE_AMOUNT_DESIGNATED",
            name=name,
            month=str(designated.month),
            amount=str(designated.amount),
            effective=str(effective),
        )


def _start(employment: Employment, live: "set[Month]", start: Month) -> Iterator[Violation]:
    name = employment.name
    if earlier := [month for month in employment.regular_months if month < start]:
        yield Violation.of(
            "ADVICE_START_AFTER_LIVE", name=name, start=str(start), count=len(earlier), first=str(min(earlier))
        )
    old = employment.start_month
    # Months that were back-paid because they lay before the start, and now lie behind it.
    if paid := [month for month in live if month >= start and (old is None or month < old)]:
        yield Violation.of(
            "ADVICE_START_MONTHS_LIVE", name=name, start=str(start), count=len(paid), last=str(max(paid))
        )
    first = min((each.effective for each in employment.file_amounts), default=None)
    if first is not None and start < first:
        yield Violation.of("ADVICE_START_WITHOUT_AMOUNT", name=name, start=str(start), first=str(first))
