"""Promises of services/store/applications.py: an opening is checked when it is asked for and again when it is approved."""

from datetime import date
from typing import Any

import asyncpg
import attrs
import pytest

from libsubsidy import APPLICATION_LIFE, ApplicationState, EmploymentState, Money
from services.store import application_decisions, applications, audit, openings
from services.store.applications import Application
from services.store.database import Connection, Role, acting, looking_as
from services.store.employers import Employer
from services.store.opening_rows import OpeningRow
from services.store.refusals import RefusedError
from tests.store.fund import BUREAU, attach, clerk_of, employ, id_number, new_employee, register

TODAY = date(2020, 9, 15)


def row(serial: int, **texts: str) -> OpeningRow:
    """An employee as typed."""
    known = {
        "name": f"员工{serial}",
        "id_number": str(id_number(serial)),
        "mobile": "13800000000",
        "rank": "科员",
        "monthly_amount": "500",
        "start_month": "2020-09",
    }
    return OpeningRow(**(known | texts))


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer that asks."""
    return await register(db)


async def ask(db: Connection, employer: Employer, *rows: OpeningRow) -> Application:
    """Ask as the employer's clerk."""
    files = await attach(db, clerk_of(employer), "employee_opening")
    async with acting(db, clerk_of(employer)):
        return await openings.open_employees(db, employer.id, rows, attachments=files, today=TODAY)


async def refused(db: Connection, employer: Employer, *rows: OpeningRow) -> list[tuple[str, Any, Any]]:
    """Ask, and return what was refused: code, row and field of each."""
    with pytest.raises(RefusedError) as caught:
        await ask(db, employer, *rows)
    return [(found.code, found.params.get("row"), found.params.get("field")) for found in caught.value.violations]


async def test_what_is_asked_for_is_kept_as_it_was_read(db: Connection, employer: Employer) -> None:
    """Rows, people and their monthly amounts are counted; the contents come back as the employees they will be."""
    asked = await ask(db, employer, row(1), row(2, monthly_amount="0.5", id_number=" 110105491231002"))
    assert (ApplicationState.SUBMITTED, 2, Money.parse("500.50"), 1) == (
        asked.state, asked.line_count, asked.total, asked.version,
    )  # fmt: skip
    async with acting(db, clerk_of(employer)):
        first, second = await openings.employees_of(db, asked.id)
        assert (second,) == await openings.employees_of(db, asked.id, after=1, limit=1)
        assert () == await openings.employees_of(db, asked.id, after=2)
    assert ("yuan gong 1", "科员", "11010519491231002X", "110105491231002") == (
        first.name_pinyin, first.rank, str(second.id_number), second.id_number_given,
    )  # fmt: skip


async def test_every_wrong_cell_is_named(db: Connection, employer: Employer) -> None:
    """One wrong cell does not hide the others (I33), and nothing is kept."""
    rows = (
        row(1, name=" ", mobile="12345678901"),
        row(2, id_number="110105194912310021", monthly_amount="1,000", start_month="2020-9"),
        row(3, monthly_amount="0", rank="科" * 51),
        row(4, name="张\n三"),
        row(5, id_number=""),
    )
    assert [
        ("FIELD_MISSING", 1, "name"),
        ("PHONE_FORMAT", 1, "mobile"),
        ("ID_CHECK_DIGIT", 2, "id_number"),
        ("AMOUNT_FORMAT", 2, "monthly_amount"),
        ("MONTH_FORMAT", 2, "start_month"),
        ("FIELD_TOO_LONG", 3, "rank"),
        ("AMOUNT_NOT_POSITIVE", 3, "monthly_amount"),
        ("FIELD_CHARACTERS", 4, "name"),
        ("FIELD_MISSING", 5, "id_number"),
    ] == await refused(db, employer, *rows)
    assert 0 == await db.fetchval("SELECT count(*) FROM application")


async def test_nobody_is_asked_for_who_could_not_be_approved(db: Connection, employer: Employer) -> None:
    """Here already, employed elsewhere, another name on record, listed twice: known at once, though the rows are hidden."""
    elsewhere = await register(db, 2)
    await employ(db, employer, new_employee(1))
    await employ(db, elsewhere, new_employee(2), new_employee(3, state=EmploymentState.ENDED))
    assert [
        ("EMPLOYEE_ALREADY", 2, "id_number"),
        ("EMPLOYED_ELSEWHERE", 3, "id_number"),
        ("PERSON_NAME_DIFFERS", 4, "name"),
    ] == await refused(db, employer, row(9), row(1), row(2), row(3, name="别人"))
    assert [("DUPLICATE_IN_FILE", 2, "id_number")] == await refused(db, employer, row(9), row(9))


