"""Back-payments: F89-F92, I10, I14, I15, I17, D-4, D-6; domain §4.2 "Lump sum"."""

import sys
import time
from collections.abc import Iterable
from datetime import date

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
    Violation,
    advise_back_payment,
    check_back_payment,
    claimed_months,
)

TODAY = date(2021, 6, 15)
ZHANG = Employment(
    person_id=1, name="张三", start_month=Month(2021, 1), state=EmploymentState.ACTIVE, opening_periods=1
)
NEW = evolve(ZHANG, opening_periods=0)
HERE = LiveMonth(employer_name="本单位", order_ref="汇缴单 A7W5")


def _range(first: str, last: str) -> MonthRange:
    return MonthRange(Month.parse(first), Month.parse(last))


def _line(month: Month, person_id: int = 1, fen: int = 50000) -> OrderLine:
    return OrderLine(person_id=person_id, month=month, amount=Money(fen=fen), source=AmountSource.DESIGNATED)


def _monthly(months: MonthRange, people: Iterable[int] = (1,)) -> BackPayment:
    lines = tuple(_line(month, person) for month in months for person in people)
    return BackPayment(kind=BackPaymentKind.MONTHLY, months=months, lines=lines)


def _lump(kind: BackPaymentKind, label: str, covers: Iterable[str] = (), fen: int = 50000) -> BackPayment:
    month = Month.parse(label)
    covered = frozenset(map(Month.parse, covers))
    return BackPayment(
        kind=kind,
        months=MonthRange(month, month),
        lines=(_line(month, fen=fen),),
        covers={1: covered} if covered else {},
    )


def _check(application: BackPayment, employment: Employment = ZHANG, *live: str) -> list[str]:
    roster = {1: Member(employment, {Month.parse(month): HERE for month in live})}
    return [v.code for v in check_back_payment(application, roster, Policy(), TODAY)]


@pytest.mark.parametrize(
    ("first", "last", "codes"),
    [
        ("2020-04", "2020-04", []),
        ("2019-12", "2020-10", []),
        ("2019-11", "2020-10", []),
        ("2019-11", "2020-11", ["BP_RANGE_TOO_LONG"]),
        ("2020-07", "2021-06", []),
        ("2020-08", "2021-07", ["BP_FUTURE_MONTH"]),
    ],
)
def test_i14_at_most_twelve_months_at_a_time(first: str, last: str, codes: list[str]) -> None:
    """11, 12 and 13 months; both ends count (F90)."""
    assert codes == _check(_monthly(_range(first, last)))


def test_i15_only_the_months_not_before_the_start_are_named() -> None:
    """A range up to the start month is refused with only its last month named."""
    roster = {1: Member(NEW)}
    found = check_back_payment(_monthly(_range("2020-11", "2021-01")), roster, Policy(), TODAY)
    assert [("BP_NOT_BEFORE_START", "2021-01")] == [(v.code, v.params["month"]) for v in found]


@pytest.mark.parametrize("kind", [BackPaymentKind.LUMP_DIFFERENCE, BackPaymentKind.LUMP_MISSED])
def test_i14_a_lump_sum_has_exactly_one_month(kind: BackPaymentKind) -> None:
    """Two months as a label are refused."""
    months = _range("2020-01", "2020-02")
    application = BackPayment(
        kind=kind, months=months, lines=(_line(Month(2020, 1)),), covers={1: frozenset({Month(2020, 1)})}
    )
    assert "BP_LUMP_ONE_MONTH" in _check(application)


@pytest.mark.parametrize(
    ("label", "fen", "codes"),
    [
        ("2020-05", 1, []),
        ("2021-06", 1, []),
        ("2021-07", 1, ["BP_FUTURE_MONTH"]),
        ("2020-05", 0, ["AMOUNT_NOT_POSITIVE"]),
        ("2020-05", -1, ["AMOUNT_NOT_POSITIVE"]),
    ],
)
def test_a_lump_sum_is_positive_and_not_in_the_future(label: str, fen: int, codes: list[str]) -> None:
    """Any month up to now, any amount from one fen."""
    assert codes == _check(_lump(BackPaymentKind.LUMP_DIFFERENCE, label, fen=fen))


