"""Promises of services/store/backfills.py: payments of the past, from the list to the ledgers (F107, I11, I12, design §12)."""

import asyncio
from datetime import date

import pytest

from libsubsidy import ApplicationState, EmploymentState, Money, Month, OrderKind
from services.store import application_decisions, applications, backfills, employers, ledgers, posting, work_list
from services.store.applications import Application
from services.store.backfill_judging import WantedRow, judge
from services.store.database import Connection, acting, connect
from services.store.employers import Employer
from services.store.ledgers import LedgerTotals
from services.store.posting import OpeningBalance, PostingError
from services.store.refusals import RefusedError, RowsRefusedError
from services.store.work_list import Ref, RefKind
from tests.store.fund import (
    BUREAU,
    START,
    TODAY,
    approve_application,
    attach,
    backfill,
    clerk_of,
    employ,
    line,
    new_employee,
    past,
    person,
    register,
    submitted,
)
from tests.store.waiting import until_somebody_waits

MAY, JUNE, JULY = (Month(2019, month) for month in (5, 6, 7))
THROUGH = Month(2019, 12)
NOTHING = Money(fen=0)


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer with two employees, the persons 1 and 2."""
    employer = await register(db, 1)
    await employ(db, employer, new_employee(1), new_employee(2))
    return employer


async def opened(db: Connection, employer: Employer, periods: int, amount: str) -> None:
    """Give person 1 an opening balance that is paid through THROUGH."""
    async with acting(db, BUREAU):
        await db.execute(
            "UPDATE employment SET opening_periods = $1, paid_through = $2 WHERE person_id = 1",
            periods,
            THROUGH.first_day,
        )
        await posting.open_balances(db, employer.id, {1: OpeningBalance(THROUGH, Money.parse(amount))})


async def totals_of(db: Connection, person_id: int = 1) -> LedgerTotals:
    """What the person's entries come to."""
    return (await ledgers.totals(db, [person_id]))[person_id]


async def decide(db: Connection, asked: Application, decision: str) -> Application:
    """Let the bureau return or reject it, or the employer retract it."""
    if decision == "retract":
        async with acting(db, clerk_of(await employers.get(db, asked.employer_id))):
            return await applications.retract(db, asked.id, asked.version)
    decided = application_decisions.send_back if decision == "return" else application_decisions.reject
    async with acting(db, BUREAU):
        return await decided(db, asked.id, asked.version, "凭证不清晰")


async def refused(db: Connection, employer: Employer, *rows: WantedRow) -> list[tuple[int, str, str]]:
    """Give row, field and code of everything for which a list is refused."""
    with pytest.raises(RefusedError) as caught:
        await backfill(db, employer, *rows)
    return [
        (int(each.params["row"]), str(each.params["field"]), each.code) for each in caught.value.violations
    ]  # fmt: skip


async def test_what_is_approved_raises_the_totals_and_no_cash(db: Connection, employer: Employer) -> None:
    """F107: periods and amount after the review, marked as history; no notice, no order, no cash."""
    asked = await backfill(db, employer, past(1, MAY), past(1, JUNE, Money.parse("0.01")), past(2, MAY))
    assert (ApplicationState.SUBMITTED, 3, Money.parse("1000.01")) == (asked.state, asked.line_count, asked.total)
    assert LedgerTotals(balance=NOTHING, cash=NOTHING, periods=0) == await totals_of(db)
    async with acting(db, BUREAU):
        listed = await work_list.get(db, Ref(RefKind.APPLICATION, asked.id))
    assert (3, 2) == (listed.line_count, listed.person_count)  # Two people, one of them with two months.
    await approve_application(db, asked)
    async with acting(db, person(1)):
        entries = await ledgers.of_person(db, 1)
        assert LedgerTotals(balance=Money.parse("500.01"), cash=NOTHING, periods=2) == await totals_of(db)
    assert [("backfill", JUNE, True, asked.id), ("backfill", MAY, True, asked.id)] == sorted(
        ((each.kind, each.month, each.is_backfilled, each.application_id) for each in entries), reverse=True
    )
    assert 0 == await db.fetchval(
        "SELECT (SELECT count(*) FROM payment_notice) + (SELECT count(*) FROM remittance_order)"
    )