async def test_nobody_is_asked_for_twice(db: Connection, employer: Employer) -> None:
    """Who waits in one application is refused in another, which is named; after a decision the way is free."""
    asked = await ask(db, employer, row(1), row(2))
    with pytest.raises(RefusedError) as caught:
        await ask(db, employer, row(3), row(2))
    (found,) = caught.value.violations
    assert ("EMPLOYEE_ALREADY", 2, f"application-{asked.id}") == (
        found.code, found.params["row"], found.params["application"],
    )  # fmt: skip
    async with acting(db, clerk_of(employer)):
        await applications.retract(db, asked.id, asked.version)
    assert 1 == (await ask(db, employer, row(2))).line_count


@pytest.mark.parametrize(("rows", "code"), [(0, "NO_ROWS"), (3, "LIST_TOO_LONG")])
async def test_a_list_has_a_row_and_a_limit(
    db: Connection, employer: Employer, monkeypatch: pytest.MonkeyPatch, rows: int, code: str
) -> None:
    """An empty list asks for nothing; one row more than the limit is refused before anything is read."""
    monkeypatch.setattr(openings, "OPENING_ROWS_MAX", 2)
    assert [(code, None, None)] == await refused(db, employer, *map(row, range(rows)))


async def test_looking_over_the_fund_ends_with_the_look(db: Connection, employer: Employer) -> None:
    """The role of the moment goes, and with it what was written, however the look ends."""
    async with acting(db, clerk_of(employer)):
        async with looking_as(db, Role.BUREAU):
            await db.execute("UPDATE employer SET name = 'x'")
        assert (Role.EMPLOYER.value, "单位1") == tuple(
            await db.fetchrow("SELECT current_user::text, name FROM employer") or ()
        )
        with pytest.raises(asyncpg.PostgresError):
            async with looking_as(db, Role.BUREAU):
                await db.execute("SELECT 1 / 0")
        assert Role.EMPLOYER.value == await db.fetchval("SELECT current_user::text")


async def test_approval_opens_the_accounts(db: Connection, employer: Employer) -> None:
    """Active employees with their amounts from the start month on; the event and the trail say so, once."""
    asked = await ask(db, employer, row(1), row(2))
    async with acting(db, BUREAU):
        approved = await application_decisions.approve(db, asked.id, asked.version)
        trail = await audit.history(db, "application", asked.id)
    assert (ApplicationState.APPROVED, 2) == (approved.state, approved.version)
    rows = await db.fetch(
        """
        SELECT p.name, e.state, e.start_month::text, f.effective_month::text, f.amount_fen
        FROM employment e JOIN person p ON p.id = e.person_id JOIN file_amount f ON f.employment_id = e.id ORDER BY p.id
        """
    )
    assert {(f"员工{n}", "active", "2020-09-01", "2020-09-01", 50_000) for n in (1, 2)} == {
        tuple(each) for each in rows
    }
    assert [("user/1", "", "submitted"), ("user/2", "submitted", "approved")] == [
        (event.actor, event.from_state, event.to_state) for event in trail
    ]
    assert [("application.decided.v1", "approved")] == [
        tuple(each) for each in await db.fetch("SELECT type, body ->> 'outcome' FROM outbox")
    ]


async def test_a_closed_employer_opens_no_accounts(db: Connection, employer: Employer) -> None:
    """Neither by asking, nor by what it asked for before."""
    asked = await ask(db, employer, row(1))
    await db.execute("UPDATE employer SET state = 'closed'")
    assert [("EMPLOYER_CLOSED", None, None)] == await refused(db, employer, row(2))
    with pytest.raises(RefusedError, match="closed"):
        async with acting(db, BUREAU):
            await application_decisions.approve(db, asked.id, asked.version)


async def test_what_became_impossible_is_not_approved(db: Connection, employer: Employer) -> None:
    """Somebody was employed elsewhere meanwhile: the application waits, and no account is opened."""
    asked = await ask(db, employer, row(1), row(2))
    await employ(db, await register(db, 2), new_employee(2))
    with pytest.raises(RefusedError) as caught:
        async with acting(db, BUREAU):
            await application_decisions.approve(db, asked.id, asked.version)
    assert ["EMPLOYED_ELSEWHERE"] == [found.code for found in caught.value.violations]
    assert (1, "submitted") == (
        await db.fetchval("SELECT count(*) FROM employment"),
        await db.fetchval("SELECT state FROM application"),
    )


@pytest.mark.parametrize(
    ("decide", "state"),
    [
        (application_decisions.send_back, ApplicationState.RETURNED),
        (application_decisions.reject, ApplicationState.REJECTED),
    ],
)
async def test_a_refusal_has_a_reason(db: Connection, employer: Employer, decide: Any, state: ApplicationState) -> None:
    """The employer reads why, and a reason of blanks is none."""
    asked = await ask(db, employer, row(1))
    with pytest.raises(RefusedError, match="reason"):
        async with acting(db, BUREAU):
            await decide(db, asked.id, asked.version, "  ")
    async with acting(db, BUREAU):
        await decide(db, asked.id, asked.version, " 证件不清 ")
    async with acting(db, clerk_of(employer)):
        told = await applications.get(db, asked.id)
    assert (state, "证件不清", 2) == (told.state, told.remark, told.version)


