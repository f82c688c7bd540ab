"""The back-payment (补缴): month by month, or as a lump sum.

    如若按月补缴，每次补缴不可超过十二个月；如若一次性补缴，可任意选择一个补缴月份，然后直接输入总的补缴金额。
    假若该员工在本单位没有进行过汇缴操作，则补缴的月份需在人事档案设定的汇缴开始月份之前。            manual L381

- month by month (按月补缴, F90, I14): 1 to 12 months, both ends included; every line claims its month.
- lump sum for a difference (一次性补缴 差额): one month as a label; it occupies no month and adds no period (D-6, I10).
- lump sum for missed months (一次性补缴 漏缴): one month as a label; it names the months it covers and claims them.

An application has one kind, so a lump sum and monthly lines of one person cannot meet in it. The start-month rule is in
`libsubsidy.eligibility`; it applies to every kind, and for 漏缴 to every month covered.

>>> from libsubsidy.employment import Employment, EmploymentState
>>> from libsubsidy.money import Money
>>> from libsubsidy.order_lines import AmountSource
>>> zhang = Employment(person_id=1, name="张三", start_month=Month(2021, 1), state=EmploymentState.ACTIVE)
>>> def months(first, last):
...     months = MonthRange(Month.parse(first), Month.parse(last))
...     lines = tuple(OrderLine(person_id=1, month=m, amount=Money.parse("500"), source=AmountSource.DESIGNATED)
...                   for m in months)
...     application = BackPayment(kind=BackPaymentKind.MONTHLY, months=months, lines=lines)
...     return [v.code for v in check_back_payment(application, {1: Member(zhang)}, Policy(), date(2021, 1, 5))]
>>> months("2019-11", "2020-10"), months("2019-11", "2020-11"), months("2020-12", "2021-01")
([], ['BP_RANGE_TOO_LONG'], ['BP_NOT_BEFORE_START'])
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum

from attrs import Factory, frozen

from libsubsidy.back_payment_months import check_length
from libsubsidy.eligibility import OrderKind, eligible
from libsubsidy.employment import Member, Roster
from libsubsidy.months import Month, MonthRange
from libsubsidy.order_lines import OrderLine, check_lines
from libsubsidy.policy import Policy
from libsubsidy.violations import Violation


class BackPaymentKind(Enum):
    """The kinds of a back-payment; the values are those of `OrderKind`."""

    MONTHLY = "monthly"
    LUMP_DIFFERENCE = "lump_difference"
    LUMP_MISSED = "lump_missed"

    @property
    def order_kind(self) -> OrderKind:
        """The same kind among all kinds of orders."""
        return OrderKind(self.value)


@frozen(kw_only=True)
class BackPayment:
    """An application for a back-payment.

    Attributes:
        kind: month by month, a difference, or missed months.
        months: 补缴起止月份, both included; a lump sum has one.
        lines: one per person and month; a lump sum has one per person, its month is the label.
        covers: for LUMP_MISSED the months that each person's lump covers, by person_id.
    """

    kind: BackPaymentKind
    months: MonthRange
    lines: tuple[OrderLine, ...]
    covers: Mapping[int, frozenset[Month]] = Factory(dict)


def claimed_months(application: BackPayment) -> tuple[tuple[int, Month], ...]:
    """Give every (person, month) that the application holds while it is live, in a fixed order."""
    kind = application.kind.order_kind
    if not kind.claims_months:
        return ()
    if kind is OrderKind.LUMP_MISSED:
        claims = {(person_id, month) for person_id, months in application.covers.items() for month in months}
    else:
        claims = {(line.person_id, line.month) for line in application.lines}
    return tuple(sorted(claims))


def check_back_payment(application: BackPayment, roster: Roster, policy: Policy, today: date) -> tuple[Violation, ...]:
    """Judge a back-payment; an empty tuple means that it may be submitted. Checked again at approval.

    Args:
        application: what is asked for.
        roster: the employer's people by person_id, with their live months over the whole fund.
        policy: the bureau's numbers.
        today: the day of the bureau.
    """
    found = list(check_length(application.kind.order_kind, application.months, policy))
    found += check_lines(application.lines, application.months, roster, policy)
    if len(application.lines) > policy.order_lines_max:
        return tuple(found)
    found += _covers(application, roster, policy)
    for person_id, month, kind in _judged(application, policy):
        member = roster.get(person_id)
        if member is not None:
            found += eligible(member.employment, month, kind, member.live, policy, today)
    return tuple(dict.fromkeys(found))


def _covers(application: BackPayment, roster: Roster, policy: Policy) -> Iterator[Violation]:
    if application.kind is not BackPaymentKind.LUMP_MISSED:
        if application.covers:
            yield Violation.of("LUMP_COVERS_NOT_ASKED")
        return
    payees = dict.fromkeys(line.person_id for line in application.lines)
    for person_id in payees:
        months = application.covers.get(person_id, frozenset())
        name = _name(roster.get(person_id), person_id)
        if not months:
            yield Violation.of("LUMP_COVERS_MISSING", name=name)
        elif len(months) > policy.lump_missed_months_max:
            limit = policy.lump_missed_months_max
            yield Violation.of("LUMP_COVERS_TOO_MANY", name=name, months=len(months), limit=limit)
    for person_id in sorted(application.covers.keys() - payees.keys()):
        yield Violation.of("LUMP_COVERS_UNUSED", person=person_id)


def _judged(application: BackPayment, policy: Policy) -> Iterator[tuple[int, Month, OrderKind]]:
    """List every (person, month) that must be eligible, and by which kind's rules."""
    kind = application.kind.order_kind
    for person_id, month in dict.fromkeys((line.person_id, line.month) for line in application.lines):
        if kind is not OrderKind.LUMP_MISSED:
            yield person_id, month, kind
            continue
        # The label occupies nothing; the months covered do.
        yield person_id, month, OrderKind.LUMP_DIFFERENCE
        covered = application.covers.get(person_id, frozenset())
        if len(covered) <= policy.lump_missed_months_max:
            for missed in sorted(covered):
                yield person_id, missed, kind


def advise_back_payment(application: BackPayment, roster: Roster) -> tuple[Violation, ...]:
    """Say what is allowed but must be confirmed by the reviewer.

    A month within the opening balance may be paid twice (design §12); a second lump sum with the same label may be a
    repetition (domain §4.2); a month before the start here may have been left open by a former employer (D-4).
    """
    months = claimed_months(application) or tuple((line.person_id, line.month) for line in application.lines)
    found = [advice for person_id, month in months for advice in _advice(roster.get(person_id), month)]
    if application.kind is not BackPaymentKind.MONTHLY:
        for line in application.lines:
            member = roster.get(line.person_id)
            if member is not None and line.month in member.employment.lump_months:
                found.append(Violation.of("CONFIRM_SECOND_LUMP", name=member.employment.name, month=str(line.month)))
    return tuple(dict.fromkeys(found))


def _advice(member: Member | None, month: Month) -> Iterator[Violation]:
    if member is None:
        return
    here = member.employment
    if here.paid_through is not None and month <= here.paid_through:
        yield Violation.of(
            "CONFIRM_WITHIN_OPENING", name=here.name, month=str(month), paid_through=str(here.paid_through)
        )
    if here.transferred_in and here.start_month is not None and month < here.start_month:
        yield Violation.of("CONFIRM_FORMER_EMPLOYER", name=here.name, month=str(month))


def _name(member: Member | None, person_id: int) -> str:
    return member.employment.name if member is not None else f"#{person_id}"
