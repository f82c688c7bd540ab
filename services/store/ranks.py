"""The ranks (级别) in use: what forms and templates offer to choose from; another text is always allowed."""

from typing import Final

from services.store.database import Connection

RANKS_MAX: Final = 200


async def in_use(connection: Connection) -> tuple[str, ...]:
    """Return the ranks of the employer's people, those of most people first; row security says whose they are."""
    rows = await connection.fetch(
        "SELECT rank FROM employment WHERE rank <> '' GROUP BY rank ORDER BY count(*) DESC, rank LIMIT $1", RANKS_MAX
    )
    return tuple(row[0] for row in rows)
