"""Taking statement messages over."""

import asyncio
import gzip
from typing import Any

import aio_pika
import pytest

from services.bus import topology
from services.bus.broker import Link, asking, open_link
from services.bus.consume import UNEXPECTED_MAX, StatementConsumer
from services.bus.dead_letters import BURIED_AT, REASON, REASON_EN, REASON_ZH
from services.bus.errors import BrokerLostError, Poisonous, TopologyMismatchError
from services.bus.messages import STATEMENT_BYTES_MAX, IncomingStatement
from services.bus.publish import OutgoingStatement, publish_statement
from services.bus.refusals import violation
from tests.bus.conftest import IMPATIENT, PATIENCE_SECONDS, Bystander, Gbk, eventually, running


class Store:
    """Takes statements over; what it does before is up to each test."""

    def __init__(self) -> None:
        """Begin empty, and well."""
        self.taken: dict[tuple[str, str], bytes] = {}
        self.calls = 0
        self.troubles: list[Exception] = []
        self.arrived = asyncio.Event()

    async def take(self, statement: IncomingStatement) -> None:
        """Fail as often as there are troubles, then take over; the same id with other bytes is poisonous."""
        self.calls += 1
        self.arrived.set()
        if self.troubles:
            raise self.troubles.pop(0)
        key = (statement.source, statement.message_id)
        if self.taken.setdefault(key, statement.body) != statement.body:
            raise Poisonous(violation("MESSAGE_ENCODING_UNKNOWN", found="other bytes"))

    async def has(self, count: int) -> bool:
        """Say whether so many statements were taken over."""
        return len(self.taken) >= count

    def consumer(self, url: str, **change: Any) -> StatementConsumer:
        """Make a consumer that hands its statements here."""
        return StatementConsumer(url, self.take, **{"backoff": IMPATIENT} | change)


@pytest.fixture
def store() -> Store:
    """Give a store that is empty and well."""
    return Store()


def file(number: int, body: bytes | None = None) -> OutgoingStatement:
    """Make a statement file."""
    return OutgoingStatement(
        source="icbc", filename="a.ofx", body=body or b"<OFX>%d</OFX>" % number, message_id=str(number)
    )


async def test_statements_are_taken_over_and_acknowledged(vhost_url: str, store: Store, bystander: Bystander) -> None:
    """Each file reaches the store once, with its bytes, and leaves the queue."""
    for number in range(3):
        await publish_statement(vhost_url, file(number))
    async with running(store.consumer(vhost_url)):
        await publish_statement(vhost_url, file(3))
        await eventually(lambda: store.has(4))
    expected = {("icbc", str(number)): b"<OFX>%d</OFX>" % number for number in range(4)}
    assert (expected, 4, 0) == (store.taken, store.calls, await bystander.depth(topology.STATEMENTS_QUEUE))


async def test_the_same_message_again_changes_nothing(vhost_url: str, store: Store, bystander: Bystander) -> None:
    """A file that is sent ten times is taken over as one, and none of them is a dead letter."""
    async with running(store.consumer(vhost_url)):
        for _ in range(10):
            await publish_statement(vhost_url, file(1))
        await eventually(lambda: _called(store, 10))
    assert (1, 0) == (len(store.taken), await bystander.depth(topology.DEAD_QUEUE))


async def _called(store: Store, times: int) -> bool:
    return store.calls >= times


async def test_the_same_id_with_other_bytes_is_buried(vhost_url: str, store: Store, bystander: Bystander) -> None:
    """What the handler finds poisonous goes to the dead letters with the handler's reason; the first file stays."""
    async with running(store.consumer(vhost_url)):
        await publish_statement(vhost_url, file(1, b"<OFX>first</OFX>"))
        await publish_statement(vhost_url, file(1, b"<OFX>second</OFX>"))
        (letter,) = await bystander.receive(topology.DEAD_QUEUE, 1)
    expected = violation("MESSAGE_ENCODING_UNKNOWN", found="other bytes")
    assert (b"<OFX>second</OFX>", "1", expected.code, expected.en, expected.zh) == (
        letter.body,
        letter.message_id,
        letter.headers[REASON],
        letter.headers[REASON_EN],
        letter.headers[REASON_ZH],
    )
    assert b"<OFX>first</OFX>" == store.taken["icbc", "1"]


