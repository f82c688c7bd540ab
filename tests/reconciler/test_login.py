"""What the services log in as: a member of the roles, no superuser, with no right of its own."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from libsubsidy import Policy
from services.reconciler.worker import Worker
from services.store.database import Pool, connect, open_pool
from tests.reconciler.bank import Bank, Payment
from tests.reconciler.town import Due, deliver, money_of, proves, settle_down, state_of

LOGIN = "subsidy_app"


@pytest.fixture
async def login_url(db, database_url: str) -> str:
    """The URL of the login that docs/operations.md tells to make."""
    await db.execute(
        f"""
        DO $$ BEGIN CREATE ROLE {LOGIN} LOGIN NOINHERIT; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        GRANT subsidy_employer, subsidy_bureau, subsidy_person, subsidy_auth, subsidy_worker TO {LOGIN};
        """
    )
    return database_url.replace("subsidy@", f"{LOGIN}@", 1)


@pytest.fixture
async def login_pool(login_url: str) -> AsyncIterator[Pool]:
    """A pool of connections that are no superuser's."""
    async with open_pool(login_url) as pool:
        yield pool


async def test_the_login_itself_sees_nothing(login_url):
    """Outside of a role there is no right, not even to read."""
    connection = await connect(login_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT FROM bank_line")
    finally:
        await connection.close(timeout=10)


async def test_a_statement_goes_its_whole_way_under_the_login(db, login_pool):
    """Received, read, proven, settled, flagged, and a gap that waits: all with the rights of the worker's role."""
    due = Due()
    await settle_down(db, [due])
    bank = Bank()
    first = bank.statement(
        [Payment(fen=due.fen, memo=due.memo), Payment(fen=7, memo="?"), Payment(fen=-3, memo="支出")]
    )
    second = bank.statement([Payment(fen=due.fen, memo=due.memo)])
    worker = Worker(login_pool, "worker/1", policy=Policy())

    for body in (second, first):
        await deliver(login_pool, body)
        await worker.drain()

    assert {"reconciled"} == {row["state"] for row in await db.fetch("SELECT state FROM statement")}
    assert [("75256", "A7W5", "paid")] == (await state_of(db))["notices"]
    assert proves(await money_of(db))


async def test_frozen_sessions_are_looked_for_under_the_login(login_pool):
    """The search needs no right that the login has not."""
    await Worker(login_pool, "worker/1", policy=Policy())._end_frozen()
