"""Applications (申请) that are no orders: what an employer asks the bureau for, until it is decided and takes effect.

The first kind is 职工开户 (employee_opening): one application with many rows; the bureau approves all of it, returns it or
rejects it (F52). What can be known at once is checked at once, so that what is submitted can be approved; it is checked
again when it is approved, because the fund has moved on meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

import attrs
from asyncpg import Record

from libsubsidy import (
    APPLICATION_LIFE,
    ApplicationEvent,
    ApplicationState,
    Money,
    TransitionRefused,
    Violation,
)
from services.store import employees, employers, outbox
from services.store.database import Connection, Role, looking_as
from services.store.employees import NewEmployee
from services.store.opening_rows import OpeningRow, of_contents, read_rows, to_contents
from services.store.outbox import NewEvent
from services.store.reasons import written_reason
from services.store.refusals import RefusedError, absent, limit_list, refuse, violation
from services.store.violations import translated

# A reviewer looks through them; and each of them is read and written within one request.
OPENING_ROWS_MAX: Final = 2_000
ROWS_PER_PAGE_MAX: Final = 201

STATES_ZH: Final[Mapping[ApplicationState, str]] = {
    ApplicationState.DRAFT: "草稿",
    ApplicationState.SUBMITTED: "待审核",
    ApplicationState.IN_REVIEW: "审核中",
    ApplicationState.RETURNED: "已退回",
    ApplicationState.RETRACTED: "已撤回",
    ApplicationState.REJECTED: "已拒绝",
    ApplicationState.APPROVED: "已通过",
}
_EVENTS: Final[Mapping[ApplicationEvent, tuple[str, str]]] = {
    ApplicationEvent.SUBMIT: ("提交", "submitted"),
    ApplicationEvent.TAKE: ("受理", "taken for review"),
    ApplicationEvent.RETURN: ("退回", "returned"),
    ApplicationEvent.REVISE: ("修改", "revised"),
    ApplicationEvent.RETRACT: ("撤回", "retracted"),
    ApplicationEvent.REJECT: ("拒绝", "rejected"),
    ApplicationEvent.APPROVE: ("审核通过", "approved"),
}
_COLUMNS: Final = "id, employer_id, kind, state, version, line_count, total_fen, remark, submitted_at, decided_at"


class ApplicationKind(Enum):
    """What is asked for."""

    EMPLOYEE_OPENING = "employee_opening"


@attrs.frozen(kw_only=True)
class Application:
    """An application without its contents.

    Attributes:
        version: a change must name the one it saw.
        line_count: how many people it is about.
        total: their monthly amounts together.
        remark: why it was returned or rejected.
    """

    id: int
    employer_id: int
    kind: ApplicationKind
    state: ApplicationState
    version: int
    line_count: int
    total: Money
    remark: str
    submitted_at: datetime
    decided_at: datetime | None


async def open_employees(
    connection: Connection, employer_id: int, rows: Sequence[OpeningRow], *, today: date
) -> Application:
    """Ask the bureau to open an account for each of these people, all or none.

    Args:
        connection: inside the caller's transaction.
        employer_id: who employs them.
        rows: as typed; at most OPENING_ROWS_MAX.
        today: the day of the bureau.

    Raises:
        RefusedError: with everything that is wrong, each with its `row` (from 1) and, where one cell is wrong, its `field`.
    """
    if not rows:
        raise refuse("NO_ROWS")
    limit_list(rows, OPENING_ROWS_MAX)
    await _refuse_closed(connection, employer_id)
    people, broken = await asyncio.to_thread(read_rows, rows, today)
    if broken:
        raise RefusedError(*broken)
    if broken := await _obstacles(connection, employer_id, people):
        raise RefusedError(*broken)
    total = sum(person.file_amount.amount.fen for person in people if person.file_amount is not None)
    with translated():
        row = await connection.fetchrow(
            f"""
            WITH asked AS (
                INSERT INTO application (employer_id, kind, contents, line_count, total_fen)
                VALUES ($1, 'employee_opening', $2, $3, $4) RETURNING *),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
                SELECT employer_id, 'application', id, state FROM asked)
            SELECT {_COLUMNS} FROM asked
            """,
            employer_id,
            {"employees": to_contents(people)},
            len(people),
            total,
        )
    assert row is not None  # noqa: S101 -- an INSERT that did not raise returns its row.
    return _application(row)


async def get(connection: Connection, application_id: int) -> Application:
    """Return an application.

    Raises:
        RefusedError: ABSENT, also for one of another employer (I31).
    """
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM application WHERE id = $1", application_id)
    if row is None:
        raise absent("申请", "application", application_id)
    return _application(row)


async def employees_of(
    connection: Connection, application_id: int, *, after: int = 0, limit: int = ROWS_PER_PAGE_MAX
) -> tuple[NewEmployee, ...]:
    """Return a page of the people whose accounts are asked for, from after a row on; no page is longer than the limit."""
    rows: list[dict[str, Any]] | None = await connection.fetchval(
        """
        SELECT jsonb_path_query_array(
            contents, '$.employees[$first to $last]', jsonb_build_object('first', $2::integer, 'last', $3::integer))
        FROM application WHERE id = $1
        """,
        application_id,
        after,
        after + min(limit, ROWS_PER_PAGE_MAX) - 1,
    )
    return of_contents(rows or ())


async def retract(connection: Connection, application_id: int, version: int) -> Application:
    """Take an application back before anybody has decided it.

    Raises:
        RefusedError: it is absent, changed, taken or decided.
    """
    locked = await _lock_for(connection, ApplicationEvent.RETRACT, application_id, version)
    return await _move(connection, locked, ApplicationEvent.RETRACT)


async def approve(connection: Connection, application_id: int, version: int) -> Application:
    """Approve an application and let it take effect, in one transaction.

    Raises:
        RefusedError: it is absent, changed or decided, or what it asks for is not possible any more.
    """
    locked = await _lock_for(connection, ApplicationEvent.APPROVE, application_id, version)
    await _EFFECTS[locked.kind](connection, locked)
    return await _decide(connection, locked, ApplicationEvent.APPROVE)


async def send_back(connection: Connection, application_id: int, version: int, reason: str) -> Application:
    """Return an application for correction.

    Raises:
        RefusedError: it is absent, changed or decided, or no reason is given.
    """
    return await _refuse(connection, application_id, version, ApplicationEvent.RETURN, reason)


async def reject(connection: Connection, application_id: int, version: int, reason: str) -> Application:
    """Reject an application for good.

    Raises:
        RefusedError: it is absent, changed or decided, or no reason is given.
    """
    return await _refuse(connection, application_id, version, ApplicationEvent.REJECT, reason)


def _application(row: Record) -> Application:
    return Application(
        id=row["id"],
        employer_id=row["employer_id"],
        kind=ApplicationKind(row["kind"]),
        state=ApplicationState(row["state"]),
        version=row["version"],
        line_count=row["line_count"],
        total=Money(fen=row["total_fen"]),
        remark=row["remark"],
        submitted_at=row["submitted_at"],
        decided_at=row["decided_at"],
    )


async def _refuse_closed(connection: Connection, employer_id: int) -> None:
    if (await employers.get(connection, employer_id)).state != "active":
        raise refuse("EMPLOYER_CLOSED")


async def _obstacles(connection: Connection, employer_id: int, people: Sequence[NewEmployee]) -> tuple[Violation, ...]:
    # An employer sees nobody else's employees, and still must hear that somebody has an account elsewhere (F46).
    async with looking_as(connection, Role.BUREAU):
        broken = await employees.check(connection, employer_id, people)
    return broken or await _asked_before(connection, employer_id, people)


async def _asked_before(
    connection: Connection, employer_id: int, people: Sequence[NewEmployee]
) -> tuple[Violation, ...]:
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (wanted.row) wanted.row, a.id
        FROM application a, jsonb_path_query(a.contents, '$.employees[*].id_number') AS asked (id_number),
             unnest($2::text[]) WITH ORDINALITY AS wanted (id_number, row)
        WHERE a.employer_id = $1 AND a.state IN ('submitted', 'in_review') AND asked.id_number #>> '{}' = wanted.id_number
        ORDER BY wanted.row, a.id
        """,
        employer_id,
        [str(person.id_number) for person in people],
    )
    return tuple(
        violation(
            "EMPLOYEE_ALREADY/asked",
            row=row["row"],
            name=people[row["row"] - 1].name,
            application=f"opening-{row['id']}",
        )
        for row in rows
    )


