"""Months and ranges: the edge cases of domain §4.2 "Month arithmetic"."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import Month, MonthError, MonthRange

months = st.builds(Month, st.integers(1900, 2200), st.integers(1, 12))


@pytest.mark.parametrize(
    "text",
    [
        *("", "2020-4", "2020-004", "2020-13", "2020-00", "0000-01", "20-04", "2020/04", "202004", "2020-04-01"),
        *(
            " 2020-04",
            "2020-04 ",
            "2020-04\n",
            "２０２０-０４",
            "2020－04",
            "２０２０－０４",
            "2020年4月",
            "٢٠٢٠-٠٤",
            "-020-04",
        ),
    ],
)
def test_only_the_exact_form_is_a_month(text: str) -> None:
    """2020-4, full-width digits, month 13 and the rest are refused with what to write instead."""
    with pytest.raises(MonthError) as refusal:
        Month.parse(text)
    assert refusal.value.violation.code in {"MONTH_FORMAT", "MONTH_OUT_OF_RANGE"}


@pytest.mark.parametrize(("year", "month"), [(2020, 0), (2020, 13), (0, 1), (10_000, 1), (2020, -1)])
def test_a_month_that_does_not_exist_cannot_be_made(year: int, month: int) -> None:
    """The constructor refuses what parsing would."""
    with pytest.raises(MonthError):
        Month(year, month)


@pytest.mark.parametrize(
    ("year", "month"), [(2020.0, 4), (2020, 4.0), (2020, True), (True, 4), ("2020", 4), (2020, "4"), (2020, None)]
)
def test_only_whole_numbers_make_a_month(year: object, month: object) -> None:
    """A float, a text and even True are refused, as money refuses them, and the refusal names the kind."""
    with pytest.raises(MonthError) as refusal:
        Month(year, month)  # type: ignore[arg-type]
    assert "MONTH_NOT_WHOLE" == refusal.value.violation.code
    wrong = next(number for number in (year, month) if type(number) is not int)
    assert {"kind": type(wrong).__name__, "text": str(wrong)} == refusal.value.violation.params


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2020-01", "2020-02"),
        ("2020-01", Month(2020, 2)),
        (Month(2020, 1), "2020-02"),
        (Month(2020, 1), None),
        (date(2020, 1, 1), date(2020, 2, 1)),
        (1, 2),
    ],
)
def test_only_months_are_the_ends_of_a_range(first: object, last: object) -> None:
    """Texts, dates and numbers would be ordered, too, and are refused with the way to read a month."""
    with pytest.raises(MonthError) as refusal:
        MonthRange(first, last)  # type: ignore[arg-type]
    assert "MONTH_EXPECTED" == refusal.value.violation.code


@pytest.mark.parametrize(
    ("first", "last", "length"),
    [
        ("2019-11", "2020-10", 12),
        ("2019-11", "2020-11", 13),
        ("2020-04", "2020-04", 1),
        ("2020-12", "2021-01", 2),
        ("1999-12", "2000-01", 2),
        ("2099-12", "2100-01", 2),
    ],
)
def test_a_range_counts_both_ends(first: str, last: str, length: int) -> None:
    """Ranges are inclusive, over the turn of years and centuries too."""
    months = MonthRange(Month.parse(first), Month.parse(last))
    assert length == len(months) == len(list(months))
    assert [months.first, months.last] == [min(months), max(months)]


def test_a_reversed_range_is_refused() -> None:
    """The first month later than the last is an error that says to exchange them."""
    with pytest.raises(MonthError) as refusal:
        MonthRange(Month(2020, 5), Month(2020, 4))
    assert "BP_RANGE_REVERSED" == refusal.value.violation.code


def test_membership_is_inclusive() -> None:
    """Both ends belong to the range, their neighbours and other things do not."""
    year = MonthRange(Month(2020, 1), Month(2020, 12))
    assert [False, True, True, False] == [Month(*end) in year for end in _ENDS]
    assert "2020-04" not in year


_ENDS = [(2019, 12), (2020, 1), (2020, 12), (2021, 1)]


@given(months)
def test_parsing_and_printing_are_inverse(month: Month) -> None:
    """A month prints as the text it is read from; a date within it gives it back."""
    assert month == Month.parse(str(month))
    assert month == Month.of(month.first_day)


@given(months, st.integers(-1000, 1000))
def test_adding_and_subtracting_are_inverse(month: Month, steps: int) -> None:
    """Steps forward are steps back, and the difference counts them."""
    later = month + steps
    assert month == later - steps
    assert steps == later - month
    assert [steps > 0, steps >= 0, steps < 0, steps <= 0] == [
        later > month,
        later >= month,
        later < month,
        later <= month,
    ]


def test_december_is_followed_by_january() -> None:
    """The year turns with the month."""
    assert [Month(2021, 1), Month(2020, 12)] == [Month(2020, 12) + 1, Month(2021, 1) - 1]
    assert date(2020, 2, 1) == Month.of(date(2020, 2, 29)).first_day


def test_months_mix_with_whole_numbers_only() -> None:
    """A text or a float is no number of months, and leaving the calendar is an error."""
    with pytest.raises(TypeError):
        Month(2020, 1) + 1.5  # type: ignore[operator]
    with pytest.raises(TypeError):
        Month(2020, 1) - "1"  # type: ignore[operator]
    with pytest.raises(TypeError):
        assert Month(2020, 1) < "2020-02"  # type: ignore[operator]
    with pytest.raises(TypeError):
        assert Month(2020, 1) <= 2020  # type: ignore[operator]
    with pytest.raises(MonthError):
        Month(9999, 12) + 1