async def test_a_backfill_within_the_opening_adds_nothing(db: Connection, employer: Employer) -> None:
    """Design §12: it itemises the opening: the month stands by itself, the rest of the opening is less by as much."""
    await opened(db, employer, 2, "1200.00")
    before = await totals_of(db)
    await approve_application(db, await backfill(db, employer, past(1, MAY), past(1, THROUGH), past(1, THROUGH + 1)))
    after = await totals_of(db)
    assert (before.balance + Money.parse("500"), NOTHING, before.periods + 1) == (
        after.balance,
        after.cash,
        after.periods,
    )
    rows = await db.fetch(
        "SELECT month, kind, amount_fen FROM ledger_entry WHERE application_id IS NOT NULL ORDER BY month, amount_fen"
    )
    assert [
        (MAY, "opening", 50_000), (THROUGH, "opening", -100_000), (THROUGH, "opening", 50_000),
        (THROUGH + 1, "backfill", 50_000),
    ] == [(Month.of(row[0]), row[1], row[2]) for row in rows]  # fmt: skip


async def test_an_opening_is_not_itemised_twice(db: Connection, employer: Employer) -> None:
    """Two backfills that together are more than the opening: the second is refused at its approval."""
    await opened(db, employer, 5, "800.00")
    first, second = await backfill(db, employer, past(1, MAY)), await backfill(db, employer, past(1, JUNE))
    await approve_application(db, first)
    with pytest.raises(RowsRefusedError) as caught:
        await approve_application(db, second)
    assert [("BACKFILL_OPENING_AMOUNT", 1)] == [(each.code, each.params["row"]) for each in caught.value.violations]
    assert [(1, "amount", "BACKFILL_OPENING_AMOUNT")] == await refused(db, employer, past(1, JULY))


async def test_a_reopened_initialisation_keeps_what_was_itemised(db: Connection, employer: Employer) -> None:
    """The bureau opens the opening balances only again while no backfill hangs on them (D-13)."""
    asked = await backfill(db, employer, past(1, MAY))
    async with acting(db, BUREAU):
        with pytest.raises(RefusedError) as caught:
            await employers.reopen(db, employer.id, "更正")
    assert "INITIALISATION_ORDERED" == caught.value.violations[0].code
    await decide(db, asked, "reject")
    async with acting(db, BUREAU):
        await employers.reopen(db, employer.id, "更正")
    with pytest.raises(RefusedError) as caught:
        await backfill(db, employer, past(1, MAY))
    assert "EMPLOYER_NOT_INITIALISED" == caught.value.violations[0].code


async def test_the_same_upload_twice(db: Connection, employer: Employer) -> None:
    """Domain §4.2 "Backfill": same upload twice: from the submission on its months are held, by row, naming the first one."""
    rows = past(1, MAY), past(2, MAY)
    asked = await backfill(db, employer, *rows)
    with pytest.raises(RowsRefusedError) as caught:
        await backfill(db, employer, *rows)
    assert [(place, "MONTH_ALREADY_LIVE", f"历史补录（申请编号 application-{asked.id}）") for place in (0, 1)] == [
        (place, each.code, each.params["order"])
        for place, each in zip(caught.value.places, caught.value.violations, strict=True)
    ]


async def test_a_credited_month_is_not_recorded_again(db: Connection, employer: Employer) -> None:
    """I12, domain §4.2 "Backfill": overlapping credited month, and one whose order only waits."""
    order = await submitted(db, employer, line(1, START))
    with pytest.raises(RowsRefusedError) as caught:
        await backfill(db, employer, past(1, START), past(2, START))
    assert [(0, f"#{order.id}")] == [
        (place, each.params["order"]) for place, each in zip(caught.value.places, caught.value.violations, strict=True)
    ]


async def test_a_month_that_waits_for_its_backfill_is_not_ordered(db: Connection, employer: Employer) -> None:
    """I12 the other way; and what is only asked for does not count as 进行过汇缴 yet (D-8)."""
    asked = await backfill(db, employer, past(1, START))
    with pytest.raises(RefusedError) as caught:
        await submitted(db, employer, line(1, START))
    assert ["MONTH_ALREADY_LIVE"] == [each.code for each in caught.value.violations]
    with pytest.raises(RefusedError) as caught:
        await submitted(db, employer, line(1, START + 1), kind=OrderKind.MONTHLY)
    assert ["BP_NOT_BEFORE_START"] == [each.code for each in caught.value.violations]
    await approve_application(db, asked)
    assert 1 == (await submitted(db, employer, line(1, START + 1), kind=OrderKind.MONTHLY)).line_count


