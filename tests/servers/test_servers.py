import asyncio
import contextlib
import subprocess
import sys
import time

import aio_pika
import asyncpg
import pika
import pytest

from tests.servers.postgres import TestDatabases
from tests.servers.rabbitmq import RabbitNode, speaks_amqp


async def test_a_database_is_migrated(db: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Every test finds the schema of today in its database."""
    assert await db.fetchval("SELECT count(*) > 0 FROM migration")


async def test_databases_are_apart(
    postgres: TestDatabases, database_url: str, db: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """What one test writes, no other test can read."""
    other = await postgres.copy()
    try:
        await db.execute("CREATE TABLE mine (x int)")
        connection = await asyncpg.connect(postgres.url_of(other), timeout=10)
        assert await connection.fetchval("SELECT to_regclass('mine')") is None
        await connection.close(timeout=10)
        assert postgres.url_of(other) != database_url
    finally:
        await postgres.drop(other)


async def test_a_fresh_database_is_quick(postgres: TestDatabases) -> None:
    """A database of its own costs a test far less than a migration would."""
    began = time.monotonic()
    await postgres.drop(await postgres.copy())
    assert time.monotonic() - began < 1


async def test_a_virtual_host_is_empty(vhost_url: str, broker_url: str) -> None:
    """A queue of another virtual host is not to be found in the test's own."""
    async with await aio_pika.connect(broker_url, timeout=10) as other:
        await (await other.channel()).declare_queue("elsewhere", exclusive=True)
        async with await aio_pika.connect(vhost_url, timeout=10) as connection:
            channel = await connection.channel()
            with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
                await channel.declare_queue("elsewhere", passive=True)


def test_another_client_reaches_the_broker(vhost_url: str) -> None:
    """The URLs are ordinary ones, good for any AMQP client."""
    with contextlib.closing(pika.BlockingConnection(pika.URLParameters(vhost_url))) as connection:
        assert connection.is_open


@pytest.mark.parametrize("kind", ["classic", "quorum"])
async def test_a_killed_node_keeps_what_it_confirmed(kind: str) -> None:
    """After a kill and a restart the node is at the same URL, with its virtual hosts and the messages that it confirmed."""
    with RabbitNode() as node:
        node.add_vhost("kept")
        async with await aio_pika.connect(node.url_of("kept"), timeout=10) as connection:
            channel = await connection.channel(publisher_confirms=True)
            await channel.declare_queue("kept", durable=True, arguments={"x-queue-type": kind})
            message = aio_pika.Message(b"kept", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await channel.default_exchange.publish(message, "kept", timeout=10)
            await asyncio.to_thread(node.kill)
        await asyncio.to_thread(node.restart)
        async with await aio_pika.connect(node.url_of("kept"), timeout=10) as connection:
            queue = await (await connection.channel()).declare_queue("kept", passive=True)
            kept = await queue.get(timeout=10)
            assert kept is not None
            assert b"kept" == kept.body


async def test_a_paused_node_says_nothing_until_it_goes_on(broker: RabbitNode) -> None:
    """A frozen broker keeps its connections and answers late, not never."""
    async with await aio_pika.connect(broker.url_of(), timeout=10) as connection:
        broker.pause()
        late = asyncio.ensure_future(connection.channel())
        done, _ = await asyncio.wait({late}, timeout=0.3)
        broker.resume()
        assert not done
        await asyncio.wait_for(late, 10)


def test_a_node_whose_tests_were_killed_is_ended_by_the_next() -> None:
    """A test run that is killed leaves nothing behind for longer than until the next one."""
    script = (
        "import os, signal; from tests.servers.rabbitmq import RabbitNode; node = RabbitNode(); node.start(); "
        "print(node.port, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    port = int(killed.stdout)
    assert speaks_amqp(port)
    with RabbitNode():
        assert not speaks_amqp(port)
