"""职工批量导入: an uploaded list from the upload until it is confirmed, dropped, or forgotten after a day (F50).

The file is kept until its rows are read, the rows with everything that is wrong with them until the list becomes an
application (`import_submissions`). Reading and judging is done beside the request that brought the file (`import_checks`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import ApplicationEvent, Money, Violation
from services.store import applications
from services.store.applications import ApplicationKind
from services.store.database import Connection
from services.store.kept_violations import read
from services.store.refusals import absent, refuse
from services.store.violations import translated

FORGOTTEN_AFTER: Final = timedelta(days=1)
# Of one employer; each keeps up to twenty thousand rows.
UNDER_WAY_MAX: Final = 5
FILE_NAME_CHARACTERS_MAX: Final = 200
_WAKE: Final = "employee_import"
_COLUMNS: Final = """id, file_name, replaces_id, replaces_version, state, row_count, rows_done, broken_rows, total_fen,
    good_fen, letters, findings, uploaded_by, uploaded_at"""


class ImportState(Enum):
    """How far a list is."""

    RECEIVED = "received"
    CHECKED = "checked"
    REFUSED = "refused"


@attrs.frozen(kw_only=True)
class EmployeeImport:
    """A list without its rows.

    Attributes:
        replaces_id: the returned application that is handed in anew with it.
        replaces_version: the version of it that was seen.
        row_count: filled rows, as soon as the file has been read.
        rows_done: of them, those that have been judged.
        broken_rows: of them, those with an error.
        total: 每月缴费金额 of all rows whose amount can be read.
        good: of the rows without errors.
        letters: the column of the sheet by the field.
        findings: why the file is refused, or what the person should know.
    """

    id: int
    file_name: str
    replaces_id: int | None
    replaces_version: int | None
    state: ImportState
    row_count: int
    rows_done: int
    broken_rows: int
    total: Money
    good: Money
    letters: Mapping[str, str]
    findings: tuple[Violation, ...]
    uploaded_by: str
    uploaded_at: datetime

    @property
    def good_rows(self) -> int:
        """Rows without errors."""
        return self.row_count - self.broken_rows


@attrs.frozen
class Problem:
    """One wrong cell of a row; the field is empty where the row as a whole is meant."""

    field: str
    violation: Violation


@attrs.frozen(kw_only=True)
class ImportRow:
    """One row.

    Attributes:
        number: as the spreadsheet numbers it.
        cells: texts by the field, as they were read.
        problems: everything that is wrong.
    """

    number: int
    cells: Mapping[str, str]
    problems: tuple[Problem, ...]


async def receive(
    connection: Connection, file_name: str, file: bytes, *, replaces_id: int | None = None
) -> EmployeeImport:
    """Keep an uploaded file, and let it be checked.

    Raises:
        RefusedError: IMPORTS_UNDER_WAY; ABSENT or IMPORTS_ONLY for what it should replace.
    """
    version = None if replaces_id is None else await _version_of_returned(connection, replaces_id)
    with translated():
        row = await connection.fetchrow(
            f"""
            WITH received AS (
                INSERT INTO employee_import (file_name, file, replaces_id, replaces_version)
                SELECT $1, $2, $3, $4 WHERE $5 > (SELECT count(*) FROM employee_import)
                RETURNING *),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
                SELECT employer_id, 'employee_import', id, state FROM received)
            SELECT {_COLUMNS}, pg_notify($6, id::text) FROM received
            """,
            file_name,
            file,
            replaces_id,
            version,
            UNDER_WAY_MAX,
            _WAKE,
        )
    if row is None:
        raise refuse("IMPORTS_UNDER_WAY", limit=UNDER_WAY_MAX)
    return _import(row)


async def _version_of_returned(connection: Connection, application_id: int) -> int:
    application = await applications.get(connection, application_id)
    if application.kind is not ApplicationKind.EMPLOYEE_IMPORT:
        raise refuse("IMPORTS_ONLY")
    await applications.lock_for(connection, ApplicationEvent.REVISE, application_id, application.version)
    return application.version


async def get(connection: Connection, import_id: int) -> EmployeeImport:
    """Return a list.

    Raises:
        RefusedError: ABSENT; also of one that was submitted or forgotten.
    """
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM employee_import WHERE id = $1", import_id)
    if row is None:
        raise absent("导入名单", "import", import_id)
    return _import(row)


async def get_checked(connection: Connection, import_id: int) -> EmployeeImport:
    """Return a list whose rows have all been judged.

    Raises:
        RefusedError: ABSENT, IMPORT_NOT_CHECKED.
    """
    found = await get(connection, import_id)
    if found.state is not ImportState.CHECKED:
        raise refuse("IMPORT_NOT_CHECKED")
    return found


async def under_way(connection: Connection) -> tuple[EmployeeImport, ...]:
    """Return the employer's lists that are not submitted yet, the newest first."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM employee_import ORDER BY id DESC")
    return tuple(map(_import, rows))


