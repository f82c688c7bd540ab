"""Promises of services/store/transfers.py and its neighbours: from one employer to another (F66-F75, I23, I24)."""

import asyncio
from datetime import date, timedelta

import asyncpg
import attrs
import pytest

from libsubsidy import (
    TRANSFER_LIFE,
    ApplicationState,
    EmploymentState,
    Money,
    Month,
    OrderKind,
    Policy,
    Terms,
    TransferState,
)
from services.store import (
    application_decisions,
    applications,
    attachments,
    change_records,
    employees,
    ledgers,
    submissions,
    transfer_answers,
    transfer_starts,
    transfers,
)
from services.store.attachments import Subject
from services.store.database import Actor, Connection, Role, acting, connect
from services.store.employers import Employer
from services.store.refusals import RefusedError, RowsRefusedError
from services.store.transfer_starts import NewTransfers
from services.store.transfers import Seen, Transfer, Wanted
from tests.store.fund import (
    BUREAU,
    POLICY,
    START,
    TODAY,
    approve,
    attach,
    clerk_of,
    employ,
    line,
    new_employee,
    pay,
    register,
    submitted,
)
from tests.store.waiting import until_somebody_waits

OCTOBER = Month(2020, 10)
TERMS = Terms(rank="科员", amount=Money.parse("1500"), start_month=OCTOBER)
WITH_BUREAU = attrs.evolve(POLICY, transfer_needs_bureau=True)


@attrs.frozen
class Two:
    """The old employer with three people, and the new one."""

    old: Employer
    new: Employer
    people: tuple[int, ...]


@pytest.fixture
async def two(db: Connection) -> Two:
    """Two employers that may order."""
    old, new = await register(db, 1), await register(db, 2)
    return Two(old, new, await employ(db, old, *(new_employee(serial) for serial in range(1, 4))))


async def start(db: Connection, two: Two, *people: int, **facts: object) -> tuple[Transfer, ...]:
    """Start transfers from the old employer to the new one."""
    files = await attach(db, clerk_of(two.old), "transfer")
    asked = NewTransfers(
        **({"to_employer_id": two.new.id, "person_ids": people, "effective": OCTOBER, "attachment_ids": files} | facts)  # type: ignore[arg-type]
    )
    async with acting(db, clerk_of(two.old)):
        return await transfer_starts.start(db, two.old.id, asked, policy=POLICY, today=TODAY)


async def accept(
    db: Connection, employer: Employer, transfer: Transfer, terms: Terms = TERMS, policy: Policy = POLICY
) -> Transfer:
    """Accept a transfer."""
    async with acting(db, clerk_of(employer)):
        seen = Seen(transfer.id, transfer.version)
        return await transfer_answers.accept(db, employer.id, seen, terms, policy=policy, today=TODAY)


async def turn_down(db: Connection, employer: Employer, transfer: Transfer) -> Transfer:
    """Refuse a transfer."""
    async with acting(db, clerk_of(employer)):
        return await transfer_answers.turn_down(
            db, employer.id, Seen(transfer.id, transfer.version), "没有这个人", today=TODAY
        )


async def withdraw(db: Connection, employer: Employer, transfer: Transfer, today: date = TODAY) -> Transfer:
    """Withdraw a transfer."""
    async with acting(db, clerk_of(employer)):
        return await transfer_answers.withdraw(db, employer.id, Seen(transfer.id, transfer.version), today=today)


async def employments(db: Connection, person: int) -> list[tuple[object, ...]]:
    """Give the employments of a person, as the owner: employer, state, from when, start month."""
    rows = await db.fetch(
        "SELECT employer_id, state, state_from, start_month FROM employment WHERE person_id = $1 ORDER BY id", person
    )
    return [tuple(row) for row in rows]


def codes(caught: pytest.ExceptionInfo[RefusedError]) -> list[str]:
    """The codes of a refusal."""
    return [found.code for found in caught.value.violations]


