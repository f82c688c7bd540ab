"""Notices: merging and cancelling what nobody has paid."""

import asyncio
from random import Random

import pytest

from libsubsidy import Money, NoticeEvent, NoticeState, OrderState
from services.store import audit, notices, orders
from services.store.database import Connection, acting, connect
from services.store.employers import Employer
from services.store.migrate import MIGRATIONS
from services.store.notices import Issued
from services.store.refusals import RefusedError
from tests.store.fund import (
    BUREAU,
    POLICY,
    START,
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


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer with one employee, whose person id is 1."""
    employer = await register(db)
    await employ(db, employer, new_employee(1))
    return employer


async def merge(connection: Connection, *notice_ids: int) -> Issued:
    """Merge as the bureau."""
    async with acting(connection, BUREAU):
        return await notices.merge(connection, notice_ids, policy=POLICY, rng=Random(9))  # noqa: S311


async def test_two_notices_become_one(db: Connection, employer: Employer) -> None:
    """The new one asks for both amounts, all orders follow, and a merged one is merged no more."""
    made = [await submitted(db, employer, line(1, START + step)) for step in range(2)]
    old = [await approve(db, order, seed=seed) for seed, order in enumerate(made)]
    joint = (await merge(db, *[notice.id for notice in old])).notice
    assert Money.parse("1000.00") == joint.amount
    assert {joint.id} == {(await orders.get(db, order.id)).notice_id for order in made}
    assert {(NoticeState.MERGED, joint.id)} == {
        (it.state, it.merged_into) for it in [await notices.get(db, notice.id) for notice in old]
    }
    with pytest.raises(RefusedError) as caught:
        await merge(db, old[0].id, joint.id)
    assert ["NOTICE_STATE"] == [found.code for found in caught.value.violations]


async def test_a_merged_notice_is_paid_once_for_all(db: Connection, employer: Employer) -> None:
    """One line credits the lines of every order (I4)."""
    made = [await submitted(db, employer, line(1, START + step)) for step in range(2)]
    joint = (await merge(db, *[(await approve(db, order, seed=order.id)).id for order in made])).notice
    await pay(db, joint)
    assert [OrderState.CREDITED] * 2 == [(await orders.get(db, order.id)).state for order in made]
    assert joint.amount.fen == await db.fetchval("SELECT sum(amount_fen) FROM ledger_entry")


async def merge_own(connection: Connection, employer: Employer, *notice_ids: int) -> Issued:
    """Merge as the employer itself."""
    async with acting(connection, clerk_of(employer)):
        issued = await notices.merge_own(connection, employer.id, notice_ids, policy=POLICY, rng=Random(9))  # noqa: S311
        role = await connection.fetchval("SELECT current_setting('role')")
        assert "subsidy_employer" == role, "the bureau's rights were lent for one step"
    return issued


async def test_an_employer_merges_its_own_and_nobody_else_s(db: Connection, employer: Employer) -> None:
    """F97: what is another employer's is absent, alone or among its own, and nothing has happened."""
    other = await register(db, 2)
    (stranger,) = await employ(db, other, new_employee(2))
    own = [(await approve(db, await submitted(db, employer, line(1, START + step)), seed=step)).id for step in range(3)]
    theirs = (await approve(db, await submitted(db, other, line(stranger, START)))).id
    for chosen in ([own[0], theirs], [theirs, theirs], [own[0], 999]):
        with pytest.raises(RefusedError) as caught:
            await merge_own(db, employer, *chosen)
        assert ["ABSENT"] == [found.code for found in caught.value.violations]
    assert 4 == await db.fetchval("SELECT count(*) FROM payment_notice WHERE state = 'awaiting'")
    joint = (await merge_own(db, employer, *own[:2])).notice
    assert (Money.parse("1000.00"), employer.id) == (joint.amount, joint.employer_id)


async def test_of_two_colleagues_who_merge_at_once_the_second_is_told(
    db: Connection, employer: Employer, database_url: str
) -> None:
    """One new notice is made, and no order is asked for twice."""
    own = [(await approve(db, await submitted(db, employer, line(1, START + step)), seed=step)).id for step in range(2)]
    second = await connect(database_url)
    try:
        async with acting(db, clerk_of(employer)):
            await notices.merge_own(db, employer.id, own, policy=POLICY, rng=Random(9))  # noqa: S311
            late = asyncio.create_task(merge_own(second, employer, *own))
            await until_somebody_waits(database_url)
        with pytest.raises(RefusedError) as caught:
            await late
    finally:
        await second.close()
    assert ["NOTICE_STATE"] * 2 == [found.code for found in caught.value.violations]
    assert 1 == await db.fetchval("SELECT count(*) FROM payment_notice WHERE state = 'awaiting'")


async def test_a_cancelled_notice_takes_its_orders_along(db: Connection, employer: Employer) -> None:
    """All its orders are cancelled with the reason, their months are free, and its memo stays taken."""
    made = [await submitted(db, employer, line(1, START + step)) for step in range(2)]
    notice = await approve(db, *made)
    async with acting(db, BUREAU):
        cancelled = await notices.cancel(db, notice.id, "单位申请")
        trail = await audit.history(db, "notice", notice.id)
    after = [await orders.get(db, order.id) for order in made]
    assert [(OrderState.CANCELLED, "单位申请", notice.id)] * 2 == [(it.state, it.remark, it.notice_id) for it in after]
    assert (NoticeState.CANCELLED, "单位申请", 0) == (
        cancelled.state, trail[-1].reason, await db.fetchval("SELECT count(*) FROM claim"),
    )  # fmt: skip
    assert OrderState.SUBMITTED is (await submitted(db, employer, line(1, START))).state


async def test_a_paid_notice_is_not_cancelled(db: Connection, employer: Employer) -> None:
    """What was credited is corrected by adding, never taken back."""
    order = await submitted(db, employer, line(1, START))
    notice = await approve(db, order)
    await pay(db, notice)
    with pytest.raises(RefusedError) as caught:
        async with acting(db, BUREAU):
            await notices.cancel(db, notice.id, "错了")
    (found,) = caught.value.violations
    assert ("NOTICE_STATE", "已缴款", 1) == (
        found.code, found.params["state_zh"], await db.fetchval("SELECT count(*) FROM claim"),
    )  # fmt: skip


async def test_a_payment_under_way_comes_first(db: Connection, employer: Employer, database_url: str) -> None:
    """A cancel beside a settlement waits for it and is then refused: the money has arrived."""
    order = await submitted(db, employer, line(1, START))
    notice = await approve(db, order)
    other = await connect(database_url)

    async def cancel() -> None:
        async with acting(other, BUREAU):
            await notices.cancel(other, notice.id, "单位申请")

    try:
        settling = db.transaction()
        await settling.start()
        await pay(db, notice)
        racing = asyncio.create_task(cancel())
        await until_somebody_waits(database_url)
        await settling.commit()
        with pytest.raises(RefusedError) as caught:
            await racing
    finally:
        await other.close()
    assert ["NOTICE_STATE"] == [found.code for found in caught.value.violations]


async def test_anothers_notice_is_absent(db: Connection, employer: Employer) -> None:
    """A foreign id gives the answer of an id that nobody has (I31)."""
    notice = await approve(db, await submitted(db, employer, line(1, START)))
    stranger = await register(db, 2)
    refusals = []
    for notice_id in (notice.id, 4711):
        with pytest.raises(RefusedError) as caught:
            async with acting(db, clerk_of(stranger)):
                await notices.get(db, notice_id)
        refusals += [found.code for found in caught.value.violations]
    assert ["ABSENT"] * 2 == refusals


async def test_notices_page(db: Connection, employer: Employer) -> None:
    """The newest come first, and a page begins before the last one seen."""
    made = [await approve(db, await submitted(db, employer, line(1, START + step)), seed=step) for step in range(3)]
    async with acting(db, clerk_of(employer)):
        newest = await notices.of_employer(db, employer.id, limit=2)
        rest = await notices.of_employer(db, employer.id, before=newest[-1].id)
    assert (made[2], made[1], made[0]) == (*newest, *rest)


async def test_merging_has_a_limit(db: Connection, employer: Employer, monkeypatch: pytest.MonkeyPatch) -> None:
    """More notices than a person can look at are not merged at once."""
    notice = await approve(db, await submitted(db, employer, line(1, START)))
    monkeypatch.setattr(notices, "NOTICES_JOINED_MAX", 0)
    with pytest.raises(RefusedError) as caught:
        await merge(db, notice.id)
    assert ["LIST_TOO_LONG"] == [found.code for found in caught.value.violations]


def test_every_event_of_a_notice_can_be_told() -> None:
    """A new state or event of the library needs words here."""
    assert (set(NoticeEvent), set(NoticeState)) == (set(notices._EVENTS), set(notices.STATES_ZH))


async def test_what_was_joined_keeps_what_it_asked_for(db: Connection) -> None:
    """Joined once and again, each names its own orders; so does what was joined before the column was there."""
    employer = await register(db)
    people = await employ(db, employer, *(new_employee(serial) for serial in range(1, 4)))
    made = [
        await approve(db, await submitted(db, employer, line(person, START)), seed=seed)
        for seed, person in enumerate(people)
    ]
    joint = (await merge(db, made[0].id, made[1].id)).notice
    last = (await merge(db, joint.id, made[2].id)).notice
    asked = "SELECT id, joined_orders FROM payment_notice ORDER BY id"
    kept = [tuple(row) for row in await db.fetch(asked)]
    one, two, three = [row["id"] for row in await db.fetch("SELECT id FROM remittance_order ORDER BY id")]
    parts = {made[0].id: [one], made[1].id: [two], joint.id: [one, two], made[2].id: [three], last.id: None}
    assert sorted(parts.items()) == kept
    assert [one, two] == [order.id for order in await orders.of_notice(db, joint.id)]
    await db.execute("ALTER TABLE payment_notice DROP COLUMN joined_orders")
    await db.execute((MIGRATIONS / "0020_joined_notices.sql").read_text(encoding="utf-8"))
    assert kept == [tuple(row) for row in await db.fetch(asked)]
