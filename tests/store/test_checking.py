"""复核: what a clerk submits waits for a colleague, where the employer wants that, and the bureau does not see it."""

import pytest

from libsubsidy import ApplicationState, OrderState
from services.store import applications, checking, openings, orders, submissions, work_list
from services.store.database import Actor, Connection, Role, acting
from services.store.employers import Employer
from services.store.opening_rows import OpeningRow
from services.store.orders import Order
from services.store.refusals import RefusedError
from services.store.work_list import Ref, RefKind, WorkFilter, WorkState
from tests.store import fund
from tests.store.test_applications import row
from tests.store.test_users import add


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """One with a clerk (1), a checker (2) and an administrator (3), that wants its clerks' work checked."""
    registered = await fund.register(db, 1, "75256")
    for login, role in (("clerk", "employer_clerk"), ("checker", "employer_checker"), ("admin", "employer")):
        await add(db, role=role, login=login, employer_id=registered.id)
    async with acting(db, user(registered, 3)):
        assert await checking.set_needed(db, registered.id, needed=True)
        assert not await checking.set_needed(db, registered.id, needed=True)
        assert await checking.is_needed(db, registered.id)
    return registered


def user(employer: Employer, number: int) -> Actor:
    """One of the employer's users."""
    return Actor(role=Role.EMPLOYER, name=f"user/{number}", origin="192.0.2.1", employer_id=employer.id)


async def codes(awaited: object) -> list[str]:
    """The codes of a refusal."""
    with pytest.raises(RefusedError) as caught:
        await awaited  # type: ignore[misc]
    return [each.code for each in caught.value.violations]


async def ask(db: Connection, employer: Employer, asked: OpeningRow, *, number: int) -> applications.Application:
    """Ask for an opening as one of the users."""
    files = await fund.attach(db, user(employer, number), "employee_opening")
    async with acting(db, user(employer, number)):
        return await openings.open_employees(db, employer.id, [asked], attachments=files, today=fund.TODAY)


async def seen_by_bureau(db: Connection) -> int:
    """How many items the bureau has to decide."""
    async with acting(db, fund.BUREAU):
        return len(await work_list.page(db, WorkFilter()))


async def prepared(db: Connection, employer: Employer, number: int = 1) -> applications.Application:
    """Submit an opening as one of the users."""
    return await ask(db, employer, row(1), number=number)


async def test_a_clerks_application_waits_for_a_colleague(db: Connection, employer: Employer) -> None:
    """The bureau sees it when the checker hands it in, and the trail names both."""
    waiting = await prepared(db, employer)
    assert (ApplicationState.DRAFT, 0) == (waiting.state, await seen_by_bureau(db))
    async with acting(db, user(employer, 2)):
        (listed,) = await checking.waiting(db, employer.id)
        assert (f"application-{waiting.id}", False, "张三") == (listed.ref, listed.own, listed.prepared_by)
        handed_in = await applications.hand_in(db, waiting.id, waiting.version)
        assert () == await checking.waiting(db, employer.id)
    assert (ApplicationState.SUBMITTED, 1) == (handed_in.state, await seen_by_bureau(db))
    trail = await db.fetch("SELECT actor, to_state FROM audit_event WHERE subject_kind = 'application' ORDER BY id")
    assert [("user/1", "draft"), ("user/2", "submitted")] == [tuple(each) for each in trail]


async def test_nobody_hands_in_what_they_prepared(db: Connection, employer: Employer) -> None:
    """Not even after having become a checker; another colleague does."""
    waiting = await prepared(db, employer)
    await db.execute("UPDATE portal_user SET role = 'employer_checker' WHERE id = 1")
    async with acting(db, user(employer, 1)):
        assert ["SECOND_PERSON_NEEDED"] == await codes(applications.hand_in(db, waiting.id, waiting.version))
        (listed,) = await checking.waiting(db, employer.id)
        assert listed.own
    async with acting(db, user(employer, 3)):
        await applications.hand_in(db, waiting.id, waiting.version)


@pytest.mark.parametrize("number", [2, 3])
async def test_what_others_prepare_goes_straight_to_the_bureau(db: Connection, employer: Employer, number: int) -> None:
    """A checker's and an administrator's; and everybody's where it is switched off."""
    assert ApplicationState.SUBMITTED is (await prepared(db, employer, number)).state
    async with acting(db, user(employer, 3)):
        await checking.set_needed(db, employer.id, needed=False)
    again = await ask(db, employer, row(2), number=1)
    assert ApplicationState.SUBMITTED is again.state


