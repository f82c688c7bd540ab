"""Promises of services/store/releases.py: a second person lets a held statement through."""

import pytest

from services.store.database import Connection
from services.store.reasons import REASON_CHARACTERS_MAX
from services.store.refusals import RefusedError
from services.store.releases import NotReleasableError, release, released_findings, retry
from tests.store.test_statements import received


@pytest.mark.parametrize("state", ["received", "staged", "refused"])
async def test_only_what_is_held_can_be_released(db: Connection, state: str) -> None:
    """Any other statement needs no release; the message names its state."""
    statement_id = (await received(db)).statement_id
    await db.execute("UPDATE statement SET state = $1, finished_at = CASE WHEN $1 = 'refused' THEN now() END", state)

    with pytest.raises(NotReleasableError, match=state) as refused:
        await release(db, statement_id, by="user/2", note="seen")
    assert "STATEMENT_NOT_HELD" == refused.value.violation.code


async def test_a_statement_that_is_not_there_cannot_be_released(db: Connection) -> None:
    """Nothing is written."""
    with pytest.raises(NotReleasableError):
        await release(db, 404, by="user/2", note="seen")
    assert 0 == await db.fetchval("SELECT count(*) FROM audit_event")


async def test_a_release_keeps_who_why_and_what_was_seen(db: Connection) -> None:
    """A second release replaces the first, and its findings are what counts; the trail has both."""
    statement_id = (await received(db)).statement_id
    assert () == await released_findings(db, statement_id)
    for by, codes in (("user/2", ["A"]), ("user/3", ["A", "B"])):
        findings = [{"code": code, "params": {"missing": 7}} for code in codes]
        await db.execute("UPDATE statement SET state = 'held', findings = $1", findings)
        await release(db, statement_id, by=by, note=f"by {by}")
        assert tuple((code, {"missing": 7}) for code in codes) == await released_findings(db, statement_id)
    assert ["by user/2", "by user/3"] == [
        row["reason"] for row in await db.fetch("SELECT reason FROM audit_event WHERE from_state = 'held' ORDER BY id")
    ]
    assert "staged" == await db.fetchval("SELECT state FROM statement")


@pytest.mark.parametrize(("by", "note"), [("", "seen"), (" ", "seen"), ("user/2", ""), ("user/2", " ")])
@pytest.mark.parametrize("act", [release, retry])
async def test_who_and_why_must_be_said(db: Connection, act, by: str, note: str) -> None:
    """A release without a name or a reason could not be answered for."""
    statement_id = (await received(db)).statement_id

    with pytest.raises(NotReleasableError) as refused:
        await act(db, statement_id, by=by, note=note)
    assert "WHO_AND_WHY" == refused.value.violation.code


@pytest.mark.parametrize("act", [release, retry])
async def test_a_reason_is_a_sentence_and_no_book(db: Connection, act) -> None:
    """It is shown in lists."""
    statement_id = (await received(db)).statement_id
    with pytest.raises(RefusedError) as refused:
        await act(db, statement_id, by="user/2", note="因" * (REASON_CHARACTERS_MAX + 1))
    assert ["REASON_TOO_LONG"] == [found.code for found in refused.value.violations]


@pytest.mark.parametrize("by", ["user/7", "USER/7", " user/7 "])
async def test_who_uploaded_a_file_cannot_release_it(db: Connection, by: str) -> None:
    """Not under another spelling either."""
    statement_id = (await received(db)).statement_id
    await db.execute("UPDATE statement SET state = 'held', uploaded_by = 'user/7'")

    with pytest.raises(NotReleasableError) as refused:
        await release(db, statement_id, by=by, note="seen")
    assert "SECOND_PERSON_NEEDED" == refused.value.violation.code


async def test_a_refused_file_can_be_tried_again(db: Connection) -> None:
    """Once the profile or the program is mended the same bytes are read from the start; the trail says who asked."""
    statement_id = (await received(db)).statement_id
    await db.execute("UPDATE statement SET state = 'refused', finished_at = now(), findings = '[{\"code\": \"X\"}]'")

    await retry(db, statement_id, by="user/2", note="the profile is mended")

    row = await db.fetchrow("SELECT state, findings, finished_at FROM statement")
    assert ("received", [], None) == tuple(row or ())
    assert "user/2" == await db.fetchval("SELECT actor FROM audit_event WHERE from_state = 'refused'")


@pytest.mark.parametrize("state", ["received", "staged", "held"])
async def test_only_a_refused_file_is_tried_again(db: Connection, state: str) -> None:
    """What is held is released, and what is under way needs nobody."""
    statement_id = (await received(db)).statement_id
    await db.execute("UPDATE statement SET state = $1", state)

    with pytest.raises(NotReleasableError, match=state):
        await retry(db, statement_id, by="user/2", note="again")
