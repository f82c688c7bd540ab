"""The rules of a housing-subsidy fund (住房补贴): pure values and decisions, no I/O, no clock, no hidden randomness.

One worked month. An employee starts in April 2020; the employer lists the month, submits it, and asks for a month that
only a regular remittance may pay:

>>> from datetime import date
>>> zhang = Employment(person_id=1, name="张三", start_month=Month(2020, 4), state=EmploymentState.ACTIVE,
...                    file_amounts=(FileAmount(effective=Month(2020, 4), amount=Money.parse("1500")),))
>>> roster, policy, today = {1: Member(zhang)}, Policy(), date(2020, 4, 20)
>>> sheet = regular_sheet(Month(2020, 4), roster, policy, today)
>>> check_regular_order(Month(2020, 4), sheet.lines, roster, policy, today), str(order_totals(sheet.lines).amount)
((), '1500.00')
>>> [refusal.code for refusal in eligible(zhang, Month(2020, 4), OrderKind.MONTHLY, {}, policy, today)]
['BP_NOT_BEFORE_START']

The bureau approves, which creates a notice with a memo; the employer pays; the bank's line comes:

>>> memo = Memo(employer_code="75256", order_code="A7W5")
>>> line = BankLine(amount=Money.parse("1500"), direction=Direction.CREDIT, currency="CNY",
...                 memo=f"{memo}，2020年4月份雇员汇缴款", payer_name="某单位", payer_account="6222")
>>> memo_key(line.memo)
('75256', 'A7W5')
>>> notice = FoundNotice(notice_id=17, state=NoticeState.AWAITING, amount=Money.parse("1500"))
>>> decide(line, Found(employer_known=True, notice=notice), policy).outcome
Settle(notice_id=17)

A blank before the memo is enough to flag the money for refund, and to say why:

>>> from attrs import evolve
>>> decision = decide(evolve(line, memo=f" {memo}"), Found(employer_known=True, notice=notice), policy)
>>> decision.outcome
Refund(reason=<RefundReason.MEMO_NOT_AT_START: 'MEMO_NOT_AT_START'>)
>>> explain_record(to_record(decision)).problems[0].en
'There are blanks or invisible characters before the memo: please delete them, so that the text begins with 75256xA7W5o.'
"""

