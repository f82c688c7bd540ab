"""住房补贴信息: what an employer's people, ledgers, notices and stray payments come to (F27)."""

from collections.abc import Mapping

import attrs

from libsubsidy import EmploymentState, Money
from services.store import employee_lists, ledgers
from services.store.database import Connection
from services.store.ledgers import EmployerLedger


@attrs.frozen(kw_only=True)
class EmployerFigures:
    """The figures of one employer.

    Attributes:
        people: how many people are in each state.
        ledger: what was credited to them, and the balance.
        unpaid_notices: how many payment notices are to be paid.
        unpaid: what those come to.
        stray_payments: how many payments that name this employer's code could not be booked to a notice.
        stray: what those come to.
    """

    people: Mapping[EmploymentState, int]
    ledger: EmployerLedger
    unpaid_notices: int
    unpaid: Money
    stray_payments: int
    stray: Money


async def of_employer(connection: Connection, employer_id: int) -> EmployerFigures:
    """Return them."""
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM payment_notice WHERE employer_id = $1 AND state = 'awaiting') AS notices,
               (SELECT coalesce(sum(amount_fen), 0)::bigint FROM payment_notice
                WHERE employer_id = $1 AND state = 'awaiting') AS unpaid_fen,
               count(*) AS payments, coalesce(sum(amount_fen), 0)::bigint AS stray_fen
        FROM line_case
        WHERE employer_id = $1 AND direction = 'credit' AND state NOT IN ('assigned', 'completed', 'closed')
        """,
        employer_id,
    )
    assert row is not None  # noqa: S101 -- aggregates always give one row.
    return EmployerFigures(
        people=await employee_lists.count_by_state(connection, employer_id),
        ledger=await ledgers.of_employer(connection, employer_id),
        unpaid_notices=row["notices"],
        unpaid=Money(fen=row["unpaid_fen"]),
        stray_payments=row["payments"],
        stray=Money(fen=row["stray_fen"]),
    )
