"""Promises of services/store/todos.py: what waits for an employer, and what does not (F25)."""

from datetime import timedelta

from libsubsidy import Month
from services.store import approvals, todos, transfer_starts
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.todos import TodoKind
from services.store.transfer_starts import NewTransfers
from tests.store.fund import (
    AMOUNT,
    BUREAU,
    POLICY,
    START,
    TODAY,
    approve,
    attach,
    clerk_of,
    draft,
    employ,
    line,
    new_employee,
    pay,
    register,
    submitted,
)


async def waiting(db: Connection, employer: Employer, days: int = 0) -> list[tuple[TodoKind, str, str]]:
    """What waits for an employer some days later: kind, what it is about, and the remark."""
    async with acting(db, clerk_of(employer)):
        found = await todos.of_employer(db, employer.id, TODAY + timedelta(days=days))
    return [(todo.kind, todo.of, todo.remark) for todo in found]


async def test_what_is_most_urgent_comes_first(db: Connection) -> None:
    """F25: what was returned, with its reason; what is to be paid, with memo and amount; then the drafts."""
    employer, other = await register(db, 1), await register(db, 2)
    people = await employ(db, employer, *(new_employee(serial) for serial in range(1, 6)))
    await draft(db, employer, line(people[0], START))
    notice = await approve(db, await submitted(db, employer, line(people[1], START)))
    await pay(db, await approve(db, await submitted(db, employer, line(people[2], START)), seed=2))
    await submitted(db, employer, line(people[3], START))
    returned = await submitted(db, employer, line(people[4], START))
    async with acting(db, BUREAU):
        await approvals.send_back(db, returned.id, returned.version, "金额不对")

    assert await waiting(db, other) == []
    assert await waiting(db, employer) == [
        (TodoKind.RETURNED, "order", "金额不对"),
        (TodoKind.PAY, "notice", ""),
        (TodoKind.DRAFT, "order", ""),
    ]
    async with acting(db, clerk_of(employer)):
        to_pay = (await todos.of_employer(db, employer.id, TODAY))[1]
    assert (notice.memo, AMOUNT, notice.id) == (to_pay.memo, to_pay.amount, to_pay.number)


async def test_what_a_colleague_has_prepared_waits_for_another(db: Connection) -> None:
    """F25: a draft that a clerk has submitted is to be checked; one that is merely begun is a draft."""
    employer = await register(db, 1)
    people = await employ(db, employer, new_employee(1), new_employee(2))
    begun = await draft(db, employer, line(people[0], START))
    prepared = await draft(db, employer, line(people[1], START))
    await db.execute(
        "UPDATE remittance_order SET prepared_by = 'user/7', prepared_at = now() WHERE id = $1", prepared.id
    )
    async with acting(db, clerk_of(employer)):
        found = await todos.of_employer(db, employer.id, TODAY)

    assert [(TodoKind.CHECK, prepared.id), (TodoKind.DRAFT, begun.id)] == [(todo.kind, todo.number) for todo in found]


async def test_an_employer_is_told_to_verify_its_people_first(db: Connection) -> None:
    """F25, F15: until 员工初始化 is done it is the first thing to do."""
    employer = await register(db, 1)
    await db.execute("UPDATE employer SET initialised_at = NULL WHERE id = $1", employer.id)

    assert await waiting(db, employer) == [(TodoKind.INITIALISE, "initialise", "")]


async def test_a_transfer_waits_for_the_one_who_answers(db: Connection) -> None:
    """F25, F66: at the new employer only, and until the last day of the answer."""
    old, new = await register(db, 1), await register(db, 2)
    (person,) = await employ(db, old, new_employee(1))
    files = await attach(db, clerk_of(old), "transfer")
    asked = NewTransfers(
        to_employer_id=new.id, person_ids=(person,), effective=Month(TODAY.year, TODAY.month) + 1, attachment_ids=files
    )
    async with acting(db, clerk_of(old)):
        (started,) = await transfer_starts.start(db, old.id, asked, policy=POLICY, today=TODAY)
    left = (started.answer_until - TODAY).days

    assert await waiting(db, old) == []
    assert await waiting(db, new, left) == [(TodoKind.RECEIVE, "transfer", "")]
    assert await waiting(db, new, left + 1) == []
