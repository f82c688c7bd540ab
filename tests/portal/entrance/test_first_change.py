"""F10, I30: with a password that somebody else knows nothing is done before it is changed, on no route at all."""

import re

import pytest

from services.portal.app import endpoints
from services.portal.entrance.paths import first_password_path
from services.portal.pages.routes import all_pages
from services.portal.roles import EMPLOYERS, PortalRole
from services.store.database import Connection
from tests.portal.conftest import VisitorOf
from tests.portal.samples import request_of
from tests.portal.visitors import Visitor

# Whoever adds one says so here: they show who one is, change the password, and log out.
FIRST = {("GET", "/me"), ("POST", "/me/password"), ("DELETE", "/session")}
FIRST_PAGES = {"/employer/first-password", "/first-password", "/development/sms"}


async def opened(visitor: VisitorOf, db: Connection, role: PortalRole) -> Visitor:
    """Somebody with a one-time password."""
    someone = await visitor(role)
    assert someone.user is not None
    await db.execute(
        "UPDATE portal_user SET password_kind = 'one_time', password_ends_at = now() + interval '7 days' WHERE id = $1",
        someone.user.id,
    )
    return someone


def test_only_these_come_first() -> None:
    """The table says of each call and page whether it does."""
    assert FIRST == {(call.method, call.path) for call in endpoints() if call.first}
    assert FIRST_PAGES == {page.path for page in all_pages() if page.first}


@pytest.mark.parametrize("role", [PortalRole.EMPLOYER_CLERK, PortalRole.AUDITOR])
async def test_every_call_is_refused(visitor: VisitorOf, db: Connection, role: PortalRole) -> None:
    """403 before the rights, the body and the ids are looked at."""
    someone = await opened(visitor, db, role)
    wrong = []
    for call in endpoints():
        if call.who is not None and not call.first:
            made = request_of(call)
            given = await someone.ask(call.method, made.pop("path"), **made)
            if (403, "PASSWORD_CHANGE_NEEDED") != (given.status, given.body["code"]):
                wrong.append((call.method, call.path, given.status))
    assert [] == wrong
    assert (await someone.get("/me"))["must_change"]


@pytest.mark.parametrize("role", [PortalRole.EMPLOYER, PortalRole.REVIEWER, PortalRole.EMPLOYEE])
async def test_every_page_leads_to_the_change(
    server: str, visitor: VisitorOf, db: Connection, role: PortalRole
) -> None:
    """Also the part of a page, which takes the whole page along; and the stream of news begins for nobody."""
    someone = await opened(visitor, db, role)
    wrong = []
    paths = {re.sub(r"\{\w+\}", "1", page.path) for page in all_pages() if page.who is not None and not page.first}
    for path in sorted({"/", "/sections/orders", *paths}):
        for headers in (someone.headers, {**someone.headers, "HX-Request": "true"}):
            async with someone.http.get(server + path, headers=headers, allow_redirects=False) as answer:
                led = answer.headers.get("Location") or answer.headers.get("HX-Redirect")
                if first_password_path(role) != led:
                    wrong.append((path, answer.status, led))
    assert [] == wrong
    entrance = "/employer/first-password" if role in EMPLOYERS else "/first-password"
    async with someone.http.get(server + entrance, headers=someone.headers) as answer:
        assert (200, True) == (answer.status, "确认修改" in await answer.text())
