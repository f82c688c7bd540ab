"""Another program of the bureau: it shares nothing with the reconciler but the broker and the contract of the events."""

import json

import attrs
import pika
from pika.adapters.blocking_connection import BlockingChannel

_QUEUE = "bureau.tool"


@attrs.frozen(kw_only=True)
class Told:
    """One event as it came."""

    id: str
    type: str
    subject: str
    body: dict[str, str]


class Subscriber:
    """A consumer with a durable queue of its own, written for another AMQP client."""

    def __init__(self, url: str) -> None:
        """Bind a queue to every event."""
        self._url = url
        with pika.BlockingConnection(pika.URLParameters(url)) as connection:
            channel = connection.channel()
            channel.exchange_declare("subsidy.events", "topic", durable=True)
            channel.queue_declare(_QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
            channel.queue_bind(_QUEUE, "subsidy.events", "#")

    def receive_all(self) -> list[Told]:
        """Take what has come."""
        with pika.BlockingConnection(pika.URLParameters(self._url)) as connection:
            return _drain(connection.channel())


def _drain(channel: BlockingChannel) -> list[Told]:
    told: list[Told] = []
    while True:
        method, properties, body = channel.basic_get(_QUEUE, auto_ack=True)
        if method is None:
            return told
        headers = properties.headers
        assert method.routing_key == headers["cloudEvents_type"]
        told.append(
            Told(
                id=headers["cloudEvents_id"],
                type=headers["cloudEvents_type"],
                subject=headers["cloudEvents_subject"],
                body=json.loads(body),
            )
        )
