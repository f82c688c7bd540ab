"""Promises of services/reconciler/canonical.py: the order is the one in which lines are decided in production."""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from random import Random

import pytest

from services.reconciler import canonical
from services.reconciler.canonical import CanonicalFile
from services.reconciler.matching import Seen, foresee, keys_of
from services.reconciler.reading import stage_file
from services.reconciler.statements import StatementRefused, load_profile
from services.reconciler.worker import Worker
from services.store.database import Connection, Pool
from services.store.staging import next_batch
from tests.reconciler.bank import Bank, Payment
from tests.reconciler.conftest import Deliver

PROFILE = load_profile("demo-bank")


def shuffled(seed: int, lines: int = 60) -> bytes:
    """A file in no order at all, with equal lines, lines without numbers and numbers that sort as texts."""
    rng = Random(seed)  # noqa: S311 -- made-up lines.
    bank = Bank()
    payments = [
        Payment(fen=rng.randint(1, 3), memo=rng.choice(["a", "b"]), day=date(2026, 1, rng.randint(1, 4)))
        for _ in range(lines)
    ]
    booked = bank.book(payments)
    numbers = ["10", "9", "甲", "Z", "a"]
    renumbered = [
        Payment(fen=each.fen, memo=each.memo, day=each.day, fitid=rng.choice([*numbers, each.fitid])) for each in booked
    ]
    return bank.write(renumbered).replace(b"<FITID>9\n", b"<FITID>\n")


def read(body: bytes) -> CanonicalFile:
    """Read a file to its end."""

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(body), 100):
            yield body[start : start + 100]

    file = CanonicalFile(pieces(), PROFILE, "day.ofx")
    while file.step():
        pass
    return file


@pytest.mark.parametrize("seed", range(5))
async def test_the_order_and_the_numbering_are_those_of_production(  # noqa: PLR0917 -- fixtures.
    db: Connection, pool: Pool, deliver: Deliver, worker: Worker, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Line by line, however many batches it takes."""
    monkeypatch.setattr(canonical, "LINES_MAX", 7)
    body = shuffled(seed)
    await deliver(body)
    claimed = await worker._claim()
    assert claimed is not None
    await stage_file(pool, claimed, worker._actor)
    lines = await next_batch(db, claimed.lease.statement_id, None, 1000)
    batch = foresee(lines, keys_of(lines), None, Seen(notices={}, employers=frozenset()), worker._policy)

    file = read(body)
    found = [(line.ordinal, line.fingerprint, occurrence) for each in file.batches() for line, occurrence in each]
    file.close()

    assert [
        (line["ordinal"], line["fingerprint"], occurrence)
        for line, occurrence in zip(batch.lines, batch.occurrences, strict=True)
    ] == found
    assert any(occurrence for _, _, occurrence in found)


def test_a_file_is_known_by_its_digest_and_its_facts() -> None:
    """Both are there once it is read."""
    body = shuffled(1)
    file = read(body)
    assert (sha256(body).digest(), 60) == (file.sha256, file.facts.lines)
    file.close()


def test_lines_come_back_as_they_were_read() -> None:
    """With every field."""
    file = read(Bank().statement([Payment(fen=12_34, memo="75256xA7W5o，四月", payer_name="某某局")]))
    ((line, occurrence),) = next(file.batches())
    assert ("12.34", "75256xA7W5o，四月", "某某局", date(2026, 1, 5), 0) == (
        str(line.amount),
        line.memo,
        line.payer_name,
        line.booked,
        occurrence,
    )
    file.close()


def test_what_is_no_statement_is_refused_with_the_readers_reason() -> None:
    """At the step that finds it."""
    with pytest.raises(StatementRefused):
        read(b"%PDF")


def test_a_file_without_lines_has_no_batches() -> None:
    """And no error."""
    file = read(Bank().statement([]))
    assert [] == list(file.batches())
    file.close()
