"""Applications (申请) that are no orders: what an employer asks the bureau for, until it is decided.

What they have in common: one row each, named ``application-17``, with contents whose meaning belongs to the kind, and the
life of libsubsidy. Each kind has a module of its own that reads and checks its contents and lets them take effect
(`openings` is one); `application_decisions` knows them all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
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
)
from services.store import checking, employers
from services.store.database import Connection, EncodedJson
from services.store.refusals import absent, refuse
from services.store.violations import translated

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
_NOTHING: Final = Money(fen=0)


class ApplicationKind(Enum):
    """What is asked for."""

    EMPLOYEE_OPENING = "employee_opening"
    EMPLOYEE_IMPORT = "employee_import"
    EMPLOYER_CHANGE = "employer_change"
    INFORMATION_CHANGE = "information_change"
    EMPLOYEE_CHANGE = "employee_change"
    EMPLOYEE_TRANSFER = "employee_transfer"
    BACKFILL = "backfill"
    WITHDRAWAL = "withdrawal"


@attrs.frozen(kw_only=True)
class Application:
    """An application without its contents.

    Attributes:
        version: a change must name the one it saw.
        line_count: how many people or things it is about.
        total: what they come to; 0 for a kind without money.
        remark: why it was returned or rejected.
        decided_at: when the bureau approved, returned or rejected it; None while it has not, also again.
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


@attrs.frozen(kw_only=True)
class NewApplication:
    """What is asked for, read and checked by its kind.

    Attributes:
        contents: JSON that the kind reads back; what is submitted does not change any more.
        line_count: how many people or things it is about, at least one.
        total: what they come to; nothing for a kind without money.
        people: how many different people, where one may have several lines; otherwise as many as lines.
        text: of the contents, where the database has put them together.
    """

    kind: ApplicationKind
    contents: Mapping[str, Any]
    line_count: int
    total: Money = _NOTHING
    text: EncodedJson | None = None
    people: int | None = None

    @property
    def person_count(self) -> int:
        """How many people it is about."""
        return self.line_count if self.people is None else self.people

    @property
    def stored(self) -> object:
        """What the column takes."""
        return self.contents if self.text is None else self.text


async def submit(connection: Connection, employer_id: int, asked: NewApplication) -> Application:
    """Hand an application to the bureau; or to a colleague first, where the employer wants that (`checking`).

    Raises:
        RefusedError: EMPLOYER_CLOSED.
    """
    await refuse_closed(connection, employer_id)
    waits = await checking.waits_for_colleague(connection, employer_id)
    state = ApplicationState.DRAFT if waits else ApplicationState.SUBMITTED
    with translated():
        row = await connection.fetchrow(
            f"""
            WITH asked AS (
                INSERT INTO application (employer_id, kind, contents, line_count, person_count, total_fen, state)
                VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
                SELECT employer_id, 'application', id, state FROM asked)
            SELECT {_COLUMNS} FROM asked
            """,
            employer_id,
            asked.kind.value,
            asked.stored,
            asked.line_count,
            asked.person_count,
            asked.total.fen,
            state.value,
        )
    assert row is not None  # noqa: S101 -- an INSERT that did not raise returns its row.
    return application_of(row)


async def submit_again(connection: Connection, application_id: int, version: int, asked: NewApplication) -> Application:
    """Hand in anew what was returned or retracted, or mend a draft, with other contents; it stays the same application.

    It waits for a colleague as a new one does.

    Raises:
        RefusedError: it is absent, changed or in another state, or the employer is closed.
    """
    locked = await lock_for(connection, ApplicationEvent.REVISE, application_id, version)
    await refuse_closed(connection, locked.employer_id)
    draft = await move(connection, locked, ApplicationEvent.REVISE)
    with translated():
        await connection.execute(
            """
            UPDATE application SET contents = $2, line_count = $3, person_count = $4, total_fen = $5,
                   submitted_at = now(), prepared_by = current_actor()
            WHERE id = $1
            """,
            application_id,
            asked.stored,
            asked.line_count,
            asked.person_count,
            asked.total.fen,
        )
    if await checking.waits_for_colleague(connection, draft.employer_id):
        return await get(connection, application_id)
    return await move(connection, draft, ApplicationEvent.SUBMIT)


async def contents_of(connection: Connection, application_id: int) -> dict[str, Any]:
    """Return what is asked for, whole.

    Raises:
        RefusedError: ABSENT.
    """
    contents: dict[str, Any] | None = await connection.fetchval(
        "SELECT contents FROM application WHERE id = $1", application_id
    )
    if contents is None:
        raise absent("申请", "application", application_id)
    return contents


async def get(connection: Connection, application_id: int) -> Application:
    """Return an application.

    Raises:
        RefusedError: ABSENT, also for one of another employer (I31).
    """
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM application WHERE id = $1", application_id)
    if row is None:
        raise absent("申请", "application", application_id)
    return application_of(row)


