"""Promises of services/portal/orders/orders.py and previews.py, over HTTP with real sessions."""

from typing import Any

import pytest

from libsubsidy import Money, OrderKind
from services.portal.roles import PortalRole
from services.store import approvals
from services.store import orders as stored
from services.store.database import Connection, acting
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import BUREAU, START, approve, line, pay, submitted

APRIL = {"first": "2020-04", "last": "2020-04"}
QUARTER = {"first": "2019-10", "last": "2019-12"}


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


@pytest.fixture
async def stranger(visitor: VisitorOf, town: Town) -> Visitor:
    """Somebody of the other employer."""
    return await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)


async def filled(clerk: Visitor, months: dict[str, str] = APRIL) -> Any:
    """Let the clerk make a draft with everybody."""
    return await clerk.post("/orders", {"kind": "regular", "months": months, "fill": True})


async def test_a_month_goes_from_preview_to_submitted(clerk: Visitor, town: Town) -> None:
    """What the sheet proposes is what the draft holds, and what is handed to the bureau."""
    sheet = await clerk.post("/orders/preview", {"kind": "regular", "months": APRIL})
    assert {"eligible": 5, "without_amount": 0, "missing": 0, "total": "2500.00"} == sheet["sums"]
    assert [("500.00", "file", True, [])] * 5 == [
        (row["amount"], row["source"], row["eligible"], row["reasons"]) for row in sheet["items"]
    ]
    made = await clerk.ask("POST", "/orders", json={"kind": "regular", "months": APRIL, "fill": True})
    assert (201, f"/api/v1/orders/{made.body['id']}") == (made.status, made.headers["Location"])
    submission = {"version": made.body["version"], "total": sheet["sums"]["total"]}
    handed_in = await clerk.post(f"/orders/{made.body['id']}/submit", submission)
    assert ("submitted", "待审核", "2500.00", 5) == (
        handed_in["state"],
        handed_in["state_zh"],
        handed_in["total"],
        handed_in["person_count"],
    )
    again = await clerk.post("/orders/preview", {"kind": "regular", "months": APRIL})
    assert (0, 5) == (again["sums"]["eligible"], again["sums"]["missing"])
    assert {"MONTH_ALREADY_LIVE"} == {reason["code"] for row in again["items"] for reason in row["reasons"]}


async def test_the_sheet_comes_by_pages(clerk: Visitor, town: Town) -> None:
    """Each page has its own people, the first one the sums of all; a search narrows the people and not the sums."""
    wanted = {"kind": "regular", "months": APRIL}
    first = await clerk.post("/orders/preview?limit=3", wanted)
    rest = await clerk.post(f"/orders/preview?limit=3&cursor={first['next']}", wanted)
    assert [str(person) for person in town.people] == [row["employee_id"] for row in first["items"] + rest["items"]]
    assert (None, None) == (rest["sums"], rest["next"])
    found = await clerk.post("/orders/preview?search=员工3", wanted)
    assert (["员工3"], 5) == ([row["name"] for row in found["items"]], found["sums"]["eligible"])


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"kind": "regular", "months": QUARTER}, "ORDER_ONE_MONTH"),
        ({"kind": "monthly", "months": {"first": "2019-01", "last": "2020-01"}}, "BP_RANGE_TOO_LONG"),
        ({"kind": "monthly", "months": QUARTER, "month": "2020-01"}, "MONTH_OUTSIDE_ORDER"),
        ({"kind": "monthly", "months": {"first": "2020-02", "last": "2020-01"}}, "BP_RANGE_REVERSED"),
        ({"kind": "monthly", "months": {"first": "2020-2", "last": "2020-01"}}, "MONTH_FORMAT"),
    ],
)
async def test_a_sheet_of_wrong_months_is_refused(clerk: Visitor, wanted: Any, code: str) -> None:
    """Twelve months at most, the page one of them, and ranges run forward."""
    given = await clerk.ask("POST", "/orders/preview", json=wanted)
    assert (422, [code]) == (given.status, given.codes)


async def test_the_source_of_an_amount_is_decided_here(clerk: Visitor, db: Connection, town: Town) -> None:
    """What equals the proposal is the file's or the carried amount, anything else was designated (F84, F85)."""
    one, two, three, four, _ = town.people
    await submitted(db, town.employer, line(three, START + 2, Money.parse("500.01")))
    order = await clerk.post("/orders", {"kind": "regular", "months": APRIL})
    lines = [
        {"employee_id": str(one)},
        {"employee_id": str(two), "amount": "500.00"},
        {"employee_id": str(three), "amount": "500.01"},
        {"employee_id": str(four), "month": "2020-04", "amount": "499.99", "this_month_only": True},
    ]
    changed = await clerk.put(f"/orders/{order['id']}/lines", {"version": order["version"], "lines": lines})
    assert ("2000.00", 4) == (changed["total"], changed["line_count"])
    page = await clerk.get(f"/orders/{order['id']}/lines")
    assert [
        (str(one), "500.00", "file", False),
        (str(two), "500.00", "file", False),
        (str(three), "500.01", "carried", False),
        (str(four), "499.99", "designated", True),
    ] == [(each["employee_id"], each["amount"], each["source"], each["this_month_only"]) for each in page["items"]]


