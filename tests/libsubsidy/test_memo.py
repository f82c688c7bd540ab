"""The memo grammar: manual L393, rule I28, the verified examples of domain §4.3."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import Memo, MemoError, memo_key

employer_codes = st.from_regex(r"\A[0-9]{5}\Z")
order_codes = st.from_regex(r"\A[0-9A-Z]{4}\Z")


@pytest.mark.parametrize(
    "text",
    ["75256xA7W5o", "75256xA7W5o，2020年4月份雇员汇缴款", "75256xA7W5o4月", "75256xA7W5oo", "75256xA7W5o\n第二行"],
)
def test_the_manuals_memo_is_read_with_any_text_behind_it(text: str) -> None:
    """F101-F103: everything the specification verified as accepted is accepted."""
    assert Memo(employer_code="75256", order_code="A7W5") == Memo.parse(text)
    assert ("75256", "A7W5") == memo_key(text)


REJECTED = [
    *("75256XA7W5O", "75256xa7w5o", " 75256xA7W5o", "７５２５６ｘＡ７Ｗ５ｏ", "转账75256xA7W5o", "75256 x A7W5 o"),
    *("75256xA7W50", "7525xA7W5o", "75256×A7W5o", "75256xA7W5", "\u200b75256xA7W5o", "", "\n75256xA7W5o"),
    *("75256xA7W5О", "٧٥٢٥٦xA7W5o", "75256xÄ7W5o", "75256xA7W", "752567xA7W5o"),
]


@pytest.mark.parametrize("text", REJECTED)
def test_everything_else_is_rejected(text: str) -> None:
    """F102, F104: everything the specification verified as rejected is rejected, by parsing and by the key."""
    assert memo_key(text) is None
    with pytest.raises(MemoError) as refusal:
        Memo.parse(text)
    assert "MEMO_FORMAT" == refusal.value.violation.code


@given(employer_codes, order_codes, st.text(max_size=40))
def test_i28_parse_undoes_format_whatever_follows(employer_code: str, order_code: str, behind: str) -> None:
    """parse(format(codes) + any text) gives the codes, and the memo has eleven characters."""
    memo = Memo(employer_code=employer_code, order_code=order_code)
    assert 11 == len(str(memo))
    assert memo == Memo.parse(str(memo) + behind)


@given(st.text(max_size=20) | st.text(alphabet="0123456789xoXOA", max_size=14))
def test_i28_nothing_but_the_form_is_a_memo(text: str) -> None:
    """A text is a memo exactly when its first eleven characters have the form."""
    has_form = re.fullmatch("[0-9]{5}x[0-9A-Z]{4}o", text[:11]) is not None
    assert has_form == (memo_key(text) is not None)


@pytest.mark.parametrize("code", ["", "7525", "752567", "7525a", "７５２５６", "75256\n"])
def test_an_employer_code_has_five_digits(code: str) -> None:
    """F99: any other employer code is refused by name."""
    with pytest.raises(MemoError) as refusal:
        Memo(employer_code=code, order_code="A7W5")
    assert "MEMO_EMPLOYER_CODE_FORMAT" == refusal.value.violation.code


@pytest.mark.parametrize("code", ["", "A7W", "A7W55", "a7w5", "Ａ7W5", "A7W5\n", "A7-5"])
def test_an_order_code_has_four_digits_or_capitals(code: str) -> None:
    """Any other order code is refused by name."""
    with pytest.raises(MemoError) as refusal:
        Memo(employer_code="75256", order_code=code)
    assert "MEMO_ORDER_CODE_FORMAT" == refusal.value.violation.code


def test_a_huge_text_costs_no_more_than_a_short_one() -> None:
    """The key looks at eleven characters: ten megabytes are read at once."""
    text = "7" * 10_000_000
    started = time.process_time()
    assert memo_key(text) is None
    assert time.process_time() - started < 0.05
