"""Promises of services/portal/employees.py, over HTTP with real sessions."""

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest

from libsubsidy import EmploymentState, FileAmount, Money
from services.portal.cursors import write_cursor
from services.portal.roles import PortalRole
from services.store import employees, persons_named
from services.store.database import Connection, acting
from tests.portal.conftest import Town, VisitorOf
from tests.portal.papers import hand_in
from tests.portal.visitors import Visitor
from tests.store.fund import BUREAU, START, approve, employ, id_number, line, new_employee, pay, submitted


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


async def paid(db: Connection, town: Town) -> None:
    """Let the first two employees be paid for two months."""
    for month in (START, START + 1):
        lines = (line(person, month, Money.parse("123.45")) for person in town.people[:2])
        await pay(db, await approve(db, await submitted(db, town.employer, *lines), seed=month.month))


async def test_the_list_masks_what_names_a_person(clerk: Visitor, db: Connection, town: Town) -> None:
    """Name, state, amount, totals of the ledger; of ID number and mobile only the ends."""
    await db.execute("UPDATE person SET mobile = '13812345678'")
    await paid(db, town)
    first, second, third, *_ = (await clerk.get("/employees"))["items"]
    number = str(id_number(1))
    assert {
        "id": str(town.people[0]),
        "name": "员工1",
        "id_number": f"4401**********{number[14:]}",
        "mobile": "138****5678",
        "state": "active",
        "state_zh": "正常",
        "start_month": "2020-01",
        "monthly_amount": "500.00",
        "periods": 2,
        "balance": "246.90",
    }.items() <= first.items()
    assert ("246.90", "0.00") == (second["balance"], third["balance"])


async def test_the_list_comes_by_pages(clerk: Visitor, town: Town) -> None:
    """Sorted by pinyin; together the pages are everybody, once, and nobody of another employer."""
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await clerk.get("/employees", limit="2", **cursor)
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert [str(person) for person in town.people] == seen


async def test_people_are_found(clerk: Visitor, db: Connection, town: Town) -> None:
    """By name, pinyin, the beginning of the ID number and the state."""
    await employ(db, town.employer, new_employee(7, name="王芳", name_pinyin="wang fang", state=EmploymentState.SEALED))
    for wanted in (
        {"search": "王"},
        {"search": "wangf"},
        {"search": str(id_number(7))},
        {"state": "sealed"},
        {"search": "fang", "state": "sealed"},
    ):
        assert ["王芳"] == [each["name"] for each in (await clerk.get("/employees", **wanted))["items"]], wanted
    assert [] == (await clerk.get("/employees", search="fang", state="active"))["items"]


async def test_people_are_narrowed_by_the_file(clerk: Visitor, db: Connection, town: Town) -> None:
    """F29: by rank, start month and amount; whoever lacks the start month can be asked for."""
    await employ(
        db,
        town.employer,
        new_employee(7, name="王芳", rank="正科", start_month=START + 3),
        new_employee(8, name="李强", start_month=None, file_amount=None),
    )
    for wanted, names in (
        ({"rank": "正科"}, ["王芳"]),
        ({"start_from": "2020-02"}, ["王芳"]),
        ({"start_from": "2020-02", "start_to": "2020-03"}, []),
        ({"without_start": "true"}, ["李强"]),
        ({"amount_from": "499.99", "amount_to": "500", "rank": "正科"}, ["王芳"]),
        ({"amount_to": "499.99"}, []),
    ):
        assert names == [each["name"] for each in (await clerk.get("/employees", **wanted))["items"]], wanted


async def test_the_narrowed_list_is_a_workbook(clerk: Visitor, db: Connection, town: Town) -> None:
    """F31: everybody who is asked for, sorted as asked, with whole numbers and exact amounts; nothing is a formula."""
    await paid(db, town)
    await db.execute("UPDATE person SET name = '=1+1' WHERE id = $1", town.people[0])
    given = await clerk.ask(
        "GET", "/employees/file", params={"search": "yuangong", "sort": "balance", "descending": "true"}
    )
    assert (200, True) == (given.status, given.headers["Content-Disposition"].startswith("attachment;"))
    sheet = openpyxl.load_workbook(io.BytesIO(given.body)).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [str(id_number(serial)) for serial in (1, 2, 3, 4, 5)] == [row[0] for row in rows]
    assert ("=1+1", 500, "2020-01", "2", 246.9, "正常") == tuple(rows[0][place] for place in (1, 4, 5, 6, 7, 9))
    assert "f" != sheet["B2"].data_type


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"amount_from": "-1"}, 422, "AMOUNT_FORMAT"),
        ({"start_from": "2020-4"}, 422, "MONTH_FORMAT"),
        ({"limit": "x"}, 422, "FIELD_WRONG"),
        ({"state": "gone"}, 422, "FIELD_WRONG"),
        ({"colour": "red"}, 400, "UNKNOWN_FIELD"),
        ({"cursor": "x"}, 400, "CURSOR_WRONG"),
        ({"cursor": write_cursor((1, "a"))}, 400, "CURSOR_WRONG"),
        ({"cursor": write_cursor(("\x00", 1))}, 400, "CURSOR_WRONG"),
    ],
)
async def test_a_wrong_question_is_refused(clerk: Visitor, params: Any, status: int, code: str) -> None:
    """Limits, states and cursors that do not exist are named and not guessed at."""
    given = await clerk.ask("GET", "/employees", params=params)
    assert (status, code) == (given.status, given.body["code"])


