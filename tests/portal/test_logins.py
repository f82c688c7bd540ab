"""Promises of services/portal/logins.py: one answer for every wrong login, and a session for every right one."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any, TypeAlias

import aiohttp
import attrs
import pytest
from argon2 import PasswordHasher

from libsubsidy import CreditCode, OrganizationCode
from services.portal import attempts
from services.portal import server as servers
from services.portal.app import make_app
from services.portal.passwords import WAITING_MAX, cores
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.portal.settings import Origin, PortalSettings, Proxies
from services.store import employers, login_failures, tokens, users
from services.store.database import Actor, Connection, Pool, Role, acting
from services.store.employers import NewEmployer
from services.store.password_hashes import MEMORY_KIB
from services.store.users import NewUser, User, UserState
from tests.portal.conftest import Town
from tests.portal.visitors import Given, Visitor
from tests.store import fund

AUTH = Actor(role=Role.AUTH, name="tests", origin="tests")
PASSWORD = "correct horse battery"
COOKIE = "subsidy"

LogIn: TypeAlias = Callable[..., Awaitable[Given]]
Add: TypeAlias = Callable[..., Awaitable[User]]


@pytest.fixture
def settings(settings: PortalSettings) -> PortalSettings:
    """The portal believes what this machine says of whence requests come."""
    return attrs.evolve(settings, trusted_proxies=Proxies("127.0.0.1"))


@pytest.fixture
async def client(server: str) -> AsyncIterator[Visitor]:
    """A browser that is not logged in, on the portal's own page."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Visitor(http=http, origin=server, user=None, headers={"Origin": server})


@pytest.fixture
def log_in(client: Visitor) -> LogIn:
    """Ask for a session."""

    async def asked(login: str, password: str = PASSWORD, **headers: str) -> Given:
        body = {"login": login, "password": password}
        return await client.ask("POST", "/session", json=body, headers=headers)

    return asked


@pytest.fixture
async def add(db: Connection, portal: Portal) -> Add:
    """Add a user with a password."""

    async def added(role: PortalRole, password: str = PASSWORD, **facts: Any) -> User:
        password_hash = await portal.passwords.hash(password)
        async with acting(db, AUTH):
            return await users.add(db, NewUser(role=role.value, name="张三", password_hash=password_hash, **facts))

    return added


@pytest.fixture
async def reviewer(add: Add) -> User:
    """A reviewer who logs in as `zhang.san`."""
    return await add(PortalRole.REVIEWER, login="zhang.san")


def cookie_of(given: Given) -> str:
    """The session's token that an answer sets."""
    return SimpleCookie(given.headers["Set-Cookie"])[COOKIE].value


def as_page(client: Visitor, given: Given) -> Visitor:
    """The same browser after an answer that logged it in."""
    headers = {**client.headers, "Cookie": f"{COOKIE}={cookie_of(given)}", "X-CSRF-Token": given.body["csrf_token"]}
    return attrs.evolve(client, headers=headers)


async def test_a_login_opens_a_session(client: Visitor, log_in: LogIn, reviewer: User) -> None:
    """The cookie is HttpOnly and for our own pages, and the answer says who asks, as it is said later."""
    given = await log_in("Zhang.San")

    assert 200 == given.status, given.body
    assert ("reviewer", "张三", None) == (given.body["role"], given.body["name"], given.body["scopes"])
    assert f"{COOKIE}={cookie_of(given)}; Path=/; HttpOnly; SameSite=Lax" == given.headers["Set-Cookie"]
    assert "no-store" in given.headers["Cache-Control"]
    who = await as_page(client, given).get("/me")
    assert (given.body, str(reviewer.id)) == (who, who["user_id"])