async def of_kinds(
    connection: Connection, employer_id: int, kinds: Sequence[ApplicationKind], *, before: int | None, limit: int
) -> tuple[Application, ...]:
    """Return an employer's applications of some kinds, the newest first, those before the number `before` if it is given."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM application
        WHERE employer_id = $1 AND kind = ANY ($2) AND ($3::bigint IS NULL OR id < $3) ORDER BY id DESC LIMIT $4
        """,
        employer_id,
        [kind.value for kind in kinds],
        before,
        limit,
    )
    return tuple(map(application_of, rows))


async def count_of_kinds(connection: Connection, employer_id: int, kinds: Sequence[ApplicationKind]) -> int:
    """Count an employer's applications of some kinds."""
    counted: int = await connection.fetchval(
        "SELECT count(*) FROM application WHERE employer_id = $1 AND kind = ANY ($2)",
        employer_id,
        [kind.value for kind in kinds],
    )
    return counted


async def page_of_kinds(
    connection: Connection, employer_id: int, kinds: Sequence[ApplicationKind], *, limit: int, offset: int
) -> tuple[Application, ...]:
    """Return some of an employer's applications of some kinds, those that were submitted last first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM application
        WHERE employer_id = $1 AND kind = ANY ($2) ORDER BY submitted_at DESC, id DESC LIMIT $3 OFFSET $4
        """,
        employer_id,
        [kind.value for kind in kinds],
        limit,
        offset,
    )
    return tuple(map(application_of, rows))


async def retract(connection: Connection, application_id: int, version: int) -> Application:
    """Take an application back before anybody has decided it.

    Raises:
        RefusedError: it is absent, changed, taken or decided, or two employers have agreed upon it.
    """
    locked = await lock_for(connection, ApplicationEvent.RETRACT, application_id, version)
    if locked.kind is ApplicationKind.EMPLOYEE_TRANSFER:
        raise refuse("TRANSFER_NOT_RETRACTED")
    return await move(connection, locked, ApplicationEvent.RETRACT)


async def hand_in(connection: Connection, application_id: int, version: int) -> Application:
    """Hand to the bureau what a colleague has prepared (复核).

    Raises:
        RefusedError: it is absent, changed or in another state, the own, or the employer is closed.
    """
    locked = await lock_for(connection, ApplicationEvent.SUBMIT, application_id, version)
    await refuse_closed(connection, locked.employer_id)
    await checking.refuse_own_application(connection, application_id)
    await connection.execute("UPDATE application SET submitted_at = now() WHERE id = $1", application_id)
    return await move(connection, locked, ApplicationEvent.SUBMIT)


async def refuse_closed(connection: Connection, employer_id: int) -> None:
    """Refuse what an employer asks that has been closed.

    Raises:
        RefusedError: EMPLOYER_CLOSED.
    """
    if (await employers.get(connection, employer_id)).state != "active":
        raise refuse("EMPLOYER_CLOSED")


async def lock_for(
    connection: Connection, event: ApplicationEvent, application_id: int, version_seen: int
) -> Application:
    """Lock an application for something that is to happen to it.

    Raises:
        RefusedError: ABSENT, STALE_VERSION, or APPLICATION_STATE where its life does not allow that.
    """
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM application WHERE id = $1 FOR NO KEY UPDATE", application_id
    )
    # Row security hides from a lock what its role may not change; it may still be there to be read.
    application = await get(connection, application_id) if row is None else application_of(row)
    name = f"application-{application_id}"
    if application.version != version_seen:
        raise refuse("STALE_VERSION/named", what_zh=f"申请 {name}", what_en=f"application {name}")
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


async def move(
    connection: Connection, application: Application, event: ApplicationEvent, *, reason: str = ""
) -> Application:
    """Move a locked application to its next state, and note who did it and why.

    What comes back, or to nothing, lets go of the months that it holds (I12). Only the bureau decides: what is taken back or
    handed in anew stands undecided again.
    """
    with translated():
        row = await connection.fetchrow(
            f"""
            WITH moved AS (
                UPDATE application SET state = $2, version = version + 1, remark = $3,
                    decided_at = CASE WHEN $2 IN ('approved', 'returned', 'rejected') THEN now() END
                WHERE id = $1 RETURNING *),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
                SELECT employer_id, 'application', id, $4, state, $3 FROM moved),
            released AS (
                DELETE FROM claim c USING moved
                WHERE c.application_id = moved.id AND moved.state IN ('returned', 'retracted', 'rejected'))
            SELECT {_COLUMNS} FROM moved
            """,
            application.id,
            APPLICATION_LIFE.transition(application.state, event).value,
            reason,
            application.state.value,
        )
    assert row is not None  # noqa: S101 -- the row is locked.
    return application_of(row)


def application_of(row: Record) -> Application:
    """Read an application from a row of its table."""
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
