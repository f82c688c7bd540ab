"""Promises of services/store/uploads.py: a file comes in piece by piece, and becomes a statement within the database."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import attrs
import pytest

from services.store import simulations, uploads
from services.store.database import Actor, Connection, Pool, Role, acting, open_pool, working
from services.store.refusals import RefusedError
from services.store.statements import MessageIdReusedError, Received, read_chunk, receive, receive_upload
from services.store.uploads import PIECE_BYTES_MAX, Upload
from tests.reconciler.town import count

MAKER = Actor(role=Role.BUREAU, name="user/1", origin="tests")
OTHER = attrs.evolve(MAKER, name="user/2")
INTAKE = Actor(role=Role.WORKER, name="intake", origin="tests")


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on the test's database."""
    async with open_pool(database_url) as opened:
        yield opened


@pytest.fixture
def transaction(pool: Pool) -> Callable[[], AbstractAsyncContextManager[Connection]]:
    """Short transactions of somebody of the bureau."""
    return lambda: working(pool, MAKER)


async def parts(*bodies: bytes) -> AsyncIterator[bytes]:
    """A body as it comes from the network, cut anywhere."""
    for body in bodies:
        yield body


async def upload(pool: Pool, *bodies: bytes) -> Upload:
    """Upload a file."""
    return await uploads.take(lambda: working(pool, MAKER), parts(*bodies), bytes_max=10 * PIECE_BYTES_MAX)


async def become(pool: Pool, upload: Upload, message_id: str | None = None, source: str = "bank") -> Received:
    """Make a statement of it."""
    async with working(pool, MAKER) as connection:
        return await receive_upload(
            connection,
            upload,
            source=source,
            message_id=message_id,
            filename="day.ofx",
            received_from="portal",
            uploaded_by=MAKER.name,
        )


async def left(db: Connection) -> tuple[int, int]:
    """How many uploads and pieces there are."""
    return await db.fetchval("SELECT count(*) FROM upload"), await db.fetchval("SELECT count(*) FROM upload_chunk")


