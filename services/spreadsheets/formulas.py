"""Formulas without a result: a program has written them, no spreadsheet program has ever calculated them.

Excel and WPS keep a formula's result beside it, and that is what is read. Where there is none the reader sees an empty cell,
and in many columns an empty cell means something: the amount of last month, for one. So these cells are found in the file
itself. A result that is an empty text is a result.

Runs only inside the reader's own process, as all parsing.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from posixpath import join, normpath
from typing import IO, Final
from xml.parsers import expat

import attrs

from services.spreadsheets.cell_texts import UNCALCULATED, Value

_PIECE_BYTES: Final = 256 * 1024
_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_LETTERS: Final = 26

Cells = Mapping[int, Sequence[int]]
NONE: Final[Cells] = {}


def uncalculated(data: bytes) -> Mapping[str, Cells]:
    """Give the cells of each sheet of an XLSX file whose formulas have no result: columns by row, both from 0."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        try:
            parts = _parts(packed)
            return {name: found for name, part in parts.items() if (found := _of_sheet(packed, part))}
        except (KeyError, expat.ExpatError):
            return {}  # What is wrong with the file is told by whoever reads it.


def with_uncalculated(rows: Iterator[Sequence[Value]], column_first: int, cells: Cells) -> Iterator[Sequence[Value]]:
    """Give rows with those cells marked; each row from its first column on.

    >>> list(with_uncalculated(iter([["x"]]), 1, {0: [2], 1: [0]}))
    [['', 'x', <Uncalculated.FORMULA: '公式'>], [<Uncalculated.FORMULA: '公式'>]]
    """
    number = -1
    for number, row in enumerate(rows):
        yield _marked([*[""] * column_first, *row], cells.get(number, ()))
    for later in range(number + 1, max(cells, default=-1) + 1):
        yield _marked([], cells.get(later, ()))


def _marked(row: list[Value], columns: Sequence[int]) -> Sequence[Value]:
    for column in columns:
        row += [""] * (column + 1 - len(row))
        row[column] = UNCALCULATED
    return row


def _parts(packed: zipfile.ZipFile) -> Mapping[str, str]:
    """Say in which member each sheet stands."""
    targets: dict[str, str] = {}
    sheets: dict[str, str] = {}

    def relation(name: str, facts: Mapping[str, str]) -> None:
        if name == "Relationship":
            targets[facts.get("Id", "")] = normpath(join("xl", facts.get("Target", ""))).lstrip("/")

    def sheet(name: str, facts: Mapping[str, str]) -> None:
        if name == "sheet":
            sheets[facts.get("name", "")] = facts.get("id", "")

    _walk(packed.open(_RELATIONS), start=relation)
    _walk(packed.open(_WORKBOOK), start=sheet)
    return {name: targets[known_by] for name, known_by in sheets.items() if known_by in targets}


def _of_sheet(packed: zipfile.ZipFile, part: str) -> Cells:
    with packed.open(part) as stream:
        if not _has_formulas(stream):
            return NONE  # As almost every file.
    cells = _Cells()
    _walk(packed.open(part), start=cells.start, end=cells.end, text=cells.text)
    return cells.found


def _has_formulas(stream: IO[bytes]) -> bool:
    before = b""
    while piece := stream.read(_PIECE_BYTES):
        if _FORMULA.search(before + piece):
            return True
        before = piece[-_LETTERS:]
    return False


def _walk(
    stream: IO[bytes],
    *,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Tell handlers of elements and attributes by their names without namespaces."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise expat.ExpatError("an entity is declared")

    def local(name: str) -> str:
        return name.rpartition(" ")[2]

    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda name, facts: start(local(name), {local(key): facts[key] for key in facts})
    if end is not None:
        parser.EndElementHandler = lambda name: end(local(name))
    if text is not None:
        parser.CharacterDataHandler = text
    with stream:
        while piece := stream.read(_PIECE_BYTES):
            parser.Parse(piece)
        parser.Parse(b"", True)  # noqa: FBT003 - its only name for the end.


@attrs.define
class _Cells:
    """What is known of the cell that is being read; a cell without a reference stands right of the one before it."""

    found: dict[int, list[int]] = attrs.field(factory=dict)
    _row: int = -1
    _column: int = -1
    _is_text: bool = False
    _formula: bool = False
    _in_value: bool = False
    _value: bool = False

    def start(self, name: str, facts: Mapping[str, str]) -> None:
        if name == "row":
            self._row = int(facts["r"]) - 1 if facts.get("r", "").isdecimal() else self._row + 1
            self._column = -1
        elif name == "c":
            self._column += 1
            if match := _REFERENCE.fullmatch(facts.get("r", "")):
                self._column, self._row = _column(match[1]), int(match[2]) - 1
            self._is_text = facts.get("t") == "str"
            self._formula = self._value = False
        elif name == "f":
            self._formula = True
        elif name == "v":
            self._in_value = True

    def text(self, text: str) -> None:
        self._value = self._value or (self._in_value and bool(text.strip()))

    def end(self, name: str) -> None:
        if name == "v":
            self._in_value = False
        elif name == "c" and self._formula and not self._value and not self._is_text:
            self.found.setdefault(self._row, []).append(self._column)


def _column(letters: str) -> int:
    """Give a column's place from 0.

    >>> _column("A"), _column("Z"), _column("AA")
    (0, 25, 26)
    """
    place = 0
    for letter in letters:
        place = place * _LETTERS + ord(letter) - ord("A") + 1
    return place - 1
