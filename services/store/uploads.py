"""Files on their way in from a slow client: stored piece by piece, each piece in a transaction of its own.

A client that is slow, or gone, holds no transaction and no connection between two pieces, and a file of any size needs a
few MiB of memory. When the last piece has come the file becomes something else (a statement, a simulation) within the
database. What was begun and never became anything is dropped by whoever began it, and after a crash by `purge`.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Final, TypeAlias

import attrs

from services.store.database import Connection
from services.store.outages import OUTAGES
from services.store.refusals import absent, refuse

PIECE_BYTES_MAX: Final = 1_048_576
# No upload takes so long, and no simulation is remembered longer.
FORGOTTEN_AFTER: Final = timedelta(days=1)
# One person's files under way at once; what is older than an hour is no upload any more, but the rest of a crash.
UNDER_WAY_MAX: Final = 10
_UNDER_WAY: Final = timedelta(hours=1)
_DROP_SECONDS_MAX: Final = 30.0

Transaction: TypeAlias = Callable[[], AbstractAsyncContextManager[Connection]]
"""Opens one short transaction as whoever uploads."""


@attrs.frozen(kw_only=True)
class Upload:
    """A file that has come whole.

    Attributes:
        sha256: of its bytes.
    """

    id: int
    sha256: bytes
    size_bytes: int


async def take(transaction: Transaction, body: AsyncIterable[bytes], *, bytes_max: int) -> Upload:
    """Store what comes, however it is cut, and drop it again if it does not come to its end.

    Raises:
        RefusedError: FILE_EMPTY, UPLOADS_UNDER_WAY, or STATEMENT_TOO_LARGE as soon as more than `bytes_max` have come.
    """
    async with transaction() as connection:
        upload_id = await begin(connection)
    try:
        digest, size_bytes, seq = hashlib.sha256(), 0, 0
        async for piece in _pieces(body, bytes_max=bytes_max):
            # A piece of 1 MiB takes a few milliseconds, for which a thread would cost more than it saves.
            digest.update(piece)
            size_bytes += len(piece)
            async with transaction() as connection:
                await add(connection, upload_id, seq, piece)
            seq += 1
    except BaseException:
        with contextlib.suppress(*OUTAGES):
            async with asyncio.timeout(_DROP_SECONDS_MAX), transaction() as connection:
                await drop(connection, upload_id)
        raise
    return Upload(id=upload_id, sha256=digest.digest(), size_bytes=size_bytes)


async def _pieces(body: AsyncIterable[bytes], *, bytes_max: int) -> AsyncIterator[bytes]:
    buffer, size_bytes = bytearray(), 0
    async for part in body:
        size_bytes += len(part)
        if size_bytes > bytes_max:
            raise refuse("STATEMENT_TOO_LARGE", size_bytes=size_bytes)
        buffer += part
        while len(buffer) >= PIECE_BYTES_MAX:
            yield bytes(memoryview(buffer)[:PIECE_BYTES_MAX])
            del buffer[:PIECE_BYTES_MAX]
    if size_bytes == 0:
        raise refuse("FILE_EMPTY")
    if buffer:
        yield bytes(buffer)


async def begin(connection: Connection) -> int:
    """Make room for a file of the transaction's actor, and return its id.

    Raises:
        RefusedError: UPLOADS_UNDER_WAY; the actor fills the database with more at once than anybody needs.
    """
    upload_id: int | None = await connection.fetchval(
        """
        INSERT INTO upload
        SELECT WHERE $2 > (
            SELECT count(*) FROM upload u WHERE owner = current_actor() AND started_at > now() - $1::interval
                AND NOT EXISTS (SELECT FROM simulation s WHERE s.upload_id = u.id))
        RETURNING id
        """,
        _UNDER_WAY,
        UNDER_WAY_MAX,
    )
    if upload_id is None:
        raise refuse("UPLOADS_UNDER_WAY", limit=UNDER_WAY_MAX)
    return upload_id


async def add(connection: Connection, upload_id: int, seq: int, piece: bytes) -> None:
    """Add the next piece, of at most `PIECE_BYTES_MAX`.

    Raises:
        RefusedError: ABSENT; it was never begun, was dropped, or is another's.
    """
    added = await connection.fetchval(
        """
        INSERT INTO upload_chunk (upload_id, seq, bytes)
        SELECT id, $2, $3 FROM upload WHERE id = $1 AND owner = current_actor() RETURNING seq
        """,
        upload_id,
        seq,
        piece,
    )
    if added is None:
        raise absent("上传文件", "upload", upload_id)


async def read_piece(connection: Connection, upload_id: int, seq: int) -> bytes | None:
    """Return one piece, None past the end."""
    piece: bytes | None = await connection.fetchval(
        "SELECT bytes FROM upload_chunk WHERE upload_id = $1 AND seq = $2", upload_id, seq
    )
    return piece


async def drop(connection: Connection, upload_id: int) -> None:
    """Forget a file and its pieces, unless a simulation waits for it.

    Whoever lost the connection at the commit does not know whether the simulation was asked for.
    """
    await connection.execute(
        "DELETE FROM upload u WHERE u.id = $1 AND NOT EXISTS (SELECT FROM simulation s WHERE s.upload_id = u.id)",
        upload_id,
        timeout=300,
    )


async def purge(connection: Connection, *, older_than: timedelta = FORGOTTEN_AFTER) -> int:
    """Forget what was begun long ago and became nothing; return how many there were."""
    purged: int = await connection.fetchval(
        """
        WITH purged AS (
            DELETE FROM upload u WHERE u.started_at < now() - $1::interval
                AND NOT EXISTS (SELECT FROM simulation s WHERE s.upload_id = u.id)
            RETURNING u.id)
        SELECT count(*) FROM purged
        """,
        older_than,
        timeout=300,
    )
    return purged
