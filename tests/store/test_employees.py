"""Employees: one person in the fund, an employment for each employer, all of a list or none."""

import asyncio

import asyncpg
import pytest

from libsubsidy import EmploymentState, FileAmount, IdNumber, Money, Month
from services.store import employees
from services.store.database import Connection, acting, connect
from services.store.employees import NewEmployee
from services.store.refusals import RefusedError
from tests.store.fund import BUREAU, employ, id_number, new_employee, register
from tests.store.waiting import until_somebody_waits


async def codes_of_refusal(connection: Connection, employer_id: int, *people: NewEmployee) -> list[str]:
    """Add people and return why that was refused."""
    with pytest.raises(RefusedError) as caught:
        async with acting(connection, BUREAU):
            await employees.add(connection, employer_id, people)
    return [found.code for found in caught.value.violations]


async def test_a_person_is_the_same_person_at_every_employer(db: Connection) -> None:
    """A new employer of somebody known adds an employment, not a person; ids come in the order given."""
    first, second = await register(db, 1), await register(db, 2)
    ended = new_employee(1, state=EmploymentState.ENDED)
    (known,) = await employ(db, first, ended)
    assert known == (await employ(db, second, new_employee(2), new_employee(1)))[1]
    assert 2 == await db.fetchval("SELECT count(*) FROM person")


async def test_an_old_card_is_kept_as_it_was_shown(db: Connection) -> None:
    """Fifteen digits become eighteen, and the fifteen are kept (D-3)."""
    number = IdNumber.parse("110105491231002")
    employee = new_employee(1, id_number=number, id_number_given=number.original)
    await employ(db, await register(db), employee)
    assert ("11010519491231002X", "110105491231002") == tuple(
        await db.fetchrow("SELECT id_number, id_number_given FROM person") or ()
    )


async def test_every_fact_of_the_file_is_stored(db: Connection) -> None:
    """Months, opening, rank and amount arrive where the rules will read them."""
    employee = new_employee(
        1,
        name_pinyin="zhang san",
        mobile="13800000000",
        rank="科员",
        start_month=Month(2020, 4),
        paid_through=Month(2020, 3),
        opening_periods=51,
        file_amount=FileAmount(effective=Month(2020, 4), amount=Money.parse("0.01")),
    )
    employer = await register(db)
    await employ(db, employer, employee)
    row = await db.fetchrow(
        """
        SELECT p.name_pinyin, p.mobile, e.rank, e.start_month::text, e.state, e.paid_through::text, e.opening_periods,
               f.effective_month::text, f.amount_fen, f.employer_id = e.employer_id
        FROM employment e JOIN person p ON p.id = e.person_id JOIN file_amount f ON f.employment_id = e.id
        """
    )
    assert row is not None
    assert (
        "zhang san", "13800000000", "科员", "2020-04-01", "active", "2020-03-01", 51, "2020-04-01", 1, True,
    ) == tuple(row)  # fmt: skip


async def test_all_errors_are_named_by_row_and_nothing_is_kept(db: Connection) -> None:
    """Here already, active elsewhere, known by another name: each row says what it is; no row is written (I33)."""
    here, elsewhere = await register(db, 1), await register(db, 2)
    await employ(db, here, new_employee(1))
    await employ(db, elsewhere, new_employee(2), new_employee(3, state=EmploymentState.ENDED))
    people = (new_employee(5), new_employee(1), new_employee(2), new_employee(3, name="别人"))
    with pytest.raises(RefusedError) as caught:
        await employ(db, here, *people)
    assert [
        ("EMPLOYEE_ALREADY", 2), ("EMPLOYED_ELSEWHERE", 3), ("PERSON_NAME_DIFFERS", 4),
    ] == [(found.code, found.params["row"]) for found in caught.value.violations]  # fmt: skip
    assert 3 == await db.fetchval("SELECT count(*) FROM person")