HEADERS: dict[str, Any] = {"source": "icbc", "filename": "a.ofx"}
BOMB = gzip.compress(bytes(100_000_000))


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (aio_pika.Message(b"<OFX>", headers={}), "MESSAGE_HEADER_MISSING"),
        (aio_pika.Message(b"<OFX>", headers=HEADERS | {"filename": "../a"}), "MESSAGE_HEADER_MALFORMED"),
        (aio_pika.Message(b"<OFX>", headers=HEADERS | {"source": Gbk("工商银行")}), "MESSAGE_HEADER_NOT_TEXT"),
        (aio_pika.Message(b"<OFX>", headers=HEADERS, content_encoding="gzip"), "GZIP_MALFORMED"),
        (aio_pika.Message(BOMB, headers=HEADERS, content_encoding="gzip"), "GZIP_TOO_LARGE"),
        (aio_pika.Message(bytes(STATEMENT_BYTES_MAX + 1), headers=HEADERS), "MESSAGE_TOO_LARGE"),
        (aio_pika.Message(b"", headers=HEADERS), "MESSAGE_EMPTY"),
    ],
    ids=["no source", "path", "bytes header", "not gzip", "bomb", "too large", "empty"],
)
async def test_poison_is_buried_with_its_reason_and_the_next_is_taken(
    vhost_url: str, store: Store, bystander: Bystander, message: aio_pika.Message, code: str
) -> None:
    """A message that breaks the contract is kept whole, with why; the one behind it is taken over as if nothing was."""
    await bystander.declare()
    await bystander.send(message)
    await publish_statement(vhost_url, file(2))
    async with running(store.consumer(vhost_url)):
        await eventually(lambda: store.has(1))
        (letter,) = await bystander.receive(topology.DEAD_QUEUE, 1)
    assert (code, message.body, message.content_encoding, True, 2) == (
        letter.headers[REASON],
        letter.body,
        letter.content_encoding,
        BURIED_AT in letter.headers,
        letter.delivery_mode,
    )
    assert ({("icbc", "2")}, set(message.headers)) == (set(store.taken), set(message.headers) & set(letter.headers))


async def test_a_message_whose_headers_cannot_grow_is_buried_without_words(
    vhost_url: str, store: Store, bystander: Bystander
) -> None:
    """Headers so long that no reason fits behind them: the broker moves the message, and the next is taken over."""
    await bystander.declare()
    await bystander.send(aio_pika.Message(b"<OFX>", headers={"x-long": "x" * 110_000}))
    await publish_statement(vhost_url, file(2))
    async with running(store.consumer(vhost_url)):
        await eventually(lambda: store.has(1))
        (letter,) = await bystander.receive(topology.DEAD_QUEUE, 1)
    assert (b"<OFX>", False, True) == (letter.body, REASON in letter.headers, "x-death" in letter.headers)


async def test_a_message_that_no_client_can_read_is_buried_by_the_broker(
    vhost_url: str, store: Store, bystander: Bystander
) -> None:
    """A message id that is not UTF-8 breaks the client's connection each time, until the delivery limit ends it."""
    await bystander.declare()
    unreadable = aio_pika.Message(b"<OFX>", headers=HEADERS)
    unreadable.message_id = Gbk("工商银行")
    await bystander.send(unreadable)
    await publish_statement(vhost_url, file(2))
    async with running(store.consumer(vhost_url, backoff=type(IMPATIENT)(0.001, 0.01))):
        await eventually(lambda: store.has(1))
        await eventually(lambda: _holds(bystander, topology.DEAD_QUEUE, 1))
    assert {("icbc", "2")} == set(store.taken)


async def _holds(bystander: Bystander, queue: str, count: int) -> bool:
    return count == await bystander.depth(queue)


