"""Garbage, floods and monsters: a clear refusal, soon, and in bounded memory."""

import itertools
import resource
import tracemalloc
from collections.abc import Iterator

import pytest

from services.reconciler.statements import limits, open_statement
from tests.reconciler.statements.written import GENERIC, LINE_WISE, SGML_HEADER, Transaction, read

MEBIBYTE = 1024 * 1024
# Far more than any of these takes (under a second), far less than what quadratic work would.
SECONDS_MAX = 10
OPENING = SGML_HEADER.encode() + b"<OFX>\n<BANKMSGSRSV1>\n<STMTTRNRS>\n<STMTRS>\n<BANKTRANLIST>\n"


class Flood(Iterator[bytes]):
    """Endless chunks, counted as they are taken."""

    def __init__(self, first: bytes, chunk: bytes) -> None:
        self.taken = 0
        self._chunks = itertools.chain([first], itertools.repeat(chunk))

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self.taken += len(chunk)
        return chunk


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "STATEMENT_EMPTY"),
        (b"\n\n", "STATEMENT_NOT_A_STATEMENT"),
        (b"%PDF-1.7", "STATEMENT_NOT_A_STATEMENT"),
        (b"PK\x03\x04\0\0", "STATEMENT_NOT_A_STATEMENT"),
        ("日期,金额\n".encode("gbk"), "STATEMENT_NOT_A_STATEMENT"),
        (b"<html><body>Login</body></html>", "STATEMENT_NOT_A_STATEMENT"),
        (b"<OFX></OFX>", "STATEMENT_NOT_A_STATEMENT"),
        (b"OFXHEADER:100\n", "STATEMENT_TRUNCATED"),
        (b"<OFX>\0</OFX>", "STATEMENT_NOT_A_STATEMENT"),
        (b"<OFX>" + b"<A>" * 50_000, "STATEMENT_TRUNCATED"),
        (b"<OFX>" + b"<A>" * 50_000 + b"</OFX>", "STATEMENT_NOT_A_STATEMENT"),
        (b"<OFX>" + b"<BANKMSGSRSV1>" * 50_000, "STATEMENT_STRUCTURE"),
        (b"<OFX><BANKMSGSRSV1>" + b"<STMTTRNRS><STMTRS></STMTRS></STMTTRNRS>" * 50_000, "STATEMENT_TOO_LARGE"),
        (OPENING + b"<STMTTRN>\n" * 5_000, "STATEMENT_TRUNCATED"),
        (OPENING + b"</STMTTRN>\n" * 50_000, "STATEMENT_STRUCTURE"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else value,
)
def test_what_is_no_statement_is_refused_by_name(data: bytes, code: str) -> None:
    """Each gets the code that tells its sender what to do."""
    assert code == read(data).refused


@pytest.mark.parametrize(
    ("first", "chunk"),
    [
        (b"garbage", b"\x81garbage" * 8192),
        (b"garbage", b"x" * MEBIBYTE),
        (OPENING, b"x" * MEBIBYTE),
        (OPENING + b"<STMTTRN>\n<TRNTYPE>CREDIT\n<MEMO>", b"x" * MEBIBYTE),
        (OPENING + b"<STMTTRN>\n<TRNTYPE>CREDIT\n<MEMO>", b"</STMTTRN>" * 100_000),
        (OPENING + b"<STMTTRN><TRNTYPE>CREDIT<MEMO>", b"x" * MEBIBYTE),
        (OPENING + b"<STMTTRN><TRNTYPE>CREDIT<MEMO><![CDATA[", b"</STMTTRN>" * 100_000),
        (OPENING + b"<STMTTRN>\n<TRNTYPE>CREDIT\n", b"<MEMO>x\n" * 100_000),
        (OPENING + b"<STMTTRN>\n<TRNTYPE>CREDIT\n</STMTTRN>\n", b"x" * MEBIBYTE),
    ],
    ids=[
        "bytes",
        "letters",
        "no_markup",
        "one_long_line",
        "one_long_line_of_markup",
        "one_long_text",
        "endless_cdata",
        "endless_transaction",
        "endless_line_outside",
    ],
)
def test_an_endless_flood_is_refused_after_a_few_pieces(first: bytes, chunk: bytes) -> None:
    """A file of any size without the structure of a statement costs no more than a few mebibytes of reading."""
    flood = Flood(first, chunk)

    assert read(flood).refused
    assert flood.taken <= 8 * MEBIBYTE


def test_a_file_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is on the bytes that are read, whatever the sender said of their number."""
    monkeypatch.setattr("services.reconciler.statements.decoding.FILE_BYTES_MAX", 3 * MEBIBYTE)
    flood = Flood(OPENING, b"<OTHER>1\n" * 50_000)

    found = read(flood)

    assert ("STATEMENT_TOO_LARGE", True) == (found.refused, flood.taken <= 5 * MEBIBYTE)


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line more than the limit refuses the file."""
    monkeypatch.setattr("services.reconciler.statements.lines.FILE_LINES_MAX", 3)
    lines = [Transaction(memo="m", fitid=f"A{n}") for n in range(4)]

    assert ("", "STATEMENT_TOO_LARGE") == tuple(read(LINE_WISE["sgml"].write(lines[:n])).refused for n in (3, 4))


