"""Lines that were read but not proven: written by one worker, taken in canonical order by the same or the next."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import asyncpg
import attrs

from services.store.database import Connection
from services.store.leases import Lease, LeaseLostError, fence

COLUMNS = (
    "statement_id",
    "booked",
    "bank_ref",
    "fingerprint",
    "ordinal",
    "direction",
    "amount_fen",
    "currency",
    "memo",
    "raw_memo",
    "payer_name",
    "payer_account",
    "payer_bank",
    "kind",
    "marks",
)
MARK_REVERSAL = 1
MARK_READERS_DISAGREE = 2

StagedRow = tuple[int, date, str, bytes, int, str, int, str, str, str | None, str, str, str, str | None, int]


@attrs.frozen(kw_only=True)
class Sums:
    """What a statement would add to its account.

    Attributes:
        new_lines: lines that the account does not have yet.
        new_fen: the sum of those in the account's own currency, credits less debits.
    """

    new_lines: int
    new_fen: int


async def begin_staging(connection: Connection, lease: Lease) -> None:
    """Forget what an earlier attempt staged."""
    await fence(connection, lease)
    await connection.execute("DELETE FROM staged_line WHERE statement_id = $1", lease.statement_id, timeout=300)


async def stage(connection: Connection, lease: Lease, rows: Sequence[StagedRow]) -> None:
    """Add lines in file order, in the form of `COLUMNS`."""
    await fence(connection, lease)
    await connection.copy_records_to_table("staged_line", records=rows, columns=COLUMNS, timeout=60)


async def count_staged(connection: Connection, statement_id: int) -> int:
    """Count what is staged: less than was read means that the server crashed and the file must be read again."""
    count: int = await connection.fetchval("SELECT count(*) FROM staged_line WHERE statement_id = $1", statement_id)
    return count


async def move(
    connection: Connection,
    lease: Lease,
    to_state: str,
    *,
    findings: Sequence[dict[str, object]] = (),
    waits_for_gap: bool = False,
    facts: dict[str, object] | None = None,
    staged_lines: int | None = None,
) -> None:
    """Put the statement into its next state, with what was found, and keep the change in the audit trail.

    Raises:
        LeaseLostError: another worker has the statement; nothing changes.
    """
    moved = await connection.fetchval(
        """
        WITH before AS (SELECT id, state FROM statement WHERE id = $1),
        moved AS (
            UPDATE statement s SET state = $3, findings = $4, waits_for_gap = $5, tries = 0,
                facts = coalesce($6, s.facts), staged_lines = coalesce($7, s.staged_lines),
                finished_at = CASE WHEN $3 IN ('reconciled', 'refused') THEN now() END
            WHERE s.id = $1 AND s.lease_epoch = $2 RETURNING s.id, s.source),
        noted AS (
            INSERT INTO audit_event (subject_kind, subject_id, from_state, to_state, reason)
            SELECT 'statement', before.id, before.state, $3, coalesce($4::jsonb -> 0 ->> 'code', '')
            FROM before JOIN moved USING (id)),
        told AS (
            INSERT INTO outbox (type, subject, body)
            SELECT 'statement.refused.v1', 'statement/' || id, jsonb_build_object(
                'statement_id', id::text, 'source', source, 'reason', $4::jsonb -> 0 ->> 'code')
            FROM moved WHERE $3 = 'refused')
        SELECT pg_notify('statement', id::text) IS NULL FROM moved
        """,
        lease.statement_id,
        lease.epoch,
        to_state,
        list(findings),
        waits_for_gap,
        facts,
        staged_lines,
    )
    if moved is None:
        raise LeaseLostError(lease.statement_id)
    if to_state == "refused":
        # Its bytes are kept; the lines that were read before the fault was met are worth nothing to anybody.
        await clear(connection, lease.statement_id)


async def wake_waiting(connection: Connection, account_id: int) -> None:
    """Let statements of the account that waited for an earlier one be examined again."""
    await connection.execute(
        """
        WITH woken AS (
            UPDATE statement SET state = 'staged', waits_for_gap = false, lease_until = NULL
            WHERE account_id = $1 AND state = 'held' AND waits_for_gap RETURNING id),
        noted AS (
            INSERT INTO audit_event (subject_kind, subject_id, from_state, to_state, reason)
            SELECT 'statement', id, 'held', 'staged', 'STATEMENT_GAP' FROM woken)
        SELECT pg_notify('statement', id::text) FROM woken
        """,
        account_id,
    )


async def note_account(connection: Connection, lease: Lease, account_id: int) -> None:
    """Say whose statement it is.

    Raises:
        LeaseLostError: another worker has the statement; nothing changes.
    """
    noted = await connection.fetchval(
        "UPDATE statement SET account_id = $3 WHERE id = $1 AND lease_epoch = $2 RETURNING id",
        lease.statement_id,
        lease.epoch,
        account_id,
    )
    if noted is None:
        raise LeaseLostError(lease.statement_id)


async def another_is_matched(connection: Connection, account_id: int, statement_id: int) -> bool:
    """Tell whether a statement of the account is being matched: its lines are not all there yet."""
    busy: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM statement WHERE account_id = $1 AND state = 'proven' AND id <> $2)",
        account_id,
        statement_id,
    )
    return busy


async def overlaps(connection: Connection, account_id: int, statement_id: int, first_day: date) -> bool:
    """Tell whether the account already has lines of that day or later from other statements."""
    found: bool = await connection.fetchval(
        """
        SELECT EXISTS (SELECT FROM bank_line WHERE account_id = $1 AND booked >= $3 AND statement_id <> $2)
        """,
        account_id,
        statement_id,
        first_day,
    )
    return found


async def sum_new(connection: Connection, account_id: int, statement_id: int) -> Sums:
    """Sum the staged lines that the account does not have yet; equal lines of one day count as often as they occur.

    A line in another currency is a new line, but moves no balance of this account.
    """
    row = await connection.fetchrow(
        """
        WITH numbered AS (
            SELECT fingerprint, row_number() OVER (PARTITION BY fingerprint ORDER BY ordinal) - 1 AS occurrence, currency,
                   CASE direction WHEN 'credit' THEN amount_fen ELSE -amount_fen END AS signed_fen
            FROM staged_line WHERE statement_id = $2)
        SELECT count(*) AS new_lines,
               coalesce(sum(signed_fen) FILTER (WHERE n.currency = a.currency), 0)::bigint AS new_fen
        FROM numbered n JOIN bank_account a ON a.id = $1
        WHERE NOT EXISTS (
            SELECT FROM bank_line b
            WHERE b.account_id = $1 AND b.fingerprint = n.fingerprint AND b.occurrence = n.occurrence)
        """,
        account_id,
        statement_id,
        timeout=600,
    )
    assert row is not None  # noqa: S101 -- an aggregate always gives one row.
    return Sums(new_lines=row["new_lines"], new_fen=row["new_fen"])


@attrs.frozen(kw_only=True)
class Cursor:
    """The canonical place of a line: where matching goes on after it.

    Attributes:
        occurrence: how many equal lines stood before it in the statement.
    """

    booked: date
    bank_ref: str
    fingerprint: bytes
    ordinal: int
    occurrence: int


async def next_batch(
    connection: Connection, statement_id: int, after: Cursor | None, lines_max: int
) -> "list[asyncpg.Record]":
    """Return the next staged lines in canonical order."""
    if after is None:
        return await connection.fetch(
            """
            SELECT * FROM staged_line WHERE statement_id = $1
            ORDER BY booked, bank_ref, fingerprint, ordinal LIMIT $2
            """,
            statement_id,
            lines_max,
        )
    return await connection.fetch(
        """
        SELECT * FROM staged_line
        WHERE statement_id = $1 AND (booked, bank_ref, fingerprint, ordinal) > ($3, $4, $5, $6)
        ORDER BY booked, bank_ref, fingerprint, ordinal LIMIT $2
        """,
        statement_id,
        lines_max,
        after.booked,
        after.bank_ref,
        after.fingerprint,
        after.ordinal,
    )


async def advance(connection: Connection, lease: Lease, cursor: Cursor, *, matched_lines: int, new_lines: int) -> None:
    """Say how far this transaction brings the statement; whoever watches it hears of it at the commit.

    Raises:
        LeaseLostError: another worker has the statement; nothing of this transaction may be committed.
    """
    place = {
        "booked": cursor.booked.isoformat(),
        "bank_ref": cursor.bank_ref,
        "fingerprint": cursor.fingerprint.hex(),
        "ordinal": cursor.ordinal,
        "occurrence": cursor.occurrence,
    }
    advanced = await connection.fetchval(
        """
        WITH advanced AS (
            UPDATE statement SET cursor = $3, matched_lines = $4, new_lines = $5, tries = 0
            WHERE id = $1 AND lease_epoch = $2 RETURNING id)
        SELECT pg_notify('statement', id::text) IS NULL FROM advanced
        """,
        lease.statement_id,
        lease.epoch,
        place,
        matched_lines,
        new_lines,
    )
    if advanced is None:
        raise LeaseLostError(lease.statement_id)


def cursor_of(place: dict[str, Any] | None) -> Cursor | None:
    """Read back what `advance` wrote."""
    if place is None:
        return None
    return Cursor(
        booked=date.fromisoformat(place["booked"]),
        bank_ref=place["bank_ref"],
        fingerprint=bytes.fromhex(place["fingerprint"]),
        ordinal=place["ordinal"],
        occurrence=place["occurrence"],
    )


async def clear(connection: Connection, statement_id: int) -> None:
    """Drop the staged lines of a finished statement."""
    await connection.execute("DELETE FROM staged_line WHERE statement_id = $1", statement_id, timeout=300)
