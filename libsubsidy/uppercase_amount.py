"""大写金额: an amount in words that cannot be altered with a pen, as receipts and transfer forms want it.

Rule: 《正确填写票据和结算凭证的基本规定》 (支付结算办法, 附件一), points 1 to 3; used for F98, where the manual lets an
employer carry the amount to its bank. Whoever prints it writes 人民币 before it.

- What ends with 元 is closed by 整; what ends with 角 or 分 is not.
- Noughts between digits, however many, are one 零; those at the end of the yuan are none.
- A 零 stands between 元 and 角 when the yuan end with a nought, and between 元 and 分 when there is no 角.

Where the rule allows both with and without 零, the form that it names first is written, so that every amount has one form:

>>> from libsubsidy.money import Money
>>> uppercase_amount(Money.parse("1409.50")), uppercase_amount(Money.parse("6007.14"))
('壹仟肆佰零玖元伍角', '陆仟零柒元壹角肆分')
>>> uppercase_amount(Money.parse("1680.32")), uppercase_amount(Money.parse("107000.53"))
('壹仟陆佰捌拾元零叁角贰分', '壹拾万柒仟元零伍角叁分')
>>> uppercase_amount(Money.parse("16409.02")), uppercase_amount(Money.parse("325.04"))
('壹万陆仟肆佰零玖元零贰分', '叁佰贰拾伍元零肆分')
>>> uppercase_amount(Money.parse("23662.5")), uppercase_amount(Money.parse("100000000"))
('贰万叁仟陆佰陆拾贰元伍角', '壹亿元整')
"""

from typing import Final

from libsubsidy.money import FEN_PER_YUAN, Money

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ((1000, "仟"), (100, "佰"), (10, "拾"), (1, ""))
# Each is written as so and so many of it and a rest, which may again be so and so many of the next.
_MYRIADS: Final = ((10**8, "亿"), (10**4, "万"))
_JIAO: Final = 10


def uppercase_amount(money: Money) -> str:
    """Write an amount in capital characters; one of the ledger's that is below nought begins with 负.

    >>> uppercase_amount(Money(fen=0)), uppercase_amount(Money(fen=5)), uppercase_amount(Money(fen=-50))
    ('零元整', '伍分', '负伍角')
    """
    yuan, fen = divmod(abs(money.fen), FEN_PER_YUAN)
    sign = "负" if money.fen < 0 else ""
    whole = f"{_number(yuan)}元" if yuan else ""
    if not fen:
        return f"{sign}{whole or '零元'}整"
    jiao, fen = divmod(fen, _JIAO)
    parts = (f"{_DIGITS[jiao]}角" if jiao else "") + (f"{_DIGITS[fen]}分" if fen else "")
    gap = "零" if whole and (not jiao or yuan % 10 == 0) else ""
    return f"{sign}{whole}{gap}{parts}"


def _number(number: int) -> str:
    for size, name in _MYRIADS:
        if number >= size:
            head, rest = divmod(number, size)
            # What is missing at the rest's left is nought.
            gap = "零" if rest and rest < size // 10 else ""
            return _number(head) + name + gap + (_number(rest) if rest else "")
    written, missing = "", False
    for size, name in _PLACES:
        digit, number = divmod(number, size)
        if digit:
            written += ("零" if missing else "") + _DIGITS[digit] + name
            missing = False
        elif written:
            missing = True
    return written
