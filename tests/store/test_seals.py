"""Promises of services/store/seals.py: batches of seals and unsealings (F61-F65, I22, D-9)."""

import asyncio
from datetime import date

import asyncpg
import attrs
import pytest

from libsubsidy import (
    EMPLOYMENT_LIFE,
    Employment,
    EmploymentState,
    Month,
    MonthRange,
    OrderKind,
    Policy,
    SealRow,
    flip_seal,
)
from services.store import change_records, ledgers, moving_people, rosters, seals, submissions
from services.store.database import Connection, acting, connect
from services.store.employers import Employer
from services.store.refusals import RefusedError, RowsRefusedError
from services.store.rosters import RosterScope
from services.store.seals import SealBatch, WantedSeal
from tests.store.fund import (
    BUREAU,
    POLICY,
    START,
    TODAY,
    approve,
    clerk_of,
    employ,
    line,
    new_employee,
    pay,
    register,
    submitted,
)
from tests.store.waiting import until_somebody_waits

ACTIVE, SEALED = EmploymentState.ACTIVE, EmploymentState.SEALED
JUNE = Month(2020, 6)


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer that may order."""
    return await register(db)


def want(
    person_id: int, expected: EmploymentState = ACTIVE, effective: Month = JUNE, reason: str = "停薪留职"
) -> WantedSeal:
    """A row of the list of changes."""
    return WantedSeal(row=SealRow(person_id=person_id, expected=expected, effective=effective), reason=reason)


async def submit(db: Connection, employer: Employer, *wanted: WantedSeal) -> SealBatch:
    """Hand in a list of changes."""
    async with acting(db, clerk_of(employer)):
        return await seals.submit(db, employer.id, wanted, policy=POLICY, today=TODAY)


async def refused(db: Connection, employer: Employer, *wanted: WantedSeal) -> list[tuple[int | None, str]]:
    """Hand in a list that is refused; gives what is wrong with which row."""
    with pytest.raises(RowsRefusedError) as caught:
        await submit(db, employer, *wanted)
    return list(zip(caught.value.places, [each.code for each in caught.value.violations], strict=True))


async def snapshot(db: Connection, employer: Employer, *people: int) -> list[Employment]:
    """Read the employments as the rules know them."""
    async with acting(db, clerk_of(employer)):
        movers = await moving_people.read(db, employer.id, people)
    return [movers[person].employment for person in people]


async def test_a_batch_seals_and_unseals_and_tells_who_did_it(db: Connection, employer: Employer) -> None:
    """F64, F65: both kinds in one batch, with month and reason of each row, in the trail and in the records of change."""
    first, second = await employ(db, employer, new_employee(1), new_employee(2))
    await submit(db, employer, want(second, effective=START))
    batch = await submit(db, employer, want(first), want(second, SEALED, reason="复职"))
    assert (1, 1, "user/1") == (batch.sealed_count, batch.unsealed_count, batch.made_by)
    one, two = await snapshot(db, employer, first, second)
    assert (SEALED, JUNE, ()) == (one.state, one.state_from, one.sealed_months)
    assert (ACTIVE, None, (MonthRange(START, JUNE - 1),)) == (two.state, two.state_from, two.sealed_months)
    async with acting(db, clerk_of(employer)):
        rows = await seals.rows_of(db, batch.id)
        assert [(1, first, SEALED, JUNE, "停薪留职"), (2, second, ACTIVE, JUNE, "复职")] == [
            (row.number, row.person_id, row.target, row.effective, row.reason) for row in rows
        ]
        employment_id = await db.fetchval("SELECT id FROM employment WHERE person_id = $1", second)
        told = await change_records.of_employment(db, employment_id)
        assert [("封存", "正常", JUNE, "复职"), ("正常", "封存", START, "停薪留职")] == [
            (each.before_zh, each.after_zh, each.effective_month, each.reason) for each in told
        ]
        trail = await db.fetch(
            "SELECT from_state, to_state, actor, reason FROM audit_event"
            " WHERE subject_kind = 'employment' AND subject_id = $1 AND from_state <> '' ORDER BY id",
            employment_id,
        )
        assert [("active", "sealed", "user/1", "停薪留职"), ("sealed", "active", "user/1", "复职")] == [
            tuple(each) for each in trail
        ]


async def test_a_batch_with_one_bad_row_does_nothing_and_names_it(db: Connection, employer: Employer) -> None:
    """F65, I22: every bad row at once, by its place; the good ones stay as they are."""
    people = await employ(db, employer, *(new_employee(serial) for serial in range(1, 4)))
    await db.execute("UPDATE employment SET state = 'ended' WHERE person_id = $1", people[2])
    stranger = (await employ(db, await register(db, 2), new_employee(11)))[0]
    found = await refused(
        db, employer, want(people[0]), want(people[1], SEALED), want(people[2]), want(stranger), want(people[0])
    )
    assert [
        (1, "SEAL_STATE_CHANGED"), (2, "SEAL_NOT_POSSIBLE"), (3, "NOT_EMPLOYED"), (4, "SEAL_TWICE"),
    ] == found  # fmt: skip
    assert [ACTIVE, ACTIVE] == [each.state for each in await snapshot(db, employer, *people[:2])]
    assert 0 == await db.fetchval("SELECT count(*) FROM seal_batch")


async def test_nobody_is_flipped_twice(db: Connection, employer: Employer) -> None:
    """D-9: the same list, sent again, finds the states changed, even from a second clerk at the same moment."""
    (person,) = await employ(db, employer, new_employee(1))
    await submit(db, employer, want(person))
    assert [(0, "SEAL_STATE_CHANGED")] == await refused(db, employer, want(person))


async def test_of_two_batches_at_one_moment_one_is_refused(
    db: Connection, employer: Employer, database_url: str
) -> None:
    """I22: the second waits for the first and then finds the state changed."""
    (person,) = await employ(db, employer, new_employee(1))
    other = await connect(database_url)
    try:
        async with acting(db, clerk_of(employer)):
            await seals.submit(db, employer.id, [want(person)], policy=POLICY, today=TODAY)
            second = asyncio.create_task(refused(other, employer, want(person)))
            await until_somebody_waits(database_url)
        assert [(0, "SEAL_STATE_CHANGED")] == await second
    finally:
        await other.close()


async def test_sql_and_library_flip_alike(db: Connection, employer: Employer) -> None:
    """The state of every month after every step is what libsubsidy says, whatever was decided before."""
    decisions = [(2, 4), (5, 9), (3, 3), (1, 8), (2, 2), (7, 9)]
    (person,) = await employ(db, employer, new_employee(1))
    (expected,) = await snapshot(db, employer, person)
    for pair in decisions:
        for month in pair:
            effective = Month(2020, month)
            await submit(db, employer, want(person, expected.state, effective))
            expected = flip_seal(expected, effective)
            (found,) = await snapshot(db, employer, person)
            assert (expected.state, expected.state_from) == (found.state, found.state_from)
            for each in MonthRange(Month(2019, 6), Month(2021, 6)):
                assert expected.state_in(each) is found.state_in(each), (pair, str(each))


async def test_months_between_seal_and_unseal_are_not_payable(db: Connection, employer: Employer) -> None:
    """I13: the roster that orders are judged by knows the months of earlier seals."""
    (person,) = await employ(db, employer, new_employee(1))
    await submit(db, employer, want(person, effective=Month(2020, 3)))
    await submit(db, employer, want(person, SEALED, effective=Month(2020, 5)))
    async with acting(db, clerk_of(employer)):
        payable = [
            month.month
            for month in MonthRange(Month(2020, 1), Month(2020, 9))
            if (await submissions.preview(db, employer.id, OrderKind.REGULAR, month, policy=POLICY, today=TODAY)).lines
        ]
        roster = await rosters.load(db, RosterScope.around(employer.id, [START]))
    assert [1, 2, 5, 6, 7, 8, 9] == payable
    assert (MonthRange(Month(2020, 3), Month(2020, 4)),) == roster[person].employment.sealed_months


async def test_an_order_keeps_the_line_of_who_is_sealed(db: Connection, employer: Employer) -> None:
    """Domain §4.2, D-9: pending and unpaid lines stay payable, the clerk is told of them and of paid months before."""
    (person,) = await employ(db, employer, new_employee(1))
    await pay(db, await approve(db, await submitted(db, employer, line(person, JUNE)), seed=1))
    open_order = await submitted(db, employer, line(person, JUNE + 1))
    async with acting(db, clerk_of(employer)):
        (row,) = await seals.preview(db, employer.id, [want(person)], policy=POLICY, today=TODAY)
    assert (SEALED, ()) == (row.target, row.broken)
    assert [("SEALED_WITH_OPEN_LINES", "2020-07"), ("SEALED_WITH_PAID_MONTHS", "2020-06")] == [
        (each.code, each.params["month"]) for each in row.advice
    ]
    await submit(db, employer, want(person))
    async with acting(db, clerk_of(employer)):
        before = (await ledgers.totals(db, [person]))[person]
    await pay(db, await approve(db, open_order, seed=2))
    async with acting(db, clerk_of(employer)):
        after = (await ledgers.totals(db, [person]))[person]
    assert (1, 2) == (before.periods, after.periods)


async def test_a_preview_says_of_each_row_what_would_happen(db: Connection, employer: Employer) -> None:
    """F64: the target of each, what keeps it from that, and nothing is written."""
    people = await employ(db, employer, new_employee(1), new_employee(2, state=SEALED))
    async with acting(db, clerk_of(employer)):
        judged = await seals.preview(
            db, employer.id, [want(people[0]), want(people[1]), want(99)], policy=POLICY, today=TODAY
        )
    assert [SEALED, ACTIVE, None] == [each.target for each in judged]
    assert [[], ["SEAL_STATE_CHANGED"], ["NOT_EMPLOYED"]] == [[each.code for each in row.broken] for row in judged]
    assert [ACTIVE, SEALED] == [each.state for each in await snapshot(db, employer, *people)]


async def test_empty_and_too_long_lists_are_refused(db: Connection, employer: Employer) -> None:
    """An empty list says what to do; a reason has a length; a closed employer does nothing any more."""
    (person,) = await employ(db, employer, new_employee(1))
    with pytest.raises(RefusedError) as caught:
        await submit(db, employer)
    assert "SEAL_EMPTY" == caught.value.violations[0].code
    assert [(0, "REASON_TOO_LONG")] == await refused(db, employer, want(person, reason="长" * 501))
    with pytest.raises(RefusedError) as caught:
        await submit(db, employer, *[want(person)] * 50_001)
    assert "LIST_TOO_LONG" == caught.value.violations[0].code
    await db.execute("UPDATE employer SET state = 'closed'")
    with pytest.raises(RefusedError) as caught:
        await submit(db, employer, want(person))
    assert "EMPLOYER_CLOSED" == caught.value.violations[0].code


async def test_batches_are_listed_by_their_employer_alone(db: Connection, employer: Employer) -> None:
    """The newest first; another employer's batch is answered like one that does not exist (I31)."""
    (person,) = await employ(db, employer, new_employee(1))
    first = await submit(db, employer, want(person))
    second = await submit(db, employer, want(person, SEALED))
    other = await register(db, 2)
    async with acting(db, clerk_of(employer)):
        assert [second.id, first.id] == [each.id for each in await seals.of_employer(db, employer.id)]
        assert (2, [first.id]) == (
            await seals.count(db, employer.id),
            [each.id for each in await seals.of_employer(db, employer.id, before=second.id)],
        )
    async with acting(db, clerk_of(other)):
        assert ((), ()) == (await seals.of_employer(db, employer.id), await seals.rows_of(db, first.id))
        with pytest.raises(RefusedError):
            await seals.get(db, first.id)


