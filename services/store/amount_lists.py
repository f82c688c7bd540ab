"""The amounts of a month from a spreadsheet, between the upload and the click that takes them into the draft (persona P2).

What a file said is kept row by row beside the draft; what it would change is found by comparing anew whenever somebody looks,
so that a draft that was worked on meanwhile is never overwritten unseen. One draft has one list: the next one replaces it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import attrs
from asyncpg import Record

from libsubsidy import (
    Comparison,
    Month,
    OrderLine,
    OrderState,
    Policy,
    ReadAmount,
    Violation,
    compare_lines,
)
from services.store import order_lines
from services.store.database import Connection, EncodedJson, encode_json
from services.store.kept_violations import read, written
from services.store.long_work import off_loop
from services.store.orders import Order
from services.store.refusals import absent, refuse
from services.store.shared_values import month_of
from services.store.violations import translated

FORGOTTEN_AFTER: Final = timedelta(days=1)
FILE_NAME_CHARACTERS_MAX: Final = 200
# The driver writes the arrays of one statement in one go, and nothing else happens meanwhile.
_ROWS_PER_STATEMENT: Final = 2_000
_COLUMNS: Final = "id, order_id, month, file_name, row_count, broken_rows, letters, findings, uploaded_at"


@attrs.frozen(kw_only=True)
class AmountList:
    """A list without its rows.

    Attributes:
        month: whose lines it gives.
        row_count: filled rows.
        broken_rows: of them, those with an error; they give no line.
        letters: the column of the sheet by the field.
        findings: what the person should know of the file.
    """

    id: int
    order_id: int
    month: Month
    file_name: str
    row_count: int
    broken_rows: int
    letters: Mapping[str, str]
    findings: tuple[Violation, ...]
    uploaded_at: datetime

    @property
    def good_rows(self) -> int:
        """Rows that give a line."""
        return self.row_count - self.broken_rows


@attrs.frozen(kw_only=True)
class ReceivedList:
    """A file as it was read and judged.

    Attributes:
        rows: each with its texts by the field.
        letters: the column of the sheet by the field.
        findings: what the person should know of it.
    """

    file_name: str
    rows: Sequence[tuple[ReadAmount, Mapping[str, str]]]
    letters: Mapping[str, str]
    findings: Sequence[Violation] = ()


@attrs.frozen
class Problem:
    """One wrong cell of a row."""

    field: str
    violation: Violation


@attrs.frozen(kw_only=True)
class ListRow:
    """One row.

    Attributes:
        number: as the spreadsheet numbers it.
        cells: texts by the field, as they were read.
        problems: everything that is wrong.
    """

    number: int
    cells: Mapping[str, str]
    problems: tuple[Problem, ...]


async def receive(connection: Connection, order: Order, month: Month, received: ReceivedList) -> AmountList:
    """Keep a list beside a draft, instead of the one before.

    Raises:
        RefusedError: ORDER_FROZEN, MONTH_OUTSIDE_ORDER.
    """
    refuse_unfit(order, month)
    await connection.execute("DELETE FROM amount_list WHERE order_id = $1", order.id)
    with translated():
        row = await connection.fetchrow(
            f"""
            WITH received AS (
                INSERT INTO amount_list (order_id, month, file_name, row_count, broken_rows, letters, findings)
                VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state, reason)
                SELECT employer_id, 'amount_list', id, 'received', 'order ' || order_id FROM received)
            SELECT {_COLUMNS} FROM received
            """,
            order.id,
            month.first_day,
            received.file_name,
            len(received.rows),
            sum(1 for each, _ in received.rows if each.line is None),
            dict(received.letters),
            [written(found) for found in received.findings],
        )
        assert row is not None  # noqa: S101 -- an INSERT that did not raise returns its row.
        for start in range(0, len(received.rows), _ROWS_PER_STATEMENT):
            part = received.rows[start : start + _ROWS_PER_STATEMENT]
            await connection.execute(
                """
                INSERT INTO amount_list_row
                    (list_id, row_number, cells, person_id, amount_fen, source, carry_over, problems)
                SELECT $1, * FROM unnest($2::integer[], $3::jsonb[], $4::bigint[], $5::bigint[], $6::text[], $7::boolean[],
                                         $8::jsonb[])
                """,
                row["id"],
                *await off_loop(len(part), _columns, part),
            )
    return _list(row)


def refuse_unfit(order: Order, month: Month) -> None:
    """Refuse an order that takes no amounts any more, or not for this month.

    Raises:
        RefusedError: ORDER_FROZEN, MONTH_OUTSIDE_ORDER.
    """
    if order.state is not OrderState.DRAFT:
        raise refuse("ORDER_FROZEN")
    if month not in order.months:
        first, last = str(order.months.first), str(order.months.last)
        raise refuse("MONTH_OUTSIDE_ORDER", month=str(month), first=first, last=last)


def _columns(rows: Sequence[tuple[ReadAmount, Mapping[str, str]]]) -> tuple[list[Any], ...]:
    lines = [each.line for each, _ in rows]
    return (
        [each.number for each, _ in rows],
        [encode_json(dict(cells)) for _, cells in rows],
        [each.person_id for each, _ in rows],
        [None if line is None else line.amount.fen for line in lines],
        [None if line is None else line.source.value for line in lines],
        [None if line is None else line.carry_over for line in lines],
        [_encoded(each) for each, _ in rows],
    )


def _encoded(each: ReadAmount) -> EncodedJson | None:
    if not each.problems:
        return None
    return encode_json([{"field": problem.field, **written(problem.violation)} for problem in each.problems])


async def find(connection: Connection, order_id: int) -> AmountList | None:
    """Return the list that waits beside a draft."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM amount_list WHERE order_id = $1", order_id)
    return None if row is None else _list(row)


