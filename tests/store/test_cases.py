"""Promises of cases.py, case_assignments.py and line_details.py: what did not settle is explained, and assigned by two."""

import asyncio
from typing import Any

import asyncpg
import attrs
import pytest

from libsubsidy import Money, explain_record
from services.store import audit, case_assignments, cases, line_details, notices
from services.store.case_assignments import Assignment, AssignmentState
from services.store.cases import CaseFilter, CaseKind, CaseStage, LineCase
from services.store.database import Actor, Connection, Role, acting, connect
from services.store.employers import Employer
from services.store.notices import Notice
from services.store.refusals import RefusedError
from tests.store.fund import AMOUNT, START, approve, clerk_of, employ, line, new_employee, register, submitted
from tests.store.unsettled import flag
from tests.store.waiting import until_somebody_waits

MAKER = Actor(role=Role.BUREAU, name="user/3", origin="192.0.2.3")
CHECKER = Actor(role=Role.BUREAU, name="user/4", origin="192.0.2.4")


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer that pays."""
    return await register(db, 1, "75256")


async def due(db: Connection, employer: Employer, serial: int, *, seed: int = 1) -> Notice:
    """Let the employer owe one month's amount for one new employee."""
    (person,) = await employ(db, employer, new_employee(serial))
    return await approve(db, await submitted(db, employer, line(person, START)), seed=seed)


async def case(db: Connection, case_id: int) -> LineCase:
    """Read a case as the bureau does."""
    async with acting(db, MAKER):
        return await cases.get(db, case_id)


async def ask(db: Connection, case_id: int, notice_id: int, note: str = "来电确认") -> Assignment:
    """Ask as the maker."""
    async with acting(db, MAKER):
        return await case_assignments.ask(db, case_id, notice_id, note)


async def codes(refused: Any) -> list[str]:
    """Return why something was refused."""
    with pytest.raises(RefusedError) as caught:
        await refused
    return [found.code for found in caught.value.violations]


async def test_cases_are_filtered_summed_and_paged(db: Connection, employer: Employer) -> None:
    """Oldest first; each currency is a sum of its own."""
    first = await flag(db, Money(fen=100), "没有支付码")
    second = await flag(db, Money(fen=200), "75256xZZZZo")
    third = await flag(db, Money(fen=300), "75256xZZZZo", currency="USD")
    async with acting(db, MAKER):
        everything = await cases.matching(db, CaseFilter(state=CaseStage.OPEN))
        assert [first, second, third] == [each.id for each in everything]
        assert [second] == [each.id for each in await cases.matching(db, CaseFilter(), after=first, limit=1)]
        assert [first] == [each.id for each in await cases.matching(db, CaseFilter(reason="MEMO_MISSING"))]
        assert [] == list(await cases.matching(db, CaseFilter(kind=CaseKind.HOLD)))
        assert [
            ("CURRENCY_WRONG", "USD", 1, 300),
            ("ORDER_UNKNOWN", "CNY", 1, 200),
            ("MEMO_MISSING", "CNY", 1, 100),
        ] == [(each.reason, each.currency, each.cases, each.amount.fen) for each in await cases.sums(db, CaseFilter())]
        assert {"75256"} == {
            each.employer_code for each in await cases.matching(db, CaseFilter(employer_id=employer.id))
        }


async def test_an_employer_sees_the_cases_that_name_it_and_why(db: Connection, employer: Employer) -> None:
    """What was written and decided is told of the own case alone; the bank's lines stay hidden."""
    own = await flag(db, AMOUNT, " 75256xZZZZo")
    others = await flag(db, AMOUNT, "没有支付码")
    async with acting(db, clerk_of(employer)):
        assert [own] == [each.id for each in await cases.matching(db, CaseFilter())]
        assert 1 == sum(each.cases for each in await cases.sums(db, CaseFilter()))
        told = await cases.line_of(db, await cases.get(db, own))
        assert (" 75256xZZZZo", "MEMO_NOT_AT_START") == (told.memo, told.decision["reason"])
        assert Role.EMPLOYER.value == await db.fetchval("SELECT current_user::text")
        assert ["ABSENT"] == await codes(cases.get(db, others))


async def test_the_candidates_are_the_notices_of_that_very_amount(db: Connection, employer: Employer) -> None:
    """The one that was probably meant first, then those of the employer that is named, then the newest; no other amount."""
    meant = await due(db, employer, 1, seed=1)
    other_of_it = await due(db, employer, 2, seed=2)
    strangers = await due(db, await register(db, 2, "10160"), 3, seed=3)
    case_id = await flag(db, AMOUNT, f" {meant.memo}")
    async with acting(db, MAKER):
        found = await cases.candidates(db, await cases.get(db, case_id))
        assert [(meant.id, True, True), (other_of_it.id, False, True), (strangers.id, False, False)] == [
            (each.notice_id, each.proposed, each.named) for each in found
        ]
        short = await cases.get(db, case_id)
        assert () == await cases.candidates(db, attrs.evolve(short, amount=Money(fen=AMOUNT.fen - 1)))
        assert () == await cases.candidates(db, attrs.evolve(short, state=CaseStage.BATCHED))
        await notices.cancel(db, meant.id, "重复")
        assert meant.id not in {each.notice_id for each in await cases.candidates(db, short)}


