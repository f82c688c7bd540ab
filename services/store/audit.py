"""The trail: who changed the state of what, when, from where. It is written by the statements that change states.

Each such statement carries an INSERT INTO audit_event over the rows that it changed; actor and origin come from the
transaction (`services.store.database.acting`), so that no function can forget or forge them.
"""

from datetime import datetime
from typing import Final

import attrs

from services.store.database import Connection

EVENTS_PER_PAGE_MAX: Final = 500


@attrs.frozen(kw_only=True)
class AuditEvent:
    """One change of state; `from_state` is empty for something new."""

    id: int
    at: datetime
    actor: str
    origin: str
    employer_id: int | None
    subject_kind: str
    subject_id: int
    from_state: str
    to_state: str
    reason: str


async def history(
    connection: Connection, subject_kind: str, subject_id: int, *, after: int = 0, limit: int = EVENTS_PER_PAGE_MAX
) -> tuple[AuditEvent, ...]:
    """Return what happened to one thing (``order``, 17), oldest first, from after an event's id on."""
    rows = await connection.fetch(
        """
        SELECT id, at, actor, origin, employer_id, subject_kind, subject_id, from_state, to_state, reason
        FROM audit_event WHERE subject_kind = $1 AND subject_id = $2 AND id > $3 ORDER BY id LIMIT $4
        """,
        subject_kind,
        subject_id,
        after,
        min(limit, EVENTS_PER_PAGE_MAX),
    )
    return tuple(AuditEvent(**row) for row in rows)


@attrs.frozen(kw_only=True)
class ToldEvent:
    """One change of state, for the bureau's eyes.

    Attributes:
        who: the user's name; empty for a process, and for who had no login.
        reason: why, as the deciding person wrote it; empty when nobody had to say.
    """

    at: datetime
    who: str
    from_state: str
    to_state: str
    reason: str


async def told(connection: Connection, subject_kind: str, subject_id: int) -> tuple[ToldEvent, ...]:
    """Return what happened to one thing and by whom, oldest first, the first of very many."""
    rows = await connection.fetch(
        """
        SELECT a.at, coalesce(u.name, '') AS who, a.from_state, a.to_state, a.reason
        FROM audit_event a LEFT JOIN portal_user u ON a.actor = 'user/' || u.id
        WHERE a.subject_kind = $1 AND a.subject_id = $2 ORDER BY a.id LIMIT $3
        """,
        subject_kind,
        subject_id,
        EVENTS_PER_PAGE_MAX,
    )
    return tuple(ToldEvent(**row) for row in rows)
