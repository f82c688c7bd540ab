"""What comes into a decision: a bank line, and what was found for the codes in its memo.

>>> line = BankLine(amount=Money.parse("1500"), direction=Direction.CREDIT, currency="CNY", memo="75256xA7W5o",
...                 payer_name="某单位", payer_account="6222")
>>> line.kind is None, line.reversal
(True, False)
"""

from enum import Enum
from typing import Final

from attrs import frozen

from libsubsidy.errors import MoneyError
from libsubsidy.memo import Memo
from libsubsidy.money import Money
from libsubsidy.violations import Violation


class Direction(Enum):
    """Which way the money went, seen from the fund's account."""

    CREDIT = "credit"
    DEBIT = "debit"


class OtherKind(Enum):
    """Money that is no remittance; the bank profile recognises it, or the line itself shows it."""

    INTEREST = "interest"
    FEE = "fee"
    OWN_TRANSFER = "own_transfer"
    REFUND_DEBIT = "refund_debit"
    REFUND_RETURN = "refund_return"
    WITHDRAWAL = "withdrawal"
    DEBIT = "debit"
    ZERO = "zero"


class NoticeState(Enum):
    """The states of a payment notice; MERGED: its orders went into another notice (合并缴款)."""

    AWAITING = "awaiting"
    PAID = "paid"
    CANCELLED = "cancelled"
    MERGED = "merged"


@frozen(kw_only=True)
class BankLine:
    """What the bank said, after its profile was applied.

    Attributes:
        amount: never negative; the direction says which way.
        currency: ISO 4217.
        memo: the payer's own memo, without the bank's prefix.
        payer_account: where a refund would go; may be empty.
        kind: what the bank profile recognised; None is an ordinary line.
        reversal: the line undoes an earlier one (冲正).
        readers_disagree: two readers of the file read it differently.

    Raises:
        MoneyError: the amount is negative.
    """

    amount: Money
    direction: Direction
    currency: str
    memo: str
    payer_name: str
    payer_account: str
    kind: OtherKind | None = None
    reversal: bool = False
    readers_disagree: bool = False

    def __attrs_post_init__(self) -> None:
        if self.amount.fen < 0:
            raise MoneyError(Violation.of("AMOUNT_NEGATIVE", amount=str(self.amount)))


@frozen(kw_only=True)
class FoundNotice:
    """The notice that the memo's two codes name, as locked by the caller.

    Attributes:
        amount: what is due.
        memo: the memo that it was found by. Whoever looks up many lines at once should give it: then `decide` refuses to
            settle a line by a notice that was found for another. None is not compared.
    """

    notice_id: int
    state: NoticeState
    amount: Money
    memo: Memo | None = None


@frozen(kw_only=True)
class Found:
    """What the caller found for `memo_key(line.memo)`: whether the employer exists, and the notice."""

    employer_known: bool
    notice: FoundNotice | None


NOTHING_FOUND: Final = Found(employer_known=False, notice=None)
