"""Ledgers: what was credited to a person, and the totals, always derived from the entries and never kept beside them.

I11: the periods are those of the opening, every month remitted or backfilled, and the months that a lump sum for missed
months (漏缴) made good; a lump sum for a difference adds none. A month whose entries were reversed does not count. Whose
entries are seen is the role's: a person sees the own ones, an employer those that it paid.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import Money, Month
from libsubsidy.money import ZERO
from services.store.database import Connection
from services.store.employee_search import SortBy, Sorting
from services.store.long_work import off_loop
from services.store.shared_values import money_of, month_if_any

ENTRIES_PER_PAGE_MAX: Final = 500


@attrs.frozen(kw_only=True)
class LedgerEntry:
    """One posting; the amount is signed, a correction is an entry of its own.

    Attributes:
        order_id: what it was posted for; None for what is no order.
        application_id: the same of an application.
    """

    id: int
    person_id: int
    employer_id: int
    employer_name: str
    month: Month
    kind: str
    amount: Money
    order_id: int | None
    posted_at: datetime
    application_id: int | None = None

    @property
    def is_backfilled(self) -> bool:
        """Whether somebody recorded it as history (历史补录): a month of its own, or one that itemises the opening."""
        return self.kind == "backfill" or (self.kind == "opening" and self.application_id is not None)

    @property
    def is_withdrawal_returned(self) -> bool:
        """Whether the bank has sent back what was paid out (支取退回)."""
        return self.kind == "withdrawal" and self.amount > ZERO


@attrs.frozen(kw_only=True)
class LedgerTotals:
    """What the entries of a person add up to.

    Attributes:
        balance: everything (累计缴纳金额 less what was paid out).
        cash: without openings and backfills, which somebody typed; what can be withdrawn of it stands in `withdrawals`.
        periods: 累计缴纳期数.
        withdrawn: what was paid out.
    """

    balance: Money
    cash: Money
    periods: int
    withdrawn: Money = ZERO

    @property
    def contributed(self) -> Money:
        """累计缴纳金额: what was paid in stays so, however much of it was withdrawn."""
        return self.balance + self.withdrawn


_ENTRY: Final = """l.id, l.person_id, l.employer_id, e.name AS employer_name, l.month, l.kind, l.amount_fen, l.order_id,
    l.posted_at, l.application_id FROM ledger_entry l JOIN employer e ON e.id = l.employer_id"""


async def of_person(
    connection: Connection, person_id: int, *, before: int | None = None, limit: int = ENTRIES_PER_PAGE_MAX
) -> tuple[LedgerEntry, ...]:
    """Return a person's entries, the newest first, those before the entry `before` if it is given."""
    rows = await connection.fetch(
        f"""
        SELECT {_ENTRY} WHERE l.person_id = $1 AND ($2::bigint IS NULL OR l.id < $2) ORDER BY l.id DESC LIMIT $3
        """,
        person_id,
        before,
        min(limit, ENTRIES_PER_PAGE_MAX),
    )
    return tuple(_entry(row) for row in rows)


@attrs.frozen(kw_only=True)
class LedgerYear:
    """What one year of a ledger comes to."""

    year: int
    entries: int
    amount: Money


async def years(connection: Connection, person_id: int) -> tuple[LedgerYear, ...]:
    """Return the years for which a person has entries, the latest first."""
    rows = await connection.fetch(
        """
        SELECT extract(year FROM month)::integer AS year, count(*) AS entries, sum(amount_fen)::bigint AS fen
        FROM ledger_entry WHERE person_id = $1 GROUP BY 1 ORDER BY 1 DESC
        """,
        person_id,
    )
    return tuple(LedgerYear(year=row["year"], entries=row["entries"], amount=money_of(row["fen"])) for row in rows)


async def of_year(connection: Connection, person_id: int, year: int) -> tuple[LedgerEntry, ...]:
    """Return a person's entries for the months of a year, the latest month first."""
    rows = await connection.fetch(
        f"""
        SELECT {_ENTRY} WHERE l.person_id = $1 AND l.month >= make_date($2, 1, 1) AND l.month <= make_date($2, 12, 1)
        ORDER BY l.month DESC, l.id DESC LIMIT $3
        """,
        person_id,
        year,
        ENTRIES_PER_PAGE_MAX,
    )
    return tuple(_entry(row) for row in rows)


def _entry(row: Record) -> LedgerEntry:
    return LedgerEntry(
        id=row["id"],
        person_id=row["person_id"],
        employer_id=row["employer_id"],
        employer_name=row["employer_name"],
        month=Month.of(row["month"]),
        kind=row["kind"],
        amount=Money(fen=row["amount_fen"]),
        order_id=row["order_id"],
        posted_at=row["posted_at"],
        application_id=row["application_id"],
    )


