"""员工初始化 over HTTP: cell by cell, whole, as a workbook out and in, submitted, opened again (F15-F19)."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Given, Visitor
from tests.store.fund import START, draft, id_number, line, submit

GOOD = {"mobile": "13800000000", "rank": "正科", "monthly_amount": "500.00"}


@pytest.fixture
async def clerk(visitor: VisitorOf, db: Connection, town: Town) -> Visitor:
    """Somebody of an employer that has been migrated and not initialised."""
    await db.execute("UPDATE employer SET initialised_at = NULL WHERE id = $1", town.employer.id)
    return await visitor(PortalRole.EMPLOYER)


async def fill_in(clerk: Visitor, town: Town, **cells: str) -> None:
    """Type the same into every row."""
    await clerk.put("/initialisation/rows", {"rows": [{"id": str(person), **GOOD, **cells} for person in town.people]})


async def upload(clerk: Visitor, body: bytes) -> Given:
    """Send a workbook."""
    return await clerk.ask(
        "POST", "/initialisation/file", data=body, headers={"Content-Type": "application/octet-stream"}
    )


async def exported(clerk: Visitor) -> bytes:
    """The table as a workbook."""
    given = await clerk.ask("GET", "/initialisation/file")
    assert 200 == given.status
    body: bytes = given.body
    return body


def corrected(body: bytes, change: Callable[[Any], None]) -> bytes:
    """The workbook after somebody has worked in it."""
    book = openpyxl.load_workbook(io.BytesIO(body))
    change(book.worksheets[0])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


async def test_the_table_is_read_saved_and_verified(clerk: Visitor, db: Connection, town: Town) -> None:
    """F15, F16, F19: masked numbers, cells as typed, what is wrong in the saved rows, everything that is wrong at all."""
    first = (await clerk.get("/initialisation/rows", limit="2"))["items"][0]
    assert (1, "员工1", f"4401**********{str(id_number(1))[14:]}", "500.00", []) == (
        first["number"],
        first["name"],
        first["id_number"],
        first["cells"]["monthly_amount"],
        first["edited"],
    )
    saved = await clerk.put("/initialisation/rows", {"rows": [{"id": first["id"], "mobile": "12", "rank": "正科"}]})
    assert [("mobile", "PHONE_FORMAT", 1)] == [(each["field"], each["code"], each["row"]) for each in saved["problems"]]
    again = (await clerk.get("/initialisation/rows", search="员工1"))["items"][0]
    assert ("12", ["mobile", "rank"]) == (again["cells"]["mobile"], again["edited"])
    problems = await clerk.get("/initialisation/problems", limit="4")
    assert (5, 9, 0) == (problems["people"], problems["errors"], problems["advice"])
    rest = await clerk.get("/initialisation/problems", cursor=problems["next"])
    told = [(each["row"], each["field"]) for each in problems["items"] + rest["items"]]
    assert [(1, "mobile")] + [(row, field) for row in (2, 3, 4, 5) for field in ("mobile", "rank")] == told


async def test_a_file_that_was_not_changed_changes_nothing(clerk: Visitor, db: Connection, town: Town) -> None:
    """F18, I33: whatever was typed, wrong amounts and formulas among it, the same file back in is no change."""
    await clerk.put(
        "/initialisation/rows",
        {
            "rows": [
                {"id": str(town.people[0]), "mobile": "=1+1", "monthly_amount": "五百", "rank": " 正科 "},
                {
                    "id": str(town.people[1]),
                    "monthly_amount": "1234.5",
                    "opening_periods": "51",
                    "opening_amount": "0.07",
                },
            ]
        },
    )
    before = await db.fetch("SELECT * FROM initialisation_row ORDER BY 1")
    taken = await upload(clerk, await exported(clerk))
    assert (200, 5, 0, 0, []) == (
        taken.status,
        *(taken.body[name] for name in ("people", "changed_cells", "changed_people", "changes")),
    )
    assert before == await db.fetch("SELECT * FROM initialisation_row ORDER BY 1")


async def test_a_corrected_file_is_taken_cell_by_cell(clerk: Visitor, town: Town) -> None:
    """F18: what was changed counts as typed; a row that was taken out of the file stays as it is."""
    await fill_in(clerk, town)

    def work(sheet: Any) -> None:
        sheet["D2"], sheet["F2"], sheet["G2"] = "13911111111", 612.5, 51
        sheet["E3"] = None
        sheet.delete_rows(6)

    taken = (await upload(clerk, corrected(await exported(clerk), work))).body
    assert (4, 4, 2) == (taken["people"], taken["changed_cells"], taken["changed_people"])
    assert [
        ("mobile", "13800000000", "13911111111"),
        ("monthly_amount", "500.00", "612.5"),
        ("opening_periods", "", "51"),
        ("rank", "正科", ""),
    ] == [(each["field"], each["before"], each["after"]) for each in taken["changes"]]
    fifth = (await clerk.get("/initialisation/rows"))["items"][4]
    assert GOOD.items() <= fifth["cells"].items()


async def test_the_same_file_under_one_key_is_taken_once(clerk: Visitor, town: Town) -> None:
    """What was typed since stands: the second time the answer of the first is given, and nothing is kept anew."""
    await fill_in(clerk, town)

    def work(sheet: Any) -> None:
        sheet["D2"] = "13911111111"

    file, headers = corrected(await exported(clerk), work), {"Idempotency-Key": "k"}
    first = await clerk.ask("POST", "/initialisation/file", data=file, headers=headers)
    assert (200, 1) == (first.status, first.body["changed_cells"])
    await fill_in(clerk, town)
    again = await clerk.ask("POST", "/initialisation/file", data=file, headers=headers)
    assert (200, first.body, "true") == (again.status, again.body, again.headers.get("Idempotency-Replayed"))
    assert "13800000000" == (await clerk.get("/initialisation/rows"))["items"][0]["cells"]["mobile"]
    other = await clerk.ask("POST", "/initialisation/file", data=await exported(clerk), headers=headers)
    assert (422, ["IDEMPOTENCY_KEY_REUSED"]) == (other.status, other.codes)


async def test_a_file_with_rows_of_nobody_is_refused_whole(clerk: Visitor, db: Connection, town: Town) -> None:
    """I33: strangers, repetitions, other names and lost digits are all told by row and column; nothing is kept."""

    def work(sheet: Any) -> None:
        sheet["D2"] = "13911111111"
        sheet["A3"] = str(id_number(77))
        sheet["A4"] = sheet["A2"].value
        sheet["B5"] = "王五"
        sheet["A6"], sheet["A6"].number_format = 440782199001011234, "General"

    given = await upload(clerk, corrected(await exported(clerk), work))
    told = [(each["code"], each["params"]["row"], each["params"]["field"]) for each in given.body["violations"]]
    assert (422, None) == (given.status, await db.fetchval("SELECT min(mobile) FROM initialisation_row"))
    assert [
        ("INITIALISATION_STRANGER", 3, "id_number"),
        ("DUPLICATE_IN_FILE", 4, "id_number"),
        ("INITIALISATION_NAME", 5, "name"),
        ("ID_SCIENTIFIC", 6, "id_number"),
    ] == told
    assert "第 3 行“身份证号码”" in given.body["violations"][0]["zh"]


async def test_wrong_cells_are_marked_in_the_file(clerk: Visitor, town: Town) -> None:
    """F18: whoever corrects it in a spreadsheet sees what is wrong beside each row."""
    await fill_in(clerk, town)
    await clerk.put("/initialisation/rows", {"rows": [{"id": str(town.people[1]), "mobile": "1"}]})
    sheet = openpyxl.load_workbook(io.BytesIO(await exported(clerk))).worksheets[0]
    assert [None, "FFFDE3E1"] == [sheet["J2"].value, sheet["D3"].fill.fgColor.rgb]
    assert "手机号码" in str(sheet["J3"].value)


async def test_another_file_is_refused(clerk: Visitor) -> None:
    """What is no such workbook is told as such."""
    given = await upload(clerk, b"not a spreadsheet")
    assert 422 == given.status
    assert ["HEADERS_MISSING"] == given.codes


async def test_everything_is_submitted_or_nothing(clerk: Visitor, db: Connection, town: Town) -> None:
    """F19: refused with every broken cell; then taken once, under a key as often as one likes; then closed."""
    refused = await clerk.ask("POST", "/initialisation/submit", json={"people": 5})
    assert (422, 10) == (refused.status, len(refused.body["violations"]))
    await fill_in(clerk, town, opening_periods="51", opening_amount="20250", paid_through="2019-12")
    stale = await clerk.ask("POST", "/initialisation/submit", json={"people": 4})
    assert (409, ["INITIALISATION_PEOPLE"]) == (stale.status, stale.codes)
    for _ in range(2):
        done = await clerk.post("/initialisation/submit", {"people": 5}, Idempotency_Key="once")
        assert {"people": 5, "changed": 5, "openings": 5} == done
    assert {"initialised": True, "people": 5} == await clerk.get("/initialisation")
    detail = await clerk.get(f"/employees/{town.people[0]}")
    assert ("13800000000", 51, "20250.00", "0.00", "2019-12") == tuple(
        detail[name] for name in ("mobile", "periods", "balance", "cash", "paid_through")
    )
    rows = {"rows": [{"id": str(town.people[0]), "rank": "副科"}]}
    closed = [
        await clerk.ask("PUT", "/initialisation/rows", json=rows),
        await clerk.ask("POST", "/initialisation/submit", json={"people": 5}),
        await upload(clerk, await exported(clerk)),
    ]
    assert [(409, ["INITIALISED_ALREADY"])] * 3 == [(given.status, given.codes) for given in closed]
    assert 5 == await db.fetchval("SELECT count(*) FROM ledger_entry WHERE kind = 'opening'")


async def test_the_bureau_opens_it_again(clerk: Visitor, visitor: VisitorOf, db: Connection, town: Town) -> None:
    """D-13: with a reason, until the first order; the employer goes on from what is on file."""
    reviewer = await visitor(PortalRole.REVIEWER)
    path = f"/employers/{town.employer.id}/initialisation/reopen"
    early = await reviewer.ask("POST", path, json={"reason": "太早"})
    assert (409, ["INITIALISATION_OPEN"]) == (early.status, early.codes)
    await fill_in(clerk, town)
    await clerk.post("/initialisation/submit", {"people": 5})
    assert {"initialised": False, "people": 5} == await reviewer.post(path, {"reason": "级别有误"})
    await clerk.put("/initialisation/rows", {"rows": [{"id": str(town.people[0]), "rank": "副科"}]})
    assert 1 == (await clerk.post("/initialisation/submit", {"people": 5}))["changed"]
    await submit(db, town.employer, await draft(db, town.employer, line(town.people[0], START)))
    late = await reviewer.ask("POST", path, json={"reason": "太晚"})
    assert (409, ["INITIALISATION_ORDERED"]) == (late.status, late.codes)
    absent = await reviewer.ask("POST", "/employers/4711/initialisation/reopen", json={"reason": "谁？"})
    assert (404, ["EMPLOYER_ABSENT"]) == (absent.status, absent.codes) or absent.codes == ["ABSENT"]


async def test_nothing_is_ordered_before_it_is_submitted(clerk: Visitor, town: Town) -> None:
    """F15, I13: the way to an order leads through the initialisation, and the refusal says so."""
    order = {"kind": "regular", "months": {"first": "2020-09", "last": "2020-09"}}
    refused = await clerk.ask("POST", "/orders", json=order)
    assert ["EMPLOYER_NOT_INITIALISED"] == refused.codes
    await fill_in(clerk, town)
    await clerk.post("/initialisation/submit", {"people": 5})
    assert "draft" == (await clerk.post("/orders", order))["state"]
