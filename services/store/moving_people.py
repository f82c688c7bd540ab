"""The people whose state is about to change, as the rules of libsubsidy know them, and what orders hold of their months."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import Employment, EmploymentState, LiveLine, Month, MonthRange
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.shared_values import month_if_any, month_of

NO_MONTHS: Final[tuple[MonthRange, ...]] = ()
# Most people have none, and reading twenty thousand empty ones takes as long as all the rest.
SEALED_MONTHS: Final = "CASE WHEN NOT isempty(e.sealed_months) THEN e.sealed_months END"
_STATES: Final = {state.value: state for state in EmploymentState}


@attrs.frozen(kw_only=True)
class Mover:
    """One employee.

    Attributes:
        id_number: whole; who shows it masks it.
        employment: state and months alone; what was remitted is not read.
    """

    employment_id: int
    id_number: str
    employment: Employment


async def read(
    connection: Connection, employer_id: int, person_ids: Sequence[int], *, lock: bool = False
) -> dict[int, Mover]:
    """Return those of the people who work for the employer, by person.

    Args:
        connection: inside the caller's transaction.
        employer_id: whose people.
        person_ids: who is asked for.
        lock: hold their employments until the end of the transaction, in one order for everybody.
    """
    rows = await connection.fetch(
        f"""
        SELECT e.id, e.person_id, p.name, p.id_number, e.start_month, e.state, e.state_from,
               {SEALED_MONTHS} AS sealed_months
        FROM employment e JOIN person p ON p.id = e.person_id
        WHERE e.employer_id = $1 AND e.person_id IN (SELECT unnest($2::bigint[]))
        ORDER BY e.id {"FOR NO KEY UPDATE OF e" if lock else ""}
        """,
        employer_id,
        list(person_ids),
    )
    return await off_loop(len(rows), _movers, rows)


def _movers(rows: Sequence[Record]) -> dict[int, Mover]:
    return {
        row["person_id"]: Mover(
            employment_id=row["id"],
            id_number=row["id_number"],
            employment=Employment(
                person_id=row["person_id"],
                name=row["name"],
                start_month=month_if_any(row["start_month"]),
                state=_STATES[row["state"]],
                state_from=month_if_any(row["state_from"]),
                sealed_months=sealed_months_of(row["sealed_months"]),
            ),
        )
        for row in rows
    }


def sealed_months_of(ranges: Sequence[object] | None) -> tuple[MonthRange, ...]:
    """Read the months of earlier seals; PostgreSQL keeps them from a first day up to, and without, another."""
    if not ranges:
        return NO_MONTHS
    return tuple(MonthRange(month_of(each.lower), month_of(each.upper) - 1) for each in ranges)  # type: ignore[attr-defined]


async def live_lines(
    connection: Connection, employer_id: int, person_ids: Sequence[int], since: Month
) -> Mapping[int, tuple[LiveLine, ...]]:
    """Return the months from `since` on that orders of this employer hold, of those people who have any."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT l.person_id, l.month, o.state <> 'credited' AS is_open
        FROM order_line l JOIN remittance_order o ON o.id = l.order_id
        WHERE o.employer_id = $1 AND o.state IN ('submitted', 'approved', 'credited') AND l.month >= $3
          AND l.person_id IN (SELECT unnest($2::bigint[]))
        """,
        employer_id,
        list(person_ids),
        since.first_day,
    )
    return await off_loop(len(rows), _lines, rows)


def _lines(rows: Sequence[Record]) -> dict[int, tuple[LiveLine, ...]]:
    found: dict[int, tuple[LiveLine, ...]] = {}
    for row in rows:
        line = LiveLine(month=month_of(row["month"]), is_open=row["is_open"])
        found[row["person_id"]] = (*found.get(row["person_id"], ()), line)
    return found


def first_days(months: Sequence[Month]) -> list[date]:
    """Write months as the database keeps them."""
    return [month.first_day for month in months]