from libsubsidy.absence import why_absent
from libsubsidy.amount_list import (
    AmountProblem,
    AmountRow,
    AmountsAsked,
    ReadAmount,
    listed_lines,
    read_amounts,
)
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
from libsubsidy.attachments import (
    SLOTS,
    MediaType,
    Slot,
    check_attachments,
    check_kind,
    check_size,
    clean_file_name,
    media_type_of,
    slot_of,
)
from libsubsidy.back_payment import (
    BackPayment,
    BackPaymentKind,
    advise_back_payment,
    check_back_payment,
    claimed_months,
)
from libsubsidy.back_payment_months import check_back_payment_months, check_split, split_back_payment
from libsubsidy.backfill import (
    BackfillHistory,
    BackfillLine,
    OpeningElsewhere,
    advise_backfill,
    check_backfill,
    itemises,
)
from libsubsidy.backfill_rows import BACKFILL_FIELDS, BackfillCells, BackfillRow, read_backfill_row
from libsubsidy.bank_lines import NOTHING_FOUND, BankLine, Direction, Found, FoundNotice, NoticeState, OtherKind
from libsubsidy.change_advice import advise_change
from libsubsidy.changes import (
    STRICT_FIELDS,
    Change,
    ChangeKind,
    FieldChange,
    check_seen,
    read_card_change,
    read_file_change,
)
from libsubsidy.comparison import Comparison, Difference, DifferenceKind, compare_lines
from libsubsidy.convert import make_converter
from libsubsidy.days import parse_day
from libsubsidy.decision_record import ExplainedCheck, Explanation, explain_prospect, explain_record, to_record
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
from libsubsidy.eligibility import OrderKind, eligible, month_held
from libsubsidy.employer_card import CARD_FIELDS, CardField, EmployerCard, EmployerKind, read_card
from libsubsidy.employment import (
    EMPLOYMENT_LIFE,
    DesignatedAmount,
    Employment,
    EmploymentEvent,
    EmploymentState,
    FileAmount,
    LiveMonth,
    Member,
    Roster,
)
from libsubsidy.errors import (
    CatalogueError,
    DayError,
    IdentityError,
    MemoError,
    MoneyError,
    MonthError,
    NoticeMixedUp,
    OrderCodesExhausted,
    ParseError,
    RecordError,
    SubsidyError,
    TransitionRefused,
)
from libsubsidy.first_page import apply_first_page
from libsubsidy.identity import CreditCode, IdNumber, Mobile, OrganizationCode, Sex
from libsubsidy.initialisation import (
    INITIAL_FIELDS,
    CellFinding,
    InitialRow,
    Opening,
    VerifiedRow,
    same_cell,
    verify_row,
)
from libsubsidy.lifecycle import Lifecycle
from libsubsidy.memo import Memo, memo_key
from libsubsidy.memo_diagnosis import Exact, NearMiss, NoMemo, read_memo
from libsubsidy.memo_proposal import propose_memo
from libsubsidy.money import Money
from libsubsidy.months import Month, MonthRange
from libsubsidy.named_notice import NamedNotice, notice_problems, payer_advice
from libsubsidy.order_codes import ORDER_CODES_MAX, new_order_code, order_code_checks, order_codes_alarm
from libsubsidy.order_lines import AmountSource, OrderLine, OrderTotals, check_lines, check_total, order_totals
from libsubsidy.personnel_file import FILE_FIELDS, PersonnelFile
from libsubsidy.policy import Policy
from libsubsidy.registration import REGISTRATION_LIFE, RegistrationEvent, RegistrationState, read_registration
from libsubsidy.remittance import (
    Sheet,
    advise_regular_order,
    check_regular_month,
    check_regular_order,
    next_month,
    regular_sheet,
)
from libsubsidy.sealing import LiveLine, SealRow, advise_seal, check_seals, flip_seal, latest_month, target_of
from libsubsidy.settlement import decide
from libsubsidy.transfer import (
    TRANSFER_LIFE,
    Move,
    Target,
    Terms,
    TransferEvent,
    TransferState,
    advise_transfer,
    answer_until,
    check_terms,
    check_transfers,
    start_transfer,
)
from libsubsidy.uppercase_amount import uppercase_amount
from libsubsidy.version import VERSION
from libsubsidy.violations import Text, Violation
from libsubsidy.withdrawal import (
    Funds,
    Holder,
    TypedWithdrawal,
    Withdrawal,
    advise_withdrawal,
    check_withdrawal,
    check_withdrawal_approval,
    check_withdrawal_booked,
    read_withdrawal,
)
from libsubsidy.withdrawal_life import WITHDRAWAL_LIFE, WithdrawalEvent, WithdrawalState, state_of_application
from libsubsidy.withdrawal_reasons import WITHDRAWAL_REASONS, PayeeKind, WithdrawalReason

