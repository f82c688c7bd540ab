"""Promises of services/portal/importing/, over HTTP, with real workbooks and the real checker (F48-F52)."""

import io
from typing import Any

import pytest

from services.portal.importing import checking
from services.portal.importing.layout import LAYOUT
from services.portal.roles import PortalRole
from services.spreadsheets.layouts import REMARKS
from services.store import application_decisions, employee_imports, openings, persons_named
from services.store.database import Connection, acting
from tests.portal.conftest import Town, VisitorOf
from tests.portal.importing.lists import cells_of, checked, filled_in, in_csv, person, problems, settled, upload
from tests.portal.visitors import Visitor
from tests.store.fund import BUREAU, attach, clerk_of, employ, id_number, new_employee


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


@pytest.fixture
async def papers(db: Connection, town: Town) -> list[str]:
    """What an import has to be handed in with."""
    return [str(each) for each in await attach(db, clerk_of(town.employer), "employee_import")]


async def template_of(clerk: Visitor) -> bytes:
    """Download the template."""
    body = await clerk.get("/imports/template")
    assert isinstance(body, bytes)
    return body


async def test_the_template_says_what_to_fill_in(clerk: Visitor, db: Connection) -> None:
    """F48, F49: required columns under a star, an example, a sheet of notes; the ranks in use to choose from."""
    await db.execute("UPDATE employment SET rank = '一级主任科员'")
    template = await template_of(clerk)
    heads, sample = cells_of(template)
    assert ["*姓名", "*身份证号码", "*手机号码", "级别", "*每月缴费金额", "*汇缴开始月份", "入职日期", "备注"] == heads
    assert "示例" in sample[0]
    found = await checked(clerk, template, filename="空.xlsx")
    assert ("refused", ["SPREADSHEET_EMPTY"]) == (found["state"], [each["code"] for each in found["findings"]])


async def test_a_list_becomes_an_application_and_then_employees(
    clerk: Visitor, visitor: VisitorOf, papers: list[str], db: Connection
) -> None:
    """F50, F51, F52: template, upload, totals, papers, submission, approval; rare characters and an old card survive."""
    rows = [
        person(101, name="𠮷野·𪚥", remark="=不是公式"),
        person(102, name="买买提·吐尔逊", id_number="'110105491231002", mobile="+86 138-0000-0001"),
        person(103, name="买买提·吐尔逊", id_number=f" {str(id_number(103))[:6]} {str(id_number(103))[6:]}", rank=""),
    ]
    found = await checked(clerk, filled_in(await template_of(clerk), *rows), filename="九月.xlsx")
    assert ("checked", 3, 0, "1951.50", "1951.50", []) == tuple(
        found[name] for name in ("state", "rows", "broken_rows", "total", "good", "findings")
    )
    without = await clerk.ask("POST", f"/imports/{found['id']}/submit", json={})
    assert (422, ["ATTACHMENT_MISSING"]) == (without.status, without.codes)
    asked = await clerk.post(f"/imports/{found['id']}/submit", {"attachments": papers})
    assert ("employee_import", "submitted", 3, "1951.50") == (
        asked["kind"], asked["state"], asked["line_count"], asked["total"],
    )  # fmt: skip
    assert [] == (await clerk.get("/imports"))["items"]
    reviewer = await visitor(PortalRole.REVIEWER)
    people = (await reviewer.get(f"/applications/{asked['id']}"))["people"]
    assert [("𠮷野·𪚥", "=不是公式"), ("买买提·吐尔逊", ""), ("买买提·吐尔逊", "")] == [
        (each["name"], each["remark"]) for each in people
    ]
    assert ("11010519491231002X", "110105491231002") == (people[1]["id_number"], people[1]["id_number_given"])
    await reviewer.post(f"/applications/{asked['id']}/approve", {"version": asked["version"]})
    assert 3 == await db.fetchval(
        "SELECT count(*) FROM employment e JOIN person p ON p.id = person_id WHERE p.name ~ '·'"
    )