def test_i10_a_difference_may_carry_a_month_with_a_regular_line() -> None:
    """It occupies no month and claims none."""
    application = _lump(BackPaymentKind.LUMP_DIFFERENCE, "2020-05")
    assert [] == _check(application, ZHANG, "2020-05")
    assert () == claimed_months(application)


def test_missed_months_are_claimed_and_checked_like_monthly_lines() -> None:
    """漏缴 names its months; each must be free, the label need not be."""
    application = _lump(BackPaymentKind.LUMP_MISSED, "2020-05", ["2020-04", "2020-03"])
    assert [] == _check(application, ZHANG, "2020-05")
    assert ["MONTH_ALREADY_LIVE"] == _check(application, ZHANG, "2020-03")
    assert ((1, Month(2020, 3)), (1, Month(2020, 4))) == claimed_months(application)


def test_the_start_month_rule_applies_to_every_month_a_lump_covers() -> None:
    """For somebody never remitted the label and all covered months lie before the start."""
    application = _lump(BackPaymentKind.LUMP_MISSED, "2020-12", ["2020-12", "2021-01"])
    roster = {1: Member(NEW)}
    found = check_back_payment(application, roster, Policy(), TODAY)
    assert [("BP_NOT_BEFORE_START", "2021-01")] == [(v.code, v.params["month"]) for v in found]
    assert ["BP_NOT_BEFORE_START"] == _check(_lump(BackPaymentKind.LUMP_DIFFERENCE, "2021-01"), NEW)


@pytest.mark.parametrize(
    ("application", "code"),
    [
        (_lump(BackPaymentKind.LUMP_MISSED, "2020-05"), "LUMP_COVERS_MISSING"),
        (_lump(BackPaymentKind.LUMP_DIFFERENCE, "2020-05", ["2020-04"]), "LUMP_COVERS_NOT_ASKED"),
        (
            evolve(
                _lump(BackPaymentKind.LUMP_MISSED, "2020-05", ["2020-04"]),
                covers={1: frozenset({Month(2020, 4)}), 2: frozenset({Month(2020, 4)})},
            ),
            "LUMP_COVERS_UNUSED",
        ),
    ],
)
def test_covers_belong_to_missed_months_only(application: BackPayment, code: str) -> None:
    """漏缴 without months, months without 漏缴, months without an amount."""
    assert [code] == _check(application)


@pytest.mark.parametrize(("limit", "codes"), [(2, []), (1, ["LUMP_COVERS_TOO_MANY"])])
def test_covers_have_a_limit(limit: int, codes: list[str]) -> None:
    """At the policy's number they pass; beyond it they are not even judged."""
    application = _lump(BackPaymentKind.LUMP_MISSED, "2020-05", ["2020-04", "2020-03"])
    policy = Policy(lump_missed_months_max=limit)
    assert codes == [v.code for v in check_back_payment(application, {1: Member(ZHANG)}, policy, TODAY)]


def test_a_lump_sum_for_a_stranger_is_refused_by_number() -> None:
    """Somebody without an employment here has no name; nothing else is judged."""
    application = _lump(BackPaymentKind.LUMP_MISSED, "2020-05")
    found = check_back_payment(application, {}, Policy(), TODAY)
    assert ["NOT_EMPLOYED", "LUMP_COVERS_MISSING"] == [v.code for v in found]
    assert "#1" == found[1].params["name"]


def test_lump_and_monthly_cannot_meet_in_one_application() -> None:
    """One application has one kind: a monthly line in a lump sum is a second line outside its month."""
    lump = _lump(BackPaymentKind.LUMP_DIFFERENCE, "2020-05")
    both = evolve(lump, lines=(*lump.lines, _line(Month(2020, 4))))
    assert ["LINE_OUTSIDE_MONTHS"] == _check(both)


def test_a_live_month_says_how_to_pay_a_difference() -> None:
    """MONTH_ALREADY_LIVE on a back-payment: 差额请用一次性补缴."""
    roster = {1: Member(ZHANG, {Month(2020, 5): HERE})}
    (refusal,) = check_back_payment(_monthly(_range("2020-05", "2020-05")), roster, Policy(), TODAY)
    assert "MONTH_ALREADY_LIVE" == refusal.code
    assert "差额请用一次性补缴" in refusal.zh