async def test_the_database_moves_employments_as_the_library_does(db: Connection, employer: Employer) -> None:
    """Every pair of states is tried in SQL: what goes through is exactly the table of libsubsidy (I21)."""
    (person,) = await employ(db, employer, new_employee(1))
    allowed = set()
    for before in EmploymentState:
        for after in EmploymentState:
            if before is after:
                continue
            try:
                async with db.transaction():
                    await db.execute("SET LOCAL session_replication_role = replica")
                    await db.execute("UPDATE employment SET state = $2 WHERE person_id = $1", person, before.value)
                    await db.execute("SET LOCAL session_replication_role = origin")
                    await db.execute("UPDATE employment SET state = $2 WHERE person_id = $1", person, after.value)
                    allowed.add((before, after))
            except asyncpg.RestrictViolationError as error:
                assert "employment_moves" == error.constraint_name  # noqa: PT017 - others go on.
    assert {(before, after) for (before, _), after in EMPLOYMENT_LIFE.table.items()} == allowed


async def test_sealing_a_thousand_is_as_sealing_each(db: Connection, employer: Employer) -> None:
    """I22: a batch in several statements does what singles do, and money stays where it is (I5)."""
    people = await employ(db, employer, *(new_employee(serial) for serial in range(1, 1_201)))
    await submit(db, employer, *(want(person) for person in people[:1_100]))
    for person in people[1_100:1_110]:
        await submit(db, employer, want(person))
    states = await db.fetch("SELECT state, state_from, count(*) FROM employment GROUP BY 1, 2 ORDER BY 1")
    assert [("active", None, 90), ("sealed", date(2020, 6, 1), 1_110)] == [tuple(each) for each in states]
    assert 0 == await db.fetchval("SELECT count(*) FROM ledger_entry")


