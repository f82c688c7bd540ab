"""Rule I8 and the arithmetic of fen."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import Money, MoneyError
from libsubsidy.money import FEN_MAX


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0),
        ("0.00", 0),
        ("0.01", 1),
        ("0.1", 10),
        ("1", 100),
        ("007.5", 750),
        ("23662.5", 2366250),
        ("37243.75", 3724375),
        ("10000000000000", FEN_MAX),
        ("10000000000000.00", FEN_MAX),
    ],
)
def test_i8_plain_amounts_are_read_exactly(text: str, fen: int) -> None:
    """Every plain amount with at most two decimals is read to the fen."""
    assert Money(fen=fen) == Money.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", "1.", ".5", "1.234", "1.000", "1,000", "1,000.00", "1 000", " 1", "1 ", "1\n", "1\u00a0"),
        *("-1", "+1", "−1", "(1)", "NaN", "nan", "Infinity", "inf", "1e3", "1E+3", "4.40782E+17", "0x10", "1_000"),
        *("１２３", "1．5", "٣", "一百", "¥1", "1元", "1..2", "1.2.3"),
    ],
)
def test_i8_everything_else_is_refused(text: str) -> None:
    """Signs, blanks, separators, exponents, NaN, full width and a third decimal are refused, with the code."""
    with pytest.raises(MoneyError) as refusal:
        Money.parse(text)
    assert "AMOUNT_FORMAT" == refusal.value.violation.code


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("1,800.00", "1800.00"),
        ("12,345,678.9", "12345678.90"),
        (" 1800 ", "1800.00"),
        ("¥ 1,800", "1800.00"),
        ("￥1，８００．５", "1800.50"),
        ("0.01", "0.01"),
    ],
)
def test_what_people_type_may_have_thousands_separators(text: str, yuan: str) -> None:
    """As Excel writes it into a CSV, and as the sheet takes it: the same amount everywhere."""
    assert yuan == str(Money.typed(text))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1,50",
            "1,5000",
            "1,,800",
            ",800",
            "1800,",
            "1,800.",
            "1,800.123",
            "12,34,567",
            "1 800",
            "5" + " " * 60 + "9",
        ),
        *("-1", "+1", "1e3", "¥", "", "一百", "1.800,00"),
    ],
)
def test_a_comma_that_may_be_a_decimal_point_is_refused(text: str) -> None:
    """1,50 may mean one and a half: nobody guesses with other people's money."""
    with pytest.raises(MoneyError) as refusal:
        Money.typed(text)
    assert "AMOUNT_FORMAT" == refusal.value.violation.code


def test_an_amount_beyond_the_bounds_is_refused() -> None:
    """One fen more than the bound is refused, by parsing, by the constructor and by adding; so is whatever is longer."""
    texts = ("10000000000000.01", "9" * 16, "9" * 17, f"{'9' * 20}.99")
    for read, text in (*product((Money.parse, Money.typed), texts), (Money.parse, "9" * 100_000)):
        with pytest.raises(MoneyError) as refusal:
            read(text)
        assert "AMOUNT_OUT_OF_BOUNDS" == refusal.value.violation.code
    for fen in (FEN_MAX + 1, -FEN_MAX - 1):
        with pytest.raises(MoneyError):
            Money(fen=fen)
    with pytest.raises(MoneyError):
        Money(fen=FEN_MAX) + Money(fen=1)


@pytest.mark.parametrize("fen", [1.0, "1", True, None])
def test_i8_no_float_is_anywhere(fen: object) -> None:
    """Only an int is fen; not even True is."""
    with pytest.raises(MoneyError) as refusal:
        Money(fen=fen)  # type: ignore[arg-type]
    assert "AMOUNT_NOT_WHOLE_FEN" == refusal.value.violation.code


@given(st.integers(0, FEN_MAX))
def test_i8_parsing_and_printing_are_inverse(fen: int) -> None:
    """What is printed is read back as the same amount, and prints the same again."""
    text = str(Money(fen=fen))
    assert Money(fen=fen) == Money.parse(text)
    assert text == str(Money.parse(text))


@given(st.text(max_size=30))
def test_i8_any_text_is_read_exactly_or_refused(text: str) -> None:
    """No text is read as something else: what is accepted prints as the same number."""
    try:
        money = Money.parse(text)
    except MoneyError:
        return
    whole, _, decimals = text.partition(".")
    assert f"{int(whole)}.{decimals:0<2}" == str(money)


@given(st.lists(st.integers(-(10**9), 10**9)))
def test_a_sum_is_the_sum_of_fen(amounts: list[int]) -> None:
    """Adding, subtracting and negating money is adding, subtracting and negating fen."""
    total = sum((Money(fen=fen) for fen in amounts), Money(fen=0))
    assert Money(fen=sum(amounts)) == total
    assert Money(fen=0) == total - total
    assert Money(fen=-sum(amounts)) == -total
    assert amounts == [] or total == sum(Money(fen=fen) for fen in amounts)


def test_money_is_ordered_and_usable_as_a_key() -> None:
    """Amounts compare by fen, equal amounts are one key, and the ledger's sign is printed."""
    assert Money(fen=1) < Money(fen=2)
    assert {Money(fen=1): "a"}[Money.parse("0.01")] == "a"
    assert "-0.05" == str(Money(fen=-5))


def test_money_mixes_with_nothing_else() -> None:
    """Numbers are not money: only sum()'s initial 0 is understood."""
    with pytest.raises(TypeError):
        Money(fen=1) + 1  # type: ignore[operator]
    with pytest.raises(TypeError):
        1 + Money(fen=1)
    with pytest.raises(TypeError):
        Money(fen=1) - 1  # type: ignore[operator]
