"""The diagnosis of memos that are not exact: domain §4.3, §4.2 "Payment"."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import Exact, Memo, NearMiss, NoMemo, memo_key, read_memo
from libsubsidy.memo_diagnosis import CHARACTERS_LOOKED_AT

MEMO = Memo(employer_code="75256", order_code="A7W5")


@pytest.mark.parametrize(
    "text", ["75256xA7W5o", "75256xA7W5o，2020年4月份雇员汇缴款", "75256xA7W5o4月", "75256xA7W5oo"]
)
def test_an_exact_memo_has_no_problems(text: str) -> None:
    """L0: the form at position 0, anything behind."""
    assert Exact(MEMO) == read_memo(text)


def test_one_transfer_for_two_notices_reads_the_first_code_only() -> None:
    """A second memo in the same text is the payer's own text."""
    assert Exact(MEMO) == read_memo("75256xA7W5o75256xB8K2o")


@pytest.mark.parametrize(
    ("text", "level", "codes"),
    [
        # L1: blanks, invisible characters, full width, capitals exchanged.
        (" 75256xA7W5o", "L1", ["MEMO_LEADING_BLANK"]),
        ("\u3000 75256xA7W5o", "L1", ["MEMO_LEADING_BLANK"]),
        ("\u200b75256xA7W5o", "L1", ["MEMO_LEADING_BLANK"]),
        ("\ufeff75256xA7W5o", "L1", ["MEMO_LEADING_BLANK"]),
        ("75256 x A7W5 o", "L1", ["MEMO_BLANK_INSIDE"]),
        ("75256x\u200bA7W5o", "L1", ["MEMO_BLANK_INSIDE"]),
        ("７５２５６ｘＡ７Ｗ５ｏ", "L1", ["MEMO_FULL_WIDTH"]),
        ("75256XA7W5O", "L1", ["MEMO_SEPARATOR_UPPER", "MEMO_TERMINATOR_UPPER"]),
        ("75256xa7w5o", "L1", ["MEMO_CODE_LOWER"]),
        ("75256Xa7W5o", "L1", ["MEMO_SEPARATOR_UPPER", "MEMO_CODE_LOWER"]),
        # L2: later in the text.
        ("转账75256xA7W5o", "L2", ["MEMO_NOT_AT_START"]),
        ("附言:75256xA7W5o", "L2", ["MEMO_NOT_AT_START"]),
        ("电子汇入|75256xA7W5o，4月", "L2", ["MEMO_NOT_AT_START"]),
        ("20200401 75256xA7W5o", "L2", ["MEMO_NOT_AT_START"]),
        ("汇缴 75256 X A7W5 o", "L2", ["MEMO_NOT_AT_START", "MEMO_BLANK_INSIDE", "MEMO_SEPARATOR_UPPER"]),
        # L3: exactly one confusable, or one missing letter.
        ("75256xA7W50", "L3", ["MEMO_TERMINATOR_CONFUSED"]),
        ("75256xA7W5〇", "L3", ["MEMO_TERMINATOR_CONFUSED"]),
        ("75256×A7W5o", "L3", ["MEMO_SEPARATOR_CONFUSED"]),
        ("75256*A7W5o", "L3", ["MEMO_SEPARATOR_CONFUSED"]),
        ("75256-A7W5o", "L3", ["MEMO_SEPARATOR_CONFUSED"]),
        ("75256хA7W5o", "L3", ["MEMO_SEPARATOR_CONFUSED"]),
        ("75256A7W5o", "L3", ["MEMO_SEPARATOR_MISSING"]),
        ("75256xA7W5", "L3", ["MEMO_TERMINATOR_MISSING"]),
        ("75256xA7W5，2020年4月", "L3", ["MEMO_TERMINATOR_MISSING"]),
        ("转账75256xA7W50", "L3", ["MEMO_NOT_AT_START", "MEMO_TERMINATOR_CONFUSED"]),
        ("75256XA7W50", "L3", ["MEMO_SEPARATOR_UPPER", "MEMO_TERMINATOR_CONFUSED"]),
    ],
)
def test_a_near_miss_is_proposed_and_explained(text: str, level: str, codes: list[str]) -> None:
    """Every resemblance of the specification gives the memo meant, its level and every problem, with the way to write it."""
    reading = read_memo(text)
    assert isinstance(reading, NearMiss)
    assert (MEMO, level, codes) == (reading.memo, reading.level, [problem.code for problem in reading.problems])
    for problem in reading.problems:
        assert "75256xA7W5o" in problem.zh
        assert "75256xA7W5o" in problem.en


