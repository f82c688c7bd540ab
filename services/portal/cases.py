"""Cases: what did not settle, why, what it comes to, and which notice it was meant for.

The bureau sees all of them; an employer those that its code names, because the payer is nearly always the employer itself
and wants to know what became of its money (P1). Of the payer's account everybody but finance reads the last digits only.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import attrs

from libsubsidy import Direction, Explanation, Memo, Money, Text, explain_record, payer_advice
from libsubsidy.catalogue.advice import advice_for
from libsubsidy.catalogue.decisions import VERDICT_WORDS
from services.portal.calls import Call
from services.portal.cursors import PageQuery, page_of
from services.portal.endpoints import Endpoints
from services.portal.masking import last_digits
from services.portal.roles import AUDITORS, BUREAU, EMPLOYERS, FINANCE
from services.portal.wire import Id
from services.store import cases as stored
from services.store import memo_lookups
from services.store.cases import OVER, Candidate, CaseFilter, CaseKind, CaseStage, CaseSum, LineCase
from services.store.memo_lookups import Named
from services.store.refusals import absent

cases = Endpoints(tag="待处理款项 cases")

_SUMS_SECONDS_MAX: Final = 60.0
_NOTHING: Final = Text(zh="", en="")


@attrs.frozen(kw_only=True)
class CasesQuery(PageQuery):
    """Which cases.

    Attributes:
        state: ``open`` for those that wait for somebody.
        kind: ``refund`` for money to send back, ``hold`` for lines that a person must look at.
        reason: such as ``AMOUNT_SHORT``.
        employer_id: whose code the memo names.
    """

    state: CaseStage | None = None
    kind: CaseKind | None = None
    reason: str | None = None
    employer_id: Id | None = None


@attrs.frozen(kw_only=True)
class NamedEmployer:
    """The employer that a payer's memo names, exactly or probably."""

    id: Id
    code: str
    name: str


@attrs.frozen(kw_only=True)
class CaseView:
    """A case.

    Attributes:
        reason: stable code, such as ``AMOUNT_SHORT``; in words in `reason_zh` and `reason_en`.
        next_zh: what the payer does about it; empty once it is over.
        amount: of the bank's line, in its currency.
        payer_account: the last four digits only.
        employer: null when the memo names nobody.
        proposed_memo: what the payer probably meant.
    """

    id: Id
    line_id: Id
    kind: CaseKind
    reason: str
    reason_zh: str
    reason_en: str
    next_zh: str
    next_en: str
    state: CaseStage
    direction: Direction
    amount: Money
    currency: str
    payer_name: str
    payer_account: str
    employer: NamedEmployer | None
    proposed_memo: str | None
    opened_at: datetime


@attrs.frozen(kw_only=True)
class CaseSumView:
    """What the cases of one kind, reason, direction and currency come to."""

    kind: CaseKind
    reason: str
    direction: Direction
    currency: str
    cases: int
    amount: Money


@attrs.frozen(kw_only=True)
class CaseList:
    """A page of cases.

    Attributes:
        next: the cursor of the next page; null at the end.
        sums: of all cases that were asked for, on the first page only.
    """

    items: tuple[CaseView, ...]
    next: str | None
    sums: tuple[CaseSumView, ...]


@attrs.frozen(kw_only=True)
class CaseDetail:
    """A case with what the bank said and why it did not settle.

    Attributes:
        booked: the bank's day.
        memo: the payer's words.
        payer_account: whole for finance; the last four digits for everybody else.
        decision: the verdict, every check that was run, and how the memo should have looked.
    """

    case: CaseView
    booked: date
    memo: str
    payer_account: str
    payer_bank: str
    decision: Explanation


@attrs.frozen(kw_only=True)
class CandidateView:
    """A notice that waits for exactly the case's amount.

    Attributes:
        proposed: its memo is the one that the payer probably meant.
        named: it belongs to the employer that the payer's memo names.
    """

    notice_id: Id
    memo: Memo
    amount: Money
    employer: NamedEmployer
    created_at: datetime
    proposed: bool
    named: bool


@attrs.frozen(kw_only=True)
class CandidateList:
    """At most 50: the one that was probably meant first, then those of the employer that is named, then the newest."""

    items: tuple[CandidateView, ...]


