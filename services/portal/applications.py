"""审核 applications: the reviewers' work list over orders and all other applications, and what is decided about them.

An application is named by its kind and number: ``order-17``, ``application-3``, ``registration-5``. Employers see their own
ones here, and may take them back while nobody has decided.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import attrs

from services.portal.application_contents import ApplicationContents, contents_of
from services.portal.application_views import ApplicationView, application_view
from services.portal.calls import Call
from services.portal.cursors import CursorKey, Page, PageQuery, page_of
from services.portal.endpoints import Endpoints
from services.portal.notices.decided_notices import IssuedNotice, issued_notice
from services.portal.problems import Problem
from services.portal.roles import AUDITORS, EMPLOYER_CHECKERS, EMPLOYERS, REVIEWERS
from services.portal.wire import Id
from services.store import (
    application_decisions,
    approvals,
    checking,
    registration_decisions,
    submissions,
    work_list,
)
from services.store import applications as asked
from services.store.database import Connection
from services.store.refusals import refuse
from services.store.work_list import Place, Ref, RefKind, WorkFilter, WorkItem, WorkKind, WorkState

applications = Endpoints(tag="审核 applications")

# Of the advice on twenty thousand lines a reviewer reads the beginning; the rest is told as a number.
ADVICE_MAX: Final = 200
# An order of 240,000 lines is judged once more when it is approved.
DECISION_SECONDS_MAX: Final = 120.0


# What is done with the number, the version that was seen, and the reason.
Refuse = Callable[[Connection, int, int, str], Awaitable[object]]
_SEND_BACK: Final[Mapping[RefKind, Refuse]] = {
    RefKind.ORDER: approvals.send_back,
    RefKind.APPLICATION: application_decisions.send_back,
    RefKind.REGISTRATION: registration_decisions.send_back,
}
_REJECT: Final[Mapping[RefKind, Refuse]] = {
    RefKind.ORDER: approvals.reject,
    RefKind.APPLICATION: application_decisions.reject,
    RefKind.REGISTRATION: registration_decisions.reject,
}


@attrs.frozen(kw_only=True)
class ApplicationsQuery(PageQuery):
    """Which applications.

    Attributes:
        state: without it those that wait for a decision.
        kind: only of this kind.
        employer_id: only of this employer.
    """

    state: WorkState | None = None
    kind: WorkKind | None = None
    employer_id: Id | None = None


@attrs.frozen(kw_only=True)
class SeenOrder:
    """Another order of the same employer, and the version that was seen."""

    id: str
    version: int


@attrs.frozen(kw_only=True)
class Approval:
    """What is approved.

    Attributes:
        version: the one that was seen.
        together_with: other submitted orders of the same employer, for one notice (合并缴款).
        join: awaiting notices of the same employer whose orders go into the new notice; their own memos end.
    """

    version: int
    together_with: tuple[SeenOrder, ...] = ()
    join: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True)
class Refusal:
    """Why it is sent back or rejected; the employer reads it."""

    version: int
    reason: str


@attrs.frozen(kw_only=True)
class Retraction:
    """What is taken back."""

    version: int


@attrs.frozen(kw_only=True)
class Submission:
    """What a colleague hands in, and the version that was seen."""

    version: int


@attrs.frozen(kw_only=True)
class Approved:
    """What an approval made.

    Attributes:
        issued: the payment notice that asks for the money of orders; null for other applications.
    """

    application: ApplicationView
    issued: IssuedNotice | None


@applications.get("/applications", who=REVIEWERS | AUDITORS | EMPLOYERS, scope="applications:read")
async def work(call: Call, query: ApplicationsQuery) -> Page[ApplicationView]:
    """List what waits for the bureau's decision, oldest first; with a state, what came of it."""
    own = call.identity.employer_id
    wanted = WorkFilter(state=query.state, kind=query.kind, employer_id=query.employer_id if own is None else own)
    items = await work_list.page(call.connection, wanted, after=_place(query), limit=query.limit + 1)
    return page_of(items, query, application_view, _key)


@applications.get(
    "/applications/{application_id}",
    who=REVIEWERS | AUDITORS | EMPLOYERS,
    scope="applications:read",
    seconds_max=DECISION_SECONDS_MAX,
)
async def contents(call: Call, application_id: str, query: PageQuery) -> ApplicationContents:
    """Show an application, page by page, with the advice of the rules on what is worth a look."""
    return await contents_of(call, await _item(call, application_id), query)