@pytest.mark.parametrize(
    ("text", "meant"), [("7525OxA7W5o", "75250"), ("752l6xA7W5o", "75216"), ("I5256xA7W5o", "15256")]
)
def test_a_letter_for_a_digit_is_repaired(text: str, meant: str) -> None:
    """O for 0 and I or l for 1 inside the employer code are one confusable."""
    reading = read_memo(text)
    assert isinstance(reading, NearMiss)
    assert ("L3", meant) == (reading.level, reading.memo.employer_code)
    assert ["MEMO_DIGIT_CONFUSED"] == [problem.code for problem in reading.problems]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["MEMO_MISSING"]),
        ("货款", ["MEMO_MISSING"]),
        ("2020年4月份雇员汇缴款", ["MEMO_MISSING"]),
        ("6222 0212 3456 7890", ["MEMO_MISSING"]),
        ("7525xA7W5o", ["MEMO_EMPLOYER_DIGITS"]),
        ("752567xA7W5o", ["MEMO_EMPLOYER_DIGITS"]),
        ("75256xA7W", ["MEMO_CODE_CHARACTERS"]),
        ("75256xA7W55o", ["MEMO_CODE_CHARACTERS"]),
        ("7525xA7Wo", ["MEMO_EMPLOYER_DIGITS", "MEMO_CODE_CHARACTERS"]),
        ("75256×A7W50", ["MEMO_MALFORMED"]),
        ("7O25OxA7W5o", ["MEMO_MALFORMED"]),
    ],
)
def test_no_memo_says_why_nothing_is_proposed(text: str, codes: list[str]) -> None:
    """No resemblance is missing; what one step cannot mend names the lengths that differ."""
    reading = read_memo(text)
    assert isinstance(reading, NoMemo)
    assert codes == [problem.code for problem in reading.problems]


def test_a_field_that_is_missing_is_a_missing_memo() -> None:
    """A bank that leaves the field out says as much as one that leaves it empty."""
    reading = read_memo(None)
    assert read_memo("") == reading
    assert isinstance(reading, NoMemo)
    assert ["MEMO_MISSING"] == [problem.code for problem in reading.problems]


@pytest.mark.parametrize("thing", [75256, b"75256xA7W5o", float("nan"), ["75256xA7W5o"]])
def test_what_is_no_text_is_a_mistake_of_the_caller(thing: object) -> None:
    """Bytes that nobody decoded and a spreadsheet's numbers are no memo, and no missing one either."""
    with pytest.raises(TypeError, match=f"not {type(thing).__name__}"):
        read_memo(thing)  # type: ignore[arg-type]


def test_another_employers_code_is_never_proposed_out_of_a_longer_number() -> None:
    """Six digits before the x are too many: the last five of them are not taken for an employer."""
    assert isinstance(read_memo("转账175256xA7W5o"), NoMemo)


@given(st.text() | st.text(alphabet="0123456789xXoO×ＡA7 \u200b", max_size=60))
def test_reading_is_total_and_agrees_with_the_grammar(text: str) -> None:
    """No text raises; exactly the exact ones are Exact; all others say at least one problem."""
    reading = read_memo(text)
    assert isinstance(reading, Exact) == (memo_key(text) is not None)
    assert isinstance(reading, Exact) or reading.problems
    if isinstance(reading, NearMiss):
        assert reading.memo == Memo.parse(str(reading.memo))


@given(
    st.sampled_from(["7", "75256x", "75256xA7W5", "x", "０", "\u200b", " ", "1x", "75256 ", "ﷺ", "𝟕", "O", "é", "́"]),
    st.integers(200_000, 2_000_000),
    st.text(max_size=20),
)
def test_reading_is_linear_on_huge_hostile_text(unit: str, characters: int, before: str) -> None:
    """Only the beginning is looked at: megabytes of near-memos cost as little as a line."""
    text = before + unit * (characters // len(unit))
    started = time.process_time()
    reading = read_memo(text)
    assert time.process_time() - started < 0.1
    if memo_key(text) is None:
        assert read_memo(text[:CHARACTERS_LOOKED_AT]) == reading
