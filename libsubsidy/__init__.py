"""The rules of a housing-subsidy fund (住房补贴): pure values and decisions, no I/O, no clock, no hidden randomness."""

from libsubsidy.back_payment import (
    BackPayment,
    BackPaymentKind,
    advise_back_payment,
    check_back_payment,
    claimed_months,
)
from libsubsidy.decision_record import ExplainedCheck, Explanation, explain_record, to_record
from libsubsidy.default_amount import DefaultAmount, default_amount, designated_by, file_amount
from libsubsidy.eligibility import OrderKind, eligible
from libsubsidy.employment import DesignatedAmount, Employment, EmploymentState, FileAmount, LiveMonth, Member, Roster
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
from libsubsidy.first_page import apply_first_page
from libsubsidy.memo import Memo, memo_key
from libsubsidy.memo_diagnosis import Exact, NearMiss, NoMemo, read_memo
from libsubsidy.money import Money
from libsubsidy.months import Month, MonthRange
from libsubsidy.order_lines import AmountSource, OrderLine, OrderTotals, check_total, order_totals
from libsubsidy.policy import Policy
from libsubsidy.remittance import Sheet, advise_regular_order, check_regular_order, regular_sheet
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
    "AmountSource",
    "BackPayment",
    "BackPaymentKind",
    "BankLine",
    "CatalogueError",
    "Check",
    "Decision",
    "DefaultAmount",
    "DesignatedAmount",
    "Direction",
    "Employment",
    "EmploymentState",
    "Exact",
    "ExplainedCheck",
    "Explanation",
    "FileAmount",
    "Found",
    "FoundNotice",
    "Hold",
    "HoldReason",
    "IdentityError",
    "LiveMonth",
    "Member",
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
    "OrderKind",
    "OrderLine",
    "OrderTotals",
    "Other",
    "OtherKind",
    "Outcome",
    "ParseError",
    "Policy",
    "RecordError",
    "Refund",
    "RefundReason",
    "Roster",
    "Settle",
    "Sheet",
    "SubsidyError",
    "Text",
    "TransitionRefused",
    "Violation",
    "advise_back_payment",
    "advise_regular_order",
    "apply_first_page",
    "check_back_payment",
    "check_regular_order",
    "check_total",
    "claimed_months",
    "decide",
    "default_amount",
    "designated_by",
    "eligible",
    "explain_record",
    "file_amount",
    "memo_key",
    "order_totals",
    "read_memo",
    "regular_sheet",
    "to_record",
]
