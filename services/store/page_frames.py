"""What the frame around every page of a user shows: what the user has set, the employer, and what waits for it.

One query, because it is asked with every page; what it counts has an index.
"""

import attrs

from services.store.database import Connection
from services.store.preferences import DEFAULTS, Preferences


@attrs.frozen(kw_only=True)
class PageFrame:
    """What stands around one user's pages.

    Attributes:
        employer_name: empty for who acts for no employer.
        employer_code: 单位交易代码.
        notices: how many notices of the employer are to be paid.
    """

    preferences: Preferences
    employer_name: str
    employer_code: str
    notices: int


async def read(connection: Connection, employer_id: int | None) -> PageFrame:
    """Read it for the acting user, who acts for this employer if for any."""
    row = await connection.fetchrow(
        """
        SELECT p.folded, p.colour, p.scheme, p.page_size, e.name, e.code
        FROM (SELECT current_actor() AS actor) me
        LEFT JOIN user_preference p ON p.actor = me.actor
        LEFT JOIN employer e ON e.id = $1
        """,
        employer_id,
    )
    assert row is not None  # noqa: S101 -- somebody acts.
    notices = 0
    if employer_id is not None:
        notices = await waiting_notices(connection, employer_id)
    kept = DEFAULTS
    if row["colour"] is not None:
        kept = Preferences(**{name: row[name] for name in ("folded", "colour", "scheme", "page_size")})
    return PageFrame(
        preferences=kept, employer_name=row["name"] or "", employer_code=row["code"] or "", notices=notices
    )


async def waiting_notices(connection: Connection, employer_id: int) -> int:
    """Count the notices of an employer that are to be paid."""
    number: int = await connection.fetchval(
        "SELECT count(*) FROM payment_notice WHERE employer_id = $1 AND state = 'awaiting'", employer_id
    )
    return number