async def test_a_row_that_stands_twice_names_both(db: Connection) -> None:
    """The second of two equal rows names the first."""
    employer = await register(db)
    with pytest.raises(RefusedError) as caught:
        await employ(db, employer, new_employee(1), new_employee(2), new_employee(1))
    assert [("DUPLICATE_IN_FILE", 3, 1)] == [
        (found.code, found.params["row"], found.params["first_row"]) for found in caught.value.violations
    ]


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"name": ""}, "NAME_LENGTH"),
        ({"name": "名" * 101}, "NAME_LENGTH"),
        ({"opening_periods": -1}, "OPENING_PERIODS_NEGATIVE"),
        ({"file_amount": FileAmount(effective=Month(2020, 1), amount=Money(fen=0))}, "AMOUNT_NOT_POSITIVE"),
    ],
)
async def test_facts_that_cannot_be_are_refused(db: Connection, facts: dict[str, object], refusal: str) -> None:
    """The database's own checks speak in sentences, too."""
    employer = await register(db)
    assert [refusal] == await codes_of_refusal(db, employer.id, new_employee(1, **facts))


async def test_an_unknown_employer_employs_nobody(db: Connection) -> None:
    """An employer's id that nobody has is refused as such."""
    assert ["EMPLOYER_ABSENT"] == await codes_of_refusal(db, 4711, new_employee(1))


async def test_a_list_has_a_limit(db: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row more than the limit is refused before anything is read."""
    monkeypatch.setattr(employees, "EMPLOYEES_MAX", 2)
    employer = await register(db)
    assert ["LIST_TOO_LONG"] == await codes_of_refusal(db, employer.id, *map(new_employee, range(3)))


async def test_two_employers_who_open_the_same_account_at_once_do_not_both(db: Connection, database_url: str) -> None:
    """I23: whoever commits second waits for the first, and is told that the person is employed elsewhere."""
    first, second, former = await register(db, 1), await register(db, 2), await register(db, 3)
    await employ(db, former, new_employee(1, state=EmploymentState.ENDED))
    other = await connect(database_url)
    try:
        async with acting(db, BUREAU):
            await employees.add(db, first.id, [new_employee(1)])
            racing = asyncio.create_task(employ(other, second, new_employee(1)))
            await until_somebody_waits(database_url)
        with pytest.raises(RefusedError) as caught:
            await racing
        assert ["EMPLOYED_ELSEWHERE"] == [found.code for found in caught.value.violations]
        assert isinstance(caught.value.__cause__, asyncpg.UniqueViolationError)
    finally:
        await other.close()


async def test_a_file_amount_is_added_and_corrected(db: Connection) -> None:
    """An amount of a later month stands beside the first; one of the same month replaces it."""
    employer = await register(db)
    (person_id,) = await employ(db, employer, new_employee(1))
    async with acting(db, BUREAU):
        for month, fen in ((7, 60_000), (7, 61_000)):
            amount = FileAmount(effective=Month(2020, month), amount=Money(fen=fen))
            await employees.set_file_amounts(db, employer.id, {person_id: amount})
    rows = await db.fetch("SELECT effective_month::text, amount_fen FROM file_amount ORDER BY effective_month")
    assert [("2020-01-01", 50_000), ("2020-07-01", 61_000)] == [tuple(row) for row in rows]


async def test_nobody_elses_amount_is_set(db: Connection) -> None:
    """A person of another employer is absent here (I31)."""
    here, elsewhere = await register(db, 1), await register(db, 2)
    (person_id,) = await employ(db, elsewhere, new_employee(1))
    amount = FileAmount(effective=Month(2020, 7), amount=Money(fen=1))
    with pytest.raises(RefusedError) as caught:
        async with acting(db, BUREAU):
            await employees.set_file_amounts(db, here.id, {person_id: amount})
    assert ["PERSON_ABSENT"] == [found.code for found in caught.value.violations]


def test_made_up_people_differ() -> None:
    """The tests' own people have numbers of their own."""
    assert 30_000 == len({str(id_number(serial)) for serial in range(30_000)})