@pytest.mark.parametrize("decision", ["return", "reject", "retract"])
async def test_what_comes_back_holds_no_month(db: Connection, employer: Employer, decision: str) -> None:
    """Returned, rejected or retracted: somebody else may have the month."""
    await decide(db, await backfill(db, employer, past(1, START)), decision)
    assert 1 == (await submitted(db, employer, line(1, START))).line_count
    assert 0 == await db.fetchval("SELECT count(*) FROM ledger_entry")


async def test_a_returned_backfill_goes_again_with_other_rows(db: Connection, employer: Employer) -> None:
    """It is the same application; its own months do not stand in its way, and those left out are free."""
    asked = await decide(db, await backfill(db, employer, past(1, MAY), past(1, JUNE)), "return")
    files = await attach(db, clerk_of(employer), "backfill")
    async with acting(db, clerk_of(employer)):
        again = await backfills.submit_again(
            db, asked.id, asked.version, [past(1, JUNE), past(1, JULY)], attachments=files, today=TODAY
        )
    assert (asked.id, ApplicationState.SUBMITTED, 2) == (again.id, again.state, again.line_count)
    held = await db.fetch("SELECT month FROM claim WHERE application_id = $1 ORDER BY month", asked.id)
    assert [JUNE, JULY] == [Month.of(row[0]) for row in held]
    assert [JUNE, JULY] == [each.month for each in await backfills.rows_of(db, asked.id)]
    await approve_application(db, again)
    assert 2 == (await totals_of(db)).periods


async def test_only_a_backfill_is_handed_in_as_one(db: Connection, employer: Employer) -> None:
    """Another employer's is absent (I31), another kind of application is another page's."""
    asked = await decide(db, await backfill(db, employer, past(1, MAY)), "return")
    await db.execute("ALTER TABLE application DISABLE TRIGGER application_frozen")
    await db.execute("UPDATE application SET kind = 'employee_opening'")
    for other, code in ((employer, "BACKFILLS_ONLY"), (await register(db, 2), "ABSENT")):
        async with acting(db, clerk_of(other)):
            with pytest.raises(RefusedError) as caught:
                await backfills.submit_again(db, asked.id, asked.version, [past(1, MAY)], attachments=(), today=TODAY)
            assert code == caught.value.violations[0].code
            with pytest.raises(RefusedError):
                await backfills.get(db, other.id, asked.id)


async def test_every_error_is_told_by_row_and_field(db: Connection, employer: Employer) -> None:
    """F107, I33, domain §4.2 "Backfill": all that is wrong at once; rows are counted from 1."""
    await employ(db, await register(db, 2), new_employee(3))
    assert [
        (1, "month", "BACKFILL_FUTURE_MONTH"),
        (2, "month", "FIELD_MISSING"),
        (2, "name", "BACKFILL_NAME"),
        (3, "id_number", "BACKFILL_STRANGER"),
        (4, "id_number", "ID_LENGTH"),
        (4, "amount", "AMOUNT_FORMAT"),
        (6, "month", "DUPLICATE_IN_FILE"),
        (7, "month", "DUPLICATE_IN_FILE"),
        (7, "name", "BACKFILL_NAME"),
    ] == await refused(
        db,
        employer,
        past(1, Month.of(TODAY) + 1),
        past(1, MAY, month="", name="李四"),
        past(3, MAY),
        past(1, MAY, id_number="4401", amount="5,00"),
        past(2, MAY),
        past(2, MAY),
        past(2, MAY, name="王五"),
    )
    with pytest.raises(RefusedError) as caught:
        await backfill(db, employer)
    assert "NO_ROWS" == caught.value.violations[0].code


async def test_before_working_life(db: Connection, employer: Employer) -> None:
    """Domain §4.2 "Backfill": before the person's working life, as the ID number and the file tell it."""
    await db.execute("UPDATE employment SET joined_on = '2019-06-30' WHERE person_id = 2")
    assert [(1, "month", "BACKFILL_BEFORE_AGE"), (2, "month", "BACKFILL_BEFORE_JOINING")] == await refused(
        db, employer, past(1, Month(1975, 12)), past(2, MAY), past(2, JUNE)
    )


