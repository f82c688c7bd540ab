"""员工初始化 in the store: kept as typed, submitted whole or not at all, closed, and opened again only by the bureau."""

import attrs
import pytest

from libsubsidy import FileAmount, InitialRow, Money, Month
from services.store import change_records, employee_lists, employers, initialisation_rows, initialisations, ledgers
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.initialisation_rows import Row
from services.store.refusals import RefusedError
from tests.store.fund import BUREAU, START, TODAY, clerk_of, employ, line, new_employee, register, submitted

GOOD = {"mobile": "13800000000", "rank": "正科", "monthly_amount": "500"}
OPENED = GOOD | {"opening_periods": "51", "opening_amount": "20250", "paid_through": "2019-12"}
# Of the supplementary ideographic plane, and one that is put together by a dot.
NAMES = ("𠮷野𫞩", "买买提·吐尔逊", "张伟", "张伟")


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer that has been migrated and not initialised, with four people."""
    employer = await register(db)
    await db.execute("UPDATE employer SET initialised_at = NULL")
    await employ(
        db,
        employer,
        *(new_employee(serial, name=name, name_pinyin=f"p{serial}") for serial, name in enumerate(NAMES, start=1)),
    )
    return attrs.evolve(employer, initialised=False)


async def table(db: Connection, employer: Employer) -> tuple[Row, ...]:
    """The whole table, as the employer sees it."""
    async with acting(db, clerk_of(employer)):
        return await initialisation_rows.whole(db, employer.id, TODAY)


async def save(db: Connection, employer: Employer, cells: dict[int, dict[str, str]]) -> None:
    """Type."""
    async with acting(db, clerk_of(employer)):
        await initialisations.save(db, employer.id, cells)


async def submit(db: Connection, employer: Employer, shown: int = 4) -> initialisations.Submitted:
    """Submit."""
    async with acting(db, clerk_of(employer)):
        return await initialisations.submit(db, employer.id, TODAY, shown=shown)


async def snapshot(db: Connection) -> list[object]:
    """Everything that a submission could write."""
    tables = ("person", "employment", "file_amount", "ledger_entry", "change_record", "employer", "initialisation_row")
    return [await db.fetch(f"SELECT * FROM {each} ORDER BY 1, 2") for each in tables]


async def test_the_table_begins_as_the_file(db: Connection, employer: Employer) -> None:
    """F15: everybody once, by name, with what was migrated; nothing is edited."""
    rows = await table(db, employer)
    assert [*NAMES] == [row.name for row in rows]
    assert [1, 2, 3, 4] == [row.number for row in rows]
    assert InitialRow(monthly_amount="500.00") == rows[0].cells == rows[0].on_file
    assert frozenset() == rows[0].edited


async def test_cells_are_kept_as_they_are_typed(db: Connection, employer: Employer) -> None:
    """F19: one by one, wrong ones, too; others stay as they are; what means the same as the file is no edit."""
    await save(db, employer, {1: {"mobile": "12"}, 2: {"rank": " 正科 "}})
    await save(db, employer, {1: {"monthly_amount": "500"}, 2: {"monthly_amount": "五百"}})
    first, second, third, _ = await table(db, employer)
    assert ("12", "", "500") == (first.cells.mobile, first.cells.rank, first.cells.monthly_amount)
    assert (" 正科 ", "五百") == (second.cells.rank, second.cells.monthly_amount)
    assert [{"mobile"}, {"rank", "monthly_amount"}, set()] == [set(row.edited) for row in (first, second, third)]
    await save(db, employer, {1: {"mobile": ""}})
    assert "" == (await table(db, employer))[0].cells.mobile


async def test_everything_that_is_wrong_is_told_at_once(db: Connection, employer: Employer) -> None:
    """F16: by row and field, over the whole table; advice is told, too."""
    uneven = GOOD | {"opening_periods": "51", "opening_amount": "0", "paid_through": "2020-01"}
    await save(db, employer, {1: GOOD, 2: {"monthly_amount": "0"}, 4: uneven})
    async with acting(db, clerk_of(employer)):
        people, found = await initialisation_rows.verified(db, employer.id, TODAY)
    assert (
        4,
        [(2, "mobile"), (2, "rank"), (2, "monthly_amount"), (3, "mobile"), (3, "rank"), (4, "opening_amount")],
    ) == (
        people,
        [(each.row.number, each.cell.field) for each in found],
    )
    assert [each.cell.is_advice for each in found] == [False] * 5 + [True]


async def test_a_wrong_row_keeps_everything_back(db: Connection, employer: Employer) -> None:
    """F19: all or nothing; each broken cell is named by row, field and employee, and not one fen or letter is written."""
    await save(db, employer, {1: OPENED, 2: GOOD, 3: GOOD, 4: GOOD | {"mobile": "1"}})
    before = await snapshot(db)
    with pytest.raises(RefusedError) as caught:
        await submit(db, employer)
    (violation,) = caught.value.violations
    assert ("PHONE_FORMAT", {"row": 4, "field": "mobile", "employee": "4"}) == (violation.code, violation.params)
    assert violation.zh.startswith("第 4 行 张伟：")
    assert before == await snapshot(db)


async def test_a_submission_becomes_file_ledger_and_history(db: Connection, employer: Employer) -> None:
    """F17, F19: file, opening entries that are no cash, records of what changed; the employer may order; the draft is gone."""
    await save(db, employer, {1: OPENED | {"monthly_amount": "600"}, 2: GOOD, 3: GOOD, 4: GOOD})
    done = await submit(db, employer)
    assert (4, 4, 1) == (done.people, done.changed, done.openings)
    async with acting(db, clerk_of(employer)):
        one = await employee_lists.get(db, employer.id, 1, TODAY)
        totals = (await ledgers.totals(db, [1, 2]))[1]
        records = await change_records.of_employment(db, one.employment_id)
        own = await change_records.of_employer(db, employer.id)
        amounts = await employee_lists.file_amounts(db, one.employment_id)
    assert ("13800000000", "正科", 51, Month(2019, 12)) == (one.mobile, one.rank, one.opening_periods, one.paid_through)
    assert [FileAmount(effective=START, amount=Money.parse("600"))] == list(amounts), "what was migrated is put right"
    assert (Money.parse("20250"), Money(fen=0), 51) == (totals.balance, totals.cash, totals.periods)
    assert {
        "mobile": "13800000000",
        "rank": "正科",
        "monthly_amount": "600.00",
        "opening_periods": "51",
        "opening_amount": "20250.00",
        "paid_through": "2019-12",
    } == {record.field: record.after for record in records}
    assert ["initialised"] == [record.field for record in own]
    assert (await employers.get(db, employer.id)).initialised
    assert 0 == await db.fetchval("SELECT count(*) FROM initialisation_row")
    trail = await db.fetch(
        "SELECT actor, to_state FROM audit_event WHERE subject_kind = 'employer' ORDER BY id DESC LIMIT 1"
    )
    assert [("user/1", "initialised")] == [tuple(row) for row in trail]


async def test_advice_keeps_nothing_back(db: Connection, employer: Employer) -> None:
    """F17: an uneven opening may be right; its periods count without an entry in the ledger."""
    uneven = GOOD | {"opening_periods": "51", "opening_amount": "0", "paid_through": "2020-01"}
    await save(db, employer, {1: uneven, 2: GOOD, 3: GOOD, 4: GOOD})
    assert 0 == (await submit(db, employer)).openings
    async with acting(db, clerk_of(employer)):
        assert 51 == (await ledgers.totals(db, [1]))[1].periods


async def test_a_new_employer_submits_an_empty_table(db: Connection) -> None:
    """F15: whoever has nobody yet can go on at once."""
    employer = await register(db)
    await db.execute("UPDATE employer SET initialised_at = NULL")
    assert 0 == (await submit(db, employer, shown=0)).people
    assert (await employers.get(db, employer.id)).initialised


async def test_what_was_submitted_is_closed(db: Connection, employer: Employer) -> None:
    """F19: neither typed into nor submitted again."""
    await save(db, employer, dict.fromkeys((1, 2, 3, 4), GOOD))
    await submit(db, employer)
    for act in (lambda: save(db, employer, {1: GOOD}), lambda: submit(db, employer)):
        with pytest.raises(RefusedError) as caught:
            await act()
        assert ["INITIALISED_ALREADY"] == [each.code for each in caught.value.violations]


async def test_a_table_that_has_grown_meanwhile_is_shown_again(db: Connection, employer: Employer) -> None:
    """Nobody submits people whom the page did not show."""
    await save(db, employer, dict.fromkeys((1, 2, 3, 4), GOOD))
    with pytest.raises(RefusedError) as caught:
        await submit(db, employer, shown=3)
    assert ["INITIALISATION_PEOPLE"] == [each.code for each in caught.value.violations]


async def test_the_bureau_opens_it_again_until_the_first_order(db: Connection, employer: Employer) -> None:
    """D-13: with a reason; the difference of an opening is posted, so that the entries come to what is typed now."""
    await save(db, employer, {1: OPENED, 2: GOOD, 3: GOOD, 4: GOOD})
    await submit(db, employer)
    async with acting(db, BUREAU):
        await employers.reopen(db, employer.id, "期初金额有误")
    first = (await table(db, employer))[0]
    assert ("51", "20250.00", "2019-12") == (
        first.cells.opening_periods,
        first.cells.opening_amount,
        first.cells.paid_through,
    )
    await save(db, employer, {1: {"opening_amount": "20000"}, 2: {}})
    assert 1 == (await submit(db, employer)).openings
    entries = await db.fetch("SELECT kind, amount_fen FROM ledger_entry ORDER BY id")
    assert [("opening", 2_025_000), ("opening", -25_000)] == [tuple(row) for row in entries]
    async with acting(db, BUREAU):
        await employers.reopen(db, employer.id, "没有期初")
    await save(db, employer, {1: {"opening_amount": "", "opening_periods": "", "paid_through": ""}})
    await submit(db, employer)
    assert 0 == await db.fetchval("SELECT sum(amount_fen) FROM ledger_entry")
    await submitted(db, employer, line(1, START))
    async with acting(db, BUREAU):
        with pytest.raises(RefusedError) as caught:
            await employers.reopen(db, employer.id, "再来一次")
    assert ["INITIALISATION_ORDERED"] == [each.code for each in caught.value.violations]


@pytest.mark.parametrize(
    ("reason", "code"),
    [("没有提交过", "INITIALISATION_OPEN"), (" ", "REASON_MISSING"), ("长" * 501, "REASON_TOO_LONG")],
)
async def test_what_is_open_is_not_opened(db: Connection, employer: Employer, reason: str, code: str) -> None:
    """D-13: and nobody opens anything without saying why."""
    async with acting(db, BUREAU):
        with pytest.raises(RefusedError) as caught:
            await employers.reopen(db, employer.id, reason)
    assert [code] == [each.code for each in caught.value.violations]


async def test_people_of_others_are_not_on_the_list(db: Connection, employer: Employer) -> None:
    """I31: neither seen nor typed into; the answer is that of a number that nobody has."""
    other = await register(db, 2)
    (stranger,) = await employ(db, other, new_employee(9))
    told = []
    for number in (stranger, 4711):
        with pytest.raises(RefusedError) as caught:
            await save(db, employer, {number: GOOD})
        told.append((caught.value.violations[0].code, caught.value.violations[0].zh.replace(str(number), "ID")))
    assert told[0] == told[1]
    async with acting(db, clerk_of(employer)):
        assert () == await initialisation_rows.whole(db, other.id, TODAY)


async def test_a_part_of_the_table_keeps_its_numbers(db: Connection, employer: Employer) -> None:
    """Found by name, pinyin or number, and leafed through: each row keeps its place in the whole table."""
    async with acting(db, clerk_of(employer)):
        second = await initialisation_rows.page(db, employer.id, TODAY, offset=2, limit=2)
        named = await initialisation_rows.page(db, employer.id, TODAY, text="·", limit=10)
        people = await initialisation_rows.of_people(db, employer.id, TODAY, [4, 2, 4711])
        counted = [await initialisation_rows.count(db, employer.id, text) for text in ("", "张伟", "p3", "𫞩", "%")]
    assert ([3, 4], [2], [2, 4]) == tuple([row.number for row in rows] for rows in (second, named, people))
    assert [4, 2, 1, 1, 0] == counted