async def test_the_detail_shows_the_whole_file(clerk: Visitor, db: Connection, town: Town) -> None:
    """Numbers whole, every approved amount, the opening, the totals."""
    one = town.people[0]
    await paid(db, town)
    async with acting(db, BUREAU):
        later = FileAmount(effective=START + 6, amount=Money.parse("600"))
        await employees.set_file_amounts(db, town.employer.id, {one: later})
    detail = await clerk.get(f"/employees/{one}")
    assert {
        "id_number": str(id_number(1)),
        "file_amounts": [{"effective": "2020-07", "amount": "600.00"}, {"effective": "2020-01", "amount": "500.00"}],
        "monthly_amount": "600.00",
        "opening_periods": 0,
        "paid_through": None,
        "periods": 2,
        "balance": "246.90",
        "cash": "246.90",
    }.items() <= detail.items()


async def test_the_ledger_comes_by_pages_with_the_totals(clerk: Visitor, db: Connection, town: Town) -> None:
    """The newest first; the totals are of all entries, whatever the page."""
    await paid(db, town)
    path = f"/employees/{town.people[0]}/ledger"
    first = await clerk.get(path, limit="1")
    rest = await clerk.get(path, limit="1", cursor=first["next"])
    assert [("2020-02", "123.45", "regular", "单位1"), ("2020-01", "123.45", "regular", "单位1")] == [
        (each["month"], each["amount"], each["kind"], each["employer_name"]) for each in first["items"] + rest["items"]
    ]
    assert ("246.90", 2, "246.90", 2, None) == (
        first["balance"],
        first["periods"],
        rest["balance"],
        rest["periods"],
        rest["next"],
    )


async def test_an_employee_reads_the_own_ledger(visitor: VisitorOf, db: Connection, town: Town) -> None:
    """The own entries and nobody else's, without knowing any number."""
    await paid(db, town)
    third = await visitor(PortalRole.EMPLOYEE, person_id=town.people[2])
    first = await visitor(PortalRole.EMPLOYEE)
    assert ("246.90", 2) == ((ledger := await first.get("/me/ledger"))["balance"], len(ledger["items"]))
    assert {"单位1"} == {each["employer_name"] for each in ledger["items"]}
    assert ("0.00", 0, []) == ((none := await third.get("/me/ledger"))["balance"], none["periods"], none["items"])


async def test_employees_of_others_are_absent(clerk: Visitor, db: Connection, town: Town) -> None:
    """A foreign number answers, byte by byte, as it did before anybody had it."""
    number = max(*town.people, *town.strangers) + 1
    paths = (f"/employees/{number}", f"/employees/{number}/ledger")
    before = [await clerk.ask("GET", path) for path in paths]
    assert (number,) == await employ(db, town.other, new_employee(99))
    after = [await clerk.ask("GET", path) for path in paths]
    assert [404, 404] == [each.status for each in before]
    assert [each.body for each in before] == [each.body for each in after]


NEWCOMER = {
    "name": "买买提·吐尔逊",
    "id_number": str(id_number(50)),
    "mobile": "138 0000 0000",
    "rank": "科员",
    "monthly_amount": "650.5",
    "start_month": "2020-09",
}


async def test_accounts_are_asked_for(clerk: Visitor, visitor: VisitorOf, town: Town) -> None:
    """F47: 职工开户 becomes an application (202), with its files; the employee is there once the bureau has approved it."""
    without = await clerk.ask("POST", "/employees", json={"employees": [NEWCOMER]})
    assert (422, ["ATTACHMENT_MISSING"]) == (without.status, without.codes)
    papers = await hand_in(clerk, "employee_opening")
    given = await clerk.ask("POST", "/employees", json={"employees": [NEWCOMER], "attachments": papers})
    name = given.body["id"]
    assert (202, f"/api/v1/applications/{name}", "submitted", 1, "650.50") == (
        given.status,
        given.headers["Location"],
        given.body["state"],
        given.body["person_count"],
        given.body["total"],
    )
    assert [] == (await clerk.get("/employees", search="买买提"))["items"]
    reviewer = await visitor(PortalRole.REVIEWER)
    await reviewer.post(f"/applications/{name}/approve", {"version": given.body["version"]})
    (employee,) = (await clerk.get("/employees", search="maimaiti"))["items"]
    assert ("科员", "650.50", "active") == (employee["rank"], employee["monthly_amount"], employee["state"])


async def _registered(db: Connection, serial: int, **changes: str) -> dict[str, str]:
    """A row that names somebody of the fund."""
    name = await db.fetchval("SELECT name FROM person WHERE id_number = $1", str(id_number(serial)))
    return {**NEWCOMER, "name": name, "id_number": str(id_number(serial)), **changes}


