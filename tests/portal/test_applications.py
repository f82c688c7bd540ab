"""Promises of services/portal/applications.py and notices/decided_notices.py, over HTTP with real sessions."""

import re
from typing import Any

import pytest

from libsubsidy import Money
from services.portal.cursors import write_cursor
from services.portal.roles import PortalRole
from services.store import openings
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.opening_rows import OpeningRow
from services.store.orders import Order
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import AMOUNT, START, TODAY, approve, attach, clerk_of, id_number, line, submitted


@pytest.fixture
async def reviewer(visitor: VisitorOf) -> Visitor:
    """Somebody who decides."""
    return await visitor(PortalRole.REVIEWER)


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


async def order_of(db: Connection, town: Town, *people: int, month: int = 0) -> Order:
    """Let the employer hand an order in."""
    return await submitted(db, town.employer, *(line(person, START + month) for person in people))


async def opening(db: Connection, employer: Employer, *serials: int) -> str:
    """Let an employer ask for accounts, and give the application's name."""
    rows = [
        OpeningRow(
            name=f"新员工{serial}",
            id_number=str(id_number(serial)),
            mobile="13800000000",
            monthly_amount="600",
            start_month="2020-09",
        )
        for serial in serials
    ]
    files = await attach(db, clerk_of(employer), "employee_opening")
    async with acting(db, clerk_of(employer)):
        asked = await openings.open_employees(db, employer.id, rows, attachments=files, today=TODAY)
    return f"application-{asked.id}"


def ids(page: dict[str, Any]) -> list[str]:
    """Name the items of a page."""
    return [item["id"] for item in page["items"]]


async def test_the_work_list_holds_orders_and_applications(db: Connection, town: Town, reviewer: Visitor) -> None:
    """Oldest first, both kinds, with who, what, how much and since when; filtered and paged."""
    first = await order_of(db, town, *town.people[:2])
    second = await opening(db, town.employer, 21, 22)
    third = await opening(db, town.other, 31)
    everything = await reviewer.get("/applications")
    assert [f"order-{first.id}", second, third] == ids(everything)
    item = everything["items"][0]
    assert {
        "kind": "regular",
        "state": "submitted",
        "employer": {"id": str(town.employer.id), "code": "75256", "name": "单位1"},
        "first_month": "2020-01",
        "line_count": 2,
        "total": "1000.00",
        "version": first.version,
        "decided_at": None,
    }.items() <= item.items()
    assert re.fullmatch(r"20\d\d-.*[+-]\d\d:\d\d", item["submitted_at"])
    assert [second, third] == ids(await reviewer.get("/applications", kind="employee_opening"))
    assert [third] == ids(await reviewer.get("/applications", employer_id=str(town.other.id)))
    one = await reviewer.get("/applications", limit="2")
    rest = await reviewer.get("/applications", cursor=one["next"])
    assert ([third], None) == (ids(rest), rest["next"])


@pytest.mark.parametrize(
    "key",
    [
        ("2020-09-15", "order", 1, 1),
        ("yesterday", "order", 1),
        ("0001-01-01T00:00:00+23:59", "order", 1),
        ("2020-09-15", "x", 1),
        ("9999-12-31T23:59:59-23:59", "order", 1),
    ],
)
async def test_a_made_up_cursor_is_refused(town: Town, reviewer: Visitor, key: Any) -> None:
    """It is nobody's to write, and no reason to fail."""
    given = await reviewer.ask("GET", "/applications", params={"cursor": write_cursor(key)})
    assert (400, ["CURSOR_WRONG"]) == (given.status, given.codes)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ((1, "2020-13"), (400, 400)),
        ((-5,), (400, 200)),
        ((2**62,), (400, 200)),
        ((2**62, "9999-12"), (200, 400)),
    ],
)
async def test_contents_outlive_any_cursor(
    db: Connection, town: Town, reviewer: Visitor, key: Any, expected: tuple[int, int]
) -> None:
    """A cursor of another list, or one that leads nowhere, is refused or finds nothing more."""
    cursor = {"cursor": write_cursor(key)}
    order = await order_of(db, town, town.people[0])
    names = (f"order-{order.id}", await opening(db, town.employer, 21))
    given = [await reviewer.ask("GET", f"/applications/{name}", params=cursor) for name in names]
    assert expected == tuple(each.status for each in given)


