"""A bank line and what was found for it: settle, flag for refund, hold for a person, or no remittance at all.

    划款单的摘要，必须严格按照以下格式执行，否则系统无法识别转账过来的资金来源，会被原路退回。        manual L391

The one rule above all (I36): only an exact memo AND an exact amount AND an open notice settle. Everything weaker is
explained and perhaps proposed to a person. A wrong credit is worse than a wrong refund flag: when in doubt, flag.

Eleven checks run in this order, and the first failure decides (the first four are looked at together, see below):

    direction kind reversal readers currency memo employer order open amount payer_account

- `readers`: if two readers of the file disagree, nothing on the line can be believed: Hold.
- `reversal`: a reversal may undo a line that has settled: Hold.
- `direction`, `kind`: a debit, an amount of zero, or what the bank profile recognised (interest, fee …): Other.
- `payer_account` is only looked at when the money must go back: without an account a person finds one: Hold.

>>> from libsubsidy.bank_lines import FoundNotice
>>> from libsubsidy.money import Money
>>> line = BankLine(amount=Money(fen=150000), direction=Direction.CREDIT, currency="CNY", memo="75256xA7W5o",
...                 payer_name="某单位", payer_account="6222")
>>> notice = FoundNotice(notice_id=17, state=NoticeState.AWAITING, amount=Money(fen=150000))
>>> decide(line, Found(employer_known=True, notice=notice), Policy()).outcome
Settle(notice_id=17)

One fen less is not settled:

>>> notice = FoundNotice(notice_id=17, state=NoticeState.AWAITING, amount=Money(fen=150001))
>>> decision = decide(line, Found(employer_known=True, notice=notice), Policy())
>>> decision.outcome
Refund(reason=<RefundReason.AMOUNT_SHORT: 'AMOUNT_SHORT'>)
>>> [check.name for check in decision.checks if not check.passed], decision.checks[-2].facts
(['amount'], {'paid_fen': 150000, 'due_fen': 150001})

A notice that says for which memo it was found never settles a line with another:

>>> from libsubsidy.memo import Memo
>>> notice = FoundNotice(notice_id=17, state=NoticeState.AWAITING, amount=Money(fen=150000),
...                      memo=Memo.parse("75256xB8K2o"))
>>> decide(line, Found(employer_known=True, notice=notice), Policy())
Traceback (most recent call last):
libsubsidy.errors.NoticeMixedUp: the line names 75256xA7W5o, but the notice given was found for 75256xB8K2o
"""

from collections.abc import Mapping
from typing import Final

from libsubsidy.bank_lines import BankLine, Direction, Found, NoticeState, OtherKind
from libsubsidy.decisions import (
    FAILED,
    NOT_RUN,
    PASSED,
    Decision,
    Hold,
    HoldReason,
    Other,
    Refund,
    RefundReason,
    Settle,
)
from libsubsidy.errors import NoticeMixedUp
from libsubsidy.memo import Memo, memo_key
from libsubsidy.memo_diagnosis import EXCERPT_CHARACTERS_MAX, NearMiss, NoMemo, diagnose
from libsubsidy.policy import Policy
from libsubsidy.violations import excerpt


def decide(line: BankLine, found: Found, policy: Policy) -> Decision:
    """Decide one bank line. Pure and total: every line gets a decision, if it comes with its own notice.

    Args:
        line: the line; its memo is read here, so `found` can never settle a line without an exact memo.
        found: what the caller found for `memo_key(line.memo)`.
        policy: the bureau's numbers.

    Raises:
        NoticeMixedUp: the line's memo is exact, and the notice says that it was found for another one.
    """
    amount_fen = line.amount.fen
    if (
        line.direction is not Direction.CREDIT
        or line.kind is not None
        or line.reversal
        or line.readers_disagree
        or amount_fen == 0
    ):
        return _no_plain_credit(line)
    if line.currency != policy.currency:
        facts: dict[str, str | int] = {
            "currency": excerpt(line.currency, EXCERPT_CHARACTERS_MAX),
            "expected": policy.currency,
        }
        return _refund(line, RefundReason.CURRENCY_WRONG, "ppppf-----", facts)
    key = memo_key(line.memo)
    if key is None:
        return _no_exact_memo(line)
    facts = {"employer_code": key[0], "order_code": key[1]}
    notice = found.notice
    if notice is not None and notice.memo is not None and (notice.memo.employer_code, notice.memo.order_code) != key:
        line_memo = Memo(employer_code=key[0], order_code=key[1])
        raise NoticeMixedUp(str(line_memo), str(notice.memo))
    if notice is None or not found.employer_known or notice.state is not NoticeState.AWAITING:
        return _no_open_notice(line, found, facts)
    due_fen = notice.amount.fen
    facts["paid_fen"] = amount_fen
    facts["due_fen"] = due_fen
    if amount_fen == due_fen:
        return Decision(Settle(notice.notice_id), _SETTLED, facts)
    reason = RefundReason.AMOUNT_SHORT if amount_fen < due_fen else RefundReason.AMOUNT_OVER
    return _refund(line, reason, "pppppppppf", facts)


