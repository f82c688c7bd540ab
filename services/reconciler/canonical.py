"""A file's lines in canonical order (I34): on disk, because a file may be larger than what memory should hold.

What is read once from top to bottom is decided by day, then by the bank's own number, then by content. The private
database of SQLite sorts within a few MiB of memory, and is gone when it is closed.
"""

import hashlib
import pickle
import sqlite3
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from services.reconciler.statements import open_statement
from services.reconciler.statements.profile import Profile
from services.reconciler.statements.statement import StatementFacts, StatementLine

LINES_MAX = 5_000

Placed: TypeAlias = tuple[StatementLine, int]
"""A line, and how many lines equal to it stand before it."""


class CanonicalFile:
    """One file: `step` until it is read, then take its `batches`; one thread at a time.

    Raises (from `step`):
        StatementRefused: the file is wrong as a whole.
    """

    def __init__(self, pieces: Iterable[bytes], profile: Profile, filename: str) -> None:
        self._digest = hashlib.sha256()
        self._reading = open_statement(self._digested(pieces), profile, filename, batch_lines=LINES_MAX)
        # Each step may run in another thread, and never two at once.
        self._lines = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._lines.execute(
            "CREATE TABLE line (booked TEXT, bank_id TEXT, fingerprint BLOB, ordinal INTEGER, line BLOB)"
        )

    def _digested(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._digest.update(piece)
            yield piece

    def step(self) -> bool:
        """Read a batch more; False at the end of the file."""
        lines = next(self._reading, None)
        if lines is None:
            return False
        rows = [
            (line.booked.isoformat(), line.bank_id, line.fingerprint, line.ordinal, pickle.dumps(line))
            for line in lines
        ]
        self._lines.execute("BEGIN")
        self._lines.executemany("INSERT INTO line VALUES (?, ?, ?, ?, ?)", rows)
        self._lines.execute("COMMIT")
        return True

    @property
    def facts(self) -> StatementFacts:
        """What the file says of itself, once it is read."""
        return self._reading.facts

    @property
    def sha256(self) -> bytes:
        """Of the file, once it is read."""
        return self._digest.digest()

    def batches(self) -> Iterator[list[Placed]]:
        """Give all lines in canonical order, `LINES_MAX` at a time; equal ones stand next to each other."""
        rows = self._lines.execute("SELECT fingerprint, line FROM line ORDER BY booked, bank_id, fingerprint, ordinal")
        before, occurrence = b"", 0
        while found := rows.fetchmany(LINES_MAX):
            batch: list[Placed] = []
            for fingerprint, line in found:
                occurrence = occurrence + 1 if fingerprint == before else 0
                before = fingerprint
                batch.append((pickle.loads(line), occurrence))  # noqa: S301 -- we wrote it ourselves, a moment ago.
            yield batch

    def close(self) -> None:
        """Forget everything."""
        self._lines.close()
