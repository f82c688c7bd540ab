"""Send a statement file to the reconciler, and know that it arrived.

The message is checked by the very rules that read it, the broker confirms it, and a message that no queue takes is an
error: without `mandatory` and `on_return_raises` a file sent to a queue that is not there is confirmed and lost.
"""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs
from aio_pika import DeliveryMode, Message
from aio_pika.exceptions import DeliveryError, PublishError

from services.bus import topology
from services.bus.broker import asking, open_link
from services.bus.errors import NotDeliveredError
from services.bus.messages import IncomingStatement, read_statement

# Up to 16 MiB have to travel, and to reach the disks of a majority.
PUBLISH_SECONDS_MAX: Final = 60.0


@attrs.frozen(kw_only=True)
class OutgoingStatement:
    """A statement file to send.

    Attributes:
        source: name of the bank profile.
        filename: a bare file name, for people.
        body: the file's bytes.
        message_id: the sender's id; without one the sha256 of the bytes identifies the file.
        content_type: optional.
        packed: send it as gzip.
    """

    source: str
    filename: str
    body: bytes = attrs.field(repr=False)
    message_id: str | None = None
    content_type: str | None = None
    packed: bool = False


@attrs.frozen
class StatementPublisher:
    """Sends statement files over one connection; made by `open_publisher`."""

    _topology: topology.Topology

    async def publish(self, statement: OutgoingStatement, seconds_max: float = PUBLISH_SECONDS_MAX) -> str:
        """Send one file; return the message id once the broker has it for good.

        Raises:
            Poisonous: the reconciler would refuse the message; nothing was sent.
            NotDeliveredError: the broker did not take it; nothing is stored.
            BrokerLostError: no answer; it may have arrived. Sending it again with the same id does no harm.
        """
        message, read = await asyncio.to_thread(_message, statement)
        async with asking("publishing a statement", seconds_max):
            try:
                await self._topology.statements.publish(message, topology.STATEMENTS_KEY, mandatory=True)
            except PublishError as error:
                next_step = (
                    f"Bind {topology.STATEMENTS_QUEUE} to {topology.STATEMENTS_EXCHANGE} with the key "
                    f"{topology.STATEMENTS_KEY!r}, or start the reconciler, which does it"
                )
                raise NotDeliveredError(read.message_id, "no queue takes it", next_step) from error
            except DeliveryError as error:
                next_step = "The queue is full or has no majority: look at it, then send the file again"
                raise NotDeliveredError(read.message_id, "the broker refused it", next_step) from error
        return read.message_id


@asynccontextmanager
async def open_publisher(url: str) -> AsyncIterator[StatementPublisher]:
    """Connect, make sure the queue exists, and send files until the end of the block."""
    async with open_link(url, "subsidy feed") as link:
        yield StatementPublisher(await topology.declare(link.channel))


async def publish_statement(url: str, statement: OutgoingStatement) -> str:
    """Send one file over a connection of its own; see `StatementPublisher.publish`."""
    async with open_publisher(url) as publisher:
        return await publisher.publish(statement)


def _message(statement: OutgoingStatement) -> tuple[Message, IncomingStatement]:
    """Build the message, and read it as the reconciler will."""
    # The time stays out of the gzip header: the same file gives the same bytes.
    body = gzip.compress(statement.body, mtime=0) if statement.packed else statement.body
    message = Message(
        body,
        headers={"source": statement.source, "filename": statement.filename},
        message_id=statement.message_id,
        content_type=statement.content_type,
        content_encoding="gzip" if statement.packed else None,
        delivery_mode=DeliveryMode.PERSISTENT,
    )
    read = read_statement(message)
    # The client library gives a message without an id a random one, and the same file would be another each time.
    message.message_id = read.message_id
    return message, read