async def test_what_is_handed_back_is_mended_or_taken_back(db: Connection, employer: Employer) -> None:
    """The clerk reads why, and either submits it anew, so that it waits again, or takes it back."""
    waiting = await prepared(db, employer)
    async with acting(db, user(employer, 2)):
        assert ["REASON_MISSING"] == await codes(checking.hand_back_application(db, waiting.id, waiting.version, " "))
        await checking.hand_back_application(db, waiting.id, waiting.version, "手机号码不对")
        assert ["STALE_VERSION"] == await codes(applications.hand_in(db, waiting.id, waiting.version))
    async with acting(db, user(employer, 1)):
        back = await applications.get(db, waiting.id)
        assert (ApplicationState.DRAFT, "手机号码不对") == (back.state, back.remark)
    attachments = await fund.attach(db, user(employer, 1), "employee_opening")
    async with acting(db, user(employer, 1)):
        mended = await openings.open_employees_again(
            db, back.id, back.version, [row(1)], attachments=attachments, today=fund.TODAY
        )
        assert (ApplicationState.DRAFT, "") == (mended.state, mended.remark)
        taken_back = await applications.retract(db, mended.id, mended.version)
        assert ApplicationState.RETRACTED is taken_back.state
        assert () == await checking.waiting(db, employer.id)


async def test_the_employer_reads_its_waiting_application_and_the_bureau_does_not(
    db: Connection, employer: Employer
) -> None:
    """For the bureau a draft is absent, in lists and by its number."""
    ref = Ref(RefKind.APPLICATION, (await prepared(db, employer)).id)
    async with acting(db, user(employer, 1)):
        assert WorkState.DRAFT is (await work_list.get(db, ref, with_drafts=True)).state
    async with acting(db, fund.BUREAU):
        assert ["ABSENT"] == await codes(work_list.get(db, ref))
        assert () == await work_list.page(db, WorkFilter(state=WorkState.DRAFT))


async def order(db: Connection, employer: Employer) -> Order:
    """A clerk's draft with one line."""
    (person,) = await fund.employ(db, employer, fund.new_employee(1))
    return await fund.draft(db, employer, fund.line(person, fund.START))


async def submit(db: Connection, order: Order, version: int | None = None) -> Order:
    """Submit an order as whoever acts."""
    seen = order.version if version is None else version
    return await submissions.submit(db, order.id, seen, policy=fund.POLICY, today=fund.TODAY)


async def test_a_clerks_order_waits_and_claims_nothing(db: Connection, employer: Employer) -> None:
    """It is judged at once, so that the clerk hears what is wrong; its months are claimed when it is handed in."""
    draft = await order(db, employer)
    async with acting(db, user(employer, 1)):
        waiting = await submit(db, draft)
        assert (OrderState.DRAFT, True, 0) == (waiting.state, waiting.waits_for_colleague, await claims(db))
        (listed,) = await checking.waiting(db, employer.id)
        assert (f"order-{draft.id}", True, draft.total) == (listed.ref, listed.own, listed.total)
        # Pressed again, nothing changes: the colleague finds what was seen.
        events = "SELECT count(*) FROM audit_event WHERE subject_kind = 'order'"
        before = await db.fetchval(events)
        assert waiting == await submit(db, waiting)
        assert before == await db.fetchval(events)
    async with acting(db, user(employer, 2)):
        handed_in = await submit(db, waiting)
        assert (OrderState.SUBMITTED, False, 1) == (handed_in.state, handed_in.waits_for_colleague, await claims(db))
    assert 1 == await seen_by_bureau(db)


async def test_a_clerk_who_became_a_checker_does_not_hand_in_the_own_order(db: Connection, employer: Employer) -> None:
    """As with applications; handed back and submitted by a checker anew, it is the checker's."""
    draft = await order(db, employer)
    async with acting(db, user(employer, 1)):
        waiting = await submit(db, draft)
    await db.execute("UPDATE portal_user SET role = 'employer_checker' WHERE id = 1")
    async with acting(db, user(employer, 1)):
        assert ["SECOND_PERSON_NEEDED"] == await codes(submit(db, waiting))
    async with acting(db, user(employer, 2)):
        await checking.hand_back_order(db, waiting.id, waiting.version, "少了一个人")
        back = await orders.get(db, waiting.id)
        assert (False, "少了一个人") == (back.waits_for_colleague, back.remark)
        assert ["NOT_WAITING"] == await codes(checking.hand_back_order(db, back.id, back.version, "x"))
        assert OrderState.SUBMITTED is (await submit(db, back)).state


async def claims(db: Connection) -> int:
    """How many months are claimed."""
    count: int = await db.fetchval("SELECT count(*) FROM claim")
    return count
