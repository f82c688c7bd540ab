"""How often somebody may try a password: failures of the last while, counted over all processes.

A try is written down as a failure before the password is looked at, and forgiven when it was right: tries at the same
moment cannot slip under a limit together. A try that is refused is not written down, so that whoever goes on trying
does not keep others out for longer. What others fail elsewhere does not count where a login has succeeded lately:
otherwise strangers could keep its owner out for as long as they like. Runs as `Role.AUTH`.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import attrs

from services.store.database import Connection

PURGED_AT_ONCE_MAX: Final = 1_000
# Counted from everywhere, for who comes from anywhere; and from one place alone.
ANYWHERE: Final = "login/"
FROM_PLACE: Final = "login-from/"
PLACE_KEPT: Final = timedelta(days=30)


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
        limits: what is counted (``login-from/…``, ``login/…``, ``address/…``) and how many failures it may have; the
            one from everywhere is left out where the login has succeeded lately.
        window: how far back failures count.
    """
    at_home = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM login_place WHERE what = ANY ($1::text[]) AND succeeded_at > now() - $2::interval)",
        list(limits),
        PLACE_KEPT,
    )
    # In one order for everybody, so that two tries never wait for each other.
    names = sorted(name for name in limits if not (at_home and name.startswith(ANYWHERE)))
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
    """Take a try back that was none of a wrong password, and all failures under the names given.

    Args:
        connection: acting as `Role.AUTH`.
        tried: the try.
        names: under which the password was right; a ``login-from/…`` among them is remembered as a place of the login.
    """
    await connection.execute(
        "DELETE FROM login_failure WHERE id = ANY ($1::bigint[]) OR what = ANY ($2::text[])", tried.ids, list(names)
    )
    await connection.execute(
        """
        INSERT INTO login_place (what, succeeded_at) SELECT DISTINCT what, now() FROM unnest($1::text[]) what
        ON CONFLICT (what) DO UPDATE SET succeeded_at = excluded.succeeded_at
        """,
        sorted(name for name in names if name.startswith(FROM_PLACE)),
    )


async def purge(connection: Connection, window: timedelta) -> int:
    """Delete some of the failures and places that count no more, and return how many."""
    return (
        await connection.fetchval(
            """
        WITH old AS (
            SELECT id FROM login_failure WHERE failed_at <= clock_timestamp() - $1::interval LIMIT $2),
        gone AS (DELETE FROM login_failure f USING old WHERE f.id = old.id RETURNING 1),
        left_place AS (SELECT what FROM login_place WHERE succeeded_at <= now() - $3::interval LIMIT $2),
        -- Asked again, because a login may be succeeding there right now.
        forgotten AS (
            DELETE FROM login_place p USING left_place l
            WHERE p.what = l.what AND p.succeeded_at <= now() - $3::interval RETURNING 1)
        SELECT ((SELECT count(*) FROM gone) + (SELECT count(*) FROM forgotten))::integer
        """,
            window,
            PURGED_AT_ONCE_MAX,
            PLACE_KEPT,
        )
        or 0
    )
