"""How often somebody may try a password: failures of the last while, counted over all processes.

A try is written down as a failure before the password is looked at, and forgiven when it was right: tries at the same
moment cannot slip under a limit together. A try that is refused is not written down, so that whoever goes on trying
does not keep others out for longer. Runs as `Role.AUTH`.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import attrs

from services.store.database import Connection

PURGED_AT_ONCE_MAX: Final = 1_000


@attrs.frozen(kw_only=True)
class Attempt:
    """A try that may go on; it counts as failed until it is forgiven."""

    ids: tuple[int, ...]


@attrs.frozen(kw_only=True)
class TooOften:
    """No more tries for now.

    Attributes:
        wait: after this there is one again.
    """

    wait: timedelta


async def attempt(connection: Connection, limits: Mapping[str, int], window: timedelta) -> Attempt | TooOften:
    """Note a try under each of the names, unless one of them has had as many failures within the window as it may.

    Args:
        connection: acting as `Role.AUTH`; the counts are locked until its transaction ends, so it should end soon.
        limits: what is counted (``login/…``, ``address/…``) and how many failures it may have.
        window: how far back failures count.
    """
    # In one order for everybody, so that two tries never wait for each other.
    names = sorted(limits)
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(what, 0)) FROM unnest($1::text[]) what", names
    )
    wait = await connection.fetchval(
        """
        SELECT max((
            SELECT failed_at FROM login_failure f WHERE f.what = l.what AND failed_at > clock_timestamp() - $3::interval
            ORDER BY failed_at DESC OFFSET l.failures_max - 1 LIMIT 1) + $3::interval - clock_timestamp())
        FROM unnest($1::text[], $2::integer[]) l (what, failures_max)
        """,
        names,
        [limits[name] for name in names],
        window,
    )
    if wait is not None:
        return TooOften(wait=max(wait, timedelta(0)))
    rows = await connection.fetch(
        """
        INSERT INTO login_failure (what, failed_at) SELECT what, clock_timestamp() FROM unnest($1::text[]) what
        RETURNING id
        """,
        names,
    )
    return Attempt(ids=tuple(row["id"] for row in rows))


async def forgive(connection: Connection, tried: Attempt, names: Sequence[str] = ()) -> None:
    """Take a try back that was none of a wrong password, and all failures under the names given."""
    await connection.execute(
        "DELETE FROM login_failure WHERE id = ANY ($1::bigint[]) OR what = ANY ($2::text[])", tried.ids, list(names)
    )


async def purge(connection: Connection, window: timedelta) -> int:
    """Delete some of the failures that count no more, and return how many."""
    return (
        await connection.fetchval(
            """
        WITH old AS (
            SELECT id FROM login_failure WHERE failed_at <= clock_timestamp() - $1::interval LIMIT $2),
        gone AS (DELETE FROM login_failure f USING old WHERE f.id = old.id RETURNING 1)
        SELECT count(*)::integer FROM gone
        """,
            window,
            PURGED_AT_ONCE_MAX,
        )
        or 0
    )