async def rows_of(
    connection: Connection, import_id: int, *, only_broken: bool = False, offset: int = 0, limit: int
) -> tuple[ImportRow, ...]:
    """Return some of the rows, in the order of the sheet."""
    rows = await connection.fetch(
        """
        SELECT row_number, cells, problems FROM employee_import_row
        WHERE import_id = $1 AND (problems IS NOT NULL OR NOT $2) ORDER BY row_number LIMIT $3 OFFSET $4
        """,
        import_id,
        only_broken,
        limit,
        offset,
    )
    return tuple(_row(each) for each in rows)


async def rows_before(connection: Connection, import_id: int, row_number: int, *, only_broken: bool) -> int:
    """Count the rows before one of the sheet's."""
    before: int = await connection.fetchval(
        """
        SELECT count(*) FROM employee_import_row
        WHERE import_id = $1 AND row_number < $2 AND (problems IS NOT NULL OR NOT $3)
        """,
        import_id,
        row_number,
        only_broken,
    )
    return before


async def check_again(connection: Connection, import_id: int) -> EmployeeImport:
    """Let a checked list be judged once more, because the roster has changed meanwhile.

    Raises:
        RefusedError: ABSENT, IMPORT_NOT_CHECKED.
    """
    await lock_checked(connection, import_id)
    row = await connection.fetchrow(
        f"""
        WITH again AS (
            UPDATE employee_import SET state = 'received', rows_done = 0, tries = 0, taken_until = NULL
            WHERE id = $1 RETURNING *),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
            SELECT employer_id, 'employee_import', id, 'checked', state FROM again)
        SELECT {_COLUMNS}, pg_notify($2, id::text) FROM again
        """,
        import_id,
        _WAKE,
    )
    assert row is not None  # noqa: S101 -- the row is locked.
    return _import(row)


async def drop(connection: Connection, import_id: int, *, reason: str = "dropped") -> None:
    """Forget a list and its rows.

    Raises:
        RefusedError: ABSENT.
    """
    dropped = await connection.fetchval(
        """
        WITH dropped AS (DELETE FROM employee_import WHERE id = $1 RETURNING id, employer_id, state),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
            SELECT employer_id, 'employee_import', id, state, $2 FROM dropped)
        SELECT id FROM dropped
        """,
        import_id,
        reason,
    )
    if dropped is None:
        raise absent("导入名单", "import", import_id)


async def lock_checked(connection: Connection, import_id: int) -> EmployeeImport:
    """Lock a list whose rows have all been judged, for whoever makes something else of it.

    Raises:
        RefusedError: ABSENT, IMPORT_NOT_CHECKED.
    """
    await connection.execute("SELECT FROM employee_import WHERE id = $1 FOR UPDATE", import_id)
    return await get_checked(connection, import_id)


async def forget(connection: Connection, *, older_than: timedelta = FORGOTTEN_AFTER) -> int:
    """Forget what nobody has submitted for long; return how many there were. As `Role.WORKER`."""
    forgotten: int = await connection.fetchval(
        """
        WITH forgotten AS (DELETE FROM employee_import WHERE uploaded_at < now() - $1::interval RETURNING id)
        SELECT count(*) FROM forgotten
        """,
        older_than,
        timeout=300,
    )
    return forgotten


def _import(row: Record) -> EmployeeImport:
    return EmployeeImport(
        id=row["id"],
        file_name=row["file_name"],
        replaces_id=row["replaces_id"],
        replaces_version=row["replaces_version"],
        state=ImportState(row["state"]),
        row_count=row["row_count"],
        rows_done=row["rows_done"],
        broken_rows=row["broken_rows"],
        total=Money(fen=row["total_fen"]),
        good=Money(fen=row["good_fen"]),
        letters=row["letters"],
        findings=tuple(map(read, row["findings"])),
        uploaded_by=row["uploaded_by"],
        uploaded_at=row["uploaded_at"],
    )


def _row(row: Record) -> ImportRow:
    problems = tuple(Problem(each["field"], read(each)) for each in row["problems"] or ())
    return ImportRow(number=row["row_number"], cells=row["cells"], problems=problems)
