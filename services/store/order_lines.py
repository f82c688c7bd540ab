"""The lines of an order: written in pages while it is a draft, read whole when it is judged."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from asyncpg import Record
from asyncpg.cursor import Cursor

from libsubsidy import AmountSource, Month, OrderKind, OrderLine, OrderState, Policy, Violation
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.orders import Order, get, order_of
from services.store.refusals import RefusedError, limit_list, refuse
from services.store.shared_values import money_of, month_of
from services.store.violations import translated

# One page in one call; an order has as many pages as Policy.order_lines_max allows.
LINES_PER_CALL_MAX: Final = 20_000
COVERS_PER_CALL_MAX: Final = 100_000
# The driver writes the arrays of one statement in one go, and nothing else happens meanwhile.
_LINES_PER_STATEMENT: Final = 5_000
# Twenty thousand lines at once are more values than Python's garbage collector looks through unnoticed.
LINES_PER_PART: Final = 4_000
_READ: Final = """
    SELECT person_id, month, amount_fen, source, carry_over FROM order_line
    WHERE order_id = $1 AND ($2::date IS NULL OR month = $2) ORDER BY person_id, month
"""

Covers = Mapping[int, frozenset[Month]]
NO_COVERS: Final[Covers] = MappingProxyType({})


async def put(
    connection: Connection,
    order_id: int,
    version: int,
    lines: Sequence[OrderLine],
    *,
    covers: Covers = NO_COVERS,
    remove: Sequence[tuple[int, Month]] = (),
    replace: bool = False,
    policy: Policy,
) -> Order:
    """Write a page of a draft: new lines are added, lines of the same person and month replaced.

    The same page may be sent twice, as after a broken connection: the second time it is refused by its version, and
    nothing is lost or doubled.

    Args:
        connection: inside the caller's transaction.
        order_id: the draft.
        version: the one seen; the order returned has the next.
        lines: what is to be paid.
        covers: for a lump sum of missed months, the months of each person; they replace that person's. One person's
            are limited by the policy, and those of an order as its lines are.
        remove: people and months that are not to be paid after all; taken away before the lines are written.
        replace: throw away all lines and covers that were there before.
        policy: says how many lines an order and how many months a lump sum may have.

    Raises:
        RefusedError: the order is absent, changed, no draft any more or grows too large; a person is not known; a line
            stands twice in the page or has no positive amount.
    """
    limit_list(lines, LINES_PER_CALL_MAX)
    limit_list(remove, LINES_PER_CALL_MAX)
    if too_many := tuple(_too_many_covers(covers, policy)):
        raise RefusedError(*too_many)
    named = covers_count(covers)
    limit_list(range(named), COVERS_PER_CALL_MAX)
    if repeated := await off_loop(len(lines), _repeated, lines):
        raise RefusedError(*repeated)
    order = await lock_draft(connection, order_id, version)
    if covers and order.kind is not OrderKind.LUMP_MISSED:
        raise RefusedError(Violation.of("LUMP_COVERS_NOT_ASKED"))
    with translated():
        if replace:
            await connection.execute("DELETE FROM order_line WHERE order_id = $1", order_id)
            await connection.execute("DELETE FROM lump_cover WHERE order_id = $1", order_id)
        await change(connection, order, gone=remove, written=lines)
        await write_covers(connection, order, covers, policy)
        return await recount(connection, order_id, policy)


async def change(
    connection: Connection, order: Order, *, gone: Sequence[tuple[int, Month]], written: Sequence[OrderLine]
) -> None:
    """Take lines away from a locked draft, then write others; `recount` follows when all are there."""
    for start in range(0, len(gone), _LINES_PER_STATEMENT):
        await _remove_lines(connection, order, gone[start : start + _LINES_PER_STATEMENT])
    for start in range(0, len(written), _LINES_PER_STATEMENT):
        await _write_lines(connection, order, written[start : start + _LINES_PER_STATEMENT])


async def recount(connection: Connection, order_id: int, policy: Policy) -> Order:
    """Give a locked draft, whose lines have changed, its next version and its sums; it waits for no colleague any more (复核).

    Raises:
        RefusedError: it has grown too large.
    """
    row = await connection.fetchrow(
        """
        UPDATE remittance_order o
        SET version = o.version + 1, total_fen = now.total_fen, line_count = now.lines, person_count = now.people,
            prepared_by = '', prepared_at = NULL
        FROM (SELECT coalesce(sum(amount_fen), 0) AS total_fen, count(*) AS lines,
                     count(DISTINCT person_id) AS people
              FROM order_line WHERE order_id = $1) now
        WHERE o.id = $1 RETURNING o.*
        """,
        order_id,
    )
    assert row is not None  # noqa: S101 -- the row is locked.
    changed = order_of(row)
    if changed.line_count > policy.order_lines_max:
        raise RefusedError(
            Violation.of("ORDER_TOO_LARGE", lines=changed.line_count, limit=policy.order_lines_max),
        )
    return changed


async def empty(connection: Connection, order_id: int, version: int, month: Month, policy: Policy) -> Order:
    """Take all lines of a month, and what they cover, out of a draft.

    Raises:
        RefusedError: the order is absent, changed, or no draft any more.
    """
    order = await lock_draft(connection, order_id, version)
    with translated():
        await connection.execute("DELETE FROM order_line WHERE order_id = $1 AND month = $2", order.id, month.first_day)
        # A lump sum has one month, its label; what it covers are others.
        await connection.execute("DELETE FROM lump_cover WHERE order_id = $1", order.id)
        return await recount(connection, order.id, policy)


async def read(connection: Connection, order_id: int, month: Month | None = None) -> tuple[OrderLine, ...]:
    """Return every line of an order, or of one of its months, by person and month."""
    rows = await connection.fetch(_READ, order_id, None if month is None else month.first_day)
    return await off_loop(len(rows), lines_of, rows)


async def people(connection: Connection, order_id: int, month: Month) -> frozenset[int]:
    """Return who stands in one of an order's months."""
    found: list[int] | None = await connection.fetchval(
        "SELECT array_agg(person_id) FROM order_line WHERE order_id = $1 AND month = $2", order_id, month.first_day
    )
    return frozenset(found or ())


