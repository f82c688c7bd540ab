"""What a payer should know of the notice that a memo names, exactly or probably: whether it still takes money, and how much.

A near miss is never settled by itself (I36), but whoever reads what was probably meant acts on it: a memo that is repaired
to that of a cancelled notice sends the money on a way there and back (D-16). So the notice is looked at as it is now, as for an
exact memo. Of a notice that was joined (合并缴款), the one that asks for its money now counts.

>>> notice = FoundNotice(notice_id=17, state=NoticeState.CANCELLED, amount=Money(fen=150000))
>>> memo = Memo.parse("75256xA7W5o")
>>> [problem.code for problem in notice_problems(memo, NamedNotice.itself(notice))]
['MEMO_NOTICE_CANCELLED']

A memo that waits is in nobody's way, but for another amount, by one fen:

>>> waits = NamedNotice.itself(FoundNotice(notice_id=17, state=NoticeState.AWAITING, amount=Money(fen=150000), memo=memo))
>>> notice_problems(memo, waits), notice_problems(memo, waits, Money(fen=150000))
((), ())
>>> print(notice_problems(memo, waits, Money(fen=149999))[0].en)
The amount due for 75256xA7W5o is 1500.00 yuan, not 1499.99: please send exactly this, in one transfer.
"""

from typing import Final, Self

from attrs import frozen

from libsubsidy.bank_lines import FoundNotice, NoticeState
from libsubsidy.catalogue.advice import ADVICE_NOW, advice_for
from libsubsidy.catalogue.text import Text
from libsubsidy.decisions import RefundReason
from libsubsidy.memo import Memo
from libsubsidy.money import Money
from libsubsidy.violations import Violation


@frozen(kw_only=True)
class NamedNotice:
    """The notice that a memo names.

    Attributes:
        found: it itself.
        now: where it was joined into another, once or several times: the last of them; otherwise it itself.
    """

    found: FoundNotice
    now: FoundNotice

    @classmethod
    def itself(cls, notice: FoundNotice) -> Self:
        """Name a notice that was joined into no other."""
        return cls(found=notice, now=notice)

    @property
    def takes_money(self) -> bool:
        """Whether its own memo is the one to write."""
        return self.found.state is NoticeState.AWAITING

    @property
    def waiting_memo(self) -> Memo | None:
        """The memo with which its money is asked for now; None once it is paid or cancelled."""
        return self.now.memo if self.now.state is NoticeState.AWAITING else None


def notice_problems(memo: Memo, named: NamedNotice | None, amount: Money | None = None) -> tuple[Violation, ...]:
    """Say what keeps a transfer from being credited though its memo be written exactly, with the way out.

    Args:
        memo: what is written, or was probably meant.
        named: the notice of this memo; None: there is none.
        amount: what is to be sent; None: not said.
    """
    if named is None:
        return (Violation.of("MEMO_UNKNOWN_CODE", employer_code=memo.employer_code, order_code=memo.order_code),)
    now = named.now
    if now.state is NoticeState.PAID:
        return (Violation.of("MEMO_NOTICE_PAID", memo=str(memo)),)
    if now.state is not NoticeState.AWAITING:
        return (Violation.of("MEMO_NOTICE_CANCELLED", memo=str(memo)),)
    asking = str(memo if now.memo is None else now.memo)
    joined = () if named.takes_money else (Violation.of("MEMO_NOTICE_MERGED", memo=str(memo), now=asking),)
    if amount is None or amount == now.amount:
        return joined
    return (*joined, Violation.of("MEMO_AMOUNT_OTHER", memo=asking, amount=str(amount), due=str(now.amount)))


# What may be otherwise by now: the memo was not exact, or the notice and its amount are what it failed by.
_FAILED_BY_MEMO: Final = frozenset({RefundReason.MEMO_NOT_AT_START.value, RefundReason.MEMO_MALFORMED.value})
_FAILED_BY_NOTICE: Final = frozenset(
    {
        RefundReason.ORDER_NOT_OPEN.value,
        RefundReason.ORDER_ALREADY_PAID.value,
        RefundReason.AMOUNT_SHORT.value,
        RefundReason.AMOUNT_OVER.value,
    }
)


def payer_advice(kind: str, reason: str, amount: Money, named: NamedNotice | None) -> Text:
    """Say what the payer does about money that names a notice and did not settle, by what that notice is by now.

    Only money of exactly the amount that an open notice asks for can be booked by hand (I36): nobody else is given hope.

    Args:
        kind: refund or hold.
        reason: a RefundReason or HoldReason.
        amount: what came.
        named: the notice that its memo names, exactly or probably; None: there is none.

    >>> gone = NamedNotice.itself(FoundNotice(notice_id=17, state=NoticeState.CANCELLED, amount=Money(fen=598368)))
    >>> payer_advice("refund", "MEMO_MALFORMED", Money(fen=5000), gone).zh
    '这笔款会原路退回：该通知已取消，请不要再按它转账；仍需缴款的，请重新提交汇缴申请，按新的通知转账。'
    """
    if kind != "refund" or reason not in _FAILED_BY_MEMO | _FAILED_BY_NOTICE:
        return advice_for(kind, reason)
    if named is None:
        return advice_for(kind, RefundReason.ORDER_UNKNOWN.value)
    if named.now.state is not NoticeState.AWAITING:
        return ADVICE_NOW[named.now.state.value]
    if not named.takes_money:
        return ADVICE_NOW[named.found.state.value]
    if amount == named.now.amount:
        return advice_for(kind, reason)
    short = amount < named.now.amount
    return advice_for(kind, (RefundReason.AMOUNT_SHORT if short else RefundReason.AMOUNT_OVER).value)
