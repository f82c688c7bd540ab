"""便签: notes that a user writes for nobody else (F23).

Row security keeps each to its user; nobody's note exists for anybody else. Every change names the version that it was
made from, so that a page left open in another window takes nothing back.
"""

from datetime import datetime
from typing import Final

import attrs

from services.store.database import Connection
from services.store.refusals import absent, refuse
from services.store.violations import translated

NOTES_PER_USER_MAX: Final = 50
NOTE_CHARACTERS_MAX: Final = 2000


@attrs.frozen(kw_only=True)
class Note:
    """One note."""

    id: int
    contents: str
    version: int
    changed_at: datetime


_COLUMNS: Final = "id, contents, version, changed_at"


async def own(connection: Connection) -> tuple[Note, ...]:
    """Read the acting user's notes, the newest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM note WHERE actor = current_actor() ORDER BY id DESC LIMIT {NOTES_PER_USER_MAX}"
    )
    return tuple(Note(**row) for row in rows)


async def add(connection: Connection, contents: str) -> Note:
    """Write a new one.

    Raises:
        RefusedError: NOTES_TOO_MANY, NOTE_TOO_LONG.
    """
    # One after the other, so that two windows do not both write the last one.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('note/' || current_actor(), 0))")
    kept = await connection.fetchval("SELECT count(*) FROM note WHERE actor = current_actor()")
    if kept >= NOTES_PER_USER_MAX:
        raise refuse("NOTES_TOO_MANY", limit=NOTES_PER_USER_MAX)
    with translated():
        row = await connection.fetchrow(f"INSERT INTO note (contents) VALUES ($1) RETURNING {_COLUMNS}", contents)
    assert row is not None  # noqa: S101 -- an INSERT that did not raise returns its row.
    return Note(**row)


async def change(connection: Connection, note_id: int, version: int, contents: str) -> Note:
    """Write what a note says now.

    Raises:
        RefusedError: ABSENT, STALE_VERSION, NOTE_TOO_LONG.
    """
    with translated():
        row = await connection.fetchrow(
            f"""
            UPDATE note SET contents = $3, version = version + 1, changed_at = now()
            WHERE id = $1 AND version = $2 AND actor = current_actor() RETURNING {_COLUMNS}
            """,
            note_id,
            version,
            contents,
        )
    if row is None:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM note WHERE id = $1)", note_id):
            raise refuse("STALE_VERSION/named", what_zh=f"便签 {note_id}", what_en=f"note {note_id}")
        raise absent("便签", "note", note_id)
    return Note(**row)


async def remove(connection: Connection, note_id: int) -> None:
    """Throw a note away.

    Raises:
        RefusedError: ABSENT.
    """
    if (
        await connection.fetchval("DELETE FROM note WHERE id = $1 AND actor = current_actor() RETURNING id", note_id)
        is None
    ):
        raise absent("便签", "note", note_id)
