"""Promises of 经办人管理: an employer manages its own users, all roles are an employer's, and somebody can always do so."""

import asyncio
from typing import Any

import pytest

from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Given, Visitor

MOBILE = "13800001234"


@pytest.fixture
async def admin(visitor: VisitorOf, db: Connection) -> Visitor:
    """The first employer's administrator."""
    someone = await visitor(PortalRole.EMPLOYER)
    await db.execute("UPDATE portal_user SET name = '王芳'")
    return someone


def own_id(someone: Visitor) -> int:
    """The visitor's user."""
    assert someone.user is not None
    return someone.user.id


async def add(admin: Visitor, login: str = "szzx.li", role: str = "employer_clerk", **facts: Any) -> Any:
    """Add a colleague, and return the answer."""
    return await admin.post("/colleagues", {"name": "李明", "login": login, "role": role} | facts)


async def log_in(admin: Visitor, login: str, password: str) -> Given:
    """Ask for a session from another browser."""
    body = {"login": login, "password": password}
    return await Visitor(
        http=admin.http, origin=admin.origin, user=None, headers={"Origin": admin.origin}, promised=admin.promised
    ).ask("POST", "/session", json=body)


async def colleague(admin: Visitor, login: str) -> Any:
    """One of the list."""
    items = (await admin.get("/colleagues"))["items"]
    return next(each for each in items if each["login"] == login.upper())


async def test_a_colleague_is_added_with_a_password_that_must_be_changed(admin: Visitor) -> None:
    """It is shown in the answer and nowhere else, works once for a change, and the list says how far they are."""
    made = await add(admin, mobile=MOBILE)
    assert ("SZZX.LI", 7) == (made["login"], made["days"])
    listed = await colleague(admin, "szzx.li")
    assert ("employer_clerk", MOBILE, True, "active") == (
        listed["role"],
        listed["mobile"],
        listed["must_change"],
        listed["state"],
    )
    given = await log_in(admin, "szzx.li", made["password"])
    assert (200, "employer_clerk", True) == (given.status, given.body["role"], given.body["must_change"])


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"login": "x"}, "LOGIN_FORM"),
        ({"login": ""}, "LOGIN_FORM"),
        ({"login": "test.1"}, "LOGIN_TAKEN"),
        ({"name": " "}, "NAME_LENGTH"),
        ({"mobile": "12"}, "PHONE_FORMAT"),
        ({"role": "reviewer"}, "FIELD_WRONG"),
        ({"role": "employee"}, "FIELD_WRONG"),
    ],
)
async def test_what_cannot_be_a_colleague_is_refused(
    admin: Visitor, db: Connection, facts: dict[str, str], code: str
) -> None:
    """In words that say what to change; nobody becomes somebody of the bureau."""
    await db.execute("UPDATE portal_user SET login = 'TEST.1' WHERE id = $1", own_id(admin))
    body = {"name": "李明", "login": "szzx.li", "role": "employer_clerk"} | facts
    given = await admin.ask("POST", "/colleagues", json=body)
    assert (422, [code]) == (given.status, given.codes)


async def test_rights_change_at_once(admin: Visitor, visitor: VisitorOf) -> None:
    """An open session of the one who was changed has the new role with its next request."""
    someone = await visitor(PortalRole.EMPLOYER_CLERK)
    path = f"/colleagues/{own_id(someone)}"
    assert 403 == (await someone.ask("GET", "/colleagues")).status
    await admin.put(path, {"name": "李明", "role": "employer"})
    assert 200 == (await someone.ask("GET", "/colleagues")).status
    await admin.put(path, {"name": "李明", "role": "employer_checker"})
    assert (403, "employer_checker") == (
        (await someone.ask("GET", "/colleagues")).status,
        (await someone.get("/me"))["role"],
    )


async def test_whoever_is_disabled_is_out_at_once(admin: Visitor, visitor: VisitorOf) -> None:
    """And in again only after being enabled and logging in."""
    someone = await visitor(PortalRole.EMPLOYER_CLERK)
    shown = await admin.post(f"/colleagues/{own_id(someone)}/disable")
    assert ("disabled", 401) == (shown["state"], (await someone.ask("GET", "/me")).status)
    assert "active" == (await admin.post(f"/colleagues/{own_id(someone)}/enable"))["state"]
    assert 401 == (await someone.ask("GET", "/me")).status


