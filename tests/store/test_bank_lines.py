"""Promises of services/store/bank_lines.py: a line exists once per account, and notices are found as they are."""

import asyncio
from datetime import date

import asyncpg
import pytest

from libsubsidy import FoundNotice, Money, NoticeState
from services.store import bank_lines
from services.store.bank_lines import BankLineRow, Outcomes
from services.store.database import Connection, connect, encode_json
from tests.patience import eventually
from tests.reconciler.town import Due, settle_down

DUES = (Due(), Due(order_code="B2B2", state="cancelled"), Due(employer_code="10000"))


def row(
    line_id: int,
    *,
    mark: int = 0,
    occurrence: int = 0,
    fen: int = 1,
    disposition: str = "other",
    direction: str = "credit",
) -> BankLineRow:
    """One line; `mark` tells contents apart."""
    return (
        *(
            line_id,
            1,
            bytes([mark]) * 16,
            occurrence,
            1,
            line_id,
            date(2026, 1, 5),
            "",
            direction,
            fen,
            "CNY",
            "",
            None,
        ),
        *("", "", "", disposition, encode_json({})),
    )


async def begin(db: Connection) -> None:
    """A town with a statement."""
    await settle_down(db, DUES)
    await db.execute(
        "INSERT INTO statement (source, sha256, filename, size_bytes, received_from) VALUES ('b', '\\x01', 'x', 1, 't')"
    )


async def test_equal_lines_are_told_apart_by_counting(db: Connection) -> None:
    """Fingerprint and occurrence are what the account knows a line by."""
    await begin(db)
    await bank_lines.add(db, [row(1, mark=1), row(2, mark=1, occurrence=1), row(3, mark=2)])

    asked = [bytes([mark]) * 16 for mark in (1, 3)]

    assert {(asked[0], 0), (asked[0], 1)} == await bank_lines.known(db, 1, asked)
    assert set() == await bank_lines.known(db, 2, asked)


async def test_a_line_that_is_there_breaks_off_the_whole_batch(db: Connection) -> None:
    """The database itself forbids a second one; nothing of the batch stays."""
    await begin(db)
    await bank_lines.add(db, [row(1, mark=1)])

    with pytest.raises(asyncpg.UniqueViolationError, match="bank_line_once"):
        await bank_lines.add(db, [row(2, mark=2), row(3, mark=1)])

    assert 1 == await db.fetchval("SELECT count(*) FROM bank_line")


async def test_ids_are_taken_once(db: Connection) -> None:
    """A batch that is rolled back gives none back, and no two batches share one."""
    first, second = await bank_lines.reserve_ids(db, 3), await bank_lines.reserve_ids(db, 2)
    assert 5 == len({*first, *second})


async def test_a_notice_is_found_by_both_codes(db: Connection) -> None:
    """With its state and amount; another employer's equal order code is another notice; what is not there is not found."""
    await begin(db)
    keys = [("75256", "A7W5"), ("75256", "B2B2"), ("10000", "A7W5"), ("10000", "B2B2"), ("99999", "A7W5")]

    found = await bank_lines.find_notices(db, keys)

    assert {
        keys[0]: FoundNotice(notice_id=1, state=NoticeState.AWAITING, amount=Money(fen=DUES[0].fen)),
        keys[1]: FoundNotice(notice_id=2, state=NoticeState.CANCELLED, amount=Money(fen=DUES[1].fen)),
        keys[2]: FoundNotice(notice_id=3, state=NoticeState.AWAITING, amount=Money(fen=DUES[2].fen)),
    } == found
    assert {} == await bank_lines.find_notices(db, [])
    assert frozenset({"75256"}) == await bank_lines.employers_among(db, ["75256", "99999"])


async def test_a_locked_notice_stays_as_it_was_found(db: Connection, database_url: str) -> None:
    """Nobody cancels it until the batch has been decided."""
    await begin(db)
    other = await connect(database_url)
    async with db.transaction():
        await bank_lines.lock_notices(db, [("75256", "A7W5")])
        cancelling = asyncio.create_task(
            other.execute("UPDATE payment_notice SET state = 'cancelled', decided_at = now() WHERE id = 1")
        )
        await eventually(lambda: db.fetch("SELECT FROM pg_locks WHERE NOT granted"))
        await db.execute("UPDATE payment_notice SET state = 'paid', decided_at = now() WHERE id = 1")
    with pytest.raises(asyncpg.RestrictViolationError):
        await cancelling
    await other.close(timeout=10)


async def test_outcomes_are_counted_and_summed(db: Connection) -> None:
    """A held debit is counted, and is no money that waits."""
    await begin(db)
    await bank_lines.add(
        db,
        [
            row(1, mark=1, fen=10, disposition="settled"),
            row(2, mark=2, fen=20, disposition="refund"),
            row(3, mark=3, fen=40, disposition="hold"),
            row(4, mark=4, fen=80, disposition="hold", direction="debit"),
            row(5, mark=5, fen=160),
        ],
    )
    assert Outcomes(
        lines=5, settled=1, refunds=1, held=2, others=1, settled_fen=10, refund_fen=20, held_fen=40
    ) == await bank_lines.outcomes(db, 1)
