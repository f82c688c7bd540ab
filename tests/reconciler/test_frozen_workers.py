"""A worker that freezes and wakes up after another one has taken over writes nothing."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.reconciler.worker import Worker
from services.store.database import Connection, connect
from services.store.leases import LEASE, abandoned_transactions, claim_next
from tests.patience import eventually
from tests.reconciler.bank import Bank
from tests.reconciler.conftest import Deliver, Undisturbed
from tests.reconciler.outcomes import DUES, MAIN, PAYMENTS
from tests.reconciler.processes import Reconciler, reconciling
from tests.reconciler.town import count, events_of, expire_leases, is_worked_off, settle_down, state_of

# What a statement waits for at the longest after its worker is gone.
TAKE_OVER_SECONDS_MAX = 60.0
_BLOCKED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'subsidy reconciler' AND wait_event_type = 'Lock'
    """
# Each keeps a worker from going on at one place of one stage.
READING = "LOCK TABLE statement_chunk IN ACCESS EXCLUSIVE MODE"
PROVING = "SELECT FROM bank_account FOR UPDATE"
FETCHING = "LOCK TABLE staged_line IN ACCESS EXCLUSIVE MODE"
IN_A_STATEMENT = "LOCK TABLE line_case IN ACCESS EXCLUSIVE MODE"
IN_A_BATCH = f"SELECT FROM payment_notice WHERE order_code = '{MAIN.order_code}' FOR UPDATE"


async def begin(db: Connection, deliver: Deliver, worker: Worker, state: str) -> None:
    """Deliver a day and bring its statement to a state."""
    await settle_down(db, DUES)
    await deliver(Bank().statement(PAYMENTS))
    while state != await db.fetchval("SELECT state FROM statement"):
        claimed = await worker._claim()
        assert claimed is not None
        await worker.advance(claimed)


@asynccontextmanager
async def frozen(database_url: str, db: Connection, lock: str) -> AsyncIterator[Reconciler]:
    """Freeze a reconciler while it waits for a lock, and let the lock go: the server works on, the process does not."""
    keeper = await connect(database_url, application="keeper of the lock")
    holding = keeper.transaction()
    await holding.start()
    await keeper.execute(lock)
    async with reconciling(database_url) as process:
        await process.brings_about(lambda: db.fetchval(_BLOCKED))
        process.signal(signal.SIGSTOP)
        await holding.rollback()
        await keeper.close(timeout=10)
        yield process


async def end_idle_transactions(db: Connection) -> None:
    """Do now what the server does after `IDLE_IN_TRANSACTION_MS_MAX`."""
    await db.execute(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'subsidy reconciler' AND state = 'idle in transaction'
        """
    )


@pytest.mark.parametrize(
    ("state", "lock"), [("received", READING), ("proven", FETCHING)], ids=["while reading", "between batches"]
)
async def test_a_worker_that_wakes_up_between_transactions_is_told_that_its_lease_is_lost(
    db: Connection,
    database_url: str,
    deliver: Deliver,
    worker: Worker,
    undisturbed: Undisturbed,
    *,
    state: str,
    lock: str,
) -> None:
    """Its next write finds another epoch; it says so and changes no row."""
    await begin(db, deliver, worker, state)
    async with frozen(database_url, db, lock) as process:
        await eventually(lambda: has_no_query(db))
        await expire_leases(db)
        await worker.drain()
        left = await count(db)

        process.signal(signal.SIGCONT)
        await process.brings_about(lambda: says(process, "lease lost"))
        process.signal(signal.SIGTERM)
        assert 0 == await process.ended(), process.log()

    assert left == await count(db)
    assert undisturbed.state == await state_of(db)
    assert undisturbed.events == await events_of(db)


@pytest.mark.parametrize(
    ("state", "lock"), [("staged", PROVING), ("proven", IN_A_BATCH)], ids=["while proving", "in a batch"]
)
async def test_a_worker_that_wakes_up_within_a_transaction_finds_it_rolled_back(
    db: Connection,
    database_url: str,
    deliver: Deliver,
    worker: Worker,
    undisturbed: Undisturbed,
    *,
    state: str,
    lock: str,
) -> None:
    """The server ends the session of a frozen worker, whose lock would keep others away; awake it works on as any other."""
    await begin(db, deliver, worker, state)
    async with frozen(database_url, db, lock) as process:
        await eventually(lambda: has_no_query(db))
        await end_idle_transactions(db)
        await expire_leases(db)
        await eventually(lambda: works_off(db, worker))
        left = await count(db)

        process.signal(signal.SIGCONT)
        await process.brings_about(lambda: says(process, "database not reached"))
        process.signal(signal.SIGTERM)
        assert 0 == await process.ended(), process.log()

    assert left == await count(db)
    assert undisturbed.state == await state_of(db)
    assert undisturbed.events == await events_of(db)


async def test_a_frozen_worker_is_replaced_within_a_minute(
    db: Connection, database_url: str, deliver: Deliver, worker: Worker, undisturbed: Undisturbed
) -> None:
    """With the real lease and the real limits another process takes a batch over and finishes the statement.

    It froze within a statement of SQL, where no limit on idle transactions meets it, and holds the row: whoever looks for
    work ends its session, once the lease has run out and not before.
    """
    await begin(db, deliver, worker, "proven")
    async with frozen(database_url, db, IN_A_STATEMENT) as process, reconciling(database_url) as other:
        await eventually(lambda: has_no_query(db))
        assert ([], 0) == (await abandoned_transactions(db), await worker.drain())
        seconds = await eventually(lambda: is_worked_off(db), seconds_max=TAKE_OVER_SECONDS_MAX)
        left = await count(db)
        process.signal(signal.SIGCONT)
        await process.brings_about(lambda: says(process, "database not reached"))
        assert await says(other, "frozen sessions ended")

    assert LEASE.total_seconds() / 3 < seconds < TAKE_OVER_SECONDS_MAX
    assert left == await count(db)
    assert undisturbed.state == await state_of(db)


@pytest.mark.parametrize("state", ["received", "staged", "proven"])
async def test_a_worker_of_an_older_epoch_changes_nothing(
    db: Connection, deliver: Deliver, worker: Worker, state: str
) -> None:
    """Whatever the stage, a worker whose statement was taken over leaves every row as it is."""
    await begin(db, deliver, worker, state)
    claimed = await worker._claim()
    assert claimed is not None
    await expire_leases(db)
    async with db.transaction():
        assert await claim_next(db, "worker/2") is not None
    left = await count(db), await db.fetchrow("SELECT * FROM statement")

    await worker.advance(claimed)

    assert left == (await count(db), await db.fetchrow("SELECT * FROM statement"))


async def has_no_query(db: Connection) -> bool:
    """Say whether the server has done all that reconcilers had asked of it."""
    return not await db.fetchval(
        """
        SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
                       AND application_name = 'subsidy reconciler' AND wait_event IS DISTINCT FROM 'ClientRead')
        """
    )


async def works_off(db: Connection, worker: Worker) -> bool:
    """Let the worker look; the server may need a moment to end a session."""
    await worker.drain()
    return await is_worked_off(db)


async def says(process: Reconciler, words: str) -> bool:
    """Say whether the process has logged something."""
    return words in await asyncio.to_thread(process.log)
