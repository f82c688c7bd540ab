"""Statement files as received: stored before anything reads them, and worked on under a lease.

The row is the work item: whoever receives a file (queue, upload, command line) stores it with `receive`, and workers
take it with `claim_next`. A lease carries an epoch that every later write checks first (`fence`), so that a worker that
froze, lost its lease and wakes up again writes nothing.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from io import BytesIO
from typing import BinaryIO

import attrs

from libsubsidy import SubsidyError, Violation
from libsubsidy.catalogue import Text
from services.store.database import Connection

CHUNK_BYTES_MAX = 1_048_576
# 1,000,000 lines of a wordy bank are 350 MB; what is larger is no day's statement.
STATEMENT_BYTES_MAX = 512 * 1_048_576
# A worker renews at a third of this. With the poll of the other workers a take-over takes less than a minute.
LEASE = timedelta(seconds=30)
# How long a statement of SQL may wait for its own sender before the sender is taken for frozen.
SILENT_MAX = timedelta(seconds=15)


_NOT_HELD = Text(
    zh="对账单 {statement} 当前状态为“{state}”，无需放行：请刷新后查看。",
    en="Statement {statement} is {state}, so there is nothing to release: please reload.",
)
_SECOND_PERSON = Text(
    zh="文件由 {person} 上传，不能由本人放行：请由另一人核对后放行。",
    en="The file was uploaded by {person}, who cannot release it: another person must.",
)


class MessageIdReusedError(SubsidyError):
    """A sender used one message id for two different files."""

    def __init__(self, source: str, message_id: str) -> None:
        super().__init__(
            f"message id {message_id!r} of source {source!r} was used before for other bytes; "
            "send the file again under an id of its own / 同一消息编号对应了不同的文件，请更换消息编号后重新发送"
        )
        self.source = source
        self.message_id = message_id


class StatementTooLargeError(SubsidyError):
    """A file larger than any statement."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(
            f"the file has {size_bytes} bytes, more than the {STATEMENT_BYTES_MAX} allowed; split it by day / "
            f"文件大小 {size_bytes} 字节，超过上限 {STATEMENT_BYTES_MAX} 字节，请按日拆分后重新提交"
        )
        self.size_bytes = size_bytes


class LeaseLostError(SubsidyError):
    """Another worker has taken the statement over; what this one wanted to write is not written."""

    def __init__(self, statement_id: int) -> None:
        super().__init__(f"the lease on statement {statement_id} is lost; another worker goes on with it")
        self.statement_id = statement_id


@attrs.frozen
class Received:
    """Where a received file is, and whether it is new."""

    statement_id: int
    new: bool


@attrs.frozen(kw_only=True)
class Lease:
    """A worker's right to go on with one statement, valid while nobody has taken it over."""

    statement_id: int
    epoch: int


@attrs.frozen(kw_only=True)
class ClaimedStatement:
    """What a worker needs to know to go on where the last one stopped.

    Attributes:
        tries: how often it was taken since it last got further; more than a few mean that it kills its workers.
    """

    lease: Lease
    tries: int
    state: str
    source: str
    filename: str
    uploaded_by: str | None
    account_id: int | None
    facts: dict[str, object] | None
    staged_lines: int
    matched_lines: int
    new_lines: int
    cursor: dict[str, object] | None


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
    if size_bytes > STATEMENT_BYTES_MAX:
        raise StatementTooLargeError(size_bytes)
    message_id = message_id or digest.hex()

    known = await connection.fetchrow(
        """
        SELECT s.id, s.sha256 FROM statement_delivery d JOIN statement s ON s.id = d.statement_id
        WHERE d.source = $1 AND d.message_id = $2
        """,
        source,
        message_id,
    )
    if known is not None:
        if known["sha256"] != digest:
            raise MessageIdReusedError(source, message_id)
        return Received(known["id"], new=False)

    statement_id: int | None = await connection.fetchval(
        """
        INSERT INTO statement (source, sha256, filename, size_bytes, received_from, uploaded_by)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ON CONSTRAINT statement_once DO NOTHING RETURNING id
        """,
        source,
        digest,
        filename,
        size_bytes,
        received_from,
        uploaded_by,
    )
    new = statement_id is not None
    if statement_id is None:
        statement_id = await connection.fetchval(
            "SELECT id FROM statement WHERE source = $1 AND sha256 = $2", source, digest
        )
        assert statement_id is not None  # noqa: S101 -- statements are never deleted.
    else:
        await _store_chunks(connection, statement_id, file)
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


async def read_chunk(connection: Connection, statement_id: int, seq: int) -> bytes | None:
    """Return one piece of the stored file, None past its end."""
    piece: bytes | None = await connection.fetchval(
        "SELECT bytes FROM statement_chunk WHERE statement_id = $1 AND seq = $2", statement_id, seq
    )
    return piece


