"""Proven bank lines with their decisions: each exists once per account, however often it is delivered."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import asyncpg
import attrs

from libsubsidy import FoundNotice, Money, NoticeState
from services.store.database import Connection, EncodedJson

COLUMNS = (
    "id",
    "account_id",
    "fingerprint",
    "occurrence",
    "statement_id",
    "ordinal",
    "booked",
    "bank_ref",
    "direction",
    "amount_fen",
    "currency",
    "memo",
    "raw_memo",
    "payer_name",
    "payer_account",
    "payer_bank",
    "disposition",
    "decision",
)
BankLineRow = tuple[
    int,
    int,
    bytes,
    int,
    int,
    int,
    date,
    str,
    str,
    int,
    str,
    str,
    str | None,
    str,
    str,
    str,
    str,
    EncodedJson,
]

MemoKey = tuple[str, str]
"""Employer code and order code of an exact memo."""


async def known(connection: Connection, account_id: int, fingerprints: Sequence[bytes]) -> set[tuple[bytes, int]]:
    """Return (fingerprint, occurrence) of the lines that the account already has."""
    rows = await connection.fetch(
        "SELECT fingerprint, occurrence FROM bank_line WHERE account_id = $1 AND fingerprint = ANY($2::bytea[])",
        account_id,
        fingerprints,
    )
    return {(row["fingerprint"], row["occurrence"]) for row in rows}


@attrs.frozen(kw_only=True)
class DecidedBefore:
    """A line that the account has: which statement brought it, and the record of its decision."""

    statement_id: int
    decision: dict[str, Any]


async def decided_before(
    connection: Connection, account_id: int, fingerprints: Sequence[bytes]
) -> dict[tuple[bytes, int], DecidedBefore]:
    """Return what was decided of the lines that the account already has, by (fingerprint, occurrence)."""
    rows = await connection.fetch(
        """
        SELECT fingerprint, occurrence, statement_id, decision FROM bank_line
        WHERE account_id = $1 AND fingerprint = ANY($2::bytea[])
        """,
        account_id,
        fingerprints,
    )
    return {
        (row["fingerprint"], row["occurrence"]): DecidedBefore(
            statement_id=row["statement_id"], decision=row["decision"]
        )
        for row in rows
    }


async def reserve_ids(connection: Connection, count: int) -> list[int]:
    """Take ids for lines before they are written, so that everything of a batch can be written in one go."""
    rows = await connection.fetch("SELECT nextval('bank_line_id_seq') FROM generate_series(1, $1)", count)
    return [row[0] for row in rows]


async def add(connection: Connection, rows: Sequence[BankLineRow]) -> None:
    """Add lines in the form of `COLUMNS`; a line that the account already has breaks off the whole batch."""
    await connection.copy_records_to_table("bank_line", records=rows, columns=COLUMNS, timeout=60)


_FIND_NOTICES = """
    SELECT n.employer_code, n.order_code, n.id, n.state, n.amount_fen
    FROM unnest($1::text[], $2::text[]) AS k (employer_code, order_code)
    JOIN payment_notice n USING (employer_code, order_code)
    """
# Locked in the order of their ids, so that two workers can never wait for each other.
_LOCK_NOTICES = _FIND_NOTICES + "ORDER BY n.id FOR NO KEY UPDATE OF n"


async def find_notices(connection: Connection, keys: Sequence[MemoKey]) -> dict[MemoKey, FoundNotice]:
    """Find the notices that memos name, as they are now."""
    return _notices(await connection.fetch(_FIND_NOTICES, *_columns(keys)))


async def lock_notices(connection: Connection, keys: Sequence[MemoKey]) -> dict[MemoKey, FoundNotice]:
    """Find the notices that memos name, and keep them as they are until the transaction ends."""
    return _notices(await connection.fetch(_LOCK_NOTICES, *_columns(keys)))


def _columns(keys: Sequence[MemoKey]) -> tuple[list[str], list[str]]:
    return [key[0] for key in keys], [key[1] for key in keys]


def _notices(rows: "list[asyncpg.Record]") -> dict[MemoKey, FoundNotice]:
    return {
        (row["employer_code"], row["order_code"]): FoundNotice(
            notice_id=row["id"], state=NoticeState(row["state"]), amount=Money(fen=row["amount_fen"])
        )
        for row in rows
    }


async def employers_among(connection: Connection, codes: Sequence[str]) -> frozenset[str]:
    """Return which of these codes belong to employers."""
    rows = await connection.fetch("SELECT code FROM employer WHERE code = ANY($1::text[])", codes)
    return frozenset(row["code"] for row in rows)


@attrs.frozen(kw_only=True)
class Outcomes:
    """What became of the lines of a statement; `held_fen` counts the credits only."""

    lines: int
    settled: int
    refunds: int
    held: int
    others: int
    settled_fen: int
    refund_fen: int
    held_fen: int


async def outcomes(connection: Connection, statement_id: int) -> Outcomes:
    """Count and sum the lines of a statement by what was decided."""
    row = await connection.fetchrow(
        """
        SELECT count(*) AS lines,
               count(*) FILTER (WHERE disposition = 'settled') AS settled,
               count(*) FILTER (WHERE disposition = 'refund') AS refunds,
               count(*) FILTER (WHERE disposition = 'hold') AS held,
               count(*) FILTER (WHERE disposition = 'other') AS others,
               coalesce(sum(amount_fen) FILTER (WHERE disposition = 'settled'), 0)::bigint AS settled_fen,
               coalesce(sum(amount_fen) FILTER (WHERE disposition = 'refund'), 0)::bigint AS refund_fen,
               coalesce(sum(amount_fen) FILTER (WHERE disposition = 'hold' AND direction = 'credit'), 0)::bigint
                   AS held_fen
        FROM bank_line WHERE statement_id = $1
        """,
        statement_id,
        timeout=300,
    )
    assert row is not None  # noqa: S101 -- an aggregate always gives one row.
    return Outcomes(**row)