async def test_lines_are_written_removed_and_replaced(clerk: Visitor, town: Town) -> None:
    """A page adds and replaces; removing takes single people out; replacing begins anew."""
    order = await filled(clerk)
    path = f"/orders/{order['id']}/lines"
    one, two, *_ = map(str, town.people)
    lines = [{"employee_id": one, "amount": "1.00"}]
    changed = await clerk.put(path, {"version": order["version"], "lines": lines, "remove": [{"employee_id": two}]})
    assert ("1501.00", 4) == (changed["total"], changed["line_count"])
    replaced = await clerk.put(path, {"version": changed["version"], "lines": lines, "replace": True})
    assert ("1.00", 1) == (replaced["total"], replaced["line_count"])


async def test_lines_that_cannot_be_are_named_with_their_places(clerk: Visitor, town: Town) -> None:
    """Every wrong line at once; somebody else's employee answers like nobody at all."""
    order = await clerk.post("/orders", {"kind": "regular", "months": APRIL})
    one = str(town.people[0])
    lines = [
        {"employee_id": one},
        {"employee_id": one, "month": "2020-05"},
        {"employee_id": str(town.strangers[0])},
        {"employee_id": "4711"},
        {"employee_id": str(town.people[1]), "amount": "0"},
        {"employee_id": one, "amount": "7"},
    ]
    given = await clerk.ask("PUT", f"/orders/{order['id']}/lines", json={"version": 1, "lines": lines})
    found = [(each["code"], each["pointer"]) for each in given.body["violations"]]
    assert 422 == given.status
    assert [
        ("LINE_OUTSIDE_MONTHS", "/lines/1"),
        ("NOT_EMPLOYED", "/lines/2"),
        ("NOT_EMPLOYED", "/lines/3"),
        ("AMOUNT_NOT_POSITIVE", "/lines/4"),
        ("DUPLICATE_LINE", "/lines/5"),
    ] == found
    assert "员工1" == given.body["violations"][-1]["params"]["name"]
    assert [] == (await clerk.get(f"/orders/{order['id']}/lines"))["items"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"version": 1, "lines": [{"employee_id": "1", "amount": 500}]}, 422, "TEXT_EXPECTED"),
        ({"version": 1, "lines": [{"employee_id": "1", "amount": "-1"}]}, 422, "AMOUNT_FORMAT"),
        ({"version": 1, "lines": [{"employee_id": "1", "source": "file"}]}, 400, "UNKNOWN_FIELD"),
        ({"version": 1, "lines": [{"employee_id": 1}]}, 422, "FIELD_WRONG"),
        ({"lines": []}, 422, "FIELD_MISSING"),
        ({"version": 1, "lines": [{"employee_id": "1"}] * 1001}, 422, "LIST_TOO_LONG"),
        ({"version": 2}, 409, "STALE_VERSION"),
    ],
)
async def test_a_wrong_page_of_lines_is_refused(clerk: Visitor, body: Any, status: int, code: str) -> None:
    """Amounts are texts, nobody says where an amount came from, and a page has its limit."""
    order = await clerk.post("/orders", {"kind": "regular", "months": APRIL})
    given = await clerk.ask("PUT", f"/orders/{order['id']}/lines", json=body)
    assert (status, code) == (given.status, given.body["code"])


async def test_a_total_that_differs_is_refused(clerk: Visitor, town: Town) -> None:
    """The sum that was shown is compared with a fresh one (F83), and the draft stays a draft."""
    order = await filled(clerk)
    given = await clerk.ask(
        "POST", f"/orders/{order['id']}/submit", json={"version": order["version"], "total": "2500.01"}
    )
    assert (422, ["ORDER_TOTAL_DIFFERS"]) == (given.status, given.codes)
    assert "draft" == (await clerk.get(f"/orders/{order['id']}"))["state"]


async def test_the_same_submit_twice_is_done_once(clerk: Visitor, town: Town) -> None:
    """With an Idempotency-Key the second answer is the first one; without it the order has moved on."""
    order = await filled(clerk)
    path, body = f"/orders/{order['id']}/submit", {"version": order["version"]}
    first = await clerk.post(path, body, Idempotency_Key="k")
    assert first == await clerk.post(path, body, Idempotency_Key="k")
    given = await clerk.ask("POST", path, json=body)
    assert (409, ["STALE_VERSION"]) == (given.status, given.codes)


