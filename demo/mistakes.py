"""What payers do wrong, each with the outcome that the manual's strict rule gives it (domain §4.2 "Payment", §4.3)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Final, TypeAlias

from attrs import evolve, frozen

from demo.employers import Payer
from demo.orders import Due, Dues
from demo.payments import TWO_EQUAL, Calendar, Payment, full_width, pay
from libsubsidy import Direction, Hold, HoldReason, Memo, Money, Refund, RefundReason, Settle

_AT_START = RefundReason.MEMO_NOT_AT_START
_MALFORMED = RefundReason.MEMO_MALFORMED
# What it shows, how the memo is written, and why it does not settle.
Mistake: TypeAlias = tuple[str, Callable[[Memo], str], RefundReason]

MISWRITTEN: Final[tuple[Mistake, ...]] = (
    ("开头有空格", lambda memo: f" {memo}", _AT_START),
    ("全角字符", full_width, _MALFORMED),
    ("大写 X 和 O", lambda memo: f"{memo.employer_code}X{memo.order_code}O", _MALFORMED),
    ("末尾 o 写成数字 0", lambda memo: f"{str(memo)[:-1]}0，汇缴款", _MALFORMED),
    ("用 × 代替 x", lambda memo: f"{memo.employer_code}×{memo.order_code}o", _MALFORMED),
    ("中间有空格", lambda memo: f"{memo.employer_code} x {memo.order_code} o", _MALFORMED),
    ("漏写末尾 o", lambda memo: f"{str(memo)[:-1]}，汇缴款", _MALFORMED),
    ("少一位单位代码", lambda memo: str(memo)[1:], _MALFORMED),
    ("支付码前写了字", lambda memo: f"转账{memo}", _AT_START),
    ("银行前缀未登记", lambda memo: f"用途:{memo}汇缴款", _AT_START),
)
# These cannot be written in every encoding.
MISWRITTEN_UNICODE: Final[tuple[Mistake, ...]] = (
    ("开头有零宽字符", lambda memo: f"\u200b{memo}", _AT_START),
    ("附言以标记开头", lambda memo: f"<MEMO>{memo}", _AT_START),
)
WITHOUT_MEMO: Final = ("货款", "", "住房补贴汇缴款", "4月工资代扣", "往来款", "请查收")
_FEN: Final = Money(fen=1)
_NOBODYS_EMPLOYER: Final = "99999"
_NEVER_ISSUED: Final = ("ZZZZ", "YYYY", "WWWW")


def miswritten(due: Due, mistake: Mistake, calendar: Calendar) -> Payment:
    """Pay the right amount under a memo that is not written exactly."""
    scene, write, reason = mistake
    return Payment(
        scene=scene,
        moment=calendar.moment(),
        amount=due.amount,
        text=write(due.memo),
        payer=due.payer,
        outcome=Refund(reason),
    )


def without_memo(payer: Payer, amount: Money, text: str, calendar: Calendar) -> Payment:
    """Pay without saying for what."""
    return Payment(
        scene="没有支付码",
        moment=calendar.moment(),
        amount=amount,
        text=text,
        payer=payer,
        outcome=Refund(RefundReason.MEMO_MISSING),
    )


@frozen
class Mistakes:
    """Payments that name a notice exactly, or almost, and yet do not settle it, or settle it at the second try."""

    _dues: Dues
    _take: Callable[[], Due]
    _calendar: Calendar
    _rng: Random

    def all(self) -> Iterator[Payment]:
        """Give one payment or a few for each mistake."""
        yield from self._wrong_amounts()
        yield from self._wrong_codes()
        yield from self._not_open()
        yield from self._twice()
        yield from self._missing_account()
        yield from self._hostile()

    def _exact(self, due: Due) -> Payment:
        return pay(due, self._calendar.moment(), self._rng)

    def _wrong_amounts(self) -> Iterator[Payment]:
        short, over = Refund(RefundReason.AMOUNT_SHORT), Refund(RefundReason.AMOUNT_OVER)
        due = self._take()
        first = evolve(self._exact(due), scene="少付一分", outcome=short, amount=due.amount - _FEN)
        yield first
        yield pay(due, first.moment + timedelta(days=1), self._rng, scene="少付后重新全额缴款")
        due = self._take()
        yield evolve(self._exact(due), scene="多付一分", outcome=over, amount=due.amount + _FEN)
        due = self._take()
        half = Money(fen=due.amount.fen // 2)
        yield evolve(self._exact(due), scene="分两笔付", outcome=short, amount=half)
        yield evolve(self._exact(due), scene="分两笔付", outcome=short, amount=due.amount - half)
        due, other = self._take(), self._take()
        both = f"{due.memo}{other.memo}"
        yield evolve(
            self._exact(due), scene="一笔付两张通知", outcome=over, amount=due.amount + other.amount, text=both
        )
        due = self._take()
        yield evolve(self._exact(due), scene="币种不符", outcome=Refund(RefundReason.CURRENCY_WRONG), currency="USD")

    def _wrong_codes(self) -> Iterator[Payment]:
        employer, order = Refund(RefundReason.EMPLOYER_UNKNOWN), Refund(RefundReason.ORDER_UNKNOWN)
        due = self._take()
        memo = evolve(due.memo, employer_code=_NOBODYS_EMPLOYER)
        yield evolve(self._exact(due), scene="单位代码不存在", outcome=employer, text=f"{memo}汇缴款")
        due = self._take()
        memo = self._never_issued(due.memo.employer_code, _NEVER_ISSUED)
        yield evolve(self._exact(due), scene="订单号不存在", outcome=order, text=f"{memo}，{due.about}")
        due, other = self._take(), self._dues.hospital
        memo = self._never_issued(other.memo.employer_code, (due.memo.order_code, *_NEVER_ISSUED))
        yield evolve(self._exact(due), scene="写了别的单位的代码", outcome=order, text=str(memo))

    def _never_issued(self, employer_code: str, order_codes: tuple[str, ...]) -> Memo:
        """Give the first of these memos that is nobody's."""
        memos = (Memo(employer_code=employer_code, order_code=code) for code in order_codes)
        return next(memo for memo in memos if memo not in self._dues.memos)

    def _not_open(self) -> Iterator[Payment]:
        paid, closed = Refund(RefundReason.ORDER_ALREADY_PAID), Refund(RefundReason.ORDER_NOT_OPEN)
        yield evolve(self._exact(self._dues.last_month), scene="又用了上月的支付码", outcome=paid)
        yield evolve(self._exact(self._dues.cancelled), scene="通知已取消", outcome=closed)
        yield evolve(self._exact(self._dues.merged), scene="已合并，用了旧支付码", outcome=closed)

    def _twice(self) -> Iterator[Payment]:
        """Show two equal payments of one notice, of two notices, and without a memo; all of them are real money."""
        due = self._take()
        first = pay(due, self._calendar.moment(), self._rng, scene=f"{TWO_EQUAL}：第一笔")
        again = Refund(RefundReason.ORDER_ALREADY_PAID)
        later = first.moment + timedelta(minutes=7)
        yield first
        yield evolve(first, moment=later, scene=f"{TWO_EQUAL}：第二笔", outcome=again)
        due = self._take()
        first = without_memo(due.payer, due.amount, "补贴款", self._calendar)
        yield evolve(first, scene=f"{TWO_EQUAL}，都没有支付码")
        yield evolve(first, scene=f"{TWO_EQUAL}，都没有支付码", moment=first.moment + timedelta(minutes=3))

    def _missing_account(self) -> Iterator[Payment]:
        due = self._take()
        teller = Payer(name=due.payer.name, account="", bank="")
        yield evolve(self._exact(due), scene="柜台现金，支付码正确", outcome=Settle(due.notice_id), payer=teller)
        due = self._take()
        held = Hold(HoldReason.PAYER_ACCOUNT_MISSING, RefundReason.MEMO_MISSING)
        teller = Payer(name="", account="", bank="")
        yield evolve(self._exact(due), scene="柜台现金，没有支付码", outcome=held, payer=teller, text="现金存入")
        due = self._take()
        held = Hold(HoldReason.PAYER_ACCOUNT_MISSING, RefundReason.AMOUNT_SHORT)
        less = due.amount - _FEN
        yield evolve(self._exact(due), scene="少付一分，没有付款账号", outcome=held, payer=teller, amount=less)
        paid = pay(self._take(), self._calendar.moment(), self._rng, scene="随后被银行冲正")
        yield paid
        reversal = Hold(HoldReason.REVERSAL)
        moment = paid.moment + timedelta(days=1)
        debit = evolve(paid, direction=Direction.DEBIT, outcome=reversal, moment=moment, scene="银行冲正已核销的流水")
        yield evolve(debit, flag="X")

    def _hostile(self) -> Iterator[Payment]:
        """Try to forge a line by markup in the memo: it stays text, and settles what it names and nothing more."""
        due, other = self._take(), self._take()
        forged = f"</MEMO></STMTTRN><STMTTRN><TRNTYPE>CREDIT<TRNAMT>{other.amount}<FITID>F1<MEMO>{other.memo}"
        yield evolve(
            self._exact(due), scene="附言里夹带伪造的标记", outcome=Settle(due.notice_id), text=f"{due.memo}{forged}"
        )