async def test_a_person_goes_with_all_that_has_been_paid(db: Connection, two: Two) -> None:
    """F68, F67, F75, I5, I24: started, accepted, done; one active employment at the new one; the ledger is as it was."""
    (person, *_) = two.people
    await pay(db, await approve(db, await submitted(db, two.old, line(person, START))))
    before = await db.fetch("SELECT * FROM ledger_entry")
    (transfer,) = await start(db, two, person, reason="调动")
    assert (TransferState.STARTED, "员工1", "调动") == (transfer.state, transfer.name, transfer.reason)
    assert [(two.old.id, "transferring", date(2020, 10, 1), START.first_day)] == await employments(db, person)
    done = await accept(db, two.new, transfer)
    assert (TransferState.DONE, TERMS) == (done.state, done.terms)
    assert [
        (two.old.id, "ended", date(2020, 10, 1), START.first_day),
        (two.new.id, "active", None, date(2020, 10, 1)),
    ] == await employments(db, person)
    assert before == await db.fetch("SELECT * FROM ledger_entry")
    async with acting(db, clerk_of(two.new)):
        totals = (await ledgers.totals(db, [person]))[person]
        sheet = await submissions.preview(
            db, two.new.id, OrderKind.REGULAR, OCTOBER, policy=POLICY, today=date(2020, 10, 5)
        )
    assert (0, [("1500.00")]) == (totals.periods, [str(each.amount) for each in sheet.lines])
    async with acting(db, BUREAU):
        assert 1 == (await ledgers.totals(db, [person]))[person].periods


async def test_both_files_and_both_trails_tell_it(db: Connection, two: Two) -> None:
    """F33, I25: the old employer reads who left for where, the new one from where, with rank, amount and start month."""
    (transfer,) = await start(db, two, two.people[0])
    await accept(db, two.new, transfer)
    ids = await db.fetch("SELECT id FROM employment WHERE person_id = $1 ORDER BY id", two.people[0])
    async with acting(db, clerk_of(two.old)):
        left = await change_records.of_employment(db, ids[0][0])
    async with acting(db, clerk_of(two.new)):
        came = await change_records.of_employment(db, ids[1][0])
    assert [("所在单位", "单位1", "单位2"), ("状态", "转移中", "已销户"), ("状态", "正常", "转移中")] == [
        (each.label_zh, each.before_zh, each.after_zh) for each in left
    ]
    assert {("所在单位", "单位2"), ("级别", "科员"), ("每月缴费金额", "1500.00"), ("汇缴开始月份", "2020-10")} == {
        (each.label_zh, each.after_zh) for each in came
    }
    for employer in (two.old, two.new):
        async with acting(db, clerk_of(employer)):
            trail = await db.fetch("SELECT to_state FROM audit_event WHERE subject_kind = 'transfer' ORDER BY id")
        assert ["started", "accepted", "done"] == [row[0] for row in trail]


async def test_only_months_from_the_effective_one_on_are_blocked(db: Connection, two: Two) -> None:
    """I23: the old employer pays the months before, while the person is on the way and afterwards; not those from it on."""
    (person, *_) = two.people

    async def payable(month: Month) -> bool:
        async with acting(db, clerk_of(two.old)):
            sheet = await submissions.preview(
                db, two.old.id, OrderKind.REGULAR, month, person_ids=[person], policy=POLICY, today=TODAY
            )
        return bool(sheet.lines)

    (transfer,) = await start(db, two, person)
    assert (True, False) == (await payable(Month(2020, 9)), await payable(OCTOBER))
    await accept(db, two.new, transfer)
    assert (True, False) == (await payable(Month(2020, 9)), await payable(OCTOBER))
    await submitted(db, two.old, line(person, Month(2020, 9)))


@pytest.mark.parametrize("sealed_from", [None, date(2020, 6, 1)])
async def test_who_is_not_taken_in_stays_as_before(db: Connection, two: Two, sealed_from: date | None) -> None:
    """F74, domain §4.2 "refuse": with a reason that both read; whoever was sealed is sealed again, from the same month."""
    (person, *_) = two.people
    state = "active" if sealed_from is None else "sealed"
    await db.execute(
        "UPDATE employment SET state = $2, state_from = $3 WHERE person_id = $1", person, state, sealed_from
    )
    (transfer,) = await start(db, two, person)
    refused = await turn_down(db, two.new, transfer)
    assert (TransferState.REFUSED, "没有这个人") == (refused.state, refused.remark)
    assert [(two.old.id, state, sealed_from, START.first_day)] == await employments(db, person)
    (again,) = await start(db, two, person)
    assert TransferState.WITHDRAWN is (await withdraw(db, two.old, again)).state
    assert [(two.old.id, state, sealed_from, START.first_day)] == await employments(db, person)


