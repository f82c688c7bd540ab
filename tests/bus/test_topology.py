"""What is declared at the broker."""

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from services.bus import topology
from services.bus.broker import open_link
from services.bus.errors import TopologyMismatchError
from tests.bus.conftest import Bystander
from tests.servers.rabbitmq import RabbitNode


async def test_declaring_twice_is_declaring_once(vhost_url: str) -> None:
    """Every service declares everything when it starts; the second finds what the first made."""
    for _ in range(2):
        async with open_link(vhost_url, "test") as link:
            declared = await topology.declare(link.channel)
            assert (topology.STATEMENTS_QUEUE, 0) == (
                declared.statements_queue.name,
                declared.statements_queue.declaration_result.message_count,
            )


@pytest.mark.parametrize(
    ("name", "command"),
    [
        (topology.STATEMENTS_QUEUE, "rabbitmqctl delete_queue"),
        (topology.EVENTS_EXCHANGE, "rabbitmqadmin delete exchange"),
    ],
)
async def test_a_mismatch_names_itself_and_the_way_out(
    vhost_url: str, bystander: Bystander, name: str, command: str
) -> None:
    """A queue or exchange that somebody declared otherwise is an error that says what to do."""
    if name == topology.STATEMENTS_QUEUE:
        await bystander.channel.declare_queue(name, durable=True)
    else:
        await bystander.channel.declare_exchange(name, aio_pika.ExchangeType.FANOUT)
    async with open_link(vhost_url, "test") as link:
        with pytest.raises(TopologyMismatchError) as mismatch:
            await topology.declare(link.channel)
    assert (name, True, True) == (
        mismatch.value.name,
        command in mismatch.value.next_step,
        "PRECONDITION_FAILED" in mismatch.value.answer,
    )


async def test_a_missing_permission_names_itself_and_the_way_out(vhost_url: str, broker: RabbitNode) -> None:
    """A broker user who may not declare is told which permissions are missing."""
    vhost = vhost_url.rpartition("/")[2]
    broker._evaluate(
        'rabbit_auth_backend_internal:add_user(<<"reader">>, <<"reader">>, <<"tests">>), '
        f'ok = rabbit_auth_backend_internal:set_permissions(<<"reader">>, <<"{vhost}">>, <<"">>, <<".*">>, <<".*">>, '
        '<<"tests">>), ok'
    )
    async with open_link(vhost_url.replace("guest:guest", "reader:reader"), "test") as link:
        with pytest.raises(TopologyMismatchError, match="rabbitmqctl set_permissions"):
            await topology.declare(link.channel)


@pytest.mark.parametrize("way", ["reject", "expire", "default exchange"])
async def test_what_dies_without_us_is_kept(bystander: Bystander, way: str) -> None:
    """Rejected, expired, or sent past the exchange: the broker itself moves a dead message to the dead letters."""
    declared = await bystander.declare()
    if way == "expire":
        await bystander.send(aio_pika.Message(b"<OFX>", expiration=0.001))
    elif way == "reject":
        await bystander.send(aio_pika.Message(b"<OFX>"))
        await _reject(await declared.statements_queue.get())
    else:
        await bystander.channel.default_exchange.publish(aio_pika.Message(b"<OFX>"), topology.STATEMENTS_QUEUE)
        await _reject(await declared.statements_queue.get())
    (letter,) = await bystander.receive(topology.DEAD_QUEUE, 1)
    assert b"<OFX>" == letter.body


async def _reject(message: AbstractIncomingMessage) -> None:
    await message.reject(requeue=False)