@cases.get("/cases", who=BUREAU | EMPLOYERS, scope="cases:read", seconds_max=_SUMS_SECONDS_MAX)
async def listed(call: Call, query: CasesQuery) -> CaseList:
    """List what did not settle, oldest first, with the sums of all that was asked for."""
    own = call.identity.employer_id
    wanted = CaseFilter(
        state=query.state,
        kind=query.kind,
        reason=query.reason,
        employer_id=query.employer_id if own is None else own,
    )
    after = query.after_id()
    found = await stored.matching(call.connection, wanted, after=after or 0, limit=query.limit + 1)
    named = await _meant(call, found)
    page = page_of(found, query, lambda case: _view(case, named), lambda case: (case.id,))
    sums = await stored.sums(call.connection, wanted) if after is None else ()
    return CaseList(items=page.items, next=page.next, sums=tuple(_sum(each) for each in sums))


@cases.get("/cases/{case_id}", who=BUREAU | EMPLOYERS, scope="cases:read")
async def shown(call: Call, case_id: int) -> CaseDetail:
    """Show a case: who paid, how much, what was written, and check by check why it did not settle."""
    case = await _case(call, case_id)
    line = await stored.line_of(call.connection, case)
    whole = call.identity.role in FINANCE | AUDITORS
    return CaseDetail(
        case=_view(case, await _meant(call, (case,))),
        booked=line.booked,
        memo=line.memo,
        payer_account=case.payer_account if whole else last_digits(case.payer_account),
        payer_bank=case.payer_bank,
        decision=explain_record(line.decision),
    )


@cases.get("/cases/{case_id}/candidates", who=FINANCE | AUDITORS, scope="cases:read")
async def candidates(call: Call, case_id: int) -> CandidateList:
    """List the notices that a case can be assigned to: those that wait for exactly its amount (I36)."""
    found = await stored.candidates(call.connection, await _case(call, case_id))
    return CandidateList(items=tuple(_candidate(each) for each in found))


async def _case(call: Call, case_id: int) -> LineCase:
    case = await stored.get(call.connection, case_id)
    if call.identity.employer_id not in {None, case.employer_id}:
        raise absent("待处理款项", "case", case_id)
    return case


async def _meant(call: Call, found: Sequence[LineCase]) -> Named:
    """Look at the notices that near misses were probably meant for, as they are now."""
    memos = [Memo.parse(case.proposed_memo) for case in found if case.proposed_memo is not None]
    return await memo_lookups.named(call.connection, memos, employer_id=call.identity.employer_id)


def _view(case: LineCase, named: Named) -> CaseView:
    # A newer reconciler may know reasons that this portal does not.
    words = VERDICT_WORDS.get(f"{case.kind.value} {case.reason}") or Text(zh=case.reason, en=case.reason)
    over = case.state in OVER or case.direction is not Direction.CREDIT
    advice = _NOTHING if over else _advice(case, named)
    employer = None
    if case.employer_id is not None:
        employer = NamedEmployer(id=Id(case.employer_id), code=case.employer_code or "", name=case.employer_name or "")
    return CaseView(
        id=Id(case.id),
        line_id=Id(case.line_id),
        kind=case.kind,
        reason=case.reason,
        reason_zh=words.zh,
        reason_en=words.en,
        next_zh=advice.zh,
        next_en=advice.en,
        state=case.state,
        direction=case.direction,
        amount=case.amount,
        currency=case.currency,
        payer_name=case.payer_name,
        payer_account=last_digits(case.payer_account),
        employer=employer,
        proposed_memo=case.proposed_memo,
        opened_at=case.opened_at,
    )


def _advice(case: LineCase, named: Named) -> Text:
    if case.proposed_memo is None:
        return advice_for(case.kind.value, case.reason)
    return payer_advice(case.kind.value, case.reason, case.amount, named.get(Memo.parse(case.proposed_memo)))


def _sum(found: CaseSum) -> CaseSumView:
    return CaseSumView(
        kind=found.kind,
        reason=found.reason,
        direction=found.direction,
        currency=found.currency,
        cases=found.cases,
        amount=found.amount,
    )


def _candidate(found: Candidate) -> CandidateView:
    return CandidateView(
        notice_id=Id(found.notice_id),
        memo=found.memo,
        amount=found.amount,
        employer=NamedEmployer(id=Id(found.employer_id), code=found.employer_code, name=found.employer_name),
        created_at=found.created_at,
        proposed=found.proposed,
        named=found.named,
    )
