"""PostgreSQL and RabbitMQ die and come back: the reconciler goes on where it was, and loses nothing."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from demo.embedded_postgres import EmbeddedPostgres
from libsubsidy import Policy
from services.bus.publish import OutgoingStatement, publish_statement
from services.reconciler.worker import Worker
from services.store.database import Connection, acting, connect, open_pool
from services.store.migrate import migrate
from services.store.releases import release
from tests.conftest import POSTGRES
from tests.reconciler.bank import Bank
from tests.reconciler.conftest import Deliver, Undisturbed
from tests.reconciler.outcomes import DUES, MAIN, PAYMENTS
from tests.reconciler.processes import BATCH_LINES, reconciling
from tests.reconciler.subscriber import Subscriber
from tests.reconciler.town import CHECKER, expire_leases, is_worked_off, money_of, proves, settle_down, state_of
from tests.reconciler.town import deliver as hand_in
from tests.servers.rabbitmq import RabbitNode

_BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@asynccontextmanager
async def kept_from_settling(url: str) -> AsyncIterator[None]:
    """Hold a notice, so that whoever wants to settle it waits in the middle of a batch."""
    keeper = await connect(url, application="keeper of the lock")
    try:
        async with keeper.transaction():
            await keeper.execute("SELECT FROM payment_notice WHERE order_code = $1 FOR UPDATE", MAIN.order_code)
            yield
    finally:
        await keeper.close(timeout=10)


async def test_a_session_that_is_ended_in_a_batch_is_made_good(
    db: Connection, database_url: str, deliver: Deliver, undisturbed: Undisturbed
) -> None:
    """The worker's sessions are all terminated while it settles; the batch is rolled back and done again at once."""
    await settle_down(db, DUES)
    async with reconciling(database_url) as process:
        async with kept_from_settling(database_url):
            await deliver(Bank().statement(PAYMENTS))
            await process.brings_about(lambda: db.fetchval(_BLOCKED))
            await db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'subsidy reconciler'"
            )
        await process.brings_about(lambda: is_worked_off(db))

    assert undisturbed.state == await state_of(db)
    assert proves(await money_of(db))


async def test_a_server_that_is_killed_forgets_unproven_lines_and_they_are_read_again(undisturbed: Undisturbed) -> None:
    """After the crash of PostgreSQL the table of staged lines is empty; the half settled statement is finished all the same."""
    with EmbeddedPostgres(prefer=POSTGRES, durable=True) as server:
        url = server.url_of()
        await migrate(url)
        db = await connect(url)
        await settle_down(db, DUES)
        async with open_pool(url) as pool:
            await hand_in(pool, Bank().statement(PAYMENTS))
        async with reconciling(url, crash_point="settling.after_commit:2") as process:
            assert -signal.SIGKILL == await process.ended()
        matched = await db.fetchval("SELECT matched_lines FROM statement")
        await db.close(timeout=10)
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.restart)

        db = await connect(url)
        assert (2 * BATCH_LINES, 0) == (matched, await db.fetchval("SELECT count(*) FROM staged_line"))
        await db.execute("UPDATE statement SET lease_until = NULL")
        async with open_pool(url) as pool:
            await Worker(pool, "worker/1", policy=Policy()).drain()
        assert undisturbed.state == await state_of(db)
        assert proves(await money_of(db))
        await db.close(timeout=10)


async def test_lines_lost_before_the_proof_are_read_again(
    db: Connection, deliver: Deliver, worker: Worker, undisturbed: Undisturbed
) -> None:
    """A staged statement whose lines are gone goes back to the reader."""
    await settle_down(db, DUES)
    await deliver(Bank().statement(PAYMENTS))
    claimed = await worker._claim()
    assert claimed is not None
    await worker.advance(claimed)
    await db.execute("DELETE FROM staged_line")

    await worker.drain()

    assert undisturbed.state == await state_of(db)


async def test_lines_lost_while_a_statement_was_held_are_read_again(
    db: Connection, deliver: Deliver, worker: Worker, undisturbed: Undisturbed
) -> None:
    """A release days after a crash finds no lines, and does not need them."""
    await settle_down(db, DUES)
    received = await deliver(Bank().statement(PAYMENTS), uploaded_by="user/1")
    await worker.drain()
    await db.execute("DELETE FROM staged_line")
    async with acting(db, CHECKER):
        await release(db, received.statement_id, by="user/2", note="checked")

    await worker.drain()

    assert undisturbed.state == await state_of(db)


async def test_the_server_restarts_while_a_reconciler_runs(undisturbed: Undisturbed) -> None:
    """PostgreSQL is killed in the middle of a batch and comes back: the process, which never ended, finishes the file."""
    with EmbeddedPostgres(prefer=POSTGRES, durable=True) as server:
        url = server.url_of()
        await migrate(url)
        db = await connect(url)
        await settle_down(db, DUES)
        async with reconciling(url) as process:
            keeper = await connect(url, application="keeper of the lock")
            await keeper.execute("BEGIN")
            await keeper.execute("SELECT FROM payment_notice WHERE order_code = $1 FOR UPDATE", MAIN.order_code)
            async with open_pool(url) as pool:
                await hand_in(pool, Bank().statement(PAYMENTS))
            await process.brings_about(lambda: db.fetchval(_BLOCKED))
            await asyncio.to_thread(server.kill)
            for lost in (db, keeper):
                lost.terminate()
            await asyncio.to_thread(server.restart)
            db = await connect(url)
            await expire_leases(db)
            await process.brings_about(lambda: is_worked_off(db))
        assert undisturbed.state == await state_of(db)
        await db.close(timeout=10)


async def test_a_broker_that_is_killed_loses_no_file_and_no_event(
    db: Connection, database_url: str, undisturbed: Undisturbed
) -> None:
    """The node dies while a file is being handled and events wait; both sides connect anew and come to the end."""
    with RabbitNode() as node:
        node.add_vhost("faults")
        url = node.url_of("faults")
        subscriber = Subscriber(url)
        await settle_down(db, DUES)
        async with reconciling(database_url, amqp_url=url) as process:
            async with kept_from_settling(database_url):
                body = Bank().statement(PAYMENTS)
                await publish_statement(url, OutgoingStatement(source="demo-bank", filename="day.ofx", body=body))
                await process.brings_about(lambda: db.fetchval(_BLOCKED))
                await asyncio.to_thread(node.kill)
            await process.brings_about(lambda: is_worked_off(db))
            waiting = await db.fetchval("SELECT count(*) FROM outbox")
            await asyncio.to_thread(node.restart)
            await process.brings_about(lambda: is_told(db))
        told = subscriber.receive_all()

    assert undisturbed.state == await state_of(db)
    assert waiting == len({event.subject for event in told}) == len({event.id for event in told})


async def is_told(db: Connection) -> bool:
    """Say whether every event has left."""
    return not await db.fetchval("SELECT EXISTS (SELECT FROM outbox)")


async def test_a_reconciler_without_its_database_does_not_start(database_url: str) -> None:
    """It ends with one message and status 1, so that whoever runs it starts it again."""
    async with reconciling(database_url.replace("host=", "host=%2Fnowhere")) as process:
        assert 1 == await process.ended()
        assert "Traceback" not in process.log()
        assert "SUBSIDY_DATABASE_URL" in process.log()
