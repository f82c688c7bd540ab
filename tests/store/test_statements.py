"""Promises of services/store/statements.py: files are stored once, and worked on by one worker at a time."""

import asyncio
import io

import pytest

from services.store.database import Connection, connect
from services.store.statements import (
    CHUNK_BYTES_MAX,
    STATEMENT_BYTES_MAX,
    LeaseLostError,
    MessageIdReusedError,
    NotReleasableError,
    Received,
    StatementTooLargeError,
    claim_next,
    fence,
    let_go,
    read_chunk,
    receive,
    release,
    released_findings,
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


async def test_a_statement_is_held_by_one_worker_at_a_time(db: Connection) -> None:
    """The second worker finds nothing until the first lets go or its lease runs out; each take-over raises the epoch."""
    statement_id = (await received(db)).statement_id

    first = await claim_next(db, "worker/1")
    assert first is not None
    assert (statement_id, 1, "received") == (first.lease.statement_id, first.lease.epoch, first.state)
    assert await claim_next(db, "worker/2") is None

    await let_go(db, first.lease)
    second = await claim_next(db, "worker/2")
    assert second is not None
    assert 2 == second.lease.epoch

    await db.execute("UPDATE statement SET lease_until = clock_timestamp()")
    third = await claim_next(db, "worker/3")
    assert third is not None
    assert 3 == third.lease.epoch


async def test_the_oldest_comes_first_and_a_locked_one_is_passed_over(db: Connection, database_url: str) -> None:
    """Workers never wait for each other."""
    first = (await received(db, b"1")).statement_id
    second = (await received(db, b"2")).statement_id
    other = await connect(database_url)
    async with db.transaction():
        mine, theirs = await claim_next(db, "worker/1"), await claim_next(other, "worker/2")
        assert mine is not None
        assert theirs is not None
        assert (first, second) == (mine.lease.statement_id, theirs.lease.statement_id)
    await other.close(timeout=10)


async def test_a_fence_renews_the_lease_of_its_epoch_only(db: Connection) -> None:
    """An older epoch is told that its lease is lost, and neither renews nor ends the newer one's."""
    await received(db)
    old = await claim_next(db, "worker/1")
    await db.execute("UPDATE statement SET lease_until = clock_timestamp()")
    new = await claim_next(db, "worker/2")
    assert old is not None
    assert new is not None
    before = await db.fetchrow("SELECT * FROM statement")

    with pytest.raises(LeaseLostError):
        await fence(db, old.lease)
    await let_go(db, old.lease)
    assert before == await db.fetchrow("SELECT * FROM statement")

    await fence(db, new.lease)
    assert before is not None
    assert before["lease_until"] < await db.fetchval("SELECT lease_until FROM statement")


async def test_tries_are_counted_until_somebody_lets_go(db: Connection) -> None:
    """A worker that dies leaves its try behind; one that lets go takes it back."""
    await received(db)
    for tries in (1, 2):
        claimed = await claim_next(db, "worker/1")
        assert claimed is not None
        assert tries == claimed.tries
        await db.execute("UPDATE statement SET lease_until = clock_timestamp()")
    claimed = await claim_next(db, "worker/1")
    assert claimed is not None
    await let_go(db, claimed.lease)
    assert 2 == await db.fetchval("SELECT tries FROM statement")


@pytest.mark.parametrize("state", ["received", "staged", "refused"])
async def test_only_what_is_held_can_be_released(db: Connection, state: str) -> None:
    """Any other statement needs no release; the message names its state."""
    statement_id = (await received(db)).statement_id
    await db.execute("UPDATE statement SET state = $1, finished_at = CASE WHEN $1 = 'refused' THEN now() END", state)

    with pytest.raises(NotReleasableError, match=state) as refused:
        await release(db, statement_id, by="user/2", note="")
    assert "STATEMENT_NOT_HELD" == refused.value.violation.code


async def test_a_statement_that_is_not_there_cannot_be_released(db: Connection) -> None:
    """Nothing is written."""
    with pytest.raises(NotReleasableError):
        await release(db, 404, by="user/2", note="")
    assert 0 == await db.fetchval("SELECT count(*) FROM audit_event")


async def test_a_release_keeps_who_why_and_what_was_seen(db: Connection) -> None:
    """A second release replaces the first, and its findings are what counts; the trail has both."""
    statement_id = (await received(db)).statement_id
    assert frozenset() == await released_findings(db, statement_id)
    for by, codes in (("user/2", ["A"]), ("user/3", ["A", "B"])):
        findings = [{"code": code} for code in codes]
        await db.execute("UPDATE statement SET state = 'held', findings = $1", findings)
        await release(db, statement_id, by=by, note=f"by {by}")
        assert frozenset(codes) == await released_findings(db, statement_id)
    assert ["by user/2", "by user/3"] == [
        row["reason"] for row in await db.fetch("SELECT reason FROM audit_event WHERE from_state = 'held' ORDER BY id")
    ]
    assert "staged" == await db.fetchval("SELECT state FROM statement")
