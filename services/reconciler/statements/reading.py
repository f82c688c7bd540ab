"""One file's reading: an iterator of batches of lines, and the facts once it is exhausted."""

from collections.abc import Iterable, Iterator
from itertools import chain
from types import ModuleType
from typing import Final

import attrs

from services.reconciler.statements import ofx
from services.reconciler.statements.decoding import Decoding, pieces
from services.reconciler.statements.layout import Entry
from services.reconciler.statements.limits import BATCH_CHARS_MAX, LONG_ENTRY_CHARS
from services.reconciler.statements.lines import Lines
from services.reconciler.statements.outline import Account, Outline
from services.reconciler.statements.profile import Profile
from services.reconciler.statements.refusals import Holds, refused, shown
from services.reconciler.statements.second_opinion import SecondOpinion, kept
from services.reconciler.statements.statement import StatementFacts, StatementLine

# The formats that can be read: each module has sniff(head).
FORMATS: Final[tuple[ModuleType, ...]] = (ofx,)
BATCH_LINES: Final = 1_000


class StatementReading(Iterator[list[StatementLine]]):
    """Batches of lines, each of `batch_lines`, but the last and those that have BATCH_CHARS_MAX characters before.

    Nothing of a file may count before its reading has ended without StatementRefused: a file that is cut off shows only at
    its end.
    """

    def __init__(self, chunks: Iterable[bytes], profile: Profile, filename: str, *, batch_lines: int) -> None:
        self._profile = profile
        self._holds = Holds(filename)
        self._outline = Outline(profile, self._holds)
        self._lines = Lines(profile, self._holds, self._outline)
        self._facts: StatementFacts | None = None
        self._batches = self._read(chunks, batch_lines)

    def __next__(self) -> list[StatementLine]:
        return next(self._batches)

    @property
    def facts(self) -> StatementFacts:
        """What the file says of itself.

        Raises:
            RuntimeError: the batches have not all been taken; before the end nobody knows.
        """
        if self._facts is None:
            raise RuntimeError("the facts of a statement are known when all its batches have been taken")
        return self._facts

    def _read(self, chunks: Iterable[bytes], batch_lines: int) -> Iterator[list[StatementLine]]:
        holds, outline, lines = self._holds, self._outline, self._lines
        parts = pieces(chunks, holds.file)
        head = next(parts, b"")
        if not head:
            raise refused("STATEMENT_EMPTY", file=holds.file)
        if not any(form.sniff(head) for form in FORMATS):
            raise refused("STATEMENT_NOT_A_STATEMENT", file=holds.file, found=shown(head[:16].decode("latin-1")))
        decoding = Decoding(self._profile, holds)
        transactions = ofx.Transactions(outline)
        entries = transactions.entries(decoding.texts(chain((head,), parts)), self._profile, holds)
        second: SecondOpinion | None = None
        batch: list[StatementLine] = []
        read: list[Entry] = []
        size = 0
        for line, entry in lines.of(entries):
            batch.append(line)
            chars = len(entry.raw)
            if chars > LONG_ENTRY_CHARS:
                chars, entry = LONG_ENTRY_CHARS, kept(entry)  # noqa: PLW2901 - a call for every line would cost more.
            read.append(entry)
            size += chars
            if len(batch) == batch_lines or size >= BATCH_CHARS_MAX:
                second = second or self._second(transactions)
                yield self._compared(second, batch, read)
                batch, read, size = [], [], 0
        if batch:
            yield self._compared(second or self._second(transactions), batch, read)
        self._facts = self._conclude(outline.accounts[0])

    def _second(self, transactions: ofx.Transactions) -> SecondOpinion:
        return SecondOpinion(line_wise=bool(transactions.line_wise), memo_field=self._profile.memo_field)

    def _compared(self, second: SecondOpinion, batch: list[StatementLine], read: list[Entry]) -> list[StatementLine]:
        for index, field, value in second.disagreements(batch, read):
            batch[index] = attrs.evolve(batch[index], readers_disagree=True)
            self._holds.note("READERS_DISAGREE", line=read[index].line, field=field, value=value)
        return batch

    def _conclude(self, account: Account) -> StatementFacts:
        lines = self._lines
        return StatementFacts(
            account=account.account,
            bank_code=account.bank_code,
            currency=account.currency or self._profile.currency_default,
            first_day=account.first_day or lines.first_booked,
            last_day=account.last_day or lines.last_booked,
            first_booked=lines.first_booked,
            last_booked=lines.last_booked,
            opening=account.opening,
            closing=account.closing,
            closing_day=account.closing_day,
            lines=lines.count,
            foreign_lines=lines.foreign,
            credit_fen=lines.credit_fen,
            debit_fen=lines.debit_fen,
            holds=self._holds.violations(),
        )