async def test_lists_that_name_people_of_others_are_written_down(clerk: Visitor, db: Connection, town: Town) -> None:
    """Each refused list that was told what the fund knows leaves a trail: how many people, and not whom."""
    rows = [await _registered(db, 11), await _registered(db, 12, name="别名")]
    own = await _registered(db, 1)
    given = await clerk.ask("POST", "/employees", json={"employees": [*rows, own]})
    assert (422, ["EMPLOYED_ELSEWHERE", "PERSON_NAME_DIFFERS", "EMPLOYEE_ALREADY"]) == (given.status, given.codes)
    assert ["EMPLOYEE_ALREADY"] == (await clerk.ask("POST", "/employees", json={"employees": [own]})).codes
    events = await db.fetch("SELECT * FROM audit_event WHERE to_state = 'persons_named'")
    assert [(town.employer.id, "employer", town.employer.id, "2")] == [
        (each["employer_id"], each["subject_kind"], each["subject_id"], each["reason"]) for each in events
    ]


async def test_an_employer_is_told_of_so_many_people_a_day(
    clerk: Visitor, visitor: VisitorOf, db: Connection, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the limit no list is answered, nor looked at; other employers are, and this one the day after."""
    monkeypatch.setattr(persons_named, "PER_DAY_MAX", 2)

    async def codes(*rows: dict[str, str], who: Visitor = clerk) -> tuple[int, list[str]]:
        papers = await hand_in(who, "employee_opening")
        given = await who.ask("POST", "/employees", json={"employees": list(rows), "attachments": papers})
        return given.status, [] if given.status == 202 else given.codes

    one, two = await _registered(db, 11), await _registered(db, 12)
    assert [(422, ["EMPLOYED_ELSEWHERE"])] * 2 == [await codes(one), await codes(two)]
    assert [(429, ["PERSONS_NAMED_TOO_MANY"])] * 2 == [await codes(one), await codes(NEWCOMER)]
    stranger = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    assert (422, ["EMPLOYED_ELSEWHERE"]) == await codes(await _registered(db, 1), who=stranger)
    # A trail is only ever added to: the clock of the database cannot be moved, so the day is made shorter.
    monkeypatch.setattr(persons_named, "_DAY", timedelta(0))
    assert (202, []) == await codes(NEWCOMER)


async def test_every_wrong_cell_is_named(clerk: Visitor, town: Town) -> None:
    """Both rows and all cells at once, each with its row and its field."""
    rows = [{**NEWCOMER, "mobile": "12"}, {**NEWCOMER, "name": "", "monthly_amount": "1.234"}]
    given = await clerk.ask("POST", "/employees", json={"employees": rows})
    assert 422 == given.status
    assert {(1, "mobile"), (2, "name"), (2, "monthly_amount")} == {
        (each["params"]["row"], each["params"]["field"]) for each in given.body["violations"]
    }


async def test_a_password_is_reset_and_the_employee_told(clerk: Visitor, db: Connection, town: Town) -> None:
    """F34: a one-time password that is kept nowhere; an SMS without it; a record in the history; sessions are over."""
    one = town.people[0]
    await db.execute("UPDATE person SET mobile = '13812345678' WHERE id = $1", one)
    done = await clerk.post(f"/employees/{one}/password-reset")
    assert ("138****5678", 7) == (done["told"], done["days"])
    user = await db.fetchrow("SELECT role, password_kind, password_hash FROM portal_user WHERE person_id = $1", one)
    message = await db.fetchrow("SELECT mobile, text FROM sms_message")
    assert user is not None
    assert message is not None
    assert ("employee", "one_time", False) == (
        user["role"],
        user["password_kind"],
        done["password"] in user["password_hash"],
    )
    assert ("13812345678", True, False) == (
        message["mobile"],
        "单位1" in message["text"],
        done["password"] in message["text"],
    )
    assert ["password"] == [row["field"] for row in await db.fetch("SELECT field FROM change_record")]


async def test_passwords_are_not_reset_for_everybody_nor_all_day(clerk: Visitor, db: Connection, town: Town) -> None:
    """F34: without a mobile nobody is told; who has left is another's; the third reset of a day is the last."""
    one, two, three = town.people[:3]
    await db.execute("UPDATE person SET mobile = '13812345678' WHERE id <> $1", two)
    await db.execute("UPDATE employment SET state = 'ended', state_from = '2020-02-01' WHERE person_id = $1", three)
    given = [
        await clerk.ask("POST", f"/employees/{person}/password-reset") for person in (one, one, one, one, two, three)
    ]
    assert [200, 200, 200, 429, 422, 422] == [each.status for each in given]
    assert [["PASSWORD_RESET_OFTEN"], ["PASSWORD_RESET_UNTOLD"], ["PASSWORD_RESET_ENDED"]] == [
        each.codes for each in given[3:]
    ]
    assert 3 == await db.fetchval("SELECT count(*) FROM sms_message")
    foreign = await clerk.ask("POST", f"/employees/{town.strangers[0]}/password-reset")
    assert (404, ["ABSENT"]) == (foreign.status, foreign.codes)
