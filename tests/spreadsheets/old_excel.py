"""A workbook of Excel 97 (XLS), byte by byte: no library that we have writes one, and employers still send them.

BIFF8 records in a compound file of 512-byte sectors: a header, one sector of the allocation table, one of the directory,
and the stream `Workbook`, which is filled up to 4,096 bytes because shorter ones lie elsewhere.
"""

import struct
from collections.abc import Sequence
from typing import Final

_SECTOR: Final = 512
_STREAM_BYTES_MIN: Final = 4096
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return struct.pack("<HB", len(encoded) // 2, 1) + encoded


def _cell(row: int, column: int, value: str | float) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, str):
        return _record(0x0204, place + _text(value))
    return _record(0x0203, place + struct.pack("<d", value))


def _stream(rows: Sequence[Sequence[str | float]]) -> bytes:
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for row, cells in enumerate(rows):
        sheet += b"".join(_cell(row, column, value) for column, value in enumerate(cells) if value != "")
    sheet += _record(0x000A, b"")
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)) + _record(
        0x0042, struct.pack("<H", 1200)
    )
    name = "Sheet1".encode("utf-16-le")
    bound_bytes = 4 + 4 + 2 + 2 + len(name)
    place = len(begin) + bound_bytes + 4
    bound = _record(0x0085, struct.pack("<IHBB", place, 0, 6, 1) + name)
    return (begin + bound + _record(0x000A, b"") + sheet).ljust(_STREAM_BYTES_MIN, b"\0")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le")
    entry = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded) + 2 if name else 0, kind, 1)
    entry += struct.pack("<III", _FREE, _FREE, child) + bytes(36)
    return entry + struct.pack("<IQ", start, size)


def xls(rows: Sequence[Sequence[str | float]]) -> bytes:
    """Write rows as the first sheet of a workbook."""
    stream = _stream(rows)
    sectors = -(-len(stream) // _SECTOR)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, _STREAM_BYTES_MIN, _END, 0, _END, 0)
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    chain = [*range(3, 2 + sectors), _END]
    table = [_TABLE, _END, *chain]
    table += [_FREE] * (_SECTOR // 4 - len(table))
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, len(stream))
    directory += _entry("", 0, _FREE, 0, 0) * 2
    return header + struct.pack("<128I", *table) + directory + stream.ljust(sectors * _SECTOR, b"\0")
