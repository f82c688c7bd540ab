"""The checking of an uploaded list (`employee_imports`): taken up, read, judged row by row, and finished.

A process that checks a list has it until `taken_until`; the number of its try is its fence: what another has taken over is
written by that one alone. It takes as `Role.WORKER`, who sees nothing of a list, and writes as the employer whose it is.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import attrs

from libsubsidy import Money, Violation
from services.store.database import Connection, EncodedJson
from services.store.kept_violations import written

# Reading may wait for its place; a part of the rows is judged in much less.
TAKEN_FOR: Final = timedelta(seconds=120)
_PART_ROWS: Final = 1_000


@attrs.frozen(kw_only=True)
class TakenImport:
    """What a checking process needs to know; `tries` is its fence."""

    id: int
    employer_id: int
    uploaded_by: str
    tries: int


@attrs.frozen
class UnjudgedRow:
    """A row as it was read."""

    number: int
    cells: Mapping[str, str]
    cell_problems: Sequence[Mapping[str, Any]]


@attrs.frozen
class Judgement:
    """What became of a row, as JSON: a person as an application keeps it, or what is wrong."""

    number: int
    person: EncodedJson | None
    problems: EncodedJson | None


async def take(connection: Connection) -> TakenImport | None:
    """Take the oldest list that nobody checks, for `TAKEN_FOR`; None when there is none. As `Role.WORKER`."""
    row = await connection.fetchrow(
        """
        UPDATE employee_import SET tries = tries + 1, taken_until = clock_timestamp() + $1::interval
        WHERE id = (
            SELECT id FROM employee_import
            WHERE state = 'received' AND (taken_until IS NULL OR taken_until < clock_timestamp())
            ORDER BY tries, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING id, employer_id, uploaded_by, tries
        """,
        TAKEN_FOR,
    )
    return None if row is None else TakenImport(**dict(row))


async def file_of(connection: Connection, taken: TakenImport) -> bytes | None:
    """Return the file; None when its rows have been read already."""
    file: bytes | None = await connection.fetchval(
        "SELECT file FROM employee_import WHERE id = $1 AND tries = $2", taken.id, taken.tries
    )
    return file


async def keep_rows(
    connection: Connection,
    taken: TakenImport,
    *,
    rows: Sequence[tuple[int, EncodedJson, EncodedJson | None]],
    letters: Mapping[str, str],
    advice: Sequence[Violation],
) -> bool:
    """Keep what was read (number, texts, wrong cells) instead of the file; False when another has taken the list over."""
    kept = await connection.fetchval(
        """
        UPDATE employee_import SET file = NULL, row_count = $3, rows_done = 0, letters = $4, findings = $5,
            taken_until = clock_timestamp() + $6::interval
        WHERE id = $1 AND tries = $2 AND file IS NOT NULL RETURNING id
        """,
        taken.id,
        taken.tries,
        len(rows),
        dict(letters),
        [written(found) for found in advice],
        TAKEN_FOR,
    )
    if kept is None:
        return False
    for first in range(0, len(rows), _PART_ROWS):
        part = rows[first : first + _PART_ROWS]
        await connection.execute(
            """
            INSERT INTO employee_import_row (import_id, row_number, cells, cell_problems)
            SELECT $1, * FROM unnest($2::integer[], $3::jsonb[], $4::jsonb[])
            """,
            taken.id,
            [number for number, _, _ in part],
            [cells for _, cells, _ in part],
            [problems for _, _, problems in part],
        )
    return True


async def unjudged(connection: Connection, taken: TakenImport, *, after: int, limit: int) -> tuple[UnjudgedRow, ...]:
    """Return the next rows."""
    rows = await connection.fetch(
        """
        SELECT row_number, cells, cell_problems FROM employee_import_row
        WHERE import_id = $1 AND row_number > $2 ORDER BY row_number LIMIT $3
        """,
        taken.id,
        after,
        limit,
    )
    return tuple(UnjudgedRow(row[0], row[1], row[2] or ()) for row in rows)


async def judge(connection: Connection, taken: TakenImport, judged: Sequence[Judgement], *, rows_done: int) -> bool:
    """Note what became of some rows, and how far the list is; False when another has taken it over."""
    held = await connection.fetchval(
        """
        UPDATE employee_import SET rows_done = $3, taken_until = clock_timestamp() + $4::interval
        WHERE id = $1 AND tries = $2 AND state = 'received' RETURNING id
        """,
        taken.id,
        taken.tries,
        rows_done,
        TAKEN_FOR,
    )
    if held is None:
        return False
    await connection.execute(
        """
        UPDATE employee_import_row r SET person = given.person, problems = given.problems
        FROM unnest($2::integer[], $3::jsonb[], $4::jsonb[]) AS given (row_number, person, problems)
        WHERE r.import_id = $1 AND r.row_number = given.row_number
        """,
        taken.id,
        [each.number for each in judged],
        [each.person for each in judged],
        [each.problems for each in judged],
    )
    return True


async def finish(connection: Connection, taken: TakenImport, *, total: Money) -> bool:
    """Say that every row has been judged; False when another has taken the list over."""
    return await _end(
        connection,
        taken,
        """
        state = 'checked', rows_done = row_count, total_fen = $3,
        broken_rows = (SELECT count(*) FROM employee_import_row r WHERE r.import_id = i.id AND r.problems IS NOT NULL),
        good_fen = (SELECT coalesce(sum((r.person -> 'monthly_fen')::bigint), 0)::bigint
                    FROM employee_import_row r WHERE r.import_id = i.id AND r.problems IS NULL)
        """,
        total.fen,
    )


async def refuse_file(connection: Connection, taken: TakenImport, findings: Sequence[Violation]) -> bool:
    """Say why the list cannot be taken at all, and forget its bytes and rows; False when another has taken it over."""
    if not await _end(
        connection, taken, "state = 'refused', file = NULL, findings = $3", [written(each) for each in findings]
    ):
        return False
    await connection.execute("DELETE FROM employee_import_row WHERE import_id = $1", taken.id)
    return True


async def _end(connection: Connection, taken: TakenImport, changes: str, value: object) -> bool:
    ended = await connection.fetchval(
        f"""
        WITH ended AS (
            UPDATE employee_import i SET taken_until = NULL, {changes}
            WHERE id = $1 AND tries = $2 AND state = 'received' RETURNING id, employer_id, state),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
            SELECT employer_id, 'employee_import', id, 'received', state FROM ended)
        SELECT id FROM ended
        """,
        taken.id,
        taken.tries,
        value,
    )
    return ended is not None