async def test_a_transfer_is_withdrawn_while_the_other_looks_at_it(db: Connection, two: Two, database_url: str) -> None:
    """Domain §4.2: whoever is second waits, and is told what has become of it; nobody is moved and taken back at once."""
    (transfer,) = await start(db, two, two.people[0])
    other = await connect(database_url)
    try:
        async with acting(db, clerk_of(two.old)):
            await transfer_answers.withdraw(db, two.old.id, Seen(transfer.id, transfer.version), today=TODAY)
            second = asyncio.create_task(accept(other, two.new, transfer))
            await until_somebody_waits(database_url)
        with pytest.raises(RefusedError) as caught:
            await second
    finally:
        await other.close()
    assert ["STALE_VERSION"] == codes(caught)
    assert "active" == (await employments(db, two.people[0]))[0][1]


async def test_nobody_answers_for_the_other_side_or_twice(db: Connection, two: Two) -> None:
    """F67, I21: the old one does not accept, the new one does not withdraw, and what is over is over."""
    (transfer,) = await start(db, two, two.people[0])
    for attempt in (accept(db, two.old, transfer), withdraw(db, two.new, transfer), turn_down(db, two.old, transfer)):
        with pytest.raises(RefusedError) as caught:
            await attempt
        assert ["TRANSFER_SIDE"] == codes(caught)
    done = await accept(db, two.new, transfer)
    for attempt in (withdraw(db, two.old, done), turn_down(db, two.new, done), accept(db, two.new, done)):
        with pytest.raises(RefusedError) as caught:
            await attempt
        assert ["TRANSFER_STATE"] == codes(caught)
    third = await register(db, 3)
    with pytest.raises(RefusedError) as caught:
        await accept(db, third, done)
    assert ["ABSENT"] == codes(caught)


async def test_a_batch_with_one_bad_row_starts_nothing(db: Connection, two: Two) -> None:
    """F71, domain §4.2: everything wrong is told, with its place; the good rows stay where they are."""
    (first, second, third) = two.people
    await start(db, two, first)
    stranger = (await employ(db, two.new, new_employee(11)))[0]
    with pytest.raises(RowsRefusedError) as caught:
        await start(db, two, second, first, stranger, second, effective=Month(2031, 1), reason="长" * 501)
    assert [
        (None, "TRANSFER_MONTH_TOO_FAR"), (None, "REASON_TOO_LONG"),
        (1, "TRANSFER_UNDER_WAY"), (2, "NOT_EMPLOYED"), (3, "TRANSFER_TWICE"),
    ] == list(zip(caught.value.places, codes(caught), strict=True))  # fmt: skip
    assert ["active", "active"] == [(await employments(db, person))[0][1] for person in (second, third)]


async def test_where_nobody_may_go(db: Connection, two: Two) -> None:
    """F69, domain §4.2: not to oneself, not to an employer that is closed or not registered; and not without papers."""
    person = two.people[0]
    closed = await register(db, 3)
    await db.execute("UPDATE employer SET state = 'closed' WHERE id = $1", closed.id)
    for target, code in (
        (two.old.id, "TRANSFER_TO_SELF"),
        (closed.id, "TRANSFER_TARGET_CLOSED"),
        (999, "EMPLOYER_ABSENT"),
    ):
        with pytest.raises(RefusedError) as caught:
            await start(db, two, person, to_employer_id=target)
        assert [code] == codes(caught)
    with pytest.raises(RefusedError) as caught:
        await start(db, two)
    assert ["TRANSFER_EMPTY"] == codes(caught)
    with pytest.raises(RefusedError) as caught:
        await start(db, two, person, attachment_ids=())
    assert ["ATTACHMENT_MISSING"] == codes(caught)


async def test_an_employer_that_closes_meanwhile_takes_nobody_in(db: Connection, two: Two) -> None:
    """Domain §4.2 "target unit deactivated": the answer is refused, and time gives the person back."""
    (transfer,) = await start(db, two, two.people[0])
    await db.execute("UPDATE employer SET state = 'closed' WHERE id = $1", two.new.id)
    with pytest.raises(RefusedError) as caught:
        await accept(db, two.new, transfer)
    assert ["EMPLOYER_CLOSED"] == codes(caught)


