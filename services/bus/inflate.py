"""Unpack a gzip body, never further than a limit.

A few kilobytes of gzip can unpack to gigabytes, so the output is asked for piece by piece and counted before it is
kept. A gzip file may have several members one behind another (RFC 1952 §2.2), which is what appending to a compressed
file gives; each is unpacked, and their number is limited too, since an empty member costs 20 bytes and a new start.

>>> import gzip
>>> inflate(gzip.compress(b"<OFX>") + gzip.compress(b"</OFX>"), length_max=11)
b'<OFX></OFX>'
>>> inflate(gzip.compress(b"<OFX></OFX>"), length_max=10)  # doctest: +ELLIPSIS
Traceback (most recent call last):
    ...
services.bus.errors.Poisonous: GZIP_TOO_LARGE: the body unpacks to more than 10 bytes. Upload ...
"""

import zlib
from typing import Final

from services.bus.refusals import poisonous

MEMBERS_MAX: Final = 1_000
_PIECE_BYTES: Final = 64 * 1024
# RFC 1952: a window of 32 KiB (15), and 16 more says that a gzip header and trailer surround it.
_GZIP_WBITS: Final = 31


def inflate(packed: bytes, length_max: int) -> bytes:
    """Unpack all members of a gzip body.

    Raises:
        Poisonous: more than `length_max` bytes come out, the data end early, or they are not gzip.
    """
    source = memoryview(packed)
    unpacked = bytearray()
    position = members = 0
    while position < len(source):
        members += 1
        if members > MEMBERS_MAX:
            raise poisonous("GZIP_MALFORMED", found=f"more than {MEMBERS_MAX} members")
        position = _inflate_member(source, position, unpacked, length_max)
        position = _skip_padding(source, position)
    return bytes(unpacked)


def _inflate_member(source: memoryview, position: int, unpacked: bytearray, length_max: int) -> int:
    """Unpack one member that begins at `position` behind what is there already; give the position behind it."""
    member = zlib.decompressobj(wbits=_GZIP_WBITS)
    pending = b""
    while not member.eof:
        if not pending:
            pending = bytes(source[position : position + _PIECE_BYTES])
            position += len(pending)
            if not pending:
                raise poisonous("GZIP_TRUNCATED")
        try:
            unpacked += member.decompress(pending, max(1, min(_PIECE_BYTES, length_max + 1 - len(unpacked))))
        except zlib.error as error:
            raise poisonous("GZIP_MALFORMED", found=str(error)) from error
        if len(unpacked) > length_max:
            raise poisonous("GZIP_TOO_LARGE", length_max=length_max)
        pending = member.unconsumed_tail
    return position - len(member.unused_data)


def _skip_padding(source: memoryview, position: int) -> int:
    """Pass over zero bytes behind a member: tapes and block copies pad with them."""
    while position < len(source) and source[position] == 0:
        position += 1
    return position
