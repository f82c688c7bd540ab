"""Rosters: everything the rules need, in a number of queries that does not grow with the people."""

import asyncpg
import pytest

from libsubsidy import (
    DesignatedAmount,
    EmploymentState,
    FileAmount,
    LiveMonth,
    Money,
    Month,
    OrderKind,
    OrderState,
)
from services.store import employees, rosters, submissions
from services.store.database import Connection, acting
from services.store.rosters import RosterScope
from tests.store.fund import BUREAU, START, clerk_of, employ, line, new_employee, register, submitted

MARCH, APRIL, MAY = Month(2020, 3), Month(2020, 4), Month(2020, 5)


@pytest.mark.parametrize("people", [1, 50])
async def test_the_number_of_queries_does_not_grow(db: "asyncpg.Connection[asyncpg.Record]", people: int) -> None:
    """Five queries read one person, and fifty."""
    employer = await register(db)
    ids = await employ(db, employer, *map(new_employee, range(people)))
    await submitted(db, employer, *(line(person_id, START) for person_id in ids))
    queries: list[str] = []
    async with acting(db, clerk_of(employer)):
        with db.query_logger(lambda logged: queries.append(logged.query)):
            roster = await rosters.load(db, RosterScope.around(employer.id, [START]))
    assert (5, people) == (len(queries), len(roster))


def test_people_who_are_named_are_looked_for_where_they_are() -> None:
    """Their ids lie in a range, so that nobody's claims but theirs and their neighbours' are looked through."""
    named = RosterScope.around(1, [MARCH], person_ids=[30, 7, 12])
    assert ((7, 30), rosters.EVERYBODY) == (named.people, RosterScope.around(1, [MARCH]).people)


async def test_a_member_is_what_the_file_says(db: Connection) -> None:
    """Every fact of an employment reaches the rules; months are months."""
    employer = await register(db)
    (one,) = await employ(
        db,
        employer,
        new_employee(
            1, state=EmploymentState.SEALED, start_month=APRIL, paid_through=MARCH, opening_periods=7, name="生僻字𠮷"
        ),
    )
    await db.execute("UPDATE employment SET state_from = '2020-05-01'")
    async with acting(db, clerk_of(employer)):
        employment = (await rosters.load(db, RosterScope.around(employer.id, [MAY])))[one].employment
    assert (one, "生僻字𠮷", APRIL, EmploymentState.SEALED, MAY, MARCH, 7, False) == (
        employment.person_id,
        employment.name,
        employment.start_month,
        employment.state,
        employment.state_from,
        employment.paid_through,
        employment.opening_periods,
        employment.transferred_in,
    )


async def test_people_come_in_the_order_of_their_pinyin(db: Connection) -> None:
    """A sheet is sorted as a clerk expects, whatever the ids are."""
    employer = await register(db)
    names = ("zhang", "an", "li")
    ids = await employ(db, employer, *(new_employee(serial, name_pinyin=name) for serial, name in enumerate(names)))
    async with acting(db, clerk_of(employer)):
        roster = await rosters.load(db, RosterScope.around(employer.id, [START]))
    assert [ids[1], ids[2], ids[0]] == list(roster)


async def test_only_the_amounts_that_can_matter_are_read(db: Connection) -> None:
    """Of the file the amount valid in the first month and those that begin within the months asked."""
    employer = await register(db)
    (one,) = await employ(db, employer, new_employee(1))
    async with acting(db, BUREAU):
        for month, fen in ((MARCH, 3), (MAY, 5), (MAY + 1, 6)):
            amount = FileAmount(effective=month, amount=Money(fen=fen))
            await employees.set_file_amounts(db, employer.id, {one: amount})
        roster = await rosters.load(db, RosterScope.around(employer.id, [APRIL, MAY]))
    assert (
        FileAmount(effective=MARCH, amount=Money(fen=3)),
        FileAmount(effective=MAY, amount=Money(fen=5)),
    ) == roster[one].employment.file_amounts


async def test_what_was_designated_before_and_within_is_read(db: Connection) -> None:
    """The last designated amount before the months asked, and those of months before the last one asked."""
    employer = await register(db)
    (one,) = await employ(db, employer, new_employee(1))
    for month, fen in ((START, 1), (MARCH, 3), (APRIL, 4), (MAY, 5)):
        await submitted(db, employer, line(one, month, Money(fen=fen)))
    async with acting(db, clerk_of(employer)):
        roster = await rosters.load(db, RosterScope.around(employer.id, [MAY, APRIL]))
    assert {
        DesignatedAmount(month=MARCH, amount=Money(fen=3)),
        DesignatedAmount(month=APRIL, amount=Money(fen=4)),
    } == set(roster[one].employment.designated)


