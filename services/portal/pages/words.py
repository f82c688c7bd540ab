"""How the pages write states, kinds, amounts and times; each state with a tone, so that colour never speaks alone."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Final

import attrs
from markupsafe import Markup, escape

from libsubsidy import AmountSource, Direction, Money, MonthRange, NoticeState, OrderKind, OrderState, RegistrationState
from services.portal.portal import BUREAU_ZONE
from services.portal.roles import PortalRole
from services.store import applications, notices, orders, registrations
from services.store.ledgers import LedgerEntry
from services.store.statement_lists import StatementState
from services.store.work_list import WorkKind, WorkState


class Tone(Enum):
    """What a state means to whoever reads it."""

    DONE = "done"
    WAITS = "waits"
    WRONG = "wrong"
    PLAIN = "plain"


@attrs.frozen
class State:
    """A state in words."""

    zh: str
    tone: Tone


ORDER_KINDS: Final[Mapping[OrderKind, str]] = {
    OrderKind.REGULAR: "汇缴",
    OrderKind.MONTHLY: "按月补缴",
    OrderKind.LUMP_DIFFERENCE: "一次性补缴（差额）",
    OrderKind.LUMP_MISSED: "一次性补缴（漏缴）",
}
WORK_KINDS: Final[Mapping[WorkKind, str]] = {
    **{WorkKind(kind.value): zh for kind, zh in ORDER_KINDS.items()},
    WorkKind.EMPLOYEE_OPENING: "职工开户",
    WorkKind.EMPLOYEE_IMPORT: "职工批量导入",
    WorkKind.EMPLOYER_CHANGE: "单位信息变更",
    WorkKind.INFORMATION_CHANGE: "信息变更",
    WorkKind.EMPLOYEE_CHANGE: "职工信息变更",
    WorkKind.EMPLOYEE_TRANSFER: "员工转出",
    WorkKind.BACKFILL: "缴款历史补录",
    WorkKind.WITHDRAWAL: "支取",
    WorkKind.REGISTRATION: "单位注册",
}
_BACKFILL: Final = "backfill"
LEDGER_KINDS: Final[Mapping[str, str]] = {
    **{kind.value: zh for kind, zh in ORDER_KINDS.items()},
    "opening": "期初余额",
    _BACKFILL: "历史补录",
    "withdrawal": "支取",
    "correction": "更正",
}
_ORDER_TONES: Final[Mapping[OrderState, Tone]] = {
    OrderState.SUBMITTED: Tone.WAITS,
    OrderState.RETURNED: Tone.WRONG,
    OrderState.REJECTED: Tone.WRONG,
    OrderState.APPROVED: Tone.WAITS,
    OrderState.PAID: Tone.DONE,
    OrderState.CREDITED: Tone.DONE,
}
_NOTICE_TONES: Final[Mapping[NoticeState, Tone]] = {NoticeState.AWAITING: Tone.WAITS, NoticeState.PAID: Tone.DONE}
ORDER_STATES: Final[Mapping[OrderState, State]] = {
    state: State(zh, _ORDER_TONES.get(state, Tone.PLAIN)) for state, zh in orders.STATES_ZH.items()
}
NOTICE_STATES: Final[Mapping[NoticeState, State]] = {
    state: State(zh, _NOTICE_TONES.get(state, Tone.PLAIN)) for state, zh in notices.STATES_ZH.items()
}
STATEMENT_STATES: Final[Mapping[StatementState, State]] = {
    StatementState.RECEIVED: State("正在读入", Tone.WAITS),
    StatementState.STAGED: State("正在核验", Tone.WAITS),
    StatementState.HELD: State("待人工放行", Tone.WRONG),
    StatementState.PROVEN: State("正在对账", Tone.WAITS),
    StatementState.RECONCILED: State("已对账", Tone.DONE),
    StatementState.REFUSED: State("已拒收", Tone.WRONG),
}
_REGISTRATION_TONES: Final[Mapping[RegistrationState, Tone]] = {
    RegistrationState.SUBMITTED: Tone.WAITS,
    RegistrationState.RETURNED: Tone.WRONG,
    RegistrationState.REJECTED: Tone.WRONG,
    RegistrationState.APPROVED: Tone.DONE,
}
REGISTRATION_STATES: Final[Mapping[RegistrationState, State]] = {
    state: State(zh, _REGISTRATION_TONES.get(state, Tone.PLAIN)) for state, zh in registrations.STATES_ZH.items()
}
WORK_STATES: Final[Mapping[WorkState, State]] = {
    WorkState.SUBMITTED: State("待审核", Tone.WAITS),
    WorkState.IN_REVIEW: State("审核中", Tone.WAITS),
    WorkState.APPROVED: State("已通过", Tone.DONE),
    WorkState.RETURNED: State("已退回", Tone.WRONG),
    WorkState.REJECTED: State("已拒绝", Tone.WRONG),
    WorkState.RETRACTED: State("已撤回", Tone.PLAIN),
    WorkState.CANCELLED: State("已取消", Tone.PLAIN),
}
AMOUNT_SOURCES: Final[Mapping[AmountSource, str]] = {
    AmountSource.FILE: "档案",
    AmountSource.CARRIED: "沿用上次",
    AmountSource.DESIGNATED: "指定汇缴",
}
_EVENT_STATES: Final[Mapping[str, Mapping[str, str]]] = {
    "order": {state.value: zh for state, zh in orders.STATES_ZH.items()},
    "application": {state.value: zh for state, zh in applications.STATES_ZH.items()},
    "registration": {state.value: zh for state, zh in registrations.STATES_ZH.items()},
}
DISPOSITIONS: Final[Mapping[str, State]] = {
    "settled": State("核销", Tone.DONE),
    "refund": State("退款", Tone.WRONG),
    "hold": State("待人工", Tone.WAITS),
    "other": State("非缴款", Tone.PLAIN),
}
ROLES: Final[Mapping[PortalRole, str]] = {
    PortalRole.EMPLOYER: "单位管理员",
    PortalRole.EMPLOYER_CLERK: "单位经办人",
    PortalRole.EMPLOYER_CHECKER: "单位复核人",
    PortalRole.REVIEWER: "住建局审核",
    PortalRole.FINANCE_MAKER: "住建局财务经办",
    PortalRole.FINANCE_CHECKER: "住建局财务复核",
    PortalRole.AUDITOR: "审计",
    PortalRole.EMPLOYEE: "职工",
}
_YUAN: Final = "CNY"
_MOMENT_CHARACTERS: Final = 16  # Without the zone, which is always the bureau's.


def grouped(money: Money) -> str:
    """Write an amount for people; a minus sign that is no hyphen does not break from its digits.

    >>> grouped(Money(fen=-123456789)), grouped(Money(fen=-1)), grouped(Money(fen=0))
    ('−1,234,567.89', '−0.01', '0.00')
    """
    yuan, fen = divmod(abs(money.fen), 100)
    return f"{'−' if money.fen < 0 else ''}{yuan:,}.{fen:02}"


def signed(amount: Money, direction: Direction, currency: str) -> str:
    """Write what a line did to the account; another currency than the fund's is named.

    >>> signed(Money(fen=5), Direction.DEBIT, "CNY"), signed(Money(fen=5), Direction.CREDIT, "USD")
    ('−0.05', 'USD 0.05')
    """
    written = grouped(amount if direction is Direction.CREDIT else -amount)
    return written if currency == _YUAN else f"{currency} {written}"


@cache
def badge(state: State) -> Markup:
    """Write a state with its tone; there are a few dozen, and pages are full of them.

    >>> badge(State("已缴", Tone.DONE))
    Markup('<span class="state state-done">已缴</span>')
    """
    return Markup('<span class="state state-{}">{}</span>').format(state.tone.value, state.zh)


# Not the money of a bank: somebody has recorded it, and the bureau has agreed.
_BACKFILLED: Final = State("历史补录", Tone.PLAIN)
_WITHDRAWAL_RETURNED: Final = "支取退回"


def ledger_kind(entry: LedgerEntry) -> Markup:
    """Write what an entry of a ledger is; one that was recorded as history is marked, wherever a ledger is shown (F107).

    >>> from libsubsidy import Month
    >>> entry = LedgerEntry(id=1, person_id=1, employer_id=1, employer_name="", month=Month(2019, 5), kind="opening",
    ...                     amount=Money(fen=-1), order_id=None, posted_at=datetime(2020, 1, 1))
    >>> str(ledger_kind(entry)), str(ledger_kind(attrs.evolve(entry, application_id=3)))
    ('期初余额', '期初转为明细 <span class="state state-plain">历史补录</span>')
    >>> str(ledger_kind(attrs.evolve(entry, kind="backfill")))
    '<span class="state state-plain">历史补录</span>'
    >>> str(ledger_kind(attrs.evolve(entry, kind="withdrawal", amount=Money(fen=1))))
    '支取退回'
    """
    if entry.is_withdrawal_returned:
        return escape(_WITHDRAWAL_RETURNED)
    if not entry.is_backfilled:
        return escape(LEDGER_KINDS[entry.kind])
    if entry.kind == _BACKFILL:
        return badge(_BACKFILLED)
    return Markup("{} {}").format("期初明细" if entry.amount.fen > 0 else "期初转为明细", badge(_BACKFILLED))


def months(of: MonthRange) -> str:
    """Write the months of an order.

    >>> from libsubsidy import Month
    >>> months(MonthRange(Month(2020, 1), Month(2020, 1))), months(MonthRange(Month(2020, 1), Month(2020, 3)))
    ('2020-01', '2020-01 至 2020-03')
    """
    return str(of.first) if of.first == of.last else f"{of.first} 至 {of.last}"


def moment(at: datetime) -> str:
    """Write a time in the bureau's zone.

    >>> from datetime import UTC
    >>> moment(datetime(2026, 11, 23, 20, 5, tzinfo=UTC))
    '2026-11-24 04:05'
    """
    return at.astimezone(BUREAU_ZONE).isoformat(" ", "minutes")[:_MOMENT_CHARACTERS]


def day(on: date) -> str:
    """Write a day.

    >>> day(date(2026, 4, 1))
    '2026-04-01'
    """
    return on.isoformat()


def visible(text: str) -> str:
    r"""Show what a reader could not see of a payer's words: blanks at the edges and characters without a shape.

    >>> visible(" 75256xA7W5o"), visible("\u200b75256xA7W5o"), visible("")
    ('␣75256xA7W5o', '‹U+200B›75256xA7W5o', '（空）')
    """
    if not text:
        return "（空）"
    bare = text.strip(" ")
    begin = len(text) - len(text.lstrip(" "))
    text = "␣" * begin + bare + "␣" * (len(text) - begin - len(bare))
    return "".join(each if each.isprintable() else f"‹U+{ord(each):04X}›" for each in text)


def days_until(at: datetime, today: date) -> int:
    """Count the days since a time, in the bureau's zone; 0 for what came today.

    >>> from datetime import UTC
    >>> days_until(datetime(2026, 11, 23, 16, 0, tzinfo=UTC), date(2026, 11, 24))
    0
    >>> days_until(datetime(2026, 11, 23, 15, 59, tzinfo=UTC), date(2026, 11, 24))
    1
    """
    return max(0, (today - at.astimezone(BUREAU_ZONE).date()).days)


def event_state(state: str, kind: str) -> str:
    """Write the state that a thing came to.

    >>> event_state("submitted", "registration"), event_state("unheard-of", "order")
    ('待审核', 'unheard-of')
    """
    return _EVENT_STATES[kind].get(state, state)
