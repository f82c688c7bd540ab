"""选择要转出的单位: to whom somebody can be transferred; of other employers name and code are told, and no more (F69).

Whoever looks must know something of the name or the code: there is no list of all employers.
"""

from typing import Final

import attrs

from services.store.database import Connection

TARGETS_PER_PAGE_MAX: Final = 50
SEARCH_CHARACTERS_MIN: Final = 2
_SEARCH_CHARACTERS_MAX: Final = 100


@attrs.frozen(kw_only=True)
class TransferTarget:
    """An employer as others know it."""

    id: int
    code: str
    name: str


async def search(
    connection: Connection,
    employer_id: int,
    text: str,
    *,
    after: tuple[str, int] | None = None,
    limit: int = TARGETS_PER_PAGE_MAX,
) -> tuple[TransferTarget, ...]:
    """Return active employers but the asker's, by a part of the name or the beginning of the code, in order of the name.

    Fewer than two characters find nobody.
    """
    wanted = text.strip()[:_SEARCH_CHARACTERS_MAX]
    if len(wanted) < SEARCH_CHARACTERS_MIN:
        return ()
    name, number = after or (None, None)
    rows = await connection.fetch(
        """
        SELECT id, code, name FROM employer
        WHERE state = 'active' AND id <> $1 AND (strpos(name, $2) > 0 OR starts_with(code, normalize($2, NFKC)))
          AND ($3::text IS NULL OR (name, id) > ($3, $4::bigint))
        ORDER BY name, id LIMIT $5
        """,
        employer_id,
        wanted,
        name,
        number,
        min(limit, TARGETS_PER_PAGE_MAX + 1),
    )
    return tuple(TransferTarget(**row) for row in rows)