async def test_a_former_employers_opening_is_not_counted_twice(db: Connection, employer: Employer) -> None:
    """I11: the months that it has counted are its own to itemise, and it still may, after the person has left."""
    await opened(db, employer, 3, "1500.00")
    await db.execute("UPDATE employment SET state = 'ended', state_from = '2020-02-01' WHERE person_id = 1")
    new = await register(db, 2)
    await employ(db, new, new_employee(1, start_month=Month(2020, 2)))
    assert [(1, "month", "BACKFILL_OPENING_ELSEWHERE")] == await refused(db, new, past(1, MAY))
    assert [(1, "month", "ENDED")] == await refused(db, employer, past(1, Month(2020, 2)))
    await approve_application(db, await backfill(db, employer, past(1, MAY)))
    assert 3 == (await totals_of(db)).periods


async def test_numbers_of_old_cards_and_old_systems_find_their_people(db: Connection, employer: Employer) -> None:
    """D-2, D-3: a number of 15 digits is the same person's; one without a proper check digit is compared as it stands."""
    await db.execute("UPDATE person SET id_number = '110105194912310029' WHERE id = 1")
    await db.execute("UPDATE person SET id_number = '11010519491231002X' WHERE id = 2")
    rows = past(1, MAY, id_number=" 110105194912310029"), past(2, MAY, id_number="110105491231002")
    async with acting(db, clerk_of(employer)):
        judged = await judge(db, employer.id, rows, today=TODAY)
    assert [1, 2] == [row.person.person_id for row in judged if row.person is not None and not row.broken]


async def test_a_program_may_name_the_employee(db: Connection, employer: Employer) -> None:
    """By the id that the employee has in every call; nobody's is refused."""
    rows = [WantedRow(row=past(1, MAY, id_number="").row, employee_id=number) for number in (1, 4711)]
    async with acting(db, clerk_of(employer)):
        judged = await judge(db, employer.id, rows, today=TODAY)
    assert [[], ["NOT_EMPLOYED"]] == [[each.violation.code for each in row.broken] for row in judged]


async def test_the_reviewer_is_told_what_itemises_the_opening(db: Connection, employer: Employer) -> None:
    """The advice names the row's person and month."""
    await opened(db, employer, 3, "1500.00")
    asked = await backfill(db, employer, past(1, MAY), past(2, MAY), past(2, START))
    async with acting(db, BUREAU):
        told = await backfills.advice(db, asked)
    assert [("CONFIRM_BACKFILL_WITHIN_OPENING", "员工1"), ("CONFIRM_BACKFILL_AFTER_START", "员工2")] == [
        (each.code, each.params["name"]) for each in told
    ]


async def test_of_two_at_once_one_has_the_month(db: Connection, employer: Employer, database_url: str) -> None:
    """The second of two clerks waits for the first one's claim, and then learns which application holds the month."""
    files = await attach(db, clerk_of(employer), "backfill")
    other = await connect(database_url)
    try:
        async with acting(db, clerk_of(employer)):
            first = await backfills.submit(db, employer.id, [past(1, MAY)], attachments=files, today=TODAY)
            racing = asyncio.create_task(backfill(other, employer, past(1, MAY)))
            await until_somebody_waits(database_url)
        with pytest.raises(RefusedError) as caught:
            await racing
    finally:
        await other.close()
    assert [("MONTH_ALREADY_LIVE", f"历史补录（申请编号 application-{first.id}）")] == [
        (each.code, each.params["order"]) for each in caught.value.violations
    ]
    assert 1 == await db.fetchval("SELECT count(*) FROM application")


async def test_what_nothing_holds_is_not_posted(db: Connection, employer: Employer) -> None:
    """I4: a month that the application does not hold any more breaks off the approval, and nothing is written."""
    asked = await backfill(db, employer, past(1, MAY), past(2, MAY))
    await db.execute("DELETE FROM claim WHERE person_id = 2")
    with pytest.raises(PostingError):
        await approve_application(db, asked)
    assert 0 == await db.fetchval("SELECT count(*) FROM ledger_entry")


async def test_who_is_not_open_yet_or_sealed_has_no_past_here(db: Connection, employer: Employer) -> None:
    """Nobody was paid for months in which the account was sealed or not there."""
    await db.execute("UPDATE employment SET state = 'sealed', state_from = $1 WHERE person_id = 1", date(2019, 6, 1))
    pending = await employ(db, employer, new_employee(3, state=EmploymentState.PENDING))
    assert [3] == list(pending)
    assert [(2, "month", "SEALED"), (3, "month", "NOT_ACTIVE")] == await refused(
        db, employer, past(1, MAY), past(1, JUNE), past(3, MAY)
    )
