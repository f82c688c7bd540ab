"""Promises of services/portal/orders/sheets.py: a month of a draft at once, filled, emptied, thrown away."""

from typing import Any

import pytest

from libsubsidy import FileAmount, Money, Month, Policy
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import AMOUNT, START, employ, line, new_employee, submitted

APRIL = {"first": "2020-04", "last": "2020-04"}
QUARTER = {"first": "2019-10", "last": "2019-12"}


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


async def drafted(clerk: Visitor, **facts: Any) -> Any:
    """Let the clerk make a draft of April with everybody."""
    return await clerk.post("/orders", {"kind": "regular", "months": APRIL, "fill": True} | facts)


def row_of(sheet: Any, person: int) -> dict[str, Any]:
    """One employee's row out of the columns."""
    place = sheet["employee_ids"].index(str(person))
    columns = ("names", "proposals", "sources", "file_amounts", "amounts", "amount_sources", "this_month_only")
    return {name: sheet[name][place] for name in columns}


async def test_a_sheet_is_all_rows_as_columns(clerk: Visitor, db: Connection, town: Town) -> None:
    """F80, F83-F85: everybody who can be paid with proposal, source and tick; who cannot is counted, and not there."""
    one, two, three, four, five = town.people
    await submitted(db, town.employer, line(one, START + 1, Money.parse("612.50")))
    await submitted(db, town.employer, line(two, START + 3))
    await employ(db, town.employer, new_employee(90, name="安娜", name_pinyin="an na", file_amount=None))
    order = await clerk.post("/orders", {"kind": "regular", "months": APRIL, "fill": True})
    body = {
        "version": order["version"],
        "lines": [{"employee_id": str(three), "amount": "9.99", "this_month_only": True}],
    }
    await clerk.put(f"/orders/{order['id']}/lines", body | {"remove": [{"employee_id": str(four)}]})
    sheet = await clerk.get(f"/orders/{order['id']}/sheet")
    assert ("2020-04", 1, ["安娜", "员工1", "员工3", "员工4", "员工5"]) == (
        sheet["month"],
        sheet["missing"],
        sheet["names"],
    )
    assert ("an na", "4401**********") == (sheet["pinyins"][0], sheet["id_numbers"][0][:14])
    known = {"file_amounts": "500.00", "this_month_only": False}
    assert [
        known
        | {
            "names": "员工1",
            "proposals": "612.50",
            "sources": "carried",
            "amounts": "612.50",
            "amount_sources": "carried",
        },
        {
            "names": "员工3",
            "proposals": "500.00",
            "sources": "file",
            "file_amounts": "500.00",
            "amounts": "9.99",
            "amount_sources": "designated",
            "this_month_only": True,
        },
        known | {"names": "员工4", "proposals": "500.00", "sources": "file", "amounts": None, "amount_sources": None},
        known
        | {"names": "员工5", "proposals": "500.00", "sources": "file", "amounts": "500.00", "amount_sources": "file"},
    ] == [row_of(sheet, person) for person in (one, three, four, five)]
    assert (None, None) == (sheet["proposals"][0], sheet["amounts"][0]), "an amount must be typed"
    assert ("1122.49", 3, []) == (sheet["order"]["total"], sheet["order"]["line_count"], sheet["broken"])


async def test_who_cannot_be_paid_any_more_stays_in_the_sheet_with_the_reason(
    clerk: Visitor, db: Connection, town: Town
) -> None:
    """Two clerks drafted the same month: the second one sees who is in conflict, and with which order."""
    order = await drafted(clerk)
    first = await submitted(db, town.employer, *(line(person, START + 3) for person in town.people[:2]))
    sheet = await clerk.get(f"/orders/{order['id']}/sheet")
    assert (5, 0) == (len(sheet["names"]), sheet["missing"])
    assert [(str(person), ["MONTH_ALREADY_LIVE"]) for person in town.people[:2]] == [
        (each["employee_id"], [reason["code"] for reason in each["reasons"]]) for each in sheet["broken"]
    ]
    assert f"#{first.id}" in sheet["broken"][0]["reasons"][0]["zh"]


