"""为什么没有这个人 and 与上月比较 over HTTP: every reason and every difference, with the people in them."""

from typing import Any

import pytest

from libsubsidy import Money, MonthRange, OrderKind
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.portal.importing.lists import ask_to_open
from tests.portal.papers import hand_in
from tests.portal.visitors import Visitor
from tests.store.fund import START, draft, employ, id_number, line, new_employee, submitted


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the town's employer."""
    return await visitor(PortalRole.EMPLOYER)


async def send_here(other: Visitor, town: Town, person_id: int) -> None:
    """Let the other employer transfer somebody to the town's first."""
    asked = {"to_employer_id": str(town.employer.id), "employees": [str(person_id)], "effective": str(START)}
    await other.post("/transfers", asked | {"attachments": await hand_in(other, "transfer")})


def differences(found: Any) -> list[tuple[str, str]]:
    """Who differs, and how."""
    return [(each["kind"], each["name"]) for each in found["items"]]


async def test_a_month_is_compared_with_the_last_one_that_was_remitted(
    clerk: Visitor, db: Connection, town: Town
) -> None:
    """Joined, left and changed amounts; a skipped month is passed over, a draft is no month, back-payments do not count."""
    one, two, three, four, five = town.people
    first = await draft(db, town.employer, line(one, START))
    alone = await clerk.get(f"/orders/{first.id}/comparison")
    assert (None, [("joined", "员工1")]) == (alone["earlier"], differences(alone))
    await submitted(db, town.employer, line(one, START), line(two, START), line(three, START))
    await submitted(db, town.employer, line(five, START - 1), kind=OrderKind.MONTHLY)
    await draft(db, town.employer, line(five, START + 1))
    order = await draft(
        db, town.employer, line(one, START + 2), line(two, START + 2, Money.parse("9")), line(four, START + 2)
    )
    found = await clerk.get(f"/orders/{order.id}/comparison")
    assert (str(START), 0, {"people": 3, "total": "1500.00"}, {"people": 3, "total": "1009.00"}, 1) == (
        found["earlier"],
        found["other_orders"],
        found["compared"]["before"],
        found["compared"]["after"],
        found["compared"]["unchanged"],
    )
    assert [("joined", "员工4"), ("left", "员工3"), ("changed", "员工2")] == differences(found)
    only = await clerk.get(f"/orders/{order.id}/comparison", kind="changed")
    assert [("changed", "员工2")] == differences(only)


async def test_a_supplementary_order_is_compared_together_with_the_first(
    clerk: Visitor, db: Connection, town: Town
) -> None:
    """D-15: nobody seems to have left who is in the other order of the month."""
    one, two, *_ = town.people
    await submitted(db, town.employer, line(one, START), line(two, START))
    await submitted(db, town.employer, line(one, START + 1))
    order = await draft(db, town.employer, line(two, START + 1))
    found = await clerk.get(f"/orders/{order.id}/comparison")
    assert (1, [], 2) == (found["other_orders"], found["items"], found["compared"]["unchanged"])


async def test_everybody_who_is_missing_is_explained(clerk: Visitor, db: Connection, town: Town) -> None:
    """Sealed, already paid, not ticked, without an amount, starting later: each reason is counted and says the way out."""
    one, two, three, *_ = town.people
    await employ(db, town.employer, new_employee(21, file_amount=None), new_employee(22, start_month=START + 3))
    await submitted(db, town.employer, line(two, START))
    await clerk.post("/seals", {"rows": [{"employee_id": str(three), "expected": "active"}], "effective": str(START)})
    order = await draft(db, town.employer, line(one, START))
    found = await clerk.get(f"/orders/{order.id}/missing")
    assert {
        "员工2": ["MONTH_ALREADY_LIVE"],
        "员工3": ["SEALED"],
        "员工4": ["ABSENT_UNTICKED"],
        "员工5": ["ABSENT_UNTICKED"],
        "员工21": ["ABSENT_WITHOUT_AMOUNT"],
        "员工22": ["START_MONTH_AFTER"],
    } == {each["name"]: [reason["code"] for reason in each["reasons"]] for each in found["items"]}
    (held,) = (reason["zh"] for each in found["items"] for reason in each["reasons"] if each["name"] == "员工2")
    assert ("申请（待审核）" in held, "去掉" in held) == (
        True,
        False,
    )  # It is not paid, and there is no row to take away.
    assert (6, {"code": "ABSENT_UNTICKED", "people": 2}) == (found["people"], found["counts"][0])
    some = await clerk.get(f"/orders/{order.id}/missing", reason="ABSENT_UNTICKED", limit="1")
    rest = await clerk.get(f"/orders/{order.id}/missing", reason="ABSENT_UNTICKED", cursor=some["next"])
    assert (["员工4"], ["员工5"], None) == (
        [each["name"] for each in some["items"]],
        [each["name"] for each in rest["items"]],
        rest["next"],
    )


async def test_a_person_is_found_wherever_they_are(
    clerk: Visitor, db: Connection, town: Town, visitor: VisitorOf
) -> None:
    """In the order, kept out of it, waiting for an account, on the way from elsewhere; of another employer's nothing."""
    order = await draft(db, town.employer, line(town.people[0], START))
    asked = await ask_to_open(clerk, 41)

    async def where(text: str) -> Any:
        return await clerk.get(f"/orders/{order.id}/missing/search", text=text)

    (inside,) = (await where("员工1"))["people"]
    assert ("500.00", []) == (inside["amount"], inside["reasons"])
    (outside,) = (await where(str(id_number(2))))["people"]
    assert (None, ["ABSENT_UNTICKED"]) == (outside["amount"], [each["code"] for each in outside["reasons"]])
    (awaited,) = (await where("员工41"))["awaited"]
    assert (asked["id"], "submitted", f"4401**********{str(id_number(41))[14:]}") == (
        awaited["application"],
        awaited["state"],
        awaited["id_number"],
    )
    await send_here(await visitor(PortalRole.EMPLOYER, employer_id=town.other.id), town, town.strangers[4])
    (incoming,) = (await where("员工15"))["incoming"]
    assert ("员工15", town.other.name, "started") == (incoming["name"], incoming["from_employer"], incoming["state"])
    nothing: dict[str, list[Any]] = {"people": [], "awaited": [], "incoming": []}
    assert [nothing, nothing] == [await where(str(id_number(11))), await where(" ")]


async def test_each_month_of_a_back_payment_is_asked_about(clerk: Visitor, db: Connection, town: Town) -> None:
    """每月一页: who is missing from one month may stand in the other; a month outside is refused."""
    months = MonthRange(START - 2, START - 1)
    one, two, *_ = town.people
    order = await draft(
        db, town.employer, line(one, months.first), line(two, months.last), kind=OrderKind.MONTHLY, months=months
    )
    first = await clerk.get(f"/orders/{order.id}/missing")
    last = await clerk.get(f"/orders/{order.id}/missing", month=str(months.last))
    assert ("员工2", "员工1", 4, 4) == (
        first["items"][0]["name"], last["items"][0]["name"], first["people"], last["people"],
    )  # fmt: skip
    outside = await clerk.ask("GET", f"/orders/{order.id}/missing", params={"month": str(START)})
    assert (422, ["MONTH_OUTSIDE_ORDER"]) == (outside.status, outside.codes)
