"""Promises of services/store/amount_lists.py: what a list of amounts changes in a draft, and what it never does."""

from datetime import timedelta

import pytest

from libsubsidy import AmountProblem, AmountSource, Money, Month, OrderLine, ReadAmount, Violation
from services.store import amount_lists, order_lines, orders
from services.store.amount_lists import AmountList, ReceivedList
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.orders import Order
from services.store.refusals import RefusedError
from tests.store.fund import AMOUNT, POLICY, WORKER, clerk_of, draft, employ, line, new_employee, register, submit

APRIL = Month(2020, 4)
WRONG = (AmountProblem("designated", Violation.of("AMOUNT_NOT_POSITIVE/list")),)


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """One employer with four people, whose ids are 1 to 4."""
    employer = await register(db, 1)
    assert (1, 2, 3, 4) == await employ(db, employer, *(new_employee(serial) for serial in range(4)))
    return employer


def row(number: int, person_id: int, yuan: str, *, carry_over: bool = True) -> ReadAmount:
    """A row that gives a line."""
    amount, source = Money.parse(yuan), AmountSource.DESIGNATED
    given = OrderLine(person_id=person_id, month=APRIL, amount=amount, source=source, carry_over=carry_over)
    return ReadAmount(number=number, person_id=person_id, line=given, problems=())


def broken(number: int, person_id: int | None = None) -> ReadAmount:
    """A row that gives none."""
    return ReadAmount(number=number, person_id=person_id, line=None, problems=WRONG)


async def receive(db: Connection, employer: Employer, order: Order, *rows: ReadAmount) -> AmountList:
    """Let a list lie beside the draft."""
    kept = ReceivedList(
        file_name="四月.xlsx", rows=[(each, {"id_number": str(each.number)}) for each in rows], letters={}
    )
    async with acting(db, clerk_of(employer)):
        return await amount_lists.receive(db, order, APRIL, kept)


async def take(
    db: Connection, employer: Employer, order: Order, list_id: int, *, remove: bool = True, only_good: bool = False
) -> Order:
    """Take the list into the draft as it was seen."""
    async with acting(db, clerk_of(employer)):
        return await amount_lists.take(
            db, order.id, list_id, order.version, remove=remove, only_good=only_good, policy=POLICY
        )


async def amounts_of(db: Connection, employer: Employer, order: Order) -> dict[int, tuple[str, bool]]:
    """The draft's amounts by person, and whether they carry over."""
    async with acting(db, clerk_of(employer)):
        return {each.person_id: (str(each.amount), each.carry_over) for each in await order_lines.read(db, order.id)}


async def refused(db: Connection, employer: Employer, order: Order, list_id: int, **how: bool) -> str:
    """Try to take the list, and give the code of why not."""
    with pytest.raises(RefusedError) as caught:
        await take(db, employer, order, list_id, **how)
    return caught.value.violations[0].code


async def test_a_list_is_taken_as_it_was_shown(db: Connection, employer: Employer) -> None:
    """Changed, added, removed and unchanged are told with count and total before and after, and then are so."""
    order = await draft(db, employer, *(line(person_id, APRIL) for person_id in (1, 2, 3)))
    listed = await receive(db, employer, order, row(2, 1, "500"), row(3, 2, "600.50"), row(4, 4, "7", carry_over=False))
    async with acting(db, clerk_of(employer)):
        found = await amount_lists.compare(db, listed)
    assert ([4], [3], [2], 1) == (
        [each.person_id for each in found.joined],
        [each.person_id for each in found.left],
        [each.person_id for each in found.changed],
        found.unchanged,
    )
    assert (3, "1500.00", 3, "1107.50") == (
        found.before.lines, str(found.before.amount), found.after.lines, str(found.after.amount),
    )  # fmt: skip
    taken = await take(db, employer, order, listed.id)
    assert (found.after.amount, 3, order.version + 1) == (taken.total, taken.line_count, taken.version)
    assert {1: ("500.00", True), 2: ("600.50", True), 4: ("7.00", False)} == await amounts_of(db, employer, order)
    assert "ABSENT" == await refused(db, employer, taken, listed.id), "a list is taken once"
    trail = await db.fetch(
        "SELECT from_state, to_state FROM audit_event WHERE subject_kind = 'amount_list' ORDER BY id"
    )
    assert [("", "received"), ("received", "taken")] == [tuple(each) for each in trail]


