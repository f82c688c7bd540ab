"""Promises of services/portal/back_payments, over HTTP with real sessions; what the store does is in tests/store."""

from datetime import datetime

import pytest

from libsubsidy import Month
from services.portal.portal import BUREAU_ZONE
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import START, employ, line, new_employee, submitted

THIS_MONTH = Month.of(datetime.now(BUREAU_ZONE))


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


@pytest.mark.parametrize(
    ("asked", "count", "broken", "parts"),
    [
        ("monthly 2019-02 2019-12", 11, [], ["2019-02..2019-12"]),
        ("monthly 2018-03 2019-02", 12, [], ["2018-03..2019-02"]),
        ("monthly 2018-12 2019-12", 13, ["BP_RANGE_TOO_LONG"], ["2018-12..2019-11", "2019-12..2019-12"]),
        ("monthly 1980-01 2019-12", 480, ["BP_RANGE_TOO_LONG"], []),
        ("lump_missed 2018-12 2019-12", 13, ["BP_LUMP_ONE_MONTH"], ["2018-12..2019-12"]),
    ],
)
async def test_the_months_are_judged_at_once(
    clerk: Visitor, asked: str, count: int, broken: list[str], parts: list[str]
) -> None:
    """F89-F91: how many months, why they are too many, and how they could be split; nothing is made."""
    kind, first, last = asked.split()
    found = await clerk.get("/orders/months", kind=kind, first=first, last=last)
    assert (count, broken, parts) == (
        found["count"],
        [each["code"] for each in found["broken"]],
        [f"{each['first']}..{each['last']}" for each in found["parts"]],
    )
    assert (not parts) == bool(found["split_broken"])
    assert [] == (await clerk.get("/orders"))["items"]


async def test_months_that_nobody_can_have_are_refused(clerk: Visitor) -> None:
    """F89: the last before the first, no month at all, a month to come: each says so."""
    for months, codes in (
        ({"first": "2019-12", "last": "2019-11"}, ["BP_RANGE_REVERSED"]),
        ({"first": "2019-13"}, ["MONTH_OUT_OF_RANGE"]),
    ):
        given = await clerk.ask("GET", "/orders/months", params=months)
        assert (True, codes) == (400 <= given.status < 500, given.codes)
    ahead = str(THIS_MONTH + 1)
    found = await clerk.get("/orders/months", first=ahead)
    assert ["BP_FUTURE_MONTH"] == [each["code"] for each in found["broken"]]
    given = await clerk.ask("POST", "/orders/split", json={"months": {"first": "2019-01", "last": ahead}})
    assert (422, ["BP_FUTURE_MONTH"]) == (given.status, given.codes)


async def test_the_start_month_rule_is_told_before_anybody_is_chosen(
    clerk: Visitor, db: Connection, town: Town
) -> None:
    """F92: who has never been remitted here is named, with the latest month and the way out."""
    await submitted(db, town.employer, line(town.people[0], START))
    found = await clerk.get("/orders/months", first=str(START))
    assert (4, "2019-12") == (found["limited_total"], found["limited"][0]["params"]["latest"])
    assert "该月起请选择“汇缴”；汇缴可选以前的月份" in found["limited"][0]["zh"]
    assert 0 == (await clerk.get("/orders/months", first=str(START - 1)))["limited_total"]


async def test_a_longer_back_payment_becomes_orders_that_know_each_other(
    clerk: Visitor, db: Connection, town: Town
) -> None:
    """F90, F93-F95: 14 months over two years' ends: two drafts; the same people in all months; both are handed in."""
    await employ(db, town.employer, new_employee(7, start_month=START - 3))
    body = {"months": {"first": "2018-11", "last": "2019-12"}, "fill": True}
    given = await clerk.ask("POST", "/orders/split", json=body, headers={"Idempotency-Key": "a"})
    again = await clerk.ask("POST", "/orders/split", json=body, headers={"Idempotency-Key": "a"})
    assert (201, given.body) == (given.status, again.body), "a second click makes nothing"
    first, second = given.body["orders"]
    assert (given.body["id"], "2019-10", "2019-11") == (first["id"], first["months"]["last"], second["months"]["first"])
    # Nobody has an amount on file for 2018: what is due is typed.
    assert (0, 0) == (first["line_count"], second["line_count"])
    typed = [{"employee_id": str(each), "month": "2018-11", "amount": "400.00"} for each in town.people]
    await clerk.put(f"/orders/{first['id']}/lines", {"version": first["version"], "lines": typed})
    for order in (first, second):
        seen = (await clerk.get(f"/orders/{order['id']}"))["version"]
        await clerk.post(f"/orders/{order['id']}/apply-first-page", {"version": seen, "first_page_of": first["id"]})
    pages = await clerk.get(f"/orders/{first['id']}/months")
    assert [first["id"], second["id"]] == [each["id"] for each in pages["parts"]]
    assert [(5, "2000.00")] * 12 == [(each["lines"], each["total"]) for each in pages["pages"]]
    for order, total in ((first, "24000.00"), (second, "4000.00")):
        seen = await clerk.get(f"/orders/{order['id']}")
        handed_in = await clerk.post(f"/orders/{order['id']}/submit", {"version": seen["version"], "total": total})
        assert "submitted" == handed_in["state"]