def test_an_application_too_large_is_not_looked_at() -> None:
    """The limit is judged first."""
    found = check_back_payment(
        _monthly(_range("2020-01", "2020-03")), {1: Member(ZHANG)}, Policy(order_lines_max=2), TODAY
    )
    assert ["ORDER_TOO_LARGE"] == [v.code for v in found]


def test_every_kind_of_back_payment_is_a_kind_of_order() -> None:
    """The two enums share their values."""
    assert {kind.value for kind in OrderKind} - {"regular"} == {kind.value for kind in BackPaymentKind}
    assert OrderKind.MONTHLY is BackPaymentKind.MONTHLY.order_kind


def test_the_reviewer_confirms_months_within_the_opening() -> None:
    """Paid through 2020-06: 2020-06 asks, 2020-07 does not; a stranger is judged elsewhere."""
    roster = {1: Member(evolve(ZHANG, paid_through=Month(2020, 6)))}
    advice = advise_back_payment(_monthly(_range("2020-06", "2020-07"), [1, 9]), roster)
    assert [("CONFIRM_WITHIN_OPENING", "2020-06")] == [(a.code, a.params["month"]) for a in advice]


def test_two_lumps_same_month_are_allowed_with_a_warning() -> None:
    """A second lump sum with the same label may be a repetition: the reviewer is asked."""
    employment = evolve(ZHANG, lump_months=frozenset({Month(2020, 5)}))
    application = _lump(BackPaymentKind.LUMP_DIFFERENCE, "2020-05")
    assert [] == _check(application, employment)
    assert ["CONFIRM_SECOND_LUMP"] == [a.code for a in advise_back_payment(application, {1: Member(employment)})]
    assert () == advise_back_payment(application, {1: Member(ZHANG)})
    assert () == advise_back_payment(application, {})


def test_a_gap_of_the_former_employer_is_allowed_with_a_warning() -> None:
    """D-4: the new employer may pay what the former one left open; the reviewer is asked."""
    transferred = evolve(NEW, transferred_in=True)
    application = _monthly(_range("2020-12", "2020-12"))
    assert [] == _check(application, transferred)
    advice: tuple[Violation, ...] = advise_back_payment(application, {1: Member(transferred)})
    assert ["CONFIRM_FORMER_EMPLOYER"] == [a.code for a in advice]


months = st.integers(0, 40).map(lambda steps: Month(2018, 6) + steps)


@given(months, months)
def test_i14_holds_for_every_range(first: Month, last: Month) -> None:
    """Accepted if and only if 1 to 12 months, none of them in the future."""
    if last < first:
        first, last = last, first
    application = _monthly(MonthRange(first, last))
    assert (len(application.months) <= 12 and last <= Month.of(TODAY)) == (not _check(application))


@given(
    months,
    st.integers(1, 11),
    st.sets(st.integers(0, 11), max_size=3),
    st.sampled_from([ZHANG, NEW, evolve(NEW, state=EmploymentState.SEALED, state_from=Month(2020, 2))]),
    st.sampled_from([(1,), (1, 2)]),
)
def test_i17_splitting_an_application_changes_nothing(
    first: Month, k: int, live: set[int], employment: Employment, people: tuple[int, ...]
) -> None:
    """Twelve months are accepted if and only if k and then 12 − k are, the first part being live by then."""
    whole = MonthRange(first, first + 11)
    parts = (MonthRange(first, first + (k - 1)), MonthRange(first + k, first + 11))
    held = {first + step: HERE for step in live}

    def accepted(months: MonthRange, claimed: dict[Month, LiveMonth]) -> bool:
        roster = {person: Member(evolve(employment, person_id=person), claimed) for person in people}
        return not check_back_payment(_monthly(months, people), roster, Policy(), TODAY)

    one_after_the_other = accepted(parts[0], held) and accepted(parts[1], held | dict.fromkeys(parts[0], HERE))
    assert accepted(whole, held) == one_after_the_other


@pytest.mark.skipif(sys.gettrace() is not None, reason="a measurement means nothing while every line is traced")
def test_twenty_thousand_lines_are_checked_fast() -> None:
    """Twelve months of 1,667 people in well under a second."""
    people = range(1_667)
    roster = {number: Member(evolve(ZHANG, person_id=number)) for number in people}
    application = _monthly(_range("2020-01", "2020-12"), people)
    started = time.process_time()
    assert () == check_back_payment(application, roster, Policy(), TODAY)
    assert time.process_time() - started < 0.5
