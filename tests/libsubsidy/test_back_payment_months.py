"""补缴起止月份 and what becomes of more than twelve months: F89-F91, I14, I16, I17; domain §4.2 "Month arithmetic"."""

from datetime import date
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    AmountSource,
    BackPayment,
    BackPaymentKind,
    Employment,
    EmploymentState,
    LiveMonth,
    Member,
    Money,
    Month,
    MonthRange,
    OrderKind,
    OrderLine,
    Policy,
    check_back_payment,
    check_back_payment_months,
    check_split,
    split_back_payment,
)

TODAY = date(2021, 1, 15)
ZHANG = Employment(person_id=1, name="张三", start_month=Month(2020, 6), state=EmploymentState.ACTIVE)
HERE = LiveMonth(employer_name="本单位", order_ref="#1")


def _range(first: str, last: str) -> MonthRange:
    return MonthRange(Month.parse(first), Month.parse(last))


@pytest.mark.parametrize(
    ("first", "last", "codes", "parts"),
    [
        ("2019-12", "2019-12", [], ["2019-12..2019-12"]),
        ("2020-02", "2020-12", [], ["2020-02..2020-12"]),
        ("2020-02", "2021-01", [], ["2020-02..2021-01"]),
        ("2020-01", "2021-01", ["BP_RANGE_TOO_LONG"], ["2020-01..2020-12", "2021-01..2021-01"]),
        ("2019-11", "2020-11", ["BP_RANGE_TOO_LONG"], ["2019-11..2020-10", "2020-11..2020-11"]),
        ("2019-01", "2020-12", ["BP_RANGE_TOO_LONG"], ["2019-01..2019-12", "2020-01..2020-12"]),
        (
            "2019-01",
            "2021-01",
            ["BP_RANGE_TOO_LONG"],
            ["2019-01..2019-12", "2020-01..2020-12", "2021-01..2021-01"],
        ),
        ("2020-12", "2021-02", ["BP_FUTURE_MONTH"], ["2020-12..2021-02"]),
        (
            "2020-02",
            "2021-02",
            ["BP_RANGE_TOO_LONG", "BP_FUTURE_MONTH"],
            ["2020-02..2021-01", "2021-02..2021-02"],
        ),
    ],
)
def test_months_are_judged_and_split(first: str, last: str, codes: list[str], parts: list[str]) -> None:
    """F89, F90: 1, 11, 12, 13, 24 and 25 months, over a year's end, up to the current month and one beyond it."""
    months = _range(first, last)
    found = check_back_payment_months(OrderKind.MONTHLY, months, Policy(), TODAY)
    split = [f"{part.first}..{part.last}" for part in split_back_payment(months, Policy())]
    assert (codes, parts) == ([violation.code for violation in found], split)


@pytest.mark.parametrize("kind", [OrderKind.LUMP_DIFFERENCE, OrderKind.LUMP_MISSED])
@pytest.mark.parametrize(("last", "codes"), [("2020-12", []), ("2021-01", ["BP_LUMP_ONE_MONTH"])])
def test_a_lump_sum_has_one_month(kind: OrderKind, last: str, codes: list[str]) -> None:
    """F91: 可任意选择一个补缴月份; two are too many, also over a year's end."""
    found = check_back_payment_months(kind, _range("2020-12", last), Policy(), TODAY)
    assert codes == [violation.code for violation in found]


@pytest.mark.parametrize(
    ("months", "codes"), [(360, []), (361, ["BP_TOO_MANY_ORDERS"]), (12, []), (24_000, ["BP_TOO_MANY_ORDERS"])]
)
def test_only_so_many_orders_are_made_at_once(months: int, codes: list[str]) -> None:
    """Thirty years at a time; whoever wants more is told how many months fit."""
    last = Month.of(TODAY)
    found = check_split(MonthRange(last - (months - 1), last), Policy(), TODAY)
    assert codes == [violation.code for violation in found]


def test_what_lies_ahead_is_not_split() -> None:
    """I16: the message names the latest month."""
    (found,) = check_split(_range("2019-01", "2021-02"), Policy(), TODAY)
    assert ("BP_FUTURE_MONTH", "2021-01") == (found.code, found.params["latest"])


starts = st.integers(0, 240).map(lambda steps: Month(2001, 1) + steps)
lengths = st.integers(1, 60)


@given(starts, lengths, st.integers(1, 24))
def test_the_parts_are_the_whole_in_as_few_orders_as_can_be(first: Month, length: int, most: int) -> None:
    """I14, I17: every month once, in order; all parts are full but the last."""
    policy = Policy(back_pay_months_max=most)
    months = MonthRange(first, first + (length - 1))
    parts = split_back_payment(months, policy)
    assert list(months) == [month for part in parts for month in part]
    assert all(one.last + 1 == other.first for one, other in pairwise(parts))
    assert {most} >= {len(part) for part in parts[:-1]}
    assert 1 <= len(parts[-1]) <= most
    assert all(not check_back_payment_months(OrderKind.MONTHLY, part, policy, date(2999, 1, 1)) for part in parts)


@given(
    st.integers(-30, 0).map(lambda steps: Month(2020, 6) + steps),
    st.integers(1, 30),
    st.sets(st.integers(0, 29), max_size=3),
    st.sampled_from([0, 1]),
)
def test_i17_the_orders_of_a_split_are_accepted_as_the_whole_would_be(
    first: Month, length: int, live: set[int], opening: int
) -> None:
    """I15-I17: if no order had a limit, the long one were accepted if and only if its parts are, one after the other."""
    months = MonthRange(first, first + (length - 1))
    employment = evolve(ZHANG, opening_periods=opening)
    held = {first + step: HERE for step in live}

    def accepted(part: MonthRange, policy: Policy, claimed: dict[Month, LiveMonth]) -> bool:
        lines = tuple(
            OrderLine(person_id=1, month=month, amount=Money(fen=1), source=AmountSource.DESIGNATED) for month in part
        )
        application = BackPayment(kind=BackPaymentKind.MONTHLY, months=part, lines=lines)
        return not check_back_payment(application, {1: Member(employment, claimed)}, policy, TODAY)

    claimed = dict(held)
    each_accepted = True
    for part in split_back_payment(months, Policy()):
        each_accepted &= accepted(part, Policy(), claimed)
        claimed |= dict.fromkeys(part, HERE)
    assert accepted(months, Policy(back_pay_months_max=length), held) == each_accepted
