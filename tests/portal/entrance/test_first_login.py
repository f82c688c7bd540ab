"""Promises of the first login (F8-F11, I30, design §12 on D-1): codes that anybody can look up open nothing by themselves."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeAlias

import attrs
import pytest

from libsubsidy import Policy
from services.portal.portal import Portal
from services.store import first_passwords, users
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.users import UserState
from tests.portal.entrance.conftest import INITIAL, MOBILE, OWN, code_sent
from tests.portal.visitors import Given, Visitor
from tests.store import fund
from tests.store.test_users import AUTH, CREDIT_CODE, ORG_CODE

LogIn: TypeAlias = Callable[..., Awaitable[Given]]


@pytest.fixture
def log_in(client: Visitor) -> LogIn:
    """Ask for a session with the initial password."""

    async def asked(password: str = INITIAL[0], code: str = "", login: str = str(ORG_CODE)) -> Given:
        return await client.ask("POST", "/session", json={"login": login, "password": password, "code": code})

    return asked


async def messages(db: Connection) -> int:
    """How many messages were queued."""
    count: int = await db.fetchval("SELECT count(*) FROM sms_message")
    return count


def answered(given: Given) -> tuple[int, list[str]]:
    """Status and codes."""
    return given.status, given.codes


@pytest.mark.parametrize("login", [str(ORG_CODE), ORG_CODE.hyphenated, str(CREDIT_CODE)])
@pytest.mark.parametrize("password", INITIAL)
async def test_either_initial_password_opens_with_the_code(
    db: Connection, newcomer: Employer, log_in: LogIn, login: str, password: str
) -> None:
    """F8, F9: by either code and either ending; the code goes to the mobile on file, of which four digits are told."""
    asked = await log_in(password, login=login)
    assert (403, ["FIRST_LOGIN_SMS_CODE"]) == answered(asked)
    assert ({"ending": "1234"}, 1) == (asked.body["violations"][0]["params"], await messages(db))
    given = await log_in(password, await code_sent(db), login=login)
    assert (200, True, newcomer.name) == (given.status, given.body["must_change"], given.body["employer"]["name"])


async def test_the_code_alone_opens_nothing_either(db: Connection, newcomer: Employer, log_in: LogIn) -> None:
    """A wrong password is a wrong login, whatever code comes with it, and asks for no code."""
    assert (401, ["LOGIN_FAILED"]) == answered(await log_in("000000"))
    assert 0 == await messages(db)
    await log_in()
    code = await code_sent(db)
    assert (401, ["LOGIN_FAILED"]) == answered(await log_in("000000", code))
    assert 200 == (await log_in(code=code)).status


async def test_a_wrong_code_is_a_try(db: Connection, newcomer: Employer, log_in: LogIn) -> None:
    """Five of them end the code, though each request is refused and rolled back; a code is used once."""
    await log_in()
    code = await code_sent(db)
    for step in range(1, 6):
        wrong = f"{(int(code) + step) % 10**6:06}"
        assert (422, ["SMS_CODE_WRONG"]) == answered(await log_in(code=wrong))
    assert (422, ["SMS_CODE_WRONG"]) == answered(await log_in(code=code))


async def test_asking_twice_sends_one_code_a_minute(db: Connection, newcomer: Employer, log_in: LogIn) -> None:
    """Whoever logs in again is asked for the one that is on its way."""
    for _ in range(3):
        assert (403, ["FIRST_LOGIN_SMS_CODE"]) == answered(await log_in())
    assert 1 == await messages(db)
    assert 200 == (await log_in(code=await code_sent(db))).status


async def test_without_a_mobile_the_bureaus_code_is_needed(db: Connection, newcomer: Employer, log_in: LogIn) -> None:
    """No message goes anywhere; the code is taken in small or capital letters, and an older one no more."""
    async with acting(db, fund.BUREAU):
        old = await first_passwords.open_window(db, newcomer.id, mobile=None, policy=Policy())
        new = await first_passwords.open_window(db, newcomer.id, mobile=None, policy=Policy())
    assert (403, ["FIRST_LOGIN_ACTIVATION_CODE"]) == answered(await log_in())
    for wrong in (old.activation_code, "", "000000"):
        assert answered(await log_in(code=wrong or "x"))[0] == 422
    assert 0 == await messages(db)
    assert 200 == (await log_in(code=f" {new.activation_code.upper()} ")).status


async def test_after_the_window_it_opens_nothing(
    db: Connection, portal: Portal, newcomer: Employer, log_in: LogIn
) -> None:
    """I30: not even with the code; the bureau opens it again, and the answer says so."""
    await log_in()
    code = await code_sent(db)
    await db.execute("UPDATE portal_user SET password_ends_at = now()")
    for given in (await log_in(), await log_in(code=code)):
        assert (403, ["FIRST_LOGIN_ENDED"]) == answered(given)
    async with acting(db, fund.BUREAU):
        await first_passwords.open_window(db, newcomer.id, mobile=MOBILE, policy=portal.policy)
    assert 200 == (await log_in(code=code)).status


async def test_the_first_change_ends_the_initial_password_for_ever(
    db: Connection, client: Visitor, newcomer: Employer, log_in: LogIn
) -> None:
    """I30: from then on it is a wrong password like any other, and no code is sent for it."""
    await log_in()
    given = await log_in(code=await code_sent(db))
    page = inside(client, given)
    for refused in INITIAL:
        assert 422 == (await page.ask("POST", "/me/password", json={"new_password": refused})).status
    changed = await page.post("/me/password", {"new_password": OWN})
    assert not changed["must_change"]
    for initial in INITIAL:
        assert (401, ["LOGIN_FAILED"]) == answered(await log_in(initial))
    assert (1, 200) == (await messages(db), (await log_in(OWN)).status)


async def test_nobody_logs_in_for_the_first_time_who_is_disabled(
    db: Connection, newcomer: Employer, log_in: LogIn
) -> None:
    """It is the answer of every wrong login, and no message."""
    async with acting(db, AUTH):
        known = await users.find(db, str(ORG_CODE))
        assert known is not None
        await users.set_state(db, known.user.id, UserState.DISABLED)
    assert ((401, ["LOGIN_FAILED"]), 0) == (answered(await log_in()), await messages(db))


async def test_a_forgotten_window_leaves_sessions_to_their_own_end(
    db: Connection, client: Visitor, newcomer: Employer, log_in: LogIn
) -> None:
    """Who is inside when the window closes still sets the password."""
    await log_in()
    page = inside(client, await log_in(code=await code_sent(db)))
    await db.execute("UPDATE portal_user SET password_ends_at = now() - $1::interval", timedelta(minutes=1))
    assert not (await page.post("/me/password", {"new_password": OWN}))["must_change"]


def inside(client: Visitor, given: Given) -> Visitor:
    """The same browser, logged in."""
    cookie = given.headers["Set-Cookie"].partition(";")[0]
    return attrs.evolve(client, headers={**client.headers, "Cookie": cookie, "X-CSRF-Token": given.body["csrf_token"]})
