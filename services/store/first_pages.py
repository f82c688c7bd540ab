"""全部应用第一页信息: every month of a back-payment gets the people and amounts of the first (F94, I18).

Twenty thousand people in twelve months are a quarter of a million lines. They are read, judged and compared by parts of whole
people, and only what differs is written, so that neither memory nor a second click costs what the order's size is.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final

import attrs
from asyncpg import Record
from asyncpg.cursor import Cursor

from libsubsidy import Month, OrderKind, OrderLine, Policy, Roster, Violation, apply_first_page
from services.store import order_lines, orders, rosters
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.order_lines import lines_of
from services.store.orders import Order
from services.store.refusals import RefusedError, refuse
from services.store.rosters import RosterScope
from services.store.shared_values import month_of
from services.store.violations import translated

# Who was left out is told of so many; beyond that it is counted.
SKIPPED_TOLD_MAX: Final = 200
# Each of them stands in as many lines as there are months.
PEOPLE_PER_PART: Final = 400


@attrs.frozen(kw_only=True)
class Applied:
    """A back-payment whose months have the people and amounts of the first.

    Attributes:
        skipped: who was left out of which month, and why; of very many the first.
        skipped_total: how many they are.
        changed: how many lines are not as they were.
    """

    order: Order
    skipped: tuple[Violation, ...]
    skipped_total: int
    changed: int


@attrs.frozen
class _Difference:
    """What is to be done for some people."""

    gone: tuple[tuple[int, Month], ...]
    written: tuple[OrderLine, ...]
    skipped: tuple[Violation, ...]

    def __len__(self) -> int:
        return len(self.gone) + len(self.written)

    def months(self) -> set[Month]:
        """Say which pages are not as the first one says."""
        return {month for _, month in self.gone} | {line.month for line in self.written}


async def apply(
    connection: Connection,
    order_id: int,
    version: int,
    *,
    first_page_of: int | None = None,
    overwrite: bool = True,
    policy: Policy,
    today: date,
    people_per_part: int = PEOPLE_PER_PART,
) -> Applied:
    """Let every month have the people and amounts of the first; say who was left out, and why.

    Args:
        connection: inside the caller's transaction.
        order_id: the draft.
        version: the one seen.
        first_page_of: of a back-payment that was split: an earlier one of its orders, whose first page is meant.
        overwrite: whether pages that somebody has filled in otherwise are replaced; if not, they are named and nothing is done.
        policy: the bureau's numbers.
        today: the day of the bureau.
        people_per_part: about how many are read and judged at once.

    Raises:
        RefusedError: the order has no pages, is absent, changed or no draft; PAGES_EDITED.
    """
    order = await order_lines.lock_draft(connection, order_id, version)
    if order.kind is not OrderKind.MONTHLY:
        raise refuse("FIRST_PAGE_OF_MONTHLY_ONLY")
    source = await _source(connection, order, first_page_of)
    held = await _held(connection, order)
    await _refuse_too_many(connection, order, source, policy)
    skipped: list[Violation] = []
    skipped_total, changed, edited = 0, 0, Counter[Month]()
    async for rows in order_lines.whole_people(
        await _read(connection, order, source), _rows_of(order, people_per_part)
    ):
        if not rows:
            break
        people = sorted({row["person_id"] for row in rows})
        months = (source.months.first, *order.months)
        scope = RosterScope.around(order.employer_id, months, people=(people[0], people[-1]))
        roster = await rosters.load(connection, scope)
        difference = await off_loop(
            len(rows) * len(order.months), _differences, rows, order, source, roster, policy, today
        )
        skipped += difference.skipped[: SKIPPED_TOLD_MAX - len(skipped)]
        skipped_total += len(difference.skipped)
        edited.update(difference.months() & held)
        changed += len(difference)
        # What is refused in the end has not been written.
        if overwrite or not edited:
            with translated():
                await order_lines.change(connection, order, gone=difference.gone, written=difference.written)
    if edited and not overwrite:
        raise _edited(edited.keys())
    if changed:
        order = await order_lines.recount(connection, order_id, policy)
    return Applied(order=order, skipped=tuple(skipped), skipped_total=skipped_total, changed=changed)


async def _source(connection: Connection, order: Order, first_page_of: int | None) -> Order:
    """Give the order whose first page is meant."""
    if first_page_of is None or first_page_of == order.id:
        return order
    source = await orders.get(connection, first_page_of)
    related = order.part_of is not None and source.part_of == order.part_of
    if source.employer_id != order.employer_id or not related or source.months.first > order.months.first:
        raise refuse("FIRST_PAGE_OF_PARTS_ONLY")
    return source


async def _held(connection: Connection, order: Order) -> set[Month]:
    """Say which months have lines at all: a page that nobody has touched is not overwritten."""
    rows = await connection.fetch("SELECT DISTINCT month FROM order_line WHERE order_id = $1", order.id)
    return {month_of(row["month"]) for row in rows}


async def _refuse_too_many(connection: Connection, order: Order, source: Order, policy: Policy) -> None:
    people = await connection.fetchval(
        "SELECT count(*) FROM order_line WHERE order_id = $1 AND month = $2", source.id, source.months.first.first_day
    )
    lines = people * len(order.months)
    if lines > policy.order_lines_max:
        raise RefusedError(Violation.of("ORDER_TOO_LARGE", lines=lines, limit=policy.order_lines_max))


async def _read(connection: Connection, order: Order, source: Order) -> Cursor:
    return await connection.cursor(
        """
        SELECT person_id, month, amount_fen, source, carry_over FROM order_line
        WHERE order_id = $1 OR (order_id = $2 AND month = $3) ORDER BY person_id, month
        """,
        order.id,
        source.id,
        source.months.first.first_day,
    )


def _rows_of(order: Order, people: int) -> int:
    """Say how many rows so many people have, about."""
    each = -(-order.line_count // max(order.person_count, 1))
    return people * max(each, 1)


def _differences(  # noqa: PLR0917 - what is there, what is wanted, and the rules.
    rows: Sequence[Record], order: Order, source: Order, roster: Roster, policy: Policy, today: date
) -> _Difference:
    """Compare some people's lines with what the first page makes of them."""
    first = source.months.first
    pages: dict[Month, list[OrderLine]] = {month: [] for month in (first, *order.months)}
    for line in lines_of(rows):
        pages[line.month].append(line)
    filled, skipped = apply_first_page({month: tuple(lines) for month, lines in pages.items()}, roster, policy, today)
    there = _by_key(pages, except_month=first)
    wanted = _by_key(filled, except_month=first)
    return _Difference(
        gone=tuple(key for key in there if key not in wanted),
        written=tuple(line for key, line in wanted.items() if there.get(key) != line),
        skipped=skipped,
    )


def _by_key(pages: Mapping[Month, Sequence[OrderLine]], *, except_month: Month) -> dict[tuple[int, Month], OrderLine]:
    return {(line.person_id, month): line for month, lines in pages.items() if month != except_month for line in lines}


def _edited(months: Collection[Month]) -> RefusedError:
    named = sorted(months)
    return refuse("PAGES_EDITED", months="、".join(map(str, named)), count=len(named))
