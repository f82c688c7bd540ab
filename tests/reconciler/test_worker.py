"""Promises of services/reconciler/worker.py: what happens to a statement from its bytes to its ledgers."""

import asyncio

import pytest

from libsubsidy import Policy, explain_record
from services.reconciler.worker import TRIES_MAX, Worker
from services.store.accounts import register_account
from services.store.database import Connection, Pool, acting
from services.store.releases import NotReleasableError, release
from tests.patience import eventually
from tests.reconciler.bank import Bank, Payment
from tests.reconciler.conftest import Deliver
from tests.reconciler.outcomes import DUES, OUTCOMES, PAYMENTS
from tests.reconciler.town import (
    BUREAU,
    CHECKER,
    Due,
    count,
    expire_leases,
    money_of,
    proves,
    settle_down,
    state_of,
    statements_of,
)


async def test_an_exact_payment_credits_every_employee_once(db: Connection, deliver: Deliver, worker: Worker) -> None:
    """The memo and the amount are exact: the notice is paid, the order credited, each person's ledger has one entry."""
    due = Due(people=3)
    await settle_down(db, [due])
    await deliver(Bank().statement([Payment(fen=due.fen, memo=f"{due.memo}，2020年4月份雇员汇缴款")]))

    await worker.drain()

    state = await state_of(db)
    assert [("75256", "A7W5", "paid")] == state["notices"]
    assert [(1, "credited")] == state["orders"]
    assert 3 == len(state["ledger"])
    assert proves(await money_of(db))


async def test_every_outcome_is_what_the_manual_asks_for(db: Connection, deliver: Deliver, worker: Worker) -> None:
    """Each line of a varied day ends as it should, and its case carries payer, account, amount, reason and proposal."""
    await settle_down(db, DUES)
    await deliver(Bank().statement(PAYMENTS))

    await worker.drain()

    rows = await db.fetch(
        """
        SELECT b.ordinal, b.disposition, c.kind, c.reason, c.proposed_memo, c.payer_name, c.payer_account, c.amount_fen
        FROM bank_line b LEFT JOIN line_case c ON c.line_id = b.id ORDER BY b.ordinal
        """
    )
    expected = []
    for ordinal, outcome in enumerate(OUTCOMES):
        payment = outcome.payment
        case: tuple[object, ...] = (None,) * 6
        if outcome.reason:
            case = (
                outcome.disposition,
                outcome.reason,
                outcome.proposed,
                payment.payer_name,
                payment.payer_account,
                abs(payment.fen),
            )
        expected.append((ordinal, outcome.disposition, *case))
    assert expected == [tuple(row) for row in rows]
    assert proves(await money_of(db))


async def let_through(db: Connection, statement_id: int, by: str = "user/2") -> None:
    """Release a statement as the bureau's finance does."""
    async with acting(db, CHECKER):
        await release(db, statement_id, by=by, note="checked against the bank")


async def test_an_upload_waits_for_a_second_person(db: Connection, deliver: Deliver, worker: Worker) -> None:
    """Who uploaded the file cannot release it; another can, and the trail has name, reason and findings."""
    due = Due()
    await settle_down(db, [due])
    received = await deliver(Bank().statement([Payment(fen=due.fen, memo=due.memo)]), uploaded_by="user/1")
    await worker.drain()
    assert ("held", ["UPLOADED_BY_PERSON"]) == (await statements_of(db))["day.ofx"]
    assert 0 == (await count(db))["bank_line"]

    with pytest.raises(NotReleasableError) as refused:
        await let_through(db, received.statement_id, by="user/1")
    assert "SECOND_PERSON_NEEDED" == refused.value.violation.code
    await worker.drain()
    assert 0 == (await count(db))["bank_line"]

    await let_through(db, received.statement_id)
    await worker.drain()
    assert "reconciled" == (await statements_of(db))["day.ofx"][0]
    row = await db.fetchrow("SELECT released_by, note, findings FROM statement_release")
    assert row is not None
    assert ("user/2", "checked against the bank") == (row["released_by"], row["note"])
    assert ["UPLOADED_BY_PERSON"] == [finding["code"] for finding in row["findings"]]


