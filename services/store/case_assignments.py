"""Assignments: a maker finds the notice that an open case's money was meant for, another person confirms it (I36).

What `posting.assign` would refuse is refused when it is asked for, so that nobody waits for a second person in vain; it
is asked once more when it is confirmed. At most one assignment of a case waits at a time.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import Memo, Money
from services.store import posting
from services.store.database import Connection
from services.store.reasons import written_reason
from services.store.refusals import absent, refuse

ASSIGNMENTS_PER_PAGE_MAX: Final = 201


class AssignmentState(Enum):
    """Asked by the maker, then confirmed or declined by the checker."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


_STATES_ZH: Final[Mapping[AssignmentState, str]] = {
    AssignmentState.ASKED: "待确认",
    AssignmentState.CONFIRMED: "已确认",
    AssignmentState.DECLINED: "已驳回",
}
# A statement that changes rows says what it changed before a join could see it.
_JOINED: Final = """
    SELECT a.id, a.case_id, c.line_id, a.notice_id, n.employer_id, n.employer_code, n.order_code, n.amount_fen, a.note,
           a.asked_by, a.asked_at, a.state, a.decided_by, a.decided_at, a.decision_note
    FROM {assignments} a JOIN payment_notice n ON n.id = a.notice_id JOIN line_case c ON c.id = a.case_id
    """


@attrs.frozen(kw_only=True)
class Assignment:
    """Money and the notice that it is to pay.

    Attributes:
        amount: of both, to the fen.
        note: why the maker thinks so.
        asked_by: the maker, such as ``user/17``.
        decided_by: the checker; None while it waits.
    """

    id: int
    case_id: int
    line_id: int
    notice_id: int
    employer_id: int
    memo: Memo
    amount: Money
    note: str
    asked_by: str
    asked_at: datetime
    state: AssignmentState
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str


async def ask(connection: Connection, case_id: int, notice_id: int, note: str) -> Assignment:
    """Ask for an open case's money to pay a notice.

    Raises:
        RefusedError: they do not fit (`posting.NotAssignableError`), one is asked for already, or no note says why.
    """
    why = written_reason(note)
    await posting.lock_assignable(connection, case_id, notice_id)
    if await connection.fetchval(
        "SELECT EXISTS (SELECT FROM case_assignment WHERE case_id = $1 AND state = 'asked')", case_id
    ):
        raise refuse("ASSIGNMENT_ASKED")
    row = await connection.fetchrow(
        f"""
        WITH made AS (
            INSERT INTO case_assignment (case_id, notice_id, note) VALUES ($1, $2, $3) RETURNING *),
        noted AS (
            INSERT INTO audit_event (subject_kind, subject_id, to_state, reason)
            SELECT 'assignment', id, state, note FROM made)
        {_JOINED.format(assignments="made")}
        """,
        case_id,
        notice_id,
        why,
    )
    assert row is not None  # noqa: S101 -- an INSERT that did not raise returns its row.
    return _assignment(row)


async def confirm(connection: Connection, assignment_id: int, note: str = "") -> Assignment:
    """Let the money pay the notice; who asked for it cannot confirm it.

    Raises:
        RefusedError: it is absent or decided, was asked for by the same person, or does not fit any more.
    """
    remark = written_reason(note) if note.strip() else ""
    asked = await _lock(connection, assignment_id)
    if await connection.fetchval("SELECT current_actor() = $1", asked.asked_by):
        raise refuse("SECOND_PERSON_NEEDED/assignment")
    await posting.assign(connection, asked.case_id, asked.notice_id)
    return await _decide(connection, asked, AssignmentState.CONFIRMED, remark)


async def decline(connection: Connection, assignment_id: int, note: str) -> Assignment:
    """Say no to an assignment; the case stays open. Who asked for it may take it back so.

    Raises:
        RefusedError: it is absent or decided, or no note says why.
    """
    why = written_reason(note)
    asked = await _lock(connection, assignment_id)
    return await _decide(connection, asked, AssignmentState.DECLINED, why)


async def get(connection: Connection, assignment_id: int) -> Assignment:
    """Return an assignment.

    Raises:
        RefusedError: ABSENT.
    """
    row = await connection.fetchrow(_JOINED.format(assignments="case_assignment") + "WHERE a.id = $1", assignment_id)
    if row is None:
        raise absent("款项指定", "assignment", assignment_id)
    return _assignment(row)


async def of_case(connection: Connection, case_id: int) -> tuple[Assignment, ...]:
    """Return what was tried for a case, newest first; there are few."""
    rows = await connection.fetch(
        _JOINED.format(assignments="case_assignment") + "WHERE a.case_id = $1 ORDER BY a.id DESC LIMIT 50", case_id
    )
    return tuple(_assignment(row) for row in rows)


async def in_state(
    connection: Connection, state: AssignmentState, *, after: int = 0, limit: int = ASSIGNMENTS_PER_PAGE_MAX
) -> tuple[Assignment, ...]:
    """Return the assignments in a state, oldest first, from after an id on."""
    rows = await connection.fetch(
        _JOINED.format(assignments="case_assignment") + "WHERE a.state = $1 AND a.id > $2 ORDER BY a.id LIMIT $3",
        state.value,
        after,
        min(limit, ASSIGNMENTS_PER_PAGE_MAX),
    )
    return tuple(_assignment(row) for row in rows)


async def _lock(connection: Connection, assignment_id: int) -> Assignment:
    await connection.execute("SELECT FROM case_assignment WHERE id = $1 FOR NO KEY UPDATE", assignment_id)
    assignment = await get(connection, assignment_id)
    if assignment.state is not AssignmentState.ASKED:
        raise refuse("ASSIGNMENT_STATE", state_zh=_STATES_ZH[assignment.state], state_en=assignment.state.value)
    return assignment


async def _decide(connection: Connection, asked: Assignment, state: AssignmentState, note: str) -> Assignment:
    row = await connection.fetchrow(
        f"""
        WITH decided AS (
            UPDATE case_assignment
            SET state = $2, decided_by = current_actor(), decided_at = now(), decision_note = $3
            WHERE id = $1 RETURNING *),
        noted AS (
            INSERT INTO audit_event (subject_kind, subject_id, from_state, to_state, reason)
            SELECT 'assignment', id, 'asked', state, $3 FROM decided)
        {_JOINED.format(assignments="decided")}
        """,
        asked.id,
        state.value,
        note,
    )
    assert row is not None  # noqa: S101 -- the row is locked.
    return _assignment(row)


def _assignment(row: Record) -> Assignment:
    return Assignment(
        id=row["id"],
        case_id=row["case_id"],
        line_id=row["line_id"],
        notice_id=row["notice_id"],
        employer_id=row["employer_id"],
        memo=Memo(employer_code=row["employer_code"], order_code=row["order_code"]),
        amount=Money(fen=row["amount_fen"]),
        note=row["note"],
        asked_by=row["asked_by"],
        asked_at=row["asked_at"],
        state=AssignmentState(row["state"]),
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        decision_note=row["decision_note"],
    )