__all__ = [
    "APPLICATION_LIFE",
    "BACKFILL_FIELDS",
    "CARD_FIELDS",
    "CASE_LIFE",
    "CHECKS",
    "EMPLOYMENT_LIFE",
    "FILE_FIELDS",
    "INITIAL_FIELDS",
    "NOTHING_FOUND",
    "NOTICE_LIFE",
    "ORDER_CODES_MAX",
    "ORDER_LIFE",
    "REGISTRATION_LIFE",
    "SLOTS",
    "STRICT_FIELDS",
    "TRANSFER_LIFE",
    "VERSION",
    "WITHDRAWAL_LIFE",
    "WITHDRAWAL_REASONS",
    "AmountProblem",
    "AmountRow",
    "AmountSource",
    "AmountsAsked",
    "ApplicationEvent",
    "ApplicationState",
    "BackPayment",
    "BackPaymentKind",
    "BackfillCells",
    "BackfillHistory",
    "BackfillLine",
    "BackfillRow",
    "BankLine",
    "CardField",
    "CaseEvent",
    "CaseState",
    "CatalogueError",
    "CellFinding",
    "Change",
    "ChangeKind",
    "Check",
    "Comparison",
    "CreditCode",
    "DayError",
    "Decision",
    "DefaultAmount",
    "DesignatedAmount",
    "Difference",
    "DifferenceKind",
    "Direction",
    "EmployerCard",
    "EmployerKind",
    "Employment",
    "EmploymentEvent",
    "EmploymentState",
    "Exact",
    "ExplainedCheck",
    "Explanation",
    "FieldChange",
    "FileAmount",
    "Found",
    "FoundNotice",
    "Funds",
    "Hold",
    "HoldReason",
    "Holder",
    "IdNumber",
    "IdentityError",
    "InitialRow",
    "Lifecycle",
    "LiveLine",
    "LiveMonth",
    "MediaType",
    "Member",
    "Memo",
    "MemoError",
    "Mobile",
    "Money",
    "MoneyError",
    "Month",
    "MonthError",
    "MonthRange",
    "Move",
    "NamedNotice",
    "NearMiss",
    "NoMemo",
    "NoticeEvent",
    "NoticeMixedUp",
    "NoticeState",
    "Opening",
    "OpeningElsewhere",
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
    "PayeeKind",
    "PersonnelFile",
    "Policy",
    "ReadAmount",
    "RecordError",
    "Refund",
    "RefundReason",
    "RegistrationEvent",
    "RegistrationState",
    "Roster",
    "SealRow",
    "Settle",
    "Sex",
    "Sheet",
    "Slot",
    "SubsidyError",
    "Target",
    "Terms",
    "Text",
    "TransferEvent",
    "TransferState",
    "TransitionRefused",
    "TypedWithdrawal",
    "VerifiedRow",
    "Violation",
    "Withdrawal",
    "WithdrawalEvent",
    "WithdrawalReason",
    "WithdrawalState",
    "advise_back_payment",
    "advise_backfill",
    "advise_change",
    "advise_regular_order",
    "advise_seal",
    "advise_transfer",
    "advise_withdrawal",
    "answer_until",
    "apply_first_page",
    "check_attachments",
    "check_back_payment",
    "check_back_payment_months",
    "check_backfill",
    "check_kind",
    "check_lines",
    "check_regular_month",
    "check_regular_order",
    "check_seals",
    "check_seen",
    "check_size",
    "check_split",
    "check_terms",
    "check_total",
    "check_transfers",
    "check_withdrawal",
    "check_withdrawal_approval",
    "check_withdrawal_booked",
    "claimed_months",
    "clean_file_name",
    "compare_lines",
    "decide",
    "default_amount",
    "designated_by",
    "eligible",
    "explain_prospect",
    "explain_record",
    "file_amount",
    "flip_seal",
    "itemises",
    "latest_month",
    "listed_lines",
    "make_converter",
    "media_type_of",
    "memo_key",
    "month_held",
    "new_order_code",
    "next_month",
    "notice_problems",
    "order_code_checks",
    "order_codes_alarm",
    "order_totals",
    "parse_day",
    "payer_advice",
    "propose_memo",
    "read_amounts",
    "read_backfill_row",
    "read_card",
    "read_card_change",
    "read_file_change",
    "read_memo",
    "read_registration",
    "read_withdrawal",
    "regular_sheet",
    "same_cell",
    "slot_of",
    "split_back_payment",
    "start_transfer",
    "state_of_application",
    "target_of",
    "to_record",
    "uppercase_amount",
    "verify_row",
    "why_absent",
]
