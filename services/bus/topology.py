"""The exchanges and queues of the fund, declared in this one place (design: the message contract).

::

    bank.statements (direct) --statement--> reconciler.statements ==dead==> bank.statements.dead (fanout)
                                                                                     |
    subsidy.events (topic)   --routing key = type of the event-->  whoever binds     v
                                                                        reconciler.statements.dead

Quorum queues: a statement that the broker confirmed is on the disks of a majority. A delivery limit without a
dead-letter exchange deletes messages, and dead-lettering is at most once unless the queue says
``dead-letter-strategy: at-least-once`` together with ``overflow: reject-publish`` (with the default ``drop-head`` the
broker falls back without a word), so all four belong together.

The exchange of the dead letters is a fanout: a message that came in by another routing key, such as through the default
exchange, must find the dead-letter queue all the same, or at-least-once would try for ever.

The queues have no maximum length here: the arguments of a queue cannot be changed later, a policy of the broker can,
and ``reject-publish`` already makes a full queue refuse openly.
"""

from typing import Final

import attrs
from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue
from aio_pika.exceptions import ChannelClosed, ChannelPreconditionFailed

from services.bus.broker import asking
from services.bus.errors import TopologyMismatchError

STATEMENTS_EXCHANGE: Final = "bank.statements"
STATEMENTS_QUEUE: Final = "reconciler.statements"
STATEMENTS_KEY: Final = "statement"
DEAD_EXCHANGE: Final = "bank.statements.dead"
DEAD_QUEUE: Final = "reconciler.statements.dead"
EVENTS_EXCHANGE: Final = "subsidy.events"

# RabbitMQ 4's own default; 3.x has none. It is the net under everything that the consumer itself does not survive.
DELIVERIES_MAX: Final = 20

_STATEMENTS_ARGUMENTS: Final[dict[str, str | int]] = {
    "x-queue-type": "quorum",
    "x-delivery-limit": DELIVERIES_MAX,
    "x-dead-letter-exchange": DEAD_EXCHANGE,
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}
_DEAD_ARGUMENTS: Final[dict[str, str | int]] = {"x-queue-type": "quorum"}


@attrs.frozen(kw_only=True)
class Topology:
    """What was declared, usable on the channel that declared it."""

    statements: AbstractExchange
    statements_queue: AbstractQueue
    dead: AbstractExchange
    dead_queue: AbstractQueue
    events: AbstractExchange


async def declare(channel: AbstractChannel) -> Topology:
    """Declare everything, or find it declared exactly so; safe to repeat and side by side.

    Raises:
        TopologyMismatchError: something of that name has other properties, or may not be declared by us.
        BrokerLostError: the broker went away meanwhile.
    """
    dead = await _exchange(channel, DEAD_EXCHANGE, ExchangeType.FANOUT)
    dead_queue = await _queue(channel, DEAD_QUEUE, _DEAD_ARGUMENTS)
    statements = await _exchange(channel, STATEMENTS_EXCHANGE, ExchangeType.DIRECT)
    statements_queue = await _queue(channel, STATEMENTS_QUEUE, _STATEMENTS_ARGUMENTS)
    events = await _exchange(channel, EVENTS_EXCHANGE, ExchangeType.TOPIC)
    async with asking("binding the queues"):
        await dead_queue.bind(dead, "")
        await statements_queue.bind(statements, STATEMENTS_KEY)
    return Topology(
        statements=statements, statements_queue=statements_queue, dead=dead, dead_queue=dead_queue, events=events
    )


async def _exchange(channel: AbstractChannel, name: str, kind: ExchangeType) -> AbstractExchange:
    async with asking(f"declaring {name}"):
        try:
            return await channel.declare_exchange(name, kind, durable=True)
        except ChannelClosed as error:
            raise _mismatch("exchange", name, error) from error


async def _queue(channel: AbstractChannel, name: str, arguments: dict[str, str | int]) -> AbstractQueue:
    async with asking(f"declaring {name}"):
        try:
            return await channel.declare_queue(name, durable=True, arguments=dict(arguments))
        except ChannelClosed as error:
            raise _mismatch("queue", name, error) from error


def _mismatch(what: str, name: str, error: ChannelClosed) -> TopologyMismatchError:
    if isinstance(error, ChannelPreconditionFailed):
        next_step = (
            f"The {what} {name!r} exists with other properties. Stop its users, empty it, delete it "
            f"(rabbitmqctl delete_queue {name} --if-empty, or the management page), and start this service again: "
            "it declares it anew"
            if what == "queue"
            else f"The {what} {name!r} exists with other properties. Delete it (rabbitmqadmin delete exchange "
            f"name={name}), and start this service again: it declares it anew"
        )
    else:
        next_step = (
            f"The user of SUBSIDY_AMQP_URL needs the permissions configure, write and read on {name!r} "
            "(rabbitmqctl set_permissions)"
        )
    return TopologyMismatchError(name, str(error), next_step)
