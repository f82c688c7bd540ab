"""缴款历史补录 by the API: the template, a file, what is wrong by row, handing in, deciding, the ledgers (F107)."""

import io
from datetime import datetime

import openpyxl

from services.portal.roles import PortalRole
from tests.portal.backfills.histories import HEADERS, record, typed, workbook_of
from tests.portal.conftest import Town, VisitorOf
from tests.portal.papers import hand_in
from tests.portal.visitors import Given
from tests.store.fund import id_number


def _codes(given: Given) -> tuple[int, list[str]]:
    return given.status, given.codes


async def test_a_backfill_from_its_rows_to_both_ledgers(visitor: VisitorOf, town: Town) -> None:
    """F107: handed in with proof, approved by the bureau, marked in the employer's and the employee's ledger; no notice."""
    clerk, reviewer = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.REVIEWER)
    asked = await record(clerk, typed(1), typed(1, "2019-06", amount="0.01", voucher="", remark="补发"))
    assert ("backfill", "submitted", "500.01", 2) == tuple(
        asked[key] for key in ("kind", "state", "total", "line_count")
    )
    (waiting,) = (await reviewer.get("/applications", kind="backfill"))["items"]
    shown = await reviewer.get(f"/applications/{waiting['id']}")
    assert [("2019-05", "500.00", "记-12"), ("2019-06", "0.01", "")] == [
        (row["month"], row["amount"], row["voucher"]) for row in shown["backfilled"]
    ]
    assert 1 == len(shown["attachments"])
    await reviewer.post(f"/applications/{waiting['id']}/approve", {"version": waiting["version"]})
    employee = await visitor(PortalRole.EMPLOYEE)
    for ledger in (await employee.get("/me/ledger"), await clerk.get(f"/employees/{town.people[0]}/ledger")):
        assert ("500.01", "0.00", 2) == (ledger["balance"], ledger["cash"], ledger["periods"])
        assert [("backfill", True, waiting["id"].partition("-")[2])] * 2 == [
            (each["kind"], each["backfilled"], each["application_id"]) for each in ledger["items"]
        ]
    assert [] == (await clerk.get("/notices"))["items"]


async def test_each_error_is_told_by_row_and_cell(visitor: VisitorOf, town: Town) -> None:
    """F107: tried, everything is told by row and field with totals of the rest; handed in, by the pointer of the cell."""
    clerk = await visitor(PortalRole.EMPLOYER)
    rows = [
        typed(1),
        typed(11),
        typed(2, "", name="李四"),
        {"employee_id": str(town.people[2]), "name": "员工3", "month": "2099-01", "amount": "1.5"},
    ]
    tried = await clerk.post("/backfills/preview", {"rows": rows})
    assert (4, 3, 3, "1001.50", "0.00") == tuple(
        tried[key] for key in ("rows", "people", "broken", "total", "itemised")
    )
    assert [
        (2, [("id_number", "BACKFILL_STRANGER")]),
        (3, [("month", "FIELD_MISSING"), ("name", "BACKFILL_NAME")]),
        (4, [("month", "BACKFILL_FUTURE_MONTH")]),
    ] == [(row["row"], [(each["field"], each["code"]) for each in row["broken"]]) for row in tried["told"]]
    given = await clerk.ask("POST", "/backfills", json={"rows": rows})
    assert 422 == given.status
    assert ["/rows/1/id_number", "/rows/2/month", "/rows/2/name", "/rows/3/month"] == [
        each["pointer"] for each in given.body["violations"]
    ]
    assert given.body["violations"][0]["zh"].startswith("第 2 行“证件号码”：这个证件号码的职工不在本单位")
    assert [] == (await clerk.get("/backfills"))["items"]


async def test_nothing_is_recorded_without_its_proof(visitor: VisitorOf) -> None:
    """The vouchers are required; and the same request under one key is one application."""
    clerk = await visitor(PortalRole.EMPLOYER)
    given = await clerk.ask("POST", "/backfills", json={"rows": [typed(1)]})
    assert (422, ["ATTACHMENT_MISSING"]) == (given.status, given.codes)
    assert ["/attachments"] == [each["pointer"] for each in given.body["violations"]]
    body = {"rows": [typed(1)], "attachments": await hand_in(clerk, "backfill")}
    first, again = [await clerk.post("/backfills", body, Idempotency_Key="history-of-2019") for _ in range(2)]
    assert first == again
    assert 1 == len((await clerk.get("/backfills"))["items"])


