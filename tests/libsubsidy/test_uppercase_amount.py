"""大写金额: the examples of the rule, the classic traps, and that no two amounts are written alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import Money, uppercase_amount
from libsubsidy.money import FEN_MAX

VALUES = {"零": 0, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9}
SIZES = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        # 《正确填写票据和结算凭证的基本规定》 points 2 and 3.
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        # The manual's own amounts.
        ("23662.5", "贰万叁仟陆佰陆拾贰元伍角"),
        ("37243.75", "叁万柒仟贰佰肆拾叁元柒角伍分"),
        # 整 after 元 alone; no yuan at all; a ten is 壹拾.
        ("0", "零元整"),
        ("0.01", "壹分"),
        ("0.10", "壹角"),
        ("0.11", "壹角壹分"),
        ("1", "壹元整"),
        ("1.01", "壹元零壹分"),
        ("10", "壹拾元整"),
        ("10.10", "壹拾元零壹角"),
        ("15.50", "壹拾伍元伍角"),
        # One 零 for all the noughts between, none at the end, also across 万 and 亿.
        ("1000", "壹仟元整"),
        ("1001", "壹仟零壹元整"),
        ("1010", "壹仟零壹拾元整"),
        ("10000", "壹万元整"),
        ("10001", "壹万零壹元整"),
        ("10010", "壹万零壹拾元整"),
        ("11000", "壹万壹仟元整"),
        ("100010", "壹拾万零壹拾元整"),
        ("1000000", "壹佰万元整"),
        ("10010001", "壹仟零壹万零壹元整"),
        ("20000000", "贰仟万元整"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("100010000", "壹亿零壹万元整"),
        ("100001000", "壹亿零壹仟元整"),
        ("110000000", "壹亿壹仟万元整"),
        ("1000000000000", "壹万亿元整"),
        ("1000100000000", "壹万零壹亿元整"),
        ("10000000000000", "壹拾万亿元整"),
        ("9999999999999.99", "玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_an_amount_is_written_as_the_rule_says(amount: str, written: str) -> None:
    """F98: the amount of a transfer form in capital characters."""
    assert written == uppercase_amount(Money.parse(amount))


def read(text: str) -> int:
    """Read it back as a person would, by another way than it was written: from left to right, place by place."""
    text = text.removesuffix("整")
    yuan, _, small = text.rpartition("元")
    fen = 0
    for value, unit in zip(small.replace("零", "")[::2], small.replace("零", "")[1::2], strict=True):
        fen += VALUES[value] * {"角": 10, "分": 1}[unit]
    total = section = digit = 0
    high = 0
    for character in yuan:
        if character in VALUES:
            digit = VALUES[character]
        elif character in SIZES:
            section, digit = section + digit * SIZES[character], 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        else:
            high, total, section, digit = (total + section + digit) * 10**8, 0, 0, 0
    return (high + total + section + digit) * 100 + fen


@given(st.integers(0, FEN_MAX) | st.integers(0, 10**6))
def test_what_is_written_is_read_back(fen: int) -> None:
    """No amount is lost or shared, none has two 零 side by side, and only a whole amount ends with 整."""
    written = uppercase_amount(Money(fen=fen))
    assert fen == read(written)
    assert "零零" not in written
    assert (fen % 100 == 0) == written.endswith("整")