async def test_every_error_is_told_by_row_and_column(clerk: Visitor, db: Connection, town: Town) -> None:
    """F50: all at once, of the spreadsheet, the rules, the list and the fund, with the sheet's own numbers and letters."""
    await employ(db, town.employer, new_employee(120))
    rows = [
        person(111),
        person(112, id_number=440782198001010017, mobile="12", rank="三" * 51),
        person(113, id_number="4.40782E+17"),
        person(114, name="", monthly_amount="1,50", start_month="2020-4", joined_on="2020-02-30"),
        person(111, name="同号"),
        person(120),
        person(11),
        person(115, monthly_amount=0, joined_on="1900-01-01"),
        person(116, name="张\u200b三", start_month="1900-01"),
    ]
    found = await checked(clerk, filled_in(await template_of(clerk), *rows), filename="错.xlsx")
    assert ("checked", 9, 8, "4553.50", "650.50") == tuple(
        found[name] for name in ("state", "rows", "broken_rows", "total", "good")
    )
    assert [
        (4, "B", "id_number", "ID_SCIENTIFIC"),
        (4, "C", "mobile", "PHONE_FORMAT"),
        (4, "D", "rank", "FIELD_TOO_LONG"),
        (5, "B", "id_number", "ID_SCIENTIFIC"),
        (6, "A", "name", "FIELD_MISSING"),
        (6, "E", "monthly_amount", "AMOUNT_FORMAT"),
        (6, "F", "start_month", "MONTH_FORMAT"),
        (6, "G", "joined_on", "DAY_FORMAT"),
        (7, "B", "id_number", "DUPLICATE_IN_FILE"),
        (8, "B", "id_number", "EMPLOYEE_ALREADY"),
        (9, "B", "id_number", "EMPLOYED_ELSEWHERE"),
        (10, "E", "monthly_amount", "AMOUNT_NOT_POSITIVE"),
        (10, "G", "joined_on", "JOINED_BEFORE_BIRTH"),
        (11, "A", "name", "FIELD_CHARACTERS"),
        (11, "F", "start_month", "START_BEFORE_BIRTH"),
    ] == await problems(clerk, found["id"])


async def test_the_marked_file_is_corrected_and_uploaded_again(clerk: Visitor) -> None:
    """What was right is there as it was, what was wrong is marked and explained; corrected, the same file is taken."""
    rows = [person(111, remark="+86"), person(112, mobile="12")]
    found = await checked(clerk, filled_in(await template_of(clerk), *rows), filename="错.xlsx")
    given = await clerk.ask("GET", f"/imports/{found['id']}/file")
    assert "%E9%94%99-%E9%9C%80%E6%94%B9%E6%AD%A3.xlsx" in given.headers["Content-Disposition"]
    heads, right, wrong = cells_of(given.body)
    assert (REMARKS, "+86", None) == (heads[-1], right[7], right[8])
    assert "手机号码：" in wrong[8]
    again = await checked(clerk, filled_in(given.body, person(112), first=3), filename="改正.xlsx")
    assert ("checked", 2, 0, []) == (again["state"], again["rows"], again["broken_rows"], again["findings"])


async def test_all_or_nothing_is_said_and_not_guessed(clerk: Visitor, papers: list[str]) -> None:
    """F50: with errors nothing is submitted, unless the person chooses the rows without errors; and never none."""
    found = await checked(clerk, in_csv(person(111), person(112, mobile="12")), filename="名单.csv")
    whole = await clerk.ask("POST", f"/imports/{found['id']}/submit", json={"attachments": papers})
    assert (422, ["IMPORT_HAS_ERRORS"]) == (whole.status, whole.codes)
    asked = await clerk.post(f"/imports/{found['id']}/submit", {"only_good": True, "attachments": papers})
    assert (1, "650.50") == (asked["line_count"], asked["total"])
    none = await checked(clerk, in_csv(person(112, mobile="12")), filename="名单.csv")
    given = await clerk.ask("POST", f"/imports/{none['id']}/submit", json={"only_good": True})
    assert (422, ["IMPORT_NOTHING_GOOD"]) == (given.status, given.codes)
    await clerk.ask("DELETE", f"/imports/{none['id']}")
    assert 404 == (await clerk.ask("GET", f"/imports/{none['id']}")).status


async def test_what_has_changed_since_the_check_is_found_at_the_submission(
    clerk: Visitor, papers: list[str], db: Connection, town: Town
) -> None:
    """An account that was opened meanwhile is named with its row; checked again, the row is among those with errors."""
    found = await checked(clerk, in_csv(person(111), person(112)), filename="名单.csv")
    await employ(db, town.employer, new_employee(112))
    given = await clerk.ask("POST", f"/imports/{found['id']}/submit", json={"attachments": papers})
    assert (422, ["EMPLOYEE_ALREADY"], 3) == (given.status, given.codes, given.body["violations"][0]["params"]["row"])
    await clerk.post(f"/imports/{found['id']}/check")
    again = await settled(clerk, found["id"])
    assert ("checked", 1) == (again["state"], again["broken_rows"])
    assert [(3, "B", "id_number", "EMPLOYEE_ALREADY")] == await problems(clerk, found["id"])


async def test_a_returned_import_is_corrected_and_handed_in_again(
    clerk: Visitor, papers: list[str], db: Connection, town: Town
) -> None:
    """F52: the bureau returns all; the submitted list is downloaded, corrected, uploaded, and stays the same application."""
    found = await checked(clerk, in_csv(person(111), person(112)), filename="名单.csv")
    asked = await clerk.post(f"/imports/{found['id']}/submit", {"attachments": papers})
    number = int(asked["id"].removeprefix("application-"))
    early = await clerk.ask("POST", "/imports", data=in_csv(person(111)), params={"replaces": str(number)})
    assert (409, ["APPLICATION_STATE"]) == (early.status, early.codes)
    async with acting(db, BUREAU):
        await application_decisions.send_back(db, number, asked["version"], "第 3 行请核对")
    submitted = await clerk.get(f"/openings/{number}/employees")
    assert "员工112" == cells_of(submitted)[2][0]
    corrected = filled_in(submitted, person(112, name="王芳"), first=3)
    again = await checked(clerk, corrected, filename="改.xlsx", replaces=str(number))
    assert asked["id"] == again["replaces"]
    once_more = await clerk.post(f"/imports/{again['id']}/submit", {"attachments": papers})
    assert (asked["id"], "submitted", 2) == (once_more["id"], once_more["state"], once_more["line_count"])
    async with acting(db, clerk_of(town.employer)):
        assert ["员工111", "王芳"] == [each.name for each in await openings.employees_of(db, number)]


