"""Promises of services/store/staging.py: unproven lines belong to whoever holds the lease."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from services.store import staging
from services.store.database import Connection, connect
from services.store.leases import Lease, LeaseLostError, claim_next, fence
from services.store.staging import Cursor, StagedRow, Sums
from services.store.statements import receive
from tests.reconciler.town import count, settle_down

DAY = date(2026, 1, 5)


def row(
    statement_id: int, ordinal: int, *, booked: date = DAY, ref: str = "", mark: int = 0, fen: int = 1
) -> StagedRow:
    """One line; `mark` tells contents apart."""
    fingerprint = bytes([mark]) * 16
    direction = "debit" if fen < 0 else "credit"
    return (statement_id, booked, ref, fingerprint, ordinal, direction, abs(fen), "CNY", "", None, "", "", "", None, 0)


async def claimed(db: Connection) -> Lease:
    """Receive a file and take it."""
    await receive(db, source="bank", message_id=None, filename="x", body=b"1", received_from="tests")
    found = await claim_next(db, "worker/1")
    assert found is not None
    return found.lease


WRITES: dict[str, Callable[[Connection, Lease], Awaitable[object]]] = {
    "fence": fence,
    "begin_staging": staging.begin_staging,
    "stage": lambda db, lease: staging.stage(db, lease, [row(lease.statement_id, 9)]),
    "move": lambda db, lease: staging.move(db, lease, "refused", findings=[{"code": "X"}]),
    "note_account": lambda db, lease: staging.note_account(db, lease, 1),
    "advance": lambda db, lease: staging.advance(
        db,
        lease,
        Cursor(booked=DAY, bank_ref="", fingerprint=b"", ordinal=1, occurrence=0),
        matched_lines=1,
        new_lines=1,
    ),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
async def test_a_lost_lease_writes_nothing(
    db: Connection, write: Callable[[Connection, Lease], Awaitable[object]]
) -> None:
    """Every function that takes a lease refuses an older epoch, and no row has changed."""
    await settle_down(db, [])
    lease = await claimed(db)
    await staging.stage(db, lease, [row(lease.statement_id, 0)])
    await db.execute("UPDATE statement SET lease_epoch = lease_epoch + 1")
    before = await count(db), await db.fetchrow("SELECT * FROM statement")

    with pytest.raises(LeaseLostError):
        await write(db, lease)

    assert before == (await count(db), await db.fetchrow("SELECT * FROM statement"))


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
async def test_the_leaseholder_writes(db: Connection, write: Callable[[Connection, Lease], Awaitable[object]]) -> None:
    """The same call under the right epoch goes through."""
    await settle_down(db, [])
    await write(db, await claimed(db))


async def test_a_new_attempt_forgets_the_lines_of_the_last(db: Connection) -> None:
    """Reading begins anew after a crash, and no line stands twice."""
    lease = await claimed(db)
    await staging.stage(db, lease, [row(lease.statement_id, 0), row(lease.statement_id, 1)])
    assert 2 == await staging.count_staged(db, lease.statement_id)

    await staging.begin_staging(db, lease)

    assert 0 == await staging.count_staged(db, lease.statement_id)


async def test_batches_come_in_canonical_order_whatever_the_order_in_the_file(db: Connection) -> None:
    """By day, then the bank's number by bytes, then content, then place; a cursor goes on exactly behind its line."""
    lease = await claimed(db)
    number = lease.statement_id
    canonical = [
        row(number, 5, booked=date(2026, 1, 4), ref="Z"),
        row(number, 4, ref="", mark=1),
        row(number, 0, ref="10"),
        row(number, 3, ref="9"),
        row(number, 6, ref="B"),
        row(number, 1, ref="a", mark=2),
        row(number, 2, ref="a", mark=2),
        row(number, 7, ref="丙"),
    ]
    await staging.stage(db, lease, sorted(canonical, key=lambda line: line[4]))

    taken, cursor = [], None
    while batch := await staging.next_batch(db, number, cursor, 3):
        taken += [line["ordinal"] for line in batch]
        last = batch[-1]
        cursor = Cursor(
            booked=last["booked"],
            bank_ref=last["bank_ref"],
            fingerprint=last["fingerprint"],
            ordinal=last["ordinal"],
            occurrence=0,
        )

    assert [line[4] for line in canonical] == taken


async def test_a_cursor_survives_the_store(db: Connection) -> None:
    """The next worker goes on behind the very line where the last one stopped."""
    lease = await claimed(db)
    cursor = Cursor(booked=DAY, bank_ref="N1", fingerprint=b"\x00\xff" * 8, ordinal=7, occurrence=2)

    await staging.advance(db, lease, cursor, matched_lines=8, new_lines=6)

    assert cursor == staging.cursor_of(await db.fetchval("SELECT cursor FROM statement"))
    assert (8, 6) == tuple(await db.fetchrow("SELECT matched_lines, new_lines FROM statement") or ())
    assert staging.cursor_of(None) is None


