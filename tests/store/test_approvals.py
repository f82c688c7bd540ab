"""Approving, returning, rejecting: one transaction each, and one reviewer at a time."""

import asyncio
import json
from random import Random

import pytest

from libsubsidy import (
    ORDER_CODES_MAX,
    EmploymentState,
    Memo,
    Money,
    Month,
    NoticeState,
    OrderKind,
    OrderState,
    Policy,
    order_code_checks,
    order_codes,
)
from services.bus.events import OrderApproved, OrderCancelled
from services.bus.wire import read_strictly
from services.store import approvals, audit, notices, order_contents, orders, submissions
from services.store.database import Connection, acting, connect
from services.store.employers import Employer
from services.store.orders import Order
from services.store.reasons import REASON_CHARACTERS_MAX
from services.store.refusals import RefusedError
from tests.store.fund import (
    BUREAU,
    POLICY,
    START,
    TODAY,
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

NO_CODES_LEFT = """
    INSERT INTO payment_notice (employer_id, employer_code, order_code, amount_fen, state, decided_at)
    SELECT $1, $2, code, 1, 'cancelled', now() FROM unnest($3::text[]) AS code
"""


def codes(caught: pytest.ExceptionInfo[RefusedError]) -> list[str]:
    """The codes of a refusal."""
    return [found.code for found in caught.value.violations]


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """The manual's employer."""
    return await register(db, code="75256")


async def an_order(connection: Connection, employer: Employer, month: Month = START) -> Order:
    """A submitted order of the one employee."""
    person_id = await connection.fetchval("SELECT min(person_id) FROM employment WHERE employer_id = $1", employer.id)
    if person_id is None:
        (person_id,) = await employ(connection, employer, new_employee(employer.id))
    return await submitted(connection, employer, line(person_id, month))


async def test_an_approved_order_has_one_notice_with_a_memo(db: Connection, employer: Employer) -> None:
    """F97, F99, F100, I26, I28: amount of the order, the employer's code, an order code that checks, waiting to be paid."""
    order = await an_order(db, employer)
    notice = await approve(db, order)
    assert (employer.id, order.total, NoticeState.AWAITING) == (notice.employer_id, notice.amount, notice.state)
    assert ("75256", True) == (notice.memo.employer_code, order_code_checks(notice.memo))
    async with acting(db, clerk_of(employer)):
        after = await orders.get(db, order.id)
        assert (OrderState.APPROVED, notice.id, order.version + 1) == (after.state, after.notice_id, after.version)
        assert notice == await notices.get(db, notice.id)
        assert (notice,) == await notices.of_employer(db, employer.id)


async def test_the_trail_and_the_event_tell_of_it(db: Connection, employer: Employer) -> None:
    """Who approved from where is noted, and the event is one that the bus's own class reads back strictly."""
    order = await an_order(db, employer)
    notice = await approve(db, order)
    async with acting(db, BUREAU):
        trail = await audit.history(db, "order", order.id)
        noticed = await audit.history(db, "notice", notice.id)
    assert ("submitted", "approved", "user/2", "192.0.2.2", employer.id) == (
        trail[-1].from_state, trail[-1].to_state, trail[-1].actor, trail[-1].origin, trail[-1].employer_id,
    )  # fmt: skip
    assert [("", "awaiting")] == [(event.from_state, event.to_state) for event in noticed]
    (told,) = await db.fetch("SELECT type, subject, body FROM outbox")
    event = read_strictly(told["type"], json.dumps(told["body"]))
    assert isinstance(event, OrderApproved)
    assert (event.subject, order.id, employer.id, order.total, "regular", START, START, 1, notice.id) == (
        told["subject"], event.order_id, event.employer_id, event.amount, event.kind, event.first_month,
        event.last_month, event.people, event.notice_id,
    )  # fmt: skip


async def test_several_orders_go_into_one_notice(db: Connection, employer: Employer) -> None:
    """合并缴款: one memo for the sum; one event for each order."""
    made = [await an_order(db, employer, START + step) for step in range(3)]
    notice = await approve(db, *made)
    assert (Money.parse("1500.00"), 3) == (notice.amount, await db.fetchval("SELECT count(*) FROM outbox"))
    assert [notice.id] * 3 == [(await orders.get(db, order.id)).notice_id for order in made]


async def test_an_awaiting_notice_is_joined(db: Connection, employer: Employer) -> None:
    """The old notice is merged into the new one, which asks for everything; the old memo settles nothing."""
    first, second = await an_order(db, employer), await an_order(db, employer, START + 1)
    old = await approve(db, first)
    joint = await approve(db, second, join=(old.id,), seed=2)
    merged = await notices.get(db, old.id)
    assert (Money.parse("1000.00"), NoticeState.MERGED, joint.id) == (joint.amount, merged.state, merged.merged_into)
    assert [joint.id] * 2 == [(await orders.get(db, order.id)).notice_id for order in (first, second)]
    async with acting(db, BUREAU):
        trail = await audit.history(db, "notice", old.id)
    assert ("merged", f"notice/{joint.id}") == (trail[-1].to_state, trail[-1].reason)


async def test_orders_of_two_employers_never_share_a_notice(db: Connection, employer: Employer) -> None:
    """A notice is one employer's: its memo begins with that employer's code."""
    other = await register(db, 2)
    mine, foreign = await an_order(db, employer), await an_order(db, other)
    with pytest.raises(RefusedError) as caught:
        await approve(db, mine, foreign)
    assert ["ONE_EMPLOYER_PER_NOTICE"] == codes(caught)
    notice = await approve(db, foreign)
    with pytest.raises(RefusedError) as caught:
        await approve(db, mine, join=(notice.id,))
    assert ["ONE_EMPLOYER_PER_NOTICE"] == codes(caught)


@pytest.mark.parametrize("state", ["paid", "cancelled"])
async def test_a_notice_that_is_no_longer_open_is_not_joined(db: Connection, employer: Employer, state: str) -> None:
    """What was paid or cancelled cannot be asked for again."""
    first, second = await an_order(db, employer), await an_order(db, employer, START + 1)
    old = await approve(db, first)
    if state == "paid":
        await pay(db, old)
    else:
        async with acting(db, BUREAU):
            await notices.cancel(db, old.id, "改由下月一并缴款")
    with pytest.raises(RefusedError) as caught:
        await approve(db, second, join=(old.id,), seed=2)
    assert (["NOTICE_STATE"], OrderState.SUBMITTED) == (codes(caught), (await orders.get(db, second.id)).state)


async def test_nothing_chosen_is_nothing_approved(db: Connection) -> None:
    """An empty list makes no notice over nothing."""
    with pytest.raises(RefusedError) as caught:
        await approve(db)
    assert ["NOTHING_CHOSEN"] == codes(caught)


async def test_absent_orders_and_notices_are_absent(db: Connection, employer: Employer) -> None:
    """An id that nobody has, alone or beside a real one, is refused."""
    order = await an_order(db, employer)
    refusals = []
    for seen, join in (({4711: 1}, ()), ({order.id: order.version, 4711: 1}, ()), ({}, (4711,))):
        with pytest.raises(RefusedError) as caught:
            async with acting(db, BUREAU):
                await approvals.approve(db, seen, join=join, policy=POLICY, today=TODAY, rng=Random(1))  # noqa: S311
        refusals += codes(caught)
    assert ["ABSENT"] * 3 == refusals


async def test_of_two_reviewers_the_second_is_told(db: Connection, employer: Employer, database_url: str) -> None:
    """Both click at once: one notice, and the other learns that the order was changed (STALE_VERSION)."""
    order = await an_order(db, employer)
    other = await connect(database_url)
    try:
        async with acting(db, BUREAU):
            await approvals.approve(
                db,
                {order.id: order.version},
                policy=POLICY,
                today=TODAY,
                rng=Random(1),  # noqa: S311
            )
            racing = asyncio.create_task(approve(other, order, seed=2))
            await until_somebody_waits(database_url)
        with pytest.raises(RefusedError) as caught:
            await racing
    finally:
        await other.close()
    assert (["STALE_VERSION"], 1) == (codes(caught), await db.fetchval("SELECT count(*) FROM payment_notice"))


async def test_a_rejection_beside_an_approval_is_told(db: Connection, employer: Employer, database_url: str) -> None:
    """One reviewer rejects while another approves: whoever comes second is refused, and nothing is half done."""
    order = await an_order(db, employer)
    other = await connect(database_url)
    try:
        async with acting(db, BUREAU):
            await approvals.reject(db, order.id, order.version, "重复")
            racing = asyncio.create_task(approve(other, order))
            await until_somebody_waits(database_url)
        with pytest.raises(RefusedError) as caught:
            await racing
    finally:
        await other.close()
    assert (["STALE_VERSION"], 0, 0) == (
        codes(caught),
        await db.fetchval("SELECT count(*) FROM payment_notice"),
        await db.fetchval("SELECT count(*) FROM claim"),
    )


async def test_a_state_that_forbids_it_is_named(db: Connection, employer: Employer) -> None:
    """With the right version but in the wrong state, the refusal says what the order is."""
    order = await an_order(db, employer)
    async with acting(db, BUREAU):
        returned = await approvals.send_back(db, order.id, order.version, "金额与档案不符")
    with pytest.raises(RefusedError) as caught:
        await approve(db, returned)
    (found,) = caught.value.violations
    assert ("ORDER_STATE", "已退回", "returned") == (
        found.code, found.params["state_zh"], found.params["state_en"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("decide", "state"), [(approvals.send_back, OrderState.RETURNED), (approvals.reject, OrderState.REJECTED)]
)
async def test_what_is_not_approved_frees_its_months(
    db: Connection, employer: Employer, decide: object, state: OrderState
) -> None:
    """The reason is kept where the employer reads it, the months are free, and another order can have them."""
    order = await an_order(db, employer)
    assert callable(decide)
    async with acting(db, BUREAU):
        await decide(db, order.id, order.version, "  金额与档案不符 ")
    async with acting(db, clerk_of(employer)):
        ended = await orders.get(db, order.id)
        trail = await audit.history(db, "order", order.id)
    assert (state, "金额与档案不符", "金额与档案不符", 0) == (
        ended.state, ended.remark, trail[-1].reason, await db.fetchval("SELECT count(*) FROM claim"),
    )  # fmt: skip
    assert OrderState.SUBMITTED is (await an_order(db, employer)).state


@pytest.mark.parametrize(
    ("reason", "refusal"), [("", "REASON_MISSING"), (" \n", "REASON_MISSING"), ("字" * 501, "REASON_TOO_LONG")]
)
async def test_a_decision_against_needs_a_reason(db: Connection, reason: str, refusal: str) -> None:
    """An employer is told why, in so many characters."""
    refusals = []
    for act in (
        approvals.send_back(db, 1, 1, reason),
        approvals.reject(db, 1, 1, reason),
        notices.cancel(db, 1, reason),
    ):
        with pytest.raises(RefusedError) as caught:
            await act
        refusals += codes(caught)
    assert ([refusal] * 3, 500) == (refusals, REASON_CHARACTERS_MAX)


async def test_a_returned_order_keeps_the_reason_while_it_is_revised(db: Connection, employer: Employer) -> None:
    """Whoever mends it still reads what is to be mended; once submitted again it is gone."""
    order = await an_order(db, employer)
    async with acting(db, BUREAU):
        order = await approvals.send_back(db, order.id, order.version, "金额与档案不符")
    async with acting(db, clerk_of(employer)):
        order = await submissions.revise(db, order.id, order.version)
        assert "金额与档案不符" == order.remark
        order = await submissions.submit(db, order.id, order.version, policy=POLICY, today=TODAY)
    assert "" == order.remark


async def test_the_start_month_rule_is_asked_again(db: Connection, employer: Employer) -> None:
    """First remittance sent back after the back-payment was submitted: back to "never", so it is refused (F92)."""
    (one,) = await employ(db, employer, new_employee(1))
    first = await submitted(db, employer, line(one, START))
    back = await submitted(db, employer, line(one, START + 1), kind=OrderKind.MONTHLY)
    async with acting(db, BUREAU):
        await approvals.send_back(db, first.id, first.version, "先补档案")
    with pytest.raises(RefusedError) as caught:
        await approve(db, back)
    assert ["BP_NOT_BEFORE_START"] == codes(caught)
    await submitted(db, employer, line(one, START))
    assert NoticeState.AWAITING is (await approve(db, back)).state


async def test_who_is_sealed_after_submitting_stays_payable(db: Connection, employer: Employer) -> None:
    """D-9: sealing does not touch open lines."""
    order = await an_order(db, employer)
    await db.execute("UPDATE employment SET state = $1", EmploymentState.SEALED.value)
    assert NoticeState.AWAITING is (await approve(db, order)).state


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE order_line SET amount_fen = amount_fen + 1",
        "DELETE FROM claim",
        "UPDATE remittance_order SET total_fen = total_fen + 1",
    ],
)
async def test_what_differs_from_what_was_submitted_is_not_approved(
    db: Connection, employer: Employer, change: str
) -> None:
    """Even if somebody got past the triggers: money is asked for only when lines, totals and claims agree."""
    order = await an_order(db, employer)
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")
        await db.execute(change)
    with pytest.raises(RefusedError) as caught:
        await approve(db, order)
    assert ["ORDER_CHANGED"] == codes(caught)


