"""What every order has in common: rule I1, F83, F87."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    AmountSource,
    Employment,
    EmploymentState,
    Member,
    Money,
    Month,
    MonthRange,
    OrderLine,
    Policy,
    check_lines,
    check_regular_order,
    check_total,
    order_totals,
)

APRIL = Month(2020, 4)
ROSTER = {
    number: Member(
        Employment(person_id=number, name=f"职工{number}", start_month=Month(2020, 1), state=EmploymentState.ACTIVE)
    )
    for number in range(1, 6)
}


def _line(person_id: int, fen: int = 50000, month: Month = APRIL) -> OrderLine:
    return OrderLine(person_id=person_id, month=month, amount=Money(fen=fen), source=AmountSource.FILE)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 10**7)), max_size=40))
def test_i1_the_total_is_a_fresh_sum_and_the_count_is_of_people(rows: list[tuple[int, int]]) -> None:
    """Tick and untick as you like: total = Σ amounts, count = distinct employees."""
    lines = [_line(person_id, fen) for person_id, fen in rows]
    totals = order_totals(lines)
    assert sum(fen for _, fen in rows) == totals.amount.fen
    assert (len({person_id for person_id, _ in rows}), len(rows)) == (totals.employees, totals.lines)
    assert () == check_total(lines, totals.amount)


@given(st.sets(st.integers(1, 5), min_size=1), st.integers(-3, 3))
def test_i1_every_amount_of_an_accepted_order_is_more_than_zero(people: set[int], fen: int) -> None:
    """One fen is an amount; zero and less are refused for every line that has them."""
    found = check_regular_order(APRIL, [_line(person, fen) for person in people], ROSTER, Policy(), date(2020, 4, 1))
    expected = [] if fen > 0 else ["AMOUNT_NOT_POSITIVE"] * len(people)
    assert expected == [violation.code for violation in found]


def test_a_total_shown_that_is_not_the_sum_is_refused() -> None:
    """The server recomputes and names both."""
    (refusal,) = check_total([_line(1)], Money.parse("500.01"))
    assert ("500.01", "500.00") == (refusal.params["shown"], refusal.params["total"])


def test_an_empty_order_is_refused() -> None:
    """Nothing ticked is no order."""
    assert ["EMPTY_ORDER"] == _codes([])


def test_a_person_twice_in_a_month_is_refused() -> None:
    """Every line after the first is named."""
    assert ["DUPLICATE_LINE", "DUPLICATE_LINE"] == _codes([_line(1), _line(2), _line(1), _line(1)])


def test_the_same_name_twice_is_two_people() -> None:
    """People are told apart by number: namesakes are no duplicate."""
    namesakes = {number: Member(evolve(ROSTER[1].employment, person_id=number)) for number in (1, 2)}
    assert () == check_lines([_line(1), _line(2)], MonthRange(APRIL, APRIL), namesakes, Policy())


def test_a_stranger_is_refused_by_number() -> None:
    """Somebody else's employee has no name here."""
    assert ["NOT_EMPLOYED"] == _codes([_line(1), _line(99)])


@pytest.mark.parametrize(("lines", "codes"), [(3, []), (4, ["ORDER_TOO_LARGE"])])
def test_an_order_has_a_limit(lines: int, codes: list[str]) -> None:
    """At the policy's number it passes, one more is refused without looking further."""
    policy = Policy(order_lines_max=3)
    order = [_line(number) for number in range(1, lines + 1)]
    assert codes == [v.code for v in check_lines(order, MonthRange(APRIL, APRIL), ROSTER, policy)]
    assert codes == [v.code for v in check_regular_order(APRIL, order, ROSTER, policy, date(2020, 4, 1))]


def test_a_line_of_another_month_is_refused() -> None:
    """A line's month must be one of the order's."""
    assert ["LINE_OUTSIDE_MONTHS"] == _codes([_line(1, month=Month(2020, 5))])


def _codes(lines: list[OrderLine]) -> list[str]:
    return [violation.code for violation in check_lines(lines, MonthRange(APRIL, APRIL), ROSTER, Policy())]
