"""Promises of services/reconciler/worker.py: what happens to a statement from its bytes to its ledgers."""

from collections.abc import AsyncIterator

import pytest

from libsubsidy import Policy
from services.reconciler.worker import Worker
from services.store.database import Actor, Pool, Role, acting, open_pool
from services.store.statements import receive
from tests.reconciler.bank import Bank, Payment
from tests.reconciler.town import Due, count, money_of, proves, settle_down, state_of

INTAKE = Actor(role=Role.WORKER, name="intake", origin="tests")


@pytest.fixture
async def pool(database_url) -> AsyncIterator[Pool]:
    """A pool on the test's database."""
    async with open_pool(database_url) as pool:
        yield pool


@pytest.fixture
def worker(pool):
    """A worker that works only when it is told to drain."""
    return Worker(pool, "worker/1", policy=Policy())


async def deliver(pool, body, *, message_id=None, source="demo-bank", uploaded_by=None):
    """Store a file as the queue would."""
    async with pool.acquire() as connection, acting(connection, INTAKE):
        return await receive(
            connection,
            source=source,
            message_id=message_id,
            filename="day.ofx",
            body=body,
            received_from="tests",
            uploaded_by=uploaded_by,
        )


async def test_an_exact_payment_credits_every_employee_once(db, pool, worker):
    """The memo and the amount are exact: the notice is paid, the order credited, each person's ledger has one entry."""
    due = Due(people=3)
    await settle_down(db, [due])
    await deliver(pool, Bank().statement([Payment(fen=due.fen, memo=f"{due.memo}，2020年4月份雇员汇缴款")]))

    await worker.drain()

    state = await state_of(db)
    assert [("75256", "A7W5", "paid")] == state["notices"]
    assert [(1, "credited")] == state["orders"]
    assert 3 == len(state["ledger"])
    assert proves(await money_of(db))


async def test_a_file_delivered_again_changes_not_one_row(db, pool, worker):
    """The same message, and the same bytes under another id, add nothing but the note of the delivery."""
    due = Due()
    await settle_down(db, [due])
    body = Bank().statement([Payment(fen=due.fen, memo=due.memo), Payment(fen=1, memo="?")])
    await deliver(pool, body, message_id="m1")
    await worker.drain()
    before = await count(db)

    await deliver(pool, body, message_id="m1")
    await worker.drain()
    assert before == await count(db)

    await deliver(pool, body, message_id="m2")
    await worker.drain()
    assert {**before, "statement_delivery": 2} == await count(db)
