"""Which rows of a database changed since a moment: told by the transaction that wrote each row's present version."""

import attrs

from services.store.database import Connection

Changes = dict[str, int]
"""Rows that were added, changed or taken away, for each table that has any."""

_SECONDS_MAX = 600.0


@attrs.frozen
class Mark:
    """A moment: the next transaction's number, and the rows of every table."""

    transaction: int
    rows: dict[str, int]


async def mark(connection: Connection) -> Mark:
    """Remember this moment; nothing else may be at work in the database."""
    transaction: int = await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    return Mark(transaction, {table: await _count(connection, table) for table in await _tables(connection)})


async def changes_since(connection: Connection, before: Mark) -> Changes:
    """Count what changed; an update leaves a row of a new version, a deletion leaves one row less."""
    changes: Changes = {}
    for table, rows_before in before.rows.items():
        # Transaction numbers of a server that just started have not wrapped around.
        written = await _count(connection, table, f"WHERE xmin::text::bigint >= {before.transaction}")
        gone = rows_before + written - await _count(connection, table)
        if changed := max(written, gone):
            changes[table] = changed
    return changes


async def _tables(connection: Connection) -> list[str]:
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
    )
    return [row[0] for row in rows]


async def _count(connection: Connection, table: str, where: str = "") -> int:
    count: int = await connection.fetchval(f"SELECT count(*) FROM {table} {where}", timeout=_SECONDS_MAX)
    return count
