"""复核 by the API: a clerk's work waits, a colleague hands it in or back, and the bureau sees it only then."""

from typing import Any

import pytest

from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.portal.importing import lists
from tests.portal.visitors import Visitor
from tests.store import fund


@pytest.fixture
async def people(visitor: VisitorOf, db: Connection) -> dict[PortalRole, Visitor]:
    """Somebody of each role of the employer, which wants its clerks' work checked; and a reviewer."""
    roles = (PortalRole.EMPLOYER, PortalRole.EMPLOYER_CLERK, PortalRole.EMPLOYER_CHECKER, PortalRole.REVIEWER)
    known = {role: await visitor(role) for role in roles}
    await known[PortalRole.EMPLOYER].put("/checking", {"needed": True})
    return known


async def waiting_for_bureau(people: dict[PortalRole, Visitor]) -> list[Any]:
    """What the reviewer sees."""
    items: list[Any] = (await people[PortalRole.REVIEWER].get("/applications"))["items"]
    return items


async def test_an_opening_waits_for_the_checker(people: dict[PortalRole, Visitor], db: Connection, town: Town) -> None:
    """The clerk is answered with the draft, reads it, and cannot hand it in; the checker can."""
    clerk, checker = people[PortalRole.EMPLOYER_CLERK], people[PortalRole.EMPLOYER_CHECKER]
    draft = await lists.ask_to_open(clerk, 40)
    ref = draft["id"]
    assert ("draft", []) == (draft["state"], await waiting_for_bureau(people))
    assert ref == (await clerk.get(f"/applications/{ref}"))["application"]["id"]
    assert 404 == (await people[PortalRole.REVIEWER].ask("GET", f"/applications/{ref}")).status
    body = {"version": draft["version"]}
    assert 403 == (await clerk.ask("POST", f"/applications/{ref}/submit", json=body)).status

    assert "submitted" == (await checker.post(f"/applications/{ref}/submit", body))["state"]
    assert [ref] == [each["id"] for each in await waiting_for_bureau(people)]


async def test_what_is_handed_back_says_why(people: dict[PortalRole, Visitor], db: Connection, town: Town) -> None:
    """The clerk takes it back, or mends it."""
    clerk, checker = people[PortalRole.EMPLOYER_CLERK], people[PortalRole.EMPLOYER_CHECKER]
    draft = await lists.ask_to_open(clerk, 40)
    back = {"version": draft["version"], "reason": "手机号码不对"}
    given = await checker.ask("POST", f"/applications/{draft['id']}/hand-back", json=back)
    assert 204 == given.status, given.body
    shown = (await clerk.get(f"/applications/{draft['id']}"))["application"]
    assert ("draft", "手机号码不对") == (shown["state"], shown["remark"])
    taken = await clerk.post(f"/applications/{draft['id']}/retract", {"version": shown["version"]})
    assert "retracted" == taken["state"]


async def test_an_order_waits_for_the_checker(people: dict[PortalRole, Visitor], db: Connection, town: Town) -> None:
    """It stays a draft that says that it waits; the checker hands it in by its reference."""
    clerk, checker = people[PortalRole.EMPLOYER_CLERK], people[PortalRole.EMPLOYER_CHECKER]
    order = await fund.draft(db, town.employer, fund.line(town.people[0], fund.START))
    waiting = await clerk.post(f"/orders/{order.id}/submit", {"version": order.version})
    assert ("draft", True, []) == (waiting["state"], waiting["waits_for_colleague"], await waiting_for_bureau(people))
    handed_in = await checker.post(f"/applications/order-{order.id}/submit", {"version": waiting["version"]})
    assert ("submitted", 1) == (handed_in["state"], len(await waiting_for_bureau(people)))


async def test_a_registration_is_none_of_an_employers(people: dict[PortalRole, Visitor]) -> None:
    """It is absent, like anything that is not there."""
    checker = people[PortalRole.EMPLOYER_CHECKER]
    for ref in ("registration-1", "application-999", "order-999", "thing-1"):
        for act, more in (("submit", {}), ("hand-back", {"reason": "x"})):
            given = await checker.ask("POST", f"/applications/{ref}/{act}", json={"version": 1} | more)
            assert (404, ["ABSENT"]) == (given.status, given.codes), (ref, act)