async def test_each_month_of_a_back_payment_has_its_sheet(clerk: Visitor, town: Town) -> None:
    """F93: the page of a month has that month's lines; a month outside the order is refused."""
    order = await clerk.post("/orders", {"kind": "monthly", "months": QUARTER, "fill": True})
    path = f"/orders/{order['id']}/sheet"
    first, second = await clerk.get(path), await clerk.get(path, month="2019-11")
    assert (["2019-10", "2019-11"], 5) == ([first["month"], second["month"]], len(second["names"]))
    assert {None} == set(second["amounts"])
    given = await clerk.ask("GET", path, params={"month": "2020-01"})
    assert (422, ["MONTH_OUTSIDE_ORDER"]) == (given.status, given.codes)


async def test_everybody_or_nobody_is_ticked_by_one_call(clerk: Visitor, town: Town) -> None:
    """F86: 全选 adds who is missing and leaves what was typed; nobody empties the month; the version is proven."""
    order = await drafted(clerk)
    one, two, *_ = map(str, town.people)
    body = {"version": order["version"], "lines": [{"employee_id": one, "amount": "1.00"}]}
    changed = await clerk.put(f"/orders/{order['id']}/lines", body | {"remove": [{"employee_id": two}]})
    path = f"/orders/{order['id']}/fill"
    full = await clerk.post(path, {"version": changed["version"], "chosen": "all"})
    assert ("2001.00", 5) == (full["total"], full["line_count"])
    stale = await clerk.ask("POST", path, json={"version": changed["version"], "chosen": "none"})
    assert (409, ["STALE_VERSION"]) == (stale.status, stale.codes)
    empty = await clerk.post(path, {"version": full["version"], "chosen": "none"})
    assert ("0.00", 0) == (empty["total"], empty["line_count"])


async def test_one_month_is_filled_and_emptied_and_the_others_stay(clerk: Visitor, db: Connection, town: Town) -> None:
    """F93: ticking everybody of a page touches that page alone; a lump sum has no proposals to tick."""
    known = FileAmount(effective=START - 12, amount=AMOUNT)
    await employ(db, town.employer, *(new_employee(serial, file_amount=known) for serial in range(60, 63)))
    order = await clerk.post("/orders", {"kind": "monthly", "months": QUARTER, "fill": True})
    path = f"/orders/{order['id']}/fill"
    more = await clerk.post(path, {"version": order["version"], "month": "2019-12", "chosen": "all"})
    less = await clerk.post(path, {"version": more["version"], "month": "2019-10", "chosen": "none"})
    assert (3, 6, 3) == (order["line_count"], more["line_count"], less["line_count"])
    outside = await clerk.ask("POST", path, json={"version": less["version"], "month": "2020-02", "chosen": "all"})
    assert ["MONTH_OUTSIDE_ORDER"] == outside.codes
    lump = await clerk.post("/orders", {"kind": "lump_difference", "months": APRIL})
    given = await clerk.ask("POST", f"/orders/{lump['id']}/fill", json={"version": 1, "chosen": "all"})
    assert ["FILL_NEEDS_AMOUNTS"] == given.codes


async def test_a_draft_that_is_there_is_offered(clerk: Visitor, town: Town) -> None:
    """F88: whoever asks not to begin twice is told the draft; another month, or saying nothing, begins one."""
    order = await drafted(clerk)
    given = await clerk.ask("POST", "/orders", json={"kind": "regular", "months": APRIL, "unless_drafted": True})
    assert (409, ["DRAFT_THERE"], order["id"]) == (
        given.status,
        given.codes,
        str(given.body["violations"][0]["params"]["order"]),
    )
    may = {"first": "2020-05", "last": "2020-05"}
    assert order["id"] != (await drafted(clerk))["id"] != (await drafted(clerk, months=may, unless_drafted=True))["id"]


