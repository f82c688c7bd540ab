"""Whether one person's month may be remitted, back-paid or covered by a lump sum.

Regular remittance (汇缴) of month m: the employment is active in m, the start month is m or earlier, m is later than
the opening's 缴至月份, m is at most one month ahead (policy), and nobody holds the (person, month) yet. F80, I9, I13,
D-7.

Back-payment (补缴), both kinds: m is not in the future (I16, D-7), the employment is active in m, and

    假若该员工在本单位没有进行过汇缴操作，则补缴的月份需在人事档案设定的汇缴开始月份之前            manual L381

"之前" is strictly before (F92, I15). A month-by-month back-payment, and a lump sum for missed months (漏缴), claim
their months like a regular line (I9); a lump sum for a difference (差额) occupies no month (I10, D-6).

>>> from datetime import date
>>> from libsubsidy.employment import EmploymentState
>>> zhang = Employment(person_id=1, name="张三", start_month=Month(2020, 4), state=EmploymentState.ACTIVE)
>>> today = date(2020, 9, 1)
>>> eligible(zhang, Month(2020, 3), OrderKind.MONTHLY, {}, Policy(), today)
()
>>> (refusal,) = eligible(zhang, Month(2020, 4), OrderKind.MONTHLY, {}, Policy(), today)
>>> refusal.code, refusal.params["latest"]
('BP_NOT_BEFORE_START', '2020-03')
>>> eligible(zhang, Month(2020, 4), OrderKind.REGULAR, {}, Policy(), today)
()
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Final

from libsubsidy.employment import Employment, EmploymentState, LiveMonth
from libsubsidy.months import Month
from libsubsidy.policy import Policy
from libsubsidy.violations import Violation


class OrderKind(Enum):
    """汇缴方式: what an order pays, and so which rules its lines follow."""

    REGULAR = "regular"
    MONTHLY = "monthly"
    LUMP_DIFFERENCE = "lump_difference"
    LUMP_MISSED = "lump_missed"

    @property
    def claims_months(self) -> bool:
        """Whether a live line of this kind holds its (person, month)."""
        return self is not OrderKind.LUMP_DIFFERENCE


def eligible(  # noqa: PLR0917 - one month is judged by six facts; the order is that of the public API.
    employment: Employment,
    month: Month,
    kind: OrderKind,
    live: Mapping[Month, LiveMonth],
    policy: Policy,
    today: date,
) -> tuple[Violation, ...]:
    """Say everything that keeps a month from being paid; an empty tuple means that it may be.

    Args:
        employment: the person in this employer.
        month: the month asked for.
        kind: what would be paid.
        live: who holds this person's months, over the whole fund.
        policy: the bureau's numbers.
        today: the day of the bureau, Asia/Shanghai.
    """
    rules = _regular if kind is OrderKind.REGULAR else _back_payment
    found = list(refusals_of_state(employment, month))
    found += rules(employment, month, policy, _month_of(today))
    if kind.claims_months:
        found += _free(employment, month, kind, live)
    return tuple(found)


# Twenty thousand lines ask for the same two months.
@lru_cache(maxsize=16)
def _month_of(today: date) -> Month:
    return Month.of(today)


@lru_cache(maxsize=16)
def _later(month: Month, months: int) -> Month:
    return month + months


_UNKNOWN_MONTH: Final = "—"
_STATE_KEYS: Final = {
    EmploymentState.SEALED: "SEALED",
    EmploymentState.TRANSFERRING: "TRANSFER_IN_PROCESS",
    EmploymentState.ENDED: "ENDED",
}


def refusals_of_state(employment: Employment, month: Month) -> Iterator[Violation]:
    """Judge the state that holds in the month: months before a seal, transfer or end stay payable (D-9, I23)."""
    state, since_month = employment.state_and_since(month)
    if state is EmploymentState.PENDING:
        yield Violation.of("NOT_ACTIVE", name=employment.name, month=str(month))
    elif state is not EmploymentState.ACTIVE:
        since = str(since_month or _UNKNOWN_MONTH)
        yield Violation.of(_STATE_KEYS[state], name=employment.name, month=str(month), since=since)


def _regular(employment: Employment, month: Month, policy: Policy, now: Month) -> Iterator[Violation]:
    name, start, paid_through = employment.name, employment.start_month, employment.paid_through
    if start is None:
        yield Violation.of("START_MONTH_MISSING", name=name)
    elif month < start:
        yield Violation.of("START_MONTH_AFTER", name=name, month=str(month), start=str(start))
    if paid_through is not None and month <= paid_through:
        yield Violation.of(
            "ALREADY_PAID_THROUGH",
            name=name,
            month=str(month),
            paid_through=str(paid_through),
            first=str(paid_through + 1),
        )
    latest = _later(now, policy.remittance_months_ahead)
    if month > latest:
        yield Violation.of("MONTH_TOO_FAR", name=name, month=str(month), latest=str(latest))


def _back_payment(employment: Employment, month: Month, _policy: Policy, now: Month) -> Iterator[Violation]:
    name, start = employment.name, employment.start_month
    if month > now:
        yield Violation.of("BP_FUTURE_MONTH", name=name, month=str(month), latest=str(now))
    if start is None:
        yield Violation.of("START_MONTH_MISSING", name=name)
    elif not employment.has_remitted and month >= start:
        yield Violation.of("BP_NOT_BEFORE_START", name=name, month=str(month), start=str(start), latest=str(start - 1))


def month_held(name: str, month: Month, holder: LiveMonth, kind: OrderKind | None) -> Violation:
    """Say who holds a month and how far that is: what waits for its review has not been paid yet.

    Args:
        name: of the person.
        month: that cannot be paid again.
        holder: who has it.
        kind: what would be paid; None where nobody was asked to pay it (为什么没有这个人).

    >>> from libsubsidy.applications import OrderState
    >>> held = LiveMonth(employer_name="甲局", order_ref="#17", state=OrderState.SUBMITTED)
    >>> print(month_held("张三", Month(2020, 4), held, OrderKind.REGULAR).zh)
    张三的 2020-04 已由甲局的 #17 申请（待审核）：同一职工同一月份只能缴一次，请去掉这一行。
    """
    way = "absent" if kind is None else "" if kind is OrderKind.REGULAR else "back_payment"
    variant = "_".join(filter(None, (way, holder.state.value if holder.state is not None else "")))
    return Violation.of(
        f"MONTH_ALREADY_LIVE/{variant}" if variant else "MONTH_ALREADY_LIVE",
        name=name,
        month=str(month),
        employer=holder.employer_name,
        order=holder.order_ref,
    )


def _free(
    employment: Employment, month: Month, kind: OrderKind, live: Mapping[Month, LiveMonth]
) -> Iterator[Violation]:
    holder = live.get(month)
    if holder is not None:
        yield month_held(employment.name, month, holder, kind)
    elif month in employment.regular_months or month in employment.backfilled_months:
        # The claim is missing although this employer's own history has the month: never pay it twice.
        yield Violation.of("MONTH_ALREADY_REMITTED", name=employment.name, month=str(month))