def endless_statement(lines: int) -> Iterator[bytes]:
    """A line-wise statement that is made while it is read."""
    before, after = LINE_WISE["sgml"].write([]).split("</BANKTRANLIST>")
    yield before.encode()
    for start in range(0, lines, 1_000):
        yield "".join(
            f"<STMTTRN>\n<TRNTYPE>CREDIT\n<DTPOSTED>20200410\n<TRNAMT>{n}.00\n<FITID>{n}\n<MEMO>75256xA7W5o附言\n</STMTTRN>\n"
            for n in range(start, start + 1_000)
        ).encode()
    yield f"</BANKTRANLIST>{after}".encode()


def test_memory_does_not_grow_with_the_file() -> None:
    """Ten times the lines take no more than the table of their ids, about 25 bytes each."""
    peaks: list[int] = []
    for lines in (2_000, 20_000):
        tracemalloc.start()
        total = sum(len(batch) for batch in open_statement(endless_statement(lines), GENERIC, "f.ofx"))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert lines == total
    assert peaks[1] - peaks[0] < 4 * MEBIBYTE
    assert peaks[1] < 16 * MEBIBYTE


def test_a_batch_is_bounded_in_characters() -> None:
    """Lines that are each within every limit, but large, leave in smaller batches; none is lost."""
    text = LINE_WISE["sgml"].write([Transaction(memo="长" * 1_000, fitid=f"A{n}") for n in range(2_000)])

    sizes = [len(batch) for batch in open_statement([text.encode()], GENERIC, "f.ofx", batch_lines=2_000)]

    assert 2_000 == sum(sizes)
    assert max(sizes) <= limits.BATCH_CHARS_MAX // 1_000


def test_memory_does_not_grow_with_the_texts() -> None:
    """Hundreds of texts of a quarter of a million characters are cut before they gather."""

    def monsters() -> Iterator[bytes]:
        before, after = LINE_WISE["sgml"].write([Transaction(memo="x" * 245_000)]).encode().split(b"A1")
        head, opening, rest = before.partition(b"<STMTTRN>")
        line_after, closing, tail = after.partition(b"</STMTTRN>")
        yield head
        for n in range(200):
            yield b"%s%s%d%s%s\n" % (opening, rest, n, line_after, closing)
        yield tail

    tracemalloc.start()
    total = sum(len(batch) for batch in open_statement(monsters(), GENERIC, "f.ofx"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (200, True) == (total, peak < 16 * MEBIBYTE)


def test_many_kinds_of_holds_are_lumped_together() -> None:
    """A file with something odd in thousands of ways still has a report that a person can read."""
    odd = "".join(f"<X{n}>1\n<X{n}>2\n" for n in range(400))
    text = LINE_WISE["sgml"].write([Transaction(memo="m")]).replace("<TRNTYPE>CREDIT\n", f"<TRNTYPE>CREDIT\n{odd}")

    found = read(text)

    assert found.facts is not None
    assert len(found.facts.holds) <= limits.HOLD_KINDS_MAX + len(found.holds)


MONSTERS = {
    "unfinished_cdata_outside": OPENING + b"<![CDATA[" * 100_000,
    "unfinished_cdata_compact": OPENING + b"<STMTTRN><MEMO>" + b"<![CDATA[" * 100_000,
    "declarations": b"<OFX>" + b"<?xml" * 200_000,
    "headers": b"OFXHEADER:" + b"CHARSET:" * 200_000,
    "many_elements": OPENING + b"<STMTTRN>\n" + b"".join(b"<A%d>1\n" % n for n in range(20_000)) + b"</STMTTRN>\n",
    "many_elements_compact": OPENING + b"<STMTTRN><TRNTYPE>" + b"<MEMO>" * 30_000 + b"</STMTTRN>",
    "closing_tags_in_a_line": OPENING + b"<STMTTRN>\n<MEMO>" + b"</STMTTRN>" * 20_000 + b"\n</STMTTRN>\n",
    "blank_lines": OPENING + b"<STMTTRN>\n<TRNTYPE>C\n" + b"\n \n" * 60_000 + b"</STMTTRN>\n",
    "ampersands": OPENING + b"<STMTTRN>\n<MEMO>" + b"&#" * 100_000 + b"\n</STMTTRN>\n",
    "angles": OPENING + b"<" * 1_000_000,
    "angles_in_a_memo": OPENING + b"<STMTTRN>\n<MEMO>" + b"<" * 100_000 + b"\n</STMTTRN>\n",
}


@pytest.mark.parametrize("monster", MONSTERS)
def test_no_monster_takes_long(monster: str) -> None:
    """Work grows with the size of a file and not with its square, whatever it is made of."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime

    assert read(MONSTERS[monster] * 3).refused

    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < SECONDS_MAX


def test_thousands_of_shapes_stay_quick() -> None:
    """A file in which no two transactions have the same elements is slow to nobody; it is bounded work for each line."""
    texts = [
        f"<STMTTRN>\n<TRNTYPE>C\n<DTPOSTED>20200410\n<TRNAMT>1.00\n<FITID>{n}\n<Y{n}>1\n</STMTTRN>\n"
        for n in range(3_000)
    ]
    text = LINE_WISE["sgml"].write([]).replace("</BANKTRANLIST>", "".join(texts) + "</BANKTRANLIST>")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime

    found = read(text)

    assert (3_000, []) == (len(found.lines), found.holds)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < SECONDS_MAX
