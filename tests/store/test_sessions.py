"""Promises of services/store/sessions.py: a token opens its session, until it ends by any of its limits."""

import asyncio
from datetime import timedelta

import pytest

from services.store import sessions, users
from services.store.database import Connection, acting, connect
from services.store.users import Credentials
from tests.store.test_users import AUTH, add
from tests.store.waiting import until_somebody_waits

LIFETIME = timedelta(hours=12)
IDLE = timedelta(minutes=30)


@pytest.fixture
async def known(db: Connection) -> Credentials:
    """Somebody whose password was right."""
    user = await add(db, login="zhang.san")
    async with acting(db, AUTH):
        return await users.credentials(db, user.id)


async def opened(db: Connection, known: Credentials) -> str:
    """Open a session."""
    async with acting(db, AUTH):
        token = await sessions.open_session(db, known, LIFETIME)
    assert token is not None
    return token


async def alive(db: Connection, token: str) -> bool:
    """Whether the token opens anything, without leaving a trace."""
    async with acting(db, AUTH):
        return await sessions.resolve(db, token, IDLE, noted=False) is not None


async def test_a_token_opens_its_session(db: Connection, known: Credentials) -> None:
    """It has 256 random bits, and the table holds nothing that could be sent in its place."""
    token, other = await opened(db, known), await opened(db, known)
    async with acting(db, AUTH):
        session = await sessions.resolve(db, token, IDLE)
    assert session is not None
    assert (known.user, 43, True) == (session.user, len(token), token != other)
    row = await db.fetchrow("SELECT * FROM portal_session WHERE token_hash = $1", session.token_hash)
    assert token not in str(row)
    assert session.ends_at - row["created_at"] == LIFETIME  # type: ignore[index]


@pytest.mark.parametrize("token", ["", "x", "王" * 43, "A" * 43, "A" * 100_000])
async def test_what_is_no_token_opens_nothing(db: Connection, known: Credentials, token: str) -> None:
    """Whatever is sent."""
    await opened(db, known)
    assert not await alive(db, token)


async def test_the_stored_digest_opens_nothing(db: Connection, known: Credentials) -> None:
    """Whoever has read the table is not let in by what stands there."""
    await opened(db, known)
    stored = await db.fetchval("SELECT encode(token_hash, 'hex') FROM portal_session")
    assert not await alive(db, stored)


@pytest.mark.parametrize(
    ("since_seen", "until_end", "expected"),
    [
        (timedelta(0), timedelta(minutes=1), True),
        (IDLE - timedelta(seconds=20), timedelta(hours=1), True),
        (IDLE + timedelta(seconds=1), timedelta(hours=1), False),
        (timedelta(0), timedelta(0), False),
        (timedelta(0), -timedelta(minutes=1), False),
    ],
)
async def test_a_session_ends_by_either_limit(
    db: Connection,
    known: Credentials,
    since_seen: timedelta,
    until_end: timedelta,
    expected: bool,  # noqa: FBT001 - a table.
) -> None:
    """Without requests it ends after the idle limit, and even a busy one ends at last; then it is purged."""
    token = await opened(db, known)
    await db.execute(
        "UPDATE portal_session SET seen_at = now() - $1::interval, ends_at = now() + $2::interval",
        since_seen,
        until_end,
    )
    assert expected is await alive(db, token)
    async with acting(db, AUTH):
        assert int(not expected) == await sessions.purge(db, IDLE)


async def test_being_seen_is_written_once_a_minute(db: Connection, known: Credentials) -> None:
    """A request soon after another writes nothing; a later one keeps the session from being idle."""
    token = await opened(db, known)
    await db.execute("UPDATE portal_session SET seen_at = now() - interval '50 seconds'")
    seen = "SELECT now() - seen_at > interval '30 seconds' FROM portal_session"
    async with acting(db, AUTH):
        assert await sessions.resolve(db, token, IDLE)
    assert await db.fetchval(seen)
    await db.execute("UPDATE portal_session SET seen_at = now() - interval '70 seconds'")
    assert await alive(db, token)
    assert await db.fetchval(seen), "looking without noting left a trace"
    async with acting(db, AUTH):
        assert await sessions.resolve(db, token, IDLE)
    assert not await db.fetchval(seen)


async def test_requests_of_one_page_do_not_wait_for_each_other(
    db: Connection, known: Credentials, database_url: str
) -> None:
    """While one writes that the session was seen, another one is answered without waiting."""
    token = await opened(db, known)
    await db.execute("UPDATE portal_session SET seen_at = now() - interval '2 minutes'")
    other = await connect(database_url)
    try:
        async with acting(db, AUTH):
            assert await sessions.resolve(db, token, IDLE)
            async with asyncio.timeout(5), acting(other, AUTH):
                assert await sessions.resolve(other, token, IDLE)
    finally:
        await other.close()


async def test_a_session_is_ended(db: Connection, known: Credentials) -> None:
    """Its token opens nothing any more, other sessions go on; ending it twice is no fault."""
    token, other = await opened(db, known), await opened(db, known)
    async with acting(db, AUTH):
        await sessions.end(db, token)
        await sessions.end(db, token)
    assert [False, True] == [await alive(db, each) for each in (token, other)]
    trail = await db.fetch("SELECT to_state FROM audit_event WHERE subject_kind = 'user' ORDER BY id")
    assert ["active", "logged_in", "logged_in", "logged_out"] == [row[0] for row in trail]


async def test_all_sessions_of_a_user_are_ended(db: Connection, known: Credentials) -> None:
    """Those of others are not."""
    tokens = [await opened(db, known) for _ in range(3)]
    other_user = await add(db, login="li.si")
    async with acting(db, AUTH):
        other = await sessions.open_session(db, await users.credentials(db, other_user.id), LIFETIME) or ""
        await sessions.end_all(db, known.user.id)
    assert [False] * 3 + [True] == [await alive(db, token) for token in [*tokens, other]]


async def test_a_user_has_so_many_sessions(db: Connection, known: Credentials) -> None:
    """One more ends the oldest."""
    tokens = [await opened(db, known) for _ in range(sessions.SESSIONS_PER_USER_MAX + 1)]
    assert [False] + [True] * sessions.SESSIONS_PER_USER_MAX == [await alive(db, token) for token in tokens]


async def test_a_session_of_a_password_that_was_changed_is_not_opened(
    db: Connection, known: Credentials, database_url: str
) -> None:
    """A login that waits for a change under way finds that its password is no longer right."""
    other = await connect(database_url)
    try:
        changing = db.transaction()
        await changing.start()
        await users.set_password(db, known.user.id, "another")
        opening = asyncio.create_task(sessions.open_session(other, known, LIFETIME))
        await until_somebody_waits(database_url)
        await changing.commit()
        assert await opening is None
    finally:
        await other.close()
    assert 0 == await db.fetchval("SELECT count(*) FROM portal_session")