async def test_two_clerks_who_submit_one_month(clerk: Visitor, town: Town) -> None:
    """The second order is told who holds each month, and by which order."""
    first, second = await filled(clerk), await filled(clerk)
    await clerk.post(f"/orders/{first['id']}/submit", {"version": first["version"]})
    given = await clerk.ask("POST", f"/orders/{second['id']}/submit", json={"version": second["version"]})
    assert (422, ["MONTH_ALREADY_LIVE"] * 5) == (given.status, given.codes)
    assert f"#{first['id']}" in given.body["violations"][0]["zh"]


async def test_an_order_is_taken_back_and_revised(clerk: Visitor, db: Connection, town: Town) -> None:
    """撤回 frees the months, 修改 keeps the lines; what the bureau returned is revised, too, and tells why it came back."""
    order = await filled(clerk)
    path = f"/orders/{order['id']}"
    handed_in = await clerk.post(f"{path}/submit", {"version": order["version"]})
    taken_back = await clerk.post(f"{path}/retract", {"version": handed_in["version"]})
    again = await clerk.post(f"{path}/revise", {"version": taken_back["version"]})
    assert ("retracted", "draft", 5) == (taken_back["state"], again["state"], again["line_count"])
    once_more = await clerk.post(f"{path}/submit", {"version": again["version"]})
    async with acting(db, BUREAU):
        await approvals.send_back(db, int(order["id"]), once_more["version"], "请核对金额")
    returned = await clerk.get(path)
    assert ("returned", "已退回", "请核对金额") == (returned["state"], returned["state_zh"], returned["remark"])
    given = await clerk.ask("POST", f"{path}/retract", json={"version": returned["version"]})
    assert (409, ["ORDER_STATE"]) == (given.status, given.codes)
    assert "draft" == (await clerk.post(f"{path}/revise", {"version": returned["version"]}))["state"]


async def test_the_first_page_is_copied_to_the_others(clerk: Visitor, db: Connection, town: Town) -> None:
    """Everybody who is eligible gets the first month's amount in every month; who is not is told (F94)."""
    (held,) = (await submitted(db, town.employer, line(town.people[0], START - 1), kind=OrderKind.MONTHLY),)
    order = await clerk.post("/orders", {"kind": "monthly", "months": QUARTER})
    path = f"/orders/{order['id']}"
    lines = [{"employee_id": str(person), "month": "2019-10", "amount": "400.00"} for person in town.people]
    changed = await clerk.put(f"{path}/lines", {"version": order["version"], "lines": lines})
    copied = await clerk.post(f"{path}/apply-first-page", {"version": changed["version"]})
    assert ("5600.00", 14, 1, ["MONTH_ALREADY_LIVE"]) == (
        copied["order"]["total"],
        copied["order"]["line_count"],
        copied["skipped_total"],
        [each["code"] for each in copied["skipped"]],
    )
    assert f"#{held.id}" in copied["skipped"][0]["zh"]
    handed_in = await clerk.post(f"{path}/submit", {"version": copied["order"]["version"]})
    assert "submitted" == handed_in["state"]


async def test_only_a_monthly_back_payment_has_pages(clerk: Visitor, town: Town) -> None:
    """A remittance has no other month to copy to."""
    order = await filled(clerk)
    given = await clerk.ask("POST", f"/orders/{order['id']}/apply-first-page", json={"version": order["version"]})
    assert (422, ["FIRST_PAGE_OF_MONTHLY_ONLY"]) == (given.status, given.codes)


async def test_a_lump_sum_names_the_months_it_covers(clerk: Visitor, town: Town) -> None:
    """漏缴: one total for each person, and the months that it makes good; without amounts nothing is filled in."""
    december = {"first": "2019-12", "last": "2019-12"}
    refused = await clerk.ask("POST", "/orders", json={"kind": "lump_missed", "months": december, "fill": True})
    assert (422, ["FILL_NEEDS_AMOUNTS"]) == (refused.status, refused.codes)
    order = await clerk.post("/orders", {"kind": "lump_missed", "months": december})
    one = str(town.people[0])
    path = f"/orders/{order['id']}"
    missing = await clerk.ask("PUT", f"{path}/lines", json={"version": 1, "lines": [{"employee_id": one}]})
    assert ["AMOUNT_MISSING"] == missing.codes
    lines = [{"employee_id": one, "amount": "1000.00", "covers": ["2019-10", "2019-11"]}]
    changed = await clerk.put(f"{path}/lines", {"version": 1, "lines": lines})
    (shown,) = (await clerk.get(f"{path}/lines"))["items"]
    assert (["2019-10", "2019-11"], "1000.00", "designated") == (shown["covers"], shown["amount"], shown["source"])
    handed_in = await clerk.post(f"{path}/submit", {"version": changed["version"]})
    assert ("submitted", "一次性补缴（漏缴）") == (handed_in["state"], handed_in["kind_zh"])


