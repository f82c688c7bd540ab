"""What must not stop, starve or fool a worker."""

import asyncio
from typing import Any

import pytest

from services.reconciler import reading
from services.reconciler import worker as workers
from services.reconciler.worker import TRIES_MAX, Worker
from services.store import leases, staging
from services.store.database import Connection
from tests.reconciler.bank import Bank, Payment
from tests.reconciler.conftest import Deliver
from tests.reconciler.town import Due, expire_leases, settle_down

DUE = Due()


async def test_a_table_that_is_emptied_after_the_count_is_not_the_end_of_a_statement(
    db: Connection, deliver: Deliver, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server crashes between counting the staged lines and taking them: the file is read again, and nothing is lost."""
    await settle_down(db, [DUE])
    await deliver(Bank().statement([Payment(fen=DUE.fen, memo=DUE.memo)]))
    count = staging.count_staged
    emptied: list[str] = []

    async def counted_and_lost(connection: Connection, statement_id: int) -> int:
        counted = await count(connection, statement_id)
        if await connection.fetchval("SELECT state = 'proven' FROM statement") and not emptied:
            emptied.append(await connection.execute("DELETE FROM staged_line"))
        return counted

    monkeypatch.setattr(staging, "count_staged", counted_and_lost)

    await worker.drain()

    assert ["DELETE 1"] == emptied
    assert "reconciled" == await db.fetchval("SELECT state FROM statement")
    assert "paid" == await db.fetchval("SELECT state FROM payment_notice")


async def test_a_file_that_reads_too_slowly_neither_starves_the_others_nor_is_tried_for_ever(
    db: Connection, deliver: Deliver, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time limit counts as a try; after a few the file is parked for a person."""
    await settle_down(db, [DUE])
    next_rows = reading._next_rows

    def slow_for_the_first(lines: Any, statement_id: int) -> Any:
        if statement_id == 1:
            raise TimeoutError
        return next_rows(lines, statement_id)

    monkeypatch.setattr(reading, "_next_rows", slow_for_the_first)
    bank = Bank()
    await deliver(bank.statement([]), message_id="slow")
    await deliver(bank.statement([Payment(fen=DUE.fen, memo=DUE.memo)]), message_id="quick")

    await worker.drain()
    assert ["received", "reconciled"] == [r["state"] for r in await db.fetch("SELECT state FROM statement ORDER BY id")]

    for _ in range(TRIES_MAX):
        await expire_leases(db)
        await worker.drain()
    row = await db.fetchrow("SELECT state, findings -> 0 ->> 'code' FROM statement WHERE id = 1")
    assert ("held", "WORK_FAILED") == tuple(row or ())


async def test_a_stop_is_never_swallowed(
    db: Connection, deliver: Deliver, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker told to stop just while it ends the renewal of its lease stops all the same."""
    await deliver(Bank().statement([]))
    claimed = await worker._claim()
    assert claimed is not None
    renewing, may_end = asyncio.Event(), asyncio.Event()

    async def stubborn(*_: object) -> None:
        renewing.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await may_end.wait()
            raise

    monkeypatch.setattr(workers, "_RENEW_SECONDS", 0.0)
    monkeypatch.setattr(leases, "fence", stubborn)
    leaving = asyncio.Event()

    async def stage() -> None:
        async with worker._renewing(claimed):
            await renewing.wait()
            leaving.set()

    task = asyncio.create_task(stage())
    await leaving.wait()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    may_end.set()

    with pytest.raises(asyncio.CancelledError):
        await task
