"""Statement files as received: stored before anything reads them, once, however often they are delivered.

The row is the work item: whoever receives a file (queue, upload, command line) stores it here, and workers take it by a
lease (`leases.py`).
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from typing import BinaryIO

import attrs

from services.store import uploads
from services.store.database import Connection
from services.store.refusals import RefusedError, violation
from services.store.uploads import Upload

CHUNK_BYTES_MAX = 1_048_576
# 1,000,000 lines of a wordy bank are 350 MB; what is larger is no day's statement.
STATEMENT_BYTES_MAX = 512 * 1_048_576


class MessageIdReusedError(RefusedError):
    """A sender used one message id for two different files."""

    def __init__(self, source: str, message_id: str) -> None:
        super().__init__(violation("MESSAGE_ID_REUSED", source=source, message_id=message_id))


class StatementTooLargeError(RefusedError):
    """A file larger than any statement."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(violation("STATEMENT_TOO_LARGE", size_bytes=size_bytes))


@attrs.frozen
class Received:
    """Where a received file is, and whether it is new."""

    statement_id: int
    new: bool


async def receive(
    connection: Connection,
    *,
    source: str,
    message_id: str | None,
    filename: str,
    body: bytes | BinaryIO,
    received_from: str,
    uploaded_by: str | None = None,
) -> Received:
    """Store a file's bytes, once, however often it is delivered.

    A file is known by (source, message id), and without an id by its content. The same content under another id is the
    same statement.

    Raises:
        MessageIdReusedError: the id came before with other bytes.
        StatementTooLargeError: more than `STATEMENT_BYTES_MAX`.
    """
    file = BytesIO(body) if isinstance(body, bytes) else body
    digest, size_bytes = await asyncio.to_thread(_digest, file)
    delivery = _Delivery(
        source=source,
        message_id=message_id or digest.hex(),
        sha256=digest,
        size_bytes=size_bytes,
        filename=filename,
        received_from=received_from,
        uploaded_by=uploaded_by,
    )
    return await _receive(connection, delivery, lambda statement_id: _store_chunks(connection, statement_id, file))


async def receive_upload(
    connection: Connection,
    upload: Upload,
    *,
    source: str,
    message_id: str | None,
    filename: str,
    received_from: str,
    uploaded_by: str | None,
) -> Received:
    """Make a statement of a file that was uploaded, by the rules of `receive`; its bytes stay within the database.

    The upload is gone afterwards, whether the file was new or not.

    Raises:
        MessageIdReusedError: the id came before with other bytes.
        StatementTooLargeError: more than `STATEMENT_BYTES_MAX`.
    """
    delivery = _Delivery(
        source=source,
        message_id=message_id or upload.sha256.hex(),
        sha256=upload.sha256,
        size_bytes=upload.size_bytes,
        filename=filename,
        received_from=received_from,
        uploaded_by=uploaded_by,
    )
    received = await _receive(
        connection, delivery, lambda statement_id: _copy_pieces(connection, statement_id, upload.id)
    )
    await uploads.drop(connection, upload.id)
    return received


@attrs.frozen(kw_only=True)
class _Delivery:
    """One delivery of one file."""

    source: str
    message_id: str
    sha256: bytes
    size_bytes: int
    filename: str
    received_from: str
    uploaded_by: str | None


async def _receive(
    connection: Connection, delivery: _Delivery, store_bytes: Callable[[int], Awaitable[None]]
) -> Received:
    """Store one delivery; the bytes only if the file is new."""
    if delivery.size_bytes > STATEMENT_BYTES_MAX:
        raise StatementTooLargeError(delivery.size_bytes)
    source, message_id = delivery.source, delivery.message_id
    known = await connection.fetchrow(
        """
        SELECT s.id, s.sha256 FROM statement_delivery d JOIN statement s ON s.id = d.statement_id
        WHERE d.source = $1 AND d.message_id = $2
        """,
        source,
        message_id,
    )
    if known is not None:
        if known["sha256"] != delivery.sha256:
            raise MessageIdReusedError(source, message_id)
        return Received(known["id"], new=False)

    statement_id: int | None = await connection.fetchval(
        """
        INSERT INTO statement (source, sha256, filename, size_bytes, received_from, uploaded_by)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ON CONSTRAINT statement_once DO NOTHING RETURNING id
        """,
        source,
        delivery.sha256,
        delivery.filename,
        delivery.size_bytes,
        delivery.received_from,
        delivery.uploaded_by,
    )
    new = statement_id is not None
    if statement_id is None:
        statement_id = await connection.fetchval(
            "SELECT id FROM statement WHERE source = $1 AND sha256 = $2", source, delivery.sha256
        )
        assert statement_id is not None  # noqa: S101 -- statements are never deleted.
    else:
        await store_bytes(statement_id)
        await connection.execute(
            """
            WITH noted AS (
                INSERT INTO audit_event (subject_kind, subject_id, to_state) VALUES ('statement', $1, 'received'))
            SELECT pg_notify('statement', $1::text)
            """,
            statement_id,
        )
    delivered = await connection.fetchval(
        """
        INSERT INTO statement_delivery (source, message_id, statement_id) VALUES ($1, $2, $3)
        ON CONFLICT ON CONSTRAINT statement_delivery_once DO NOTHING RETURNING statement_id
        """,
        source,
        message_id,
        statement_id,
    )
    if delivered is None:
        # Somebody delivered the same id at this very moment; was it the same file?
        other = await connection.fetchval(
            "SELECT statement_id FROM statement_delivery WHERE source = $1 AND message_id = $2", source, message_id
        )
        if other != statement_id:
            raise MessageIdReusedError(source, message_id)
    return Received(statement_id, new=new)


def _digest(file: BinaryIO) -> tuple[bytes, int]:
    file.seek(0)
    digest, size_bytes = hashlib.sha256(), 0
    while piece := file.read(CHUNK_BYTES_MAX):
        digest.update(piece)
        size_bytes += len(piece)
    return digest.digest(), size_bytes


async def _store_chunks(connection: Connection, statement_id: int, file: BinaryIO) -> None:
    async def rows() -> AsyncIterator[tuple[int, int, bytes]]:
        await asyncio.to_thread(file.seek, 0)
        seq = 0
        while piece := await asyncio.to_thread(file.read, CHUNK_BYTES_MAX):
            yield statement_id, seq, piece
            seq += 1

    await connection.copy_records_to_table(
        "statement_chunk", records=rows(), columns=["statement_id", "seq", "bytes"], timeout=300
    )


async def _copy_pieces(connection: Connection, statement_id: int, upload_id: int) -> None:
    await connection.execute(
        """
        INSERT INTO statement_chunk (statement_id, seq, bytes)
        SELECT $1, seq, bytes FROM upload_chunk WHERE upload_id = $2
        """,
        statement_id,
        upload_id,
        timeout=300,
    )


async def read_chunk(connection: Connection, statement_id: int, seq: int) -> bytes | None:
    """Return one piece of the stored file, None past its end."""
    piece: bytes | None = await connection.fetchval(
        "SELECT bytes FROM statement_chunk WHERE statement_id = $1 AND seq = $2", statement_id, seq
    )
    return piece
