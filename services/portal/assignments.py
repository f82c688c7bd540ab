"""Assignments: the checker's work list of money that a maker wants to pay a notice with, confirmed or declined."""

from datetime import datetime

import attrs

from libsubsidy import Memo, Money
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.endpoints import Endpoints
from services.portal.roles import AUDITORS, CHECKERS, FINANCE
from services.portal.wire import Id
from services.store import case_assignments
from services.store.case_assignments import Assignment, AssignmentState

assignments = Endpoints(tag="款项指定 assignments")


@attrs.frozen(kw_only=True)
class AssignmentsQuery(PageQuery):
    """Which assignments; without a state those that wait for the second person."""

    state: AssignmentState = AssignmentState.ASKED


@attrs.frozen(kw_only=True)
class AssignmentView:
    """Money and the notice that it is to pay.

    Attributes:
        amount: of both, to the fen.
        note: why the maker thinks so.
        asked_by: the maker, as the audit trail names people (``user/17``).
        decided_by: the checker; null while it waits.
    """

    id: Id
    case_id: Id
    line_id: Id
    notice_id: Id
    employer_id: Id
    memo: Memo
    amount: Money
    note: str
    asked_by: str
    asked_at: datetime
    state: AssignmentState
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str


@attrs.frozen(kw_only=True)
class Confirmation:
    """What the checker says to it; may be empty."""

    note: str = ""


@attrs.frozen(kw_only=True)
class Declination:
    """Why not."""

    note: str


@assignments.get("/assignments", who=FINANCE | AUDITORS, scope="assignments:read")
async def listed(call: Call, query: AssignmentsQuery) -> Page[AssignmentView]:
    """List assignments, oldest first."""
    found = await case_assignments.in_state(
        call.connection, query.state, after=query.after_id() or 0, limit=query.limit + 1
    )
    return page_of(found, query, assignment_view, lambda each: (each.id,))


@assignments.get("/assignments/{assignment_id}", who=FINANCE | AUDITORS, scope="assignments:read")
async def shown(call: Call, assignment_id: int) -> AssignmentView:
    """Show an assignment."""
    return assignment_view(await case_assignments.get(call.connection, assignment_id))


@assignments.post("/assignments/{assignment_id}/confirm", who=CHECKERS, seconds_max=60.0)
async def confirm(call: Call, assignment_id: int, body: Confirmation) -> AssignmentView:
    """Let the money pay the notice, as a second person: the ledgers are credited at once.

    A token is no second person.
    """
    return assignment_view(await case_assignments.confirm(call.connection, assignment_id, body.note))


@assignments.post("/assignments/{assignment_id}/decline", who=FINANCE, scope="assignments:decide")
async def decline(call: Call, assignment_id: int, body: Declination) -> AssignmentView:
    """Say no, with the reason; the case stays open. A maker may take an assignment back so."""
    return assignment_view(await case_assignments.decline(call.connection, assignment_id, body.note))


def assignment_view(found: Assignment) -> AssignmentView:
    """Show an assignment."""
    return AssignmentView(
        id=Id(found.id),
        case_id=Id(found.case_id),
        line_id=Id(found.line_id),
        notice_id=Id(found.notice_id),
        employer_id=Id(found.employer_id),
        memo=found.memo,
        amount=found.amount,
        note=found.note,
        asked_by=found.asked_by,
        asked_at=found.asked_at,
        state=found.state,
        decided_by=found.decided_by,
        decided_at=found.decided_at,
        decision_note=found.decision_note,
    )
