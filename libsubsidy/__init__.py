"""The rules of a housing-subsidy fund (住房补贴): pure values and decisions, no I/O, no clock, no hidden randomness."""

from libsubsidy.applications import (
    APPLICATION_LIFE,
    CASE_LIFE,
    NOTICE_LIFE,
    ORDER_LIFE,
    ApplicationEvent,
    ApplicationState,
    CaseEvent,
    CaseState,
    NoticeEvent,
    OrderEvent,
    OrderState,
)
from libsubsidy.back_payment import (
    BackPayment,
    BackPaymentKind,
    advise_back_payment,
    check_back_payment,
    claimed_months,
)
from libsubsidy.bank_lines import NOTHING_FOUND, BankLine, Direction, Found, FoundNotice, NoticeState, OtherKind
from libsubsidy.convert import make_converter
from libsubsidy.decision_record import ExplainedCheck, Explanation, explain_record, to_record
from libsubsidy.decisions import (
    CHECKS,
    Check,
    Decision,
    Hold,
    HoldReason,
    Other,
    Outcome,
    Refund,
    RefundReason,
    Settle,
)
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
from libsubsidy.identity import CreditCode, IdNumber, Mobile, OrganizationCode, Sex
from libsubsidy.lifecycle import Lifecycle
from libsubsidy.memo import Memo, memo_key
from libsubsidy.memo_diagnosis import Exact, NearMiss, NoMemo, read_memo
from libsubsidy.money import Money
from libsubsidy.months import Month, MonthRange
from libsubsidy.order_codes import ORDER_CODES_MAX, new_order_code, order_code_checks, order_codes_alarm
from libsubsidy.order_lines import AmountSource, OrderLine, OrderTotals, check_lines, check_total, order_totals
from libsubsidy.policy import Policy
from libsubsidy.remittance import Sheet, advise_regular_order, check_regular_order, regular_sheet
from libsubsidy.settlement import decide
from libsubsidy.version import VERSION
from libsubsidy.violations import Text, Violation

__all__ = [
    "APPLICATION_LIFE",
    "CASE_LIFE",
    "CHECKS",
    "NOTHING_FOUND",
    "NOTICE_LIFE",
    "ORDER_CODES_MAX",
    "ORDER_LIFE",
    "VERSION",
    "AmountSource",
    "ApplicationEvent",
    "ApplicationState",
    "BackPayment",
    "BackPaymentKind",
    "BankLine",
    "CaseEvent",
    "CaseState",
    "CatalogueError",
    "Check",
    "CreditCode",
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
    "IdNumber",
    "IdentityError",
    "Lifecycle",
    "LiveMonth",
    "Member",
    "Memo",
    "MemoError",
    "Mobile",
    "Money",
    "MoneyError",
    "Month",
    "MonthError",
    "MonthRange",
    "NearMiss",
    "NoMemo",
    "NoticeEvent",
    "NoticeState",
    "OrderCodesExhausted",
    "OrderEvent",
    "OrderKind",
    "OrderLine",
    "OrderState",
    "OrderTotals",
    "OrganizationCode",
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
    "Sex",
    "Sheet",
    "SubsidyError",
    "Text",
    "TransitionRefused",
    "Violation",
    "advise_back_payment",
    "advise_regular_order",
    "apply_first_page",
    "check_back_payment",
    "check_lines",
    "check_regular_order",
    "check_total",
    "claimed_months",
    "decide",
    "default_amount",
    "designated_by",
    "eligible",
    "explain_record",
    "file_amount",
    "make_converter",
    "memo_key",
    "new_order_code",
    "order_code_checks",
    "order_codes_alarm",
    "order_totals",
    "read_memo",
    "regular_sheet",
    "to_record",
]
