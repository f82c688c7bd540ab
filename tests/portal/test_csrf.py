"""Promises of services/portal/csrf.py and authentication.py: who asks is believed only when it asks for itself."""

from typing import Any

import attrs
import pytest

from services.portal import authentication
from services.portal.csrf import own_origins
from services.portal.roles import PortalRole
from services.portal.settings import Origin, PortalSettings
from services.settings import PostgresUrl
from tests.portal.conftest import VisitorOf
from tests.portal.visitors import Visitor

SETTINGS = PortalSettings(database_url=PostgresUrl("postgresql://x/y"))


@pytest.fixture
async def page(visitor: VisitorOf) -> Visitor:
    """Somebody on the portal's own page."""
    return await visitor(PortalRole.REVIEWER)


async def secret_of(page: Visitor) -> str:
    """Make a token."""
    made = await page.post("/tokens", {"name": "payroll", "scopes": ["me:read"], "days": 1})
    return str(made["secret"])


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"X-CSRF-Token": ""}, "CSRF_TOKEN"),
        ({"X-CSRF-Token": "0" * 64}, "CSRF_TOKEN"),
        ({"X-CSRF-Token": "é"}, "CSRF_TOKEN"),
        ({"Origin": "https://evil.example"}, "ORIGIN_FOREIGN"),
        ({"Origin": "null"}, "ORIGIN_FOREIGN"),
        ({"Origin": ""}, "ORIGIN_FOREIGN"),
        ({"Sec-Fetch-Site": "cross-site"}, "ORIGIN_FOREIGN"),
        ({"Sec-Fetch-Site": "same-site"}, "ORIGIN_FOREIGN"),
        ({"Sec-Fetch-Site": "none"}, "ORIGIN_FOREIGN"),
    ],
)
async def test_what_another_page_sends_is_refused(page: Visitor, headers: dict[str, str], code: str) -> None:
    """However good the cookie is; and nothing has happened."""
    given = await page.ask("DELETE", "/session", headers=headers)
    assert (403, [code]) == (given.status, given.codes)
    assert 200 == (await page.ask("GET", "/me")).status


async def test_a_request_that_tells_no_origin_is_refused(page: Visitor) -> None:
    """Every browser of today tells one of the two; a program has a token of its own."""
    silent = attrs.evolve(page, headers={name: text for name, text in page.headers.items() if name != "Origin"})
    given = await silent.ask("DELETE", "/session")
    assert (403, ["ORIGIN_FOREIGN"]) == (given.status, given.codes)
    assert 204 == (await silent.ask("DELETE", "/session", headers={"Sec-Fetch-Site": "same-origin"})).status


async def test_the_token_of_another_session_is_not_enough(page: Visitor, visitor: VisitorOf) -> None:
    """A stranger's own token does not fit the victim's cookie."""
    stranger = await visitor(PortalRole.REVIEWER)
    token = stranger.headers["X-CSRF-Token"]
    given = await page.ask("DELETE", "/session", headers={"X-CSRF-Token": token})
    assert ["CSRF_TOKEN"] == given.codes


async def test_all_names_of_this_machine_are_one(page: Visitor) -> None:
    """Who opened localhost is not refused for it."""
    origin = page.origin.replace("127.0.0.1", "localhost")
    assert 204 == (await page.ask("DELETE", "/session", headers={"Origin": origin})).status


@pytest.mark.parametrize(
    ("facts", "origins"),
    [
        ({"public_origin": Origin("https://fund.example")}, {"https://fund.example"}),
        ({"http_host": "192.0.2.1"}, {"http://192.0.2.1:8080"}),
    ],
)
def test_elsewhere_there_is_one_origin(facts: dict[str, Any], origins: set[str]) -> None:
    """No other name, and no other port of this machine."""
    assert origins == own_origins(attrs.evolve(SETTINGS, **facts))


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({}, "subsidy"),
        ({"http_host": "::1"}, "subsidy"),
        ({"http_host": "0.0.0.0"}, "__Host-subsidy"),  # noqa: S104 - a setting, not a server.
        ({"http_host": "192.0.2.1"}, "__Host-subsidy"),
        ({"public_origin": Origin("https://fund.example")}, "__Host-subsidy"),
        ({"public_origin": Origin("http://fund.example")}, "__Host-subsidy"),
        ({"public_origin": Origin("http://localhost:8080")}, "subsidy"),
        ({"public_origin": Origin("http://localhost:8080"), "http_host": "192.0.2.1"}, "__Host-subsidy"),
    ],
)
def test_a_plain_cookie_stays_on_this_machine(facts: dict[str, Any], name: str) -> None:
    """Whatever can be reached from elsewhere has a Secure cookie, even if nobody set up https yet."""
    settings = attrs.evolve(SETTINGS, **facts)
    cookie = authentication.session_cookie(settings, "x")
    assert (name, name == "__Host-subsidy") == (cookie.partition("=")[0], cookie.endswith("; Secure"))


async def test_a_program_needs_no_csrf_token(page: Visitor, server: str) -> None:
    """No browser adds its token by itself; what it may not do is refused for that reason."""
    program = attrs.evolve(page, headers={"Authorization": f"Bearer {await secret_of(page)}"})
    assert "reviewer" == (await program.get("/me"))["role"]
    assert 200 == (await program.ask("GET", "/me", headers={"Authorization": f"bEARER {await secret_of(page)}"})).status
    given = await program.ask("DELETE", "/session")
    assert (403, ["PEOPLE_ONLY"]) == (given.status, given.codes)


async def test_nobody_is_two(page: Visitor) -> None:
    """A request with a cookie and a token says not who asks; even a dead cookie is one too many."""
    bearer = f"Bearer {await secret_of(page)}"
    for cookie in (page.headers["Cookie"], "subsidy=dead"):
        given = await page.ask("GET", "/me", headers={"Authorization": bearer, "Cookie": cookie})
        assert (400, ["TWO_CREDENTIALS"]) == (given.status, given.codes)
    async with page.http.get(
        f"{page.origin}/api/v1/me", headers=[("Authorization", bearer), ("Authorization", bearer)]
    ) as response:
        assert 400 == response.status


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic eDp5",
        "Bearer subsidy_" + "A" * 43,
        "Bearer subsidy_" + "A" * 4000,
        "é",
    ],
)
async def test_a_wrong_token_is_refused(page: Visitor, header: str) -> None:
    """Even where a session would do, and with the scheme that is expected."""
    program = attrs.evolve(page, headers={})
    given = await program.ask("GET", "/me", headers={"Authorization": header})
    assert (401, ["TOKEN_WRONG"]) == (given.status, given.codes)
    assert given.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("cookie", ["", "subsidy=", "subsidy=x", "subsidy=" + "A" * 43, "__Host-subsidy=" + "A" * 43])
async def test_without_a_session_nobody_asks(page: Visitor, cookie: str) -> None:
    """Reading and changing are answered alike: log in first."""
    stranger = attrs.evolve(page, headers={"Cookie": cookie})
    for method, path in (("GET", "/me"), ("DELETE", "/session")):
        given = await stranger.ask(method, path)
        assert (401, ["NOT_LOGGED_IN"]) == (given.status, given.codes)


async def test_a_cookie_under_another_name_is_none(page: Visitor) -> None:
    """The plain name is not taken for the one that browsers protect, nor the other way round."""
    token = page.headers["Cookie"].partition("=")[2]
    given = await page.ask("GET", "/me", headers={"Cookie": f"__Host-subsidy={token}"})
    assert 401 == given.status