# The totals of the people whose ids are $1; one without entries and openings has zeros.
_TOTALS: Final = """
    WITH asked AS (SELECT DISTINCT unnest($1::bigint[]) AS person_id),
    money AS (
        SELECT person_id, sum(amount_fen)::bigint AS balance_fen,
               coalesce(sum(amount_fen) FILTER (WHERE kind NOT IN ('opening', 'backfill')), 0)::bigint AS cash_fen,
               coalesce(-sum(amount_fen) FILTER (WHERE kind = 'withdrawal'), 0)::bigint AS withdrawn_fen
        FROM ledger_entry JOIN asked USING (person_id) GROUP BY person_id),
    of_months AS (
        SELECT person_id, month, sum(amount_fen) > 0 AS counts FROM ledger_entry JOIN asked USING (person_id)
        WHERE kind IN ('regular', 'monthly', 'backfill', 'correction') GROUP BY person_id, month),
    months AS (SELECT person_id, count(*) FILTER (WHERE counts) AS periods FROM of_months GROUP BY person_id),
    covered AS (
        SELECT person_id, count(DISTINCT c.month) AS periods
        FROM ledger_entry l JOIN asked USING (person_id)
        JOIN lump_cover c USING (order_id, person_id)
        WHERE l.kind = 'lump_missed' AND NOT EXISTS (
            SELECT FROM of_months m WHERE m.counts AND m.person_id = l.person_id AND m.month = c.month)
        GROUP BY person_id),
    opening AS (
        SELECT person_id, sum(opening_periods) AS periods FROM employment JOIN asked USING (person_id)
        GROUP BY person_id)
    SELECT person_id, coalesce(balance_fen, 0) AS balance_fen, coalesce(cash_fen, 0) AS cash_fen,
           coalesce(withdrawn_fen, 0) AS withdrawn_fen,
           coalesce(months.periods, 0) + coalesce(covered.periods, 0) + coalesce(opening.periods, 0) AS periods
    FROM asked LEFT JOIN money USING (person_id) LEFT JOIN months USING (person_id) LEFT JOIN covered USING (person_id)
    LEFT JOIN opening USING (person_id)"""


async def totals(connection: Connection, person_ids: Sequence[int]) -> dict[int, LedgerTotals]:
    """Return the totals of each person asked for; one without entries and openings has zeros."""
    rows = await connection.fetch(_TOTALS, list(person_ids))
    return await off_loop(len(rows), _totals, rows)


def _totals(rows: Sequence[Record]) -> dict[int, LedgerTotals]:
    return {
        row["person_id"]: LedgerTotals(
            balance=money_of(row["balance_fen"]),
            cash=money_of(row["cash_fen"]),
            periods=row["periods"],
            withdrawn=money_of(row["withdrawn_fen"]),
        )
        for row in rows
    }


async def ranked(
    connection: Connection, person_ids: Sequence[int], sorting: Sorting, *, limit: int, offset: int
) -> list[int]:
    """Sort people by their 累计缴纳期数 or 累计缴纳金额, equals by name, and return some of them."""
    column = "periods" if sorting.by is SortBy.PERIODS else "balance_fen + withdrawn_fen"
    rows = await connection.fetch(
        f"""
        SELECT person_id FROM ({_TOTALS}) AS totals JOIN person p ON p.id = totals.person_id
        ORDER BY {column}{" DESC" if sorting.descending else ""}, p.name_pinyin, p.id LIMIT $2 OFFSET $3
        """,
        list(person_ids),
        limit,
        offset,
    )
    return [row[0] for row in rows]


@attrs.frozen(kw_only=True)
class EmployerLedger:
    """What an employer has paid into its people's ledgers (住房补贴信息, F27).

    Attributes:
        credited: what its remittances and back-payments come to.
        people: how many people they were for.
        last_month: the last month that was remitted.
        balance: all entries of its people's ledgers with it, openings and payments out among them.
        cash: of it, what a bank's money stands for: without openings and backfills.
    """

    credited: Money
    people: int
    last_month: Month | None
    balance: Money
    cash: Money


async def of_employer(connection: Connection, employer_id: int) -> EmployerLedger:
    """Return what an employer's entries add up to."""
    row = await connection.fetchrow(
        """
        SELECT coalesce(sum(amount_fen) FILTER (WHERE order_id IS NOT NULL), 0)::bigint AS credited_fen,
               count(DISTINCT l.person_id) FILTER (WHERE order_id IS NOT NULL) AS people,
               max(month) FILTER (WHERE kind = 'regular') AS last_month,
               coalesce(sum(amount_fen), 0)::bigint AS balance_fen,
               coalesce(sum(amount_fen) FILTER (WHERE kind NOT IN ('opening', 'backfill')), 0)::bigint AS cash_fen
        -- Entries are found by their people, who all have, or had, an employment here; no index goes by the employer.
        FROM employment e JOIN ledger_entry l ON l.person_id = e.person_id
        WHERE e.employer_id = $1 AND l.employer_id = $1
        """,
        employer_id,
    )
    assert row is not None  # noqa: S101 -- aggregates always give one row.
    return EmployerLedger(
        credited=Money(fen=row["credited_fen"]),
        people=row["people"],
        last_month=month_if_any(row["last_month"]),
        balance=Money(fen=row["balance_fen"]),
        cash=Money(fen=row["cash_fen"]),
    )