async def test_whoever_is_not_in_the_list_may_stay(db: Connection, employer: Employer) -> None:
    """A file of corrections changes its own people only."""
    order = await draft(db, employer, line(1, APRIL), line(2, APRIL))
    listed = await receive(db, employer, order, row(2, 2, "9"))
    await take(db, employer, order, listed.id, remove=False)
    assert {1: (str(AMOUNT), True), 2: ("9.00", True)} == await amounts_of(db, employer, order)


async def test_a_list_with_errors_is_taken_only_by_choice_and_removes_nobody(
    db: Connection, employer: Employer
) -> None:
    """One wrong row blocks nothing, yet nobody leaves because a number was mistyped."""
    order = await draft(db, employer, line(1, APRIL), line(2, APRIL))
    listed = await receive(db, employer, order, row(2, 1, "9"), broken(3), broken(4, 2))
    assert (3, 2, 1) == (listed.row_count, listed.broken_rows, listed.good_rows)
    assert "AMOUNTS_BROKEN" == await refused(db, employer, order, listed.id)
    assert "AMOUNTS_REMOVE_BROKEN" == await refused(db, employer, order, listed.id, only_good=True)
    async with acting(db, clerk_of(employer)):
        told = await amount_lists.broken_rows(db, listed, limit=9)
    assert [(3, "AMOUNT_NOT_POSITIVE"), (4, "AMOUNT_NOT_POSITIVE")] == [
        (each.number, problem.violation.code) for each in told for problem in each.problems
    ]
    await take(db, employer, order, listed.id, remove=False, only_good=True)
    assert {1: ("9.00", True), 2: (str(AMOUNT), True)} == await amounts_of(db, employer, order)


async def test_what_was_changed_meanwhile_is_not_overwritten(db: Connection, employer: Employer) -> None:
    """A draft that somebody has worked on since is refused, and a list that a colleague has replaced is not there."""
    order = await draft(db, employer, line(1, APRIL))
    seen = await receive(db, employer, order, row(2, 1, "9"))
    async with acting(db, clerk_of(employer)):
        await order_lines.put(db, order.id, order.version, [line(2, APRIL)], policy=POLICY)
    assert "STALE_VERSION" == await refused(db, employer, order, seen.id)
    other = await receive(db, employer, order, row(2, 1, "8"))
    async with acting(db, clerk_of(employer)):
        present = await orders.get(db, order.id)
    assert "ABSENT" == await refused(db, employer, present, seen.id)
    await take(db, employer, present, other.id, remove=False)


async def test_only_drafts_take_amounts_and_only_for_their_months(db: Connection, employer: Employer) -> None:
    """A submitted order is frozen; another month is not the order's."""
    order = await draft(db, employer, line(1, APRIL))
    with pytest.raises(RefusedError, match="2020-05"):
        amount_lists.refuse_unfit(order, APRIL + 1)
    with pytest.raises(RefusedError) as caught:
        await receive(db, employer, await submit(db, employer, order), row(2, 1, "9"))
    assert "ORDER_FROZEN" == caught.value.violations[0].code


async def test_what_nobody_takes_is_forgotten_with_its_rows(db: Connection, employer: Employer) -> None:
    """A list of people is kept for a day, and not for ever."""
    order = await draft(db, employer, line(1, APRIL))
    await receive(db, employer, order, row(2, 1, "9"))
    async with acting(db, WORKER):
        assert 0 == await amount_lists.forget(db)
        assert 1 == await amount_lists.forget(db, older_than=timedelta(0))
    assert 0 == await db.fetchval("SELECT count(*) FROM amount_list_row")


async def test_a_list_goes_with_its_draft(db: Connection, employer: Employer) -> None:
    """A draft that is thrown away takes its list along; a dropped list leaves the draft as it is."""
    order = await draft(db, employer, line(1, APRIL))
    await receive(db, employer, order, row(2, 1, "9"))
    async with acting(db, clerk_of(employer)):
        await amount_lists.drop(db, order.id)
        assert None is await amount_lists.find(db, order.id)
    await receive(db, employer, order, row(2, 1, "9"))
    await db.execute("DELETE FROM order_line")
    await db.execute("DELETE FROM remittance_order")
    assert 0 == await db.fetchval("SELECT count(*) FROM amount_list_row")