async def test_both_start_at_once_is_impossible(db: Connection, two: Two, database_url: str) -> None:
    """I23: of two transfers of one person at one moment the second finds the first; two employers never employ one person."""
    (person, *_) = two.people
    files = await attach(db, clerk_of(two.old), "transfer")
    more = await attach(db, clerk_of(two.old), "transfer")
    asked = NewTransfers(to_employer_id=two.new.id, person_ids=[person], effective=OCTOBER, attachment_ids=files)
    other = await connect(database_url)

    async def second_start() -> None:
        async with acting(other, clerk_of(two.old)):
            again = attrs.evolve(asked, attachment_ids=more)
            await transfer_starts.start(other, two.old.id, again, policy=POLICY, today=TODAY)

    try:
        async with acting(db, clerk_of(two.old)):
            await transfer_starts.start(db, two.old.id, asked, policy=POLICY, today=TODAY)
            second = asyncio.create_task(second_start())
            await until_somebody_waits(database_url)
        with pytest.raises(RefusedError) as caught:
            await second
    finally:
        await other.close()
    assert ["TRANSFER_UNDER_WAY"] == codes(caught)
    with pytest.raises(RefusedError) as caught:
        async with acting(db, BUREAU):
            await employees.add(db, two.new.id, [new_employee(1)])
    assert ["EMPLOYED_ELSEWHERE"] == codes(caught)


async def test_lines_stay_and_are_told(db: Connection, two: Two) -> None:
    """Domain §4.2 "person with unpaid notice": the order stays the old employer's to pay, and the clerk is told before."""
    (person, *_) = two.people
    order = await submitted(db, two.old, line(person, Month(2020, 9)))
    async with acting(db, clerk_of(two.old)):
        told = await transfer_starts.advise(db, two.old.id, two.people, Month(2020, 9))
        assert () == await transfer_starts.advise(db, two.old.id, two.people, OCTOBER)
    assert [("TRANSFER_WITH_OPEN_LINES", "2020-09")] == [(each.code, each.params["month"]) for each in told]
    (transfer,) = await start(db, two, person, effective=Month(2020, 9))
    await accept(db, two.new, transfer, attrs.evolve(TERMS, start_month=Month(2020, 9)))
    await pay(db, await approve(db, order))
    assert [two.old.id] == [row[0] for row in await db.fetch("SELECT employer_id FROM ledger_entry")]


async def test_who_comes_back_finds_the_old_file(db: Connection, two: Two) -> None:
    """I24: there and back again: one active employment, at the first employer, with its new rank and start month."""
    (person, *_) = two.people
    (there,) = await start(db, two, person)
    await accept(db, two.new, there)
    (back,) = await start(db, Two(two.new, two.old, two.people), person, effective=OCTOBER + 2)
    await accept(db, two.old, back, attrs.evolve(TERMS, start_month=OCTOBER + 2))
    assert [
        (two.old.id, "active", None, date(2020, 12, 1)),
        (two.new.id, "ended", date(2020, 12, 1), date(2020, 10, 1)),
    ] == await employments(db, person)


async def test_time_gives_back_who_is_not_answered_for(db: Connection, two: Two) -> None:
    """Design §12: after the policy's days it reads as expired at once, nobody accepts it any more, and the task gives back."""
    (person, second, _) = two.people
    (transfer,) = await start(db, two, person)
    await start(db, two, second)
    late = transfer.answer_until + timedelta(days=1)
    assert TODAY + timedelta(days=POLICY.transfer_answer_days) == transfer.answer_until
    async with acting(db, clerk_of(two.new)):
        incoming = Wanted(incoming=True, open_only=True)
        assert 2 == len(await transfers.of_employer(db, two.new.id, incoming, transfer.answer_until))
        assert ((), 0) == (
            await transfers.of_employer(db, two.new.id, incoming, late),
            await transfers.count(db, two.new.id, incoming, late),
        )
        assert TransferState.EXPIRED is (await transfers.get(db, transfer.id, late)).state
    with pytest.raises(RefusedError) as caught:
        await withdraw(db, two.old, transfer, late)
    assert ["TRANSFER_STATE"] == codes(caught)
    portal = Actor(role=Role.BUREAU, name="portal", origin="portal")
    async with acting(db, portal):
        assert 0 == await transfer_answers.expire(db, transfer.answer_until)
        assert 2 == await transfer_answers.expire(db, late)
        assert 0 == await transfer_answers.expire(db, late)
    assert "active" == (await employments(db, person))[0][1]