async def row_parts(
    connection: Connection, order_id: int, *, lines_max: int = LINES_PER_PART
) -> AsyncIterator[list[Record]]:
    """Give the rows of an order's lines, by person and month, in parts of about `lines_max`; no person is divided.

    An order without lines has one part, which is empty.
    """
    async for part in whole_people(await connection.cursor(_READ, order_id, None), lines_max):
        yield part


async def whole_people(cursor: Cursor, lines_max: int) -> AsyncIterator[list[Record]]:
    """Give rows that come by person in parts of about `lines_max`; no person is divided. Without rows one empty part."""
    held: list[Record] = []
    while len(rows := await cursor.fetch(lines_max)) == lines_max:
        held += rows
        # Whoever comes last may go on in the next part.
        whole = next(place for place, row in enumerate(held) if row["person_id"] == held[-1]["person_id"])
        if whole:
            yield held[:whole]
            held = held[whole:]
    yield held + rows


def lines_of(rows: Sequence[Record]) -> tuple[OrderLine, ...]:
    """Read lines from rows; equal months and amounts are one value, because there are so many."""
    return tuple(
        OrderLine(
            person_id=person_id,
            month=month_of(day),
            amount=money_of(fen),
            source=_SOURCES[source],
            carry_over=carry_over,
        )
        for person_id, day, fen, source, carry_over in rows
    )


_SOURCES: Final = {source.value: source for source in AmountSource}


async def read_covers(
    connection: Connection, order_id: int, person_ids: Sequence[int] | None = None
) -> dict[int, frozenset[Month]]:
    """Return the months that each person's lump sum makes good, of everybody or of some; within a transaction."""
    cursor = await connection.cursor(
        "SELECT person_id, month FROM lump_cover WHERE order_id = $1 AND ($2::bigint[] IS NULL OR person_id = ANY ($2))",
        order_id,
        person_ids,
    )
    months: defaultdict[int, set[Month]] = defaultdict(set)
    count = 0
    while rows := await cursor.fetch(LINES_PER_PART):
        await off_loop(len(rows), _gather, months, rows)
        count += len(rows)
    return await off_loop(count, _frozen, months)


def covers_count(covers: Covers) -> int:
    """Say how many months are made good: so much there is to do with them."""
    return sum(map(len, covers.values()))


def _gather(months: defaultdict[int, set[Month]], rows: Sequence[Record]) -> None:
    for person_id, day in rows:
        months[person_id].add(month_of(day))


