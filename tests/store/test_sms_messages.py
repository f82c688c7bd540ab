"""Promises of services/store/sms_messages.py: what is queued is sent once it is true, and nothing is lost."""

from datetime import timedelta

import pytest

from libsubsidy import Mobile
from services.store import sms_messages
from services.store.database import Connection, acting, connect
from services.store.sms_messages import TRIES_MAX, Message
from tests.store import fund
from tests.store.test_users import AUTH

MOBILE = Mobile.parse("13800000001")


async def queue(db: Connection, text: str = "您好", **how: timedelta) -> None:
    """Queue a message as the bureau."""
    async with acting(db, fund.BUREAU):
        await sms_messages.queue(db, MOBILE, text, **how)


async def take(db: Connection, limit: int = 10) -> list[str]:
    """Take what is due."""
    async with acting(db, AUTH):
        return [each.text for each in await sms_messages.take(db, limit=limit)]


async def states(db: Connection) -> list[tuple[str, str]]:
    """State and text of all messages."""
    return [(row["state"], row["text"]) for row in await db.fetch("SELECT state, text FROM sms_message ORDER BY id")]


async def test_a_message_is_there_when_what_it_tells_has_happened(db: Connection) -> None:
    """Undone with the transaction that queued it."""

    async def queue_and_fail() -> None:
        async with acting(db, fund.BUREAU):
            await sms_messages.queue(db, MOBILE, "x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await queue_and_fail()
    await queue(db, "第一")
    assert ["第一"] == await take(db)


async def test_a_message_is_taken_by_one(db: Connection, database_url: str) -> None:
    """Two portals that look at the same moment share the work."""
    for text in "abc":
        await queue(db, text)
    other = await connect(database_url)
    try:
        async with acting(db, AUTH):
            mine = await sms_messages.take(db, limit=2)
            assert ["c"] == await take(other)
        assert ["a", "b"] == [each.text for each in mine]
        assert [] == await take(other)
    finally:
        await other.close()


async def test_one_that_was_taken_and_never_done_comes_again(db: Connection) -> None:
    """A portal that died loses none; the waits grow, and after the last try it has failed."""
    await queue(db)
    waits = []
    for _ in range(TRIES_MAX):
        assert ["您好"] == await take(db)
        waits.append(
            await db.fetchval("SELECT round(extract(epoch FROM next_try_at - clock_timestamp())) FROM sms_message")
        )
        assert [] == await take(db)
        await db.execute("UPDATE sms_message SET next_try_at = clock_timestamp()")
    assert [30, 60, 120, 240, 480] == waits
    assert [] == await take(db)
    assert [("failed", "")] == await states(db)


async def test_one_that_is_out_of_time_is_not_sent(db: Connection) -> None:
    """A code that has expired helps nobody."""
    await queue(db, lasting=timedelta(minutes=5))
    await db.execute("UPDATE sms_message SET ends_at = clock_timestamp()")
    assert [] == await take(db)
    assert [("failed", "")] == await states(db)


@pytest.mark.parametrize(("keep_text", "kept"), [(False, ""), (True, "您好")])
async def test_what_was_sent_keeps_no_text(db: Connection, *, keep_text: bool, kept: str) -> None:
    """Nobody reads codes in a backup; the development box alone keeps them to be seen."""
    await queue(db)
    async with acting(db, AUTH):
        (message,) = await sms_messages.take(db, limit=1)
        await sms_messages.note_sent(db, message.id, keep_text=keep_text)
        assert [("sent", kept)] == [(each.state, each.text) for each in await sms_messages.newest(db, limit=5)]


async def test_what_the_gateway_never_takes_has_failed(db: Connection) -> None:
    """It is not tried again."""
    await queue(db)
    async with acting(db, AUTH):
        (message,) = await sms_messages.take(db, limit=1)
        assert Message(id=message.id, mobile=str(MOBILE), text="您好") == message
        await sms_messages.note_failed(db, message.id)
    await db.execute("UPDATE sms_message SET next_try_at = clock_timestamp()")
    assert [] == await take(db)


async def test_what_was_done_long_ago_goes(db: Connection) -> None:
    """A month later, and what still waits stays."""
    await queue(db)
    await queue(db)
    async with acting(db, AUTH):
        (message,) = await sms_messages.take(db, limit=1)
        await sms_messages.note_sent(db, message.id)
        assert 0 == await sms_messages.purge(db)
    await db.execute("UPDATE sms_message SET queued_at = queued_at - $1::interval", sms_messages.KEPT)
    async with acting(db, AUTH):
        assert 1 == await sms_messages.purge(db)
    assert 1 == len(await states(db))