async def test_a_refused_approval_leaves_nothing(db: Connection, employer: Employer) -> None:
    """One of two orders cannot be approved: neither is, and no code is spent."""
    good, bad = await an_order(db, employer), await an_order(db, employer, START + 1)
    async with acting(db, clerk_of(employer)):
        await submissions.retract(db, bad.id, bad.version)
    with pytest.raises(RefusedError):
        await approve(db, good, bad)
    assert (good, 0, 0) == (
        await orders.get(db, good.id),
        await db.fetchval("SELECT count(*) FROM payment_notice"),
        await db.fetchval("SELECT count(*) FROM outbox"),
    )


async def test_an_employer_cannot_approve_by_the_stores_own_function(db: Connection, employer: Employer) -> None:
    """The function does what the role may; the role may not."""
    order = await an_order(db, employer)
    with pytest.raises(Exception, match=r"permission denied|row-level security"):
        async with acting(db, clerk_of(employer)):
            await approvals.approve(
                db,
                {order.id: order.version},
                policy=POLICY,
                today=TODAY,
                rng=Random(1),  # noqa: S311
            )
    assert OrderState.SUBMITTED is (await orders.get(db, order.id)).state


async def test_codes_are_never_used_again(db: Connection, employer: Employer) -> None:
    """I28: the same generator throws the same code first, and the second notice gets another one, also after a cancel."""
    memos: set[Memo] = set()
    for step in range(5):
        notice = await approve(db, await an_order(db, employer, START + step), seed=1)
        memos.add(notice.memo)
        async with acting(db, BUREAU):
            await notices.cancel(db, notice.id, "测试")
    assert 5 == len(memos)


