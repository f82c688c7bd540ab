"""Lists of employees: sorted, searched and paged by the database, in one query a page."""

from datetime import date

import asyncpg
import pytest

from libsubsidy import EmploymentState, FileAmount, Money, Month
from services.store import employee_lists, employees
from services.store.database import Connection, acting
from services.store.employee_search import Search, SortBy, Sorting
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
        (str(id_number(2))[12:], ["李四"]),
        ("zsf", ["张三丰"]),
        ("ｚｓｆ", ["张三丰"]),
        ("".join(chr(ord(digit) + 0xFEE0) for digit in str(id_number(2))[12:17]), ["李四"]),
        ("ls", ["李四"]),
        ("%", []),
        ("_三", []),
        ("\\", []),
    ],
)
async def test_people_are_found_by_name_pinyin_or_number(db: Connection, text: str, found: list[str]) -> None:
    """F30: a part of the name, its pinyin or its initials, or a part of the ID number; nothing typed is a pattern."""
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


NO_START = {"start_month": None, "file_amount": None}


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (Search(rank="正科"), [1]),
        (Search(rank=""), [2, 3]),
        (Search(start_from=START + 1), [2]),
        (Search(start_to=START), [1]),
        (Search(start_from=START, start_to=START + 1), [1, 2]),
        (Search(without_start=True), [3]),
        (Search(amount_from=Money.parse("500.01")), [2]),
        (Search(amount_to=Money.parse("500")), [1]),
        (Search(amount_from=Money.parse("500"), amount_to=Money.parse("600"), text="员工2"), [2]),
        (Search(amount_from=Money.parse("600.01")), []),
    ],
)
async def test_a_list_is_narrowed(db: Connection, search: Search, found: list[int]) -> None:
    """F29: by rank, start month, its lack, and the amount that is valid today; limits belong to what they limit."""
    employer = await register(db)
    later = FileAmount(effective=START + 1, amount=Money.parse("600"))
    await employ(
        db,
        employer,
        new_employee(1, rank="正科"),
        new_employee(2, start_month=START + 1, file_amount=later),
        new_employee(3, **NO_START),
    )
    async with acting(db, clerk_of(employer)):
        page = await employee_lists.page_of_employer(db, employer.id, TODAY, search=search)
    assert ([f"员工{serial}" for serial in found], len(found)) == ([each.name for each in page.people], page.total)


@pytest.mark.parametrize("by", SortBy)
async def test_a_list_is_sorted_both_ways(db: Connection, by: SortBy) -> None:
    """F29: by every column; whoever lacks it comes last, and equals stand by name."""
    employer = await register(db)
    people = await employ(
        db,
        employer,
        *(
            new_employee(
                serial,
                rank=f"{serial}",
                start_month=START + serial,
                opening_periods=serial,
                file_amount=FileAmount(effective=START, amount=Money(fen=serial * 100)),
            )
            for serial in (3, 1, 2)
        ),
        new_employee(9, **NO_START),
    )
    async with acting(db, BUREAU):
        for person_id, fen in zip(people, (30, 10, 20), strict=False):
            await db.execute(
                "INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen) VALUES ($1, $2, $3, 'opening', $4)",
                person_id,
                employer.id,
                START.first_day,
                fen,
            )
        await db.execute(
            "UPDATE employment SET state = 'sealed', opened_at = now() + interval '1 day' WHERE person_id = $1",
            people[0],
        )
    seen = []
    async with acting(db, clerk_of(employer)):
        for descending in (False, True):
            pages = [
                await employee_lists.page_of_employer(
                    db, employer.id, TODAY, sorting=Sorting(by, descending), page=number, size=2
                )
                for number in (1, 2)
            ]
            whole = await employee_lists.everybody(db, employer.id, TODAY, sorting=Sorting(by, descending))
            listed = [each.name.removeprefix("员工") for page in pages for each in page.people]
            assert listed == [each.name.removeprefix("员工") for each in whole]
            seen.append("".join(listed))
    assert SORTED[by] == tuple(seen)


SORTED = {
    SortBy.NAME: ("1239", "9321"),
    SortBy.ID_NUMBER: ("1239", "9321"),
    SortBy.PERIODS: ("9123", "3219"),
    SortBy.BALANCE: ("9123", "3219"),
    SortBy.RANK: ("9123", "3219"),
    SortBy.AMOUNT: ("1239", "3219"),
    SortBy.START: ("1239", "3219"),
    SortBy.OPENED: ("1293", "3129"),
    SortBy.STATE: ("1293", "3129"),
}


@pytest.mark.parametrize(("asked", "shown", "names"), [(1, 1, 2), (3, 3, 1), (4, 3, 1), (999, 3, 1)])
async def test_a_page_that_is_not_there_is_the_last_one(db: Connection, asked: int, shown: int, names: int) -> None:
    """Somebody narrowed the list, or people left it, while a later page was open."""
    employer = await register(db)
    await employ(db, employer, *map(new_employee, range(5)))
    async with acting(db, clerk_of(employer)):
        for by in (SortBy.NAME, SortBy.BALANCE):
            page = await employee_lists.page_of_employer(
                db, employer.id, TODAY, sorting=Sorting(by), page=asked, size=2
            )
            assert (5, shown, names) == (page.total, page.page, len(page.people))
        nobody = await employee_lists.page_of_employer(db, employer.id, TODAY, search=Search(text="王"), page=asked)
    assert (0, 1, ()) == (nobody.total, nobody.page, nobody.people)


async def test_ranks_and_heads_are_counted(db: Connection) -> None:
    """F27, F29: the ranks there are, to choose among, and how many people are in which state."""
    employer = await register(db)
    await employ(
        db,
        employer,
        new_employee(1, rank="正科"),
        new_employee(2, rank="副科", state=EmploymentState.SEALED),
        new_employee(3, rank="副科"),
        new_employee(4),
    )
    async with acting(db, clerk_of(employer)):
        assert ("副科", "正科") == await employee_lists.ranks(db, employer.id)
        counted = await employee_lists.count_by_state(db, employer.id)
    assert {"active": 3, "sealed": 1} == {state.value: count for state, count in counted.items() if count}
    assert set(EmploymentState) == counted.keys()


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