async def test_an_expiring_message_does_not_expire_among_the_dead(
    vhost_url: str, store: Store, bystander: Bystander
) -> None:
    """A dead letter stays until a person has looked, whatever its sender wished."""
    await bystander.declare()
    await bystander.send(aio_pika.Message(b"<OFX>", headers={}, expiration=PATIENCE_SECONDS))
    async with running(store.consumer(vhost_url)):
        (letter,) = await bystander.receive(topology.DEAD_QUEUE, 1)
    assert letter.expiration is None


async def test_while_the_store_is_away_the_message_is_held(vhost_url: str, store: Store, bystander: Bystander) -> None:
    """An outage costs no delivery: the same delivery is tried again until it succeeds."""
    store.troubles = [ConnectionRefusedError(), TimeoutError(), OSError()] * 10
    await publish_statement(vhost_url, file(1))
    async with running(store.consumer(vhost_url, backoff=type(IMPATIENT)(0.001, 0.01))):
        await eventually(lambda: store.has(1))
    assert (31, 0) == (store.calls, await bystander.depth(topology.DEAD_QUEUE))


async def test_after_a_long_outage_the_message_goes_back(vhost_url: str, store: Store, bystander: Bystander) -> None:
    """A message that was held too long goes back to the queue; nothing is consumed until the store says it is ready."""
    asked = 0

    async def ready() -> None:
        nonlocal asked
        asked += 1
        if 1 < asked < 5:
            raise ConnectionRefusedError

    store.troubles = [ConnectionRefusedError()]
    await publish_statement(vhost_url, file(1))
    async with running(store.consumer(vhost_url, ready=ready, hold_seconds_max=0.0)):
        await eventually(lambda: store.has(1))
    assert (5, 2, 0) == (asked, store.calls, await bystander.depth(topology.DEAD_QUEUE))


@pytest.mark.parametrize(("failures", "is_buried"), [(UNEXPECTED_MAX - 1, False), (UNEXPECTED_MAX, True)])
async def test_a_defect_gets_some_chances(
    vhost_url: str, store: Store, bystander: Bystander, failures: int, *, is_buried: bool
) -> None:
    """A handler that fails for no known reason is tried a few times, then the message gives way to the next."""
    store.troubles = [KeyError("a defect that names 张三")] * failures
    await publish_statement(vhost_url, file(1))
    await publish_statement(vhost_url, file(2))
    async with running(store.consumer(vhost_url)):
        await eventually(lambda: store.has(1 if is_buried else 2))
        letters = await bystander.receive(topology.DEAD_QUEUE, 1 if is_buried else 0)
    assert [("HANDLER_FAILED", True, False)] * is_buried == [
        (letter.headers[REASON], "KeyError" in str(letter.headers), "张三" in str(letter.headers)) for letter in letters
    ]


async def test_a_handler_that_hangs_is_tried_again(vhost_url: str) -> None:
    """A handler that never returns does not stop the queue for ever."""
    calls = 0
    taken = asyncio.Event()

    async def hang_once(_: IncomingStatement) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.Event().wait()
        taken.set()

    await publish_statement(vhost_url, file(1))
    async with running(StatementConsumer(vhost_url, hang_once, backoff=IMPATIENT, handler_seconds_max=0.1)):
        await asyncio.wait_for(taken.wait(), PATIENCE_SECONDS)
    assert 2 == calls


async def test_stopping_waits_for_the_message_under_way(vhost_url: str, bystander: Bystander) -> None:
    """What was begun is finished and acknowledged; what was not begun goes back."""
    begun, finish = asyncio.Event(), asyncio.Event()

    async def slowly(_: IncomingStatement) -> None:
        begun.set()
        await finish.wait()

    for number in range(2):
        await publish_statement(vhost_url, file(number))
    stop = asyncio.Event()
    task = asyncio.create_task(StatementConsumer(vhost_url, slowly, prefetch=2).run(stop))
    await asyncio.wait_for(begun.wait(), PATIENCE_SECONDS)
    stop.set()
    finish.set()
    await asyncio.wait_for(task, PATIENCE_SECONDS)
    (message,) = await bystander.receive(topology.STATEMENTS_QUEUE, 1)
    assert (b"<OFX>1</OFX>", 0) == (message.body, await bystander.depth(topology.STATEMENTS_QUEUE))


