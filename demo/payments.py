"""A payment as it comes to the fund's account, and what the reconciler must make of it.

Whoever makes a payment up knows what is right or wrong with it; so each carries the outcome that it must get, and the
tests compare the reconciler's decisions with these, line by line.
"""

from datetime import date, datetime, timedelta
from random import Random
from typing import Final

import attrs

from demo.employers import Payer
from demo.orders import Due
from libsubsidy import Direction, Memo, Money, Month, Outcome, Settle

# The bank's counters are open from nine to five.
_OPENS_AT: Final = 9
_OPEN_MINUTES: Final = 8 * 60
# How scenes of two equal payments begin.
TWO_EQUAL: Final = "同日两笔相同"
# What banks write before the payer's text; the profile knows all of these.
BANK_PREFIXES: Final = ("", "", "转账汇入|", "网银转账|", "跨行汇款|", "摘要简称|", "附言:")


@attrs.frozen(kw_only=True)
class Payment:
    """One line of a statement to be.

    Attributes:
        scene: what it shows, in a few words.
        text: the memo field as the bank writes it.
        outcome: what the reconciler must decide.
        trntype: the OFX type.
        currency: of the line, if it is not the account's.
        flag: the bank's mark of a reversal.
    """

    scene: str
    moment: datetime
    amount: Money
    text: str
    payer: Payer
    outcome: Outcome
    direction: Direction = Direction.CREDIT
    trntype: str = "CREDIT"
    currency: str = ""
    flag: str = ""

    @property
    def signed(self) -> Money:
        """The amount as the account sees it."""
        return self.amount if self.direction is Direction.CREDIT else Money(fen=-self.amount.fen)


@attrs.frozen
class Calendar:
    """The moments of a month at which money comes."""

    month: Month
    _rng: Random

    def moment(self) -> datetime:
        """Pick a moment from the second day to the twenty-sixth, so that something can follow it within the month."""
        return self.on(self._rng.randint(2, 26))

    def on(self, day: int) -> datetime:
        """Pick a moment of that day."""
        begin = datetime.combine(date(self.month.year, self.month.month, day), datetime.min.time())
        return begin + timedelta(hours=_OPENS_AT, minutes=self._rng.randrange(_OPEN_MINUTES))


def pay(due: Due, moment: datetime, rng: Random, *, scene: str = "按通知缴款") -> Payment:
    """Pay a notice as it should be: the memo first, then anything, the exact amount."""
    words = rng.choice(("", f"，{due.about}", f"，{due.about}", f" {due.about}", "住房补贴", "o", " 请查收"))
    return Payment(
        scene=scene,
        moment=moment,
        amount=due.amount,
        text=f"{rng.choice(BANK_PREFIXES)}{due.memo}{words}",
        payer=due.payer,
        outcome=Settle(due.notice_id),
    )


def full_width(memo: Memo) -> str:
    """Write a memo as an input method does that was left in full-width mode.

    >>> full_width(Memo(employer_code="75256", order_code="A7W5"))
    '７５２５６ｘＡ７Ｗ５ｏ'
    """
    return "".join(chr(ord(character) + 0xFEE0) for character in str(memo))