async def test_only_lines_that_the_account_does_not_have_are_new(db: Connection) -> None:
    """Equal lines count as often as they occur: of three, one is known, and two are new."""
    await settle_down(db, [])
    lease = await claimed(db)
    account = await db.fetchval("SELECT id FROM bank_account")
    lines = [row(lease.statement_id, ordinal, mark=7, fen=100) for ordinal in range(3)]
    await staging.stage(db, lease, [*lines, row(lease.statement_id, 3, mark=8, fen=-30)])
    assert Sums(new_lines=4, new_fen=270) == await staging.sum_new(db, account, lease.statement_id)

    await db.execute(
        """
        INSERT INTO bank_line (account_id, fingerprint, occurrence, statement_id, ordinal, booked, bank_ref, direction,
            amount_fen, currency, memo, payer_name, payer_account, payer_bank, disposition, decision)
        VALUES ($1, $2, 0, $3, 0, $4, '', 'credit', 100, 'CNY', '', '', '', '', 'other', '{}')
        """,
        account,
        bytes([7]) * 16,
        lease.statement_id,
        DAY,
    )
    assert Sums(new_lines=3, new_fen=170) == await staging.sum_new(db, account, lease.statement_id)


async def test_a_line_in_another_currency_is_new_but_moves_no_balance(db: Connection) -> None:
    """A hundred dollars are no hundred yuan."""
    await settle_down(db, [])
    lease = await claimed(db)
    account = await db.fetchval("SELECT id FROM bank_account")
    lines = [row(lease.statement_id, ordinal, mark=ordinal, fen=100) for ordinal in range(2)]
    await staging.stage(db, lease, lines)
    await db.execute("UPDATE staged_line SET currency = 'USD' WHERE ordinal = 1")

    assert Sums(new_lines=2, new_fen=100) == await staging.sum_new(db, account, lease.statement_id)


@pytest.mark.parametrize(("booked", "expected"), [(4, False), (5, True), (6, True)])
async def test_an_overlap_is_a_line_of_that_day_or_later_from_another_file(
    db: Connection, booked: int, *, expected: bool
) -> None:
    """Only then must lines be looked up one by one; the statement's own lines are no overlap."""
    await settle_down(db, [])
    lease = await claimed(db)
    account = await db.fetchval("SELECT id FROM bank_account")
    await db.execute(
        """
        INSERT INTO bank_line (account_id, fingerprint, occurrence, statement_id, ordinal, booked, bank_ref, direction,
            amount_fen, currency, memo, payer_name, payer_account, payer_bank, disposition, decision)
        VALUES ($1, '\\x01', 0, $2, 0, $3, '', 'credit', 100, 'CNY', '', '', '', '', 'other', '{}')
        """,
        account,
        lease.statement_id,
        date(2026, 1, booked),
    )
    assert expected == await staging.overlaps(db, account, lease.statement_id + 1, DAY)
    assert not await staging.overlaps(db, account, lease.statement_id, DAY)


async def test_a_refusal_is_noted_told_and_leaves_no_lines(db: Connection) -> None:
    """State, findings, trail and event are one change."""
    lease = await claimed(db)
    await staging.stage(db, lease, [row(lease.statement_id, 0)])

    await staging.move(db, lease, "refused", findings=[{"code": "STATEMENT_TRUNCATED", "zh": "", "en": ""}])

    assert 0 == await staging.count_staged(db, lease.statement_id)
    noted = await db.fetchrow("SELECT from_state, to_state, reason FROM audit_event ORDER BY id DESC LIMIT 1")
    assert ("received", "refused", "STATEMENT_TRUNCATED") == tuple(noted or ())
    body = {"statement_id": str(lease.statement_id), "source": "bank", "reason": "STATEMENT_TRUNCATED"}
    assert [("statement.refused.v1", body)] == [
        (event["type"], event["body"]) for event in await db.fetch("SELECT type, body FROM outbox")
    ]


async def test_only_statements_that_wait_for_a_gap_are_woken(db: Connection) -> None:
    """One that a person must look at stays held."""
    await settle_down(db, [])
    account = await db.fetchval("SELECT id FROM bank_account")
    for number, waits in enumerate((True, False)):
        await receive(
            db, source="bank", message_id=None, filename=f"{waits}", body=str(number).encode(), received_from="tests"
        )
        await db.execute(
            "UPDATE statement SET state = 'held', waits_for_gap = $2, account_id = $3 WHERE filename = $1",
            f"{waits}",
            waits,
            account,
        )

    await staging.wake_waiting(db, account)

    assert {"True": "staged", "False": "held"} == {
        found["filename"]: found["state"] for found in await db.fetch("SELECT filename, state FROM statement")
    }


async def test_whoever_watches_hears_of_each_batch(db: Connection, database_url: str) -> None:
    """With the statement's id, once the batch is committed."""
    lease = await claimed(db)
    listener = await connect(database_url)
    heard: asyncio.Queue[str] = asyncio.Queue()
    await listener.add_listener("statement", lambda *said: heard.put_nowait(said[3]))
    cursor = Cursor(booked=DAY, bank_ref="", fingerprint=b"", ordinal=1, occurrence=0)
    async with db.transaction():
        await staging.advance(db, lease, cursor, matched_lines=1, new_lines=1)
        await listener.fetchval("SELECT 1")
        assert heard.empty()
    assert str(lease.statement_id) == await asyncio.wait_for(heard.get(), 30)
    await listener.close(timeout=10)
