"""The right of one worker to go on with one statement, for a while.

A lease carries an epoch that every later write checks first (`fence`), so that a worker that froze, lost its lease and
wakes up again writes nothing.
"""

from collections.abc import Sequence
from datetime import timedelta

import attrs

from libsubsidy import SubsidyError
from services.store.database import Connection

# A worker renews at a third of this. With the poll of the other workers a take-over takes less than a minute.
LEASE = timedelta(seconds=30)
# How long a statement of SQL may wait for its own sender before the sender is taken for frozen.
SILENT_MAX = timedelta(seconds=15)


class LeaseLostError(SubsidyError):
    """Another worker has taken the statement over; what this one wanted to write is not written."""

    def __init__(self, statement_id: int) -> None:
        super().__init__(f"the lease on statement {statement_id} is lost; another worker goes on with it")
        self.statement_id = statement_id


@attrs.frozen(kw_only=True)
class Lease:
    """A worker's right to go on with one statement, valid while nobody has taken it over."""

    statement_id: int
    epoch: int


@attrs.frozen(kw_only=True)
class ClaimedStatement:
    """What a worker needs to know to go on where the last one stopped.

    Attributes:
        tries: how often it was taken since it last got further; more than a few mean that it kills its workers.
    """

    lease: Lease
    tries: int
    state: str
    source: str
    filename: str
    uploaded_by: str | None
    account_id: int | None
    facts: dict[str, object] | None
    staged_lines: int
    matched_lines: int
    new_lines: int
    cursor: dict[str, object] | None


async def claim_next(connection: Connection, worker: str) -> ClaimedStatement | None:
    """Take the oldest statement that can be worked on, for `LEASE`; None when there is none.

    What was tried before comes after what was not: a file that fails must not starve the others.

    One statement of an account is matched at a time, because the balance of each one is proven against the one before.
    """
    row = await connection.fetchrow(
        """
        UPDATE statement
        SET lease_epoch = lease_epoch + 1, tries = tries + 1, lease_until = clock_timestamp() + $2::interval, leased_by = $1
        WHERE id = (
            SELECT s.id FROM statement s
            WHERE s.state IN ('received', 'staged', 'proven')
              AND (s.lease_until IS NULL OR s.lease_until < clock_timestamp())
              AND NOT (s.state = 'staged' AND EXISTS (
                  SELECT FROM statement p WHERE p.account_id = s.account_id AND p.state = 'proven'))
            ORDER BY s.tries, s.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING id, lease_epoch, tries, state, source, filename, uploaded_by, account_id, facts, staged_lines, matched_lines,
                  new_lines, cursor
        """,
        worker,
        LEASE,
    )
    if row is None:
        return None
    return ClaimedStatement(
        lease=Lease(statement_id=row["id"], epoch=row["lease_epoch"]),
        **{name: row[name] for name in attrs.fields_dict(ClaimedStatement) if name != "lease"},
    )


async def abandoned_transactions(connection: Connection) -> list[str]:
    """Return the transactions that hold a statement whose lease ran out; the worker's role may read that."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT xmax::text AS transaction FROM statement
        WHERE state IN ('received', 'staged', 'proven') AND lease_until < clock_timestamp() AND xmax <> '0'::xid
        """
    )
    return [row["transaction"] for row in rows]


async def end_frozen(connection: Connection, transactions: Sequence[str], silent: timedelta = SILENT_MAX) -> int:
    """End the sessions of those transactions from which the server hears nothing.

    A process that freezes between two statements of a transaction is ended by the server's own limit on idle ones. One
    that freezes within a statement, in the middle of a COPY, is not: the server waits for the rest, and keeps the lock.
    To be called outside of `acting`: the login may see and end the sessions of its own, and a role may not.
    """
    ended: int = await connection.fetchval(
        """
        SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid))
        FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'transactionid' AND l.granted AND l.transactionid::text = ANY ($1)
          AND a.usename = session_user AND a.state = 'active' AND a.wait_event = 'ClientRead'
          AND a.state_change < clock_timestamp() - $2::interval
        """,
        transactions,
        silent,
    )
    return ended


async def fence(connection: Connection, lease: Lease) -> None:
    """Renew the lease, or raise; the row stays locked for this transaction, so that nobody can take it over meanwhile.

    Raises:
        LeaseLostError: another worker has the statement.
    """
    held = await connection.fetchval(
        """
        UPDATE statement SET lease_until = clock_timestamp() + $3::interval WHERE id = $1 AND lease_epoch = $2
        RETURNING id
        """,
        lease.statement_id,
        lease.epoch,
        LEASE,
    )
    if held is None:
        raise LeaseLostError(lease.statement_id)


async def let_go(connection: Connection, lease: Lease, *, counted: bool = False) -> None:
    """End the lease at once, so that another worker need not wait for it to run out.

    The try does not count, because whoever lets go was not killed by the file, unless `counted` says that it may have
    been the file's fault all the same.
    """
    await connection.execute(
        """
        UPDATE statement
        SET lease_until = NULL, leased_by = NULL, tries = CASE WHEN $3 THEN tries ELSE greatest(tries - 1, 0) END
        WHERE id = $1 AND lease_epoch = $2
        """,
        lease.statement_id,
        lease.epoch,
        counted,
    )