async def test_orders_are_listed_by_state_and_page(clerk: Visitor, town: Town) -> None:
    """The newest first; a state narrows them."""
    made = [await filled(clerk) for _ in range(3)]
    first = await clerk.get("/orders", limit="2")
    rest = await clerk.get("/orders", limit="2", cursor=first["next"])
    assert [each["id"] for each in reversed(made)] == [each["id"] for each in first["items"] + rest["items"]]
    await clerk.post(f"/orders/{made[0]['id']}/submit", {"version": made[0]["version"]})
    assert [made[0]["id"]] == [each["id"] for each in (await clerk.get("/orders", state="submitted"))["items"]]


async def test_lines_come_by_pages(clerk: Visitor, town: Town) -> None:
    """Together the pages are all lines, once; ID numbers are masked."""
    order = await filled(clerk)
    path = f"/orders/{order['id']}/lines"
    first = await clerk.get(path, limit="3")
    rest = await clerk.get(path, limit="3", cursor=first["next"])
    assert ([str(person) for person in town.people], None) == (
        [each["employee_id"] for each in first["items"] + rest["items"]],
        rest["next"],
    )
    assert {"4401**********"} == {each["id_number"][:14] for each in first["items"]}


async def test_the_timeline_tells_until_the_money_came(
    clerk: Visitor, visitor: VisitorOf, db: Connection, town: Town
) -> None:
    """Draft, submitted, approved, paid, credited: by whom, and on which day the bank booked it; a reviewer reads it, too."""
    order = await filled(clerk)
    handed_in = await clerk.post(f"/orders/{order['id']}/submit", {"version": order["version"]})
    await pay(db, await approve(db, await stored.get(db, int(handed_in["id"]))))
    told = await clerk.get(f"/orders/{order['id']}/timeline")
    assert clerk.user is not None
    assert [
        ("order", "草稿", clerk.user.name),
        ("order", "待审核", clerk.user.name),
        ("notice", "待缴款", "住建局"),
        ("order", "待缴款", "住建局"),
        ("notice", "已缴款", "银行对账"),
        ("order", "已入账", "银行对账"),
    ] == [(each["subject"], each["state_zh"], each["who_zh"]) for each in told["events"]]
    assert ["2020-09-15"] == [each["paid_on"] for each in told["events"] if each["paid_on"]]
    reviewer = await visitor(PortalRole.REVIEWER)
    assert 6 == len((await reviewer.get(f"/orders/{order['id']}/timeline"))["events"])


@pytest.mark.parametrize("role", [PortalRole.REVIEWER, PortalRole.FINANCE_MAKER, PortalRole.AUDITOR])
async def test_drafts_are_the_employers_own(clerk: Visitor, visitor: VisitorOf, role: PortalRole) -> None:
    """The bureau reads an order while it is handed in, as its work list does; a draft is absent, also one made anew."""
    officer = await visitor(role)
    made = await filled(clerk)
    path = f"/orders/{made['id']}"
    calls = [path, f"{path}/lines", f"{path}/timeline"]

    async def statuses(who: Visitor) -> list[int]:
        return [(await who.ask("GET", each)).status for each in calls]

    assert ([404] * 3, [200] * 3) == (await statuses(officer), await statuses(clerk))
    handed_in = await clerk.post(f"{path}/submit", {"version": made["version"]})
    assert [200] * 3 == await statuses(officer)
    taken_back = await clerk.post(f"{path}/retract", {"version": handed_in["version"]})
    assert [200] * 3 == await statuses(officer)
    await clerk.post(f"{path}/revise", {"version": taken_back["version"]})
    assert ([404] * 3, [200] * 3) == (await statuses(officer), await statuses(clerk))


async def test_orders_of_others_are_absent(clerk: Visitor, stranger: Visitor, town: Town) -> None:
    """Every call answers for a foreign order, byte by byte, as for the same number before there was such an order."""
    number = "1"
    calls: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("GET", "/lines", None),
        ("GET", "/timeline", None),
        ("PUT", "/lines", {"version": 1}),
        ("POST", "/apply-first-page", {"version": 1}),
        ("POST", "/submit", {"version": 1}),
        ("POST", "/retract", {"version": 1}),
        ("POST", "/revise", {"version": 1}),
    ]

    async def answers() -> list[tuple[int, Any]]:
        given = [await stranger.ask(method, f"/orders/{number}{path}", json=body) for method, path, body in calls]
        return [(each.status, each.body) for each in given]

    before = await answers()
    assert number == (await filled(clerk))["id"]
    assert {404} == {status for status, _ in before}
    assert before == await answers()