async def test_an_employer_logs_in_by_its_codes(client: Visitor, log_in: LogIn, add: Add, db: Connection) -> None:
    """By either code, as people write them, and is told for which employer (D-1, manual L10)."""
    credit_code = CreditCode.parse("91110000600037341L")
    async with acting(db, fund.BUREAU):
        employer = await employers.register(
            db, NewEmployer(name="甲", org_code=OrganizationCode.parse("60003734-1"), credit_code=credit_code)
        )
    await add(PortalRole.EMPLOYER, employer_id=employer.id)
    for login in ("600037341", "60003734-1", "91110000600037341l", " 9111 0000 6000 3734 1L "):
        given = await log_in(login)
        assert (login, 200) == (login, given.status)
        expected = {
            "id": str(employer.id),
            "code": employer.code,
            "name": "甲",
            "state": "active",
            "initialised": False,
        }
        assert (expected, None) == (given.body["employer"], given.body["person_id"])
        assert given.body == await as_page(client, given).get("/me")


async def test_an_employee_logs_in_by_the_id_number(client: Visitor, log_in: LogIn, add: Add, town: Town) -> None:
    """And learns nothing of any employer here."""
    await add(PortalRole.EMPLOYEE, person_id=town.people[0])
    given = await log_in(str(fund.id_number(1)).lower())
    assert (200, str(town.people[0]), None) == (given.status, given.body["person_id"], given.body["employer"])
    assert given.body == await as_page(client, given).get("/me")


async def test_whatever_is_wrong_gets_one_answer(log_in: LogIn, reviewer: User, add: Add, db: Connection) -> None:
    """Unknown, wrong password, disabled, and what can be no login at all: byte by byte the same."""
    gone = await add(PortalRole.AUDITOR, login="gone")
    async with acting(db, AUTH):
        await users.set_state(db, gone.id, UserState.DISABLED)
    tried = [
        ("zhang.san", "wrong"),
        ("zhang.san", ""),
        ("nobody", PASSWORD),
        ("gone", PASSWORD),
        ("", ""),
        ("王", "王"),
    ]
    given = [await log_in(login, password) for login, password in tried]
    assert [401] * len(tried) == [each.status for each in given]
    assert ["LOGIN_FAILED"] == given[0].codes
    assert [given[0].body] * len(tried) == [each.body for each in given]
    varying = {"date", "x-request-id"}
    headers = [{name: value for name, value in each.headers.items() if name.lower() not in varying} for each in given]
    assert [headers[0]] * len(tried) == headers
    assert "Set-Cookie" not in headers[0]


async def test_an_unknown_login_takes_as_long_as_a_wrong_password(log_in: LogIn, reviewer: User) -> None:
    """The quickest of some tries of each, taken in turns, so that the machine's other work does not count."""
    seconds: dict[str, list[float]] = {"zhang.san": [], "nobody": []}
    for number in range(9):
        for login, taken in seconds.items():
            started = time.perf_counter()
            given = await log_in(login, "wrong", **{"X-Forwarded-For": f"192.0.2.{number}"})
            taken.append(time.perf_counter() - started)
            assert 401 == given.status
    ratio = min(seconds["nobody"]) / min(seconds["zhang.san"])
    assert 0.7 < ratio < 1.4, ratio


async def test_a_cookie_from_before_the_login_is_ended(client: Visitor, log_in: LogIn, reviewer: User) -> None:
    """Nobody can prepare a session for somebody else to log in to; the new one has another token."""
    before = as_page(client, await log_in("zhang.san"))
    after = as_page(client, await log_in("zhang.san", Cookie=before.headers["Cookie"]))
    assert (401, 200) == ((await before.ask("GET", "/me")).status, (await after.ask("GET", "/me")).status)


@pytest.mark.parametrize("cookie", ["", "A" * 43, "made-up", '"'])
async def test_a_made_up_cookie_neither_helps_nor_hinders(log_in: LogIn, reviewer: User, cookie: str) -> None:
    """The browser may still hold an old one when it logs in."""
    given = await log_in("zhang.san", Cookie=f"{COOKIE}={cookie}")
    assert (200, True) == (given.status, cookie_of(given) != cookie)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_no_other_site_logs_anybody_in(log_in: LogIn, reviewer: User, headers: dict[str, str]) -> None:
    """A stranger's page cannot put a visitor into the stranger's own account."""
    given = await log_in("zhang.san", **headers)
    assert (403, ["ORIGIN_FOREIGN"], False) == (given.status, given.codes, "Set-Cookie" in given.headers)


