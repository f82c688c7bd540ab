"""Every event that the services write into the outbox is one that the relay lets out."""

from typing import Any

import pytest

from libsubsidy import Policy
from services.bus import topology
from services.bus.cloudevents import to_message
from services.bus.consume import StatementConsumer
from services.bus.publish import OutgoingStatement, publish_statement
from services.reconciler.intake import Intake
from services.reconciler.worker import Worker
from services.store import application_decisions, notices, outbox, withdrawal_payments
from services.store.approvals import _approved_event
from services.store.database import Actor, Connection, Pool, Role, acting
from services.store.orders import order_of
from services.store.statements import receive
from services.store.withdrawal_payments import Seen
from tests.bus.conftest import IMPATIENT, Bystander, eventually, running
from tests.reconciler.bank import Bank, Payment
from tests.reconciler.town import BUREAU, Due, settle_down
from tests.store import test_withdrawals as withdrawn
from tests.store.fund import register
from tests.store.test_applications import ask, row

INTAKE = Actor(role=Role.WORKER, name="intake", origin="tests")


async def _told(db: Connection) -> set[str]:
    """Let every row of the outbox become a message; give their types."""
    rows = await outbox.take_batch(db, 1_000)
    return {str(to_message(row).headers["cloudEvents_type"]) for row in rows}


async def test_reconciling_tells_what_the_contract_says(db: Connection, pool: Pool) -> None:
    """A statement that settles and flags, and one that is refused, tell all their events by the contract."""
    due = Due()
    await settle_down(db, [due])
    good = Bank().statement([Payment(fen=due.fen, memo=due.memo), Payment(fen=1, memo="?")])
    for message_id, body in (("good", good), ("bad", good[:-200])):
        async with acting(db, INTAKE):
            await receive(
                db, source="demo-bank", message_id=message_id, filename="day.ofx", body=body, received_from="tests"
            )
    await Worker(pool, "worker/1", policy=Policy()).drain()
    expected = {"remittance.settled.v1", "refund.flagged.v1", "statement.reconciled.v1", "statement.refused.v1"}
    assert expected == await _told(db)


async def test_orders_tell_what_the_contract_says(db: Connection) -> None:
    """An order that is approved and one that is cancelled tell it by the contract."""
    await settle_down(db, [Due()])
    (row,) = await db.fetch("SELECT * FROM remittance_order")
    order = order_of(row)
    assert order.notice_id
    await outbox.append(db, [_approved_event(order, order.notice_id)])
    async with acting(db, BUREAU):
        await notices.cancel(db, order.notice_id, "同一笔汇缴重复申报")
    assert {"order.approved.v1", "order.cancelled.v1"} == await _told(db)


@pytest.mark.parametrize("decide", [application_decisions.send_back, application_decisions.reject, None])
async def test_applications_tell_what_the_contract_says(db: Connection, decide: Any) -> None:
    """Whatever is decided about an application is told by the contract."""
    asked = await ask(db, await register(db), row(1))
    async with acting(db, BUREAU):
        if decide is None:
            await application_decisions.approve(db, asked.id, asked.version)
        else:
            await decide(db, asked.id, asked.version, "证件不清")
    assert {"application.decided.v1"} == await _told(db)


async def test_withdrawals_tell_what_the_contract_says(db: Connection) -> None:
    """What the bank has booked, and what it has sent back, is told by the contract."""
    done = await withdrawn.paid(db, await withdrawn.paying(db, await withdrawn.approved(db, await withdrawn.asked(db))))
    assert {
        "order.approved.v1",
        "remittance.settled.v1",
        "application.decided.v1",
        "withdrawal.paid.v1",
    } == await _told(db)
    await db.execute("DELETE FROM outbox")
    async with acting(db, withdrawn.FINANCE):
        await withdrawal_payments.bounce(db, Seen(done.id, done.version), "收款账户已销户")
    assert {"withdrawal.returned.v1"} == await _told(db)


@pytest.mark.parametrize("packed", [False, True])
async def test_a_statement_travels_from_the_sender_into_the_store(
    db: Connection, pool: Pool, vhost_url: str, bystander: Bystander, *, packed: bool
) -> None:
    """The real handler behind the real queue: stored once however often it is sent; another file under its id is not."""
    statement = OutgoingStatement(source="demo-bank", filename="a.ofx", body=b"<OFX>", message_id="1", packed=packed)
    other = OutgoingStatement(source="demo-bank", filename="a.ofx", body=b"<OFX></OFX>", message_id="1")
    intake = Intake(pool)
    async with running(StatementConsumer(vhost_url, intake.take, intake.ready, backoff=IMPATIENT)):
        for sent in (statement, statement, other):
            await publish_statement(vhost_url, sent)
        (letter,) = await bystander.receive(topology.DEAD_QUEUE, 1)
        await eventually(lambda: _is_drained(bystander))
    assert (other.body, "MESSAGE_ID_REUSED", [b"<OFX>"]) == (
        letter.body,
        letter.headers["subsidy-reason"],
        [row["bytes"] for row in await db.fetch("SELECT bytes FROM statement_chunk")],
    )


async def _is_drained(bystander: Bystander) -> bool:
    return 0 == await bystander.depth(topology.STATEMENTS_QUEUE)