async def test_an_order_is_shown_with_its_lines_and_what_is_worth_a_look(
    db: Connection, town: Town, reviewer: Visitor, clerk: Visitor
) -> None:
    """Page by page, with the file's amount beside each line; the advice is the bureau's, on the first page."""
    order = await submitted(
        db, town.employer, line(town.people[0], START), line(town.people[1], START, Money.parse("500.01"))
    )
    path = f"/applications/order-{order.id}"
    shown = await reviewer.get(path, limit="1")
    assert (["AMOUNT_DIFFERS_FROM_FILE"], 1) == ([each["code"] for each in shown["advice"]], shown["advice_total"])
    rest = await reviewer.get(path, limit="1", cursor=shown["next"])
    assert (0, None) == (rest["advice_total"], rest["next"])
    both = shown["lines"] + rest["lines"]
    assert [("员工1", "500.00", "500.00"), ("员工2", "500.01", "500.00")] == [
        (each["name"], each["amount"], each["file_amount"]) for each in both
    ]
    assert {"4401**********"} == {each["id_number"][:14] for each in both}
    assert 0 == (await clerk.get(path))["advice_total"]


async def test_an_opening_is_shown_as_it_was_asked_for(db: Connection, town: Town, reviewer: Visitor) -> None:
    """With the whole numbers, which the reviewer compares with the cards."""
    path = f"/applications/{await opening(db, town.employer, 21, 22, 23)}"
    shown = await reviewer.get(path, limit="2")
    assert [
        ("新员工21", str(id_number(21)), "600.00", "2020-09"),
        ("新员工22", str(id_number(22)), "600.00", "2020-09"),
    ] == [(each["name"], each["id_number"], each["monthly_amount"], each["start_month"]) for each in shown["people"]]
    rest = await reviewer.get(path, limit="2", cursor=shown["next"])
    assert (["新员工23"], None) == ([each["name"] for each in rest["people"]], rest["next"])


async def test_approving_an_order_answers_the_notice_with_its_memo(
    db: Connection, town: Town, reviewer: Visitor
) -> None:
    """Repeated under its key it is done once; without one it has become stale."""
    order = await order_of(db, town, *town.people)
    path, body = f"/applications/order-{order.id}/approve", {"version": order.version}
    approved = await reviewer.post(path, body, Idempotency_Key="k1")
    notice = approved["issued"]["notice"]
    assert ("approved", "2500.00", "awaiting", notice["id"]) == (
        approved["application"]["state"], notice["amount"], notice["state"], approved["application"]["notice_id"],
    )  # fmt: skip
    assert re.fullmatch(r"75256x[0-9A-Z]{4}o", notice["memo"])
    assert approved == await reviewer.post(path, body, Idempotency_Key="k1")
    again = await reviewer.ask("POST", path, json=body)
    assert (409, ["STALE_VERSION"]) == (again.status, again.codes)
    assert 1 == await db.fetchval("SELECT count(*) FROM payment_notice")


