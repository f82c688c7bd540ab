"""The regular month: F76-F87, D-15; domain §4.2 "Selection"."""

import sys
import time
from datetime import date

import pytest
from attrs import evolve

from libsubsidy import (
    AmountSource,
    Employment,
    EmploymentState,
    FileAmount,
    LiveMonth,
    Member,
    Money,
    Month,
    OrderLine,
    Policy,
    advise_regular_order,
    check_regular_order,
    next_month,
    regular_sheet,
)

APRIL = Month(2020, 4)
TODAY = date(2020, 4, 20)
ZHANG = Employment(
    person_id=1,
    name="张三",
    start_month=APRIL,
    state=EmploymentState.ACTIVE,
    file_amounts=(FileAmount(effective=APRIL, amount=Money.parse("500")),),
)
TAKEN = {APRIL: LiveMonth(employer_name="本单位", order_ref="汇缴单 A7W5")}


def _line(person_id: int, yuan: str = "500") -> OrderLine:
    return OrderLine(person_id=person_id, month=APRIL, amount=Money.parse(yuan), source=AmountSource.DESIGNATED)


def test_a_sheet_lists_who_may_be_paid_and_says_why_the_others_may_not() -> None:
    """Eligible with an amount, eligible without one, and the refused with their reasons."""
    sealed = evolve(ZHANG, person_id=2, state=EmploymentState.SEALED, state_from=APRIL)
    unknown = evolve(ZHANG, person_id=3, file_amounts=())
    roster = {1: Member(ZHANG), 2: Member(sealed), 3: Member(unknown), 4: Member(evolve(ZHANG, person_id=4), TAKEN)}
    sheet = regular_sheet(APRIL, roster, Policy(), TODAY)
    assert [1] == [line.person_id for line in sheet.lines]
    assert (3,) == sheet.without_amount
    assert {2: ["SEALED"], 4: ["MONTH_ALREADY_LIVE"]} == {
        person: [violation.code for violation in why] for person, why in sheet.missing.items()
    }


def test_an_order_of_the_sheet_is_accepted() -> None:
    """What is listed may be submitted."""
    roster = {1: Member(ZHANG)}
    sheet = regular_sheet(APRIL, roster, Policy(), TODAY)
    assert () == check_regular_order(APRIL, sheet.lines, roster, Policy(), TODAY)


def test_person_sealed_between_query_and_submit_is_refused() -> None:
    """The snapshot of the submission judges, not that of the query."""
    sealed = {1: Member(evolve(ZHANG, state=EmploymentState.SEALED, state_from=APRIL))}
    found = check_regular_order(APRIL, [_line(1)], sealed, Policy(), TODAY)
    assert ["SEALED"] == [violation.code for violation in found]


def test_the_second_of_two_clerks_gets_the_conflict_list() -> None:
    """Every month already held is named with its order; disjoint people pass (D-15)."""
    roster = {1: Member(ZHANG, TAKEN), 2: Member(evolve(ZHANG, person_id=2, name="李四"))}
    (refusal,) = check_regular_order(APRIL, [_line(1), _line(2)], roster, Policy(), TODAY)
    assert ("张三", "汇缴单 A7W5") == (refusal.params["name"], refusal.params["order"])


def test_a_person_twice_is_judged_once_for_the_month() -> None:
    """A duplicate is one mistake, not two."""
    before_start = {1: Member(evolve(ZHANG, start_month=Month(2020, 5)))}
    found = check_regular_order(APRIL, [_line(1), _line(1)], before_start, Policy(), TODAY)
    assert ["DUPLICATE_LINE", "START_MONTH_AFTER"] == [violation.code for violation in found]


def test_the_reviewer_sees_every_amount_that_differs_from_the_file() -> None:
    """Designated amounts are allowed and shown; strangers are judged elsewhere."""
    without_file = evolve(ZHANG, person_id=2, name="李四", file_amounts=())
    roster = {1: Member(ZHANG), 2: Member(without_file), 3: Member(evolve(ZHANG, person_id=3))}
    advice = advise_regular_order([_line(1, "550"), _line(2), _line(3), _line(99)], roster)
    assert [("张三", "550.00", "500.00"), ("李四", "500.00", "0.00")] == [
        (a.params["name"], a.params["amount"], a.params["file_amount"]) for a in advice
    ]


@pytest.mark.skipif(sys.gettrace() is not None, reason="a measurement means nothing while every line is traced")
def test_twenty_thousand_lines_are_checked_fast_and_in_linear_time() -> None:
    """A whole big employer is judged in well under a second, four times the lines in about four times the time."""
    people = {number: Member(evolve(ZHANG, person_id=number)) for number in range(20_000)}
    lines = [_line(number) for number in people]
    quarter = min(_seconds(lines[:5_000], people) for _ in range(3))
    whole = min(_seconds(lines, people) for _ in range(3))
    assert whole < 0.5
    assert whole < 12 * quarter


def _seconds(lines: list[OrderLine], roster: dict[int, Member]) -> float:
    started = time.process_time()
    assert () == check_regular_order(APRIL, lines, roster, Policy(), TODAY)
    return time.process_time() - started


@pytest.mark.parametrize(
    ("last", "today", "expected"),
    [
        (None, date(2020, 4, 1), Month(2020, 4)),
        (Month(2019, 12), date(2020, 4, 30), Month(2020, 1)),
        (Month(2020, 3), date(2020, 4, 30), Month(2020, 4)),
        (Month(2020, 4), date(2020, 4, 30), Month(2020, 5)),
        (Month(2020, 5), date(2020, 4, 30), Month(2020, 5)),
        (Month(2020, 12), date(2020, 12, 31), Month(2021, 1)),
    ],
)
def test_a_new_order_begins_with_the_next_month_that_is_not_remitted(
    last: Month | None, today: date, expected: Month
) -> None:
    """F78: the one after the last, over a year's end too; never beyond what D-7 allows; of a new employer the current one."""
    assert expected == next_month(last, Policy(), today)
