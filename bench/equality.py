"""Proof that two databases hold the same: for each table the number of rows and the sum of a hash of every row.

Ids that a sequence gave and times are left out, and a row that points to another by such an id is compared with what it
points to: a case with its line, an event with the line it tells of. The reconciler's own trail of the statement (its
stages, its closing event) has no counterpart in the floor and is not compared.
"""

from services.store.database import Connection

_TABLES = {
    "bank_line": "SELECT to_jsonb(b) - 'id' FROM bank_line b",
    "settlement": "SELECT notice_id, employer_id, amount_fen, paid_on, settled_by FROM settlement",
    "allocation": """
        SELECT b.fingerprint, a.notice_id, a.amount_fen FROM allocation a JOIN bank_line b ON b.id = a.line_id
    """,
    "payment_notice": "SELECT id, state, amount_fen, merged_into, decided_at IS NULL FROM payment_notice",
    "remittance_order": "SELECT id, state, version, total_fen, decided_at IS NULL FROM remittance_order",
    "ledger_entry": "SELECT person_id, employer_id, month, kind, amount_fen, order_id FROM ledger_entry",
    "line_case": """
        SELECT b.fingerprint, to_jsonb(c) - '{id,line_id,opened_at}'::text[]
        FROM line_case c JOIN bank_line b ON b.id = c.line_id
    """,
    "audit_event": """
        SELECT a.actor, a.origin, a.employer_id, a.subject_kind, a.from_state, a.to_state, a.reason,
               CASE subject_kind WHEN 'case' THEN b.fingerprint::text ELSE a.subject_id::text END
        FROM audit_event a
        LEFT JOIN line_case c ON a.subject_kind = 'case' AND c.id = a.subject_id LEFT JOIN bank_line b ON b.id = c.line_id
        WHERE a.subject_kind <> 'statement'
    """,
    "outbox": """
        SELECT o.type, b.fingerprint, o.body - '{line_id,case_id}'::text[],
               CASE WHEN starts_with(o.subject, 'case/') THEN '' ELSE o.subject END
        FROM outbox o LEFT JOIN bank_line b ON b.id = (o.body ->> 'line_id')::bigint
        WHERE NOT starts_with(o.type, 'statement.')
    """,
}
_SECONDS_MAX = 1_800.0

Contents = dict[str, tuple[int, int]]
"""For each table: rows, and the sum of their hashes."""


async def contents(connection: Connection) -> Contents:
    """Sum up all tables that reconciling writes to."""
    found: Contents = {}
    for table, rows in _TABLES.items():
        row = await connection.fetchrow(
            f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM ({rows}) t",
            timeout=_SECONDS_MAX,
        )
        assert row is not None  # noqa: S101 -- an aggregate always gives one row.
        found[table] = row[0], int(row[1])
    return found


def differences(ours: Contents, theirs: Contents) -> list[str]:
    """Name the tables that differ, and how.

    >>> differences({"settlement": (2, 7)}, {"settlement": (2, 8)})
    ['settlement: 2 rows and 2 rows, of other contents']
    """
    return [
        f"{table}: {ours[table][0]:,} rows and {theirs[table][0]:,} rows, of other contents"
        for table in ours
        if ours[table] != theirs[table]
    ]