async def test_wrong_passwords_are_slowed_down(log_in: LogIn, reviewer: User) -> None:
    """After ten even the right one waits, for whatever spelling of the login; from elsewhere it is let in."""
    for _ in range(attempts.OF_LOGIN_FROM_ADDRESS_MAX):
        assert 401 == (await log_in("zhang.san", "wrong")).status
    refused = await log_in(" ZHANG.SAN", PASSWORD)
    assert (429, ["LOGIN_TOO_OFTEN"]) == (refused.status, refused.codes)
    assert 0 < int(refused.headers["Retry-After"]) <= attempts.WINDOW.total_seconds()
    assert 200 == (await log_in("zhang.san", PASSWORD, **{"X-Forwarded-For": "192.0.2.9"})).status


async def test_who_is_sent_away_unseen_has_not_failed(log_in: LogIn, reviewer: User, portal: Portal) -> None:
    """While a crowd waits for its passwords, tries are answered 503, and none of them counts (ASVS 5.0, 6.3.1)."""
    held = threading.Event()
    for _ in range(cores()):
        portal.passwords._threads.submit(held.wait)
    crowd = [asyncio.create_task(portal.passwords.fits("x", None)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    try:
        given = [(await log_in("zhang.san", "wrong")).status for _ in range(attempts.OF_LOGIN_FROM_ADDRESS_MAX + 1)]
    finally:
        for each in crowd:
            each.cancel()
        held.set()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert [503] * (attempts.OF_LOGIN_FROM_ADDRESS_MAX + 1) == given
    assert 401 == (await log_in("zhang.san", "wrong")).status
    assert 200 == (await log_in("zhang.san", PASSWORD)).status


async def test_unknown_logins_are_slowed_down_alike(log_in: LogIn) -> None:
    """The limit does not tell who exists."""
    given = [(await log_in("nobody", "wrong")).status for _ in range(attempts.OF_LOGIN_FROM_ADDRESS_MAX + 1)]
    assert [401] * attempts.OF_LOGIN_FROM_ADDRESS_MAX + [429] == given


async def test_tries_at_once_do_not_pass_the_limit(log_in: LogIn, reviewer: User) -> None:
    """A crowd of tries is counted one by one."""
    given = await asyncio.gather(*(log_in("zhang.san", f"wrong {number}") for number in range(25)))
    counted = Counter(each.status for each in given)
    assert {401: attempts.OF_LOGIN_FROM_ADDRESS_MAX, 429: 25 - attempts.OF_LOGIN_FROM_ADDRESS_MAX} == counted


async def test_a_right_password_makes_good_for_the_wrong_ones(log_in: LogIn, reviewer: User) -> None:
    """Who mistypes now and then is never kept out."""
    for _ in range(3):
        for _ in range(attempts.OF_LOGIN_FROM_ADDRESS_MAX - 1):
            assert 401 == (await log_in("zhang.san", "wrong")).status
        assert 200 == (await log_in("zhang.san")).status


async def test_an_address_may_not_try_everybody(log_in: LogIn, db: Connection) -> None:
    """One password for many logins is stopped by the limit of the address, an office's few mistakes are not."""
    async with acting(db, AUTH):
        for number in range(attempts.OF_ADDRESS_MAX - 1):
            names = {"address/192.0.2.7": attempts.OF_ADDRESS_MAX, f"login/{number}": 1}
            await login_failures.attempt(db, names, attempts.WINDOW)
    given = [(await log_in(f"user{n}", "x", **{"X-Forwarded-For": "192.0.2.7"})).status for n in range(2)]
    assert [401, 429] == given


async def test_a_hash_of_other_parameters_is_renewed(log_in: LogIn, reviewer: User, db: Connection) -> None:
    """When its password is next seen; the password stays the same, and so do sessions."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await db.execute("UPDATE portal_user SET password_hash = $1", weak)
    assert [200, 200] == [(await log_in("zhang.san")).status for _ in range(2)]
    renewed = await db.fetchval("SELECT password_hash FROM portal_user")
    assert f"$m={MEMORY_KIB},t=1,p=1$" in renewed
    assert 2 == await db.fetchval("SELECT count(*) FROM portal_session")


async def test_logging_out_ends_the_session(client: Visitor, log_in: LogIn, reviewer: User) -> None:
    """The browser forgets the cookie, and whoever has kept it is not let in."""
    page = as_page(client, await log_in("zhang.san"))
    given = await page.ask("DELETE", "/session")
    assert (204, True) == (given.status, f"{COOKIE}=; Max-Age=0" in given.headers["Set-Cookie"])
    again = await page.ask("GET", "/me")
    assert (401, ["NOT_LOGGED_IN"], True) == (again.status, again.codes, "WWW-Authenticate" in again.headers)


async def test_an_idle_session_ends(client: Visitor, log_in: LogIn, reviewer: User, db: Connection) -> None:
    """After the time that the answer of the login has told."""
    given = await log_in("zhang.san")
    page = as_page(client, given)
    idle = "UPDATE portal_session SET seen_at = now() - make_interval(secs => $1)"
    await db.execute(idle, given.body["idle_seconds"] - 30)
    assert 200 == (await page.ask("GET", "/me")).status
    await db.execute(idle, given.body["idle_seconds"] + 1)
    assert 401 == (await page.ask("GET", "/me")).status


async def test_changing_the_password(client: Visitor, log_in: LogIn, reviewer: User) -> None:
    """Other sessions end, this one goes on under another cookie and CSRF token, and the old password is nothing."""
    here, elsewhere = [as_page(client, await log_in("zhang.san")) for _ in range(2)]
    body = {"old_password": PASSWORD, "new_password": "another one altogether"}
    given = await here.ask("POST", "/me/password", json=body)
    assert 200 == given.status, given.body
    after = as_page(client, given)
    assert [401, 401, 200] == [(await each.ask("GET", "/me")).status for each in (here, elsewhere, after)]
    assert here.headers["X-CSRF-Token"] != after.headers["X-CSRF-Token"]
    assert [401, 200] == [(await log_in("zhang.san", each)).status for each in body.values()]


@pytest.mark.parametrize("revoke", [None, False, True])
async def test_a_change_of_password_ends_tokens_when_asked(
    client: Visitor, log_in: LogIn, reviewer: User, db: Connection, *, revoke: bool | None
) -> None:
    """Programs go on, unless the old password may have been known to others who made tokens with it."""
    async with acting(db, AUTH):
        _, secret = await tokens.add(db, reviewer.id, name="m", scopes=["me:read"], lasting=timedelta(days=1))
    page = as_page(client, await log_in("zhang.san"))
    body = {"old_password": PASSWORD, "new_password": "another one altogether"}
    asked = {} if revoke is None else {"revoke_tokens": revoke}
    assert 200 == (await page.ask("POST", "/me/password", json=body | asked)).status
    machine = attrs.evolve(client, headers={"Authorization": f"Bearer {secret}"})
    assert (401 if revoke else 200) == (await machine.ask("GET", "/me")).status


async def test_strangers_do_not_keep_a_login_out_of_its_own_place(log_in: LogIn, reviewer: User) -> None:
    """Thirty failures from three addresses close the login to all others, and not where it has succeeded before."""
    home, elsewhere = ({"X-Forwarded-For": each} for each in ("192.0.2.1", "192.0.2.2"))
    assert 200 == (await log_in("zhang.san", **home)).status
    for number in range(attempts.OF_LOGIN_MAX):
        stranger = {"X-Forwarded-For": f"198.51.100.{number // attempts.OF_LOGIN_FROM_ADDRESS_MAX}"}
        assert 401 == (await log_in("zhang.san", "wrong", **stranger)).status
    assert [429, 200] == [(await log_in("zhang.san", **place)).status for place in (elsewhere, home)]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"old_password": "wrong"}, "PASSWORD_WRONG", "/old_password"),
        ({"new_password": "1234567"}, "PASSWORD_SHORT", "/new_password"),
        ({"new_password": "x" * 129}, "PASSWORD_LONG", "/new_password"),
        ({"new_password": "password123"}, "PASSWORD_COMMON", "/new_password"),
        ({"new_password": "Zhang.San.Long.Name"}, "PASSWORD_KNOWN", "/new_password"),
        ({"new_password": PASSWORD}, "PASSWORD_SAME", "/new_password"),
    ],
)
async def test_a_password_is_not_changed_to_anything(
    client: Visitor, log_in: LogIn, add: Add, *, body: dict[str, str], code: str, pointer: str
) -> None:
    """What is wrong is told with its place, and the session goes on."""
    await add(PortalRole.REVIEWER, login="zhang.san.long.name")
    page = as_page(client, await log_in("zhang.san.long.name"))
    known = {"old_password": PASSWORD, "new_password": "another one altogether"}
    given = await page.ask("POST", "/me/password", json=known | body)
    assert (422, [code], pointer) == (given.status, given.codes, given.body["violations"][0]["pointer"])
    assert [200, 200] == [(await page.ask("GET", "/me")).status, (await log_in("zhang.san.long.name")).status]


async def test_the_present_password_is_not_guessed_in_a_stolen_session(
    client: Visitor, log_in: LogIn, reviewer: User
) -> None:
    """Tries at the change of password count like those at the login."""
    page = as_page(client, await log_in("zhang.san"))
    body = {"old_password": "wrong", "new_password": "another one altogether"}
    tries = attempts.OF_LOGIN_FROM_ADDRESS_MAX + 1
    given = [(await page.ask("POST", "/me/password", json=body)).status for _ in range(tries)]
    assert [422] * (tries - 1) + [429] == given


async def test_two_changes_at_once_are_one(client: Visitor, log_in: LogIn, reviewer: User) -> None:
    """The second one finds that the password it named is no longer the present one."""
    page = as_page(client, await log_in("zhang.san"))
    wanted = ["the first of two", "the second of two"]
    given = await asyncio.gather(
        *(page.ask("POST", "/me/password", json={"old_password": PASSWORD, "new_password": each}) for each in wanted)
    )
    assert 1 == sum(each.status == 200 for each in given), [each.body for each in given]
    assert 1 == sum([(await log_in("zhang.san", each)).status == 200 for each in wanted])


async def test_a_long_body_is_refused(client: Visitor) -> None:
    """A login is short, whoever sends it."""
    given = await client.ask("POST", "/session", json={"login": "x" * 5000, "password": ""})
    assert (413, ["BODY_TOO_LARGE"]) == (given.status, given.codes)


@pytest.mark.parametrize("public", ["https://fund.example", "http://fund.example"])
async def test_beyond_this_machine_the_cookie_is_secure(
    pool: Pool, settings: PortalSettings, add: Add, public: str
) -> None:
    """Under a name that no other host can set; and only pages of the public origin may log in."""
    await add(PortalRole.REVIEWER, login="zhang.san")
    public_settings = attrs.evolve(settings, public_origin=Origin(public))
    portal = Portal(pool=pool, settings=public_settings)
    body = {"login": "zhang.san", "password": PASSWORD}
    async with (
        servers.serving(make_app(portal), public_settings),
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        there = Visitor(http=http, origin=settings.origin, user=None, headers={"Origin": public})
        given = await there.ask("POST", "/session", json=body)
        assert 200 == given.status, given.body
        name, _, terms = given.headers["Set-Cookie"].partition("=")
        assert ("__Host-subsidy", "Path=/; HttpOnly; SameSite=Lax; Secure") == (name, terms.partition("; ")[2])
        refused = await there.ask("POST", "/session", json=body, headers={"Origin": settings.origin})
        assert ["ORIGIN_FOREIGN"] == refused.codes
