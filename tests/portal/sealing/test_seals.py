"""Promises of services/portal/sealing/seals.py, over HTTP with real sessions."""

from typing import Any

import pytest

from libsubsidy import EmploymentState, Month
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import TODAY, employ, line, new_employee, submitted


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


def wanted(*people: int, expected: str = "active", **facts: str) -> list[dict[str, Any]]:
    """Rows of the list of changes."""
    return [{"employee_id": str(person), "expected": expected, **facts} for person in people]


async def test_a_list_is_tried_handed_in_and_looked_at(clerk: Visitor, db: Connection, town: Town) -> None:
    """F64, F65: both kinds, the list's month and reason where a row has none of its own; history has every row."""
    (sealed,) = await employ(db, town.employer, new_employee(7, state=EmploymentState.SEALED))
    rows = [*wanted(town.people[0]), *wanted(sealed, expected="sealed", effective="2020-08", reason="复职")]
    asked = {"rows": rows, "effective": "2020-06", "reason": " 停薪留职 "}
    tried = await clerk.post("/seals/preview", asked)
    assert (1, 1, 0, 0, []) == tuple(tried[name] for name in ("sealed", "unsealed", "broken", "advised", "rows"))
    given = await clerk.ask("POST", "/seals", json=asked)
    assert (201, f"/api/v1/seals/{given.body['id']}") == (given.status, given.headers["Location"])
    assert (1, 1) == (given.body["sealed"], given.body["unsealed"])
    listed = (await clerk.get(f"/seals/{given.body['id']}/rows"))["items"]
    assert [("sealed", "2020-06", "停薪留职"), ("active", "2020-08", "复职")] == [
        (row["state"], row["effective"], row["reason"]) for row in listed
    ]
    assert {given.body["id"]} == {each["id"] for each in (await clerk.get("/seals"))["items"]}
    employee = await clerk.get(f"/employees/{town.people[0]}")
    assert ("sealed", "2020-06") == (employee["state"], employee["state_from"])


async def test_every_bad_row_is_told_at_its_place(clerk: Visitor, db: Connection, town: Town) -> None:
    """F65, I22: nothing is done, and whoever wrote the list finds each fault by its pointer."""
    rows = [*wanted(town.people[0]), *wanted(town.people[1], expected="sealed"), *wanted(town.strangers[0])]
    given = await clerk.ask("POST", "/seals", json={"rows": rows, "effective": "2020-06"})
    assert (422, [("SEAL_STATE_CHANGED", "/rows/1"), ("NOT_EMPLOYED", "/rows/2")]) == (
        given.status,
        [(each["code"], each["pointer"]) for each in given.body["violations"]],
    )
    assert {"active"} == {row[0] for row in await db.fetch("SELECT state FROM employment")}


async def test_a_preview_tells_what_orders_keep(clerk: Visitor, db: Connection, town: Town) -> None:
    """D-9, domain §4.2: a person on an open order may be sealed, and the clerk is told that the line stays."""
    await submitted(db, town.employer, line(town.people[0], Month.of(TODAY)))
    tried = await clerk.post("/seals/preview", {"rows": wanted(*town.people), "effective": str(Month.of(TODAY))})
    assert (0, 1) == (tried["broken"], tried["advised"])
    (told,) = tried["rows"]
    assert (1, ["SEALED_WITH_OPEN_LINES"]) == (told["row"], [each["code"] for each in told["advice"]])


async def test_the_same_request_again_does_it_once(clerk: Visitor, town: Town) -> None:
    """A double click, with the key that the page sends, gives the same batch; without it the states have changed."""
    asked = {"rows": wanted(town.people[0]), "effective": "2020-06"}
    first = await clerk.post("/seals", asked, Idempotency_Key="one")
    assert first == await clerk.post("/seals", asked, Idempotency_Key="one")
    again = await clerk.ask("POST", "/seals", json=asked)
    assert ["SEAL_STATE_CHANGED"] == again.codes


async def test_twenty_thousand_are_sealed_in_one_list(clerk: Visitor, db: Connection, town: Town) -> None:
    """F63, domain §4.2 "20,000 rows": one list, one batch, and its pages give every row once."""
    people = await employ(db, town.employer, *(new_employee(serial) for serial in range(100, 20_100)))
    batch = await clerk.post("/seals", {"rows": wanted(*people), "effective": "2020-06"})
    assert 20_000 == batch["sealed"]
    assert 20_000 == await db.fetchval("SELECT count(*) FROM employment WHERE state = 'sealed'")
    page = await clerk.get(f"/seals/{batch['id']}/rows", limit="200")
    assert (200, [1, 200]) == (len(page["items"]), [page["items"][0]["row"], page["items"][-1]["row"]])
    assert 201 == (await clerk.get(f"/seals/{batch['id']}/rows", cursor=page["next"]))["items"][0]["row"]
