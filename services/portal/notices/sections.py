"""缴费通知 as they are now: what waits to be paid with its memo, and own money that came and could not be booked."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

import attrs

from libsubsidy import Memo, Money, NoticeState, Policy, RecordError, RefundReason, explain_record, memo_key
from libsubsidy.catalogue.advice import advice_for
from services.portal.identity import Identity
from services.portal.pages import words
from services.portal.pages.sections import ROWS_MAX, Facts, Section
from services.portal.pages.words import State, Tone
from services.portal.roles import EMPLOYERS
from services.store import accounts, employers, notice_lists, notices, stray_payments
from services.store.cases import OVER, CaseStage
from services.store.database import Connection
from services.store.stray_payments import StrayPayment

_POLICY: Final = Policy()
_NOT_OPEN: Final = RefundReason.ORDER_NOT_OPEN.value
_NO_HEIRS: Final[Mapping[str, Memo]] = {}
CASE_STATES: Final = {
    CaseStage.OPEN: State("待处理", Tone.WAITS),
    CaseStage.ASSIGNED: State("已人工入账", Tone.DONE),
    CaseStage.BATCHED: State("正在退款", Tone.WAITS),
    CaseStage.APPROVED: State("正在退款", Tone.WAITS),
    CaseStage.SENT: State("正在退款", Tone.WAITS),
    CaseStage.COMPLETED: State("已原路退回", Tone.DONE),
    CaseStage.RETURNED: State("退款被银行退回", Tone.WRONG),
    CaseStage.CLOSED: State("已处理", Tone.PLAIN),
}


@attrs.frozen(kw_only=True)
class ShownStray:
    """A payment that did not settle, in words.

    Attributes:
        why: the reconciler's verdict.
        details: what is wrong with the memo, or the comparison that failed.
        memo_now: of the notice that the one paid for was joined into.
        advice: what to do; empty once there is nothing to do any more.
    """

    case_id: int
    booked: date
    amount: Money
    currency: str
    payer: str
    memo: str
    proposed_memo: str | None
    memo_now: Memo | None
    state: State
    why: str
    details: tuple[str, ...]
    advice: str


def _employer(identity: Identity) -> int:
    assert identity.employer_id is not None  # noqa: S101 -- an employer's user has one, by a constraint.
    return identity.employer_id


async def _notices(connection: Connection, identity: Identity) -> Facts:
    employer = await employers.get(connection, _employer(identity))
    found = await notices.of_employer(connection, employer.id, limit=ROWS_MAX)
    uses = await notice_lists.purposes(connection, [each.id for each in found]) if found else {}
    rows = tuple((each, uses.get(each.id, ())) for each in found)
    return {
        "employer": employer,
        "payee": await accounts.payee(connection, _POLICY.currency),
        "rows": rows,
        "awaiting": tuple(row for row in rows if row[0].state is NoticeState.AWAITING),
    }


async def _strays(connection: Connection, identity: Identity) -> Facts:
    found = await stray_payments.of_employer(connection, _employer(identity), limit=ROWS_MAX)
    closed = {key[1] for each in found if each.reason == _NOT_OPEN and (key := memo_key(each.memo))}
    heirs = await notice_lists.heirs(connection, _employer(identity), sorted(closed)) if closed else {}
    return {"strays": shown_strays(found, heirs)}


def shown_strays(strays: Iterable[StrayPayment], heirs: Mapping[str, Memo] = _NO_HEIRS) -> tuple[ShownStray, ...]:
    """Put payments that did not settle into words; `heirs` are the memos now of what was joined since."""
    return tuple(_shown(each, heirs) for each in strays)


def _shown(stray: StrayPayment, heirs: Mapping[str, Memo]) -> ShownStray:
    why, details = stray.reason, ()  # type: str, tuple[str, ...]
    key = memo_key(stray.memo)
    try:
        told = explain_record(stray.decision)
    except RecordError:
        pass  # A newer reconciler's.
    else:
        failed = tuple(check.zh for check in told.checks if not check.passed and check.name != "memo")
        why, details = told.zh, (*(problem.zh for problem in told.problems), *failed)
    return ShownStray(
        case_id=stray.case_id,
        booked=stray.booked,
        amount=stray.amount,
        currency=stray.currency,
        payer=stray.payer_name,
        memo=stray.memo,
        proposed_memo=stray.proposed_memo,
        memo_now=None if key is None else heirs.get(key[1]),
        state=CASE_STATES[stray.state],
        why=why,
        details=details,
        advice="" if stray.state in OVER else advice_for(stray.kind.value, stray.reason).zh,
    )


NOTICES: Final = Section(
    name="notices",
    title="缴费通知",
    who=EMPLOYERS,
    kinds=("notice",),
    load=_notices,
    words={"states": words.NOTICE_STATES, "kinds": words.ORDER_KINDS},
)
STRAYS: Final = Section(
    name="strays",
    title="未能入账的来款",
    who=EMPLOYERS,
    kinds=("case",),
    load=_strays,
)
SECTIONS: Final = (NOTICES, STRAYS)
