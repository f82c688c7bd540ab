"""The amounts of a month by Excel over HTTP: out, in, what it would change, and taking it (persona P2, I33)."""

from typing import Any

import pytest

from libsubsidy import Money, MonthRange, OrderKind
from services.portal.roles import PortalRole
from services.store.database import Connection
from services.store.orders import Order
from tests.portal.amounts.files import changed, in_csv, row, upload
from tests.portal.conftest import Town, VisitorOf
from tests.portal.importing.lists import cells_of
from tests.portal.visitors import Visitor
from tests.store.fund import START, draft, id_number, line, submit


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the town's employer."""
    return await visitor(PortalRole.EMPLOYER)


@pytest.fixture
async def order(db: Connection, town: Town) -> Order:
    """A draft with three of the five people: one as on file, one designated, one for this month only."""
    one, two, three, *_ = town.people
    return await draft(
        db,
        town.employer,
        line(one, START),
        line(two, START, Money.parse("600.50")),
        line(three, START, Money.parse("7"), carry_over=False),
    )


async def exported(clerk: Visitor, order: Order) -> bytes:
    """The draft as a workbook."""
    given = await clerk.ask("GET", f"/orders/{order.id}/amounts/file")
    assert 200 == given.status
    body: bytes = given.body
    return body


async def take(clerk: Visitor, seen: Any, **how: bool) -> Any:
    """Take a list as it was seen."""
    return await clerk.post(
        f"/orders/{seen['order_id']}/amounts/take", {"list_id": seen["id"], "version": seen["version"], **how}
    )


async def lines_of(clerk: Visitor, order: Order) -> list[tuple[str, str, str, bool]]:
    """The draft's lines: who, how much, from where, 仅本月."""
    items = (await clerk.get(f"/orders/{order.id}/lines"))["items"]
    return [(each["name"], each["amount"], each["source"], each["this_month_only"]) for each in items]


async def test_a_file_that_comes_back_unchanged_changes_nothing(clerk: Visitor, order: Order) -> None:
    """I33: out and in again, nobody joins, leaves or changes; the control totals are the draft's."""
    workbook = await exported(clerk, order)
    assert [
        ["*证件号码", "姓名", "指定汇缴", "仅本月"],
        [str(id_number(1)), "员工1", 500, None],
        [str(id_number(2)), "员工2", 600.5, None],
        [str(id_number(3)), "员工3", 7, "是"],
    ] == cells_of(workbook)
    given = await upload(clerk, order.id, workbook, filename="四月.xlsx")
    assert (201, f"/api/v1/orders/{order.id}/amounts") == (given.status, given.headers["Location"])
    same = {"people": 3, "total": "1107.50"}
    unchanged = {"before": same, "after": same, "joined": 0, "left": 0, "changed": 0, "unchanged": 3}
    assert (3, 0, [], unchanged, unchanged) == (
        given.body["rows"],
        given.body["broken_rows"],
        given.body["findings"],
        given.body["keeping"],
        given.body["removing"],
    )
    before = await lines_of(clerk, order)
    await take(clerk, given.body, remove=True)
    assert before == await lines_of(clerk, order)


async def test_what_was_changed_in_excel_is_shown_and_then_taken(clerk: Visitor, order: Order) -> None:
    """Amounts, a newcomer and somebody who is not paid: counts and totals first, each person on demand, one call to take it."""

    def work(sheet: Any) -> None:
        sheet["C2"] = 512.5
        sheet["D4"] = "否"
        sheet.delete_rows(3)
        sheet.append([str(id_number(4)), "员 工4", None, None])

    seen = (await upload(clerk, order.id, changed(await exported(clerk, order), work))).body
    assert ({"people": 3, "total": "1107.50"}, {"people": 3, "total": "1019.50"}, 1, 1, 2, 0) == tuple(
        seen["removing"][name] for name in ("before", "after", "joined", "left", "changed", "unchanged")
    )
    assert ({"people": 4, "total": "1620.00"}, 1, 0, 2, 1) == tuple(
        seen["keeping"][name] for name in ("after", "joined", "left", "changed", "unchanged")
    )
    told = (await clerk.get(f"/orders/{order.id}/amounts/differences"))["items"]
    assert [("joined", "员工4"), ("left", "员工2"), ("changed", "员工1"), ("changed", "员工3")] == [
        (each["kind"], each["name"]) for each in told
    ]
    (left,) = (await clerk.get(f"/orders/{order.id}/amounts/differences", kind="left"))["items"]
    assert ("600.50", "designated", None) == (left["before"]["amount"], left["before"]["source"], left["after"])
    first = await clerk.get(f"/orders/{order.id}/amounts/differences", limit="3")
    rest = await clerk.get(f"/orders/{order.id}/amounts/differences", cursor=first["next"])
    assert (told, None) == (first["items"] + rest["items"], rest["next"])
    assert [("员工1", "500.00"), ("员工2", "600.50"), ("员工3", "7.00")] == [
        each[:2] for each in await lines_of(clerk, order)
    ], "nothing changes before it is taken"
    taken = await take(clerk, seen, remove=True)
    assert ("1019.50", 3) == (taken["total"], taken["line_count"])
    assert [
        ("员工1", "512.50", "designated", False),
        ("员工3", "7.00", "designated", False),
        ("员工4", "500.00", "file", False),
    ] == await lines_of(clerk, order)
    assert 404 == (await clerk.ask("GET", f"/orders/{order.id}/amounts")).status


