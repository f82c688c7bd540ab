"""缴费通知 as they are now: what waits to be paid with its memo, and own money that came and could not be booked."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import attrs

from libsubsidy import Memo, Money, NamedNotice, NoticeState, Policy, RecordError, explain_record, payer_advice
from libsubsidy.catalogue.advice import advice_for
from services.portal.identity import Identity
from services.portal.pages import words
from services.portal.pages.sections import ROWS_MAX, Facts, Section
from services.portal.pages.words import State, Tone
from services.portal.roles import EMPLOYERS
from services.store import accounts, employers, memo_lookups, notice_lists, notices, stray_payments
from services.store.cases import OVER, CaseStage
from services.store.database import Connection
from services.store.memo_lookups import Named
from services.store.stray_payments import StrayPayment

_POLICY: Final = Policy()
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
        proposed_memo: what a near miss was probably meant to be, if that still waits for money.
        memo_now: of the notice that the one paid for was joined into, if that still waits for money.
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
    return {"strays": await shown_strays(connection, found)}


async def shown_strays(connection: Connection, strays: Sequence[StrayPayment]) -> tuple[ShownStray, ...]:
    """Put payments that did not settle into words, with what became of the notices that they name."""
    names = stray_payments.names_of(strays)
    named = await memo_lookups.named(connection, names.values())
    return tuple(_shown(each, names.get(each.case_id), named) for each in strays)


def _shown(stray: StrayPayment, memo: Memo | None, named: Named) -> ShownStray:
    notice = None if memo is None else named.get(memo)
    takes_money = notice is not None and notice.takes_money
    why, details = stray.reason, ()  # type: str, tuple[str, ...]
    try:
        told = explain_record(stray.decision)
    except RecordError:
        pass  # A newer reconciler's.
    else:
        failed = tuple(check.zh for check in told.checks if not check.passed and check.name != "memo")
        # How the memo should have been written is of use only where money with it would be credited.
        form = told.problems if memo is None or takes_money else ()
        why, details = told.zh, (*(problem.zh for problem in form), *failed)
    return ShownStray(
        case_id=stray.case_id,
        booked=stray.booked,
        amount=stray.amount,
        currency=stray.currency,
        payer=stray.payer_name,
        memo=stray.memo,
        proposed_memo=stray.proposed_memo if takes_money else None,
        memo_now=None if notice is None or takes_money else notice.waiting_memo,
        state=CASE_STATES[stray.state],
        why=why,
        details=details,
        advice="" if stray.state in OVER else _advice(stray, memo, notice),
    )


def _advice(stray: StrayPayment, memo: Memo | None, notice: NamedNotice | None) -> str:
    kind = stray.kind.value
    advice = advice_for(kind, stray.reason) if memo is None else payer_advice(kind, stray.reason, stray.amount, notice)
    return advice.zh


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
