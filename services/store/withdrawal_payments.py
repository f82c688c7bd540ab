"""Paying withdrawals: the bureau's finance tells the bank, and then what became of it (domain §6.1, F114).

Who has approved a withdrawal never pays it. Each try is a row of its own. What the bank has booked leaves the ledger; what it
sends back later (退票) comes back as an entry of its own, and the money stays reserved until somebody decides whether it
is paid again or given back to the balance. `posting` moves the money.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import (
    WITHDRAWAL_LIFE,
    Money,
    TransitionRefused,
    WithdrawalEvent,
    WithdrawalState,
    check_withdrawal_booked,
)
from libsubsidy.employer_card import CardField, read_field
from services.store import posting, withdrawals
from services.store.database import Connection
from services.store.reasons import written_reason
from services.store.refusals import RefusedError, refuse
from services.store.shared_values import money_of
from services.store.violations import translated
from services.store.withdrawals import STATES_ZH, WithdrawalApplication

_REFERENCE: Final = CardField(name="bank_reference", zh="银行流水号", en="The bank's number", characters_max=64)
_EVENTS: Final[Mapping[WithdrawalEvent, tuple[str, str]]] = {
    WithdrawalEvent.PAY: ("支付", "paid"),
    WithdrawalEvent.SUCCEED: ("登记为已支付", "noted as paid"),
    WithdrawalEvent.FAIL: ("登记为支付失败", "noted as failed"),
    WithdrawalEvent.BOUNCE: ("登记为银行退票", "noted as sent back"),
    WithdrawalEvent.RETRY: ("重新支付", "paid again"),
    WithdrawalEvent.GIVE_BACK: ("退回余额", "given back"),
}


@attrs.frozen
class Seen:
    """A withdrawal, and the version that was seen."""

    id: int
    version: int


@attrs.frozen(kw_only=True)
class Payment:
    """One try to pay a withdrawal.

    Attributes:
        state: paying, paid, failed, or bounced: it was paid and came back.
        paid_by: the name of who told the bank.
        booked: the bank's day.
        bank_reference: the bank's own number of it.
        reason: why it failed, or came back.
    """

    id: int
    state: str
    amount: Money
    paid_by: str
    begun_at: datetime
    booked: date | None
    bank_reference: str
    reason: str
    ended_at: datetime | None


async def pay(connection: Connection, seen: Seen) -> WithdrawalApplication:
    """Tell the bank to pay what was approved, as another person than the approver.

    Raises:
        RefusedError: ABSENT, STALE_VERSION, WITHDRAWAL_STATE, SECOND_PERSON_NEEDED, or the money is not there any more.
    """
    found = await _lock(connection, WithdrawalEvent.PAY, seen)
    if await connection.fetchval("SELECT current_actor() = $1", found.approved_by):
        raise refuse("SECOND_PERSON_NEEDED/withdrawal")
    await withdrawals.refuse_exceeding(connection, found)
    with translated():
        await connection.execute(
            """
            INSERT INTO withdrawal_payment (withdrawal_id, employer_id, amount_fen, approved_by)
            SELECT id, employer_id, amount_fen, approved_by FROM withdrawal WHERE id = $1
            """,
            found.id,
        )
    return await _move(connection, found, WithdrawalEvent.PAY)


async def succeed(
    connection: Connection, seen: Seen, booked: date, bank_reference: str, *, today: date
) -> WithdrawalApplication:
    """Note that the bank has booked the payment: the money leaves the ledger.

    Raises:
        RefusedError: ABSENT, STALE_VERSION, WITHDRAWAL_STATE, or the day or the bank's number cannot be.
    """
    found = await _lock(connection, WithdrawalEvent.SUCCEED, seen)
    assert found.approved_on is not None  # noqa: S101 -- by a constraint.
    reference, wrong = read_field(_REFERENCE, bank_reference)
    broken = check_withdrawal_booked(booked, found.approved_on, today)
    if wrong is not None:
        broken = (*broken, _REFERENCE.refused(wrong))
    if broken:
        raise RefusedError(*broken)
    await posting.pay_out(connection, found.id, booked, reference)
    return await withdrawals.get(connection, found.id)


async def fail(connection: Connection, seen: Seen, reason: str) -> WithdrawalApplication:
    """Note that the bank has refused the payment: nothing has left, and the money stays reserved until somebody decides.

    Raises:
        RefusedError: ABSENT, STALE_VERSION, WITHDRAWAL_STATE, or no reason is given.
    """
    why = written_reason(reason)
    found = await _lock(connection, WithdrawalEvent.FAIL, seen)
    await connection.execute(
        """
        UPDATE withdrawal_payment SET state = 'failed', reason = $2, ended_by = current_actor(), ended_at = now()
        WHERE withdrawal_id = $1 AND state = 'paying'
        """,
        found.id,
        why,
    )
    return await _move(connection, found, WithdrawalEvent.FAIL, why)


async def bounce(connection: Connection, seen: Seen, reason: str) -> WithdrawalApplication:
    """Note that the bank has sent a payment back that it had booked (退票): the money is on the ledger again, and reserved.

    Raises:
        RefusedError: ABSENT, STALE_VERSION, WITHDRAWAL_STATE, or no reason is given.
    """
    why = written_reason(reason)
    found = await _lock(connection, WithdrawalEvent.BOUNCE, seen)
    await posting.take_back(connection, found.id, why)
    return await withdrawals.get(connection, found.id)


async def retry(connection: Connection, seen: Seen) -> WithdrawalApplication:
    """Let what has failed be paid again.

    Raises:
        RefusedError: ABSENT, STALE_VERSION, WITHDRAWAL_STATE, or the money is not there any more.
    """
    found = await _lock(connection, WithdrawalEvent.RETRY, seen)
    await withdrawals.refuse_exceeding(connection, found)
    return await _move(connection, found, WithdrawalEvent.RETRY)


async def give_back(connection: Connection, seen: Seen, reason: str) -> WithdrawalApplication:
    """Give the money back to the balance: it has failed, or must not be paid any more; the employer may ask anew.

    Raises:
        RefusedError: ABSENT, STALE_VERSION, WITHDRAWAL_STATE, or no reason is given.
    """
    why = written_reason(reason)
    found = await _lock(connection, WithdrawalEvent.GIVE_BACK, seen)
    return await _move(connection, found, WithdrawalEvent.GIVE_BACK, why)


async def payments_of(connection: Connection, withdrawal_id: int) -> tuple[Payment, ...]:
    """Return every try to pay a withdrawal, the first one first; there are few."""
    rows = await connection.fetch(
        """
        SELECT t.id, t.state, t.amount_fen, coalesce(u.name, t.paid_by) AS paid_by, t.begun_at, t.booked, t.bank_reference,
               t.reason, t.ended_at
        FROM withdrawal_payment t LEFT JOIN portal_user u ON 'user/' || u.id = t.paid_by
        WHERE t.withdrawal_id = $1 ORDER BY t.id LIMIT 100
        """,
        withdrawal_id,
    )
    return tuple(map(_payment, rows))


async def _lock(connection: Connection, event: WithdrawalEvent, seen: Seen) -> WithdrawalApplication:
    """Lock a withdrawal for something that is to happen to its payment."""
    await connection.execute("SELECT FROM withdrawal WHERE id = $1 FOR NO KEY UPDATE", seen.id)
    found = await withdrawals.get(connection, seen.id)
    try:
        WITHDRAWAL_LIFE.transition(found.state, event)
    except TransitionRefused as error:
        event_zh, event_en = _EVENTS[event]
        raise refuse(
            "WITHDRAWAL_STATE",
            name=found.person_name,
            state_zh=STATES_ZH[found.state],
            state_en=found.state.value,
            event_zh=event_zh,
            event_en=event_en,
        ) from error
    if found.version != seen.version:
        what_zh, what_en = f"{found.person_name}的支取", f"withdrawal of {found.person_name}"
        raise refuse("STALE_VERSION/named", what_zh=what_zh, what_en=what_en)
    return found


async def _move(
    connection: Connection, found: WithdrawalApplication, event: WithdrawalEvent, note: str = ""
) -> WithdrawalApplication:
    after: WithdrawalState = WITHDRAWAL_LIFE.transition(found.state, event)
    with translated():
        await connection.execute(
            """
            WITH moved AS (
                UPDATE withdrawal SET state = $2, note = $3, version = version + 1 WHERE id = $1 RETURNING id, employer_id)
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
            SELECT employer_id, 'withdrawal', id, $4, $2, $3 FROM moved
            """,
            found.id,
            after.value,
            note,
            found.state.value,
        )
    return await withdrawals.get(connection, found.id)


def _payment(row: Record) -> Payment:
    facts = dict(row)
    return Payment(amount=money_of(facts.pop("amount_fen")), **facts)
