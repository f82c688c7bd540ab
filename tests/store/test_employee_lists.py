"""Lists of employees: sorted, searched and paged by the database, in one query a page."""

from datetime import date

import asyncpg
import pytest

from libsubsidy import EmploymentState, FileAmount, Money, Month
from services.store import employee_lists, employees
from services.store.database import Connection, acting
from services.store.employee_lists import Search
from services.store.refusals import RefusedError, absent
from tests.store.fund import BUREAU, START, TODAY, clerk_of, employ, id_number, new_employee, register

NAMES = {"张三": "zhang san", "安琪": "an qi", "李四": "li si", "张三丰": "zhang san feng"}


async def test_pages_follow_each_other_by_pinyin(db: Connection) -> None:
    """Each page begins after the last one's end; together they are everybody, once, sorted."""
    employer = await register(db)
    await employ(db, employer, *(new_employee(n, name_pinyin=f"p {n % 3}") for n in range(7)))
    seen: list[tuple[str, int]] = []
    async with acting(db, clerk_of(employer)):
        while page := await employee_lists.of_employer(
            db, employer.id, TODAY, after=seen[-1] if seen else None, limit=3
        ):
            seen += [(each.name_pinyin, each.person_id) for each in page]
    assert (7, sorted(seen)) == (len(set(seen)), seen)


@pytest.mark.parametrize("people", [1, 60])
async def test_a_page_is_one_query(db: "asyncpg.Connection[asyncpg.Record]", people: int) -> None:
    """One query reads a page, whoever is on it."""
    employer = await register(db)
    await employ(db, employer, *map(new_employee, range(people)))
    queries: list[str] = []
    async with acting(db, clerk_of(employer)):
        with db.query_logger(lambda logged: queries.append(logged.query)):
            page = await employee_lists.of_employer(db, employer.id, TODAY, limit=50)
    assert (1, min(people, 50)) == (len(queries), len(page))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["安琪", "李四", "张三", "张三丰"]),
        ("张三", ["张三", "张三丰"]),
        (" 李四 ", ["李四"]),
        ("zhangsan", ["张三", "张三丰"]),
        ("Zhang San F", ["张三丰"]),
        (str(id_number(1)), ["安琪"]),
        (str(id_number(1))[:14], ["安琪", "李四", "张三", "张三丰"]),
        ("%", []),
        ("_三", []),
        ("\\", []),
    ],
)
async def test_people_are_found_by_name_pinyin_or_number(db: Connection, text: str, found: list[str]) -> None:
    """A part of the name or of its pinyin, or the beginning of the ID number; nothing that is typed is a pattern."""
    employer = await register(db)
    people = (new_employee(n, name=name, name_pinyin=pinyin) for n, (name, pinyin) in enumerate(NAMES.items()))
    await employ(db, employer, *people)
    async with acting(db, clerk_of(employer)):
        page = await employee_lists.of_employer(db, employer.id, TODAY, search=Search(text=text))
    assert found == [each.name for each in page]


async def test_people_are_found_by_their_state(db: Connection) -> None:
    """Only those who are sealed, when those are asked for."""
    employer = await register(db)
    await employ(db, employer, new_employee(1), new_employee(2, state=EmploymentState.SEALED))
    async with acting(db, clerk_of(employer)):
        page = await employee_lists.of_employer(db, employer.id, TODAY, search=Search(state=EmploymentState.SEALED))
    assert ["员工2"] == [each.name for each in page]


async def test_the_amount_is_the_one_that_is_valid_today(db: Connection) -> None:
    """An amount that begins next month is in the file, and not yet in the list."""
    employer = await register(db)
    (one,) = await employ(db, employer, new_employee(1))
    now, later = Money.parse("600.00"), Money.parse("700.00")
    async with acting(db, BUREAU):
        await employees.set_file_amounts(db, employer.id, {one: FileAmount(effective=Month.of(TODAY), amount=now)})
        await employees.set_file_amounts(
            db, employer.id, {one: FileAmount(effective=Month.of(TODAY) + 1, amount=later)}
        )
    async with acting(db, clerk_of(employer)):
        employee = await employee_lists.get(db, employer.id, one, TODAY)
        amounts = await employee_lists.file_amounts(db, employee.employment_id)
        before = await employee_lists.get(db, employer.id, one, date(2019, 12, 31))
    assert (now, [later, now], None) == (
        employee.monthly_amount,
        [each.amount for each in amounts][:2],
        before.monthly_amount,
    )
    assert START == amounts[-1].effective


async def test_people_of_other_employers_are_absent(db: Connection) -> None:
    """Neither listed nor found by id, even when the function is asked for the other employer by name (I31)."""
    employer, other = await register(db, 1), await register(db, 2)
    (foreign,) = await employ(db, other, new_employee(1))
    async with acting(db, clerk_of(employer)):
        assert () == await employee_lists.of_employer(db, other.id, TODAY)
        for employer_id, person_id in ((employer.id, foreign), (other.id, foreign), (employer.id, 4711)):
            with pytest.raises(RefusedError) as caught:
                await employee_lists.get(db, employer_id, person_id, TODAY)
            assert (absent("职工", "employee", person_id).violations) == caught.value.violations