async def test_the_last_administrator_stays(admin: Visitor, visitor: VisitorOf, db: Connection) -> None:
    """Neither demoted nor disabled, until another one can log in with a password of the own."""
    made = await add(admin, role="employer")
    own = own_id(admin)
    for method, path, body in (
        ("PUT", f"/colleagues/{own}", {"name": "王芳", "role": "employer_clerk"}),
        ("POST", f"/colleagues/{own}/disable", None),
    ):
        given = await admin.ask(method, path, **({} if body is None else {"json": body}))
        assert (409, ["LAST_ADMINISTRATOR"]) == (given.status, given.codes)
    assert made["password"]
    await db.execute("UPDATE portal_user SET password_kind = 'own', password_ends_at = NULL")
    assert (
        "employer_clerk" == (await admin.put(f"/colleagues/{own}", {"name": "王芳", "role": "employer_clerk"}))["role"]
    )


async def test_two_administrators_cannot_demote_each_other_at_once(admin: Visitor, visitor: VisitorOf) -> None:
    """One of both is refused, whoever comes second."""
    other = await visitor(PortalRole.EMPLOYER)
    body = {"name": "x", "role": "employer_clerk"}
    given = await asyncio.gather(
        admin.ask("PUT", f"/colleagues/{own_id(other)}", json=body),
        other.ask("PUT", f"/colleagues/{own_id(admin)}", json=body),
    )
    statuses = sorted(each.status for each in given)
    assert statuses in ([200, 403], [200, 409])


async def test_a_reset_password_ends_what_was_open(admin: Visitor, visitor: VisitorOf) -> None:
    """F13: the colleague logs in with the one-time password, and changes it."""
    someone = await visitor(PortalRole.EMPLOYER_CLERK)
    made = await admin.post(f"/colleagues/{own_id(someone)}/password")
    assert 401 == (await someone.ask("GET", "/me")).status
    given = await log_in(admin, made["login"], made["password"])
    assert (200, True) == (given.status, given.body["must_change"])


async def test_an_initial_password_is_not_reset_by_a_colleague(
    admin: Visitor, visitor: VisitorOf, db: Connection
) -> None:
    """It has its own way in, with its own proof."""
    other = await visitor(PortalRole.EMPLOYER)
    await db.execute(
        "UPDATE portal_user SET password_kind = 'initial', password_ends_at = now() + interval '1 day' WHERE id = $1",
        own_id(other),
    )
    given = await admin.ask("POST", f"/colleagues/{own_id(other)}/password")
    assert (409, ["FIRST_LOGIN_WAITS"]) == (given.status, given.codes)


async def test_others_users_are_absent(admin: Visitor, visitor: VisitorOf, town: Town) -> None:
    """I31: for each act the same answer as for an id that nobody has; and they are in no list."""
    stranger = own_id(await visitor(PortalRole.EMPLOYER_CLERK, employer_id=town.other.id))
    assert str(stranger) not in {each["id"] for each in (await admin.get("/colleagues"))["items"]}
    for user_id in (stranger, 10**9):
        for method, act, body in (
            ("PUT", "", {"name": "x", "role": "employer_clerk"}),
            ("POST", "/disable", None),
            ("POST", "/enable", None),
            ("POST", "/password", None),
        ):
            given = await admin.ask(method, f"/colleagues/{user_id}{act}", **({} if body is None else {"json": body}))
            assert (404, ["ABSENT"]) == (given.status, given.codes), (user_id, act)


async def test_checking_is_switched_by_the_administrator(admin: Visitor, portal: Portal) -> None:
    """It is off at first, and the list says what it is."""
    assert not (await admin.get("/colleagues"))["checker_needed"]
    await admin.put("/checking", {"needed": True})
    assert (await admin.get("/colleagues"))["checker_needed"]
    assert portal.policy.one_time_password_days == 7
