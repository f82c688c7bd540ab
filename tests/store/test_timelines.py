"""Timelines: who did what when and why, in words that the reader may know."""

from datetime import date

import pytest

from services.store import approvals, submissions, timelines
from services.store.database import Connection, acting
from services.store.refusals import RefusedError
from services.store.timelines import TimelineEvent
from tests.store.fund import BUREAU, START, approve, clerk_of, employ, line, new_employee, pay, register, submitted

USERS = """
    INSERT INTO portal_user (login, role, employer_id, name, password_hash)
    VALUES ('CLERK', 'employer', $1, '王芳', '-'), ('REVIEWER', 'reviewer', NULL, '李审核', '-')
"""


def told(events: tuple[TimelineEvent, ...]) -> list[tuple[str, str, str]]:
    """What a reader sees of each event."""
    return [(event.subject_kind, event.state_zh, event.who_zh) for event in events]


async def test_a_paid_month_is_told_from_draft_to_credit(db: Connection) -> None:
    """Own users by name, the bureau and the bank as offices, and the day on which the bank booked the money."""
    employer = await register(db)
    await db.execute(USERS, employer.id)
    (one,) = await employ(db, employer, new_employee(1))
    order = await submitted(db, employer, line(one, START))
    notice = await approve(db, order)
    await pay(db, notice)
    async with acting(db, clerk_of(employer)):
        of_order = await timelines.of_order(db, order.id)
        of_notice = await timelines.of_notice(db, notice.id)
    assert [
        ("order", "草稿", "王芳"),
        ("order", "待审核", "王芳"),
        ("notice", "待缴款", "住建局"),
        ("order", "待缴款", "住建局"),
        ("notice", "已缴款", "银行对账"),
        ("order", "已入账", "银行对账"),
    ] == told(of_order)
    assert of_order == of_notice
    assert [date(2020, 9, 15)] == [event.paid_on for event in of_order if event.paid_on is not None]


async def test_the_bureau_reads_its_own_names(db: Connection) -> None:
    """What an employer reads as the bureau is a person to the bureau."""
    employer = await register(db)
    await db.execute(USERS, employer.id)
    (one,) = await employ(db, employer, new_employee(1))
    order = await submitted(db, employer, line(one, START))
    async with acting(db, BUREAU):
        await approvals.send_back(db, order.id, order.version, "金额与档案不符")
        (*_, returned) = await timelines.of_order(db, order.id)
    assert ("李审核", "已退回", "金额与档案不符") == (returned.who_zh, returned.state_zh, returned.reason)


async def test_a_joined_notice_tells_what_it_was_joined_from(db: Connection) -> None:
    """The old notice's beginning and end are part of the new one's story (合并缴款)."""
    employer = await register(db)
    one, two = await employ(db, employer, new_employee(1), new_employee(2))
    first = await approve(db, await submitted(db, employer, line(one, START)))
    joint = await approve(db, await submitted(db, employer, line(two, START)), join=(first.id,), seed=2)
    async with acting(db, clerk_of(employer)):
        events = await timelines.of_notice(db, joint.id)
    assert [(first.id, "待缴款"), (joint.id, "待缴款"), (first.id, "已合并")] == [
        (event.subject_id, event.state_zh) for event in events if event.subject_kind == "notice"
    ]


async def test_timelines_of_others_are_absent(db: Connection) -> None:
    """An order and a notice of another employer answer like those that do not exist."""
    employer, other = await register(db, 1), await register(db, 2)
    (foreign,) = await employ(db, other, new_employee(1))
    order = await submitted(db, other, line(foreign, START))
    notice = await approve(db, order)
    async with acting(db, clerk_of(employer)):
        for tell, number in ((timelines.of_order, order.id), (timelines.of_notice, notice.id)):
            with pytest.raises(RefusedError) as caught:
                await tell(db, number)
            assert ["ABSENT"] == [found.code for found in caught.value.violations]


async def test_a_retracted_order_says_who_took_it_back(db: Connection) -> None:
    """Without a user in the portal, as in a migrated trail, the office is told."""
    employer = await register(db)
    (one,) = await employ(db, employer, new_employee(1))
    order = await submitted(db, employer, line(one, START))
    async with acting(db, clerk_of(employer)):
        await submissions.retract(db, order.id, order.version)
        (*_, retracted) = await timelines.of_order(db, order.id)
    assert ("已撤回", "住建局") == (retracted.state_zh, retracted.who_zh)