async def claim_next(connection: Connection, worker: str) -> ClaimedStatement | None:
    """Take the oldest statement that can be worked on, for `LEASE`; None when there is none.

    One statement of an account is matched at a time, because the balance of each one is proven against the one before.
    """
    row = await connection.fetchrow(
        """
        UPDATE statement
        SET lease_epoch = lease_epoch + 1, tries = tries + 1, lease_until = clock_timestamp() + $2::interval, leased_by = $1
        WHERE id = (
            SELECT s.id FROM statement s
            WHERE s.state IN ('received', 'staged', 'proven')
              AND (s.lease_until IS NULL OR s.lease_until < clock_timestamp())
              AND NOT (s.state = 'staged' AND EXISTS (
                  SELECT FROM statement p WHERE p.account_id = s.account_id AND p.state = 'proven'))
            ORDER BY s.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING id, lease_epoch, tries, state, source, filename, uploaded_by, account_id, facts, staged_lines, matched_lines,
                  new_lines, cursor
        """,
        worker,
        LEASE,
    )
    if row is None:
        return None
    return ClaimedStatement(
        lease=Lease(statement_id=row["id"], epoch=row["lease_epoch"]),
        **{name: row[name] for name in attrs.fields_dict(ClaimedStatement) if name != "lease"},
    )


async def abandoned_transactions(connection: Connection) -> list[str]:
    """Return the transactions that hold a statement whose lease ran out; the worker's role may read that."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT xmax::text AS transaction FROM statement
        WHERE state IN ('received', 'staged', 'proven') AND lease_until < clock_timestamp() AND xmax <> '0'::xid
        """
    )
    return [row["transaction"] for row in rows]


async def end_frozen(connection: Connection, transactions: Sequence[str], silent: timedelta = SILENT_MAX) -> int:
    """End the sessions of those transactions from which the server hears nothing.

    A process that freezes between two statements of a transaction is ended by the server's own limit on idle ones. One
    that freezes within a statement, in the middle of a COPY, is not: the server waits for the rest, and keeps the lock.
    To be called outside of `acting`: the login may see and end the sessions of its own, and a role may not.
    """
    ended: int = await connection.fetchval(
        """
        SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid))
        FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'transactionid' AND l.granted AND l.transactionid::text = ANY ($1)
          AND a.usename = session_user AND a.state = 'active' AND a.wait_event = 'ClientRead'
          AND a.state_change < clock_timestamp() - $2::interval
        """,
        transactions,
        silent,
    )
    return ended


async def fence(connection: Connection, lease: Lease) -> None:
    """Renew the lease, or raise; the row stays locked for this transaction, so that nobody can take it over meanwhile.

    Raises:
        LeaseLostError: another worker has the statement.
    """
    held = await connection.fetchval(
        """
        UPDATE statement SET lease_until = clock_timestamp() + $3::interval WHERE id = $1 AND lease_epoch = $2
        RETURNING id
        """,
        lease.statement_id,
        lease.epoch,
        LEASE,
    )
    if held is None:
        raise LeaseLostError(lease.statement_id)


class NotReleasableError(SubsidyError):
    """A release that the rules forbid; the violation says why."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(f"{violation.en} / {violation.zh}")
        self.violation = violation


async def release(connection: Connection, statement_id: int, *, by: str, note: str) -> None:
    """Let a held statement through: what was found is kept beside the name of who let it through, and why.

    Raises:
        NotReleasableError: it is not held, or the person who uploaded it wants to release it.
    """
    row = await connection.fetchrow(
        "SELECT state, uploaded_by, findings FROM statement WHERE id = $1 FOR NO KEY UPDATE", statement_id
    )
    state = "-" if row is None else row["state"]
    if row is None or state != "held":
        facts: dict[str, str | int] = {"statement": statement_id, "state": state}
        raise NotReleasableError(Violation.from_text("STATEMENT_NOT_HELD", _NOT_HELD, facts))
    if row["uploaded_by"] == by:
        raise NotReleasableError(Violation.from_text("SECOND_PERSON_NEEDED", _SECOND_PERSON, {"person": by}))
    await connection.execute(
        """
        WITH released AS (
            INSERT INTO statement_release (statement_id, released_by, note, findings) VALUES ($1, $2, $3, $4)
            ON CONFLICT ON CONSTRAINT statement_release_once DO UPDATE SET released_by = $2, note = $3, findings = $4,
                released_at = now()),
        moved AS (
            UPDATE statement SET state = 'staged', waits_for_gap = false, lease_until = NULL WHERE id = $1),
        noted AS (
            INSERT INTO audit_event (subject_kind, subject_id, from_state, to_state, reason)
            VALUES ('statement', $1, 'held', 'staged', $3))
        SELECT pg_notify('statement', $1::text)
        """,
        statement_id,
        by,
        note,
        row["findings"],
    )


async def released_findings(connection: Connection, statement_id: int) -> frozenset[str]:
    """Return the codes of what a second person saw and let through; what is found later was not seen by anybody."""
    rows = await connection.fetch(
        """
        SELECT finding ->> 'code' AS code
        FROM statement_release, jsonb_array_elements(findings) AS finding WHERE statement_id = $1
        """,
        statement_id,
    )
    return frozenset(row["code"] for row in rows)


async def let_go(connection: Connection, lease: Lease) -> None:
    """End the lease at once, so that another worker need not wait for it to run out.

    The try does not count: whoever lets go was not killed by the file.
    """
    await connection.execute(
        """
        UPDATE statement SET lease_until = NULL, leased_by = NULL, tries = greatest(tries - 1, 0)
        WHERE id = $1 AND lease_epoch = $2
        """,
        lease.statement_id,
        lease.epoch,
    )
