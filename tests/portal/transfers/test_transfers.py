"""Promises of services/portal/transfers/transfers.py, over HTTP with real sessions of two employers."""

from datetime import date
from typing import Any

import attrs
import pytest

from libsubsidy import Money, Month, Policy, Terms
from services.portal.roles import PortalRole
from services.store import transfer_answers
from services.store.database import Connection, acting
from services.store.transfers import Seen
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import attach, clerk_of, employ, id_number, line, new_employee, register, submitted


@attrs.frozen
class Pair:
    """Somebody of the old employer, and somebody of the new one."""

    old: Visitor
    new: Visitor


@pytest.fixture
async def pair(visitor: VisitorOf, town: Town) -> Pair:
    """Both, logged in."""
    return Pair(await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.EMPLOYER, employer_id=town.other.id))


async def asked(db: Connection, town: Town, *people: int, **facts: Any) -> dict[str, Any]:
    """A request to transfer people from the town's first employer to the other, with its papers."""
    files = await attach(db, clerk_of(town.employer), "transfer")
    return {
        "to_employer_id": str(town.other.id),
        "employees": [str(person) for person in people],
        "effective": "2026-01",
        "reason": "调动",
        "attachments": [str(each) for each in files],
    } | facts


async def test_a_person_is_transferred_from_start_to_end(pair: Pair, db: Connection, town: Town) -> None:
    """F68, F66, F67, F74: started, found by the new employer, accepted with its terms, and each reads what is theirs."""
    started = await pair.old.post("/transfers", await asked(db, town, town.people[0]))
    assert (1, "待转入单位确认") == (started["people"], started["first"][0]["state_zh"])
    (incoming,) = (await pair.new.get("/transfers", direction="in", open="true"))["items"]
    number = str(id_number(1))
    assert ("in", "员工1", f"4401**********{number[14:]}", None) == (
        incoming["direction"],
        incoming["name"],
        incoming["id_number"],
        incoming["employee_id"],
    )
    path = f"/transfers/{incoming['id']}"
    seen = await pair.new.get(path)
    assert (number, "单位1", "单位2", "调动") == (
        seen["id_number"],
        seen["from_employer"]["name"],
        seen["to_employer"]["name"],
        seen["reason"],
    )
    terms = {"version": seen["version"], "rank": "科员", "amount": "1500.00", "start_month": "2026-02"}
    done = await pair.new.post(f"{path}/accept", terms)
    assert ("done", "1500.00", str(town.people[0])) == (done["state"], done["amount"], done["employee_id"])
    told = await pair.old.get(path)
    assert ("done", None, None) == (told["state"], told["amount"], told["rank"])
    employee = await pair.new.get(f"/employees/{town.people[0]}")
    assert ("active", "2026-02", "1500.00") == (
        employee["state"],
        employee["start_month"],
        employee["file_amounts"][0]["amount"],
    )
    assert "ended" == (await pair.old.get(f"/employees/{town.people[0]}"))["state"]


async def test_refusing_and_withdrawing(pair: Pair, db: Connection, town: Town) -> None:
    """F74: a refusal has a reason that the old employer reads; a withdrawal is its own; both are over then."""
    started = await pair.old.post("/transfers", await asked(db, town, *town.people[:2]))
    first, second = sorted(started["first"], key=lambda each: each["name"])
    refusal = {"version": first["version"], "reason": "不是本单位职工"}
    assert "refused" == (await pair.new.post(f"/transfers/{first['id']}/refuse", refusal))["state"]
    assert "不是本单位职工" == (await pair.old.get(f"/transfers/{first['id']}"))["remark"]
    # Who is not taken in is a stranger again.
    assert "*" in (await pair.new.get(f"/transfers/{first['id']}"))["id_number"]
    over = await pair.old.post(f"/transfers/{second['id']}/withdraw", {"version": second["version"]})
    assert ("withdrawn", []) == (over["state"], (await pair.old.get("/transfers", open="true"))["items"])
    again = await pair.old.ask("POST", f"/transfers/{second['id']}/withdraw", json={"version": over["version"]})
    assert (409, ["TRANSFER_STATE"]) == (again.status, again.codes)
    stale = await pair.new.ask("POST", f"/transfers/{first['id']}/refuse", json=refusal)
    assert (409, ["STALE_VERSION"]) == (stale.status, stale.codes)


async def test_everything_wrong_is_told_where_it_is(pair: Pair, db: Connection, town: Town) -> None:
    """F71, F67: of a batch each bad row by its place; of the terms each by its field; the wrong side is forbidden."""
    body = await asked(db, town, town.people[0], town.strangers[0], town.people[0])
    refused = await pair.old.ask("POST", "/transfers", json=body)
    assert [("NOT_EMPLOYED", "/employees/1"), ("TRANSFER_TWICE", "/employees/2")] == [
        (each["code"], each["pointer"]) for each in refused.body["violations"]
    ]
    (transfer,) = (await pair.old.post("/transfers", await asked(db, town, town.people[0])))["first"]
    terms = {"version": transfer["version"], "amount": "0.00", "start_month": "2025-12"}
    wrong = await pair.new.ask("POST", f"/transfers/{transfer['id']}/accept", json=terms)
    assert ["/amount", "/start_month"] == [each["pointer"] for each in wrong.body["violations"]]
    forbidden = await pair.old.ask("POST", f"/transfers/{transfer['id']}/accept", json=terms)
    assert (403, ["TRANSFER_SIDE"]) == (forbidden.status, forbidden.codes)


