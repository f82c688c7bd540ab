"""The lines of an order as a reviewer reads them: who, which month, how much, and how much stands in the file."""

from collections.abc import Sequence
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import AmountSource, IdNumber, Money, Month
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.shared_values import money_of

LINES_PER_PAGE_MAX: Final = 201
_TEXT_CHARACTERS_MAX: Final = 100
_SHOWN: Final = """l.person_id, p.name, p.id_number, l.month, l.amount_fen, l.source, l.carry_over,
    (SELECT f.amount_fen FROM employment e JOIN file_amount f ON f.employment_id = e.id
     WHERE e.employer_id = l.employer_id AND e.person_id = l.person_id AND f.effective_month <= l.month
     ORDER BY f.effective_month DESC LIMIT 1) AS file_fen"""


@attrs.frozen(kw_only=True)
class ReviewedLine:
    """One person's month.

    Attributes:
        file_amount: 每月缴费金额 on file for that month; None for somebody who has none.
    """

    person_id: int
    name: str
    id_number: IdNumber
    month: Month
    amount: Money
    source: AmountSource
    carry_over: bool
    file_amount: Money | None


@attrs.frozen(kw_only=True)
class NamedLine:
    """One line with whose it is, as it goes into a file; the ID number is whole."""

    id_number: str
    name: str
    amount: Money
    carry_over: bool


async def named(connection: Connection, order_id: int, month: Month) -> tuple[NamedLine, ...]:
    """Return every line of a month, by the pinyin of the names."""
    rows = await connection.fetch(
        """
        SELECT p.id_number, p.name, l.amount_fen, l.carry_over
        FROM order_line l JOIN person p ON p.id = l.person_id
        WHERE l.order_id = $1 AND l.month = $2 ORDER BY p.name_pinyin, p.name, p.id
        """,
        order_id,
        month.first_day,
    )
    return await off_loop(len(rows), _named, rows)


def _named(rows: Sequence[Record]) -> tuple[NamedLine, ...]:
    return tuple(
        NamedLine(id_number=number, name=name, amount=money_of(fen), carry_over=carry_over)
        for number, name, fen, carry_over in rows
    )


@attrs.frozen(kw_only=True)
class LinesWanted:
    """Which lines of an order.

    Attributes:
        month: only of this one.
        text: a part of the name, or of its pinyin without blanks, or the beginning of the ID number; empty: everybody.
    """

    order_id: int
    month: Month | None = None
    text: str = ""


# No LIKE, so that nothing of what is typed is a pattern.
_WANTED: Final = """
    FROM order_line l JOIN person p ON p.id = l.person_id
    WHERE l.order_id = $1 AND ($2::date IS NULL OR l.month = $2)
      AND ($3 = '' OR strpos(p.name, $3) > 0 OR strpos(replace(p.name_pinyin, ' ', ''), $4) > 0
           OR starts_with(p.id_number, $5))"""


async def count(connection: Connection, wanted: LinesWanted) -> int:
    """Count lines."""
    found: int = await connection.fetchval(f"SELECT count(*) {_WANTED}", *_asked(wanted))
    return found


async def part(connection: Connection, wanted: LinesWanted, *, limit: int, offset: int) -> tuple[ReviewedLine, ...]:
    """Return some lines, by the pinyin of the names and by month."""
    rows = await connection.fetch(
        f"""
        SELECT {_SHOWN} {_WANTED} ORDER BY p.name_pinyin, p.name, p.id, l.month LIMIT $6 OFFSET $7
        """,
        *_asked(wanted),
        min(limit, LINES_PER_PAGE_MAX),
        offset,
    )
    return tuple(map(_reviewed, rows))


def _asked(wanted: LinesWanted) -> tuple[object, ...]:
    text = wanted.text.strip()[:_TEXT_CHARACTERS_MAX]
    month = None if wanted.month is None else wanted.month.first_day
    return wanted.order_id, month, text, text.lower().replace(" ", ""), text.upper()


async def page(
    connection: Connection, order_id: int, *, after: tuple[int, Month] | None = None, limit: int = LINES_PER_PAGE_MAX
) -> tuple[ReviewedLine, ...]:
    """Return lines by person and month, from after a (person's id, month) on."""
    person_id, month = after or (0, Month(1, 1))
    rows = await connection.fetch(
        f"""
        SELECT {_SHOWN}
        FROM order_line l JOIN person p ON p.id = l.person_id
        WHERE l.order_id = $1 AND (l.person_id, l.month) > ($2, $3) ORDER BY l.person_id, l.month LIMIT $4
        """,
        order_id,
        person_id,
        month.first_day,
        min(limit, LINES_PER_PAGE_MAX),
    )
    return tuple(map(_reviewed, rows))


def _reviewed(row: Record) -> ReviewedLine:
    return ReviewedLine(
        person_id=row["person_id"],
        name=row["name"],
        id_number=IdNumber(row["id_number"]),
        month=Month.of(row["month"]),
        amount=Money(fen=row["amount_fen"]),
        source=AmountSource(row["source"]),
        carry_over=row["carry_over"],
        file_amount=None if row["file_fen"] is None else Money(fen=row["file_fen"]),
    )