async def test_two_reviewers_decide_once(db: Connection, employer: Employer) -> None:
    """The second one is told that the application has changed, and one who saw the decision that it is decided."""
    asked = await ask(db, employer, row(1))
    async with acting(db, BUREAU):
        approved = await application_decisions.approve(db, asked.id, asked.version)
    for version, code in ((asked.version, "STALE_VERSION"), (approved.version, "APPLICATION_STATE")):
        with pytest.raises(RefusedError) as caught:
            async with acting(db, BUREAU):
                await application_decisions.reject(db, asked.id, version, "x")
        assert [code] == [found.code for found in caught.value.violations]


async def test_an_employer_decides_nothing_and_sees_no_others(db: Connection, employer: Employer) -> None:
    """Approving is the bureau's; another employer's application is absent (I31)."""
    asked = await ask(db, employer, row(1))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting(db, clerk_of(employer)):
            await application_decisions.reject(db, asked.id, asked.version, "x")
    stranger = attrs.evolve(clerk_of(employer), employer_id=(await register(db, 2)).id)
    for step in (
        lambda: applications.get(db, asked.id),
        lambda: applications.retract(db, asked.id, asked.version),
    ):
        with pytest.raises(RefusedError) as caught:
            async with acting(db, stranger):
                await step()
        assert ["ABSENT"] == [found.code for found in caught.value.violations]
    async with acting(db, stranger):
        assert () == await openings.employees_of(db, asked.id)


async def test_the_database_moves_applications_as_the_library_does(db: Connection, employer: Employer) -> None:
    """Every pair of states is tried in SQL: what goes through is exactly the table of libsubsidy (I21)."""
    asked = await ask(db, employer, row(1))
    allowed, refusals = set(), set()
    move = """
        UPDATE application SET state = $2,
            decided_at = CASE WHEN $2 IN ('approved', 'returned', 'rejected') THEN now() END WHERE id = $1"""
    for before in ApplicationState:
        for after in ApplicationState:
            try:
                async with db.transaction():
                    await db.execute("SET LOCAL session_replication_role = replica")
                    await db.execute(move, asked.id, before.value)
                    await db.execute("SET LOCAL session_replication_role = origin")
                    await db.execute(move, asked.id, after.value)
                    if before is not after:
                        allowed.add((before, after))
            except asyncpg.RestrictViolationError as error:
                refusals.add(error.constraint_name)
    library = {(before, after) for (before, _), after in APPLICATION_LIFE.table.items() if before is not after}
    assert (library, {"application_moves"}) == (allowed, refusals)


@pytest.mark.parametrize(
    "change",
    ["contents = '{}'", "line_count = 2", "person_count = 0", "total_fen = 1", "kind = 'x'", "employer_id = 2"],
)
async def test_what_was_submitted_is_what_is_decided(db: Connection, employer: Employer, change: str) -> None:
    """Not even the owner changes a submitted application."""
    await ask(db, employer, row(1))
    with pytest.raises(asyncpg.RestrictViolationError) as caught:
        await db.execute(f"UPDATE application SET {change}")
    assert caught.value.constraint_name == "application_frozen"


async def test_only_a_decision_has_its_time(db: Connection, employer: Employer) -> None:
    """Taken back, or handed in anew after it came back, an application is undecided again; SQL holds to that, too."""
    asked = await ask(db, employer, row(1))
    files = await attach(db, clerk_of(employer), "employee_opening")
    async with acting(db, clerk_of(employer)):
        retracted = await applications.retract(db, asked.id, asked.version)
        again = await openings.open_employees_again(
            db, asked.id, retracted.version, [row(1)], attachments=files, today=TODAY
        )
    assert (None, None, None) == (asked.decided_at, retracted.decided_at, again.decided_at)
    async with acting(db, BUREAU):
        returned = await application_decisions.send_back(db, asked.id, again.version, "证件不清")
    assert returned.decided_at is not None
    async with acting(db, clerk_of(employer)):
        handed_in = await openings.open_employees_again(
            db, asked.id, returned.version, [row(1)], attachments=files, today=TODAY
        )
    assert (ApplicationState.SUBMITTED, None) == (handed_in.state, handed_in.decided_at)
    async with acting(db, BUREAU):
        approved = await application_decisions.approve(db, asked.id, handed_in.version)
    assert approved.decided_at is not None
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await db.execute("UPDATE application SET decided_at = NULL")
    assert "application_decided_when" == caught.value.constraint_name
