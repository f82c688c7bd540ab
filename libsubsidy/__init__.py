"""The rules of a housing-subsidy fund (住房补贴): pure values and decisions, no I/O, no clock, no hidden randomness."""

from libsubsidy.decision_record import ExplainedCheck, Explanation, explain_record, to_record
from libsubsidy.errors import (
    CatalogueError,
    IdentityError,
    MemoError,
    MoneyError,
    MonthError,
    OrderCodesExhausted,
    ParseError,
    RecordError,
    SubsidyError,
    TransitionRefused,
)
from libsubsidy.memo import Memo, memo_key
from libsubsidy.memo_diagnosis import Exact, NearMiss, NoMemo, read_memo
from libsubsidy.money import Money
from libsubsidy.months import Month, MonthRange
from libsubsidy.policy import Policy
from libsubsidy.settlement import (
    NOTHING_FOUND,
    BankLine,
    Check,
    Decision,
    Direction,
    Found,
    FoundNotice,
    Hold,
    HoldReason,
    NoticeState,
    Other,
    OtherKind,
    Outcome,
    Refund,
    RefundReason,
    Settle,
    decide,
)
from libsubsidy.version import VERSION
from libsubsidy.violations import Text, Violation

__all__ = [
    "NOTHING_FOUND",
    "VERSION",
    "BankLine",
    "CatalogueError",
    "Check",
    "Decision",
    "Direction",
    "Exact",
    "ExplainedCheck",
    "Explanation",
    "Found",
    "FoundNotice",
    "Hold",
    "HoldReason",
    "IdentityError",
    "Memo",
    "MemoError",
    "Money",
    "MoneyError",
    "Month",
    "MonthError",
    "MonthRange",
    "NearMiss",
    "NoMemo",
    "NoticeState",
    "OrderCodesExhausted",
    "Other",
    "OtherKind",
    "Outcome",
    "ParseError",
    "Policy",
    "RecordError",
    "Refund",
    "RefundReason",
    "Settle",
    "SubsidyError",
    "Text",
    "TransitionRefused",
    "Violation",
    "decide",
    "explain_record",
    "memo_key",
    "read_memo",
    "to_record",
]
