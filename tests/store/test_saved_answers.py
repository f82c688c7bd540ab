"""Promises of services/store/saved_answers.py: one key, one act, one answer."""

import asyncio
from datetime import timedelta

import attrs
import pytest

from services.store import saved_answers
from services.store.database import Actor, Connection, acting, connect
from services.store.refusals import RefusedError
from services.store.saved_answers import SavedAnswer
from tests.store import fund
from tests.store.test_users import AUTH
from tests.store.waiting import until_somebody_waits

ANSWER = SavedAnswer(status=201, location="/api/v1/orders/1", body=b'{"id": "1"}')
REQUEST = b"\x00" * 32
OTHER_REQUEST = b"\x01" * 32


async def act(db: Connection, answer: SavedAnswer = ANSWER) -> SavedAnswer:
    """Do something under a key, or get the answer of who did."""
    found = await saved_answers.find(db, "key", REQUEST)
    if found is None:
        await saved_answers.save(db, "key", REQUEST, answer)
    return found or answer


def codes(caught: pytest.ExceptionInfo[RefusedError]) -> list[str]:
    """The codes of a refusal."""
    return [each.code for each in caught.value.violations]


async def test_the_same_request_gets_the_same_answer(db: Connection) -> None:
    """Byte by byte, whatever the second one would have answered."""
    other = SavedAnswer(status=200, location="", body=b"other")
    async with acting(db, fund.BUREAU):
        assert ANSWER == await act(db)
    async with acting(db, fund.BUREAU):
        assert ANSWER == await act(db, other)


async def test_what_was_undone_has_no_answer(db: Connection) -> None:
    """A request that failed may be tried again under its key."""
    undone = db.transaction()
    await undone.start()
    await act(db)
    await undone.rollback()
    assert await saved_answers.find(db, "key", REQUEST) is None


async def test_another_request_under_the_same_key_is_refused(db: Connection) -> None:
    """It would get an answer that has nothing to do with it."""
    async with acting(db, fund.BUREAU):
        await act(db)
    with pytest.raises(RefusedError) as caught:
        async with acting(db, fund.BUREAU):
            await saved_answers.find(db, "key", OTHER_REQUEST)
    assert ["IDEMPOTENCY_KEY_REUSED"] == codes(caught)


@pytest.mark.parametrize("role", [fund.BUREAU, fund.person(1)])
async def test_a_key_is_the_actors_own(db: Connection, role: Actor) -> None:
    """Two users may think of the same key; neither waits for the other nor sees what it was answered."""
    async with acting(db, attrs.evolve(role, name="user/1")):
        await act(db)
    async with acting(db, attrs.evolve(role, name="user/3")):
        assert await saved_answers.find(db, "key", OTHER_REQUEST) is None


@pytest.mark.parametrize("kept", [True, False])
async def test_a_request_waits_for_the_one_before_it(db: Connection, database_url: str, kept: bool) -> None:  # noqa: FBT001
    """The second gets the first one's answer, or acts in its place when the first is undone."""
    other = await connect(database_url)
    second_answer = SavedAnswer(status=201, location="", body=b"second")

    async def second() -> SavedAnswer:
        async with acting(other, fund.BUREAU):
            return await act(other, second_answer)

    try:
        first = db.transaction()
        await first.start()
        await db.execute("SELECT set_config('subsidy.actor', $1, true)", fund.BUREAU.name)
        await act(db)
        waiting = asyncio.create_task(second())
        await until_somebody_waits(database_url)
        await (first.commit() if kept else first.rollback())
        assert (ANSWER if kept else second_answer) == await waiting
    finally:
        await other.close()


async def test_nobody_waits_for_ever(db: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request whose forerunner takes too long is told so, and its connection can be used again."""
    monkeypatch.setattr(saved_answers, "WAIT_SECONDS_MAX", 0.05)
    other = await connect(database_url)
    try:
        async with acting(db, fund.BUREAU):
            await act(db)
            with pytest.raises(RefusedError) as caught:
                async with acting(other, fund.BUREAU):
                    await act(other)
            assert ["IDEMPOTENCY_KEY_BUSY"] == codes(caught)
        async with acting(other, fund.BUREAU):
            assert ANSWER == await act(other)
    finally:
        await other.close()


async def test_old_answers_go(db: Connection) -> None:
    """By the role that cannot read them; those that may still be asked for stay."""
    async with acting(db, fund.BUREAU):
        await act(db)
    async with acting(db, AUTH):
        assert 0 == await saved_answers.purge(db, timedelta(hours=1))
    await db.execute("UPDATE saved_answer SET answered_at = now() - interval '1 hour'")
    async with acting(db, AUTH):
        assert 1 == await saved_answers.purge(db, timedelta(hours=1))
