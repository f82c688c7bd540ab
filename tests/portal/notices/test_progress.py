"""Promises of services/portal/notices/progress.py: each state of an order and its notice, stage by stage."""

from random import Random

from libsubsidy import Money
from services.portal.notices import progress
from services.store import approvals, notice_lists, notices, orders, submissions
from services.store.database import Connection, acting
from services.store.notices import Notice
from services.store.orders import Order
from tests.portal.conftest import Town
from tests.store.fund import BUREAU, POLICY, START, approve, clerk_of, draft, line, pay, submit, submitted
from tests.store.unsettled import flag


async def told(db: Connection, town: Town, of: Order | Notice) -> tuple[str, str]:
    """Give the marks, one letter each, and the only note, as the employer reads them."""
    async with acting(db, clerk_of(town.employer)):
        if isinstance(of, Order):
            found = await progress.of_order(db, await orders.get(db, of.id))
        else:
            found = await progress.of_notice(db, await notices.get(db, of.id))
    assert ["提交", "审核", "待缴款", "银行已到", "已入账"] == [step.zh for step in found]
    assert all((step.at or step.on) is not None for step in found[1:] if step.mark is progress.Mark.DONE)
    return "".join(step.mark.value[0] for step in found), " / ".join(step.note for step in found if step.note)


async def test_an_order_goes_from_stage_to_stage(db: Connection, town: Town) -> None:
    """F96, F97, F106: d is done, n is now, t is to come; the notice tells the same as its order."""
    order = await draft(db, town.employer, line(town.people[0], START))
    assert ("ntttt", "草稿，还没有提交") == await told(db, town, order)
    order = await submit(db, town.employer, order)
    assert ("dnttt", "等待住建局审核") == await told(db, town, order)
    notice = await approve(db, order)
    for each in (order, notice):
        assert ("ddntt", "请按通知的金额和摘要转账") == await told(db, town, each)
    await pay(db, notice)
    for each in (order, notice):
        assert ("ddddd", "已记入每位职工的明细账") == await told(db, town, each)


async def test_what_stopped_says_why(db: Connection, town: Town) -> None:
    """Taken back, returned, rejected, cancelled: where it stopped, and the reason as it was written."""
    order = await submitted(db, town.employer, line(town.people[0], START))
    async with acting(db, clerk_of(town.employer)):
        await submissions.retract(db, order.id, order.version)
    assert ("stttt", "已撤回，修改后可以再次提交") == await told(db, town, order)
    returned = await submitted(db, town.employer, line(town.people[1], START))
    async with acting(db, BUREAU):
        await approvals.send_back(db, returned.id, returned.version, "金额不对")
    assert ("dsttt", "已退回，修改后可以再次提交：金额不对") == await told(db, town, returned)
    approved = await submitted(db, town.employer, line(town.people[2], START))
    notice = await approve(db, approved)
    async with acting(db, BUREAU):
        await notices.cancel(db, notice.id, "单位要求取消")
    for each in (approved, notice):
        assert ("ddstt", "住建局已取消：单位要求取消") == await told(db, town, each)


async def test_an_order_follows_the_notice_that_it_was_joined_into(db: Connection, town: Town) -> None:
    """The old notice stops; the order waits with the new one."""
    one, two = [await submitted(db, town.employer, line(person, START)) for person in town.people[:2]]
    old = [await approve(db, one, seed=1), await approve(db, two, seed=2)]
    async with acting(db, BUREAU):
        issued = await notices.merge(db, [each.id for each in old], policy=POLICY, rng=Random(9))  # noqa: S311 -- made-up.
    assert ("ddstt", "已合并到另一张缴费通知，这个摘要不再有效") == await told(db, town, old[0])
    for each in (one, issued.notice):
        assert ("ddntt", "请按通知的金额和摘要转账") == await told(db, town, each)
    async with acting(db, clerk_of(town.employer)):
        # When it was submitted, and what it asked for, is as it was.
        (submitted_at, *_) = await progress.of_notice(db, await notices.get(db, old[0].id))
        purposes = await notice_lists.purposes(db, [*(each.id for each in old), issued.notice.id])
    assert one.submitted_at == submitted_at.at
    assert [[one.id], [two.id], [one.id, two.id]] == [[use.order_id for use in uses] for uses in purposes.values()]


async def test_money_that_came_and_did_not_settle_is_told_where_it_is_waited_for(db: Connection, town: Town) -> None:
    """F104: a fen short: the notice still waits, and what came is told with the reason; another notice knows nothing."""
    notice = await approve(db, await submitted(db, town.employer, line(town.people[0], START)))
    other = await approve(db, await submitted(db, town.employer, line(town.people[1], START)), seed=2)
    await flag(db, Money.parse("499.99"), str(notice.memo))
    marks, note = await told(db, town, notice)
    assert "ddnst" == marks
    assert "收到 499.99 元，没有入账。列入退款：到账金额少于通知金额。" in note
    assert "ddntt" == (await told(db, town, other))[0]
    await db.execute("UPDATE line_case SET state = 'completed'")
    assert "ddntt" == (await told(db, town, notice))[0]
