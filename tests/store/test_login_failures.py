"""Promises of services/store/login_failures.py: no more tries than the limits, however they come."""

import asyncio
from datetime import timedelta

import pytest

from services.store import login_failures
from services.store.database import Connection, acting, connect
from services.store.login_failures import Attempt, TooOften
from tests.store.test_users import AUTH
from tests.store.waiting import until_somebody_waits

WINDOW = timedelta(minutes=15)
LIMITS = {"login/x": 3, "address/y": 5}


async def attempt(db: Connection, limits: dict[str, int] | None = None) -> Attempt | TooOften:
    """Try once."""
    async with acting(db, AUTH):
        return await login_failures.attempt(db, LIMITS if limits is None else limits, WINDOW)


async def forgive(db: Connection, tried: Attempt | TooOften, *names: str) -> None:
    """The password was right."""
    assert isinstance(tried, Attempt)
    async with acting(db, AUTH):
        await login_failures.forgive(db, tried, names)


async def test_failures_count_until_the_limit(db: Connection) -> None:
    """The narrowest limit decides, and says how long to wait: until its oldest failure counts no more."""
    assert [Attempt] * 3 + [TooOften] * 2 == [type(await attempt(db)) for _ in range(5)]
    await db.execute("UPDATE login_failure SET failed_at = failed_at - interval '14 minutes' WHERE id <= 2")
    refused = await attempt(db)
    assert isinstance(refused, TooOften)
    assert timedelta(seconds=50) < refused.wait <= timedelta(seconds=60)


async def test_a_refused_try_does_not_count(db: Connection) -> None:
    """Who goes on trying does not prolong the wait, neither the own nor that of others at the same address."""
    for _ in range(10):
        await attempt(db)
    assert 6 == await db.fetchval("SELECT count(*) FROM login_failure")
    assert isinstance(await attempt(db, {"login/other": 3, "address/y": 5}), Attempt)


async def test_the_address_has_a_limit_of_its_own(db: Connection) -> None:
    """Many logins from one address are stopped by it."""
    tried = [type(await attempt(db, {f"login/{number}": 3, "address/y": 5})) for number in range(6)]
    assert [Attempt] * 5 + [TooOften] == tried
    assert isinstance(await attempt(db, {"login/0": 3, "address/z": 5}), Attempt)


async def test_old_failures_count_no_more(db: Connection) -> None:
    """When the window has passed there is another try, and the rows can go."""
    for _ in range(3):
        await attempt(db)
    await db.execute("UPDATE login_failure SET failed_at = failed_at - $1::interval", WINDOW)
    assert isinstance(await attempt(db), Attempt)
    async with acting(db, AUTH):
        assert 6 == await login_failures.purge(db, WINDOW)
    assert 2 == await db.fetchval("SELECT count(*) FROM login_failure")


async def test_a_right_password_is_no_failure(db: Connection) -> None:
    """It takes back its own try everywhere, and of the names given all tries; other names keep their failures."""
    for _ in range(2):
        await attempt(db)
    await forgive(db, await attempt(db), "login/x")
    left = await db.fetch("SELECT what, count(*) FROM login_failure GROUP BY what")
    assert [("address/y", 2)] == [tuple(row) for row in left]


async def test_where_a_login_has_succeeded_strangers_do_not_keep_it_out(db: Connection) -> None:
    """There only its own failures count, and those of the address; elsewhere, or a month later, all of them."""
    home = {"login-from/x/home": 2, "login/x": 3, "address/home": 5}
    away = {"login-from/x/away": 9, "login/x": 3, "address/away": 9}
    await forgive(db, await attempt(db, home), "login-from/x/home")
    assert [Attempt] * 3 + [TooOften] == [type(await attempt(db, away)) for _ in range(4)]
    assert [Attempt] * 2 + [TooOften] == [type(await attempt(db, home)) for _ in range(3)]
    await db.execute("DELETE FROM login_failure WHERE what = 'login-from/x/home'")
    assert isinstance(await attempt(db, home), Attempt)
    await db.execute("UPDATE login_place SET succeeded_at = now() - $1::interval", login_failures.PLACE_KEPT)
    assert isinstance(await attempt(db, home), TooOften)
    async with acting(db, AUTH):
        assert 1 == await login_failures.purge(db, WINDOW)
    assert 0 == await db.fetchval("SELECT count(*) FROM login_place")


async def test_tries_at_the_same_moment_do_not_slip_through_together(db: Connection, database_url: str) -> None:
    """The second one waits until the first one is counted."""
    for _ in range(2):
        await attempt(db)
    other = await connect(database_url)
    try:
        first = db.transaction()
        await first.start()
        await login_failures.attempt(db, LIMITS, WINDOW)
        second = asyncio.create_task(attempt(other, {"address/y": 99, "login/x": 3}))
        await until_somebody_waits(database_url)
        await first.commit()
        assert isinstance(await second, TooOften)
    finally:
        await other.close()


@pytest.mark.parametrize("limit", [1, 2])
async def test_a_crowd_gets_exactly_the_limit(db: Connection, database_url: str, limit: int) -> None:
    """Ten at once, from several connections, in any order of their names."""
    crowd = [await connect(database_url) for _ in range(10)]
    try:
        async with asyncio.timeout(20):
            tried = await asyncio.gather(
                *(
                    attempt(connection, dict([("a", limit), ("b", 99)][:: 1 if number % 2 else -1]))
                    for number, connection in enumerate(crowd)
                )
            )
        assert limit == sum(isinstance(each, Attempt) for each in tried)
    finally:
        for connection in crowd:
            await connection.close()