def _frozen(months: Mapping[int, set[Month]]) -> dict[int, frozenset[Month]]:
    return {person_id: frozenset(known) for person_id, known in months.items()}


def _too_many_covers(covers: Covers, policy: Policy) -> Iterator[Violation]:
    limit = policy.lump_missed_months_max
    for person_id, months in covers.items():
        if len(months) > limit:
            yield Violation.of("LUMP_COVERS_TOO_MANY", name=f"#{person_id}", months=len(months), limit=limit)


def _cover_rows(covers: Covers) -> list[tuple[int, Month]]:
    return [(person_id, month) for person_id, months in covers.items() for month in sorted(months)]


async def lock_draft(connection: Connection, order_id: int, version: int) -> Order:
    """Lock an order whose lines are to change.

    Raises:
        RefusedError: it is absent, was changed since it was seen, or is no draft any more.
    """
    row = await connection.fetchrow("SELECT * FROM remittance_order WHERE id = $1 FOR NO KEY UPDATE", order_id)
    order = await get(connection, order_id) if row is None else order_of(row)
    if order.version != version:
        raise refuse("STALE_VERSION/named", what_zh=f"订单 {order_id}", what_en=f"order {order_id}")
    if order.state is not OrderState.DRAFT:
        raise refuse("ORDER_FROZEN")
    return order


async def _remove_lines(connection: Connection, order: Order, gone: Sequence[tuple[int, Month]]) -> None:
    for table in ("order_line", "lump_cover"):
        await connection.execute(
            f"""
            DELETE FROM {table} l USING unnest($2::bigint[], $3::date[]) AS gone (person_id, month)
            WHERE l.order_id = $1 AND l.person_id = gone.person_id
              AND (l.month = gone.month OR '{table}' = 'lump_cover')
            """,
            order.id,
            [person_id for person_id, _ in gone],
            [month.first_day for _, month in gone],
        )


async def _write_lines(connection: Connection, order: Order, lines: Sequence[OrderLine]) -> None:
    await connection.execute(
        """
        INSERT INTO order_line (order_id, employer_id, person_id, month, amount_fen, source, carry_over)
        SELECT $1, $2, * FROM unnest($3::bigint[], $4::date[], $5::bigint[], $6::text[], $7::boolean[])
        ON CONFLICT ON CONSTRAINT order_line_pk DO UPDATE
        SET amount_fen = excluded.amount_fen, source = excluded.source, carry_over = excluded.carry_over
        """,
        order.id,
        order.employer_id,
        [line.person_id for line in lines],
        [line.month.first_day for line in lines],
        [line.amount.fen for line in lines],
        [line.source.value for line in lines],
        [line.carry_over for line in lines],
    )


async def write_covers(connection: Connection, order: Order, covers: Covers, policy: Policy) -> None:
    """Write the months that people's lump sums make good into a locked draft, instead of those that these people had."""
    if not covers:
        return
    rows = await off_loop(covers_count(covers), _cover_rows, covers)
    await connection.execute(
        "DELETE FROM lump_cover WHERE order_id = $1 AND person_id = ANY ($2)", order.id, list(covers)
    )
    others: int = await connection.fetchval("SELECT count(*) FROM lump_cover WHERE order_id = $1", order.id)
    if others + len(rows) > policy.order_lines_max:
        raise refuse("ORDER_TOO_LARGE/covers", months=others + len(rows), limit=policy.order_lines_max)
    for start in range(0, len(rows), _LINES_PER_STATEMENT):
        part = rows[start : start + _LINES_PER_STATEMENT]
        await connection.execute(
            """
            INSERT INTO lump_cover (order_id, employer_id, person_id, month)
            SELECT $1, $2, * FROM unnest($3::bigint[], $4::date[])
            """,
            order.id,
            order.employer_id,
            [person_id for person_id, _ in part],
            [month.first_day for _, month in part],
        )


def _repeated(lines: Sequence[OrderLine]) -> tuple[Violation, ...]:
    if len({(line.person_id, line.month) for line in lines}) == len(lines):
        return ()
    times = Counter((line.person_id, line.month) for line in lines)
    return tuple(
        Violation.of("DUPLICATE_LINE", name=f"#{person_id}", month=str(month))
        for (person_id, month), count in times.items()
        for _ in range(count - 1)
    )