async def _open_accounts(connection: Connection, application: Application) -> None:
    contents: dict[str, Any] = await connection.fetchval(
        "SELECT contents FROM application WHERE id = $1", application.id
    )
    await _refuse_closed(connection, application.employer_id)
    people = await asyncio.to_thread(of_contents, contents["employees"])
    await employees.add(connection, application.employer_id, people)


_EFFECTS: Final[Mapping[ApplicationKind, Callable[[Connection, Application], Awaitable[None]]]] = {
    ApplicationKind.EMPLOYEE_OPENING: _open_accounts,
}


async def _refuse(
    connection: Connection, application_id: int, version: int, event: ApplicationEvent, reason: str
) -> Application:
    why = written_reason(reason)
    locked = await _lock_for(connection, event, application_id, version)
    return await _decide(connection, locked, event, reason=why)


async def _lock_for(
    connection: Connection, event: ApplicationEvent, application_id: int, version_seen: int
) -> Application:
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM application WHERE id = $1 FOR NO KEY UPDATE", application_id
    )
    # Row security hides from a lock what its role may not change; it may still be there to be read.
    application = await get(connection, application_id) if row is None else _application(row)
    name = f"opening-{application_id}"
    if application.version != version_seen:
        raise RefusedError(Violation.of("STALE_VERSION", what=f"申请 {name} / application {name}"))
    try:
        APPLICATION_LIFE.transition(application.state, event)
    except TransitionRefused as error:
        event_zh, event_en = _EVENTS[event]
        raise refuse(
            "APPLICATION_STATE",
            application=name,
            state_zh=STATES_ZH[application.state],
            state_en=application.state.value,
            event_zh=event_zh,
            event_en=event_en,
        ) from error
    return application


async def _decide(
    connection: Connection, application: Application, event: ApplicationEvent, *, reason: str = ""
) -> Application:
    decided = await _move(connection, application, event, reason=reason)
    body = {
        "application_id": str(decided.id),
        "employer_id": str(decided.employer_id),
        "kind": decided.kind.value.upper(),
        "outcome": decided.state.value,
    }
    told = NewEvent(type="application.decided.v1", subject=f"application/{decided.id}", body=body)
    await outbox.append(connection, [told])
    return decided


async def _move(
    connection: Connection, application: Application, event: ApplicationEvent, *, reason: str = ""
) -> Application:
    with translated():
        row = await connection.fetchrow(
            f"""
            WITH moved AS (
                UPDATE application SET state = $2, version = version + 1, remark = $3, decided_at = now()
                WHERE id = $1 RETURNING *),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
                SELECT employer_id, 'application', id, $4, state, $3 FROM moved)
            SELECT {_COLUMNS} FROM moved
            """,
            application.id,
            APPLICATION_LIFE.transition(application.state, event).value,
            reason,
            application.state.value,
        )
    assert row is not None  # noqa: S101 -- the row is locked.
    return _application(row)