@pytest.mark.parametrize(
    "sizes",
    [
        [1],
        [PIECE_BYTES_MAX - 1, 1],
        [PIECE_BYTES_MAX, 1],
        [1, PIECE_BYTES_MAX],
        [2 * PIECE_BYTES_MAX + 1],
        [0, 65_536, 0, 3],
    ],
)
async def test_a_file_becomes_a_statement_as_it_came(db: Connection, pool: Pool, sizes: list[int]) -> None:
    """However it was cut on its way, it is stored in whole pieces, and nothing of the upload is left."""
    bodies = [bytes(number % 251 for number in range(size)) for size in sizes]
    whole = b"".join(bodies)
    uploaded = await upload(pool, *bodies)
    assert (hashlib.sha256(whole).digest(), len(whole)) == (uploaded.sha256, uploaded.size_bytes)

    received = await become(pool, uploaded)

    pieces: list[bytes] = []
    while (piece := await read_chunk(db, received.statement_id, len(pieces))) is not None:
        pieces.append(piece)
    assert whole == b"".join(pieces)
    assert -(-len(whole) // PIECE_BYTES_MAX) == len(pieces)
    assert (0, 0) == await left(db)
    row = await db.fetchrow("SELECT sha256, size_bytes, filename, received_from, uploaded_by FROM statement")
    assert (uploaded.sha256, len(whole), "day.ofx", "portal", "user/1") == tuple(row or ())


async def test_each_piece_is_committed_by_itself(
    db: Connection, transaction: Callable[[], AbstractAsyncContextManager[Connection]]
) -> None:
    """Between two pieces the client holds neither a transaction nor a connection."""
    open_now = 0

    @asynccontextmanager
    async def counted() -> AsyncIterator[Connection]:
        nonlocal open_now
        async with transaction() as connection:
            open_now += 1
            yield connection
        open_now -= 1

    seen = []

    async def slow() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(PIECE_BYTES_MAX)
            seen.append((open_now, await left(db)))

    await uploads.take(counted, slow(), bytes_max=3 * PIECE_BYTES_MAX)

    assert [(0, (1, 1)), (0, (1, 2)), (0, (1, 3))] == seen


async def test_what_does_not_come_to_its_end_is_dropped(db: Connection, pool: Pool) -> None:
    """A client that vanishes leaves nothing behind."""

    async def vanishing() -> AsyncIterator[bytes]:
        yield bytes(PIECE_BYTES_MAX)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await uploads.take(lambda: working(pool, MAKER), vanishing(), bytes_max=3 * PIECE_BYTES_MAX)
    assert (0, 0) == await left(db)


async def test_an_upload_that_is_cancelled_is_dropped(db: Connection, pool: Pool) -> None:
    """As when the portal stops, or a time limit ends."""
    waits = asyncio.Event()

    async def silent() -> AsyncIterator[bytes]:
        yield bytes(PIECE_BYTES_MAX)
        waits.set()
        await asyncio.Event().wait()

    taking = asyncio.create_task(uploads.take(lambda: working(pool, MAKER), silent(), bytes_max=3 * PIECE_BYTES_MAX))
    await waits.wait()
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert (0, 0) == await left(db)


@pytest.mark.parametrize(
    ("sizes", "code"),
    [([], "FILE_EMPTY"), ([0, 0], "FILE_EMPTY"), ([PIECE_BYTES_MAX, 1], "STATEMENT_TOO_LARGE")],
)
async def test_nothing_and_too_much_are_refused(db: Connection, pool: Pool, sizes: list[int], code: str) -> None:
    """At once, without waiting for the rest, and nothing is left."""
    with pytest.raises(RefusedError) as refused:
        await uploads.take(
            lambda: working(pool, MAKER), parts(*(bytes(size) for size in sizes)), bytes_max=PIECE_BYTES_MAX
        )
    assert [code] == [found.code for found in refused.value.violations]
    assert (0, 0) == await left(db)


async def test_one_person_fills_not_the_database(db: Connection) -> None:
    """So many files at once and no more; others go on, and what a crash left is not counted for ever."""
    for _ in range(uploads.UNDER_WAY_MAX):
        async with acting(db, MAKER):
            await uploads.begin(db)
    with pytest.raises(RefusedError) as refused:
        async with acting(db, MAKER):
            await uploads.begin(db)
    assert ["UPLOADS_UNDER_WAY"] == [found.code for found in refused.value.violations]
    async with acting(db, OTHER):
        await uploads.begin(db)
    await db.execute("UPDATE upload SET started_at = started_at - interval '61 minutes' WHERE id = 1")
    async with acting(db, MAKER):
        await uploads.begin(db)


async def test_nobody_adds_to_anothers_upload(db: Connection) -> None:
    """It answers as one that is not there."""
    async with acting(db, MAKER):
        upload_id = await uploads.begin(db)
    with pytest.raises(RefusedError, match="no upload number"):
        async with acting(db, OTHER):
            await uploads.add(db, upload_id, 0, b"x")


async def test_a_file_that_the_queue_brought_before_is_the_same_statement(db: Connection, pool: Pool) -> None:
    """By whichever way a file comes, its content is one statement, and its bytes are stored once."""
    async with working(pool, INTAKE) as connection:
        first = await receive(
            connection, source="bank", message_id="m1", filename="x", body=b"a file", received_from="queue"
        )

    second = await become(pool, await upload(pool, b"a file"))

    assert (first.statement_id, False) == (second.statement_id, second.new)
    rows = await count(db)
    assert (1, 2, 1) == (rows["statement"], rows["statement_delivery"], rows["statement_chunk"])
    assert (0, 0) == await left(db)


async def test_an_id_that_was_used_for_other_bytes_is_refused(db: Connection, pool: Pool) -> None:
    """By the same rule as for messages; the statement that is there stays as it is."""
    await become(pool, await upload(pool, b"one"), "m1")
    before = await count(db)

    with pytest.raises(MessageIdReusedError, match="m1"):
        await become(pool, await upload(pool, b"two"), "m1")

    assert before == await count(db)


async def test_what_a_simulation_waits_for_is_not_dropped(db: Connection, pool: Pool) -> None:
    """Whoever lost the connection at the commit may try to."""
    uploaded = await upload(pool, b"a file")
    async with working(pool, MAKER) as connection:
        await simulations.ask(connection, uploaded.id, source="bank", filename="f")
        await uploads.drop(connection, uploaded.id)
    assert (1, 1) == await left(db)


async def test_only_what_was_abandoned_is_purged(db: Connection, pool: Pool) -> None:
    """Long ago, and waited for by no simulation."""
    old, waited_for, _ = [(await upload(pool, bytes([number]))).id for number in range(3)]
    await db.execute(
        "UPDATE upload SET started_at = now() - interval '25 hours' WHERE id = ANY ($1)", [old, waited_for]
    )
    await db.execute("INSERT INTO simulation (upload_id, source, filename) VALUES ($1, 'bank', 'f')", waited_for)

    async with acting(db, INTAKE):
        assert 1 == await uploads.purge(db)
        assert 0 == await uploads.purge(db)
        assert 1 == await uploads.purge(db, older_than=timedelta(0))

    assert [waited_for] == [row["id"] for row in await db.fetch("SELECT id FROM upload")]
