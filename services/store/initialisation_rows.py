"""The table of 员工初始化: everybody who is verified, as typed or as on file, and what is wrong with it (F15-F18).

What is typed is kept cell by cell as it is typed, wrong or not (`initialisations.save`); libsubsidy judges it when somebody
asks.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import CellFinding, EmploymentState, InitialRow, Month, Violation, same_cell, verify_row
from services.store.database import Connection
from services.store.employees import EMPLOYEES_MAX
from services.store.long_work import off_loop
from services.store.shared_values import money_of, month_if_any

FIELDS: Final = tuple(field.name for field in attrs.fields(InitialRow))
CELL_CHARACTERS_MAX: Final = 200


@attrs.frozen(kw_only=True)
class Row:
    """One person in the table.

    Attributes:
        number: the place in the whole table, from 1.
        cells: as typed, or as on file.
        on_file: as on file.
        amount_from: from when the monthly amount on file counts; None if there is none.
    """

    number: int
    person_id: int
    employment_id: int
    name: str
    id_number: str
    id_number_given: str
    start_month: Month | None
    state: EmploymentState
    cells: InitialRow
    on_file: InitialRow
    amount_from: Month | None

    @property
    def id_number_masked(self) -> str:
        """The ID number for tables: without the rest of the area and the birth."""
        return f"{self.id_number[:4]}{'*' * 10}{self.id_number[14:]}"

    @property
    def edited(self) -> frozenset[str]:
        """The fields that mean something else than the file."""
        texts = ((name, getattr(self.cells, name), getattr(self.on_file, name)) for name in FIELDS)
        return frozenset(name for name, typed, known in texts if typed != known and not same_cell(name, typed, known))


@attrs.frozen
class Finding:
    """What is wrong with one cell of the table."""

    row: Row
    cell: CellFinding


# Everybody who is verified, numbered as the table is; what is asked for of them is read of those alone who are shown.
_EVERYBODY: Final = """SELECT e.id AS employment_id, row_number() OVER (ORDER BY p.name_pinyin, p.id) AS number,
        p.name, p.name_pinyin, p.id_number
    FROM employment e JOIN person p ON p.id = e.person_id WHERE e.employer_id = $1 AND e.state <> 'ended'"""
_MEANT: Final = """($3 = '' OR strpos(name, $3) > 0 OR strpos(id_number, upper($3)) > 0
    OR strpos(replace(name_pinyin, ' ', ''), lower(replace($3, ' ', ''))) > 0)"""
# The file's amount: the one that counts this month, or else the first one that will.
_ROWS: Final = """
    SELECT chosen.number, e.person_id, e.id AS employment_id, p.name, p.id_number, p.id_number_given, e.start_month, e.state,
           p.mobile AS file_mobile, e.rank AS file_rank, filed.amount_fen, filed.effective_month,
           e.opening_periods AS file_periods, e.paid_through AS file_through,
           (SELECT coalesce(sum(l.amount_fen), 0)::bigint FROM ledger_entry l
            WHERE l.person_id = e.person_id AND l.employer_id = $1 AND l.kind = 'opening') AS opening_fen,
           d.mobile, d.rank, d.monthly_amount, d.opening_periods, d.opening_amount, d.paid_through
    FROM chosen JOIN employment e ON e.id = chosen.employment_id JOIN person p ON p.id = e.person_id
    LEFT JOIN initialisation_row d ON d.employment_id = e.id
    LEFT JOIN LATERAL (
        SELECT f.amount_fen, f.effective_month FROM file_amount f WHERE f.employment_id = e.id
        ORDER BY f.effective_month > $2, abs(f.effective_month - $2::date) LIMIT 1) filed ON true
    ORDER BY chosen.number
