"""Promises of services/store/trails.py: an employer reads who of its own did what, and of others only which office."""

from services.store import trails
from services.store.database import Connection, acting
from tests.store import fund
from tests.store.test_users import add


async def test_own_people_have_names_and_others_an_office(db: Connection) -> None:
    """Newest first, without files, by everybody or by one; where from is told of own people only."""
    employer, other = await fund.register(db, 1, "75256"), await fund.register(db, 2, "10160")
    clerk = await add(db, role="employer_clerk", name="李明", login="clerk", employer_id=employer.id)
    assert fund.clerk_of(employer).name == f"user/{clerk.id}"
    (person,) = await fund.employ(db, employer, fund.new_employee(1))
    await fund.attach(db, fund.clerk_of(employer), "employee_opening")
    order = await fund.submitted(db, employer, fund.line(person, fund.START))
    await fund.approve(db, order)
    async with acting(db, fund.clerk_of(employer)):
        events = await trails.page(db, employer.id)
        own = await trails.page(db, employer.id, user_id=clerk.id)
        counted = await trails.count(db, employer.id), await trails.count(db, employer.id, user_id=clerk.id)
        assert (0, ()) == (await trails.count(db, other.id), await trails.page(db, other.id))
    assert (len(events), len(own)) == counted
    assert {"李明"} == {each.who for each in own}
    assert "住建局" in {each.who for each in events}
    assert "attachment" not in {each.subject_kind for each in events}
    assert sorted((each.id for each in events), reverse=True) == [each.id for each in events]
    assert {""} == {each.origin for each in events if each.who != "李明"}
    assert "" not in {each.origin for each in own}
    about = {(each.subject_kind, each.about) for each in events if each.about}
    assert {("user", "李明"), ("employment", "员工1")} == about


async def test_who_answers_a_transfer_is_the_other_employer(db: Connection) -> None:
    """Not the bureau, which has nothing to do with it; what the bureau does in another transaction stays the bureau's."""
    old, new = await fund.register(db, 1), await fund.register(db, 2)
    stranger = await add(db, role="employer", login="new", employer_id=new.id)
    acts = (("2", "employment", "active"), ("2", "transfer", "refused"), ("3", "application", "approved"))
    for transaction, kind, state in acts:
        await db.execute(
            """
            INSERT INTO audit_event (actor, employer_id, subject_kind, subject_id, to_state, txid)
            VALUES ($1, $2, $3, 1, $4, $5::text::xid8)
            """,
            f"user/{stranger.id}",
            old.id,
            kind,
            state,
            transaction,
        )
    async with acting(db, fund.clerk_of(old)):
        told = {each.subject_kind: each.who for each in await trails.page(db, old.id)}
    assert (trails.OTHER_EMPLOYER, trails.OTHER_EMPLOYER, "住建局") == tuple(told[kind] for _, kind, _ in acts)
