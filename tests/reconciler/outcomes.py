"""A day at the bank that shows every outcome: what is paid, what becomes of it, and why."""

from typing import Any

import attrs

from tests.reconciler.bank import Payment
from tests.reconciler.town import Due

DUES = (
    Due(),
    Due(order_code="B2B2", people=1, each_fen=9_99),
    Due(order_code="C3C3", people=3, each_fen=100_00),
    Due(order_code="D4D4", people=1, each_fen=70_00),
    Due(order_code="E5E5", people=1, each_fen=80_00),
    Due(order_code="F6F6", people=1, each_fen=90_00, state="cancelled"),
    Due(employer_code="10000", order_code="G7G7", people=2, each_fen=1_00),
)
MAIN, PREFIXED, TWICE, SHORT, OVER, CANCELLED, OTHERS = DUES


@attrs.frozen(kw_only=True)
class Outcome:
    """A payment and what becomes of it.

    Attributes:
        reason: why it does not settle, as the case has it; "" when there is no case.
        proposed: the memo that was probably meant.
    """

    payment: Payment
    disposition: str
    reason: str = ""
    proposed: str | None = None


def _settled(due: Due, memo: str, **more: Any) -> Outcome:
    return Outcome(payment=Payment(fen=due.fen, memo=memo, **more), disposition="settled")


def _refund(memo: str, reason: str, *, fen: int = MAIN.fen, proposed: str | None = None, **more: Any) -> Outcome:
    payment = Payment(fen=fen, memo=memo, payer_name=f"付款人{reason}", **more)
    return Outcome(payment=payment, disposition="refund", reason=reason, proposed=proposed)


def _hold(memo: str, reason: str, *, fen: int = MAIN.fen, **more: Any) -> Outcome:
    return Outcome(payment=Payment(fen=fen, memo=memo, **more), disposition="hold", reason=reason)


def _other(fen: int, memo: str, kind: str, **more: Any) -> Outcome:
    return Outcome(payment=Payment(fen=fen, memo=memo, kind=kind, **more), disposition="other")


# In the bank's order, which its numbers follow.
OUTCOMES = (
    _settled(MAIN, f"{MAIN.memo}，2020年4月份雇员汇缴款"),
    _settled(PREFIXED, f"转账汇入|{PREFIXED.memo}"),
    _settled(TWICE, TWICE.memo, fitid="EQUAL-1"),
    _settled(OTHERS, f"附言:{OTHERS.memo}"),
    _refund(TWICE.memo, "ORDER_ALREADY_PAID", fen=TWICE.fen, fitid="EQUAL-2"),
    _refund(f"转账{MAIN.memo}", "MEMO_NOT_AT_START", proposed=MAIN.memo),
    _refund("\uff17\uff15\uff12\uff15\uff16\uff58A7W5o", "MEMO_MALFORMED", proposed=MAIN.memo),
    _refund("75256XA7W5O", "MEMO_MALFORMED", proposed=MAIN.memo),
    _refund("75256xA7W50", "MEMO_MALFORMED", proposed=MAIN.memo),
    _refund("", "MEMO_MISSING"),
    _refund("99999xA7W5o", "EMPLOYER_UNKNOWN"),
    _refund("75256xZZZZo", "ORDER_UNKNOWN"),
    _refund(f"{MAIN.memo}，三月", "ORDER_ALREADY_PAID"),
    _refund(CANCELLED.memo, "ORDER_NOT_OPEN", fen=CANCELLED.fen),
    _refund(SHORT.memo, "AMOUNT_SHORT", fen=SHORT.fen - 1),
    _refund(OVER.memo, "AMOUNT_OVER", fen=OVER.fen + 1),
    _refund(SHORT.memo, "CURRENCY_WRONG", fen=SHORT.fen, currency="USD"),
    _hold("没有账号", "PAYER_ACCOUNT_MISSING", fen=12_34, payer_account=""),
    _hold(f"冲正|{MAIN.memo}", "REVERSAL", fen=-MAIN.fen),
    _other(-5_00, "转账手续费", "SRVCHG"),
    _other(-100_00, "付款", "DEBIT"),
    _other(3_21, "结息", "INT", payer_account=""),
    _other(1_000_00, SHORT.memo, "CREDIT", payer_account="6222000000000000001"),
    _other(0, SHORT.memo, "CREDIT"),
)
PAYMENTS = tuple(outcome.payment for outcome in OUTCOMES)
