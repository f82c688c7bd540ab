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
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from attrs import field, frozen

from libsubsidy.errors import MoneyError
from libsubsidy.memo import Memo, memo_key
from libsubsidy.memo_diagnosis import EXCERPT_CHARACTERS_MAX, NearMiss, NoMemo, diagnose
from libsubsidy.money import Money
from libsubsidy.policy import Policy
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


class RefundReason(Enum):
    """Why a credit is flagged for refund; the names are stable."""

    MEMO_MISSING = "MEMO_MISSING"
    MEMO_NOT_AT_START = "MEMO_NOT_AT_START"
    MEMO_MALFORMED = "MEMO_MALFORMED"
    EMPLOYER_UNKNOWN = "EMPLOYER_UNKNOWN"
    ORDER_UNKNOWN = "ORDER_UNKNOWN"
    ORDER_NOT_OPEN = "ORDER_NOT_OPEN"
    ORDER_ALREADY_PAID = "ORDER_ALREADY_PAID"
    AMOUNT_SHORT = "AMOUNT_SHORT"
    AMOUNT_OVER = "AMOUNT_OVER"
    CURRENCY_WRONG = "CURRENCY_WRONG"


class HoldReason(Enum):
    """Why a line waits for a person."""

    PAYER_ACCOUNT_MISSING = "PAYER_ACCOUNT_MISSING"
    REVERSAL = "REVERSAL"
    READERS_DISAGREE = "READERS_DISAGREE"


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
    """The notice that the memo's two codes name, as locked by the caller."""

    notice_id: int
    state: NoticeState
    amount: Money


@frozen(kw_only=True)
class Found:
    """What the caller found for `memo_key(line.memo)`: whether the employer exists, and the notice."""

    employer_known: bool
    notice: FoundNotice | None


NOTHING_FOUND: Final = Found(employer_known=False, notice=None)


@frozen
class Settle:
    """Credit every employee of the notice, once."""

    notice_id: int


@frozen
class Refund:
    """Flag the whole credit for refund; a person and a second person decide it."""

    reason: RefundReason


@frozen
class Hold:
    """A person must look. `refund_reason` says what it would be if nothing held it."""

    reason: HoldReason
    refund_reason: RefundReason | None = None


@frozen
class Other:
    """No remittance: nothing to settle and nothing to refund."""

    kind: OtherKind


Outcome = Settle | Refund | Hold | Other

CHECKS: Final = (
    *("direction", "kind", "reversal", "readers", "currency", "memo"),
    *("employer", "order", "open", "amount", "payer_account"),
)
PASSED: Final = "p"
FAILED: Final = "f"
NOT_RUN: Final = "-"


@frozen
class Check:
    """One check that was run.

    Attributes:
        name: one of CHECKS.
        passed: whether the line may still settle.
        facts: what was compared; amounts in fen.
    """

    name: str
    passed: bool
    facts: Mapping[str, str | int] = field(hash=False)


@frozen
class Decision:
    """What is done with a line, and why.

    Attributes:
        outcome: the verdict.
        marks: one character per check of CHECKS: p passed, f failed, - not run. One of few constants, so a million
            decisions share them.
        facts: what was compared and is not already said by the marks.
        proposal: the memo that a near miss probably meant; for a person, never used by itself.
        problems: what is wrong with the memo.
    """

    outcome: Outcome
    marks: str
    facts: Mapping[str, str | int] = field(hash=False)
    proposal: Memo | None = None
    problems: tuple[Violation, ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every check that was run, in order."""
        return checks_of(self.marks, self.facts)


def decide(line: BankLine, found: Found, policy: Policy) -> Decision:
    """Decide one bank line. Pure and total: every line gets a decision.

    Args:
        line: the line; its memo is read here, so `found` can never settle a line without an exact memo.
        found: what the caller found for `memo_key(line.memo)`.
        policy: the bureau's numbers.
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
        facts: dict[str, str | int] = {"currency": line.currency[:EXCERPT_CHARACTERS_MAX], "expected": policy.currency}
        return _refund(line, RefundReason.CURRENCY_WRONG, "ppppf-----", facts)
    key = memo_key(line.memo)
    if key is None:
        return _no_exact_memo(line)
    facts = {"employer_code": key[0], "order_code": key[1]}
    notice = found.notice
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
    kind = line.kind
    if kind is None and line.direction is not Direction.CREDIT:
        kind = OtherKind.DEBIT
    elif kind is None and line.amount.fen == 0:
        kind = OtherKind.ZERO
    marks = "".join(
        (
            PASSED if line.direction is Direction.CREDIT else FAILED,
            PASSED if kind is None or kind is OtherKind.DEBIT else FAILED,
            FAILED if line.reversal else PASSED,
            FAILED if line.readers_disagree else PASSED,
            NOT_RUN * 7,
        )
    )
    facts: dict[str, str | int] = {} if kind is None or kind is OtherKind.DEBIT else {"kind": kind.value}
    if line.readers_disagree:
        return Decision(Hold(HoldReason.READERS_DISAGREE), marks, facts)
    if line.reversal or kind is None:
        return Decision(Hold(HoldReason.REVERSAL), marks, facts)
    return Decision(Other(kind), marks, facts)


def _no_exact_memo(line: BankLine) -> Decision:
    reading = diagnose(line.memo)
    codes = {problem.code for problem in reading.problems}
    facts: dict[str, str | int] = {"memo": line.memo[:EXCERPT_CHARACTERS_MAX]}
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


# The facts that each check shows, and the ones its mark already says.
_FACTS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": ("kind",),
    "currency": ("currency", "expected"),
    "memo": ("memo", "level"),
    "employer": ("employer_code",),
    "order": ("order_code",),
    "open": ("state",),
    "amount": ("paid_fen", "due_fen"),
}


def checks_of(marks: str, facts: Mapping[str, str | int]) -> tuple[Check, ...]:
    """Expand marks and facts into the checks they stand for."""
    return tuple(
        Check(name, mark == PASSED, {fact: facts[fact] for fact in _FACTS_OF.get(name, ()) if fact in facts})
        for name, mark in zip(CHECKS, marks, strict=True)
        if mark != NOT_RUN
    )