async def test_a_file_of_an_unknown_account_goes_on_when_that_is_registered(
    db: Connection, deliver: Deliver, worker: Worker
) -> None:
    """Released without an account it stays held; registered and released it is reconciled."""
    due = Due()
    await settle_down(db, [due], accounts=())
    received = await deliver(Bank().statement([Payment(fen=due.fen, memo=due.memo)]))
    await worker.drain()
    await let_through(db, received.statement_id)
    await worker.drain()
    assert ("held", ["ACCOUNT_UNKNOWN"]) == (await statements_of(db))["day.ofx"]

    async with acting(db, BUREAU):
        await register_account(db, number=Bank().account, name="专户", source="demo-bank")
    await let_through(db, received.statement_id)
    await worker.drain()
    assert "reconciled" == (await statements_of(db))["day.ofx"][0]
    assert due.fen == await db.fetchval("SELECT sum(amount_fen) FROM ledger_entry")


async def test_a_release_lets_nothing_through_that_was_not_shown(
    db: Connection, deliver: Deliver, worker: Worker
) -> None:
    """The account was unknown, and so nobody saw that the balance does not chain: the file is held for that, and waits."""
    bank = Bank()
    await settle_down(db, [], accounts=())
    first, second = bank.statement([Payment(fen=1_00, memo="一")]), bank.statement([Payment(fen=2_00, memo="二")])
    received = await deliver(second, filename="second.ofx")
    await worker.drain()
    async with acting(db, BUREAU):
        await register_account(db, number=bank.account, name="专户", source="demo-bank")
    await let_through(db, received.statement_id)
    await worker.drain()
    assert ("held", ["STATEMENT_GAP"]) == (await statements_of(db))["second.ofx"]

    await deliver(first, filename="first.ofx")
    await worker.drain()
    assert {"reconciled"} == {state for state, _ in (await statements_of(db)).values()}


async def test_a_gap_is_closed_by_the_file_before_it(db: Connection, deliver: Deliver, worker: Worker) -> None:
    """Three days that come in reverse: each waits for the one before, and the last to come wakes them all."""
    due, bank = Due(), Bank()
    await settle_down(db, [due])
    days = [
        bank.statement([Payment(fen=fen, memo=memo)]) for fen, memo in ((5_00, "一"), (due.fen, due.memo), (7_00, "三"))
    ]
    for number in (2, 1):
        await deliver(days[number], filename=f"{number}.ofx")
        await worker.drain()
    assert {"2.ofx": ("held", ["STATEMENT_GAP"]), "1.ofx": ("held", ["STATEMENT_GAP"])} == await statements_of(db)
    assert 0 == (await count(db))["bank_line"]

    await deliver(days[0], filename="0.ofx")
    await worker.drain()

    assert {"reconciled"} == {state for state, _ in (await statements_of(db)).values()}
    assert bank.balance_fen == await db.fetchval("SELECT proven_closing_fen FROM bank_account")


async def test_a_gap_that_a_person_releases_sets_the_chain_anew(
    db: Connection, deliver: Deliver, worker: Worker
) -> None:
    """The day before never comes: the bank's own closing is the new anchor, and the next day chains to it."""
    bank = Bank()
    await settle_down(db, [])
    bank.book([Payment(fen=9_99, memo="lost")])
    received = await deliver(bank.statement([Payment(fen=1_00, memo="二")]), filename="2.ofx")
    await worker.drain()
    await let_through(db, received.statement_id)
    await deliver(bank.statement([Payment(fen=2_00, memo="三")]), filename="3.ofx")
    await worker.drain()

    assert {"reconciled"} == {state for state, _ in (await statements_of(db)).values()}
    assert 12_99 == await db.fetchval("SELECT proven_closing_fen FROM bank_account")


async def test_a_source_that_is_not_believed_for_the_account_is_held(
    db: Connection, deliver: Deliver, worker: Worker
) -> None:
    """Another export of the same account would bring the same money under other numbers."""
    await settle_down(db, [])
    await deliver(Bank().statement([Payment(fen=1, memo="")]), source="demo-bank-gbk")

    await worker.drain()

    assert ("held", ["SOURCE_NOT_AUTHORITATIVE"]) == (await statements_of(db))["day.ofx"]