async def test_only_its_two_employers_see_a_transfer(
    pair: Pair, db: Connection, town: Town, visitor: VisitorOf
) -> None:
    """I31: a third one is answered as if there were none, and so is whoever asks for a file of it."""
    (transfer,) = (await pair.old.post("/transfers", await asked(db, town, town.people[0])))["first"]
    third = await visitor(PortalRole.EMPLOYER, employer_id=(await register(db, 3)).id)
    for method, path in (("GET", ""), ("POST", "/withdraw"), ("POST", "/accept"), ("POST", "/refuse")):
        terms = {"amount": "1.00", "start_month": "2026-01"}
        more = {"/accept": terms, "/refuse": {"reason": "x"}}.get(path, {})
        how: dict[str, Any] = {"json": {"version": 1} | more} if path else {}
        given = await third.ask(method, f"/transfers/{transfer['id']}{path}", **how)
        assert (404, "ABSENT") == (given.status, given.body["code"]), path
    file_id = await db.fetchval("SELECT max(id) FROM attachment")
    statuses = [(await each.ask("GET", f"/attachments/{file_id}")).status for each in (pair.old, pair.new, third)]
    assert [200, 200, 404] == statuses


async def test_the_target_is_found_by_name_or_code(pair: Pair, db: Connection, town: Town) -> None:
    """F69: name and code of active employers but the own; there is no list for who knows nothing of the name."""
    closed = await register(db, 3)
    await db.execute("UPDATE employer SET state = 'closed' WHERE id = $1", closed.id)
    other = {"id": str(town.other.id), "code": "10160", "name": "单位2"}
    assert [other] == (await pair.old.get("/employers", search="单位"))["items"]
    assert [other] == (await pair.old.get("/employers", search="101"))["items"]
    assert [] == (await pair.old.get("/employers", search="单"))["items"]
    assert [] == (await pair.old.get("/employers"))["items"]


async def test_advice_tells_what_orders_keep(pair: Pair, db: Connection, town: Town) -> None:
    """Domain §4.2 "person with unpaid notice": told before, by name and month; it keeps nothing back."""
    await submitted(db, town.employer, line(town.people[0], Month(2020, 9)))
    people = [str(person) for person in town.people]
    told = await pair.old.post("/transfers/advice", {"employees": people, "effective": "2020-09"})
    assert (1, True) == (told["total"], "员工1" in told["zh"][0])


async def test_twenty_thousand_go_in_one_batch(pair: Pair, db: Connection, town: Town) -> None:
    """F71, F72: one list, one batch, all or none; both lists page through it."""
    people = await employ(db, town.employer, *(new_employee(serial) for serial in range(100, 20_100)))
    started = await pair.old.post("/transfers", await asked(db, town, *people))
    assert (20_000, 200) == (started["people"], len(started["first"]))
    page = await pair.new.get("/transfers", direction="in", batch=started["batch_id"], limit="200")
    assert 200 == len(page["items"])
    assert page["next"]


async def test_a_reviewer_sees_what_would_change_where_the_bureau_agrees_too(
    pair: Pair, db: Connection, town: Town, visitor: VisitorOf
) -> None:
    """D-10: an accepted transfer waits in the reviewer's list, with both employers and what the new one has set."""
    (transfer,) = (await pair.old.post("/transfers", await asked(db, town, town.people[0])))["first"]
    terms = Terms(rank="科员", amount=Money.parse("1500"), start_month=Month(2026, 2))
    seen, policy = Seen(int(transfer["id"]), transfer["version"]), Policy(transfer_needs_bureau=True)
    async with acting(db, clerk_of(town.other)):
        await transfer_answers.accept(db, town.other.id, seen, terms, policy=policy, today=date(2026, 1, 5))
    reviewer = await visitor(PortalRole.REVIEWER)
    (waiting,) = (await reviewer.get("/applications"))["items"]
    contents = await reviewer.get(f"/applications/{waiting['id']}")
    told = {each["label"]: (each["before"], each["after"]) for each in contents["changes"]}
    assert (("单位1", "单位2"), ("", "1500.00")) == (told["所在单位"], told["每月缴费金额（元）"])
    assert ["调动证明.jpg"] == [each["filename"] for each in contents["attachments"]]
    await reviewer.post(f"/applications/{waiting['id']}/approve", {"version": waiting["version"]})
    assert "done" == (await pair.new.get(f"/transfers/{transfer['id']}"))["state"]
