"""Promises of services/reconciler/app.py and settings.py: the process as it runs, and what it says when it cannot."""

import asyncio
import signal
from time import monotonic

import aio_pika
import pytest

from services.bus import topology
from services.bus.publish import OutgoingStatement, publish_statement
from services.reconciler import app
from services.store.database import Connection
from tests.patience import eventually
from tests.reconciler.bank import Bank
from tests.reconciler.conftest import Deliver, Undisturbed
from tests.reconciler.outcomes import DUES, PAYMENTS
from tests.reconciler.processes import command, reconciling
from tests.reconciler.subscriber import Subscriber
from tests.reconciler.town import is_worked_off, settle_down, state_of


async def is_reconciled(db: Connection) -> bool:
    """Say whether a statement has come and is decided."""
    return bool(await db.fetchval("SELECT EXISTS (SELECT FROM statement)")) and await is_worked_off(db)


async def test_a_statement_goes_from_the_queue_to_the_ledgers_and_the_events_out(
    db: Connection, database_url: str, vhost_url: str, undisturbed: Undisturbed
) -> None:
    """A real message through a real broker; a foreign client receives each fact; nothing waits any more."""
    subscriber = await asyncio.to_thread(Subscriber, vhost_url)
    await settle_down(db, DUES)
    async with reconciling(database_url, amqp_url=vhost_url) as process:
        await publish_statement(
            vhost_url, OutgoingStatement(source="demo-bank", filename="day.ofx", body=Bank().statement(PAYMENTS))
        )
        await process.brings_about(lambda: is_reconciled(db))
        await process.brings_about(lambda: is_told(db))
        process.signal(signal.SIGTERM)
        assert 0 == await process.ended(), process.log()

    assert undisturbed.state == await state_of(db)
    told = await asyncio.to_thread(subscriber.receive_all)
    counted = {kind: sum(event.type == kind for event in told) for kind in {event.type for event in told}}
    expected = dict.fromkeys(("remittance.settled.v1", "refund.flagged.v1"), 0) | {"statement.reconciled.v1": 1}
    for kind, _, _, times in undisturbed.events:
        assert isinstance(times, int)
        expected[str(kind)] += times
    assert expected == counted


async def is_told(db: Connection) -> bool:
    """Say whether every event has left."""
    return not await db.fetchval("SELECT EXISTS (SELECT FROM outbox)")


async def test_without_a_broker_files_are_worked_on_and_events_wait(
    db: Connection, database_url: str, deliver: Deliver, undisturbed: Undisturbed
) -> None:
    """The embedded default: what was uploaded or fed is reconciled, woken by the database itself."""
    await settle_down(db, DUES)
    async with reconciling(database_url) as process:
        await process.brings_about(lambda: has_started(process.log))
        await deliver(Bank().statement(PAYMENTS))
        seconds = await eventually(lambda: is_reconciled(db))
        process.signal(signal.SIGINT)
        assert 0 == await process.ended(), process.log()
    assert undisturbed.state == await state_of(db)
    assert not await is_told(db)
    assert seconds < 30


async def has_started(log: object) -> bool:
    """Say whether the process has said that it is up."""
    assert callable(log)
    return "reconciler started" in log()


async def test_a_broker_that_is_declared_otherwise_ends_the_process_with_a_message(
    database_url: str, vhost_url: str
) -> None:
    """A person must act, so it says what and how, and does not run half."""
    async with await aio_pika.connect(vhost_url, timeout=10) as connection:
        await (await connection.channel()).declare_queue(topology.STATEMENTS_QUEUE, durable=True)
    async with reconciling(database_url, amqp_url=vhost_url) as process:
        assert 1 == await process.ended()
        assert topology.STATEMENTS_QUEUE in process.log()
        assert "Traceback" not in process.log()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, {"SUBSIDY_DATABASE_URL"}),
        (
            {
                "SUBSIDY_DATABASE_URL": "localhost",
                "SUBSIDY_AMQP_URL": "secret@http://x",
                "SUBSIDY_WORKERS": "0",
                "SUBSIDY_BATCH_LINES": "many",
            },
            {"SUBSIDY_DATABASE_URL", "SUBSIDY_AMQP_URL", "SUBSIDY_WORKERS", "SUBSIDY_BATCH_LINES"},
        ),
    ],
)
async def test_settings_that_are_missing_or_wrong_are_all_named_at_once(
    settings: dict[str, str], named: set[str]
) -> None:
    """Each on a line of its own with what it should look like, and no value is repeated: some are secret."""
    status, _, said = await command("run", settings=settings)

    assert 1 == status
    assert not [name for name in named if name not in said], said
    assert "secret" not in said
    assert "Traceback" not in said


async def test_a_crash_point_that_does_not_exist_is_a_setting_that_is_wrong(database_url: str) -> None:
    """A test that armed nothing by a slip of the pen would prove nothing."""
    settings = {"SUBSIDY_DATABASE_URL": database_url, "SUBSIDY_CRASH_POINT": "no point"}
    status, _, said = await command("run", settings=settings)
    assert 1 == status
    assert "no point" in said


async def test_a_flood_of_notifications_wakes_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once for the first, and once more after a while for all that came meanwhile; nothing is missed."""
    monkeypatch.setattr(app, "_WAKE_EVERY_SECONDS", 0.05)
    woken: list[float] = []
    calm = app.Calm([lambda: woken.append(monotonic())])

    for _ in range(100):
        calm("connection", 1, "statement", "17")
    assert 1 == len(woken)

    async def rested() -> bool:
        return not calm._resting

    await eventually(rested)
    assert 2 == len(woken)
    assert woken[1] - woken[0] >= 0.05
