"""What each user has set: the menu's width, the colours, how many rows a list shows at once (扩展栏 F20, F22).

A user's row is nobody else's: row security asks who acts. Whoever has set nothing has no row.
"""

from typing import Final

import attrs

from services.store.database import Connection
from services.store.violations import translated

PAGE_SIZES: Final = (10, 20, 50, 100, 200)
COLOURS: Final = ("blue", "cyan", "green", "purple", "red", "brown", "gray")
SCHEMES: Final = ("system", "light", "dark")


@attrs.frozen(kw_only=True)
class Preferences:
    """What one user has set.

    Attributes:
        folded: the menu shows its signs only.
        colour: of the pages.
        scheme: light, dark, or as the user's system is.
        page_size: how many rows a list shows at once.
    """

    folded: bool = False
    colour: str = COLOURS[0]
    scheme: str = SCHEMES[0]
    page_size: int = 20


DEFAULTS: Final = Preferences()


async def own(connection: Connection) -> Preferences:
    """Read what the acting user has set."""
    row = await connection.fetchrow(
        "SELECT folded, colour, scheme, page_size FROM user_preference WHERE actor = current_actor()"
    )
    return Preferences(**row) if row else DEFAULTS


async def page_size(connection: Connection) -> int:
    """Read how many rows the acting user wants to see at once."""
    return (await own(connection)).page_size


async def change(
    connection: Connection,
    *,
    folded: bool | None = None,
    colour: str | None = None,
    scheme: str | None = None,
    page_size: int | None = None,
) -> Preferences:
    """Set what is given for the acting user, and leave the rest.

    Raises:
        RefusedError: there is no such colour, scheme or size.
    """
    with translated():
        row = await connection.fetchrow(
            """
            INSERT INTO user_preference AS mine (folded, colour, scheme, page_size)
            VALUES (coalesce($1::boolean, $5), coalesce($2, $6), coalesce($3, $7), coalesce($4::integer, $8))
            ON CONFLICT ON CONSTRAINT user_preference_once DO UPDATE SET
                folded = coalesce($1, mine.folded), colour = coalesce($2, mine.colour),
                scheme = coalesce($3, mine.scheme), page_size = coalesce($4, mine.page_size)
            RETURNING folded, colour, scheme, page_size
            """,
            folded,
            colour,
            scheme,
            page_size,
            *attrs.astuple(DEFAULTS),
        )
    assert row is not None  # noqa: S101 -- RETURNING gives the row that was written.
    return Preferences(**row)
