"""Any number of processes, any order, any repetition: the state is that of one pass (I34, I35)."""

from contextlib import AsyncExitStack
from random import Random

from libsubsidy import Policy
from services.bus.publish import OutgoingStatement, StatementPublisher, open_publisher
from services.reconciler.worker import Worker
from services.store.database import Connection, connect, open_pool
from tests.patience import eventually
from tests.reconciler.processes import reconciling
from tests.reconciler.subscriber import Subscriber
from tests.reconciler.town import deliver, events_of, is_worked_off, money_of, proves, settle_down, state_of
from tests.reconciler.year import Year, year
from tests.servers.postgres import TestDatabases

PROCESSES = 4
FILES = 12
LINES = 250
DELIVERIES = 10
SEED = 75_256


async def test_four_processes_and_ten_shuffled_deliveries_leave_the_state_of_one_pass(
    db: Connection, database_url: str, vhost_url: str, postgres: TestDatabases
) -> None:
    """Twelve chained files with 3,000 lines over two accounts, each delivered ten times, half of them under other ids."""
    rng = Random(SEED)  # noqa: S311 - the same shuffles every time, and no secret.
    months = year(rng, files=FILES, lines=LINES)
    subscriber = Subscriber(vhost_url)
    await settle_down(db, months.dues, accounts=months.accounts)

    async with AsyncExitStack() as running:
        processes = [
            await running.enter_async_context(reconciling(database_url, amqp_url=vhost_url, batch_lines=100))
            for _ in range(PROCESSES)
        ]
        async with open_publisher(vhost_url) as publisher:
            await send(publisher, months, rng)
        await eventually(lambda: has_come_in(db))
        assert [True] * PROCESSES == [process.lives for process in processes], [process.log() for process in processes]

    expected_state, expected_events = await one_pass(postgres, months)
    assert expected_state == await state_of(db)
    assert proves(await money_of(db))
    assert FILES == await db.fetchval("SELECT count(*) FROM statement")
    told = {event.id: event for event in subscriber.receive_all()}
    assert sum(int(str(event[-1])) for event in expected_events) == sum(
        "amount" in event.body for event in told.values()
    )
    assert FILES == sum(event.type == "statement.reconciled.v1" for event in told.values())
    workers = await db.fetch("SELECT DISTINCT actor FROM audit_event WHERE subject_kind = 'notice'")
    assert len(workers) > 1


async def send(publisher: StatementPublisher, months: Year, rng: Random) -> None:
    """Send every file as often as asked, in no order, half of the deliveries under an id of their own."""
    deliveries = [(file, number) for file in months.files for number in range(DELIVERIES)]
    rng.shuffle(deliveries)
    for (filename, body), number in deliveries:
        message_id = f"{filename}/{number}" if number % 2 else None
        await publisher.publish(
            OutgoingStatement(source="demo-bank", filename=filename, body=body, message_id=message_id)
        )


async def has_come_in(db: Connection) -> bool:
    """Say whether every delivery has been noted, every file decided and every event told."""
    ids = FILES * (DELIVERIES // 2 + 1)
    noted: bool = ids == await db.fetchval("SELECT count(*) FROM statement_delivery")
    return noted and await is_worked_off(db) and not await db.fetchval("SELECT EXISTS (SELECT FROM outbox)")


async def one_pass(
    postgres: TestDatabases, months: Year
) -> tuple[dict[str, list[tuple[object, ...]]], list[tuple[object, ...]]]:
    """Bring the files in one by one, each once, with one worker."""
    name = await postgres.copy()
    url = postgres.url_of(name)
    db = await connect(url)
    try:
        async with open_pool(url) as pool:
            await settle_down(db, months.dues, accounts=months.accounts)
            worker = Worker(pool, "worker/0", policy=Policy())
            for filename, body in months.files:
                await deliver(pool, body, filename=filename)
                await worker.drain()
        return await state_of(db), await events_of(db)
    finally:
        await db.close(timeout=10)
        await postgres.drop(name)
