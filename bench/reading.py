"""Reading OFX into validated lines, our reader's second opinion included, against ofxparse.

ofxparse is what one would use instead. It takes a whole file, which costs it the square of the file's length; so it is
also compared in documents of 200 lines, which is the fastest way to use it. Both are pure computation in this process, so
processor time is compared: it does not count what else the machine does.
"""

import hashlib
import io
import time
import warnings
from decimal import Decimal
from itertools import pairwise
from typing import ClassVar, Self

import attrs
from ofxparse import OfxParser

from bench.figure import Limit, Note, ResultsDifferError, Row, Sense
from bench.fund import SOURCE
from bench.pairs import ratios, seconds, take_turns
from bench.server import BenchServer
from bench.statement_file import Due, write_statement
from libsubsidy import Direction
from services.reconciler.statements import load_profile, open_statement

CHUNKED_LIMIT = Limit(Sense.AT_LEAST, 20)
WHOLE_LIMIT = Limit(Sense.AT_LEAST, 600)
CHUNK_LINES = 200
_PIECE_BYTES = 256 * 1024
_OPENS, _CLOSES = b"<STMTTRN>", b"</STMTTRN>\n"

Read = list[tuple[str, Decimal, str]]
"""What both readers speak of: the bank's id, the signed amount, the memo as written."""


Digest = tuple[int, bytes]
"""How many lines were read, and a digest of all of them."""


@attrs.frozen
class Reading:
    """Read SGML of 50,000 lines; ofxparse in documents of 200 lines, and whole (extrapolated from smaller files)."""

    name: ClassVar[str] = "reading"

    lines: int = 50_000
    pairs: int = 3
    whole_sizes: tuple[int, ...] = (1_000, 2_000, 4_000, 8_000)

    def quick(self) -> Self:
        """Read 10,000 lines for the documents of 200, and extrapolate the whole from less."""
        return attrs.evolve(self, lines=10_000, whole_sizes=(1_000, 2_000, 4_000))

    async def measure(self, server: BenchServer, note: Note) -> list[Row]:  # noqa: ARG002 -- reading needs no server.
        """Compare; both must read the same ids, amounts and memos."""
        file = statement_of(self.lines)
        documents = list(chunked(file, CHUNK_LINES))

        async def ours() -> tuple[float, Digest]:
            took, read = read_ours(file)
            note(f"reading: {self.lines:,} lines in {took:.3f} s")
            return took, digest_of(read)

        async def theirs() -> tuple[float, Digest]:
            started = time.process_time()
            read = [line for document in documents for line in read_ofxparse(document)]
            took = time.process_time() - started
            note(f"reading: ofxparse, {len(documents):,} documents of {CHUNK_LINES} lines, in {took:.2f} s")
            return took, digest_of(read)

        pairs = await take_turns(ours, theirs, self.pairs)
        for (_, one), (_, other) in zip(pairs.ours, pairs.theirs, strict=True):
            if one != other or one[0] != self.lines:
                raise ResultsDifferError(f"of {self.lines:,} lines the readers read {one[0]:,} and {other[0]:,}")
        took = tuple(each for each, _ in pairs.ours)
        others = tuple(each for each, _ in pairs.theirs)
        return [
            Row(
                figure=self.name,
                what=f"{self.lines:,} lines of SGML, second opinion included",
                compared_with=f"ofxparse in documents of {CHUNK_LINES} lines",
                values=ratios(others, took),
                limit=CHUNKED_LIMIT,
                detail=f"{seconds(took)} : {seconds(others)}; ids, amounts and memos equal",
            ),
            self._whole(took, note),
        ]

    def _whole(self, took: tuple[float, ...], note: Note) -> Row:
        times = []
        for lines in self.whole_sizes:
            file = statement_of(lines)
            started = time.process_time()
            read = read_ofxparse(file)
            times.append(time.process_time() - started)
            note(f"reading: ofxparse, {lines:,} lines whole, in {times[-1]:.2f} s")
            if read != read_ours(file)[1]:
                raise ResultsDifferError(f"the readers do not read the same of {lines:,} lines")
        if any(later <= earlier for earlier, later in pairwise(times)):
            raise ResultsDifferError(
                f"ofxparse took {times} s for {self.whole_sizes} lines: nothing to extrapolate from"
            )
        linear, square = fitted_quadratic(self.whole_sizes, tuple(times))
        whole = linear * self.lines + square * self.lines**2
        measured = ", ".join(
            f"{lines:,}: {seconds((each,))}" for lines, each in zip(self.whole_sizes, times, strict=True)
        )
        return Row(
            figure=self.name,
            what=f"{self.lines:,} lines of SGML, second opinion included",
            compared_with="ofxparse whole, EXTRAPOLATED",
            values=tuple(whole / each for each in took),
            limit=WHOLE_LIMIT,
            detail=f"{seconds(took)} : {seconds((whole,))} by {linear:.3g} n + {square:.3g} n² fitted to {measured}",
        )