async def test_the_months_ahead_are_the_policys(db: Connection, employer: Employer) -> None:
    """A slip of the year is noticed."""
    (person,) = await employ(db, employer, new_employee(1))
    limit = Month.of(TODAY) + POLICY.move_months_ahead
    assert [(0, "SEAL_MONTH_TOO_FAR")] == await refused(db, employer, want(person, effective=limit + 1))
    await submit(db, employer, want(person, effective=limit))


async def test_only_the_employer_itself_seals(db: Connection, employer: Employer) -> None:
    """The bureau has no hand in it (D-9): its role may not write the history of batches."""
    (person,) = await employ(db, employer, new_employee(1))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting(db, BUREAU):
            await seals.submit(db, employer.id, [want(person)], policy=Policy(), today=TODAY)


async def test_a_clerk_does_nothing_alone_where_a_second_person_is_wanted(db: Connection, employer: Employer) -> None:
    """复核: what takes effect at once cannot wait for a colleague, so a checker or an administrator does it."""
    (person,) = await employ(db, employer, new_employee(1))
    await db.execute("UPDATE employer SET checker_needed = true")
    await db.execute(
        "INSERT INTO portal_user (login, role, employer_id, name, password_hash)"
        " VALUES ('ADMIN', 'employer', $1, '管理员', ''), ('CLERK', 'employer_clerk', $1, '经办人', '')",
        employer.id,
    )
    clerk_id = await db.fetchval("SELECT id FROM portal_user WHERE login = 'CLERK'")
    with pytest.raises(RefusedError) as caught:
        async with acting(db, attrs.evolve(clerk_of(employer), name=f"user/{clerk_id}")):
            await seals.submit(db, employer.id, [want(person)], policy=POLICY, today=TODAY)
    assert "CHECKER_NEEDED" == caught.value.violations[0].code
    await submit(db, employer, want(person))