_SETTLED: Final = "pppppppppp-"


def _no_plain_credit(line: BankLine) -> Decision:
    is_credit = line.direction is Direction.CREDIT
    kind = OtherKind.ZERO if line.kind is None and line.amount.fen == 0 else line.kind
    marks = "".join(
        (
            PASSED if is_credit else FAILED,
            PASSED if kind is None else FAILED,
            FAILED if line.reversal else PASSED,
            FAILED if line.readers_disagree else PASSED,
            NOT_RUN * 7,
        )
    )
    facts: dict[str, str | int] = {} if kind is None else {"kind": kind.value}
    if line.readers_disagree:
        return Decision(Hold(HoldReason.READERS_DISAGREE), marks, facts)
    if line.reversal:
        return Decision(Hold(HoldReason.REVERSAL), marks, facts)
    return Decision(Other(kind or OtherKind.DEBIT), marks, facts)


def _no_exact_memo(line: BankLine) -> Decision:
    reading = diagnose(line.memo)
    codes = {problem.code for problem in reading.problems}
    facts: dict[str, str | int] = {"memo": excerpt(line.memo, EXCERPT_CHARACTERS_MAX)}
    if isinstance(reading, NearMiss):
        facts["level"] = reading.level
        at_fault = codes <= {"MEMO_NOT_AT_START", "MEMO_LEADING_BLANK"}
        reason = RefundReason.MEMO_NOT_AT_START if at_fault else RefundReason.MEMO_MALFORMED
        return _refund(line, reason, "pppppf----", facts, reading)
    reason = RefundReason.MEMO_MISSING if "MEMO_MISSING" in codes else RefundReason.MEMO_MALFORMED
    return _refund(line, reason, "pppppf----", facts, reading)


def _no_open_notice(line: BankLine, found: Found, facts: dict[str, str | int]) -> Decision:
    if not found.employer_known:
        return _refund(line, RefundReason.EMPLOYER_UNKNOWN, "ppppppf---", facts)
    if found.notice is None:
        return _refund(line, RefundReason.ORDER_UNKNOWN, "pppppppf--", facts)
    facts["state"] = found.notice.state.value
    paid = found.notice.state is NoticeState.PAID
    reason = RefundReason.ORDER_ALREADY_PAID if paid else RefundReason.ORDER_NOT_OPEN
    return _refund(line, reason, "ppppppppf-", facts)


# An exact memo has no problems, and nothing to propose.
_EXACT: Final = NoMemo(())
_REFUNDS: Final = {reason: Refund(reason) for reason in RefundReason}
_HELD: Final = {reason: Hold(HoldReason.PAYER_ACCOUNT_MISSING, reason) for reason in RefundReason}


def _refund(
    line: BankLine,
    reason: RefundReason,
    marks: str,
    facts: Mapping[str, str | int],
    reading: NearMiss | NoMemo = _EXACT,
) -> Decision:
    proposal = reading.memo if isinstance(reading, NearMiss) else None
    if line.payer_account and not line.payer_account.isspace():
        return Decision(_REFUNDS[reason], marks + PASSED, facts, proposal, reading.problems)
    return Decision(_HELD[reason], marks + FAILED, facts, proposal, reading.problems)