async def test_pages_are_overwritten_only_after_a_yes(clerk: Visitor, town: Town) -> None:
    """F94: with `overwrite` off a month that holds something else is named, and nothing is changed."""
    order = await clerk.post("/orders", {"kind": "monthly", "months": {"first": "2019-11", "last": "2019-12"}})
    lines = [
        {"employee_id": str(town.people[0]), "month": month, "amount": amount}
        for month, amount in (("2019-11", "1.00"), ("2019-12", "2.00"))
    ]
    path = f"/orders/{order['id']}"
    order = await clerk.put(f"{path}/lines", {"version": order["version"], "lines": lines})
    asked = {"version": order["version"], "overwrite": False}
    given = await clerk.ask("POST", f"{path}/apply-first-page", json=asked)
    assert (422, ["PAGES_EDITED"]) == (given.status, given.codes)
    applied = await clerk.post(f"{path}/apply-first-page", asked | {"overwrite": True})
    assert (1, 0, "2.00") == (applied["changed"], applied["skipped_total"], applied["order"]["total"])


async def test_missed_months_are_chosen_and_copied(clerk: Visitor, town: Town) -> None:
    """F91, F95: per person by the year, the same for all others, shown in the sheet; then handed in."""
    months = {"first": "2019-12", "last": "2019-12"}
    order = await clerk.post("/orders", {"kind": "lump_missed", "months": months})
    path = f"/orders/{order['id']}"
    lines = [{"employee_id": str(each), "amount": "900.00"} for each in town.people[:2]]
    order = await clerk.put(f"{path}/lines", {"version": order["version"], "lines": lines})
    people = [{"employee_id": str(town.people[0]), "months": ["2019-10", "2019-12"]}]
    order = await clerk.put(f"{path}/covers", {"version": order["version"], "people": people})
    wanted = {"employee_id": str(town.people[0])}
    year = await clerk.post(f"{path}/covers/choices", wanted | {"year": 2019})
    assert (2019, ["2019-10", "2019-12"], 12) == (
        year["year"],
        [each["month"] for each in year["months"] if each["chosen"]],
        sum(each["eligible"] for each in year["months"]),
    )
    assert (THIS_MONTH.year, set()) == (
        (now := await clerk.post(f"{path}/covers/choices", wanted))["year"],
        {each["month"] for each in now["months"] if each["eligible"]},
    )
    copied = await clerk.post(f"{path}/covers/copy", {"version": order["version"], "employee_id": str(town.people[0])})
    assert (0, copied["order"]["version"]) == (copied["skipped_total"], order["version"] + 1)
    shown = await clerk.get(f"{path}/covers")
    assert {str(each): ["2019-10", "2019-12"] for each in town.people[:2]} == dict(
        zip(shown["employee_ids"], shown["months"], strict=True)
    )
    handed_in = await clerk.post(f"{path}/submit", {"version": copied["order"]["version"], "total": "1800.00"})
    assert "submitted" == handed_in["state"]


async def test_another_employers_orders_are_not_there(clerk: Visitor, visitor: VisitorOf, town: Town) -> None:
    """I31: neither its pages nor its months, nor its first page for an own order; a foreign employee is nobody."""
    stranger = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    months = {"first": "2019-12", "last": "2019-12"}
    theirs = await stranger.post("/orders", {"kind": "monthly", "months": months})
    ours = await clerk.post("/orders", {"kind": "lump_missed", "months": months})
    for method, path, body in (
        ("GET", f"/orders/{theirs['id']}/months", None),
        ("PUT", f"/orders/{theirs['id']}/covers", {"version": 1, "people": []}),
        ("POST", f"/orders/{ours['id']}/covers/choices", {"employee_id": str(town.strangers[0])}),
        ("POST", f"/orders/{ours['id']}/apply-first-page", {"version": 1, "first_page_of": theirs["id"]}),
    ):
        given = await clerk.ask(method, path, **({} if body is None else {"json": body}))
        assert 404 == given.status, path
