"""The invariants are not blind: each kind of damage breaks the promise that forbids it."""

import pytest

from services.reconciler.worker import Worker
from services.store.database import Connection
from tests.chaos.invariants import INVARIANTS, broken
from tests.reconciler.bank import Bank
from tests.reconciler.conftest import Deliver
from tests.reconciler.outcomes import DUES, PAYMENTS
from tests.reconciler.town import settle_down

# The damage, and a word of the promise that it breaks.
DAMAGE = {
    "DELETE FROM line_case WHERE id = (SELECT id FROM line_case WHERE direction = 'credit' LIMIT 1)": "every fen",
    "DELETE FROM line_case WHERE direction = 'debit'": "every line",
    "UPDATE bank_line SET disposition = 'refund' WHERE disposition = 'settled'": "every line",
    "DELETE FROM settlement": "a notice is paid once",
    "UPDATE allocation SET amount_fen = amount_fen + 1": "a notice is paid once",
    "UPDATE payment_notice SET state = 'awaiting', decided_at = NULL": "a notice is paid once",
    "UPDATE ledger_entry SET amount_fen = amount_fen + 1 WHERE id = 1": "the ledgers",
    "DELETE FROM ledger_entry WHERE id = 1": "the ledgers",
    "UPDATE remittance_order SET state = 'approved' WHERE state = 'credited'": "the ledgers",
    "UPDATE bank_account SET proven_closing_fen = proven_closing_fen + 1": "the account's balance",
    "UPDATE statement_chunk SET bytes = bytes || '\\x00'": "the bytes",
    "DELETE FROM statement_chunk": "the bytes",
    "UPDATE statement SET matched_lines = matched_lines - 1": "every statement",
    "UPDATE statement SET state = 'proven', finished_at = NULL": "every statement",
    "INSERT INTO staged_line SELECT statement_id, booked, bank_ref, fingerprint, ordinal, direction, amount_fen, currency, "
    "memo, raw_memo, payer_name, payer_account, payer_bank, NULL, 0 FROM bank_line": "no unproven line",
    "DELETE FROM audit_event WHERE to_state = 'reconciled'": "every change of state",
}


@pytest.mark.parametrize(("damage", "promise"), DAMAGE.items(), ids=range(len(DAMAGE)))
async def test_damage_breaks_its_promise(
    db: Connection, deliver: Deliver, worker: Worker, damage: str, promise: str
) -> None:
    """All hold after a day without faults; the damaged one is named."""
    await settle_down(db, DUES)
    await deliver(Bank().statement(PAYMENTS))
    await worker.drain()
    assert [] == await broken(db)

    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")
        await db.execute(damage)

    assert [promise] == [named[: len(promise)] for named in await broken(db) if named.startswith(promise)]


def test_every_promise_can_be_broken() -> None:
    """None is asked that nothing above would break."""
    assert not [name for name in INVARIANTS if not name.startswith(tuple(DAMAGE.values()))]