@applications.post(
    "/applications/{application_id}/approve",
    who=REVIEWERS,
    scope="applications:decide",
    creates=True,
    seconds_max=DECISION_SECONDS_MAX,
)
async def approve(call: Call, application_id: str, body: Approval) -> Approved:
    """Approve: an order gets its payment notice with its memo, anything else takes effect, at once and whole."""
    ref = Ref.parse(application_id)
    if ref.kind is not RefKind.ORDER:
        if body.together_with or body.join:
            raise refuse("ORDERS_ONLY")
        if ref.kind is RefKind.REGISTRATION:
            await registration_decisions.approve(call.connection, ref.number, body.version, policy=call.portal.policy)
        else:
            await application_decisions.approve(call.connection, ref.number, body.version)
        return Approved(application=await _reload(call, ref), issued=None)
    issued = await approvals.approve(
        call.connection,
        {ref.number: body.version} | {_order(other.id): other.version for other in body.together_with},
        join=body.join,
        policy=call.portal.policy,
        today=call.today,
        rng=call.portal.rng,
    )
    return Approved(application=await _reload(call, ref), issued=issued_notice(issued))


@applications.post("/applications/{application_id}/return", who=REVIEWERS, scope="applications:decide")
async def send_back(call: Call, application_id: str, body: Refusal) -> ApplicationView:
    """Return for correction, with the reason (退回)."""
    ref = Ref.parse(application_id)
    await _SEND_BACK[ref.kind](call.connection, ref.number, body.version, body.reason)
    return await _reload(call, ref)


@applications.post("/applications/{application_id}/reject", who=REVIEWERS, scope="applications:decide")
async def reject(call: Call, application_id: str, body: Refusal) -> ApplicationView:
    """Reject for good, with the reason (拒绝)."""
    ref = Ref.parse(application_id)
    await _REJECT[ref.kind](call.connection, ref.number, body.version, body.reason)
    return await _reload(call, ref)


@applications.post("/applications/{application_id}/retract", who=EMPLOYERS, scope="applications:write")
async def retract(call: Call, application_id: str, body: Retraction) -> ApplicationView:
    """Take an own application back before anybody has decided it (撤回)."""
    item = await _item(call, application_id)
    take_back = asked.retract if item.ref.kind is RefKind.APPLICATION else submissions.retract
    await take_back(call.connection, item.ref.number, body.version)
    return await _reload(call, item.ref)


@applications.post("/applications/{application_id}/submit", who=EMPLOYER_CHECKERS, scope="applications:write")
async def hand_in(call: Call, application_id: str, body: Submission) -> ApplicationView:
    """Hand to the bureau what a clerk has prepared (复核); whoever prepared it cannot."""
    ref = Ref.parse(application_id)
    if ref.kind is RefKind.ORDER:
        policy, today = call.portal.policy, call.today
        await submissions.submit(call.connection, ref.number, body.version, policy=policy, today=today)
    elif ref.kind is RefKind.APPLICATION:
        await asked.hand_in(call.connection, ref.number, body.version)
    else:
        raise refuse("ABSENT", what_zh="申请", what_en="application", id=application_id)
    return await _reload(call, ref)


@applications.post("/applications/{application_id}/hand-back", who=EMPLOYER_CHECKERS, scope="applications:write")
async def hand_back(call: Call, application_id: str, body: Refusal) -> None:
    """Hand back to the clerk what waits for a colleague, with the reason (退回经办人)."""
    ref = Ref.parse(application_id)
    if ref.kind is RefKind.ORDER:
        await checking.hand_back_order(call.connection, ref.number, body.version, body.reason)
    elif ref.kind is RefKind.APPLICATION:
        await checking.hand_back_application(call.connection, ref.number, body.version, body.reason)
    else:
        raise refuse("ABSENT", what_zh="申请", what_en="application", id=application_id)


async def _item(call: Call, application_id: str) -> WorkItem:
    own = call.identity.employer_id is not None
    item = await work_list.get(call.connection, Ref.parse(application_id), with_drafts=own)
    if call.identity.employer_id not in {None, item.employer_id}:
        raise refuse("ABSENT", what_zh="申请", what_en="application", id=application_id)
    return item


async def _reload(call: Call, ref: Ref) -> ApplicationView:
    own = call.identity.employer_id is not None
    return application_view(await work_list.get(call.connection, ref, with_drafts=own))


def _order(application_id: str) -> int:
    ref = Ref.parse(application_id)
    if ref.kind is not RefKind.ORDER:
        raise refuse("ORDERS_ONLY")
    return ref.number


def _key(item: WorkItem) -> CursorKey:
    return item.submitted_at.isoformat(), item.ref.kind.value, item.ref.number


def _place(query: PageQuery) -> Place | None:
    key = query.after(str, str, int)
    if key is None:
        return None
    try:
        submitted_at = datetime.fromisoformat(str(key[0])).astimezone(UTC)
        return Place(submitted_at=submitted_at, ref=Ref(RefKind(key[1]), int(key[2])))
    except (ValueError, OverflowError):
        raise Problem.of(HTTPStatus.BAD_REQUEST, "CURSOR_WRONG") from None
