"""复核: where an employer wants it, what a clerk submits waits as a draft of the employer for a colleague.

A checker or an administrator who did not prepare it hands it in, or hands it back with a reason; until then the bureau does
not see it. An employer switches this on for itself (`employer.checker_needed`); what checkers and administrators prepare goes
straight to the bureau, as everything does where it is off.

Who acts is the transaction's actor, as the audit trail has it: all of this runs as the employer's own role.
"""

from datetime import datetime
from typing import Final

import attrs

from libsubsidy import Money
from services.store.database import Connection
from services.store.reasons import written_reason
from services.store.refusals import absent, refuse

WAITING_MAX: Final = 200
_CLERK: Final = "employer_clerk"
_ACTING_USER: Final = "substring(current_actor() FROM '^user/([0-9]{1,18})$')::bigint"


@attrs.frozen(kw_only=True)
class Waiting:
    """A draft that waits for a colleague.

    Attributes:
        ref: ``order-17`` or ``application-3``.
        kind: of the order or the application.
        line_count: lines, people or things.
        total: what they come to.
        prepared_by: the name of who prepared it; empty when there is no such user any more.
        own: the asker prepared it, so that somebody else has to hand it in.
        remark: why it was handed back, when it was.
    """

    ref: str
    kind: str
    version: int
    line_count: int
    total: Money
    prepared_by: str
    prepared_at: datetime
    own: bool
    remark: str


async def waits_for_colleague(connection: Connection, employer_id: int) -> bool:
    """Say whether what the acting user submits has to wait: a clerk's, of an employer that wants it checked."""
    waits: bool = await connection.fetchval(
        f"""
        SELECT EXISTS (
            SELECT FROM employer e JOIN portal_user u ON u.employer_id = e.id
            WHERE e.id = $1 AND e.checker_needed AND u.role = $2 AND u.id = {_ACTING_USER})
        """,
        employer_id,
        _CLERK,
    )
    return waits


async def refuse_clerk_alone(connection: Connection, employer_id: int, what_zh: str, what_en: str) -> None:
    """Refuse what takes effect at once, with no draft that could wait for a colleague.

    Raises:
        RefusedError: CHECKER_NEEDED.
    """
    if await waits_for_colleague(connection, employer_id):
        raise refuse("CHECKER_NEEDED", what_zh=what_zh, what_en=what_en)


async def set_needed(connection: Connection, employer_id: int, *, needed: bool) -> bool:
    """Switch it on or off; False when it was so before. What waits already goes on waiting."""
    changed = await connection.fetchval(
        """
        WITH changed AS (
            UPDATE employer SET checker_needed = $2 WHERE id = $1 AND checker_needed <> $2 RETURNING id)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
        SELECT id, 'employer', id, CASE WHEN $2 THEN 'checker_needed' ELSE 'checker_not_needed' END FROM changed
        RETURNING true
        """,
        employer_id,
        needed,
    )
    return bool(changed)


async def is_needed(connection: Connection, employer_id: int) -> bool:
    """Say whether an employer wants its clerks' work checked."""
    return bool(await connection.fetchval("SELECT checker_needed FROM employer WHERE id = $1", employer_id))


async def waiting(connection: Connection, employer_id: int, *, limit: int = WAITING_MAX) -> tuple[Waiting, ...]:
    """Return the drafts of an employer that wait for a colleague, oldest first."""
    rows = await connection.fetch(
        """
        SELECT w.ref, w.kind, w.version, w.line_count, w.total_fen, coalesce(u.name, '') AS prepared_by, w.prepared_at,
               w.prepared_by = current_actor() AS own, w.remark
        FROM (
            SELECT 'order-' || id AS ref, kind, version, line_count, total_fen, prepared_by, prepared_at, '' AS remark
            FROM remittance_order WHERE employer_id = $1 AND state = 'draft' AND prepared_by <> ''
            UNION ALL
            SELECT 'application-' || id, kind, version, line_count, total_fen, prepared_by, submitted_at, remark
            FROM application WHERE employer_id = $1 AND state = 'draft') w
        LEFT JOIN portal_user u ON 'user/' || u.id = w.prepared_by
        ORDER BY w.prepared_at, w.ref LIMIT $2
        """,
        employer_id,
        min(limit, WAITING_MAX),
    )
    return tuple(_waiting(dict(row)) for row in rows)