async def get(connection: Connection, order_id: int) -> AmountList:
    """Return the list that waits beside a draft.

    Raises:
        RefusedError: ABSENT; also of one that was taken, replaced or forgotten.
    """
    found = await find(connection, order_id)
    if found is None:
        raise absent("金额表", "list of amounts of order", order_id)
    return found


async def compare(connection: Connection, amounts: AmountList) -> Comparison:
    """Say what taking a list would change, as the draft is now, if whoever is not in it leaves (`Comparison.keeping`)."""
    current = await order_lines.read(connection, amounts.order_id, amounts.month)
    listed = await _lines(connection, amounts)
    return await off_loop(len(current) + len(listed), compare_lines, current, listed, carry_over=True)


async def _lines(connection: Connection, amounts: AmountList) -> tuple[OrderLine, ...]:
    rows = await connection.fetch(
        """
        SELECT person_id, $2::date AS month, amount_fen, source, carry_over FROM amount_list_row
        WHERE list_id = $1 AND problems IS NULL ORDER BY row_number
        """,
        amounts.id,
        amounts.month.first_day,
    )
    return await off_loop(len(rows), order_lines.lines_of, rows)


async def broken_rows(
    connection: Connection, amounts: AmountList, *, offset: int = 0, limit: int
) -> tuple[ListRow, ...]:
    """Return some of the rows with errors, in the order of the sheet."""
    return await _rows(connection, amounts, only_broken=True, offset=offset, limit=limit)


async def rows_of(connection: Connection, amounts: AmountList, *, offset: int = 0, limit: int) -> tuple[ListRow, ...]:
    """Return some of the rows, in the order of the sheet."""
    return await _rows(connection, amounts, only_broken=False, offset=offset, limit=limit)


async def _rows(
    connection: Connection, amounts: AmountList, *, only_broken: bool, offset: int, limit: int
) -> tuple[ListRow, ...]:
    rows = await connection.fetch(
        """
        SELECT row_number, cells, problems FROM amount_list_row
        WHERE list_id = $1 AND (problems IS NOT NULL OR NOT $2) ORDER BY row_number LIMIT $3 OFFSET $4
        """,
        amounts.id,
        only_broken,
        limit,
        offset,
    )
    return tuple(
        ListRow(
            number=row["row_number"],
            cells=row["cells"],
            problems=tuple(Problem(each["field"], read(each)) for each in row["problems"] or ()),
        )
        for row in rows
    )


async def take(
    connection: Connection,
    order_id: int,
    list_id: int,
    version: int,
    *,
    remove: bool,
    only_good: bool,
    policy: Policy,
) -> Order:
    """Let a draft's month have the amounts of its list; all of it or nothing. Only what differs is written.

    Args:
        connection: inside the caller's transaction.
        order_id: the draft.
        list_id: the list that was seen.
        version: of the draft, as it was seen.
        remove: whoever is not in the list leaves the month; not while rows are wrong, whose people nobody may know.
        only_good: leave the rows with errors out; otherwise a list with any of them is refused as a whole.
        policy: says how many lines an order may have.

    Raises:
        RefusedError: ABSENT for a list that is not there any more, AMOUNTS_BROKEN, AMOUNTS_REMOVE_BROKEN; or as
            `order_lines.put`, STALE_VERSION above all.
    """
    amounts = await get(connection, order_id)
    if amounts.id != list_id:
        raise absent("金额表", "list of amounts", list_id)
    if amounts.broken_rows and not only_good:
        raise refuse("AMOUNTS_BROKEN", rows=amounts.broken_rows)
    if amounts.broken_rows and remove:
        raise refuse("AMOUNTS_REMOVE_BROKEN", rows=amounts.broken_rows)
    found = await compare(connection, amounts)
    if not remove:
        found = found.keeping()
    changed = await order_lines.put(
        connection,
        order_id,
        version,
        [each.after for each in (*found.joined, *found.changed) if each.after is not None],
        remove=[(each.person_id, amounts.month) for each in found.left],
        policy=policy,
    )
    await _end(connection, amounts, "taken")
    return changed


async def drop(connection: Connection, order_id: int) -> None:
    """Throw a list away.

    Raises:
        RefusedError: ABSENT.
    """
    await _end(connection, await get(connection, order_id), "dropped")


async def _end(connection: Connection, amounts: AmountList, state: str) -> None:
    await connection.execute(
        """
        WITH ended AS (DELETE FROM amount_list WHERE id = $1 RETURNING id, employer_id, order_id)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
        SELECT employer_id, 'amount_list', id, 'received', $2, 'order ' || order_id FROM ended
        """,
        amounts.id,
        state,
    )


async def forget(connection: Connection, *, older_than: timedelta = FORGOTTEN_AFTER) -> int:
    """Forget what nobody has taken for long; return how many there were. As `Role.WORKER`."""
    forgotten: int = await connection.fetchval(
        """
        WITH forgotten AS (DELETE FROM amount_list WHERE uploaded_at < now() - $1::interval RETURNING id)
        SELECT count(*) FROM forgotten
        """,
        older_than,
        timeout=300,
    )
    return forgotten


def _list(row: Record) -> AmountList:
    return AmountList(
        id=row["id"],
        order_id=row["order_id"],
        month=month_of(row["month"]),
        file_name=row["file_name"],
        row_count=row["row_count"],
        broken_rows=row["broken_rows"],
        letters=row["letters"],
        findings=tuple(map(read, row["findings"])),
        uploaded_at=row["uploaded_at"],
    )
