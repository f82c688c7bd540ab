"""The table in a workbook: which sheet and which row hold its header, and every filled row below, as texts.

Runs inside the reader's own process, and therefore gives what JSON can carry; `reading` makes values of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import attrs

from services.spreadsheets.cell_texts import UncertainError, Value, text_of
from services.spreadsheets.layouts import MARK_SHEET, REMARKS, Column, Layout, column_letter, plain_header
from services.spreadsheets.workbooks import Grid, UnreadableError, Workbook

# Somebody may have put a title and remarks above the header.
HEADER_ROWS_MAX: Final = 20
COLUMNS_MAX: Final = 100
_HEADER_CHARACTERS_MAX: Final = 40
_HEADERS_TOLD_MAX: Final = 10

Sentence = tuple[str, Mapping[str, str | int]]


@attrs.frozen
class Broken:
    """A cell whose text is not certain."""

    row: int
    column: int
    sentence: Sentence


@attrs.frozen(kw_only=True)
class Table:
    """What was read.

    Attributes:
        places: the column of the sheet for each column of the layout, the first being 0; None where it is absent.
        rows: row number and texts in the order of the layout's columns.
        samples: numbers of the rows that are the template's example.
        advice: what the person should know, although the file is read.
    """

    sheet: str
    places: tuple[int | None, ...]
    rows: list[tuple[int, tuple[str, ...]]]
    broken: list[Broken]
    samples: list[int]
    advice: list[Sentence]


@attrs.frozen
class _Header:
    row: int
    names: tuple[str, ...]
    below: Iterator[tuple[int, Sequence[Value]]]

    def missing(self, layout: Layout) -> tuple[Column, ...]:
        found = {plain_header(name) for name in self.names}
        return tuple(column for column in layout.columns if not column.names & found)


def table_of(workbook: Workbook, layout: Layout) -> Table:
    """Find the table and read it.

    Raises:
        UnreadableError: it is another template, its header is not there, or it is too large.
    """
    mark: tuple[str, int] | None = None
    header: _Header | None = None
    sheet = ""
    missing: tuple[Column, ...] = tuple(column for column in layout.columns if column.required)
    best = 0
    for grid in workbook.grids:
        if grid.name == MARK_SHEET:
            mark = _mark(grid)
            _refuse_other(mark, layout)
        elif header is None and grid.visible:
            for candidate in _headers(grid, layout):
                found = len(layout.columns) - len(candidate.missing(layout))
                lacking = tuple(column for column in candidate.missing(layout) if column.required)
                if not lacking:
                    header, sheet = candidate, grid.name
                    break
                if found > best:
                    best, missing = found, lacking
    if header is None:
        told = "、".join(column.header for column in missing[:_HEADERS_TOLD_MAX])
        raise UnreadableError("HEADERS_MISSING", title=layout.title, headers=told)
    advice: list[Sentence] = []
    if mark is None and workbook.can_be_marked:
        advice.append(("TEMPLATE_UNMARKED", {"title": layout.title}))
    places = _places(header, layout)
    if ignored := _ignored(header, places):
        advice.append(("COLUMNS_IGNORED", {"headers": "、".join(ignored[:_HEADERS_TOLD_MAX])}))
    rows, broken, samples = _rows(header, places, layout)
    return Table(sheet=sheet, places=places, rows=rows, broken=broken, samples=samples, advice=advice)


def _mark(grid: Grid) -> tuple[str, int] | None:
    for row in islice(grid.rows, 1):
        for value in row[:1]:
            return Layout.read_mark(str(value))
    return None


def _refuse_other(mark: tuple[str, int] | None, layout: Layout) -> None:
    if mark is None:
        return
    name, version = mark
    if name != layout.name:
        raise UnreadableError("TEMPLATE_OTHER", title=layout.title, found=name)
    if version != layout.version:
        raise UnreadableError("TEMPLATE_VERSION", title=layout.title, found=version, expected=layout.version)


def _headers(grid: Grid, layout: Layout) -> Iterator[_Header]:
    """Give each row that could be the header; what is below it is read from the same stream."""
    stream = ((number, (*[""] * grid.column_first, *row)) for number, row in enumerate(grid.rows, start=1))
    for number, row in islice(stream, HEADER_ROWS_MAX):
        _refuse_wide(row)
        names = tuple(value.strip()[:_HEADER_CHARACTERS_MAX] if isinstance(value, str) else "" for value in row)
        header = _Header(number, names, stream)
        if len(header.missing(layout)) < len(layout.columns):
            yield header


def _refuse_wide(row: Sequence[Value]) -> None:
    if len(row) > COLUMNS_MAX:
        filled = max((index for index, value in enumerate(row, start=1) if value != ""), default=0)
        if filled > COLUMNS_MAX:
            raise UnreadableError("SPREADSHEET_COLUMNS", columns=filled, limit=COLUMNS_MAX)


def _places(header: _Header, layout: Layout) -> tuple[int | None, ...]:
    plain = [plain_header(name) for name in header.names]
    places: list[int | None] = []
    for column in layout.columns:
        found = [index for index, name in enumerate(plain) if name in column.names]
        if len(found) > 1:
            letters = "、".join(column_letter(index) for index in found)
            raise UnreadableError("HEADER_TWICE", header=column.header, columns=letters)
        places.append(found[0] if found else None)
    return tuple(places)


def _ignored(header: _Header, places: tuple[int | None, ...]) -> list[str]:
    ours = plain_header(REMARKS)  # In a file that was given back for correction.
    return [
        name for index, name in enumerate(header.names) if name and index not in places and plain_header(name) != ours
    ]


def _rows(
    header: _Header, places: tuple[int | None, ...], layout: Layout
) -> tuple[list[tuple[int, tuple[str, ...]]], list[Broken], list[int]]:
    sample = tuple(layout.sample.get(column.key, "") for column in layout.columns) if layout.sample else None
    rows: list[tuple[int, tuple[str, ...]]] = []
    broken: list[Broken] = []
    samples: list[int] = []
    filled = 0
    for number, values in header.below:
        if _is_empty(values):
            continue
        found: list[Broken] = []
        texts = tuple(_cells(number, values, places, layout, found))
        stripped = tuple(text.strip() for text in texts)
        if not found and not any(stripped):
            continue  # Something stands in a column that is not read.
        if not found and stripped == sample:
            samples.append(number)
            continue
        filled += 1
        if filled <= layout.rows_max:  # More are still counted, so that the refusal tells how many there are.
            rows.append((number, texts))
            broken += found
    if filled > layout.rows_max:
        raise UnreadableError("SPREADSHEET_ROWS", rows=filled, limit=layout.rows_max)
    if not rows:
        raise UnreadableError("SPREADSHEET_EMPTY")
    return rows, broken, samples


def _is_empty(values: Sequence[Value]) -> bool:
    return all(value == "" for value in values)


def _cells(
    number: int, values: Sequence[Value], places: tuple[int | None, ...], layout: Layout, broken: list[Broken]
) -> Iterator[str]:
    for index, (column, place) in enumerate(zip(layout.columns, places, strict=True)):
        if place is None or place >= len(values):
            yield ""
            continue
        try:
            yield text_of(values[place], column.kind)
        except UncertainError as error:
            broken.append(Broken(number, index, (error.key, error.facts)))
            yield str(error.facts.get("text", ""))
