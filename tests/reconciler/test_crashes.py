"""A reconciler dies by SIGKILL at the worst moments; the next one goes on, and nothing is lost or doubled."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.bus.publish import OutgoingStatement, publish_statement
from services.reconciler import app
from services.reconciler.settings import Settings
from services.settings import AmqpUrl, Count, PostgresUrl
from services.store.database import Connection
from tests.patience import eventually
from tests.reconciler.bank import Bank
from tests.reconciler.conftest import Undisturbed
from tests.reconciler.outcomes import DUES, PAYMENTS
from tests.reconciler.processes import BATCH_LINES, reconciling
from tests.reconciler.subscriber import Subscriber
from tests.reconciler.town import expire_leases, is_worked_off, money_of, proves, settle_down, state_of

# Every point that the code names, each somewhere in the middle of its work where it is reached more than once.
POINTS = (
    "intake.after_receive",
    "intake.before_commit",
    "intake.after_commit",
    "intake.after_ack",
    "worker.after_claim",
    "worker.after_claim:2",
    "worker.after_claim:3",
    "reading.after_stage",
    "reading.before_commit",
    "proving.before_commit",
    "proving.after_commit",
    "settling.after_lines:2",
    "settling.after_posting:2",
    "settling.before_commit:1",
    "settling.before_commit:3",
    "settling.after_commit:1",
    "settling.after_commit:2",
    "settling.after_commit:3",
    "settling.before_finish",
    "settling.after_finish",
    "relay.before_publish",
    "relay.after_confirm",
)


@asynccontextmanager
async def survivor(database_url: str, amqp_url: str | None = None) -> AsyncIterator[None]:
    """Run a reconciler in this process."""
    stop = asyncio.Event()
    settings = Settings(
        database_url=PostgresUrl(database_url),
        amqp_url=None if amqp_url is None else AmqpUrl(amqp_url),
        batch_lines=Count(BATCH_LINES),
    )
    running = asyncio.create_task(app.run(settings, stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def is_done(db: Connection) -> bool:
    """Say whether the file has arrived, all of it is decided, and everything about it is told."""
    arrived: bool = await db.fetchval("SELECT EXISTS (SELECT FROM statement)")
    waiting = await db.fetchval("SELECT EXISTS (SELECT FROM outbox)")
    return arrived and not waiting and await is_worked_off(db)


@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_loses_and_doubles_nothing(
    db: Connection, database_url: str, vhost_url: str, undisturbed: Undisturbed, point: str
) -> None:
    """After SIGKILL at the point another reconciler brings about the undisturbed state, and tells each event at least once.

    An event that is told twice has the same id both times.
    """
    subscriber = Subscriber(vhost_url)
    await settle_down(db, DUES)
    async with reconciling(database_url, amqp_url=vhost_url, crash_point=point) as doomed:
        await publish_statement(
            vhost_url, OutgoingStatement(source="demo-bank", filename="day.ofx", body=Bank().statement(PAYMENTS))
        )
        assert -signal.SIGKILL == await doomed.ended(), doomed.log()
    await expire_leases(db)

    async with survivor(database_url, vhost_url):
        await eventually(lambda: is_done(db))

    assert undisturbed.state == await state_of(db)
    assert proves(await money_of(db))
    told = subscriber.receive_all()
    ids = {(event.subject, event.type): set[str]() for event in told}
    for event in told:
        ids[event.subject, event.type].add(event.id)
    assert {1} == {len(of_one) for of_one in ids.values()}
    facts = {
        event.subject: (event.type, event.body["amount"], event.body.get("reason"))
        for event in told
        if "amount" in event.body
    }
    assert undisturbed.events == sorted(((*fact, times) for fact, times in Counter(facts.values()).items()), key=repr)
    assert 1 == len({event.subject for event in told if event.type == "statement.reconciled.v1"})
