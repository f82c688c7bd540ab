"""Releases: a second person lets a held statement through, or a refused one be tried again."""

from collections.abc import Mapping
from typing import TypeAlias

from libsubsidy import Violation
from libsubsidy.catalogue import Text
from services.store.database import Connection
from services.store.refusals import RefusedError

# A finding as it was released: its code, and the facts in its words.
Seen: TypeAlias = tuple[str, Mapping[str, str | int]]

_NOT_HELD = Text(
    zh="对账单 {statement} 当前状态为“{state}”，无需放行：请刷新后查看。",
    en="Statement {statement} is {state}, so there is nothing to release: please reload.",
)
_SECOND_PERSON = Text(
    zh="文件由 {person} 上传，不能由本人放行：请由另一人核对后放行。",
    en="The file was uploaded by {person}, who cannot release it: another person must.",
)


_WHO_AND_WHY = Text(
    zh="放行或重新处理须写明经办人和理由：请补充。",
    en="Who does this, and why, must be said: please add both.",
)
_NOT_REFUSED = Text(
    zh="对账单 {statement} 当前状态为“{state}”，只有被拒收的文件可以重新处理：请刷新后查看。",
    en="Statement {statement} is {state}; only a refused one can be tried again: please reload.",
)


class NotReleasableError(RefusedError):
    """A release that the rules forbid; the violation says why."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation)
        self.violation = violation


async def release(
    connection: Connection, statement_id: int, *, by: str, note: str, version_seen: int | None = None
) -> None:
    """Let a held statement through: what was found is kept beside the name of who let it through, and why.

    Raises:
        NotReleasableError: it is not held, nobody or no reason is named, or who uploaded it wants to release it.
        RefusedError: STALE_VERSION; a worker has looked at it since, and may have found what nobody saw.
    """
    by, note = _said(by), _said(note)
    row = await connection.fetchrow(
        "SELECT state, uploaded_by, findings, lease_epoch FROM statement WHERE id = $1 FOR NO KEY UPDATE", statement_id
    )
    state = "-" if row is None else row["state"]
    if row is None or state != "held":
        facts: dict[str, str | int] = {"statement": statement_id, "state": state}
        raise NotReleasableError(Violation.from_text("STATEMENT_NOT_HELD", _NOT_HELD, facts))
    if row["uploaded_by"] is not None and row["uploaded_by"].strip().casefold() == by.casefold():
        raise NotReleasableError(Violation.from_text("SECOND_PERSON_NEEDED", _SECOND_PERSON, {"person": by}))
    if version_seen is not None and version_seen != row["lease_epoch"]:
        raise RefusedError(Violation.of("STALE_VERSION", what=f"对账单 {statement_id} / statement {statement_id}"))
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
        facts: dict[str, str | int] = {"statement": statement_id, "state": state or "-"}
        raise NotReleasableError(Violation.from_text("STATEMENT_NOT_REFUSED", _NOT_REFUSED, facts))
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
        raise NotReleasableError(Violation.from_text("WHO_AND_WHY", _WHO_AND_WHY, {}))
    return text.strip()