async def test_codes_that_have_run_out_are_told(db: Connection, employer: Employer) -> None:
    """With every code used, the refusal says that wider codes are needed, and the order stays submitted."""
    order = await an_order(db, employer)
    used = [order_codes._code("75256", number) for number in range(ORDER_CODES_MAX)]
    await db.execute(NO_CODES_LEFT, employer.id, "75256", used)
    with pytest.raises(RefusedError) as caught:
        await approve(db, order)
    assert (["ORDER_CODES_EXHAUSTED"], order) == (codes(caught), await orders.get(db, order.id))


async def test_the_alarm_is_given_with_the_notice(db: Connection, employer: Employer) -> None:
    """Four in five codes used: the reviewer reads it."""
    order = await an_order(db, employer)
    used = [f"{number:04}" for number in range(300)]
    await db.execute(NO_CODES_LEFT, employer.id, "75256", used)
    async with acting(db, BUREAU):
        issued = await approvals.approve(
            db,
            {order.id: order.version},
            policy=Policy(order_codes_alarm_percent=1),
            today=TODAY,
            rng=Random(1),  # noqa: S311
        )
    assert issued.alarm is not None
    assert ("ORDER_CODES_ALARM", 301) == (issued.alarm.code, issued.alarm.params["used"])


async def test_a_reviewer_reads_what_is_worth_a_look(db: Connection, employer: Employer) -> None:
    """Every amount that differs from the file is shown (design §12)."""
    same, other = await employ(db, employer, *map(new_employee, range(2)))
    order = await submitted(db, employer, line(same, START), line(other, START, Money(fen=1)))
    async with acting(db, BUREAU):
        advice = await order_contents.examine(db, order)
    assert [("AMOUNT_DIFFERS_FROM_FILE", "0.01")] == [(it.code, it.params["amount"]) for it in advice]


