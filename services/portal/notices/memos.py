"""摘要检查: what would become of a transfer with this memo, before it is sent (F101-F103).

The same library decides that decides the bank's lines. It is told what the fund knows of the employer that asks, and
nothing of any other.
"""

from http import HTTPStatus
from typing import Final

import attrs

from libsubsidy import (
    NOTHING_FOUND,
    BankLine,
    Direction,
    Exact,
    Found,
    Memo,
    Money,
    NamedNotice,
    NoMemo,
    Settle,
    Violation,
    decide,
    explain_prospect,
    notice_problems,
    propose_memo,
    read_memo,
)
from services.portal import sentences
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.problems import Found as Finding
from services.portal.problems import Problem
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.store import employers, memo_lookups

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
        problems: what is wrong with the memo, with the notice that was probably meant, and with the amount, each with the
            way to mend it.
        suggestion: the memo that was probably meant, or that of the notice into which it was joined, if that still waits
            for money; nothing but a proposal.
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
    code = (await employers.get(call.connection, call.employer_id)).code
    reading = read_memo(text)
    meant = None if isinstance(reading, NoMemo) else reading.memo
    if meant is not None and meant.employer_code != code:
        # No more than that the code is not the asker's: not even whether anybody has it.
        told = _told(call, body, NOTHING_FOUND)
        return attrs.evolve(told, problems=(sentences.violation("MEMO_NOT_OWN", code=code),))
    named = await _named(call, meant)
    written = named.found if named is not None and isinstance(reading, Exact) else None
    told = _told(call, body, Found(employer_known=True, notice=written))
    problems = told.problems
    if meant is not None:
        # How a memo is written matters where it is the one to write.
        form = problems if named is not None and named.takes_money else ()
        problems = (*form, *notice_problems(meant, named, body.amount))
    if named is None:
        meant = propose_memo(text if meant is None else str(meant), await _open_memos(call))
        named = await _named(call, meant)
        problems = (*problems, *(() if meant is None else notice_problems(meant, named, body.amount)))
    suggested = None if named is None or named.now == written else named.waiting_memo
    return attrs.evolve(told, problems=problems, suggestion=None if suggested is None else str(suggested))


async def _named(call: Call, memo: Memo | None) -> NamedNotice | None:
    if memo is None:
        return None
    return (await memo_lookups.named(call.connection, (memo,), employer_id=call.employer_id)).get(memo)


async def _open_memos(call: Call) -> tuple[Memo, ...]:
    return await memo_lookups.open_memos(call.connection, call.employer_id)


def _told(call: Call, body: MemoToCheck, found: Found) -> MemoDiagnosis:
    assumed = _SMALLEST if found.notice is None else found.notice.amount
    line = BankLine(
        amount=assumed if body.amount is None else body.amount,
        direction=Direction.CREDIT,
        currency=call.portal.policy.currency,
        memo=body.text,
        payer_name="",
        payer_account=_SOME_ACCOUNT,
    )
    decision = decide(line, found, call.portal.policy)
    explained = explain_prospect(decision)
    return MemoDiagnosis(
        settles=isinstance(decision.outcome, Settle),
        verdict_zh=explained.zh,
        verdict_en=explained.en,
        checks=tuple(
            CheckView(name=each.name, passed=each.passed, zh=each.zh, en=each.en) for each in explained.checks
        ),
        problems=explained.problems,
        suggestion=None,
        notice_id=None if found.notice is None else Id(found.notice.notice_id),
        due=None if found.notice is None else found.notice.amount,
        amount_assumed=body.amount is None,
    )
