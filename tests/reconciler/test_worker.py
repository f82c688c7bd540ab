"""Promises of services/reconciler/worker.py: what happens to a statement from its bytes to its ledgers."""

from services.reconciler.worker import Worker
from services.store.database import Connection
from tests.reconciler.bank import Bank, Payment
from tests.reconciler.conftest import Deliver
from tests.reconciler.outcomes import DUES, OUTCOMES, PAYMENTS
from tests.reconciler.town import Due, money_of, proves, settle_down, state_of


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
        payment, case = outcome.payment, (None,) * 6
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
