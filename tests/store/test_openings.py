"""Promises of services/store/openings.py that tests/store/test_applications.py does not make: parts, again, what it opens."""

from datetime import date

import pytest

from libsubsidy import ApplicationState, EmploymentState
from services.store import application_decisions, openings
from services.store.applications import Application
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.refusals import RefusedError
from tests.store.fund import BUREAU, TODAY, attach, clerk_of, employ, id_number, new_employee, register
from tests.store.test_applications import ask, row


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """One employer."""
    return await register(db, 1)


async def approve(db: Connection, asked: Application) -> None:
    """Let the bureau approve it."""
    async with acting(db, BUREAU):
        await application_decisions.approve(db, asked.id, asked.version)


async def again(db: Connection, employer: Employer, asked: Application, *serials: int) -> Application:
    """Hand it in anew with other people and other files."""
    files = await attach(db, clerk_of(employer), "employee_opening")
    async with acting(db, clerk_of(employer)):
        return await openings.open_employees_again(
            db, asked.id, asked.version, [row(each) for each in serials], attachments=files, today=TODAY
        )


async def test_what_the_form_says_stands_in_the_file(db: Connection, employer: Employer) -> None:
    """F45: the day of joining and the remark travel with the application into the employment."""
    await approve(db, await ask(db, employer, row(1, joined_on="2019-07-01", remark="=试用期满"), row(2)))
    rows = await db.fetch("SELECT joined_on, remark FROM employment ORDER BY id")
    assert [(date(2019, 7, 1), "=试用期满"), (None, "")] == [tuple(each) for each in rows]


async def test_a_padded_name_is_kept_without_its_padding(db: Connection, employer: Employer) -> None:
    """Domain §4.2 "Data": 张　三 of a list that lines up is found as 张三, and not taken for somebody else (F46)."""
    await approve(db, await ask(db, employer, row(1, name=" 张　三 "), row(2, name="Anna  Li")))
    names = await db.fetch("SELECT name FROM person WHERE name IN ('张三', 'Anna Li') ORDER BY id")
    assert ["张三", "Anna Li"] == [each["name"] for each in names]


async def test_an_approved_account_has_a_user_of_the_personal_platform(db: Connection, employer: Employer) -> None:
    """F45: whom no password fits; a person who has one already keeps it, and the history begins."""
    await employ(db, await register(db, 2), new_employee(2, state=EmploymentState.ENDED))
    await db.execute(
        "INSERT INTO portal_user (login, role, person_id, name, password_hash) VALUES ('OWN', 'employee', 1, '员工2', 'x')"
    )
    asked = await ask(db, employer, row(1), row(2))
    assert 1 == await db.fetchval("SELECT count(*) FROM portal_user"), "nobody has one before the approval"
    await approve(db, asked)
    users = await db.fetch("SELECT u.login, u.role, u.name, u.password_hash FROM portal_user u ORDER BY u.id")
    number = await db.fetchval("SELECT id FROM person WHERE id_number = $1", str(id_number(1)))
    assert [("OWN", "employee", "员工2", "x"), (f"P.{number}", "employee", "员工1", "")] == [
        tuple(each) for each in users
    ]
    records = await db.fetch("SELECT field, before, after, application_id FROM change_record")
    assert [("state", "", "active", asked.id)] * 2 == [tuple(each) for each in records]


async def test_a_login_that_is_taken_keeps_nobody_from_an_account(db: Connection, employer: Employer) -> None:
    """Whoever chose such a login for themselves does not stop the approval."""
    await db.execute("INSERT INTO portal_user (login, role, name, password_hash) VALUES ('P.1', 'reviewer', 'x', 'x')")
    await approve(db, await ask(db, employer, row(1)))
    assert 1 == await db.fetchval("SELECT count(*) FROM portal_user")
    assert 1 == await db.fetchval("SELECT count(*) FROM employment")


