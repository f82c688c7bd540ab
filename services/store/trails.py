"""操作记录: who of an employer did what, as the employer itself reads it (audit events of its own, newest first).

Actors are named as `timelines` names them: the own users by their names, of everybody else only the office; and on the
other side of a transfer it is the other employer.
"""

from datetime import datetime
from typing import Final

import attrs

from services.store.database import Connection
from services.store.timelines import who

EVENTS_PER_PAGE_MAX: Final = 200
# Beyond that nobody leafs, and counting on would take long.
COUNTED_MAX: Final = 10_000
OTHER_EMPLOYER: Final = "对方单位"
# Each file leaves a handful of events, which the application that it proves tells well enough.
_TOLD: Final = "employer_id = $1 AND subject_kind <> 'attachment' AND ($2::text IS NULL OR actor = $2)"


@attrs.frozen(kw_only=True)
class TrailEvent:
    """One change of state of something of the employer's.

    Attributes:
        who: the own user's name, or the office.
        origin: from where, for own users; empty for others.
        about: the name of the user or the employee that it is about.
    """

    id: int
    at: datetime
    who: str
    origin: str
    subject_kind: str
    subject_id: int
    from_state: str
    to_state: str
    reason: str
    about: str


async def count(connection: Connection, employer_id: int, *, user_id: int | None = None) -> int:
    """Return how many events there are, of everybody or of one user."""
    found: int = await connection.fetchval(
        f"SELECT count(*) FROM (SELECT FROM audit_event WHERE {_TOLD} LIMIT $3) told",
        employer_id,
        None if user_id is None else f"user/{user_id}",
        COUNTED_MAX,
    )
    return found


async def page(
    connection: Connection, employer_id: int, *, user_id: int | None = None, offset: int = 0, limit: int = 50
) -> tuple[TrailEvent, ...]:
    """Return a page of them, the newest first."""
    rows = await connection.fetch(
        f"""
        SELECT a.id, a.at, a.actor, a.origin, a.subject_kind, a.subject_id, a.from_state, a.to_state, a.reason,
               u.name AS user_name, coalesce(about.name, person.name, '') AS about,
               a.actor LIKE 'user/%' AND EXISTS (
                   SELECT FROM audit_event t
                   WHERE t.txid = a.txid AND t.employer_id = $1 AND t.subject_kind = 'transfer'
                     AND t.to_state IN ('started', 'accepted', 'refused', 'withdrawn')) AS of_transfer
        FROM (
            SELECT * FROM audit_event WHERE {_TOLD}
            ORDER BY id DESC OFFSET $3 LIMIT $4) a
        LEFT JOIN portal_user u ON u.id = substring(a.actor FROM '^user/([0-9]{{1,18}})$')::bigint
        LEFT JOIN portal_user about ON a.subject_kind = 'user' AND about.id = a.subject_id
        LEFT JOIN employment e ON a.subject_kind = 'employment' AND e.id = a.subject_id
        LEFT JOIN person ON person.id = e.person_id
        ORDER BY a.id DESC
        """,
        employer_id,
        None if user_id is None else f"user/{user_id}",
        offset,
        min(limit, EVENTS_PER_PAGE_MAX),
    )
    events = []
    for row in rows:
        facts = dict(row)
        name = facts.pop("user_name")
        name_zh, _ = who(str(facts.pop("actor")), name)
        # Employers alone start, answer and withdraw transfers: whoever is no own user there is one of the other's.
        if facts.pop("of_transfer") and name is None:
            name_zh = OTHER_EMPLOYER
        if name is None:
            facts["origin"] = ""
        events.append(TrailEvent(who=name_zh, **facts))
    return tuple(events)