async def test_the_bureau_agrees_too_where_it_wants(db: Connection, two: Two) -> None:
    """D-10: an accepted transfer waits as an application; approving completes it, returning sends the person back."""
    (first, second, third) = two.people
    for person, decide in (
        (first, application_decisions.approve),
        (second, application_decisions.send_back),
        (third, application_decisions.reject),
    ):
        (transfer,) = await start(db, two, person)
        waiting = await accept(db, two.new, transfer, policy=WITH_BUREAU)
        assert TransferState.ACCEPTED is waiting.state
        assert "transferring" == (await employments(db, person))[0][1]
        application_id = await db.fetchval("SELECT application_id FROM transfer WHERE id = $1", transfer.id)
        with pytest.raises(RefusedError) as caught:
            async with acting(db, clerk_of(two.new)):
                await applications.retract(db, application_id, 1)
        assert ["TRANSFER_NOT_RETRACTED"] == codes(caught)
        reason = () if decide is application_decisions.approve else ("材料不全",)
        async with acting(db, BUREAU):
            assert ApplicationState.SUBMITTED is (await applications.get(db, application_id)).state
            await decide(db, application_id, 1, *reason)
            over = await transfers.get(db, transfer.id, TODAY)
        assert (TransferState.DONE if not reason else TransferState.REJECTED) is over.state
        assert ("ended" if not reason else "active") == (await employments(db, person))[0][1]
        assert ("" if not reason else "材料不全") == over.remark


async def test_both_see_a_transfer_and_nobody_else_does(db: Connection, two: Two) -> None:
    """I31: the new employer reads name, number and papers of who is on the way, and nothing else of the person."""
    (transfer,) = await start(db, two, two.people[0])
    third = await register(db, 3)
    subject = Subject("transfer", transfer.batch_id)
    async with acting(db, clerk_of(two.new)):
        seen = await transfers.get(db, transfer.id, TODAY)
        assert ("员工1", transfer.id_number) == (seen.name, seen.id_number)
        assert 1 == len(await attachments.of_subject(db, subject))
        for table in ("person", "employment", "file_amount", "ledger_entry", "change_record"):
            assert 0 == await db.fetchval(f"SELECT count(*) FROM {table}"), table
    async with acting(db, clerk_of(third)):
        assert 0 == await db.fetchval("SELECT count(*) FROM transfer")
        assert 0 == await db.fetchval("SELECT count(*) FROM transfer_batch")
        assert () == await attachments.of_subject(db, subject)
    await turn_down(db, two.new, transfer)
    async with acting(db, clerk_of(two.new)):
        assert () == await attachments.of_subject(db, subject)


FORBIDDEN = (
    "UPDATE transfer SET state = 'done', rank = '', monthly_fen = 1, start_month = '2020-10-01'",
    "UPDATE transfer SET state = 'expired'",
    "UPDATE transfer SET person_id = person_id + 1",
    "UPDATE transfer SET effective_month = '2019-01-01'",
    "DELETE FROM transfer",
    "UPDATE transfer_batch SET reason = 'x'",
    "UPDATE employment SET state = 'ended'",
    "UPDATE employment SET state = 'active', state_from = NULL",
    "INSERT INTO employment (employer_id, person_id, state) VALUES (2, 1, 'active')",
)


async def test_neither_side_does_alone_what_needs_both(db: Connection, two: Two) -> None:
    """I23, I24: no employer ends, accepts for the other, shifts or deletes by SQL of its own."""
    (transfer,) = await start(db, two, two.people[0])
    one_sided = {
        two.old: "UPDATE transfer SET state = 'accepted', rank = '', monthly_fen = 1, start_month = '2020-10-01'",
        two.new: "UPDATE transfer SET state = 'withdrawn'",
    }
    went_through = [
        (employer.name, sql)
        for employer in (two.old, two.new)
        for sql in (*FORBIDDEN, one_sided[employer])
        if await changes(db, employer, sql)
    ]
    assert [] == went_through
    assert transfer == (await of_old(db, two))[0]