def statement_of(lines: int) -> bytes:
    """Write a statement of this many lines."""
    file = io.BytesIO()
    write_statement(file, [Due(f"10000x{number:04d}o", 50_000 + number % 97) for number in range(9_999)], lines)
    return file.getvalue()


def read_ours(file: bytes) -> tuple[float, Read]:
    """Read with our reader; the processor seconds are those of reading alone, in batches that are dropped as they come."""
    profile = load_profile(SOURCE)
    pieces = [file[at : at + _PIECE_BYTES] for at in range(0, len(file), _PIECE_BYTES)]
    started = time.process_time()
    for _ in open_statement(pieces, profile, "bench.ofx"):
        pass
    took = time.process_time() - started
    return took, [
        (
            line.bank_id,
            Decimal(line.amount.fen if line.direction is Direction.CREDIT else -line.amount.fen) / 100,
            line.raw_memo,
        )
        for batch in open_statement(pieces, profile, "bench.ofx")
        for line in batch
    ]


def digest_of(read: Read) -> Digest:
    """Keep what two readings are compared by, and not half a million objects that Python's collector walks meanwhile."""
    digest = hashlib.sha256()
    for bank_id, amount, memo in read:
        # The places of an amount are no part of it: 1.5 and 1.50 are equal.
        digest.update(f"{bank_id!r} {amount.normalize()} {memo!r}\n".encode())
    return len(read), digest.digest()


def read_ofxparse(document: bytes) -> Read:
    """Read a whole document with ofxparse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It calls its own parser's methods by their old names.
        parsed = OfxParser.parse(io.BytesIO(document))
    return [(line.id, line.amount, line.memo) for line in parsed.account.statement.transactions]


def chunked(file: bytes, lines: int) -> list[bytes]:
    """Cut a statement into documents of at most this many lines, each complete in itself."""
    before, *blocks = file.split(_OPENS)
    last, _, after = blocks[-1].partition(_CLOSES)
    blocks[-1] = last + _CLOSES
    return [
        before + b"".join(_OPENS + block for block in blocks[at : at + lines]) + after
        for at in range(0, len(blocks), lines)
    ]


def fitted_quadratic(sizes: tuple[int, ...], times: tuple[float, ...]) -> tuple[float, float]:
    """Fit a n + b n² by least squares of the relative errors, and return a and b.

    >>> a, b = fitted_quadratic((1, 2, 4), (5.0, 14.0, 44.0))
    >>> round(a, 6), round(b, 6)
    (3.0, 2.0)
    """
    # Divided by the time, each row of the equations counts alike: 1 = a n/t + b n²/t.
    u = [size / took for size, took in zip(sizes, times, strict=True)]
    v = [size * size / took for size, took in zip(sizes, times, strict=True)]
    uu, uv, vv = (sum(one * other for one, other in zip(p, q, strict=True)) for p, q in ((u, u), (u, v), (v, v)))
    determinant = uu * vv - uv * uv
    return (sum(u) * vv - sum(v) * uv) / determinant, (sum(v) * uu - sum(u) * uv) / determinant
