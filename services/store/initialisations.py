"""员工初始化: an employer verifies its migrated people once, before it may order (F15-F19).

What is typed is kept cell by cell as it is typed, wrong or not, so that a table of twenty thousand people can be worked
through over days. Submitting verifies all of it at once, by libsubsidy, and makes it the file and the opening balances: all
of it, or nothing. It is the employer's own act (D-13), but file and ledger are the bureau's to write, whose rights the
transaction takes for that step. Afterwards the bureau can open it again until the first order.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

import attrs

from libsubsidy import (
    FileAmount,
    InitialRow,
    Month,
    VerifiedRow,
    Violation,
    verify_row,
)
from services.store import change_records, employees, employers, posting
from services.store.change_records import NewRecord
from services.store.database import Connection, Role, stepping_in_as
from services.store.initialisation_rows import CELL_CHARACTERS_MAX, FIELDS, Finding, Row, told_of, whole
from services.store.long_work import off_loop
from services.store.posting import OpeningBalance
from services.store.refusals import VIOLATIONS_TOLD_MAX, RefusedError, absent, refuse
from services.store.shared_values import money_of

ROWS_PER_SAVE_MAX: Final = 200
# Any number will do, so long as every process takes the same: saving shares the lock, submitting has it alone.
_LOCK: Final = 75_257


@attrs.frozen(kw_only=True)
class Progress:
    """How far an employer is, as the bureau sees it.

    Attributes:
        initialised_at: when it was submitted; None while it is open.
        ordered: an order has been submitted since, so that it cannot be opened again.
    """

    employer_id: int
    code: str
    name: str
    people: int
    initialised_at: datetime | None
    ordered: bool


@attrs.frozen(kw_only=True)
class Submitted:
    """What a submission came to."""

    people: int
    changed: int
    openings: int


async def save(connection: Connection, employer_id: int, cells: Mapping[int, Mapping[str, str]]) -> None:
    """Keep what was typed, by person and field; other cells stay as they are.

    Raises:
        RefusedError: INITIALISED_ALREADY, FIELD_TOO_LONG, or ABSENT for somebody who is not on the list.
    """
    await _lock(connection, employer_id, alone=False)
    await refuse_closed(connection, employer_id)
    for typed in cells.values():
        for text in typed.values():
            if len(text) > CELL_CHARACTERS_MAX:
                raise RefusedError(Violation.of("FIELD_TOO_LONG", limit=CELL_CHARACTERS_MAX, characters=len(text)))
    kept = await connection.fetch(
        """
        INSERT INTO initialisation_row AS mine (employment_id, employer_id, mobile, rank, monthly_amount, opening_periods,
                                                opening_amount, paid_through)
        SELECT e.id, $1, given.mobile, given.rank, given.monthly_amount, given.opening_periods, given.opening_amount,
               given.paid_through
        FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
            AS given (person_id, mobile, rank, monthly_amount, opening_periods, opening_amount, paid_through)
        JOIN employment e ON e.person_id = given.person_id AND e.employer_id = $1 AND e.state <> 'ended'
        ORDER BY e.id
        ON CONFLICT ON CONSTRAINT initialisation_row_pk DO UPDATE SET
            mobile = coalesce(excluded.mobile, mine.mobile), rank = coalesce(excluded.rank, mine.rank),
            monthly_amount = coalesce(excluded.monthly_amount, mine.monthly_amount),
            opening_periods = coalesce(excluded.opening_periods, mine.opening_periods),
            opening_amount = coalesce(excluded.opening_amount, mine.opening_amount),
            paid_through = coalesce(excluded.paid_through, mine.paid_through)
        RETURNING (SELECT e.person_id FROM employment e WHERE e.id = employment_id)
        """,
        employer_id,
        list(cells),
        *([typed.get(name) for typed in cells.values()] for name in FIELDS),
    )
    if missing := cells.keys() - {row[0] for row in kept}:
        raise absent("职工", "employee", min(missing))


async def submit(connection: Connection, employer_id: int, today: date, *, shown: int) -> Submitted:
    """Make what was verified the file and the opening balances, and let the employer order from now on.

    Args:
        connection: in a transaction of the employer's.
        employer_id: whose.
        today: the day of the bureau.
        shown: how many people the page showed.

    Raises:
        RefusedError: INITIALISED_ALREADY, EMPLOYER_CLOSED, INITIALISATION_PEOPLE, or everything that is wrong in the table,
            each with its `row`, its `field` and the `employee`; nothing was written.
    """
    await _lock(connection, employer_id, alone=True)
    await refuse_closed(connection, employer_id)
    rows = await whole(connection, employer_id, today)
    if len(rows) != shown:
        raise refuse("INITIALISATION_PEOPLE", shown=shown, people=len(rows))
    taken, broken = await off_loop(len(rows), _judged, rows, today)
    if broken:
        told = tuple(told_of(each) for each in broken[:VIOLATIONS_TOLD_MAX])
        raise RefusedError(*told, total=len(broken))
    records = await off_loop(len(rows), lambda: list(_records(employer_id, taken)))
    async with stepping_in_as(connection, Role.BUREAU):
        posted = await _take_over(connection, employer_id, taken, today)
        await change_records.add(connection, records)
        await employers.initialise(connection, employer_id)
    await connection.execute("DELETE FROM initialisation_row WHERE employer_id = $1", employer_id)
    changed = len({each.employment_id for each in records} - {None})
    return Submitted(people=len(rows), changed=changed, openings=posted)


async def progress(connection: Connection, text: str, *, offset: int, limit: int) -> tuple[int, tuple[Progress, ...]]:
    """Return how many active employers have a text in name or code, and some of them: those that are open first."""
    rows = await connection.fetch(
        """
        SELECT m.id AS employer_id, m.code, m.name, m.initialised_at, count(*) OVER () AS total,
               (SELECT count(*) FROM employment e WHERE e.employer_id = m.id AND e.state <> 'ended') AS people,
               EXISTS (SELECT FROM remittance_order o WHERE o.employer_id = m.id AND o.submitted_at IS NOT NULL) AS ordered
        FROM employer m WHERE m.state = 'active' AND ($1 = '' OR strpos(m.name, $1) > 0 OR starts_with(m.code, $1))
        ORDER BY m.initialised_at IS NULL DESC, m.initialised_at DESC, m.id LIMIT $2 OFFSET $3
        """,
        text.strip(),
        limit,
        offset,
    )
    found = tuple(Progress(**{field.name: row[field.name] for field in attrs.fields(Progress)}) for row in rows)
    return (rows[0]["total"] if rows else 0), found


async def refuse_closed(connection: Connection, employer_id: int) -> None:
    """Refuse to touch what has been submitted.

    Raises:
        RefusedError: INITIALISED_ALREADY, EMPLOYER_CLOSED.
    """
    employer = await employers.get(connection, employer_id)
    if employer.state != "active":
        raise refuse("EMPLOYER_CLOSED")
    if employer.initialised:
        raise refuse("INITIALISED_ALREADY")


async def _lock(connection: Connection, employer_id: int, *, alone: bool) -> None:
    """Keep what is being typed out of what is being submitted."""
    shared = "" if alone else "_shared"
    await connection.execute(f"SELECT pg_advisory_xact_lock{shared}($1, $2)", _LOCK, employer_id % 2**31)


_Taken = tuple[Row, VerifiedRow]


def _judged(rows: Sequence[Row], today: date) -> tuple[list[_Taken], list[Finding]]:
    taken: list[_Taken] = []
    broken: list[Finding] = []
    for row in rows:
        good, found = verify_row(row.cells, today)
        if good is None:
            broken += (Finding(row, each) for each in found if not each.is_advice)
        else:
            taken.append((row, good))
    return taken, broken


def _after(good: VerifiedRow) -> InitialRow:
    """Give the file as it is afterwards, as text."""
    opening = good.opening
    return InitialRow(
        mobile=good.mobile,
        rank=good.rank,
        monthly_amount=str(good.monthly_amount),
        opening_periods="" if opening is None else str(opening.periods),
        opening_amount="" if opening is None else str(opening.amount),
        paid_through="" if opening is None or opening.paid_through is None else str(opening.paid_through),
    )


def _records(employer_id: int, taken: Sequence[_Taken]) -> Iterator[NewRecord]:
    yield NewRecord(employer_id=employer_id, field="initialised", before="", after="已提交")
    for row, good in taken:
        after = _after(good)
        for name in FIELDS:
            was, becomes = getattr(row.on_file, name), getattr(after, name)
            if was != becomes:
                yield NewRecord(
                    employer_id=employer_id,
                    employment_id=row.employment_id,
                    field=name,
                    before=was,
                    after=becomes,
                    reason="员工初始化",
                )


async def _take_over(connection: Connection, employer_id: int, taken: Sequence[_Taken], today: date) -> int:
    """Write the file and the opening balances; return how many entries the ledger got."""
    await connection.execute(
        """
        WITH given AS (
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::date[])
                AS given (employment_id, person_id, mobile, rank, periods, paid_through)),
        reached AS (
            UPDATE person p SET mobile = given.mobile FROM given WHERE p.id = given.person_id AND p.mobile <> given.mobile)
        UPDATE employment e
        SET rank = given.rank, opening_periods = given.periods, paid_through = given.paid_through
        FROM given WHERE e.id = given.employment_id
          AND (e.rank, e.opening_periods, e.paid_through) IS DISTINCT FROM (given.rank, given.periods, given.paid_through)
        """,
        [row.employment_id for row, _ in taken],
        [row.person_id for row, _ in taken],
        [good.mobile for _, good in taken],
        [good.rank for _, good in taken],
        [0 if good.opening is None else good.opening.periods for _, good in taken],
        [_first_day(None if good.opening is None else good.opening.paid_through) for _, good in taken],
    )
    month = Month.of(today)
    amounts = {
        row.person_id: FileAmount(effective=row.amount_from or row.start_month or month, amount=good.monthly_amount)
        for row, good in taken
        if str(good.monthly_amount) != row.on_file.monthly_amount
    }
    if amounts:
        await employees.set_file_amounts(connection, employer_id, amounts)
    nothing = money_of(0)
    openings = {
        row.person_id: OpeningBalance(month, nothing)
        if good.opening is None
        else OpeningBalance(good.opening.paid_through or month, good.opening.amount)
        for row, good in taken
        if good.opening is not None or row.on_file.opening_amount
    }
    return await posting.open_balances(connection, employer_id, openings) if openings else 0


def _first_day(month: Month | None) -> date | None:
    return None if month is None else month.first_day
