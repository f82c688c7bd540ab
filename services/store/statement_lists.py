"""Statements as people look at them: how far each is, what was found, what became of its lines, page by page."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

import attrs
from asyncpg import Record

from libsubsidy import Direction, Money
from services.store.database import Connection
from services.store.refusals import absent


class StatementState(Enum):
    """How far a statement is; the moves stand in schema.sql."""

    RECEIVED = "received"
    STAGED = "staged"
    HELD = "held"
    PROVEN = "proven"
    RECONCILED = "reconciled"
    REFUSED = "refused"


@attrs.frozen(kw_only=True)
class Release:
    """Who let a held statement through, and what that person saw."""

    released_by: str
    released_by_name: str
    released_at: datetime
    note: str
    findings: tuple[Mapping[str, Any], ...]


@attrs.frozen(kw_only=True)
class ListedStatement:
    """A statement as it is now.

    Attributes:
        uploaded_by: the actor who uploaded it, None when a machine delivered it; the name is "" where nobody has one.
        waits_for_gap: held only until the statement before it has come.
        account: as registered, or as the file says it; "" where neither is known yet.
        findings: code, params and both texts, as the worker stored them.
        facts: what the reader found (`services/reconciler/reading.py`), None before it was read.
        version: changes with each look that a worker takes at it; a release names the one that was seen.
    """

    id: int
    source: str
    filename: str
    size_bytes: int
    received_from: str
    received_at: datetime
    uploaded_by: str | None
    uploaded_by_name: str
    state: StatementState
    waits_for_gap: bool
    account: str
    findings: tuple[Mapping[str, Any], ...]
    facts: Mapping[str, Any] | None
    staged_lines: int
    matched_lines: int
    new_lines: int
    finished_at: datetime | None
    version: int
    release: Release | None


_SELECT: Final = """
    SELECT s.id, s.source, s.filename, s.size_bytes, s.received_from, s.received_at, s.uploaded_by,
           coalesce(u.name, '') AS uploaded_by_name, s.state, s.waits_for_gap,
           coalesce(a.number, s.facts ->> 'account', '') AS account, s.findings, s.facts, s.staged_lines, s.matched_lines,
           s.new_lines, s.finished_at, s.lease_epoch AS version,
           r.released_by, coalesce(v.name, '') AS released_by_name, r.released_at, r.note, r.findings AS seen
    FROM statement s
    LEFT JOIN bank_account a ON a.id = s.account_id
    LEFT JOIN statement_release r ON r.statement_id = s.id
    LEFT JOIN portal_user u ON s.uploaded_by = 'user/' || u.id
    LEFT JOIN portal_user v ON r.released_by = 'user/' || v.id
    """
_RELEASE: Final = ("released_by", "released_by_name", "released_at", "note")


def _listed(row: Record) -> ListedStatement:
    facts = dict(row)
    released = {name: facts.pop(name) for name in _RELEASE}
    seen = facts.pop("seen")
    release = None if released["released_by"] is None else Release(findings=tuple(seen), **released)
    facts["findings"] = tuple(facts["findings"])
    return ListedStatement(state=StatementState(facts.pop("state")), release=release, **facts)


async def newest(
    connection: Connection,
    *,
    state: StatementState | None = None,
    account: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[ListedStatement]:
    """Return statements, the newest first, from before an id on, of one state or account, or all."""
    rows = await connection.fetch(
        _SELECT
        + """
        WHERE ($1::text IS NULL OR s.state = $1)
          AND ($2::text IS NULL OR coalesce(a.number, s.facts ->> 'account') = $2)
          AND ($3::bigint IS NULL OR s.id < $3)
        ORDER BY s.id DESC LIMIT $4
        """,
        None if state is None else state.value,
        account,
        before,
        limit,
    )
    return [_listed(row) for row in rows]


async def get(connection: Connection, statement_id: int) -> ListedStatement:
    """Return a statement.

    Raises:
        RefusedError: ABSENT.
    """
    row = await connection.fetchrow(_SELECT + "WHERE s.id = $1", statement_id)
    if row is None:
        raise absent("对账单", "statement", statement_id)
    return _listed(row)


@attrs.frozen(kw_only=True)
class OutcomeGroup:
    """Lines with one fate; yuan and dollars, money in and money out are never added up.

    Attributes:
        disposition: settled, refund, hold or other.
        reason: of a refund or hold; of others the kind; "" of what settled.
    """

    disposition: str
    reason: str
    direction: Direction
    currency: str
    lines: int
    total: Money


async def outcomes(connection: Connection, statement_id: int) -> list[OutcomeGroup]:
    """Count and sum the lines that a statement brought, by what was decided of them when they came."""
    rows = await connection.fetch(
        """
        SELECT disposition, coalesce(decision ->> 'reason', '') AS reason, direction, currency, count(*) AS lines,
               sum(amount_fen)::bigint AS fen
        FROM bank_line WHERE statement_id = $1 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        """,
        statement_id,
    )
    return [
        OutcomeGroup(
            disposition=row["disposition"],
            reason=row["reason"],
            direction=Direction(row["direction"]),
            currency=row["currency"],
            lines=row["lines"],
            total=Money(fen=row["fen"]),
        )
        for row in rows
    ]


@attrs.frozen(kw_only=True)
class ListedLine:
    """A line of a statement.

    Attributes:
        id: None while it is not proven, and so is no line of the account yet.
        ordinal: place in the file, from 0.
        disposition: settled, refund, hold or other, as decided when it came; None while it is not decided.
        decision: the record, which `libsubsidy.explain_record` puts into words.
        notice_id: what it paid, at once or by an assignment.
        case_id: the case that was opened for it; `case_state` is how far that is.
    """

    id: int | None
    ordinal: int
    booked: date
    bank_ref: str
    direction: Direction
    amount: Money
    currency: str
    memo: str
    payer_name: str
    payer_account: str
    disposition: str | None = None
    decision: Mapping[str, Any] | None = None
    notice_id: int | None = None
    case_id: int | None = None
    case_state: str | None = None


def _line(row: Record) -> ListedLine:
    facts = dict(row)
    return ListedLine(direction=Direction(facts.pop("direction")), amount=Money(fen=facts.pop("amount_fen")), **facts)


async def decided_lines(
    connection: Connection,
    statement_id: int,
    *,
    after: int | None = None,
    disposition: str | None = None,
    reason: str | None = None,
    limit: int,
) -> list[ListedLine]:
    """Return the lines that a statement brought to its account, in the order of their ids, from after an id on."""
    rows = await connection.fetch(
        """
        SELECT b.id, b.ordinal, b.booked, b.bank_ref, b.direction, b.amount_fen, b.currency, b.memo, b.payer_name,
               b.payer_account, b.disposition, b.decision, l.notice_id, c.id AS case_id, c.state AS case_state
        FROM bank_line b
        LEFT JOIN allocation l ON l.line_id = b.id
        LEFT JOIN line_case c ON c.line_id = b.id
        WHERE b.statement_id = $1 AND b.id > $2
          AND ($3::text IS NULL OR b.disposition = $3) AND ($4::text IS NULL OR b.decision ->> 'reason' = $4)
        ORDER BY b.id LIMIT $5
        """,
        statement_id,
        after or 0,
        disposition,
        reason,
        limit,
    )
    return [_line(row) for row in rows]


async def staged_lines(
    connection: Connection, statement_id: int, *, after: tuple[date, int] | None = None, limit: int
) -> list[ListedLine]:
    """Return the unproven lines of a statement, by day and place in the file, from after such a place on.

    Whoever is to release a file must be able to see what is in it.
    """
    day, ordinal = after or (date.min, -1)
    rows = await connection.fetch(
        """
        SELECT NULL::bigint AS id, ordinal, booked, bank_ref, direction, amount_fen, currency, memo, payer_name, payer_account
        FROM staged_line
        WHERE statement_id = $1 AND booked >= $2 AND (booked, ordinal) > ($2, $3)
        ORDER BY booked, ordinal LIMIT $4
        """,
        statement_id,
        day,
        ordinal,
        limit,
    )
    return [_line(row) for row in rows]
