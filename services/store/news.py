"""News for whoever watches: the audit trail followed from place to place, and how far the statements at work are.

The trail is followed by (transaction, event), and only up to the oldest transaction that is still open: an event of a
transaction that began early and committed late would otherwise lie behind a place that somebody has already left, and
never be seen. So nothing is skipped and nothing is told twice, whoever commits in whatever order. The price: one long
transaction delays the news of all; it loses none.

An audit trail that was restored from a dump has numbers of transactions that this database has not begun. They tell nothing
of now: whoever looks passes over them (`_BEGUN`), or they would keep every look-out awake until the numbers have caught up.

Each look is one short statement. What is seen is the reader's own: row security decides.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import attrs

from services.store.database import Connection

NEWS_MAX: Final = 200
# A statement goes from file to ledger in seconds; more than these at work at once are told when their turn comes.
_AT_WORK_MAX: Final = 50
# What can be seen was committed, so that a number which is still to be given comes from another database.
_BEGUN: Final = "txid < pg_snapshot_xmax(pg_current_snapshot())"


@attrs.frozen(order=True)
class Place:
    """A place in the trail: everything up to it has been seen.

    Attributes:
        transaction: PostgreSQL's own 64-bit number.
        event: an audit event's id; 0 is the place before all events of the transaction.
    """

    transaction: int
    event: int


@attrs.frozen(kw_only=True)
class News:
    """Something has a new state.

    Attributes:
        place: whoever goes on from here has seen this.
        kind: order, notice, statement, application, registration, withdrawal or case.
    """

    place: Place
    kind: str
    subject_id: int
    state: str
    at: datetime


async def horizon(connection: Connection) -> Place:
    """Return the place behind everything that is settled: no transaction before it will ever add an event."""
    transaction = await connection.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    return Place(transaction, 0)


async def between(
    connection: Connection, after: Place, until: Place, kinds: Collection[str], *, limit: int = NEWS_MAX
) -> tuple[News, ...]:
    """Return the oldest news after a place, up to a horizon that was asked for before."""
    rows = await connection.fetch(
        """
        SELECT txid::text::bigint AS transaction, id, subject_kind, subject_id, to_state, at
        FROM audit_event
        WHERE (txid, id) > ($1::text::xid8, $2::bigint) AND txid < $3::text::xid8 AND subject_kind = ANY ($4::text[])
        ORDER BY txid, id LIMIT $5
        """,
        str(after.transaction),
        after.event,
        str(until.transaction),
        list(kinds),
        min(limit, NEWS_MAX),
    )
    return tuple(
        News(
            place=Place(row["transaction"], row["id"]),
            kind=row["subject_kind"],
            subject_id=row["subject_id"],
            state=row["to_state"],
            at=row["at"],
        )
        for row in rows
    )


async def began(connection: Connection, after: Place) -> datetime | None:
    """Return when the first event after a place happened, as far as the reader sees it; None when there is none.

    It tells how far behind somebody is who comes back.
    """
    at: datetime | None = await connection.fetchval(
        f"""
        SELECT at FROM audit_event
        WHERE (txid, id) > ($1::text::xid8, $2::bigint) AND {_BEGUN} ORDER BY txid, id LIMIT 1
        """,
        str(after.transaction),
        after.event,
    )
    return at


@attrs.frozen(kw_only=True)
class Stir:
    """What moved between two horizons, without saying what it was.

    Attributes:
        employers: whose things moved.
        any: whether anything moved at all, of an employer or of nobody in particular.
        more: something is committed, or about to be, that a transaction still open holds back.
    """

    employers: frozenset[int]
    any: bool
    more: bool


async def stirred(connection: Connection, after: Place, until: Place) -> Stir:
    """Say whom the news between two horizons concern; for a reader who sees the whole trail."""
    row = await connection.fetchrow(
        f"""
        SELECT coalesce(
                   array_agg(DISTINCT employer_id) FILTER (WHERE txid < $3::text::xid8 AND employer_id IS NOT NULL),
                   '{{}}') AS employers,
               coalesce(bool_or(txid < $3::text::xid8), false) AS any,
               coalesce(bool_or(txid >= $3::text::xid8), false) AS more
        FROM audit_event WHERE (txid, id) > ($1::text::xid8, $2::bigint) AND {_BEGUN}
        """,
        str(after.transaction),
        after.event,
        str(until.transaction),
    )
    assert row is not None  # noqa: S101 -- aggregates always give one row.
    return Stir(employers=frozenset(row["employers"]), any=row["any"], more=row["more"])


@attrs.frozen(kw_only=True)
class AtWork:
    """How far the reconciler is with a statement.

    Attributes:
        staged_lines: lines of the file, 0 while it is still being read.
        matched_lines: of these, how many are decided.
    """

    statement_id: int
    state: str
    staged_lines: int
    matched_lines: int


async def at_work(connection: Connection) -> tuple[AtWork, ...]:
    """Return the statements that the reconciler is working on, oldest first."""
    rows = await connection.fetch(
        """
        SELECT id AS statement_id, state, staged_lines, matched_lines FROM statement
        WHERE state IN ('received', 'staged', 'proven') ORDER BY id LIMIT $1
        """,
        _AT_WORK_MAX,
    )
    return tuple(AtWork(**row) for row in rows)