async def test_stopping_is_bounded(vhost_url: str, bystander: Bystander, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler that does not end when it is time to stop is given up; its message goes back to the queue."""
    monkeypatch.setattr("services.bus.broker.STOP_SECONDS_MAX", 0.2)
    begun = asyncio.Event()

    async def never(_: IncomingStatement) -> None:
        begun.set()
        await asyncio.Event().wait()

    await publish_statement(vhost_url, file(1))
    stop = asyncio.Event()
    task = asyncio.create_task(StatementConsumer(vhost_url, never).run(stop))
    await asyncio.wait_for(begun.wait(), PATIENCE_SECONDS)
    stop.set()
    await asyncio.wait_for(task, PATIENCE_SECONDS)
    assert 1 == len(await bystander.receive(topology.STATEMENTS_QUEUE, 1))


class Watched(StatementConsumer):
    """A consumer whose connection a test can reach, to harm it."""

    link: Link | None = None

    async def _next(self, stop: asyncio.Event, link: Link, inbox: Any) -> Any:
        self.link = link
        return await super()._next(stop, link, inbox)


async def test_the_watchdog_notices_a_silent_queue(vhost_url: str, store: Store) -> None:
    """Messages wait and none is delivered, although the connection lives: the consumer connects anew."""
    watched = Watched(vhost_url, store.take, backoff=IMPATIENT, watch_seconds=0.2)
    async with running(watched):
        await publish_statement(vhost_url, file(1))
        await eventually(lambda: store.has(1))
        assert watched.link
        underlay: Any = await watched.link.channel.get_underlay_channel()
        for tag in list(underlay.consumers):
            await underlay.basic_cancel(tag)
        await publish_statement(vhost_url, file(2))
        await eventually(lambda: store.has(2))
    assert {("icbc", "1"), ("icbc", "2")} == set(store.taken)


async def test_an_idle_queue_does_not_alarm_the_watchdog(vhost_url: str, store: Store) -> None:
    """A queue in which nothing waits is left alone, however often the watchdog looks."""
    sessions = 0

    async def ready() -> None:
        nonlocal sessions
        sessions += 1

    async with running(store.consumer(vhost_url, ready=ready, watch_seconds=0.01)):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store.arrived.wait(), 1.0)
        await publish_statement(vhost_url, file(1))
        await eventually(lambda: store.has(1))
    assert 1 == sessions


@pytest.mark.parametrize("is_declared_by_another", [False, True])
async def test_a_queue_that_is_deleted_is_consumed_anew(
    vhost_url: str, store: Store, bystander: Bystander, *, is_declared_by_another: bool
) -> None:
    """The consumer of a deleted queue declares it again and goes on, also when another program was quicker to do so."""
    async with running(store.consumer(vhost_url, watch_seconds=0.2, quiet_seconds_max=1.0)):
        await publish_statement(vhost_url, file(1))
        await eventually(lambda: store.has(1))
        await bystander.channel.queue_delete(topology.STATEMENTS_QUEUE)
        if not is_declared_by_another:
            await eventually(lambda: _exists(vhost_url, topology.STATEMENTS_QUEUE))
        await publish_statement(vhost_url, file(2))
        await eventually(lambda: store.has(2))
    assert 2 == len(store.taken)


async def _exists(url: str, queue: str) -> bool:
    try:
        async with open_link(url, "test") as link, asking("looking"):
            await link.channel.declare_queue(queue, passive=True)
    except BrokerLostError:
        return False
    return True


async def test_a_mismatched_queue_stops_the_consumer(vhost_url: str, store: Store, bystander: Bystander) -> None:
    """What only a person can mend is not tried for ever."""
    await bystander.channel.declare_queue(topology.STATEMENTS_QUEUE, durable=True)
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(TopologyMismatchError, match=topology.STATEMENTS_QUEUE):
            await store.consumer(vhost_url).run(asyncio.Event())


@pytest.mark.parametrize("prefetch", [0, 5])
def test_prefetch_is_bounded(store: Store, prefetch: int) -> None:
    """Messages of 16 MiB each are not fetched by the hundred."""
    with pytest.raises(ValueError, match="prefetch"):
        store.consumer("amqp://", prefetch=prefetch)
