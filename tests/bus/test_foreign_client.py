"""Programs that share nothing with us but the broker and the contract: another AMQP client, written for pika."""

import asyncio
import json
from pathlib import Path
from typing import Any

import jsonschema
import pika

from services.bus import topology
from services.bus.broker import open_link
from services.bus.consume import StatementConsumer
from services.bus.messages import IncomingStatement
from services.bus.relay import Relay
from services.store import outbox
from services.store.database import Connection, Pool
from services.store.outbox import NewEvent
from tests.bus.conftest import IMPATIENT, PATIENCE_SECONDS, running, settled

SCHEMAS = Path(__file__).parents[2] / "services" / "bus" / "schemas"

FLAGGED = NewEvent(
    type="refund.flagged.v1",
    subject="case/3",
    body={"case_id": "3", "line_id": "4", "amount": "0.01", "reason": "AMOUNT_SHORT"},
)


class Subscriber:
    """A consumer as any bureau tool might be: a queue of its own, bound to what it wants to know."""

    def __init__(self, url: str) -> None:
        """Connect, and bind a queue to every event."""
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self.connection.channel()
        self.channel.exchange_declare("subsidy.events", "topic", durable=True)
        self.channel.queue_declare("tool", durable=True)
        self.channel.queue_bind("tool", "subsidy.events", "#")

    def receive(self, count: int) -> list[tuple[Any, Any, bytes]]:
        """Take events as they come."""
        taken = []
        for method, properties, body in self.channel.consume("tool", inactivity_timeout=PATIENCE_SECONDS):
            assert method, "no event came in time"
            self.channel.basic_ack(method.delivery_tag)
            taken.append((method, properties, body))
            if len(taken) == count:
                break
        self.connection.close()
        return taken


async def test_another_client_receives_the_events(pool: Pool, vhost_url: str, db: Connection) -> None:
    """It finds the CloudEvents attributes in the headers, and bodies that are valid by the schema they name."""
    subscriber = await asyncio.to_thread(Subscriber, vhost_url)
    await outbox.append(db, [settled(17), FLAGGED])
    async with running(Relay(pool, vhost_url, backoff=IMPATIENT)):
        received = await asyncio.to_thread(subscriber.receive, 2)
    for method, properties, body in received:
        headers = properties.headers
        assert (headers["cloudEvents_type"], headers["cloudEvents_id"], "application/json", "1.0") == (
            method.routing_key,
            properties.message_id,
            properties.content_type,
            headers["cloudEvents_specversion"],
        )
        schema = json.loads((SCHEMAS / f"{method.routing_key}.json").read_text(encoding="utf-8"))
        assert schema["$id"] == headers["cloudEvents_dataschema"]
        jsonschema.Draft202012Validator(schema).validate(json.loads(body))
    assert [("notice/17", settled(17).body), ("case/3", FLAGGED.body)] == [
        (properties.headers["cloudEvents_subject"], json.loads(body)) for _, properties, body in received
    ]


async def test_another_client_delivers_a_statement(vhost_url: str) -> None:
    """What a bank's program sends by the contract is taken over with its labels."""
    received: asyncio.Queue[IncomingStatement] = asyncio.Queue()
    async with open_link(vhost_url, "test") as link:
        await topology.declare(link.channel)
    async with running(StatementConsumer(vhost_url, received.put, backoff=IMPATIENT)):
        await asyncio.to_thread(_deliver, vhost_url)
        statement = await asyncio.wait_for(received.get(), PATIENCE_SECONDS)
    expected = IncomingStatement(
        source="icbc", message_id="B-1", filename="四月.ofx", content_type="application/x-ofx", body=b"<OFX></OFX>"
    )
    assert expected == statement


def _deliver(url: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    properties = pika.BasicProperties(
        message_id="B-1", content_type="application/x-ofx", headers={"source": "icbc", "filename": "四月.ofx"}
    )
    channel.basic_publish("bank.statements", "statement", b"<OFX></OFX>", properties, mandatory=True)
    connection.close()