async def test_orders_and_awaiting_notices_go_into_one(db: Connection, town: Town, reviewer: Visitor) -> None:
    """合并缴款: another order and a notice that waits are joined; the old memo ends."""
    old = await approve(db, await order_of(db, town, town.people[0]))
    one, two = await order_of(db, town, town.people[1]), await order_of(db, town, town.people[2])
    body = {
        "version": one.version,
        "together_with": [{"id": f"order-{two.id}", "version": two.version}],
        "join": [str(old.id)],
    }
    approved = await reviewer.post(f"/applications/order-{one.id}/approve", body)
    notice = approved["issued"]["notice"]
    assert str(3 * AMOUNT.fen // 100) + ".00" == notice["amount"]
    assert [("merged", int(notice["id"]))] == [
        tuple(each) for each in await db.fetch("SELECT state, merged_into FROM payment_notice WHERE id = $1", old.id)
    ]


async def test_approving_an_opening_opens_the_accounts(db: Connection, town: Town, reviewer: Visitor) -> None:
    """No notice, no memo; and it goes into nobody's notice."""
    name = await opening(db, town.employer, 21)
    joined = await reviewer.ask("POST", f"/applications/{name}/approve", json={"version": 1, "join": ["1"]})
    assert (422, ["ORDERS_ONLY"]) == (joined.status, joined.codes)
    approved = await reviewer.post(f"/applications/{name}/approve", {"version": 1})
    assert ("approved", None) == (approved["application"]["state"], approved["issued"])
    assert 1 == await db.fetchval("SELECT count(*) FROM person WHERE name = '新员工21'")


@pytest.mark.parametrize(("step", "state"), [("return", "returned"), ("reject", "rejected")])
async def test_a_refusal_tells_the_employer_why(
    db: Connection, town: Town, visitor: VisitorOf, step: str, state: str
) -> None:
    """For both kinds; a reason of blanks is none."""
    reviewer, clerk = await visitor(PortalRole.REVIEWER), await visitor(PortalRole.EMPLOYER)
    order = await order_of(db, town, town.people[0])
    for name, version in ((f"order-{order.id}", order.version), (await opening(db, town.employer, 21), 1)):
        path = f"/applications/{name}/{step}"
        blank = await reviewer.ask("POST", path, json={"version": version, "reason": " "})
        assert (422, ["REASON_MISSING"]) == (blank.status, blank.codes)
        await reviewer.post(path, {"version": version, "reason": "金额与档案不符"})
        told = (await clerk.get(f"/applications/{name}"))["application"]
        assert (state, "金额与档案不符") == (told["state"], told["remark"])


async def test_an_employer_takes_back_what_nobody_decided(
    db: Connection, town: Town, reviewer: Visitor, clerk: Visitor
) -> None:
    """Both kinds; after a decision it is too late."""
    order = await order_of(db, town, town.people[0])
    name = await opening(db, town.employer, 21)
    for each, version in ((f"order-{order.id}", order.version), (name, 1)):
        taken = await clerk.post(f"/applications/{each}/retract", {"version": version})
        assert "retracted" == taken["state"]
    late = await opening(db, town.employer, 22)
    await reviewer.post(f"/applications/{late}/approve", {"version": 1})
    given = await clerk.ask("POST", f"/applications/{late}/retract", json={"version": 2})
    assert (409, ["APPLICATION_STATE"]) == (given.status, given.codes)


async def test_an_employers_list_is_its_own(db: Connection, town: Town, clerk: Visitor) -> None:
    """Another's id is an absent one, byte for byte, for reading and for taking back; another's list is the own one."""
    own, others = await opening(db, town.employer, 21), await opening(db, town.other, 22)
    assert [own] == ids(await clerk.get("/applications"))
    assert [own] == ids(await clerk.get("/applications", employer_id=str(town.other.id)))
    absent = f"application-{int(others.partition('-')[2]) + 1000}"
    for method, tail, body in (("GET", "", None), ("POST", "/retract", {"version": 1})):
        how = {} if body is None else {"json": body}
        foreign = await clerk.ask(method, f"/applications/{others}{tail}", **how)
        nobodys = await clerk.ask(method, f"/applications/{absent}{tail}", **how)
        assert 404 == foreign.status == nobodys.status
        assert str(nobodys.body).replace(absent, others) == str(foreign.body)
    refused = await clerk.ask("POST", f"/applications/{own}/approve", json={"version": 1})
    assert (403, ["FORBIDDEN"]) == (refused.status, refused.codes)


async def test_an_auditor_reads_and_decides_nothing(db: Connection, town: Town, visitor: VisitorOf) -> None:
    """Every list and every detail without people's numbers, no decision."""
    name = await opening(db, town.employer, 21)
    auditor = await visitor(PortalRole.AUDITOR)
    assert [name] == ids(await auditor.get("/applications"))
    shown = await auditor.get(f"/applications/{name}")
    assert "submitted" == shown["application"]["state"]
    (person,) = shown["people"]
    assert ("新员工21", "138****0000") == (person["name"], person["mobile"])
    assert {f"4401{'*' * 10}{str(id_number(21))[14:]}"} == {person["id_number"], person["id_number_given"]}
    refused = await auditor.ask("POST", f"/applications/{name}/approve", json={"version": 1})
    assert 403 == refused.status


async def test_notices_are_merged_and_cancelled_by_a_reviewer(db: Connection, town: Town, reviewer: Visitor) -> None:
    """Two awaiting ones become one with a memo of its own; cancelling needs a reason and frees the months."""
    one = await approve(db, await order_of(db, town, town.people[0]), seed=1)
    two = await approve(db, await order_of(db, town, town.people[1]), seed=2)
    alone = await reviewer.ask("POST", "/notices/merge", json={"notice_ids": [str(one.id), str(one.id)]})
    assert (422, ["NOTHING_TO_MERGE"]) == (alone.status, alone.codes)
    merged = await reviewer.ask("POST", "/notices/merge", json={"notice_ids": [str(one.id), str(two.id)]})
    notice = merged.body["notice"]
    assert (201, f"/api/v1/notices/{notice['id']}", "1000.00") == (
        merged.status, merged.headers["Location"], notice["amount"],
    )  # fmt: skip
    ended = await reviewer.ask("POST", f"/notices/{one.id}/cancel", json={"reason": "x"})
    assert (409, ["NOTICE_STATE"]) == (ended.status, ended.codes)
    assert 422 == (await reviewer.ask("POST", f"/notices/{notice['id']}/cancel", json={"reason": ""})).status
    cancelled = await reviewer.post(f"/notices/{notice['id']}/cancel", {"reason": "重复申报"})
    assert "cancelled" == cancelled["state"]
    assert 0 == await db.fetchval("SELECT count(*) FROM claim")
