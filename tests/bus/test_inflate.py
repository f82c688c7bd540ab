"""Unpacking gzip bodies within limits."""

import gzip
import tracemalloc
import zlib

import pytest

from services.bus.errors import Poisonous
from services.bus.inflate import MEMBERS_MAX, inflate

FILE = b"<OFX>" * 50_000
PACKED = gzip.compress(FILE, mtime=0)


@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        (PACKED, FILE),
        (PACKED + PACKED, FILE + FILE),
        (PACKED + b"\0" * 512, FILE),
        (gzip.compress(b""), b""),
        (gzip.compress(b"a") * MEMBERS_MAX, b"a" * MEMBERS_MAX),
    ],
    ids=["one member", "two members", "padded with zeros", "empty", "as many members as are allowed"],
)
def test_unpacks(packed: bytes, expected: bytes) -> None:
    """Every gzip file comes out whole, whatever number of members it has."""
    assert expected == inflate(packed, length_max=len(expected))


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        (PACKED[:-1], "GZIP_TRUNCATED"),
        (PACKED[:100], "GZIP_TRUNCATED"),
        (PACKED + PACKED[:-8], "GZIP_TRUNCATED"),
        (b"\x1f\x8b", "GZIP_TRUNCATED"),
        (b"<OFX></OFX>", "GZIP_MALFORMED"),
        (PACKED + b"<OFX></OFX>", "GZIP_MALFORMED"),
        (PACKED[:-8] + b"\0" * 8, "GZIP_MALFORMED"),
        (zlib.compress(FILE), "GZIP_MALFORMED"),
        (gzip.compress(b"") * (MEMBERS_MAX + 1), "GZIP_MALFORMED"),
    ],
    ids=[
        "trailer cut",
        "data cut",
        "second member cut",
        "header cut",
        "not gzip",
        "text behind a member",
        "wrong checksum",
        "zlib",
        "too many members",
    ],
)
def test_refuses_broken_data(packed: bytes, code: str) -> None:
    """Data that are not whole gzip are poisonous, and the code tells cut from broken."""
    with pytest.raises(Poisonous) as refused:
        inflate(packed, length_max=10 * len(FILE))
    assert code == refused.value.violation.code


@pytest.mark.parametrize("length_max", [len(FILE), len(FILE) + 1])
def test_the_limit_itself_fits(length_max: int) -> None:
    """A file as long as the limit is unpacked."""
    assert FILE == inflate(PACKED, length_max)


def test_one_byte_above_the_limit_is_refused() -> None:
    """A file one byte longer than the limit is not."""
    with pytest.raises(Poisonous) as refused:
        inflate(PACKED, len(FILE) - 1)
    assert "GZIP_TOO_LARGE" == refused.value.violation.code


def test_bomb_costs_no_more_than_the_limit() -> None:
    """A bomb of 500 MB in 500 kB is given up at the limit, with memory of the order of the limit."""
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(500)) + packer.flush()
    length_max = 4_000_000
    tracemalloc.start()
    try:
        with pytest.raises(Poisonous, match="GZIP_TOO_LARGE"):
            inflate(bomb, length_max)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 3 * length_max