async def changes(db: Connection, employer: Employer, sql: str) -> bool:
    """Say whether a statement of an employer's changes anything."""
    try:
        async with acting(db, clerk_of(employer)):
            return not (await db.execute(sql)).endswith(" 0")
    except asyncpg.PostgresError:
        return False


async def of_old(db: Connection, two: Two) -> tuple[Transfer, ...]:
    """Read the old employer's transfers."""
    async with acting(db, clerk_of(two.old)):
        return await transfers.of_employer(db, two.old.id, Wanted(incoming=False), TODAY)


async def test_lists_are_by_side_search_and_batch(db: Connection, two: Two) -> None:
    """F66, F74: incoming and outgoing, the newest first; by name or number; those that were started together."""
    first, second = await start(db, two, *two.people[:2]), await start(db, two, two.people[2])
    batch = Wanted(incoming=True, batch_id=first[0].batch_id)
    async with acting(db, clerk_of(two.new)):
        everybody = await transfers.of_employer(db, two.new.id, Wanted(incoming=True), TODAY)
        assert [*second, *first] == list(everybody)
        assert list(first) == list(await transfers.of_employer(db, two.new.id, batch, TODAY))
        found = await transfers.of_employer(db, two.new.id, Wanted(incoming=True, text="员工3"), TODAY)
        assert list(second) == list(found)
        assert () == await transfers.of_employer(db, two.new.id, Wanted(incoming=False), TODAY)
        assert 3 == await transfers.count(db, two.new.id, Wanted(incoming=True), TODAY)


async def test_the_database_moves_transfers_as_the_library_does(db: Connection, two: Two) -> None:
    """Every pair of states is tried in SQL: what goes through is exactly the table of libsubsidy (I21)."""
    (transfer,) = await start(db, two, two.people[0])
    terms = "rank = '', monthly_fen = 1, start_month = '2020-10-01'"
    allowed = set()
    for before in TransferState:
        for after in TransferState:
            if before is after:
                continue
            with_terms = {TransferState.ACCEPTED, TransferState.DONE, TransferState.REJECTED}
            no_terms = "rank = NULL, monthly_fen = NULL, start_month = NULL"
            try:
                async with db.transaction():
                    await db.execute("SET LOCAL session_replication_role = replica")
                    set_ = terms if before in with_terms else no_terms
                    await db.execute(f"UPDATE transfer SET state = $2, {set_} WHERE id = $1", transfer.id, before.value)
                    await db.execute("SET LOCAL session_replication_role = origin")
                    set_ = terms if after in with_terms else no_terms
                    await db.execute(f"UPDATE transfer SET state = $2, {set_} WHERE id = $1", transfer.id, after.value)
                    allowed.add((before, after))
            except asyncpg.RestrictViolationError as error:
                assert error.constraint_name in {"transfer_moves", "transfer_frozen"}  # noqa: PT017 - others go on.
    assert {(before, after) for (before, _), after in TRANSFER_LIFE.table.items()} == allowed


async def test_wrong_terms_are_all_told(db: Connection, two: Two) -> None:
    """F67: rank, amount and start month, each with its own words; nothing has happened."""
    (transfer,) = await start(db, two, two.people[0])
    wrong = Terms(rank="长" * 51, amount=Money(fen=0), start_month=Month(2020, 9))
    with pytest.raises(RefusedError) as caught:
        await accept(db, two.new, transfer, wrong)
    assert ["TRANSFER_RANK_TOO_LONG", "TRANSFER_AMOUNT_NOT_POSITIVE", "TRANSFER_START_TOO_EARLY"] == codes(caught)
    assert [transfer] == list(await of_old(db, two))


async def test_many_go_in_one_batch(db: Connection, two: Two) -> None:
    """F71: more than one statement takes, each once; EmploymentState of all is the same."""
    people = await employ(db, two.old, *(new_employee(serial) for serial in range(100, 5_200)))
    shown = await start(db, two, *people)
    assert 200 == len(shown)
    states = await db.fetch("SELECT state, count(*) FROM employment GROUP BY 1 ORDER BY 1")
    assert [("active", 3), (EmploymentState.TRANSFERRING.value, 5_100)] == [tuple(row) for row in states]
