"""Issued order codes: rule I28, proven over all places and all pairs of characters."""

import itertools
from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    ORDER_CODES_MAX,
    Memo,
    MemoError,
    OrderCodesExhausted,
    Policy,
    new_order_code,
    order_code_checks,
    order_codes_alarm,
)
from libsubsidy.order_codes import ALPHABET

employer_codes = st.integers(0, 99_999).map(lambda number: f"{number:05}")
ANY_CODE_CHARACTER = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _rng(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - a code is no secret, and a test must be repeatable.


@cache
def _all_codes(employer_code: str) -> frozenset[str]:
    bodies = map("".join, itertools.product(ALPHABET, repeat=3))
    return frozenset(
        body + check
        for body in bodies
        for check in ALPHABET
        if order_code_checks(Memo(employer_code=employer_code, order_code=body + check))
    )


def _checks(characters: str) -> bool:
    return order_code_checks(Memo(employer_code=characters[:5], order_code=characters[5:]))


def _is_memo(characters: str) -> bool:
    return characters[:5].isdigit()


def test_the_alphabet_has_no_look_alikes() -> None:
    """31 digits and capitals, without 0 O 1 I and without the separator's X."""
    assert 31 == len(set(ALPHABET)) == len(ALPHABET)
    assert set() == set("0O1IX") & set(ALPHABET)


def test_i28_every_body_has_exactly_one_check_character() -> None:
    """There are 29,791 codes per employer, one for each body of three."""
    codes = _all_codes("75256")
    assert 29_791 == ORDER_CODES_MAX == len(codes)
    assert ORDER_CODES_MAX == len({code[:3] for code in codes})


@given(employer_codes, st.integers(0, 2**32))
def test_i28_every_single_wrong_character_is_noticed(employer_code: str, seed: int) -> None:
    """Exhaustive over all nine places and all other characters, the look-alikes included."""
    right = employer_code + new_order_code(employer_code, set(), _rng(seed))
    assert _checks(right)
    for place, character in enumerate(right):
        for other in "0123456789" if place < 5 else ANY_CODE_CHARACTER:
            if other != character:
                assert not _checks(right[:place] + other + right[place + 1 :])


@given(employer_codes, st.integers(0, 2**32))
def test_i28_every_swap_of_neighbours_is_noticed(employer_code: str, seed: int) -> None:
    """Also where the employer code's last digit and the order code's first character meet."""
    right = employer_code + new_order_code(employer_code, set(), _rng(seed))
    for place in range(8):
        swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
        if swapped != right:
            assert not _is_memo(swapped) or not _checks(swapped)


def test_i28_swaps_across_the_separator_are_noticed_for_every_pair() -> None:
    """Exhaustive: every last digit against every first character, whatever follows."""
    for digit, first in itertools.product("0123456789", "23456789"):
        if digit == first:
            continue
        employer_code = "1234" + digit
        for second in ALPHABET:
            body = first + second + "7"
            right = next(body + check for check in ALPHABET if _checks(employer_code + body + check))
            assert not _checks("1234" + first + digit + right[1:])


def test_older_codes_carry_no_check() -> None:
    """The manual's A7W5 is a good memo and none of ours."""
    assert not order_code_checks(Memo.parse("75256xA7W5o"))
    assert not order_code_checks(Memo.parse("75256xO0I1o"))
    assert not order_code_checks(Memo.parse("75256xA7X5o"))


def test_the_same_generator_gives_the_same_code() -> None:
    """The only randomness is the one passed in."""
    assert new_order_code("75256", set(), _rng(1)) == new_order_code("75256", set(), _rng(1))


@given(st.integers(0, 2**32), st.integers(1, 50))
def test_i28_no_code_is_given_twice(seed: int, count: int) -> None:
    """F100: codes taken, older ones among them, are never given again."""
    rng = _rng(seed)
    taken = {"A7W5"}
    for _ in range(count):
        code = new_order_code("75256", taken, rng)
        assert code not in taken
        taken.add(code)


def test_the_last_free_code_is_found_and_then_it_is_over() -> None:
    """With one code left it is given; with none left the error names employer and number."""
    codes = _all_codes("75256")
    last = min(codes)
    assert last == new_order_code("75256", codes - {last}, _rng(3))
    with pytest.raises(OrderCodesExhausted) as refusal:
        new_order_code("75256", codes, _rng(3))
    assert ("75256", ORDER_CODES_MAX) == (refusal.value.employer_code, refusal.value.codes_max)


@pytest.mark.parametrize(("used", "alarms"), [(0, False), (23_832, False), (23_833, True), (29_791, True)])
def test_the_alarm_rises_at_four_in_five(used: int, *, alarms: bool) -> None:
    """80 % of 29,791 is 23,832.8: the next whole number alarms."""
    alarm = order_codes_alarm("75256", used, Policy())
    assert alarms == (alarm is not None)
    assert alarm is None or "ORDER_CODES_ALARM" == alarm.code


def test_an_employer_code_out_of_form_gets_no_codes() -> None:
    """A code is never issued for an employer that no memo could name."""
    with pytest.raises(MemoError):
        new_order_code("7525", set(), _rng(1))
