"""Ledgers: what was credited to a person, and the totals, always derived from the entries and never kept beside them.

I11: the periods are those of the opening, every month remitted or backfilled, and the months that a lump sum for missed
months (漏缴) made good; a lump sum for a difference adds none. A month whose entries were reversed does not count. Whose
entries are seen is the role's: a person sees the own ones, an employer those that it paid.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import attrs

from libsubsidy import Money, Month
from services.store.database import Connection

ENTRIES_PER_PAGE_MAX: Final = 500


@attrs.frozen(kw_only=True)
class LedgerEntry:
    """One posting; the amount is signed, a correction is an entry of its own."""

    id: int
    person_id: int
    employer_id: int
    employer_name: str
    month: Month
    kind: str
    amount: Money
    order_id: int | None
    posted_at: datetime


@attrs.frozen(kw_only=True)
class LedgerTotals:
    """What the entries of a person add up to.

    Attributes:
        balance: everything, as it is shown (累计缴纳金额 less what was paid out).
        cash: without openings and backfills, which somebody typed: what may be paid out (design §12).
        periods: 累计缴纳期数.
    """

    balance: Money
    cash: Money
    periods: int


async def of_person(
    connection: Connection, person_id: int, *, before: int | None = None, limit: int = ENTRIES_PER_PAGE_MAX
) -> tuple[LedgerEntry, ...]:
    """Return a person's entries, the newest first, those before the entry `before` if it is given."""
    rows = await connection.fetch(
        """
        SELECT l.id, l.person_id, l.employer_id, e.name AS employer_name, l.month, l.kind, l.amount_fen, l.order_id,
               l.posted_at
        FROM ledger_entry l JOIN employer e ON e.id = l.employer_id
        WHERE l.person_id = $1 AND ($2::bigint IS NULL OR l.id < $2)
        ORDER BY l.id DESC LIMIT $3
        """,
        person_id,
        before,
        min(limit, ENTRIES_PER_PAGE_MAX),
    )
    return tuple(
        LedgerEntry(
            id=row["id"],
            person_id=row["person_id"],
            employer_id=row["employer_id"],
            employer_name=row["employer_name"],
            month=Month.of(row["month"]),
            kind=row["kind"],
            amount=Money(fen=row["amount_fen"]),
            order_id=row["order_id"],
            posted_at=row["posted_at"],
        )
        for row in rows
    )


async def totals(connection: Connection, person_ids: Sequence[int]) -> dict[int, LedgerTotals]:
    """Return the totals of each person asked for; one without entries and openings has zeros."""
    rows = await connection.fetch(
        """
        WITH asked AS (SELECT DISTINCT unnest($1::bigint[]) AS person_id),
        money AS (
            SELECT person_id, sum(amount_fen)::bigint AS balance_fen,
                   coalesce(sum(amount_fen) FILTER (WHERE kind NOT IN ('opening', 'backfill')), 0)::bigint AS cash_fen
            FROM ledger_entry JOIN asked USING (person_id) GROUP BY person_id),
        counted AS (
            SELECT person_id, month FROM ledger_entry JOIN asked USING (person_id)
            WHERE kind IN ('regular', 'monthly', 'backfill', 'correction')
            GROUP BY person_id, month HAVING sum(amount_fen) > 0
            UNION
            SELECT c.person_id, c.month
            FROM ledger_entry l JOIN asked USING (person_id)
            JOIN lump_cover c ON c.order_id = l.order_id AND c.person_id = l.person_id
            WHERE l.kind = 'lump_missed'),
        months AS (SELECT person_id, count(*) AS periods FROM counted GROUP BY person_id),
        opening AS (
            SELECT person_id, sum(opening_periods) AS periods FROM employment JOIN asked USING (person_id)
            GROUP BY person_id)
        SELECT person_id, coalesce(balance_fen, 0) AS balance_fen, coalesce(cash_fen, 0) AS cash_fen,
               coalesce(months.periods, 0) + coalesce(opening.periods, 0) AS periods
        FROM asked LEFT JOIN money USING (person_id) LEFT JOIN months USING (person_id)
        LEFT JOIN opening USING (person_id)
        """,
        list(person_ids),
    )
    return {
        row["person_id"]: LedgerTotals(
            balance=Money(fen=row["balance_fen"]), cash=Money(fen=row["cash_fen"]), periods=row["periods"]
        )
        for row in rows
    }


@attrs.frozen(kw_only=True)
class EmployerLedger:
    """What an employer has paid into its people's ledgers (住房补贴信息, F27)."""

    credited: Money
    people: int
    last_month: Month | None


async def of_employer(connection: Connection, employer_id: int) -> EmployerLedger:
    """Return what an employer's remittances and back-payments add up to."""
    row = await connection.fetchrow(
        """
        SELECT coalesce(sum(amount_fen), 0)::bigint AS credited_fen, count(DISTINCT person_id) AS people,
               max(month) FILTER (WHERE kind = 'regular') AS last_month
        FROM ledger_entry WHERE employer_id = $1 AND order_id IS NOT NULL
        """,
        employer_id,
    )
    assert row is not None  # noqa: S101 -- aggregates always give one row.
    last_month: date | None = row["last_month"]
    return EmployerLedger(
        credited=Money(fen=row["credited_fen"]),
        people=row["people"],
        last_month=None if last_month is None else Month.of(last_month),
    )