"""


async def count(connection: Connection, employer_id: int, text: str = "") -> int:
    """Return how many people there are to verify, of those whose name, pinyin or ID number has a text."""
    found: int = await connection.fetchval(
        f"SELECT count(*) FROM ({_EVERYBODY}) AS everybody WHERE $2::text IS NULL AND {_MEANT}",
        employer_id,
        None,
        text.strip(),
    )
    return found


async def page(
    connection: Connection, employer_id: int, today: date, *, text: str = "", offset: int = 0, limit: int
) -> tuple[Row, ...]:
    """Return a part of the table, by name, each row with its number in the whole one."""
    rows = await connection.fetch(
        f"""
        WITH chosen AS (
            SELECT * FROM ({_EVERYBODY}) AS everybody WHERE {_MEANT} ORDER BY number LIMIT $4 OFFSET $5)
        {_ROWS}
        """,
        employer_id,
        Month.of(today).first_day,
        text.strip(),
        limit,
        offset,
    )
    return tuple(_row(row) for row in rows)


async def of_people(
    connection: Connection, employer_id: int, today: date, person_ids: Sequence[int]
) -> tuple[Row, ...]:
    """Return the rows of some people; who is not on the list is not there."""
    rows = await connection.fetch(
        f"""
        WITH chosen AS (
            SELECT everybody.* FROM ({_EVERYBODY}) AS everybody
            JOIN employment ON employment.id = everybody.employment_id WHERE employment.person_id = ANY ($3::bigint[]))
        {_ROWS}
        """,
        employer_id,
        Month.of(today).first_day,
        list(person_ids),
    )
    return tuple(_row(row) for row in rows)


async def whole(connection: Connection, employer_id: int, today: date) -> tuple[Row, ...]:
    """Return the whole table."""
    rows = await connection.fetch(
        f"WITH chosen AS ({_EVERYBODY} ORDER BY number LIMIT $3) {_ROWS}",
        employer_id,
        Month.of(today).first_day,
        EMPLOYEES_MAX,
    )
    return await off_loop(len(rows), lambda: tuple(_row(row) for row in rows))


def verify(rows: Sequence[Row], today: date) -> Iterator[Finding]:
    """Verify rows; for many call it in a thread."""
    for row in rows:
        _, found = verify_row(row.cells, today)
        for cell in found:
            yield Finding(row, cell)


async def verified(connection: Connection, employer_id: int, today: date) -> tuple[int, tuple[Finding, ...]]:
    """Verify the whole table; return how many people there are, and everything that is wrong, by row."""
    rows = await whole(connection, employer_id, today)
    return len(rows), await off_loop(len(rows), lambda: tuple(verify(rows, today)))


def told_of(finding: Finding) -> Violation:
    """Say where a finding is, in words and in facts."""
    row, violation = finding.row, finding.cell.violation
    return attrs.evolve(
        violation,
        params={**violation.params, "row": row.number, "field": finding.cell.field, "employee": str(row.person_id)},
        zh=f"第 {row.number} 行 {row.name}：{violation.zh}",
        en=f"Row {row.number}, {row.name}: {violation.en}",
    )


def _row(row: Record) -> Row:
    fen, periods, opening_fen = row["amount_fen"], row["file_periods"], row["opening_fen"]
    has_opening = bool(periods or opening_fen)
    on_file = InitialRow(
        mobile=row["file_mobile"],
        rank=row["file_rank"],
        monthly_amount="" if fen is None else str(money_of(fen)),
        opening_periods=str(periods) if has_opening else "",
        opening_amount=str(money_of(opening_fen)) if has_opening else "",
        paid_through=str(month_if_any(row["file_through"]) or ""),
    )
    typed = {name: row[name] for name in FIELDS if row[name] is not None}
    return Row(
        number=row["number"],
        person_id=row["person_id"],
        employment_id=row["employment_id"],
        name=row["name"],
        id_number=row["id_number"],
        id_number_given=row["id_number_given"],
        start_month=month_if_any(row["start_month"]),
        state=EmploymentState(row["state"]),
        cells=attrs.evolve(on_file, **typed) if typed else on_file,
        on_file=on_file,
        amount_from=month_if_any(row["effective_month"]),
    )
