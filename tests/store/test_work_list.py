"""Promises of services/store/work_list.py: orders and applications in one list, oldest first, page by page."""

import pytest

from libsubsidy import Money, Month, OrderState
from services.store import approvals, openings, work_list
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.refusals import RefusedError
from services.store.work_list import Place, Ref, RefKind, WorkFilter, WorkItem, WorkKind, WorkState
from tests.store import test_registrations
from tests.store.fund import (
    BUREAU,
    START,
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
from tests.store.test_applications import TODAY, row


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer that asks."""
    return await register(db)


async def opening(db: Connection, employer: Employer, *serials: int) -> str:
    """Ask for accounts, and give the item's name."""
    files = await attach(db, clerk_of(employer), "employee_opening")
    rows = [row(serial) for serial in serials]
    async with acting(db, clerk_of(employer)):
        asked = await openings.open_employees(db, employer.id, rows, attachments=files, today=TODAY)
    return f"application-{asked.id}"


async def listed(db: Connection, **wanted: object) -> list[str]:
    """Name the items of the bureau's list."""
    async with acting(db, BUREAU):
        return [str(item.ref) for item in await work_list.page(db, WorkFilter(**wanted))]  # type: ignore[arg-type]


async def item_of(db: Connection, ref: str) -> WorkItem:
    """Read one item as the bureau does."""
    async with acting(db, BUREAU):
        return await work_list.get(db, Ref.parse(ref))


async def test_what_waits_is_listed_oldest_first(db: Connection, employer: Employer) -> None:
    """Both kinds in one list, by the time of submission; a draft is the employer's own, and what is decided has gone."""
    one, two = await employ(db, employer, new_employee(1), new_employee(2))
    first = await submitted(db, employer, line(one, START))
    second = await opening(db, employer, 11, 12)
    third = await submitted(db, employer, line(two, START))
    await draft(db, employer, line(one, START + 1))
    assert [f"order-{first.id}", second, f"order-{third.id}"] == await listed(db)
    await approve(db, first)
    assert [second, f"order-{third.id}"] == await listed(db)


async def test_an_item_says_who_what_how_much_and_since_when(db: Connection, employer: Employer) -> None:
    """Enough to choose from, without opening it."""
    (one,) = await employ(db, employer, new_employee(1))
    order = await submitted(db, employer, line(one, START))
    item = await item_of(db, f"order-{order.id}")
    assert (WorkKind.REGULAR, WorkState.SUBMITTED, employer.code, "单位1", "2020-01", "2020-01", 1, 1, order.total) == (
        item.kind, item.state, item.employer_code, item.employer_name, item.first_month, item.last_month,
        item.line_count, item.person_count, item.total,
    )  # fmt: skip
    told = await item_of(db, await opening(db, employer, 11, 12))
    assert (WorkKind.EMPLOYEE_OPENING, 2, Money.parse("1000.00"), None) == (
        told.kind, told.line_count, told.total, told.first_month,
    )  # fmt: skip


async def test_filters(db: Connection, employer: Employer) -> None:
    """By kind, by employer, by state; a paid order was approved."""
    other = await register(db, 2)
    (one,), (two,) = await employ(db, employer, new_employee(1)), await employ(db, other, new_employee(2))
    order, others = await submitted(db, employer, line(one, START)), await submitted(db, other, line(two, START))
    asked = await opening(db, employer, 11)
    assert [asked] == await listed(db, kind=WorkKind.EMPLOYEE_OPENING)
    assert [f"order-{others.id}"] == await listed(db, employer_id=other.id)
    await pay(db, await approve(db, order))
    async with acting(db, BUREAU):
        await approvals.reject(db, others.id, others.version, "x")
    assert [f"order-{order.id}"] == await listed(db, state=WorkState.APPROVED)
    assert [f"order-{others.id}"] == await listed(db, state=WorkState.REJECTED)
    assert [asked] == await listed(db, state=WorkState.SUBMITTED)


@pytest.mark.parametrize("same_moment", [False, True])
async def test_pages_follow_each_other_without_a_gap(db: Connection, employer: Employer, *, same_moment: bool) -> None:
    """Whatever the size of a page, and even when all was submitted in the same moment."""
    people = await employ(db, employer, *map(new_employee, range(4)))
    for number, person in enumerate(people):
        await submitted(db, employer, line(person, START))
        await opening(db, employer, 20 + number)
    if same_moment:
        for table in ("remittance_order", "application"):
            await db.execute(f"UPDATE {table} SET submitted_at = '2020-09-15'")
    everything = await listed(db)
    seen: list[str] = []
    after = None
    async with acting(db, BUREAU):
        while items := await work_list.page(db, WorkFilter(), after=after, limit=3):
            seen += [str(item.ref) for item in items]
            after = Place(submitted_at=items[-1].submitted_at, ref=items[-1].ref)
    assert (8, everything) == (len(set(seen)), seen)


async def test_an_employer_sees_the_own_items(db: Connection, employer: Employer) -> None:
    """Row security hides the others', in the list and by name."""
    other = await register(db, 2)
    own, others = await opening(db, employer, 11), await opening(db, other, 12)
    async with acting(db, clerk_of(employer)):
        assert [own] == [str(item.ref) for item in await work_list.page(db, WorkFilter())]
        with pytest.raises(RefusedError):
            await work_list.get(db, Ref.parse(others))


@pytest.mark.parametrize(
    "text", ["", "order", "order-", "order-0", "order-x", "notice-1", f"order-{10**18}", "ORDER-1"]
)
def test_what_has_no_such_name_is_absent(text: str) -> None:
    """A made-up name gets the answer of one that nobody has."""
    with pytest.raises(RefusedError) as caught:
        Ref.parse(text)
    assert ["ABSENT"] == [found.code for found in caught.value.violations]


async def test_a_draft_is_nobodys_work(db: Connection, employer: Employer) -> None:
    """Not even one that was submitted once and taken back."""
    (one,) = await employ(db, employer, new_employee(1))
    order = await draft(db, employer, line(one, Month(2020, 1)))
    assert OrderState.DRAFT is order.state
    with pytest.raises(RefusedError):
        await item_of(db, str(Ref(RefKind.ORDER, order.id)))


async def test_registrations_wait_in_the_same_list(db: Connection, employer: Employer) -> None:
    """F116: what asks to become an employer has a name and no code; a draft is nobody's business; approved, it has both."""
    first = await opening(db, employer, 11)
    await test_registrations.begun(db, test_registrations.OTHER)
    told = await test_registrations.submitted(db)
    ref = f"registration-{told.id}"
    assert [first, ref] == await listed(db)
    assert [ref] == await listed(db, kind=WorkKind.REGISTRATION)
    waiting = await item_of(db, ref)
    assert (WorkKind.REGISTRATION, WorkState.SUBMITTED, None, "", "市第一中学") == (
        waiting.kind, waiting.state, waiting.employer_id, waiting.employer_code, waiting.employer_name,
    )  # fmt: skip
    approved = await test_registrations.decided(db, told, "approve")
    decided = await item_of(db, ref)
    assert (WorkState.APPROVED, approved.employer_id, "10001") == (
        decided.state, decided.employer_id, decided.employer_code,
    )  # fmt: skip
    assert [first] == await listed(db)
