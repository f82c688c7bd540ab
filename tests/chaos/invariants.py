"""What must be true after any fault, asked of the database itself: each query counts what breaks its promise."""

from collections.abc import Mapping
from typing import Final

from services.store.database import Connection

INVARIANTS: Final[Mapping[str, str]] = {
    "every fen that came in is settled, in a case, or no remittance (I2)": """
        SELECT abs(
            (SELECT coalesce(sum(amount_fen), 0) FROM bank_line WHERE direction = 'credit')
            - (SELECT coalesce(sum(amount_fen), 0) FROM allocation)
            - (SELECT coalesce(sum(amount_fen), 0) FROM line_case WHERE direction = 'credit' AND state <> 'assigned')
            - (SELECT coalesce(sum(amount_fen), 0) FROM bank_line WHERE direction = 'credit' AND disposition = 'other'))
        """,
    "every line has one end": """
        SELECT count(*) FROM bank_line b
        LEFT JOIN allocation a ON a.line_id = b.id LEFT JOIN line_case c ON c.line_id = b.id
        WHERE (b.disposition = 'settled') <> (a.line_id IS NOT NULL)
           OR (b.disposition IN ('refund', 'hold')) <> (c.line_id IS NOT NULL)
        """,
    "a notice is paid once, by a line of its amount (I27)": """
        SELECT count(*) FROM payment_notice n
        LEFT JOIN settlement s ON s.notice_id = n.id
        LEFT JOIN (SELECT notice_id, count(*) AS lines, sum(amount_fen) AS fen FROM allocation GROUP BY 1) a
            ON a.notice_id = n.id
        WHERE (n.state = 'paid') <> (s.notice_id IS NOT NULL)
           OR (s.notice_id IS NOT NULL AND (a.lines, a.fen, s.amount_fen) IS DISTINCT FROM (1, n.amount_fen, n.amount_fen))
        """,
    "the ledgers have what was settled, order by order (I4)": """
        SELECT count(*) FROM remittance_order o
        LEFT JOIN (SELECT order_id, count(*) AS entries, sum(amount_fen) AS fen FROM ledger_entry GROUP BY 1) l
            ON l.order_id = o.id
        WHERE CASE WHEN o.state = 'credited' THEN (l.entries, l.fen) IS DISTINCT FROM (o.line_count, o.total_fen)
              ELSE l.order_id IS NOT NULL END
        """,
    "the account's balance is the sum of its lines (I37)": """
        SELECT count(*) FROM bank_account t WHERE t.proven_closing_fen <> (
            SELECT coalesce(sum(CASE direction WHEN 'credit' THEN amount_fen ELSE -amount_fen END), 0)
            FROM bank_line WHERE account_id = t.id AND currency = t.currency)
        """,
    "the bytes are those that came": """
        SELECT count(*) FROM statement s WHERE s.sha256 IS DISTINCT FROM (
            SELECT sha256(string_agg(bytes, '' ORDER BY seq)) FROM statement_chunk WHERE statement_id = s.id)
        """,
    "every statement is matched to its end": """
        SELECT count(*) FROM statement s
        WHERE s.state <> 'reconciled' OR s.matched_lines <> s.staged_lines
           OR s.new_lines <> (SELECT count(*) FROM bank_line WHERE statement_id = s.id)
        """,
    "no unproven line is left": "SELECT count(*) FROM staged_line",
    "every change of state is in the trail": """
        SELECT count(*) FROM statement s WHERE s.state IS DISTINCT FROM (
            SELECT to_state FROM audit_event WHERE subject_kind = 'statement' AND subject_id = s.id ORDER BY id DESC LIMIT 1)
        """,
}


async def broken(db: Connection) -> list[str]:
    """Name what is not true, with how often."""
    counts = {promise: await db.fetchval(query) for promise, query in INVARIANTS.items()}
    return [f"{promise}: {count}" for promise, count in counts.items() if count]
