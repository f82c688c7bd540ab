"""Promises of services/store/releases.py: a second person lets a held statement through."""

import pytest

from services.store.database import Connection
from services.store.releases import NotReleasableError, release, released_findings
from tests.store.test_statements import received


@pytest.mark.parametrize("state", ["received", "staged", "refused"])
async def test_only_what_is_held_can_be_released(db: Connection, state: str) -> None:
    """Any other statement needs no release; the message names its state."""
    statement_id = (await received(db)).statement_id
    await db.execute("UPDATE statement SET state = $1, finished_at = CASE WHEN $1 = 'refused' THEN now() END", state)

    with pytest.raises(NotReleasableError, match=state) as refused:
        await release(db, statement_id, by="user/2", note="")
    assert "STATEMENT_NOT_HELD" == refused.value.violation.code


async def test_a_statement_that_is_not_there_cannot_be_released(db: Connection) -> None:
    """Nothing is written."""
    with pytest.raises(NotReleasableError):
        await release(db, 404, by="user/2", note="")
    assert 0 == await db.fetchval("SELECT count(*) FROM audit_event")


async def test_a_release_keeps_who_why_and_what_was_seen(db: Connection) -> None:
    """A second release replaces the first, and its findings are what counts; the trail has both."""
    statement_id = (await received(db)).statement_id
    assert frozenset() == await released_findings(db, statement_id)
    for by, codes in (("user/2", ["A"]), ("user/3", ["A", "B"])):
        findings = [{"code": code} for code in codes]
        await db.execute("UPDATE statement SET state = 'held', findings = $1", findings)
        await release(db, statement_id, by=by, note=f"by {by}")
        assert frozenset(codes) == await released_findings(db, statement_id)
    assert ["by user/2", "by user/3"] == [
        row["reason"] for row in await db.fetch("SELECT reason FROM audit_event WHERE from_state = 'held' ORDER BY id")
    ]
    assert "staged" == await db.fetchval("SELECT state FROM statement")