async def test_a_second_lump_sum_is_worth_a_look(db: Connection, employer: Employer) -> None:
    """Two lump sums with one label may be one sent twice; the order itself is not the other one."""
    (one,) = await employ(db, employer, new_employee(1))
    made = [await submitted(db, employer, line(one, START - 1), kind=OrderKind.LUMP_DIFFERENCE) for _ in range(1)]
    async with acting(db, BUREAU):
        alone = await order_contents.examine(db, made[0])
    second = await submitted(db, employer, line(one, START - 1), kind=OrderKind.LUMP_DIFFERENCE)
    async with acting(db, BUREAU):
        beside = await order_contents.examine(db, second)
    assert ([], ["CONFIRM_SECOND_LUMP"]) == ([it.code for it in alone], [it.code for it in beside])


async def test_a_notice_holds_a_limited_number_of_orders(db: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one reviewer decides at once has a limit."""
    monkeypatch.setattr(approvals, "ORDERS_PER_NOTICE_MAX", 1)
    with pytest.raises(RefusedError) as caught:
        await approvals.approve(db, {1: 1, 2: 1}, policy=POLICY, today=TODAY, rng=Random(1))  # noqa: S311
    assert ["LIST_TOO_LONG"] == codes(caught)


async def test_cancelling_tells_the_world(db: Connection, employer: Employer) -> None:
    """Each cancelled order is an event that the bus's own class reads back."""
    order = await an_order(db, employer)
    notice = await approve(db, order)
    async with acting(db, BUREAU):
        await notices.cancel(db, notice.id, "单位申请")
    told = await db.fetchrow("SELECT type, subject, body FROM outbox ORDER BY id DESC LIMIT 1")
    assert told is not None
    event = read_strictly(told["type"], json.dumps(told["body"]))
    assert isinstance(event, OrderCancelled)
    assert (told["subject"], order.id, employer.id, order.total, notice.id) == (
        event.subject, event.order_id, event.employer_id, event.amount, event.notice_id,
    )  # fmt: skip
