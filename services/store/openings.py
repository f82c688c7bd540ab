"""职工开户 (employee_opening): one application with many rows; all of them are opened, or none (F52).

What can be known at once is checked at once, so that what is submitted can be approved.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from libsubsidy import Money, Violation
from services.store import applications, employees
from services.store.applications import Application, ApplicationKind, NewApplication
from services.store.database import Connection, Role, looking_as
from services.store.employees import NewEmployee
from services.store.opening_rows import OpeningRow, of_contents, read_rows, to_contents
from services.store.refusals import RefusedError, limit_list, refuse, violation

# A reviewer looks through them; and each of them is read and written within one request.
OPENING_ROWS_MAX: Final = 2_000
ROWS_PER_PAGE_MAX: Final = 201


async def open_employees(
    connection: Connection, employer_id: int, rows: Sequence[OpeningRow], *, today: date
) -> Application:
    """Ask the bureau to open an account for each of these people, all or none.

    Args:
        connection: inside the caller's transaction.
        employer_id: who employs them.
        rows: as typed; at most OPENING_ROWS_MAX.
        today: the day of the bureau.

    Raises:
        RefusedError: with everything that is wrong, each with its `row` (from 1) and, where one cell is wrong, its `field`.
    """
    if not rows:
        raise refuse("NO_ROWS")
    limit_list(rows, OPENING_ROWS_MAX)
    await applications.refuse_closed(connection, employer_id)
    people, broken = await asyncio.to_thread(read_rows, rows, today)
    if broken:
        raise RefusedError(*broken)
    if broken := await _obstacles(connection, employer_id, people):
        raise RefusedError(*broken)
    total = sum(person.file_amount.amount.fen for person in people if person.file_amount is not None)
    return await applications.submit(
        connection,
        employer_id,
        NewApplication(
            kind=ApplicationKind.EMPLOYEE_OPENING,
            contents={"employees": to_contents(people)},
            line_count=len(people),
            total=Money(fen=total),
        ),
    )


async def employees_of(
    connection: Connection, application_id: int, *, after: int = 0, limit: int = ROWS_PER_PAGE_MAX
) -> tuple[NewEmployee, ...]:
    """Return a page of the people whose accounts are asked for, from after a row on; no page is longer than the limit."""
    rows: list[dict[str, Any]] | None = await connection.fetchval(
        """
        SELECT jsonb_path_query_array(
            contents, '$.employees[$first to $last]', jsonb_build_object('first', $2::integer, 'last', $3::integer))
        FROM application WHERE id = $1
        """,
        application_id,
        after,
        after + min(limit, ROWS_PER_PAGE_MAX) - 1,
    )
    return of_contents(rows or ())


async def open_accounts(connection: Connection, application: Application) -> None:
    """Let an approved opening take effect.

    Raises:
        RefusedError: the employer was closed, or somebody has an account by now.
    """
    contents = await applications.contents_of(connection, application.id)
    await applications.refuse_closed(connection, application.employer_id)
    people = await asyncio.to_thread(of_contents, contents["employees"])
    await employees.add(connection, application.employer_id, people)


async def _obstacles(connection: Connection, employer_id: int, people: Sequence[NewEmployee]) -> tuple[Violation, ...]:
    # An employer sees nobody else's employees, and still must hear that somebody has an account elsewhere (F46).
    async with looking_as(connection, Role.BUREAU):
        broken = await employees.check(connection, employer_id, people)
    return broken or await _asked_before(connection, employer_id, people)


async def _asked_before(
    connection: Connection, employer_id: int, people: Sequence[NewEmployee]
) -> tuple[Violation, ...]:
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (wanted.row) wanted.row, a.id
        FROM application a, jsonb_path_query(a.contents, '$.employees[*].id_number') AS asked (id_number),
             unnest($2::text[]) WITH ORDINALITY AS wanted (id_number, row)
        WHERE a.employer_id = $1 AND a.state IN ('submitted', 'in_review') AND asked.id_number #>> '{}' = wanted.id_number
        ORDER BY wanted.row, a.id
        """,
        employer_id,
        [str(person.id_number) for person in people],
    )
    return tuple(
        violation(
            "EMPLOYEE_ALREADY/asked",
            row=row["row"],
            name=people[row["row"] - 1].name,
            application=f"application-{row['id']}",
        )
        for row in rows
    )
