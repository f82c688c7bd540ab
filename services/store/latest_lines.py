"""The lines that were decided last, over all statements: what somebody sees who watches the reconciler work."""

from datetime import date
from typing import Any, Final

import attrs

from libsubsidy import Direction, Money
from services.store.database import Connection

LINES_MAX: Final = 50


@attrs.frozen(kw_only=True)
class LatestLine:
    """A line of the bank with its decision.

    Attributes:
        text: the memo as the bank wrote it, its own words included.
        disposition: settled, refund, hold or other.
        decision: the record of the decision (libsubsidy.explain_record).
    """

    id: int
    filename: str
    booked: date
    direction: Direction
    amount: Money
    currency: str
    text: str
    payer_name: str
    disposition: str
    decision: dict[str, Any]


async def latest(connection: Connection, *, limit: int = LINES_MAX) -> tuple[LatestLine, ...]:
    """Return the newest lines, the last one decided first."""
    rows = await connection.fetch(
        """
        SELECT b.id, s.filename, b.booked, b.direction, b.amount_fen, b.currency, coalesce(b.raw_memo, b.memo) AS text,
               b.payer_name, b.disposition, b.decision
        FROM bank_line b JOIN statement s ON s.id = b.statement_id ORDER BY b.id DESC LIMIT $1
        """,
        min(limit, LINES_MAX),
    )
    return tuple(
        LatestLine(
            id=row["id"],
            filename=row["filename"],
            booked=row["booked"],
            direction=Direction(row["direction"]),
            amount=Money(fen=row["amount_fen"]),
            currency=row["currency"],
            text=row["text"],
            payer_name=row["payer_name"],
            disposition=row["disposition"],
            decision=row["decision"],
        )
        for row in rows
    )