async def test_money_is_assigned_by_two_people(db: Connection, employer: Employer) -> None:
    """The maker asks, the checker confirms: the notice is paid, the ledger credited, the trail names both."""
    notice = await due(db, employer, 1)
    case_id = await flag(db, AMOUNT, f" {notice.memo}")
    asked = await ask(db, case_id, notice.id)
    assert (AssignmentState.ASKED, "user/3", notice.memo, AMOUNT) == (
        asked.state, asked.asked_by, asked.memo, asked.amount,
    )  # fmt: skip
    async with acting(db, CHECKER):
        assert (asked,) == await case_assignments.in_state(db, AssignmentState.ASKED)
        confirmed = await case_assignments.confirm(db, asked.id)
        trail = await audit.history(db, "assignment", asked.id)
    assert (AssignmentState.CONFIRMED, "user/4") == (confirmed.state, confirmed.decided_by)
    assert [("user/3", "asked"), ("user/4", "confirmed")] == [(event.actor, event.to_state) for event in trail]
    assert CaseStage.ASSIGNED is (await case(db, case_id)).state
    assert AMOUNT.fen == await db.fetchval("SELECT sum(amount_fen) FROM ledger_entry")
    assert "user/4" == await db.fetchval("SELECT settled_by FROM settlement")
    async with acting(db, CHECKER):
        assert ["ASSIGNMENT_STATE"] == await codes(case_assignments.confirm(db, asked.id))


async def test_nobody_confirms_what_they_asked_for(db: Connection, employer: Employer) -> None:
    """Not by the function, and not by the table either."""
    notice = await due(db, employer, 1)
    asked = await ask(db, await flag(db, AMOUNT, "?"), notice.id)
    async with acting(db, MAKER):
        assert ["SECOND_PERSON_NEEDED"] == await codes(case_assignments.confirm(db, asked.id))
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await db.execute("UPDATE case_assignment SET state = 'confirmed', decided_by = asked_by, decided_at = now()")
    assert "case_assignment_two_people" == caught.value.constraint_name
    assert 0 == await db.fetchval("SELECT count(*) FROM settlement")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"amount": Money(fen=AMOUNT.fen + 1)}, "PAID_AMOUNT_DIFFERS"),
        ({"currency": "USD"}, "CURRENCY_DIFFERS"),
    ],
)
async def test_what_does_not_fit_is_not_even_asked(
    db: Connection, employer: Employer, facts: dict[str, Any], code: str
) -> None:
    """What posting.assign would refuse is refused at once (I36)."""
    notice = await due(db, employer, 1)
    amount = facts.pop("amount", AMOUNT)
    case_id = await flag(db, amount, "?", **facts)
    assert [code] == await codes(ask(db, case_id, notice.id))
    assert ["CASE_NOT_OPEN"] == await codes(ask(db, 4711, notice.id))
    assert ["NOTICE_NOT_OPEN"] == await codes(ask(db, await flag(db, AMOUNT, "?"), 4711))
    assert ["REASON_MISSING"] == await codes(ask(db, await flag(db, AMOUNT, "?"), notice.id, " "))


async def test_what_no_longer_fits_is_not_confirmed(db: Connection, employer: Employer) -> None:
    """The notice was cancelled meanwhile: the assignment waits, to be declined, and the case stays open."""
    notice = await due(db, employer, 1)
    case_id = await flag(db, AMOUNT, "?")
    asked = await ask(db, case_id, notice.id)
    async with acting(db, MAKER):
        await notices.cancel(db, notice.id, "重复")
    async with acting(db, CHECKER):
        assert ["NOTICE_NOT_OPEN"] == await codes(case_assignments.confirm(db, asked.id))
    async with acting(db, CHECKER):
        declined = await case_assignments.decline(db, asked.id, "通知已取消")
        assert (AssignmentState.DECLINED, "通知已取消") == (declined.state, declined.decision_note)
    assert CaseStage.OPEN is (await case(db, case_id)).state


async def test_one_assignment_at_a_time(db: Connection, employer: Employer, database_url: str) -> None:
    """A second maker waits for the first and is told; once it is declined the way is free, and both are remembered."""
    notice = await due(db, employer, 1)
    case_id = await flag(db, AMOUNT, "?")
    other = await connect(database_url)
    try:
        async with acting(db, MAKER):
            asked = await case_assignments.ask(db, case_id, notice.id, "来电确认")
            racing = asyncio.create_task(ask(other, case_id, notice.id))
            await until_somebody_waits(database_url)
        assert ["ASSIGNMENT_ASKED"] == await codes(racing)
    finally:
        await other.close()
    async with acting(db, CHECKER):
        await case_assignments.decline(db, asked.id, "不是这笔")
    again = await ask(db, case_id, notice.id)
    async with acting(db, CHECKER):
        assert [again.id, asked.id] == [each.id for each in await case_assignments.of_case(db, case_id)]


async def test_a_line_tells_all_that_hangs_on_it(db: Connection, employer: Employer) -> None:
    """File, account, payer, decision, case; and the settlement once a person has assigned it."""
    notice = await due(db, employer, 1)
    case_id = await flag(db, AMOUNT, f" {notice.memo}", payer_name="甲")
    line_id = (await case(db, case_id)).line_id
    async with acting(db, MAKER):
        told = await line_details.get(db, line_id)
        assert ("day.ofx", "4405", "甲", case_id, CaseStage.OPEN, None, "refund") == (
            told.filename, told.account, told.payer_name, told.case_id, told.case_state, told.settlement,
            told.disposition,
        )  # fmt: skip
        assert str(notice.memo) == explain_record(told.decision).proposal
        assert ["ABSENT"] == await codes(line_details.get(db, 4711))
    asked = await ask(db, case_id, notice.id)
    async with acting(db, CHECKER):
        await case_assignments.confirm(db, asked.id, "已核对回单")
        settlement = (await line_details.get(db, line_id)).settlement
    assert settlement is not None
    assert (notice.id, notice.memo, employer.id, "user/4") == (
        settlement.notice_id, settlement.memo, settlement.employer_id, settlement.settled_by,
    )  # fmt: skip