async def test_a_month_that_nobody_can_be_paid_for_leaves_no_draft(
    clerk: Visitor, portal: Portal, db: Connection, town: Town
) -> None:
    """D-7, F80: too late a month is refused by itself; one without anybody to fill in says how many lack for which reason."""
    latest = Month.of(portal.clock().date()) + Policy().remittance_months_ahead
    late = {"first": str(latest + 1), "last": str(latest + 1)}
    for fill in (True, False):
        refused = await clerk.ask("POST", "/orders", json={"kind": "regular", "months": late, "fill": fill})
        assert (422, ["MONTH_TOO_FAR"]) == (refused.status, refused.codes)
    for kind in ("monthly", "lump_missed"):
        refused = await clerk.ask("POST", "/orders", json={"kind": kind, "months": late})
        assert (422, ["BP_FUTURE_MONTH"]) == (refused.status, refused.codes)
    one, two, *others = town.people
    await submitted(db, town.employer, *(line(person, START) for person in others))
    rows = [{"employee_id": str(person), "expected": "active"} for person in (one, two)]
    await clerk.post("/seals", {"rows": rows, "effective": str(START)})
    month = {"first": str(START), "last": str(START)}
    refused = await clerk.ask("POST", "/orders", json={"kind": "regular", "months": month, "fill": True})
    assert (422, ["NOBODY_TO_PAY"], "（3 人该月已缴、2 人已封存）") == (
        refused.status,
        refused.codes,
        refused.body["violations"][0]["zh"].partition("的职工")[2].partition("：")[0],
    )
    assert 0 == await db.fetchval("SELECT count(*) FROM remittance_order WHERE state = 'draft'")
    # Somebody whose amount is to be typed is reason enough for a sheet; and an empty draft is made for whoever asks for it.
    await employ(db, town.employer, new_employee(21, file_amount=None))
    for fill in (True, False):
        made = await clerk.post("/orders", {"kind": "regular", "months": month, "fill": fill})
        assert ("draft", 0) == (made["state"], made["line_count"])


async def test_a_draft_is_thrown_away(clerk: Visitor, visitor: VisitorOf, db: Connection, town: Town) -> None:
    """F88: with all its lines, and the trail says so; not by a stranger, not once the bureau has seen it."""
    order = await drafted(clerk)
    path = f"/orders/{order['id']}"
    stranger = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    assert 404 == (await stranger.ask("DELETE", path)).status
    assert 204 == (await clerk.ask("DELETE", path)).status
    assert 404 == (await clerk.ask("DELETE", path)).status
    assert 0 == await db.fetchval("SELECT count(*) FROM order_line")
    assert "thrown_away" == await db.fetchval(
        "SELECT to_state FROM audit_event WHERE subject_kind = 'order' ORDER BY id DESC LIMIT 1"
    )
    seen = await drafted(clerk)
    path = f"/orders/{seen['id']}"
    handed_in = await clerk.post(f"{path}/submit", {"version": seen["version"]})
    assert ["ORDER_FROZEN"] == (await clerk.ask("DELETE", path)).codes
    retracted = await clerk.post(f"{path}/retract", {"version": handed_in["version"]})
    await clerk.post(f"{path}/revise", {"version": retracted["version"]})
    assert ["ORDER_SEEN"] == (await clerk.ask("DELETE", path)).codes


async def test_a_draft_that_waits_for_a_colleague_waits_no_more_once_it_is_changed(
    visitor: VisitorOf, db: Connection, town: Town
) -> None:
    """复核: what a colleague was to hand in is not what stands there now, so that it is submitted anew."""
    await db.execute("UPDATE employer SET checker_needed = true")
    clerk = await visitor(PortalRole.EMPLOYER_CLERK)
    order = await drafted(clerk)
    waiting = await clerk.post(f"/orders/{order['id']}/submit", {"version": order["version"]})
    assert ("draft", True) == (waiting["state"], waiting["waits_for_colleague"])
    body = {"version": waiting["version"], "remove": [{"employee_id": str(town.people[0])}]}
    assert not (await clerk.put(f"/orders/{order['id']}/lines", body))["waits_for_colleague"]
