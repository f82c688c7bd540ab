"""摘要检查: what would become of a transfer with this memo, before it is sent (F101-F103).

The same library decides that decides the bank's lines. It is told what the fund knows of the employer that asks, and
nothing of any other.
"""

from http import HTTPStatus
from typing import Final

import attrs

from libsubsidy import (
    BankLine,
    Decision,
    Direction,
    Found,
    Money,
    NoticeState,
    Settle,
    Violation,
    decide,
    explain_record,
    propose_memo,
    to_record,
)
from services.portal import sentences
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.problems import Found as Finding
from services.portal.problems import Problem
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.store import memo_lookups, notice_lists
from services.store.memo_lookups import OwnMemo

memos = Endpoints(tag="缴费通知 notices")

# A bank's field holds some dozens.
MEMO_CHARACTERS_MAX: Final = 1_000
# Only where the money would go back to is asked of it, and a transfer always comes from somewhere.
_SOME_ACCOUNT: Final = "-"
_SMALLEST: Final = Money(fen=1)


@attrs.frozen(kw_only=True)
class MemoToCheck:
    """A transfer as it would be written.

    Attributes:
        text: the memo field, whole; at most 1,000 characters.
        amount: in yuan; without it the right amount is assumed.
    """

    text: str
    amount: Money | None = None


@attrs.frozen(kw_only=True)
class CheckView:
    """One check that was run.

    Attributes:
        name: stable: currency, memo, employer, order, open, amount …
    """

    name: str
    passed: bool
    zh: str
    en: str


@attrs.frozen(kw_only=True)
class MemoDiagnosis:
    """What would become of the transfer.

    Attributes:
        settles: it would be credited at once.
        verdict_zh: the decision in words.
        checks: every check that was run, in order; the first failure decides.
        problems: what is wrong with the memo, each with the way to mend it.
        suggestion: the memo that was probably meant, or that of the notice into which it was joined; nothing but a proposal.
        notice_id: the own notice that the memo names; null when it names none.
        due: what that notice asks for.
        amount_assumed: no amount was given, and the right one was assumed.
    """

    settles: bool
    verdict_zh: str
    verdict_en: str
    checks: tuple[CheckView, ...]
    problems: tuple[Violation, ...]
    suggestion: str | None
    notice_id: Id | None
    due: Money | None
    amount_assumed: bool


@memos.post("/memo/check", who=EMPLOYERS, scope="memo:check")
async def check(call: Call, body: MemoToCheck) -> MemoDiagnosis:
    """Say what would become of a transfer with this memo and amount, check by check; nothing is written."""
    text = body.text
    if len(text) > MEMO_CHARACTERS_MAX:
        too_long = Violation.of("FIELD_TOO_LONG", limit=MEMO_CHARACTERS_MAX, characters=len(text))
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, [Finding(violation=too_long, pointer="/text")])
    own = await memo_lookups.look_up(call.connection, call.employer_id, text)
    notice = own.found.notice
    assumed = _SMALLEST if notice is None else notice.amount
    line = BankLine(
        amount=assumed if body.amount is None else body.amount,
        direction=Direction.CREDIT,
        currency=call.portal.policy.currency,
        memo=text,
        payer_name="",
        payer_account=_SOME_ACCOUNT,
    )
    decision = decide(line, own.found, call.portal.policy)
    diagnosis = _told(decision, own.found, amount_assumed=body.amount is None)
    if own.foreign:
        return _foreign(diagnosis, own)
    if notice is not None and notice.state is NoticeState.MERGED and notice.memo is not None:
        heirs = await notice_lists.heirs(call.connection, call.employer_id, [notice.memo.order_code])
        now = heirs.get(notice.memo.order_code)
        return attrs.evolve(diagnosis, suggestion=None if now is None else str(now))
    if diagnosis.suggestion is None and notice is None:
        meant = propose_memo(text, await memo_lookups.open_memos(call.connection, call.employer_id))
        return attrs.evolve(diagnosis, suggestion=None if meant is None else str(meant))
    return diagnosis


def _told(decision: Decision, found: Found, *, amount_assumed: bool) -> MemoDiagnosis:
    explained = explain_record(to_record(decision), foreseen=True)
    return MemoDiagnosis(
        settles=isinstance(decision.outcome, Settle),
        verdict_zh=explained.zh,
        verdict_en=explained.en,
        checks=tuple(
            CheckView(name=each.name, passed=each.passed, zh=each.zh, en=each.en) for each in explained.checks
        ),
        problems=explained.problems,
        suggestion=explained.proposal,
        notice_id=None if found.notice is None else Id(found.notice.notice_id),
        due=None if found.notice is None else found.notice.amount,
        amount_assumed=amount_assumed,
    )


def _foreign(diagnosis: MemoDiagnosis, own: OwnMemo) -> MemoDiagnosis:
    """Say no more than that the code is not the asker's: not even whether anybody has it."""
    wrong = sentences.violation("MEMO_NOT_OWN", code=own.code)
    checks = tuple(
        each if each.name != "employer" else CheckView(name=each.name, passed=False, zh=wrong.zh, en=wrong.en)
        for each in diagnosis.checks
    )
    return attrs.evolve(
        diagnosis, verdict_zh=wrong.zh, verdict_en=wrong.en, checks=checks, problems=(wrong,), suggestion=None
    )
