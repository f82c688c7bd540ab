"""What comes out of a decision: an outcome, and every check that led to it with the facts compared.

A decision keeps its checks as marks, one character each, because a million of them are stored; the checks themselves
are expanded when somebody looks.

>>> decision = Decision(Refund(RefundReason.ORDER_UNKNOWN), "pppppppf--p",
...                     {"employer_code": "75256", "order_code": "A7W5"})
>>> [check.name for check in decision.checks if not check.passed], decision.checks[7].facts
(['order'], {'order_code': 'A7W5'})
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from attrs import field, frozen

from libsubsidy.bank_lines import OtherKind
from libsubsidy.memo import Memo
from libsubsidy.violations import Violation


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