async def test_the_template_comes_back_filled_in(visitor: VisitorOf) -> None:
    """F107, 星号必填: its example is never read; texts, amounts and dates are read as people's programs write them (I33)."""
    clerk = await visitor(PortalRole.EMPLOYER)
    template = (await clerk.ask("GET", "/backfills/template")).body
    book = openpyxl.load_workbook(io.BytesIO(template))
    assert HEADERS == [cell.value for cell in next(book.worksheets[0].iter_rows())]
    assert ["*证件号码", "*姓名", "*月份", "*金额", "凭证号", "备注"] == HEADERS
    assert (422, ["SPREADSHEET_EMPTY"]) == _codes(await clerk.ask("POST", "/backfills/file", data=template))
    data = workbook_of(
        [str(id_number(1)), "员工1", datetime(2019, 5, 1), 500.5, None, "备注"],  # noqa: DTZ001 - a spreadsheet knows no zone.
        [4.40782e17, "员工2", "2019-06", 1e20, "记-12", None],
    )
    given = await clerk.ask("POST", "/backfills/file", data=data)
    assert 200 == given.status, given.body
    one, two = given.body["rows"]
    assert (2, str(id_number(1)), "员工1", "2019-05", "500.5", "", "备注", []) == tuple(one.values())
    # A number whose digits were lost, and an amount that is simply too large.
    assert ("", "", [("id_number", "ID_SCIENTIFIC"), ("amount", "AMOUNT_OUT_OF_BOUNDS")]) == (
        two["id_number"], two["amount"], [(each["field"], each["code"]) for each in two["uncertain"]],
    )  # fmt: skip
    assert (422, ["HEADERS_MISSING"]) == _codes(await clerk.ask("POST", "/backfills/file", data=b"a,b\n1,2\n"))


async def test_a_returned_one_is_corrected_and_handed_in_again(visitor: VisitorOf, town: Town) -> None:
    """F107: its rows come back whole, as a list and as the file; handed in anew it is the same application."""
    clerk, reviewer = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.REVIEWER)
    asked = await record(clerk, typed(1), typed(2))
    refusal = {"version": asked["version"], "reason": "缺少凭证"}
    await reviewer.post(f"/applications/{asked['id']}/return", refusal)
    number = asked["id"].partition("-")[2]
    view = await clerk.get(f"/backfills/{number}")
    assert ("returned", "缺少凭证", 2) == (view["state"], view["remark"], view["row_count"])
    rows = (await clerk.get(f"/backfills/{number}/rows"))["items"]
    assert [str(each) for each in town.people[:2]] == [row["employee_id"] for row in rows]
    file = (await clerk.ask("GET", f"/backfills/{number}/file")).body
    read = (await clerk.ask("POST", "/backfills/file", data=file)).body["rows"]
    assert [str(id_number(1)), str(id_number(2))] == [row["id_number"] for row in read]
    kept = ("employee_id", "name", "month", "amount", "voucher", "remark")
    body = {
        "version": view["version"],
        "rows": [{name: rows[0][name] for name in kept}],
        "attachments": await hand_in(clerk, "backfill"),
    }
    again = await clerk.put(f"/backfills/{number}", body)
    assert (asked["id"], "submitted", 1) == (again["id"], again["state"], again["line_count"])
    given = await clerk.ask("PUT", f"/backfills/{number}", json=body)
    assert (409, ["STALE_VERSION"]) == (given.status, given.codes)


async def test_ten_thousand_rows_are_tried_and_handed_in(visitor: VisitorOf, town: Town) -> None:
    """F107: as many rows as a list may have; one more is refused."""
    clerk = await visitor(PortalRole.EMPLOYER)
    months = [f"{year}-{month:02}" for year in range(1990, 2020) for month in range(1, 13)]
    rows = [
        {"employee_id": str(person), "name": f"员工{serial}", "month": month, "amount": "1"}
        for serial, person in enumerate(town.people, start=1)
        for month in months
    ]
    whole = rows + [{"employee_id": "1", "name": "", "amount": ""}] * (10_000 - len(rows))
    tried = await clerk.post("/backfills/preview", {"rows": whole})
    assert (10_000, 10_000 - len(rows), 500) == (tried["rows"], tried["broken"], len(tried["told"]))
    given = await clerk.ask("POST", "/backfills/preview", json={"rows": [*whole, rows[0]]})
    assert (422, ["LIST_TOO_LONG"]) == (given.status, given.codes)
    asked = await record(clerk, *rows)
    assert (1_800, "1800.00") == (asked["line_count"], asked["total"])
