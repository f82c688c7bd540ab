"""Sending statement files."""

import gzip

import pytest

from services.bus import topology
from services.bus.errors import BrokerLostError, NotDeliveredError, Poisonous
from services.bus.messages import STATEMENT_BYTES_MAX, read_statement
from services.bus.publish import OutgoingStatement, open_publisher, publish_statement
from tests.bus.conftest import Bystander
from tests.servers.rabbitmq import RabbitNode

STATEMENT = OutgoingStatement(source="icbc", filename="a.ofx", body=b"<OFX></OFX>", message_id="2020-0001")


@pytest.mark.parametrize("packed", [False, True])
async def test_arrives_as_it_was_sent(vhost_url: str, bystander: Bystander, *, packed: bool) -> None:
    """What is read from the queue is what was given to the publisher, packed or not; the file is kept on disk."""
    sent = OutgoingStatement(
        source="icbc", filename="中文.ofx", body=b"<OFX></OFX>", content_type="application/x-ofx", packed=packed
    )
    message_id = await publish_statement(vhost_url, sent)
    (message,) = await bystander.receive(topology.STATEMENTS_QUEUE, 1)
    read = read_statement(message)
    assert (sent.source, sent.filename, sent.body, sent.content_type, message_id, 2) == (
        read.source,
        read.filename,
        read.body,
        read.content_type,
        read.message_id,
        message.delivery_mode,
    )


async def test_the_largest_message_travels(vhost_url: str, bystander: Bystander) -> None:
    """16 MiB are sent whole."""
    body = bytes(STATEMENT_BYTES_MAX)
    await publish_statement(vhost_url, OutgoingStatement(source="icbc", filename="a.ofx", body=body))
    (message,) = await bystander.receive(topology.STATEMENTS_QUEUE, 1)
    assert body == message.body


async def test_packing_lets_a_larger_file_through(vhost_url: str, bystander: Bystander) -> None:
    """A file over 16 MiB that packs well travels as gzip."""
    body = b"<STMTTRN>" * 2_000_000
    await publish_statement(vhost_url, OutgoingStatement(source="icbc", filename="a.ofx", body=body, packed=True))
    (message,) = await bystander.receive(topology.STATEMENTS_QUEUE, 1)
    assert ("gzip", body) == (message.content_encoding, gzip.decompress(message.body))


async def test_what_would_be_refused_is_not_sent(vhost_url: str, bystander: Bystander) -> None:
    """The sender hears at once, with the reader's own words, what the reader would refuse."""
    too_large = OutgoingStatement(source="icbc", filename="a.ofx", body=bytes(STATEMENT_BYTES_MAX + 1))
    with pytest.raises(Poisonous, match="POST /api/v1/statements"):
        await publish_statement(vhost_url, too_large)
    assert 0 == await bystander.depth(topology.STATEMENTS_QUEUE)


async def test_unroutable_is_an_error(vhost_url: str, bystander: Bystander) -> None:
    """A file that no queue takes is not confirmed as sent."""
    async with open_publisher(vhost_url) as publisher:
        declared = await bystander.declare()
        await declared.statements_queue.unbind(declared.statements, topology.STATEMENTS_KEY)
        with pytest.raises(NotDeliveredError, match="no queue takes it"):
            await publisher.publish(STATEMENT)
        await declared.statements_queue.bind(declared.statements, topology.STATEMENTS_KEY)
        assert "2020-0001" == await publisher.publish(STATEMENT)


async def test_a_full_queue_is_an_error(vhost_url: str, broker: RabbitNode, bystander: Bystander) -> None:
    """A queue that a policy limits refuses openly, and what it has stays."""
    vhost = vhost_url.rpartition("/")[2]
    broker._evaluate(
        f'rabbit_policy:set(<<"{vhost}">>, <<"full">>, <<"^reconciler.statements$">>, '
        '[{<<"max-length">>, 1}], 0, <<"queues">>, <<"tests">>), ok'
    )
    with pytest.raises(NotDeliveredError, match="the broker refused it"):
        await _publish_often(vhost_url, 100)  # The limit of a quorum queue is approximate.
    assert 1 <= await bystander.depth(topology.STATEMENTS_QUEUE) < 100


async def _publish_often(url: str, times: int) -> None:
    async with open_publisher(url) as publisher:
        for _ in range(times):
            await publisher.publish(STATEMENT)


async def test_a_frozen_broker_is_an_error_in_time(vhost_url: str, broker: RabbitNode) -> None:
    """A broker that says nothing more costs the time that was allowed, and no more."""
    async with open_publisher(vhost_url) as publisher:
        broker.pause()
        try:
            with pytest.raises(BrokerLostError, match=r"no answer within 0\.5 s"):
                await publisher.publish(STATEMENT, seconds_max=0.5)
        finally:
            broker.resume()


async def test_nobody_there_is_an_error_with_a_name() -> None:
    """A wrong address is told as such."""
    with pytest.raises(BrokerLostError, match="while connecting"):
        await publish_statement("amqp://guest:guest@127.0.0.1:1/", STATEMENT)
