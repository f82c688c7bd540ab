"""From a checked list to an application: the rows without errors, once more compared with the fund, handed to the bureau.

What an application holds is put together inside the database: twenty thousand people are never one value here.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from libsubsidy import Money, Violation
from services.store import applications, employee_imports, openings
from services.store.applications import Application, ApplicationKind, NewApplication
from services.store.attachments import Subject, bind
from services.store.database import Connection, EncodedJson
from services.store.employees import NewEmployee
from services.store.opening_rows import of_contents
from services.store.refusals import RefusedError, refuse

_PART_ROWS: Final = 1_000


async def submit(connection: Connection, import_id: int, *, only_good: bool, attachments: Sequence[int]) -> Application:
    """Hand a list to the bureau, and forget it as a list.

    Args:
        connection: inside a transaction of the employer.
        import_id: the list.
        only_good: leave out the rows with errors; otherwise there must be none.
        attachments: the files that prove it (F51), stored before.

    Raises:
        RefusedError: ABSENT, IMPORT_NOT_CHECKED, IMPORT_HAS_ERRORS or IMPORT_NOTHING_GOOD; or what keeps people from an
            account by now, each with the `row` of the sheet.
    """
    found = await employee_imports.lock_checked(connection, import_id)
    if found.broken_rows and not only_good:
        raise refuse("IMPORT_HAS_ERRORS", rows=found.broken_rows)
    if not found.good_rows:
        raise refuse("IMPORT_NOTHING_GOOD")
    employer_id = await connection.fetchval("SELECT employer_id FROM employee_import WHERE id = $1", import_id)
    if broken := await _obstacles(connection, employer_id, import_id):
        raise RefusedError(*broken)
    asked = NewApplication(
        kind=ApplicationKind.EMPLOYEE_IMPORT,
        contents={},
        text=await _contents(connection, import_id),
        line_count=found.good_rows,
        total=Money(fen=found.good.fen),
    )
    if found.replaces_id is None or found.replaces_version is None:
        application = await applications.submit(connection, employer_id, asked)
    else:
        application = await applications.submit_again(connection, found.replaces_id, found.replaces_version, asked)
    await bind(connection, application.kind.value, Subject("application", application.id), attachments)
    await employee_imports.drop(connection, import_id, reason="submitted")
    return application


async def _obstacles(connection: Connection, employer_id: int, import_id: int) -> tuple[Violation, ...]:
    numbers: list[int] = []
    people: list[NewEmployee] = []
    while True:
        rows = await connection.fetch(
            """
            SELECT row_number, person FROM employee_import_row
            WHERE import_id = $1 AND problems IS NULL AND row_number > $2 ORDER BY row_number LIMIT $3
            """,
            import_id,
            numbers[-1] if numbers else 0,
            _PART_ROWS,
        )
        numbers += [row[0] for row in rows]
        people += await asyncio.to_thread(of_contents, [row[1] for row in rows])
        if len(rows) < _PART_ROWS:
            return await openings.obstacles(connection, employer_id, people, numbers)


async def _contents(connection: Connection, import_id: int) -> EncodedJson:
    text: str = await connection.fetchval(
        """
        SELECT jsonb_build_object('employees', jsonb_agg(person ORDER BY row_number))::text
        FROM employee_import_row WHERE import_id = $1 AND problems IS NULL
        """,
        import_id,
    )
    return EncodedJson(text.encode())