async def test_many_are_judged_and_opened_in_parts(
    db: Connection, employer: Employer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F52: parts make no difference: rows keep their numbers, repeated ones are found across parts, all or none is opened."""
    monkeypatch.setattr(openings, "PART_ROWS", 2)
    await employ(db, employer, new_employee(7))
    with pytest.raises(RefusedError) as caught:
        await ask(db, employer, *map(row, (1, 2, 3, 7, 1)))
    assert [(4, "EMPLOYEE_ALREADY"), (5, "DUPLICATE_IN_FILE")] == [
        (each.params["row"], each.code) for each in caught.value.violations
    ]
    asked = await ask(db, employer, *map(row, range(11, 16)))
    with monkeypatch.context() as earlier:
        earlier.setattr(openings, "PART_ROWS", 100)
        await employ(db, await register(db, 2), new_employee(15))
    with pytest.raises(RefusedError):
        await approve(db, asked)
    assert 2 == await db.fetchval("SELECT count(*) FROM employment")
    await db.execute("DELETE FROM file_amount; DELETE FROM employment WHERE employer_id = 2")
    await approve(db, asked)
    assert 6 == await db.fetchval("SELECT count(*) FROM employment WHERE employer_id = $1", employer.id)


async def test_a_returned_opening_is_handed_in_again(db: Connection, employer: Employer) -> None:
    """It stays the same application, with other people; one that waits, or is of another kind, is not changed so."""
    asked = await ask(db, employer, row(1), row(2))
    with pytest.raises(RefusedError) as caught:
        await again(db, employer, asked, 3)
    assert "APPLICATION_STATE" == caught.value.violations[0].code
    async with acting(db, BUREAU):
        returned = await application_decisions.send_back(db, asked.id, asked.version, "请核对手机号码")
    once_more = await again(db, employer, returned, 1)
    assert (asked.id, ApplicationState.SUBMITTED, 1) == (once_more.id, once_more.state, once_more.line_count)
    async with acting(db, clerk_of(employer)):
        (person,) = await openings.employees_of(db, asked.id)
    assert "员工1" == person.name
    with pytest.raises(RefusedError) as caught:
        await again(db, employer, returned, 1)
    assert "STALE_VERSION" == caught.value.violations[0].code
    await db.execute("ALTER TABLE application DISABLE TRIGGER ALL")
    await db.execute("UPDATE application SET kind = 'employee_import', state = 'returned', decided_at = now()")
    with pytest.raises(RefusedError) as caught:
        await again(db, employer, once_more, 1)
    assert "OPENINGS_ONLY" == caught.value.violations[0].code


@pytest.mark.parametrize(
    ("people", "code", "said"),
    [
        ((1,), "EMPLOYEE_ALREADY", "不必再次开户"),
        ((2,), "EMPLOYED_ELSEWHERE", "员工转入/转出"),
        ((4,), "EMPLOYEE_ALREADY", "等待审核"),
    ],
)
async def test_one_person_is_refused_with_the_way_out(
    db: Connection, employer: Employer, people: tuple[int, ...], code: str, said: str
) -> None:
    """F46: here already, elsewhere (then a transfer is offered, no second account), or waiting: told without a row."""
    await employ(db, employer, new_employee(1))
    await employ(db, await register(db, 2), new_employee(2))
    await ask(db, employer, row(4))
    with pytest.raises(RefusedError) as caught:
        await ask(db, employer, *map(row, people))
    (found,) = caught.value.violations
    assert (code, 1, "id_number") == (found.code, found.params["row"], found.params["field"])
    assert said in found.zh
    assert "行" not in found.zh


async def test_contents_of_before_are_still_read(db: Connection, employer: Employer) -> None:
    """What was asked for before there were a day of joining and a remark can be approved."""
    asked = await ask(db, employer, row(1))
    await db.execute("ALTER TABLE application DISABLE TRIGGER application_frozen")
    await db.execute(
        """
        UPDATE application SET contents = jsonb_set(
            contents, '{employees,0}', (contents #> '{employees,0}') - '{joined_on,remark}'::text[])
        """
    )
    await approve(db, asked)
    assert 1 == await db.fetchval("SELECT count(*) FROM employment WHERE joined_on IS NULL AND remark = ''")
