"""Releases: a second person lets a held statement through, or a refused one be tried again."""

from collections.abc import Mapping
from typing import TypeAlias

from libsubsidy import Violation
from services.store.database import Connection
from services.store.reasons import written_reason
from services.store.refusals import RefusedError, refuse, violation

# A finding as it was released: its code, and the facts in its words.
Seen: TypeAlias = tuple[str, Mapping[str, str | int]]


class NotReleasableError(RefusedError):
    """A release that the rules forbid; the violation says why."""

    def __init__(self, broken: Violation) -> None:
        super().__init__(broken)
        self.violation = broken


async def release(
    connection: Connection, statement_id: int, *, by: str, note: str, version_seen: int | None = None
) -> None:
    """Let a held statement through: what was found is kept beside the name of who let it through, and why.

    Raises:
        NotReleasableError: it is not held, nobody or no reason is named, or who uploaded it wants to release it.
        RefusedError: STALE_VERSION; a worker has looked at it since, and may have found what nobody saw. REASON_TOO_LONG.
    """
    by, note = _said(by), _said(note)
    row = await connection.fetchrow(
        "SELECT state, uploaded_by, findings, lease_epoch FROM statement WHERE id = $1 FOR NO KEY UPDATE", statement_id
    )
    state = "-" if row is None else row["state"]
    if row is None or state != "held":
        raise NotReleasableError(violation("STATEMENT_NOT_HELD", statement=statement_id, state=state))
    if row["uploaded_by"] is not None and row["uploaded_by"].strip().casefold() == by.casefold():
        raise NotReleasableError(violation("SECOND_PERSON_NEEDED", person=by))
    if version_seen is not None and version_seen != row["lease_epoch"]:
        raise refuse("STALE_VERSION/named", what_zh=f"对账单 {statement_id}", what_en=f"statement {statement_id}")
    await connection.execute(
        """
        WITH released AS (
            INSERT INTO statement_release (statement_id, released_by, note, findings) VALUES ($1, $2, $3, $4)
            ON CONFLICT ON CONSTRAINT statement_release_once DO UPDATE SET released_by = $2, note = $3, findings = $4,
                released_at = now()),
        moved AS (
            UPDATE statement SET state = 'staged', waits_for_gap = false, lease_until = NULL WHERE id = $1),
        noted AS (
            INSERT INTO audit_event (subject_kind, subject_id, from_state, to_state, reason)
            VALUES ('statement', $1, 'held', 'staged', $3))
        SELECT pg_notify('statement', $1::text)
        """,
        statement_id,
        by,
        note,
        row["findings"],
    )


async def released_findings(connection: Connection, statement_id: int) -> tuple[Seen, ...]:
    """Return what a second person saw and let through, facts included; what is found later was not seen by anybody."""
    rows = await connection.fetch(
        """
        SELECT finding ->> 'code' AS code, finding -> 'params' AS params
        FROM statement_release, jsonb_array_elements(findings) AS finding WHERE statement_id = $1
        """,
        statement_id,
    )
    return tuple((row["code"], row["params"]) for row in rows)


async def retry(connection: Connection, statement_id: int, *, by: str, note: str) -> None:
    """Let a refused file be read again from the start, after the profile or the program that refused it was mended.

    Its bytes are the same, so delivering it again would be no new file.

    Raises:
        NotReleasableError: it is not refused, or nobody or no reason is named.
    """
    by, note = _said(by), _said(note)
    state = await connection.fetchval("SELECT state FROM statement WHERE id = $1 FOR NO KEY UPDATE", statement_id)
    if state != "refused":
        raise NotReleasableError(violation("STATEMENT_NOT_REFUSED", statement=statement_id, state=state or "-"))
    await connection.execute(
        """
        WITH moved AS (
            UPDATE statement SET state = 'received', findings = '[]', facts = NULL, staged_lines = 0, tries = 0,
                finished_at = NULL, lease_until = NULL
            WHERE id = $1),
        noted AS (
            INSERT INTO audit_event (actor, subject_kind, subject_id, from_state, to_state, reason)
            VALUES ($2, 'statement', $1, 'refused', 'received', $3))
        SELECT pg_notify('statement', $1::text)
        """,
        statement_id,
        by,
        note,
    )


def _said(text: str) -> str:
    if not text.strip():
        raise NotReleasableError(violation("WHO_AND_WHY"))
    return written_reason(text)