async def test_a_refused_file_is_told_and_nothing_of_it_stays_but_its_bytes(
    db: Connection, deliver: Deliver, worker: Worker
) -> None:
    """Its first lines were staged before the fault was met; they are gone, the bytes are kept, the event names the code."""
    await settle_down(db, [])
    payments = [Payment(fen=1, memo=str(number)) for number in range(5_001)]
    body = Bank().statement(payments).replace(b"<TRNAMT>0.01\n<FITID>N00005001", b"<TRNAMT>0.001\n<FITID>N00005001")
    await deliver(body)

    await worker.drain()

    assert ("refused", ["LINE_AMOUNT_FORMAT"]) == (await statements_of(db))["day.ofx"]
    rows = await count(db)
    assert (0, 0) == (rows["staged_line"], rows["bank_line"])
    kept = await db.fetchval("SELECT string_agg(bytes, '' ORDER BY seq) FROM statement_chunk")
    assert body == kept
    told = await db.fetchrow("SELECT type, body ->> 'reason' AS reason FROM outbox")
    assert ("statement.refused.v1", "LINE_AMOUNT_FORMAT") == tuple(told or ())


async def test_the_event_of_a_reconciled_statement_sums_its_lines(
    db: Connection, deliver: Deliver, worker: Worker
) -> None:
    """Counts and amounts by outcome, as the tables have them; a held debit is no money that waits."""
    await settle_down(db, DUES)
    await deliver(Bank().statement(PAYMENTS))

    await worker.drain()

    body = await db.fetchval("SELECT body FROM outbox WHERE type = 'statement.reconciled.v1'")
    by = {
        kind: [outcome.payment for outcome in OUTCOMES if outcome.disposition == kind]
        for kind in ("settled", "refund", "hold", "other")
    }
    assert (len(PAYMENTS), *map(len, by.values())) == tuple(
        body[name] for name in ("lines", "settled", "refunds", "held", "others")
    )
    sums = {
        kind: f"{sum(payment.fen for payment in payments if payment.fen > 0) / 100:.2f}"
        for kind, payments in by.items()
    }
    assert (sums["settled"], sums["refund"], sums["hold"]) == tuple(
        body[name] for name in ("settled_amount", "refund_amount", "held_amount")
    )


async def test_a_file_that_fails_again_and_again_is_left_to_a_person(
    db: Connection, pool: Pool, deliver: Deliver, worker: Worker
) -> None:
    """Others are worked on meanwhile; released it is tried anew, and the release covers nothing else."""
    await settle_down(db, [])
    received = await deliver(Bank().statement([Payment(fen=1, memo="")]), uploaded_by="user/1", filename="bad.ofx")
    await db.execute("ALTER TABLE staged_line ADD CONSTRAINT broken CHECK (memo <> '')")
    for _ in range(TRIES_MAX):
        await worker.drain()
        await expire_leases(db)
    await deliver(Bank().statement([Payment(fen=1, memo="?")]), filename="good.ofx")
    await worker.drain()
    assert {"bad.ofx": ("held", ["WORK_FAILED"]), "good.ofx": ("reconciled", [])} == await statements_of(db)

    await db.execute("ALTER TABLE staged_line DROP CONSTRAINT broken")
    await let_through(db, received.statement_id)
    await worker.drain()
    state, codes = (await statements_of(db))["bad.ofx"]
    assert ("held", True) == (state, "UPLOADED_BY_PERSON" in codes)


async def test_a_worker_that_is_stopped_hands_its_statement_on_at_once(
    db: Connection, pool: Pool, deliver: Deliver, worker: Worker
) -> None:
    """Cancelled in the middle of a batch it leaves no lease behind, and nothing half done."""
    due = Due()
    await settle_down(db, [due])
    await deliver(Bank().statement([Payment(fen=due.fen, memo=due.memo)]))
    async with db.transaction():
        await db.execute("SELECT FROM payment_notice FOR UPDATE")
        working = asyncio.create_task(Worker(pool, "worker/0", policy=Policy()).drain())
        await eventually(lambda: db.fetch("SELECT FROM pg_locks WHERE NOT granted"))
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert (None, 0) == tuple(await db.fetchrow("SELECT lease_until, matched_lines FROM statement") or ())

    await worker.drain()

    assert due.fen == await db.fetchval("SELECT sum(amount_fen) FROM ledger_entry")


async def test_the_decision_of_every_line_is_kept_check_by_check(
    db: Connection, deliver: Deliver, worker: Worker
) -> None:
    """Any line can be explained later: its outcome, its checks and the version of the library that ran them."""
    await settle_down(db, DUES)
    await deliver(Bank().statement(PAYMENTS))
    await worker.drain()

    for row in await db.fetch("SELECT disposition, decision FROM bank_line"):
        assert row["disposition"] in {"settled", "refund", "hold", "other"}
        explained = explain_record(row["decision"])
        assert explained.zh
        assert explained.en
        assert explained.checks
