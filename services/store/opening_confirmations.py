"""期初余额确认: openings are what employers typed; what finance has found on the fund's account can be withdrawn (design §12).

One confirmation is for one employer as a whole, against the sum that was shown: what its people's openings come to and was
not confirmed before. Where an initialisation is opened again later, what it adds waits for a further confirmation, and what
it takes away can no longer be withdrawn (`funds_of` in schema.sql).
"""

from typing import Final

import attrs

from libsubsidy import Money
from services.store.database import Connection
from services.store.refusals import absent, refuse
from services.store.shared_values import money_of

EMPLOYERS_PER_PAGE_MAX: Final = 201
_UNCONFIRMED: Final = """
    SELECT o.employer_id, o.person_id, o.fen - coalesce(c.fen, 0) AS fen
    FROM (SELECT employer_id, person_id, sum(amount_fen)::bigint AS fen FROM ledger_entry
          -- Not what a backfill itemises.
          WHERE kind = 'opening' AND application_id IS NULL AND ($1::bigint IS NULL OR employer_id = $1)
          GROUP BY employer_id, person_id) AS o
    LEFT JOIN (SELECT employer_id, person_id, sum(amount_fen)::bigint AS fen FROM opening_confirmation
               WHERE $1::bigint IS NULL OR employer_id = $1 GROUP BY employer_id, person_id) AS c
        USING (employer_id, person_id)
    WHERE o.fen > coalesce(c.fen, 0)"""


@attrs.frozen(kw_only=True)
class Unconfirmed:
    """The openings of one employer that wait for finance.

    Attributes:
        people: how many there are.
        amount: what they come to.
    """

    employer_id: int
    employer_code: str
    employer_name: str
    people: int
    amount: Money


async def waiting(
    connection: Connection, *, after: int = 0, offset: int = 0, limit: int = EMPLOYERS_PER_PAGE_MAX
) -> tuple[Unconfirmed, ...]:
    """Return the employers whose openings wait, by number, from after one on; for the bureau."""
    rows = await connection.fetch(
        f"""
        SELECT e.id AS employer_id, e.code AS employer_code, e.name AS employer_name, count(*) AS people,
               sum(u.fen)::bigint AS fen
        FROM ({_UNCONFIRMED}) AS u JOIN employer e ON e.id = u.employer_id
        WHERE e.id > $2 GROUP BY e.id ORDER BY e.id OFFSET $3 LIMIT $4
        """,
        None,
        after,
        offset,
        min(limit, EMPLOYERS_PER_PAGE_MAX),
    )
    return tuple(
        Unconfirmed(
            employer_id=row["employer_id"],
            employer_code=row["employer_code"],
            employer_name=row["employer_name"],
            people=row["people"],
            amount=money_of(row["fen"]),
        )
        for row in rows
    )


async def count(connection: Connection) -> int:
    """Count the employers whose openings wait."""
    found: int = await connection.fetchval(f"SELECT count(DISTINCT employer_id) FROM ({_UNCONFIRMED}) AS u", None)
    return found


async def confirm(connection: Connection, employer_id: int, amount: Money) -> int:
    """Confirm that the money of an employer's openings is on the fund's account; return for how many people.

    Raises:
        RefusedError: ABSENT where there is no such employer, OPENINGS_CONFIRMED where none wait, OPENINGS_DIFFER where they
            come to another amount than was seen.
    """
    if await connection.fetchval("SELECT id FROM employer WHERE id = $1 FOR NO KEY UPDATE", employer_id) is None:
        raise absent("单位", "employer", employer_id)
    row = await connection.fetchrow(
        f"""
        WITH confirmed AS (
            INSERT INTO opening_confirmation (employer_id, person_id, amount_fen)
            SELECT employer_id, person_id, fen FROM ({_UNCONFIRMED}) AS u RETURNING amount_fen)
        SELECT count(*) AS people, coalesce(sum(amount_fen), 0)::bigint AS fen FROM confirmed
        """,
        employer_id,
    )
    assert row is not None  # noqa: S101 -- aggregates always give one row.
    if not row["people"]:
        raise refuse("OPENINGS_CONFIRMED")
    if row["fen"] != amount.fen:
        raise refuse("OPENINGS_DIFFER", shown=str(amount), now=str(money_of(row["fen"])))
    await connection.execute(
        """
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state, reason)
        VALUES ($1, 'employer', $1, 'openings_confirmed', $2)
        """,
        employer_id,
        str(amount),
    )
    people: int = row["people"]
    return people
