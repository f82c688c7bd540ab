"""Promises of services/portal/api_tokens.py: people give programs some of their own rights, for a while."""

from datetime import datetime, timedelta

import attrs
import pytest

from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.conftest import VisitorOf
from tests.portal.visitors import Visitor

NEW = {"name": "payroll", "scopes": ["me:read"], "days": 30}


@pytest.fixture
async def page(visitor: VisitorOf) -> Visitor:
    """An employer's clerk."""
    return await visitor(PortalRole.EMPLOYER)


def program(page: Visitor, secret: str) -> Visitor:
    """A program with a token."""
    return attrs.evolve(page, headers={"Authorization": f"Bearer {secret}"})


async def test_a_token_is_made_shown_once_and_acts(page: Visitor) -> None:
    """It acts as its maker; later lists have everything but the secret."""
    given = await page.ask("POST", "/tokens", json=NEW)
    assert 201 == given.status, given.body
    secret = given.body.pop("secret")
    assert f"/api/v1/tokens/{given.body['id']}" == given.headers["Location"]
    assert [given.body] == (await page.get("/tokens"))["items"]
    assert given.body == await page.get(f"/tokens/{given.body['id']}")
    lasting = datetime.fromisoformat(given.body["expires_at"]) - datetime.fromisoformat(given.body["created_at"])
    assert timedelta(days=30) == lasting
    mine, its = await page.get("/me"), await program(page, secret).get("/me")
    assert (mine["user_id"], mine["employer"], ["me:read"]) == (its["user_id"], its["employer"], its["scopes"])
    assert (None, None, given.body["expires_at"]) == (its["csrf_token"], its["idle_seconds"], its["ends_at"])


async def test_a_revoked_token_opens_nothing(page: Visitor) -> None:
    """At once; revoking it again is no fault."""
    made = await page.post("/tokens", NEW)
    assert 200 == (await program(page, made["secret"]).ask("GET", "/me")).status
    for _ in range(2):
        assert 204 == (await page.ask("DELETE", f"/tokens/{made['id']}")).status
    assert 401 == (await program(page, made["secret"]).ask("GET", "/me")).status
    assert (await page.get(f"/tokens/{made['id']}"))["revoked_at"] is not None


async def test_tokens_of_others_are_absent(page: Visitor, visitor: VisitorOf) -> None:
    """Even of a colleague: the same answer, byte by byte, as for one that does not exist."""
    colleague = await visitor(PortalRole.EMPLOYER)
    made = await page.post("/tokens", NEW)
    path = f"/tokens/{int(made['id']) + 1}"
    absent = [await colleague.ask(method, path) for method in ("GET", "DELETE")]
    there = await page.post("/tokens", NEW)
    foreign = [await colleague.ask(method, path) for method in ("GET", "DELETE")]
    assert [404, 404] == [given.status for given in foreign]
    assert [given.body for given in absent] == [given.body for given in foreign]
    assert path == f"/tokens/{there['id']}"
    assert [] == (await colleague.get("/tokens"))["items"]
    assert 200 == (await program(page, there["secret"]).ask("GET", "/me")).status


async def test_a_token_makes_no_tokens(page: Visitor) -> None:
    """Nor lists, reads or revokes them: what leaks cannot prolong itself."""
    made = await page.post("/tokens", NEW)
    machine = program(page, made["secret"])
    for method, path, body in (
        ("POST", "/tokens", NEW),
        ("GET", "/tokens", None),
        ("GET", f"/tokens/{made['id']}", None),
        ("DELETE", f"/tokens/{made['id']}", None),
    ):
        given = await machine.ask(method, path, **({} if body is None else {"json": body}))
        assert (403, ["PEOPLE_ONLY"]) == (given.status, given.codes)


@pytest.mark.parametrize(
    ("facts", "code", "pointer"),
    [
        ({"scopes": ["me:read", "everything"]}, "SCOPES_BEYOND_ROLE", "/scopes"),
        ({"scopes": [""]}, "SCOPES_BEYOND_ROLE", "/scopes"),
        ({"scopes": []}, "TOKEN_SCOPES", None),
        ({"days": 0}, "TOKEN_LASTING", None),
        ({"days": -1}, "TOKEN_LASTING", None),
        ({"days": 366}, "TOKEN_LASTING", None),
        ({"days": 2**31 - 1}, "TOKEN_LASTING", None),
        ({"days": True}, "FIELD_WRONG", "/days"),
        ({"name": " "}, None, None),
        ({"name": ""}, "TOKEN_NAME", None),
        ({"name": "a\tb"}, "TOKEN_NAME", None),
        ({"name": "x" * 101}, "TOKEN_NAME", None),
    ],
)
async def test_a_token_has_its_limits(
    page: Visitor, facts: dict[str, object], code: str | None, pointer: str | None
) -> None:
    """A year at most, the maker's own rights at most, and a name."""
    given = await page.ask("POST", "/tokens", json=NEW | facts)
    if code is None:
        assert 201 == given.status
        return
    assert (422, [code], pointer) == (given.status, given.codes, given.body["violations"][0].get("pointer"))


async def test_tokens_page(page: Visitor) -> None:
    """The newest first, each once."""
    made = [(await page.post("/tokens", NEW))["id"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        got = await page.get("/tokens", limit=2, **({} if cursor is None else {"cursor": cursor}))
        seen += [token["id"] for token in got["items"]]
        cursor = got["next"]
        if cursor is None:
            break
    assert made[::-1] == seen


async def test_no_secret_is_kept(page: Visitor, db: Connection) -> None:
    """Not even as the saved answer of a request that named an Idempotency-Key, which is not used here."""
    first = await page.post("/tokens", NEW, Idempotency_Key="once")
    second = await page.post("/tokens", NEW, Idempotency_Key="once")
    assert first["secret"] != second["secret"]
    assert 0 == await db.fetchval("SELECT count(*) FROM saved_answer")


@pytest.mark.parametrize("role", PortalRole)
async def test_every_role_makes_tokens_for_itself(visitor: VisitorOf, role: PortalRole) -> None:
    """And the token has the role's rights, no others."""
    page = await visitor(role)
    made = await page.post("/tokens", NEW)
    assert role.value == (await program(page, made["secret"]).get("/me"))["role"]