async def test_each_error_is_told_by_row_and_column_and_comes_back_marked(clerk: Visitor, order: Order) -> None:
    """A wrong row says everything at once; the good ones may be taken, and nobody leaves for a mistyped number."""
    rows = (
        row(1, "9"),
        row(2, "0", "maybe", "别人"),
        ("4.40782E+17", "", "5", ""),
        row(77, "5"),
        row(1, "10"),
    )
    seen = (await upload(clerk, order.id, in_csv(*rows), filename="错.csv")).body
    assert (5, 4, None) == (seen["rows"], seen["broken_rows"], seen["removing"])
    told = (await clerk.get(f"/orders/{order.id}/amounts/rows"))["items"]
    assert [
        (3, "B", "name", "AMOUNTS_NAME"),
        (3, "C", "designated", "AMOUNT_NOT_POSITIVE"),
        (3, "D", "this_month_only", "AMOUNTS_THIS_MONTH_ONLY"),
        (4, "A", "id_number", "ID_SCIENTIFIC"),
        (5, "A", "id_number", "AMOUNTS_STRANGER"),
        (6, "A", "id_number", "DUPLICATE_IN_FILE"),
    ] == [
        (each["row"], problem["column"], problem["field"], problem["violation"]["code"])
        for each in told
        for problem in each["problems"]
    ]
    marked = await clerk.ask("GET", f"/orders/{order.id}/amounts/marked")
    assert ["档案中的姓名是“员工2”" in str(cells) for cells in cells_of(marked.body)] == [
        False,
        False,
        True,
        *[False] * 3,
    ]
    for how, code in (({}, "AMOUNTS_BROKEN"), ({"only_good": True, "remove": True}, "AMOUNTS_REMOVE_BROKEN")):
        body = {"list_id": seen["id"], "version": seen["version"], **how}
        assert [code] == (await clerk.ask("POST", f"/orders/{order.id}/amounts/take", json=body)).codes
    await take(clerk, seen, only_good=True)
    assert ["9.00", "600.50", "7.00"] == [each[1] for each in await lines_of(clerk, order)]


async def test_a_draft_that_was_worked_on_since_is_not_overwritten(clerk: Visitor, order: Order, town: Town) -> None:
    """The colleague's work stays; whoever looks again sees what the file would change now, and may take it."""
    seen = (await upload(clerk, order.id, in_csv(row(1, "9")))).body
    new = {"version": order.version, "lines": [{"employee_id": str(town.people[4]), "amount": "3.00"}]}
    await clerk.put(f"/orders/{order.id}/lines", new)
    body = {"list_id": seen["id"], "version": seen["version"]}
    refused = await clerk.ask("POST", f"/orders/{order.id}/amounts/take", json=body)
    assert (409, ["STALE_VERSION"]) == (refused.status, refused.codes)
    again = await clerk.get(f"/orders/{order.id}/amounts")
    assert 4 == again["keeping"]["before"]["people"]
    await take(clerk, again)


async def test_a_page_of_a_back_payment_takes_amounts_of_its_month(clerk: Visitor, db: Connection, town: Town) -> None:
    """One month of the range changes, the others stay; a month outside is refused before anything is read."""
    months = MonthRange(START - 2, START - 1)
    lines = [line(town.people[0], month) for month in months]
    order = await draft(db, town.employer, *lines, kind=OrderKind.MONTHLY, months=months)
    outside = await upload(clerk, order.id, b"", month=str(START))
    assert (422, ["MONTH_OUTSIDE_ORDER"]) == (outside.status, outside.codes)
    seen = (await upload(clerk, order.id, in_csv(row(1, "9"), row(2, "8")), month=str(months.last))).body
    await take(clerk, seen, remove=True)
    told = (await clerk.get(f"/orders/{order.id}/lines"))["items"]
    assert [("员工1", "2019-11", "500.00"), ("员工1", "2019-12", "9.00"), ("员工2", "2019-12", "8.00")] == [
        (each["name"], each["month"], each["amount"]) for each in told
    ]


async def test_only_drafts_take_a_file_and_files_that_are_none_say_so(
    clerk: Visitor, db: Connection, order: Order, town: Town
) -> None:
    """A file that is no spreadsheet or lacks the columns is refused as a whole; so is any for a submitted order."""
    assert ["SPREADSHEET_UNREADABLE"] == (await upload(clerk, order.id, b"\xff\xd8\xff")).codes
    assert ["HEADERS_MISSING"] == (await upload(clerk, order.id, "甲,乙\n1,2\n".encode())).codes
    await upload(clerk, order.id, in_csv(row(1)))
    assert 204 == (await clerk.ask("DELETE", f"/orders/{order.id}/amounts")).status
    assert 404 == (await clerk.ask("DELETE", f"/orders/{order.id}/amounts")).status
    await submit(db, town.employer, order)
    assert ["ORDER_FROZEN"] == (await upload(clerk, order.id, in_csv(row(1)))).codes