async def test_months_are_live_over_the_whole_fund(db: Connection) -> None:
    """The former employer's month is live here, with its name, not its state, and is no regular month of this employer."""
    former, employer = await register(db, 1), await register(db, 2)
    (moved,) = await employ(db, former, new_employee(1))
    held = await submitted(db, former, line(moved, MARCH))
    await db.execute("UPDATE employment SET state = 'ended', state_from = '2020-04-01'")
    await employ(db, employer, new_employee(1, start_month=APRIL))
    own = await submitted(db, employer, line(moved, APRIL))
    async with acting(db, clerk_of(employer)):
        member = (await rosters.load(db, RosterScope.around(employer.id, [MARCH, APRIL])))[moved]
    assert {
        MARCH: LiveMonth(employer_name=former.name, order_ref=f"#{held.id}"),
        APRIL: LiveMonth(employer_name=employer.name, order_ref=f"#{own.id}", state=OrderState.SUBMITTED),
    } == member.live
    assert {APRIL} == member.employment.regular_months


async def test_a_reviewer_sees_that_somebody_came_from_elsewhere(db: Connection) -> None:
    """The bureau sees former employments; an employer does not, so there it is not said."""
    former, employer = await register(db, 1), await register(db, 2)
    await employ(db, former, new_employee(1, state=EmploymentState.ENDED))
    (moved,) = await employ(db, employer, new_employee(1))
    seen = []
    for actor in (BUREAU, clerk_of(employer)):
        async with acting(db, actor):
            roster = await rosters.load(db, RosterScope.around(employer.id, [MARCH]))
            seen.append(roster[moved].employment.transferred_in)
    assert [True, False] == seen


async def test_having_remitted_is_known_however_long_ago(db: Connection) -> None:
    """One regular month outside the months asked is enough (D-8); a back-payment, a lump sum or a draft is not."""
    employer = await register(db)
    regular, back_paid, drafted = await employ(db, employer, *map(new_employee, range(3)))
    await submitted(db, employer, line(regular, START))
    await submitted(db, employer, line(back_paid, START - 1), kind=OrderKind.MONTHLY)
    retracted = await submitted(db, employer, line(drafted, START))
    async with acting(db, clerk_of(employer)):
        await submissions.retract(db, retracted.id, retracted.version)
        roster = await rosters.load(db, RosterScope.around(employer.id, [MAY]))
    assert {regular: True, back_paid: False, drafted: False} == {
        person_id: member.employment.has_remitted for person_id, member in roster.items()
    }


async def test_an_order_is_left_out_of_its_own_roster(db: Connection) -> None:
    """Judged again, an order does not find its own months taken, nor count as the remittance before itself."""
    employer = await register(db)
    (one,) = await employ(db, employer, new_employee(1))
    order = await submitted(db, employer, line(one, MARCH, Money(fen=3)))
    async with acting(db, BUREAU):
        scope = RosterScope.around(employer.id, [MARCH, APRIL], except_order=order.id)
        member = (await rosters.load(db, scope))[one]
    assert ({}, frozenset(), ()) == (member.live, member.employment.regular_months, member.employment.designated)


async def test_labels_of_lump_sums_are_known(db: Connection) -> None:
    """A second lump sum with the same label can be advised against."""
    employer = await register(db)
    one, other = await employ(db, employer, *map(new_employee, range(2)))
    await submitted(db, employer, line(one, Month(2019, 12)), kind=OrderKind.LUMP_DIFFERENCE)
    async with acting(db, clerk_of(employer)):
        roster = await rosters.load(db, RosterScope.around(employer.id, [Month(2019, 12)], person_ids=[one, other]))
    assert [{Month(2019, 12)}, frozenset()] == [roster[p].employment.lump_months for p in (one, other)]


async def test_only_those_asked_for_are_read(db: Connection) -> None:
    """Other people and people of other employers are simply not there."""
    employer, stranger = await register(db, 1), await register(db, 2)
    one, _ = await employ(db, employer, *map(new_employee, range(2)))
    (foreign,) = await employ(db, stranger, new_employee(9))
    async with acting(db, BUREAU):
        roster = await rosters.load(db, RosterScope.around(employer.id, [MAY], person_ids=[one, foreign, 4711]))
    assert [one] == list(roster)
