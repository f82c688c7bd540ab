"""Rows of 缴款历史补录 as they are typed, judged: whose each is, and everything that keeps it from being recorded (F107, I33).

Whose a row is, its ID number says, compared as a text, so that a number that an old system has left is found, too (D-2);
a program may name the employee instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import (
    BackfillCells,
    BackfillHistory,
    BackfillLine,
    BackfillRow,
    CellFinding,
    IdentityError,
    IdNumber,
    Money,
    Violation,
    advise_backfill,
    check_backfill,
    itemises,
    read_backfill_row,
)
from services.store import backfill_histories
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.refusals import limit_list, violation

# What fits into one request; a longer history comes as several applications.
ROWS_MAX: Final = 10_000


@attrs.frozen(kw_only=True)
class WantedRow:
    """One row.

    Attributes:
        employee_id: whose it is, where a program knows; the row's ID number is not looked at then.
    """

    row: BackfillRow
    employee_id: int | None = None


@attrs.frozen(kw_only=True)
class KnownPerson:
    """Somebody who works, or worked, for the employer; `name` as on file."""

    person_id: int
    name: str
    id_number: str

    @property
    def id_number_masked(self) -> str:
        """The ID number for lists: without the rest of the area and the birth."""
        return f"{self.id_number[:4]}{'*' * 10}{self.id_number[14:]}"


@attrs.frozen(kw_only=True)
class JudgedRow:
    """What was found of a row.

    Attributes:
        person: None for somebody who is not known here.
        cells: what it says; None where a cell cannot be read.
        itemises: it lies within the opening balance, which it itemises, and adds nothing.
        broken: everything that keeps it from being recorded.
        advice: what is allowed and yet to be looked at.
    """

    person: KnownPerson | None
    cells: BackfillCells | None
    itemises: bool
    broken: tuple[CellFinding, ...]
    advice: Violation | None = None

    @property
    def amount(self) -> Money:
        """What it comes to; nothing where it cannot be read."""
        return Money(fen=0) if self.cells is None else self.cells.amount


async def judge(
    connection: Connection,
    employer_id: int,
    rows: Sequence[WantedRow],
    *,
    today: date,
    except_application: int | None = None,
) -> tuple[JudgedRow, ...]:
    """Judge every row; nothing is written.

    Args:
        connection: inside a transaction of the employer.
        employer_id: who records.
        rows: at most ROWS_MAX.
        today: the day of the bureau.
        except_application: the backfill that these rows are to replace.

    Raises:
        RefusedError: LIST_TOO_LONG.
    """
    limit_list(rows, ROWS_MAX)
    numbers = await off_loop(len(rows), _numbers, rows)
    people = await _people(connection, employer_id, rows, numbers)
    read = await off_loop(len(rows), _read, rows, numbers, people)
    lines = await off_loop(len(rows), _lines, read)
    if not lines:
        return read
    known = await backfill_histories.read(
        connection,
        employer_id,
        list({line.person_id for line in lines.values()}),
        {line.month for line in lines.values()},
        except_application=except_application,
    )
    return await off_loop(len(rows), _judged, read, lines, known, today)


def _numbers(rows: Sequence[WantedRow]) -> list[str]:
    return [number_of(each.row.id_number) for each in rows]


def number_of(text: str) -> str:
    """Write an ID number as it is kept; what is none stays as it is typed.

    >>> number_of(" 11010519491231002x "), number_of("110105491231002"), number_of("12345 ")
    ('11010519491231002X', '11010519491231002X', '12345')
    """
    try:
        return str(IdNumber.parse(text.strip()))
    except IdentityError:
        return text.strip().upper()


@attrs.frozen
class _People:
    by_id: Mapping[int, KnownPerson]
    by_number: Mapping[str, KnownPerson]


async def _people(
    connection: Connection, employer_id: int, rows: Sequence[WantedRow], numbers: Sequence[str]
) -> _People:
    found = await connection.fetch(
        """
        SELECT e.person_id, p.name, p.id_number, p.id_number_given
        FROM employment e JOIN person p ON p.id = e.person_id
        WHERE e.employer_id = $1
          AND (e.person_id IN (SELECT unnest($2::bigint[])) OR p.id_number IN (SELECT unnest($3::text[]))
               OR p.id_number_given IN (SELECT unnest($3::text[])))
        """,
        employer_id,
        [each.employee_id for each in rows if each.employee_id is not None],
        list(numbers),
    )
    return await off_loop(len(found), _by_name, found)


def _by_name(found: Sequence[Record]) -> _People:
    people = {
        row["person_id"]: KnownPerson(person_id=row["person_id"], name=row["name"], id_number=row["id_number"])
        for row in found
    }
    given = {row["id_number_given"]: people[row["person_id"]] for row in found if row["id_number_given"]}
    return _People(people, given | {each.id_number: each for each in people.values()})


def _read(rows: Sequence[WantedRow], numbers: Sequence[str], people: _People) -> tuple[JudgedRow, ...]:
    return tuple(_read_one(row, number, people) for row, number in zip(rows, numbers, strict=True))


def _read_one(wanted: WantedRow, number: str, people: _People) -> JudgedRow:
    row = wanted.row
    if wanted.employee_id is None:
        person = people.by_number.get(number)
        strange = () if person is not None or not number else (CellFinding("id_number", _stranger(row.id_number)),)
    else:
        person = people.by_id.get(wanted.employee_id)
        row = attrs.evolve(row, id_number=str(wanted.employee_id) if person is None else person.id_number)
        absent = CellFinding("id_number", Violation.of("NOT_EMPLOYED", person=wanted.employee_id))
        strange = () if person is not None else (absent,)
    cells, unread = read_backfill_row(row)
    broken = (*strange, *unread)
    name = row.name.strip()
    # The rules compare the names of rows that can be read; one wrong cell does not hide the other (I33).
    if unread and person is not None and name not in {"", person.name}:
        broken = (*broken, CellFinding("name", Violation.of("BACKFILL_NAME", known=person.name)))
    return JudgedRow(person=person, cells=cells, itemises=False, broken=broken)


def _stranger(text: str) -> Violation:
    """Say what is wrong with a number that nobody here has: perhaps it is none."""
    try:
        IdNumber.parse(text.strip())
    except IdentityError as error:
        return error.violation
    return violation("BACKFILL_STRANGER")


def _lines(read: Sequence[JudgedRow]) -> dict[int, BackfillLine]:
    return {place: line for place, row in enumerate(read) if (line := _line(row)) is not None}


def _line(row: JudgedRow) -> BackfillLine | None:
    if row.person is None or row.cells is None:
        return None
    return BackfillLine(
        person_id=row.person.person_id, name=row.cells.name, month=row.cells.month, amount=row.cells.amount
    )


def _judged(
    read: Sequence[JudgedRow], lines: Mapping[int, BackfillLine], known: Mapping[int, BackfillHistory], today: date
) -> tuple[JudgedRow, ...]:
    broken = check_backfill(lines, known, today)
    good = {place: line for place, line in lines.items() if place not in broken}
    advice = dict(advise_backfill(good, known))
    return tuple(_with_rules(row, place, lines, known, broken, advice) for place, row in enumerate(read))


def _with_rules(  # noqa: PLR0917 - what the rules say of a row, one after the other.
    row: JudgedRow,
    place: int,
    lines: Mapping[int, BackfillLine],
    known: Mapping[int, BackfillHistory],
    broken: Mapping[int, tuple[CellFinding, ...]],
    advice: Mapping[int, Violation],
) -> JudgedRow:
    line = lines.get(place)
    if line is None:
        return row
    return attrs.evolve(
        row,
        itemises=itemises(known[line.person_id].employment, line.month),
        broken=(*row.broken, *broken.get(place, ())),
        advice=advice.get(place),
    )


def broken_cells(rows: Sequence[JudgedRow]) -> Iterator[tuple[int, CellFinding]]:
    """Give everything that is wrong, by the place of the row."""
    for place, row in enumerate(rows):
        for found in row.broken:
            yield place, found