async def test_a_clerks_list_waits_for_a_colleague(db: Connection, visitor: VisitorOf, papers: list[str]) -> None:
    """F52 with 复核: it is handed in as a draft, handed back, uploaded anew for the same application, and checked then."""
    await db.execute("UPDATE employer SET checker_needed = true")
    clerk, checker = await visitor(PortalRole.EMPLOYER_CLERK), await visitor(PortalRole.EMPLOYER_CHECKER)
    found = await checked(clerk, in_csv(person(111)), filename="名单.csv")
    asked = await clerk.post(f"/imports/{found['id']}/submit", {"attachments": papers})
    assert "draft" == asked["state"]
    act = f"/applications/{asked['id']}"
    await checker.post(f"{act}/hand-back", {"version": asked["version"], "reason": "少了一人"})
    number = asked["id"].removeprefix("application-")
    again = await checked(clerk, in_csv(person(111), person(112)), filename="名单.csv", replaces=number)
    mended = await clerk.post(f"/imports/{again['id']}/submit", {"attachments": papers})
    assert (asked["id"], "draft", 2) == (mended["id"], mended["state"], mended["line_count"])
    handed_in = await checker.post(f"{act}/submit", {"version": mended["version"]})
    assert "submitted" == handed_in["state"]


async def test_a_list_of_strangers_tells_nothing(clerk: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever uploads lists to learn who is employed elsewhere learns of a few people a day, and then of none."""
    monkeypatch.setattr(persons_named, "PER_DAY_MAX", 2)
    few = await checked(clerk, in_csv(person(11), person(111)), filename="名单.csv")
    assert ("checked", 1) == (few["state"], few["broken_rows"])
    many = await checked(clerk, in_csv(person(12), person(13)), filename="名单.csv")
    assert ("refused", ["PERSONS_NAMED_TOO_MANY"]) == (many["state"], [each["code"] for each in many["findings"]])
    assert [] == (await clerk.get(f"/imports/{many['id']}/rows"))["items"]
    later = await clerk.ask("POST", "/imports", data=in_csv(person(111)))
    assert (429, ["PERSONS_NAMED_TOO_MANY"]) == (later.status, later.codes)


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ({"data": b""}, 400, "BODY_EXPECTED"),
        ({"data": b"x", "headers": {"Content-Encoding": "gzip"}}, 415, "CONTENT_ENCODED"),
        ({"data": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 415, "CONTENT_TYPE"),
        ({"data": b"x", "params": {"filename": "长" * 201}}, 422, "FIELD_WRONG"),
        ({"data": b"x", "params": {"replaces": "999999"}}, 404, "ABSENT"),
        ({"data": io.BytesIO(bytes(16 * 1024 * 1024 + 1))}, 413, "BODY_TOO_LARGE"),
    ],
)
async def test_a_wrong_upload_is_refused_at_once(clerk: Visitor, how: Any, status: int, code: str) -> None:
    """Before anything is kept."""
    given = await clerk.ask("POST", "/imports", **how)
    assert (status, code) == (given.status, given.body["code"])
    assert [] == (await clerk.get("/imports"))["items"]


async def test_an_employer_has_so_many_lists_under_way(clerk: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists that nobody submits do not fill the database; one that is deleted makes room."""
    monkeypatch.setattr(employee_imports, "UNDER_WAY_MAX", 1)
    first = await upload(clerk, in_csv(person(111)))
    given = await clerk.ask("POST", "/imports", data=in_csv(person(112)))
    assert (429, ["IMPORTS_UNDER_WAY"]) == (given.status, given.codes)
    await clerk.ask("DELETE", f"/imports/{first['id']}")
    await upload(clerk, in_csv(person(112)))


async def test_what_brings_the_checker_down_is_not_tried_for_ever(
    clerk: Visitor, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list whose checking ended thrice without an answer is refused with a way out."""
    found = await checked(clerk, in_csv(person(111)), filename="名单.csv")
    await db.execute("UPDATE employee_import SET state = 'received', tries = $1", checking.TRIES_MAX)
    again = await settled(clerk, found["id"])
    assert ("refused", ["SPREADSHEET_TOO_MUCH"]) == (again["state"], [each["code"] for each in again["findings"]])


def test_the_example_is_nobody() -> None:
    """The example row would be refused if somebody changed it a little and left the rest."""
    assert not LAYOUT.sample["id_number"].isascii()
