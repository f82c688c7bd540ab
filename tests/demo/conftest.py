"""A demo month that the reconciler has worked through: a small one, with every kind of payment."""

from collections.abc import AsyncIterator
from datetime import date

import attrs
import pytest

from demo import books, fund
from demo.employers import Scale
from demo.month import DemoMonth
from demo.orders import Dues
from libsubsidy import Policy
from services.reconciler.worker import Worker
from services.store.database import Pool, open_pool

TODAY = date(2026, 5, 20)
SEED = 7
# Enough for every mistake, and far fewer than the demonstration shows.
SCALE = Scale(hospital_people=60, small_employers=40)


@attrs.frozen(kw_only=True)
class Shown:
    """What the demonstration would show."""

    pool: Pool
    dues: Dues
    month: DemoMonth
    lines: tuple[books.DecidedLine, ...]


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Connections to the test's own database."""
    async with open_pool(database_url) as opened:
        yield opened


@pytest.fixture
async def shown(pool: Pool) -> Shown:
    """The month, set up, delivered and reconciled."""
    dues, month = await set_up(pool)
    for file in month.files:
        await fund.deliver(pool, file)
    await Worker(pool, "tests", policy=Policy(), batch_lines=50).drain()
    return Shown(pool=pool, dues=dues, month=month, lines=await books.decided_lines(pool))


async def set_up(pool: Pool) -> tuple[Dues, DemoMonth]:
    """Set the small month up in an empty database."""
    return await fund.set_up(pool, TODAY, SEED, scale=SCALE, noted=lambda _: None)
