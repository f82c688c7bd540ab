"""Releases: a second person lets a held statement through."""

from libsubsidy import SubsidyError, Violation
from libsubsidy.catalogue import Text
from services.store.database import Connection

_NOT_HELD = Text(
    zh="对账单 {statement} 当前状态为“{state}”，无需放行：请刷新后查看。",
    en="Statement {statement} is {state}, so there is nothing to release: please reload.",
)
_SECOND_PERSON = Text(
    zh="文件由 {person} 上传，不能由本人放行：请由另一人核对后放行。",
    en="The file was uploaded by {person}, who cannot release it: another person must.",
)


class NotReleasableError(SubsidyError):
    """A release that the rules forbid; the violation says why."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(f"{violation.en} / {violation.zh}")
        self.violation = violation


async def release(connection: Connection, statement_id: int, *, by: str, note: str) -> None:
    """Let a held statement through: what was found is kept beside the name of who let it through, and why.

    Raises:
        NotReleasableError: it is not held, or the person who uploaded it wants to release it.
    """
    row = await connection.fetchrow(
        "SELECT state, uploaded_by, findings FROM statement WHERE id = $1 FOR NO KEY UPDATE", statement_id
    )
    state = "-" if row is None else row["state"]
    if row is None or state != "held":
        facts: dict[str, str | int] = {"statement": statement_id, "state": state}
        raise NotReleasableError(Violation.from_text("STATEMENT_NOT_HELD", _NOT_HELD, facts))
    if row["uploaded_by"] == by:
        raise NotReleasableError(Violation.from_text("SECOND_PERSON_NEEDED", _SECOND_PERSON, {"person": by}))
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


async def released_findings(connection: Connection, statement_id: int) -> frozenset[str]:
    """Return the codes of what a second person saw and let through; what is found later was not seen by anybody."""
    rows = await connection.fetch(
        """
        SELECT finding ->> 'code' AS code
        FROM statement_release, jsonb_array_elements(findings) AS finding WHERE statement_id = $1
        """,
        statement_id,
    )
    return frozenset(row["code"] for row in rows)
