"""Promises of services/reconciler/settling.py: batches are all or nothing, and the cursor says where to go on."""

import asyncpg
import pytest

from libsubsidy import Policy
from services.reconciler.settling import settle_statement
from services.reconciler.worker import Worker
from services.store.database import Actor, Connection, Pool, Role
from services.store.leases import ClaimedStatement
from services.store.posting import PostingError
from tests.reconciler.bank import Bank
from tests.reconciler.conftest import Deliver, Undisturbed
from tests.reconciler.outcomes import DUES, PAYMENTS
from tests.reconciler.town import count, settle_down, state_of

ACTOR = Actor(role=Role.WORKER, name="worker/2", origin="tests")


async def proven(db: Connection, deliver: Deliver, worker: Worker) -> ClaimedStatement:
    """Deliver a day, bring it to its proof, and take it."""
    await settle_down(db, DUES)
    await deliver(Bank().statement(PAYMENTS))
    while True:
        claimed = await worker._claim()
        assert claimed is not None
        if claimed.state == "proven":
            return claimed
        await worker.advance(claimed)


@pytest.mark.parametrize("batch_lines", [1, 2, 7, len(PAYMENTS) - 1, len(PAYMENTS), len(PAYMENTS) + 1])
async def test_the_size_of_a_batch_changes_nothing(
    db: Connection, pool: Pool, deliver: Deliver, worker: Worker, undisturbed: Undisturbed, *, batch_lines: int
) -> None:
    """Two payers with one memo, or equal lines, may stand in one batch or in two."""
    claimed = await proven(db, deliver, worker)
    assert claimed.account_id is not None

    progress = await settle_statement(
        pool, claimed, claimed.account_id, overlaps=False, actor=ACTOR, policy=Policy(), batch_lines=batch_lines
    )

    assert (len(PAYMENTS), len(PAYMENTS)) == (progress.matched_lines, progress.new_lines)
    assert undisturbed.state == await state_of(db)


async def test_a_batch_that_fails_leaves_the_ones_before_it_and_nothing_of_itself(
    db: Connection, pool: Pool, deliver: Deliver, worker: Worker, undisturbed: Undisturbed
) -> None:
    """An order that does not add up stops its batch; mended, the statement goes on behind the last good one."""
    claimed = await proven(db, deliver, worker)
    assert claimed.account_id is not None
    damage = "UPDATE order_line SET amount_fen = amount_fen {} 1 WHERE order_id = 1 AND person_id = 1"
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")
        await db.execute(damage.format("+"))

    with pytest.raises(PostingError):
        await settle_statement(
            pool, claimed, claimed.account_id, overlaps=False, actor=ACTOR, policy=Policy(), batch_lines=2
        )
    rows = await count(db)
    matched = await db.fetchval("SELECT matched_lines FROM statement")
    assert (matched, 0) == (rows["bank_line"], matched % 2)
    assert "approved" == await db.fetchval("SELECT state FROM remittance_order WHERE id = 1")

    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")
        await db.execute(damage.format("-"))
    await db.execute("UPDATE statement SET lease_until = NULL")
    await worker.drain()
    assert undisturbed.state == await state_of(db)


async def test_a_line_that_is_there_already_stops_the_batch_when_nobody_looked(
    db: Connection, pool: Pool, deliver: Deliver, worker: Worker
) -> None:
    """Should the overlap be missed, the database itself forbids the second line, and the money does not move twice."""
    claimed = await proven(db, deliver, worker)
    assert claimed.account_id is not None
    await settle_statement(pool, claimed, claimed.account_id, overlaps=False, actor=ACTOR, policy=Policy())
    before = await state_of(db)

    with pytest.raises(asyncpg.UniqueViolationError, match="bank_line_once"):
        await settle_statement(pool, claimed, claimed.account_id, overlaps=False, actor=ACTOR, policy=Policy())

    assert before == await state_of(db)


async def test_the_work_is_that_of_the_worker_in_the_trail(
    db: Connection, pool: Pool, deliver: Deliver, worker: Worker
) -> None:
    """Who settled a notice is known by name."""
    claimed = await proven(db, deliver, worker)
    assert claimed.account_id is not None
    await settle_statement(pool, claimed, claimed.account_id, overlaps=False, actor=ACTOR, policy=Policy())
    assert {"worker/2"} == {row["settled_by"] for row in await db.fetch("SELECT settled_by FROM settlement")}
    assert {("worker/2", "tests")} == {
        (row["actor"], row["origin"])
        for row in await db.fetch("SELECT actor, origin FROM audit_event WHERE subject_kind IN ('notice', 'case')")
    }
