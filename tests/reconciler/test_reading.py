"""Promises of services/reconciler/reading.py: every line of a file is staged as the bank wrote it, or none is."""

import pytest

from services.reconciler.reading import READ_LINES_MAX
from services.reconciler.worker import Worker
from services.store.database import Connection
from tests.reconciler.bank import Bank, Payment
from tests.reconciler.conftest import Deliver
from tests.reconciler.town import settle_down


async def read(db: Connection, deliver: Deliver, worker: Worker, body: bytes) -> None:
    """Deliver a file and read it, no further."""
    await deliver(body)
    claimed = await worker._claim()
    assert claimed is not None
    await worker.advance(claimed)


@pytest.mark.parametrize("lines", [0, 1, READ_LINES_MAX, READ_LINES_MAX + 1])
async def test_every_line_is_staged(db: Connection, deliver: Deliver, worker: Worker, lines: int) -> None:
    """Whether it fills no step, one, or more; the count and the sums of the file are kept beside it."""
    await read(db, deliver, worker, Bank().statement([Payment(fen=2, memo="")] * lines))

    row = await db.fetchrow("SELECT state, staged_lines, facts FROM statement")
    assert row is not None
    assert ("staged", lines) == (row["state"], row["staged_lines"])
    assert (lines, 2 * lines, 0) == tuple(row["facts"][name] for name in ("lines", "credit_fen", "debit_fen"))
    assert lines == await db.fetchval("SELECT count(*) FROM staged_line")
    assert list(range(lines)) == [
        each["ordinal"] for each in await db.fetch("SELECT ordinal FROM staged_line ORDER BY ordinal")
    ]


async def test_a_line_is_staged_as_the_bank_wrote_it(db: Connection, deliver: Deliver, worker: Worker) -> None:
    """The payer's words without the bank's prefix, the bank's own text beside them, and all that a refund needs."""
    payment = Payment(fen=-1_234_56, memo="冲正|75256xA7W5o &amp; 𠮷", kind="CREDIT", payer_name="陈𠮷祥", flag="*")
    await read(db, deliver, worker, Bank().statement([payment, Payment(fen=1, memo="附言:工资", kind="INT")]))

    rows = await db.fetch("SELECT * FROM staged_line ORDER BY ordinal")
    assert (
        "debit",
        1_234_56,
        "CNY",
        "冲正|75256xA7W5o & 𠮷",
        None,
        "陈𠮷祥",
        payment.payer_account,
        "103",
        None,
        1,
    ) == tuple(
        rows[0][name]
        for name in (
            *("direction", "amount_fen", "currency", "memo", "raw_memo", "payer_name", "payer_account", "payer_bank"),
            *("kind", "marks"),
        )
    )
    assert ("工资", "附言:工资", "interest", "N00000002") == tuple(
        rows[1][name] for name in ("memo", "raw_memo", "kind", "bank_ref")
    )


async def test_a_file_read_twice_stands_once(db: Connection, deliver: Deliver, worker: Worker) -> None:
    """A worker died after staging and before saying so: the next one begins anew."""
    await settle_down(db, [])
    await read(db, deliver, worker, Bank().statement([Payment(fen=1, memo="")] * 3))
    await db.execute("UPDATE statement SET state = 'received', staged_lines = 0, facts = NULL")

    claimed = await worker._claim()
    assert claimed is not None
    await worker.advance(claimed)

    assert 3 == await db.fetchval("SELECT count(*) FROM staged_line")


async def test_a_file_without_lines_is_reconciled(db: Connection, deliver: Deliver, worker: Worker) -> None:
    """A day on which nothing happened is a proof as well."""
    await settle_down(db, [])
    await deliver(Bank().statement([]))

    await worker.drain()

    assert "reconciled" == await db.fetchval("SELECT state FROM statement")
    assert {"lines": 0, "settled": 0}.items() <= (await db.fetchval("SELECT body FROM outbox")).items()
