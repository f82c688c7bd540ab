"""Promises of services/store/statements.py: files are stored once, as they came."""

import asyncio
import io

import pytest

from services.store.database import Connection, connect
from services.store.statements import (
    CHUNK_BYTES_MAX,
    STATEMENT_BYTES_MAX,
    MessageIdReusedError,
    Received,
    StatementTooLargeError,
    read_chunk,
    receive,
)
from tests.patience import eventually
from tests.reconciler.town import count


async def received(
    db: Connection, body: bytes = b"a file", message_id: str | None = None, source: str = "bank"
) -> Received:
    """Receive one file in a transaction of its own."""
    async with db.transaction():
        return await receive(
            db, source=source, message_id=message_id, filename="day.ofx", body=body, received_from="tests"
        )


@pytest.mark.parametrize("size", [1, CHUNK_BYTES_MAX - 1, CHUNK_BYTES_MAX, CHUNK_BYTES_MAX + 1, 2 * CHUNK_BYTES_MAX])
async def test_a_file_comes_back_as_it_came(db: Connection, size: int) -> None:
    """The bytes are stored in pieces of at most 1 MiB, in order, and nothing is added."""
    body = bytes(number % 251 for number in range(size))
    statement_id = (await received(db, body)).statement_id

    pieces: list[bytes] = []
    while (piece := await read_chunk(db, statement_id, len(pieces))) is not None:
        pieces.append(piece)

    assert body == b"".join(pieces)
    assert -(-size // CHUNK_BYTES_MAX) == len(pieces)
    assert size == await db.fetchval("SELECT size_bytes FROM statement")


async def test_an_empty_file_is_kept_too(db: Connection) -> None:
    """It is refused by the reader, with a reason, and not lost before."""
    assert (await received(db, b"")).new
    assert 1 == (await count(db))["statement"]


@pytest.mark.parametrize(
    ("message_id", "again", "deliveries"), [("m1", "m1", 1), ("m1", "m2", 2), (None, None, 1), (None, "m1", 2)]
)
async def test_the_same_file_is_one_statement(
    db: Connection, message_id: str | None, again: str | None, deliveries: int
) -> None:
    """However often it comes and under which ids; each id is noted."""
    first = await received(db, message_id=message_id)
    second = await received(db, message_id=again)

    assert (first.statement_id, True, False) == (second.statement_id, first.new, second.new)
    rows = await count(db)
    assert (1, deliveries, 1) == (rows["statement"], rows["statement_delivery"], rows["statement_chunk"])


async def test_the_same_file_of_another_source_is_another_statement(db: Connection) -> None:
    """What the bytes mean is the source's to say."""
    assert (await received(db, source="a")).statement_id != (await received(db, source="b")).statement_id


async def test_an_id_that_was_used_for_other_bytes_is_an_error_and_adds_nothing(db: Connection) -> None:
    """The sender made a mistake: neither file is taken for the other."""
    await received(db, b"one", "m1")
    before = await count(db)

    with pytest.raises(MessageIdReusedError, match="m1"):
        await received(db, b"two", "m1")

    assert before == await count(db)


async def test_a_file_larger_than_any_statement_is_refused_before_it_is_stored(db: Connection) -> None:
    """The limit is on the size, and the file need not be in memory to be measured."""

    class Zeros(io.RawIOBase):
        left = STATEMENT_BYTES_MAX + 1

        def seek(self, place: int, whence: int = 0) -> int:
            return place + whence

        def read(self, size: int = -1) -> bytes:
            size = min(size, self.left)
            self.left -= size
            return bytes(size)

    with pytest.raises(StatementTooLargeError, match="536870913"):
        await receive(
            db,
            source="bank",
            message_id=None,
            filename="x",
            body=Zeros(),  # type: ignore[arg-type]
            received_from="tests",
        )
    assert 0 == (await count(db))["statement"]


async def test_two_that_deliver_the_same_file_at_once_make_one_statement(database_url: str, db: Connection) -> None:
    """The second waits for the first, and finds its statement."""
    other = await connect(database_url)
    async with db.transaction():
        first = await receive(db, source="bank", message_id="m1", filename="x", body=b"1", received_from="tests")
        waiting = asyncio.create_task(received(other, b"1", "m1"))
        await eventually(lambda: db.fetch("SELECT FROM pg_locks WHERE NOT granted"))
    assert Received(first.statement_id, new=False) == await waiting
    await other.close(timeout=10)
    assert (1, 1) == ((await count(db))["statement"], (await count(db))["statement_delivery"])
