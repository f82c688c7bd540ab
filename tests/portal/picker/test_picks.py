"""Promises of services/portal/picker: whom the window 选择员工 offers, over HTTP with real sessions."""

import io

import pytest
import xlsxwriter

from libsubsidy import EmploymentState
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import employ, id_number, new_employee


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


async def rows(clerk: Visitor, **params: str) -> str:
    """Ask for the part of the window as a browser does."""
    headers = {**clerk.headers, "HX-Request": "true"}
    async with clerk.http.get(f"{clerk.origin}/employer/picker", params=params, headers=headers) as response:
        assert 200 == response.status
        return await response.text()


@pytest.mark.parametrize("search", ["王", "wangf", "WANG F", str(id_number(7)), str(id_number(7))[:17], " 王芳 "])
async def test_people_are_found_by_name_pinyin_and_number(
    clerk: Visitor, db: Connection, town: Town, search: str
) -> None:
    """F56: the window, and 全选所有符合条件的, find the same people; ID numbers are masked in both."""
    await employ(db, town.employer, new_employee(7, name="王芳", name_pinyin="wang fang", state=EmploymentState.SEALED))
    shown = await rows(clerk, search=search)
    (found,) = (await clerk.get("/employees/matching", search=search))["items"]
    assert ("王芳", "sealed") == (found["name"], found["state"])
    assert found["id_number_masked"] in shown
    assert str(id_number(7)) not in shown
    assert 'data-total="1"' in shown


async def test_the_window_is_read_by_pages_and_narrowed_by_state(clerk: Visitor, db: Connection, town: Town) -> None:
    """F73: 页面容量 says how many; a page beyond the last is the last; who cannot be picked is not offered."""
    people = (new_employee(serial, state=EmploymentState.SEALED) for serial in range(20, 37))
    await employ(db, town.employer, *people, new_employee(40, state=EmploymentState.PENDING))
    last = await rows(clerk, size="10", page="99")
    assert ('data-page="3" data-pages="3" data-total="22"' in last, 2) == (True, last.count("data-pick="))
    sealed = await rows(clerk, state="sealed", size="50", many="true")
    assert (17, 17) == (sealed.count("data-pick="), sealed.count('aria-label="选择 '))
    assert "没有可以选择的职工" in await rows(clerk, states="transferring")
    assert "换一个姓名" in await rows(clerk, search="查无此人")


async def test_everybody_who_matches_is_given_at_once(clerk: Visitor, db: Connection, town: Town) -> None:
    """F63, F72: 全选所有符合条件的 has no page: more than any page holds come, and nobody of another employer."""
    await employ(db, town.employer, *(new_employee(serial) for serial in range(100, 400)))
    items = (await clerk.get("/employees/matching"))["items"]
    assert 305 == len(items) == len({each["id"] for each in items})
    assert [] == (await clerk.get("/employees/matching", states="ended"))["items"]
    assert not {str(each) for each in town.strangers} & {each["id"] for each in items}


async def test_a_pasted_list_is_found_and_its_faults_are_told(clerk: Visitor, db: Connection, town: Town) -> None:
    """F63, F72: people of the list once each; whom others employ is absent, exactly as who is nowhere."""
    await db.execute("UPDATE person SET id_number_given = '440101600101001' WHERE id = $1", town.people[0])
    lines = ["姓名\t身份证号码", "440101600101001", str(id_number(1)), "员工2", str(id_number(11)), "4.40782E+17"]
    answer = await clerk.post("/employees/listed", {"lines": lines})
    assert [str(person) for person in town.people[:2]] == [each["id"] for each in answer["items"]]
    assert (1, 2) == (answer["repeated"], answer["refused_total"])
    assert [(5, "LISTED_ABSENT"), (6, "ID_SCIENTIFIC")] == [(each["row"], each["code"]) for each in answer["refused"]]


async def test_a_very_long_list_is_answered_with_its_first_faults(clerk: Visitor) -> None:
    """Twenty thousand wrong lines are counted, and 500 of them told; more lines than any list takes are refused."""
    answer = await clerk.post("/employees/listed", {"lines": ["1" * 18] * 20_000})
    assert (500, 20_000) == (len(answer["refused"]), answer["refused_total"])
    refused = await clerk.ask("POST", "/employees/listed", json={"lines": ["1"] * 50_001})
    assert (422, ["LIST_TOO_LONG"]) == (refused.status, refused.codes)


async def test_a_workbook_is_read_as_a_list(clerk: Visitor, town: Town) -> None:
    """F63, F72: rows keep their numbers, so that a fault is told by the row of the file; other files are refused."""
    book = io.BytesIO()
    with xlsxwriter.Workbook(book, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, cells in enumerate(
            [
                ("姓名", "身份证号码"),
                ("员工1", str(id_number(1))),
                (),
                ("", "4.40782E+17"),
                ("员工2", str(id_number(3))),
            ]
        ):
            sheet.write_row(number, 0, cells)
    lines = (await clerk.ask("POST", "/employees/list-file", data=book.getvalue())).body["lines"]
    answer = await clerk.post("/employees/listed", {"lines": lines})
    assert [str(town.people[0])] == [each["id"] for each in answer["items"]]
    assert [(4, "ID_SCIENTIFIC"), (5, "LISTED_NAME_DIFFERS")] == [
        (each["row"], each["code"]) for each in answer["refused"]
    ]
    refused = await clerk.ask("POST", "/employees/list-file", data=b"no workbook")
    assert 422 == refused.status
