"""What the tests of the reconciler share: a pool, a worker that works when told to, and a way to hand files in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import attrs
import pytest

from libsubsidy import Policy
from services.reconciler.worker import Worker
from services.store.database import Pool, connect, open_pool
from services.store.statements import Received
from tests.reconciler.bank import Bank
from tests.reconciler.outcomes import DUES, PAYMENTS
from tests.reconciler.town import deliver as hand_in
from tests.reconciler.town import events_of, settle_down, state_of
from tests.servers.postgres import TestDatabases

Deliver: TypeAlias = Callable[..., Awaitable[Received]]


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on the test's database."""
    async with open_pool(database_url) as opened:
        yield opened


@pytest.fixture
def worker(pool: Pool) -> Worker:
    """A worker that works only when it is told to drain."""
    return Worker(pool, "worker/1", policy=Policy())


@pytest.fixture
def deliver(pool: Pool) -> Deliver:
    """Hand files in as the queue does, one after the other."""

    async def delivered(body: bytes, **how: Any) -> Received:
        return await hand_in(pool, body, **how)

    return delivered


@attrs.frozen
class Undisturbed:
    """What a varied day leaves behind when nothing goes wrong."""

    state: dict[str, list[tuple[object, ...]]]
    events: list[tuple[object, ...]]


@pytest.fixture(scope="session")
def undisturbed(postgres: TestDatabases) -> Undisturbed:
    """One worker, one file, no fault."""

    async def work() -> Undisturbed:
        name = await postgres.copy()
        url = postgres.url_of(name)
        db = await connect(url)
        async with open_pool(url) as pool:
            await settle_down(db, DUES)
            await hand_in(pool, Bank().statement(PAYMENTS))
            await Worker(pool, "worker/0", policy=Policy()).drain()
        left = Undisturbed(await state_of(db), await events_of(db))
        await db.close(timeout=10)
        await postgres.drop(name)
        return left

    return asyncio.run(work())
