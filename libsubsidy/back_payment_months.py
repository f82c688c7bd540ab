"""Which months one back-payment (补缴起止月份) may have, and how a longer one becomes several orders.

    选择补缴起止月份                                                                                    manual L379
    如若按月补缴，每次补缴不可超过十二个月；如若一次性补缴，可任意选择一个补缴月份                          manual L381

Both ends count (F89, I14). No month lies in the future (I16, D-7). What is longer than twelve months "needs several
applications" (F90): `split_back_payment` gives their months, full ones first, so that they are as few as can be. Splitting
changes nothing of what is accepted (I17).

>>> long = MonthRange(Month(2019, 11), Month(2020, 11))
>>> [violation.code for violation in check_back_payment_months(OrderKind.MONTHLY, long, Policy(), date(2020, 12, 1))]
['BP_RANGE_TOO_LONG']
>>> [(str(part.first), str(part.last), len(part)) for part in split_back_payment(long, Policy())]
[('2019-11', '2020-10', 12), ('2020-11', '2020-11', 1)]
>>> len(split_back_payment(MonthRange(Month(2019, 11), Month(2020, 10)), Policy()))
1
"""

from collections.abc import Iterator
from datetime import date

from libsubsidy.eligibility import OrderKind
from libsubsidy.months import Month, MonthRange
from libsubsidy.policy import Policy
from libsubsidy.violations import Violation


def check_back_payment_months(
    kind: OrderKind, months: MonthRange, policy: Policy, today: date
) -> tuple[Violation, ...]:
    """Judge the months alone, before anybody is chosen; what hangs on people is `eligible`'s.

    >>> ahead = check_back_payment_months(OrderKind.LUMP_MISSED, MonthRange(Month(2021, 1), Month(2021, 1)), Policy(),
    ...                                   date(2020, 12, 31))
    >>> [(violation.code, violation.params["latest"]) for violation in ahead]
    [('BP_FUTURE_MONTH', '2020-12')]
    """
    return (*check_length(kind, months, policy), *_not_ahead(months, today))


def check_length(kind: OrderKind, months: MonthRange, policy: Policy) -> Iterator[Violation]:
    """Say whether there are too many months for one order."""
    count = len(months)
    if kind is OrderKind.MONTHLY:
        if count > policy.back_pay_months_max:
            yield Violation.of("BP_RANGE_TOO_LONG", months=count, limit=policy.back_pay_months_max)
    elif count > 1:
        yield Violation.of("BP_LUMP_ONE_MONTH", months=count, first=str(months.first), last=str(months.last))


def check_split(months: MonthRange, policy: Policy, today: date) -> tuple[Violation, ...]:
    """Say what keeps a monthly back-payment of any length from being split into orders.

    >>> def codes(count, policy):
    ...     months = MonthRange(Month(2000, 1), Month(2000, 1) + (count - 1))
    ...     return [violation.code for violation in check_split(months, policy, date(2020, 9, 1))]
    >>> few = Policy(back_pay_orders_max=2)
    >>> codes(24, few), codes(25, few)
    ([], ['BP_TOO_MANY_ORDERS'])
    """
    orders = -(-len(months) // policy.back_pay_months_max)
    too_many: tuple[Violation, ...] = ()
    if orders > policy.back_pay_orders_max:
        limit = policy.back_pay_orders_max
        most = policy.back_pay_months_max * limit
        too_many = (Violation.of("BP_TOO_MANY_ORDERS", months=len(months), orders=orders, limit=limit, most=most),)
    return (*too_many, *_not_ahead(months, today))


def split_back_payment(months: MonthRange, policy: Policy) -> tuple[MonthRange, ...]:
    """Give the months of each order; one order where one is enough."""
    most = policy.back_pay_months_max
    starts = (months.first + step for step in range(0, len(months), most))
    return tuple(MonthRange(first, first + min(most - 1, months.last - first)) for first in starts)


def _not_ahead(months: MonthRange, today: date) -> Iterator[Violation]:
    now = Month.of(today)
    if months.last > now:
        yield Violation.of("BP_FUTURE_MONTH/range", month=str(months.last), latest=str(now))
