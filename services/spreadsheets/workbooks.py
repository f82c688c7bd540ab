"""The bytes of a spreadsheet as sheets of values: XLSX and XLS by calamine, CSV by the standard library.

Runs only inside the reader's own process (`reading_process`): a file of a few hundred bytes may name a cell so far away that
calamine asks for half a terabyte, and then the process ends.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from services.spreadsheets.cell_texts import Value
from services.spreadsheets.formulas import Cells, uncalculated, with_uncalculated

UNPACKED_BYTES_MAX: Final = 192 * 1024 * 1024
MEMBERS_MAX: Final = 2_000
SHEETS_MAX: Final = 30
_MIB: Final = 1024 * 1024
_PIECE_BYTES: Final = 256 * 1024
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORKBOOK: Final = "xl/workbook.xml"
_DELIMITERS: Final = ",\t;"
_CSV_FIELD_CHARACTERS_MAX: Final = 1024 * 1024
_HEAD_CHARACTERS: Final = 4096
_NO_TEXT: Final = re.compile("[\x00-\x08\x0e-\x1f]")


class UnreadableError(ValueError):
    """The file cannot be read; the key of a sentence and its facts."""

    def __init__(self, key: str, **facts: str | int) -> None:
        self.key = key
        self.facts = facts
        super().__init__(key, facts)


@attrs.frozen
class Grid:
    """One sheet.

    Attributes:
        visible: people see it.
        column_first: how many empty columns stand before the first value of each row.
        rows: from the first row of the sheet on, also empty ones.
    """

    name: str
    visible: bool
    column_first: int
    rows: Iterator[Sequence[Value]]


@attrs.frozen
class Workbook:
    """A file with its sheets.

    Attributes:
        can_be_marked: the format has hidden sheets.
        grids: in their order; each is read when it is asked for.
    """

    can_be_marked: bool
    grids: Iterator[Grid]


def open_workbook(data: bytes) -> Workbook:
    """Open a file, whatever its name says.

    Raises:
        UnreadableError: it is no spreadsheet, locked, or unpacks to too much.
    """
    if data.startswith(_ZIP):
        _measure(data)
        return _by_calamine(data, uncalculated(data))
    if data.startswith(_OLE):
        return _by_calamine(data, {})  # A formula of 1997 has room for its result, and always has one.
    return Workbook(can_be_marked=False, grids=iter((_csv(data),)))


def _measure(data: bytes) -> None:
    """Unpack every member piece by piece and count: what a directory says of sizes need not be true."""
    left = UNPACKED_BYTES_MAX
    too_much = UnreadableError("SPREADSHEET_UNPACKED", limit=UNPACKED_BYTES_MAX // _MIB)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
            if len(members) > MEMBERS_MAX or sum(member.file_size for member in members) > left:
                raise too_much
            if _WORKBOOK not in packed.namelist():
                raise UnreadableError("SPREADSHEET_UNREADABLE")
            for member in members:
                if member.flag_bits & 0x1:
                    raise UnreadableError("SPREADSHEET_LOCKED")
                left -= _unpacked_bytes(data, member, left)
                if left < 0:
                    raise too_much
    except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, OSError, ValueError) as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError("SPREADSHEET_UNREADABLE") from error


def _unpacked_bytes(data: bytes, member: zipfile.ZipInfo, bytes_max: int) -> int:
    """Count the bytes of a member, and stop beyond the limit."""
    begin = member.header_offset + 30
    lengths = data[begin - 4 : begin]
    begin += int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
    packed = memoryview(data)[begin : begin + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        return len(packed)
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise UnreadableError("SPREADSHEET_UNREADABLE")
    counted, inflating = 0, zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes | memoryview = packed
    while not inflating.eof and counted <= bytes_max:
        piece = inflating.decompress(rest, _PIECE_BYTES)
        rest = inflating.unconsumed_tail
        counted += len(piece)
        if not piece and not rest:
            break
    return counted


def _by_calamine(data: bytes, lost: Mapping[str, Cells]) -> Workbook:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError as error:
        raise UnreadableError("SPREADSHEET_LOCKED") from error
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableError("SPREADSHEET_UNREADABLE") from error
    if (sheets := len(workbook.sheet_names)) > SHEETS_MAX:
        raise UnreadableError("SPREADSHEET_SHEETS", sheets=sheets, limit=SHEETS_MAX)
    return Workbook(can_be_marked=True, grids=_grids(workbook, lost))


def _grids(workbook: CalamineWorkbook, lost: Mapping[str, Cells]) -> Iterator[Grid]:
    for index, about in enumerate(workbook.sheets_metadata):
        if about.typ is not SheetTypeEnum.WorkSheet:
            continue
        try:
            sheet = workbook.get_sheet_by_index(index)
        except (CalamineError, OSError, ValueError) as error:
            raise UnreadableError("SPREADSHEET_UNREADABLE") from error
        column_first = sheet.start[1] if sheet.start else 0
        rows: Iterator[Sequence[Value]] = iter(sheet.iter_rows())
        if about.name in lost:
            rows, column_first = with_uncalculated(rows, column_first, lost[about.name]), 0
        yield Grid(
            name=about.name,
            visible=about.visible is SheetVisibleEnum.Visible,
            column_first=column_first,
            rows=rows,
        )


def _csv(data: bytes) -> Grid:
    text = _decoded(data)
    # Almost any bytes are letters of GB 18030: a picture tells itself by what no text has.
    head = text[:_HEAD_CHARACTERS].rstrip("\x1a")  # With which DOS ends a file.
    if not text.strip() or text.lstrip().startswith("<") or "\0" in text or _NO_TEXT.search(head):
        raise UnreadableError("SPREADSHEET_UNREADABLE")
    first = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    csv.field_size_limit(_CSV_FIELD_CHARACTERS_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return Grid(name="CSV", visible=True, column_first=0, rows=_csv_rows(reader))


def _csv_rows(reader: Iterator[list[str]]) -> Iterator[Sequence[Value]]:
    try:
        yield from reader
    except csv.Error as error:
        raise UnreadableError("SPREADSHEET_UNREADABLE") from error


def _decoded(data: bytes) -> str:
    encodings = ("utf-16",) if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableError("SPREADSHEET_UNREADABLE")