async def hand_over(connection: Connection, order_id: int) -> None:
    """Let a locked draft order wait for a colleague of the acting user."""
    await connection.execute(
        """
        WITH waiting AS (
            UPDATE remittance_order SET prepared_by = current_actor(), prepared_at = now(), remark = '',
                   version = version + 1
            WHERE id = $1 RETURNING employer_id, id, state)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
        SELECT employer_id, 'order', id, state, 'prepared' FROM waiting
        """,
        order_id,
    )


async def take_over(connection: Connection, order_id: int) -> None:
    """Let a locked draft order wait for nobody: whoever mends it submits it anew."""
    await connection.execute(
        "UPDATE remittance_order SET prepared_by = '', prepared_at = NULL WHERE id = $1 AND prepared_by <> ''", order_id
    )


async def refuse_own_order(connection: Connection, order_id: int) -> None:
    """Refuse to hand in an order that the acting user has prepared as a clerk.

    Raises:
        RefusedError: SECOND_PERSON_NEEDED.
    """
    own = await connection.fetchval(
        "SELECT prepared_by = current_actor() FROM remittance_order WHERE id = $1", order_id
    )
    if own:
        raise refuse("SECOND_PERSON_NEEDED/colleague")


async def refuse_own_application(connection: Connection, application_id: int) -> None:
    """Refuse to hand in an application that the acting user has prepared.

    Raises:
        RefusedError: SECOND_PERSON_NEEDED.
    """
    own = await connection.fetchval(
        "SELECT prepared_by = current_actor() FROM application WHERE id = $1", application_id
    )
    if own:
        raise refuse("SECOND_PERSON_NEEDED/colleague")


async def hand_back_order(connection: Connection, order_id: int, version: int, reason: str) -> None:
    """Hand a waiting order back to its clerk, who mends it and submits it anew.

    Raises:
        RefusedError: ABSENT, STALE_VERSION, NOT_WAITING, or the reason is missing or too long.
    """
    await _hand_back(connection, ("remittance_order", "order", order_id), version, reason)
    await take_over(connection, order_id)


async def hand_back_application(connection: Connection, application_id: int, version: int, reason: str) -> None:
    """Hand a waiting application back to its clerk; it stays a draft that is mended or taken back.

    Raises:
        RefusedError: as `hand_back_order`.
    """
    await _hand_back(connection, ("application", "application", application_id), version, reason)


async def _hand_back(connection: Connection, what: tuple[str, str, int], version: int, reason: str) -> None:
    table, subject, number = what
    written = written_reason(reason)
    name = f"{subject}-{number}"
    row = await connection.fetchrow(
        f"SELECT version, state = 'draft' AND prepared_by <> '' AS waits FROM {table} WHERE id = $1 FOR NO KEY UPDATE",
        number,
    )
    if row is None:
        raise absent("申请", "application", number)
    if row["version"] != version:
        raise refuse("STALE_VERSION/named", what_zh=f"申请 {name}", what_en=f"application {name}")
    if not row["waits"]:
        raise refuse("NOT_WAITING", what=name)
    await connection.execute(
        f"""
        WITH back AS (
            UPDATE {table} SET remark = $2, version = version + 1 WHERE id = $1 RETURNING employer_id, id, state)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
        SELECT employer_id, $3, id, state, 'handed_back', $2 FROM back
        """,
        number,
        written,
        subject,
    )


def _waiting(row: dict[str, object]) -> Waiting:
    total = Money(fen=int(str(row.pop("total_fen"))))
    return Waiting(total=total, **row)  # type: ignore[arg-type] # The columns are named as the attributes.
