"""员工初始化: what is required, what is optional, and what is only shown to be checked (F16, F17)."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import INITIAL_FIELDS, InitialRow, Money, Month, Opening, same_cell, verify_row

TODAY = date(2020, 9, 15)
GOOD = InitialRow(mobile="13800000000", rank="正科", monthly_amount="500.00")
OPENED = evolve(GOOD, opening_periods="51", opening_amount="20250", paid_through="2020-08")


def found(row: InitialRow) -> list[tuple[str, str]]:
    """The cells that are wrong, with why; advice is marked."""
    return [(each.field + "?" * each.is_advice, each.violation.code) for each in verify_row(row, TODAY)[1]]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"mobile": ""}, [("mobile", "FIELD_MISSING")]),
        ({"mobile": "12"}, [("mobile", "PHONE_FORMAT")]),
        ({"rank": " "}, [("rank", "FIELD_MISSING")]),
        ({"rank": "长" * 51}, [("rank", "FIELD_TOO_LONG")]),
        ({"rank": "正\n科"}, [("rank", "FIELD_CHARACTERS")]),
        ({"monthly_amount": ""}, [("monthly_amount", "FIELD_MISSING")]),
        ({"monthly_amount": "0"}, [("monthly_amount", "AMOUNT_NOT_POSITIVE")]),
        ({"monthly_amount": "0.01"}, []),
        ({"monthly_amount": "1,00"}, [("monthly_amount", "AMOUNT_FORMAT")]),
        (
            {"mobile": "", "rank": "", "monthly_amount": "x"},
            [("mobile", "FIELD_MISSING"), ("rank", "FIELD_MISSING"), ("monthly_amount", "AMOUNT_FORMAT")],
        ),
    ],
)
def test_mobile_rank_and_amount_are_required_on_every_row(change: dict[str, str], told: list[tuple[str, str]]) -> None:
    """F16: every wrong cell of a row is named at once."""
    assert told == found(evolve(GOOD, **change))


@pytest.mark.parametrize(
    ("periods", "amount", "month", "told"),
    [
        ("", "", "", []),
        ("0", "0", "", []),
        ("1", "0.01", "2020-09", []),
        ("1200", "1", "1920-01", []),
        ("1201", "1", "2020-08", [("opening_periods", "PERIODS_FORMAT")]),
        ("-1", "1", "2020-08", [("opening_periods", "PERIODS_FORMAT")]),
        ("1.5", "1", "2020-08", [("opening_periods", "PERIODS_FORMAT")]),
        ("51", "", "2020-08", [("opening_amount", "OPENING_AMOUNT_MISSING")]),
        ("", "1", "", [("opening_periods", "OPENING_PERIODS_MISSING")]),
        ("51", "-1", "2020-08", [("opening_amount", "AMOUNT_FORMAT")]),
        ("51", "1", "", [("paid_through", "PAID_THROUGH_MISSING")]),
        ("51", "1", "2020-8", [("paid_through", "MONTH_FORMAT")]),
        ("51", "1", "2020-10", [("paid_through", "PAID_THROUGH_FUTURE")]),
        ("", "", "2020-08", [("paid_through", "PAID_THROUGH_ALONE")]),
        ("0", "0", "2020-08", [("paid_through", "PAID_THROUGH_ALONE")]),
        ("51", "0", "2020-08", [("opening_amount?", "CONFIRM_OPENING_UNEVEN")]),
        ("0", "5", "", [("opening_amount?", "CONFIRM_OPENING_UNEVEN")]),
    ],
)
def test_an_opening_is_given_whole_or_not_at_all(
    periods: str, amount: str, month: str, told: list[tuple[str, str]]
) -> None:
    """F17: both or neither, none negative; one zero beside another number is shown, and does not keep it back."""
    row = evolve(GOOD, opening_periods=periods, opening_amount=amount, paid_through=month)
    assert told == found(row)
    verified, _ = verify_row(row, TODAY)
    assert (verified is None) == any(not field.endswith("?") for field, _ in told)


def test_what_is_verified_is_read() -> None:
    """Numbers as they are kept; an opening of nothing is none."""
    verified, _ = verify_row(evolve(OPENED, mobile="+86 138-0000-0000"), TODAY)
    assert verified is not None
    assert ("13800000000", Money(fen=50000)) == (verified.mobile, verified.monthly_amount)
    assert Opening(51, Money(fen=2025000), Month(2020, 8)) == verified.opening
    nothing, _ = verify_row(evolve(GOOD, opening_periods="0", opening_amount="0.00"), TODAY)
    assert nothing is not None
    assert nothing.opening is None


@given(fen=st.integers(min_value=1, max_value=10**12), periods=st.integers(min_value=1, max_value=1200))
def test_what_is_read_is_written_and_read_again(fen: int, periods: int) -> None:
    """I33: the file's own texts are verified without a word, and mean the same."""
    row = evolve(OPENED, monthly_amount=str(Money(fen=fen)), opening_periods=str(periods))
    verified, told = verify_row(row, TODAY)
    assert () == told
    assert verified is not None
    assert Money(fen=fen) == verified.monthly_amount
    assert all(
        same_cell(field.name, getattr(row, field.name), f" {getattr(row, field.name)} ") for field in INITIAL_FIELDS
    )


@pytest.mark.parametrize(
    ("field", "one", "other", "same"),
    [
        ("monthly_amount", "500", "500.00", True),
        ("monthly_amount", "500", "500.01", False),
        ("opening_periods", "051", "51", True),
        ("paid_through", "2020-08", "2020-8", False),
        ("mobile", "138 0000 0000", "13800000000", True),
        ("rank", "正科", " 正科", True),
        ("rank", "", "正科", False),
        ("opening_amount", "", "0", False),
    ],
)
def test_two_texts_that_mean_the_same_are_the_same(field: str, one: str, other: str, *, same: bool) -> None:
    """I33: a spreadsheet writes amounts in its own way; nothing typed is something else than zero."""
    assert same == same_cell(field, one, other) == same_cell(field, other, one)
