"""Proposals among open notices: domain §4.3, L3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import Memo, propose_memo

MEMO = Memo.parse("75256xA7W5o")
OTHER = Memo.parse("10000xB8K2o")


@pytest.mark.parametrize(
    "text",
    [
        *("7525xA7W5o", "752567xA7W5o", "75256xA7W5", "75256xA7Wo", "75256xA7W55o", "75257xA7W5o", "75256xA7X5o"),
        *("75256xA7W5o", " 75256xA7W5 四月", "5256xA7W5o，四月", "75256xA7W50"),
    ],
)
def test_one_slip_is_proposed(text: str) -> None:
    """One character too many, too few or wrong, anywhere, with any text behind."""
    assert MEMO == propose_memo(text, [OTHER, MEMO])


@pytest.mark.parametrize("text", ["", "货款", "7525xA7W50", "75256xA7", "转账75256xA7W5o", "57256xA7W5o"])
def test_two_slips_are_nobodys(text: str) -> None:
    """Further away there is no proposal."""
    assert propose_memo(text, [OTHER, MEMO]) is None


def test_two_notices_equally_near_are_none() -> None:
    """Where a person would have to guess, nothing is proposed; the same notice twice is one."""
    assert propose_memo("75256xA7W7o", [MEMO, Memo.parse("75256xA7W6o")]) is None
    assert MEMO == propose_memo("75256xA7W7o", [MEMO, MEMO])


@given(st.text(max_size=14) | st.text(alphabet="75256xA7W5o", max_size=14))
def test_proposals_are_among_the_open_notices(text: str) -> None:
    """Nothing is ever invented."""
    assert propose_memo(text, [MEMO, OTHER]) in {None, MEMO, OTHER}
    assert propose_memo(text, []) is None
