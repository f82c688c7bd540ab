"""为什么没有这个人: why somebody of the employer is not in an order's month, and the way out (domain §3 #43).

Whoever cannot be paid is told every rule that is in the way. Whoever could be is not in the order for one of two reasons: no
amount is known for them, so that one must be typed; or nobody has ticked them.

>>> from libsubsidy.employment import Employment, EmploymentState, FileAmount
>>> from libsubsidy.money import Money
>>> zhang = Employment(person_id=1, name="张三", start_month=Month(2020, 4), state=EmploymentState.ACTIVE,
...                    file_amounts=(FileAmount(effective=Month(2020, 4), amount=Money.parse("500")),))
>>> def why(employment, month):
...     return [found.code for found in why_absent(Member(employment), month, OrderKind.REGULAR, Policy(), date(2020, 4, 20))]
>>> why(zhang, Month(2020, 4)), why(zhang, Month(2020, 3))
(['ABSENT_UNTICKED'], ['START_MONTH_AFTER'])
>>> from attrs import evolve
>>> why(evolve(zhang, file_amounts=()), Month(2020, 4))
['ABSENT_WITHOUT_AMOUNT']
"""

from datetime import date
from typing import Final

from libsubsidy.default_amount import default_amount
from libsubsidy.eligibility import OrderKind, eligible, month_held
from libsubsidy.employment import Member
from libsubsidy.months import Month
from libsubsidy.policy import Policy
from libsubsidy.violations import Violation

# Whoever is not in the order has no line that could be taken away.
_UNASKED: Final = frozenset({"MONTH_ALREADY_LIVE", "MONTH_ALREADY_REMITTED"})
# A lump sum's amounts are all typed: that none is known keeps nobody out.
_PROPOSED: Final = frozenset({OrderKind.REGULAR, OrderKind.MONTHLY})


def why_absent(member: Member, month: Month, kind: OrderKind, policy: Policy, today: date) -> tuple[Violation, ...]:
    """Say why somebody who is not in an order is not; there always is a reason.

    Args:
        member: the person in this employer, with the live months over the whole fund.
        month: of the order.
        kind: of the order.
        policy: the bureau's numbers.
        today: the day of the bureau.
    """
    employment = member.employment
    refusals = eligible(employment, month, kind, member.live, policy, today)
    if refusals:
        return tuple(_of_nobody_asked(each, member, month) for each in refusals)
    if kind in _PROPOSED and default_amount(employment, month) is None:
        return (Violation.of("ABSENT_WITHOUT_AMOUNT", name=employment.name, month=str(month)),)
    return (Violation.of("ABSENT_UNTICKED", name=employment.name, month=str(month)),)


def _of_nobody_asked(refusal: Violation, member: Member, month: Month) -> Violation:
    if refusal.code not in _UNASKED:
        return refusal
    name, holder = member.employment.name, member.live.get(month)
    if holder is None:
        return Violation.of("MONTH_ALREADY_REMITTED/absent", name=name, month=str(month))
    return month_held(name, month, holder, None)
