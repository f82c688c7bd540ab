"""支取申请: money of an employee's account that an employer has asked for, until it is paid or refused (F113, I6).

One withdrawal is one application, under the same number; until it is approved it is where that is, by a trigger. How it is
asked for stands in `withdrawal_requests`, how it is paid in `withdrawal_payments`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import (
    Money,
    PayeeKind,
    Violation,
    Withdrawal,
    WithdrawalReason,
    WithdrawalState,
    advise_withdrawal,
    check_withdrawal_approval,
)
from services.store import withdrawal_funds
from services.store.applications import Application, ApplicationKind
from services.store.database import Connection
from services.store.refusals import RefusedError, absent
from services.store.shared_values import money_of

WITHDRAWALS_PER_PAGE_MAX: Final = 201
SEARCH_CHARACTERS_MAX: Final = 100
PURPOSE: Final = ApplicationKind.WITHDRAWAL.value
STATES_ZH: Final[Mapping[WithdrawalState, str]] = {
    WithdrawalState.DRAFT: "待复核",
    WithdrawalState.SUBMITTED: "待审核",
    WithdrawalState.RETURNED: "已退回",
    WithdrawalState.RETRACTED: "已撤回",
    WithdrawalState.REJECTED: "已拒绝",
    WithdrawalState.APPROVED: "待支付",
    WithdrawalState.PAYING: "支付中",
    WithdrawalState.PAID: "已支付",
    WithdrawalState.FAILED: "支付失败",
    WithdrawalState.GIVEN_BACK: "已退回余额",
}


@attrs.frozen(kw_only=True)
class WithdrawalApplication:
    """A withdrawal that was asked for.

    Attributes:
        id: of its application.
        version: an act names the one it saw: of the application until that is approved, of the payment afterwards.
        id_number: whole; who shows a list masks it.
        reason: code of the 支取原因.
        reason_zh: its name when it was asked for.
        to_heir: the employee has died.
        remark: 备注 of the employer.
        answer: why it was returned or rejected.
        note: why its payment failed, or why it was given back.
        approved_by: who approved it, as the audit trail names people.
        approved_on: the day in the bureau's zone.
        paid_on: the bank's day.
    """

    id: int
    version: int
    state: WithdrawalState
    employer_id: int
    employer_code: str
    employer_name: str
    person_id: int
    person_name: str
    id_number: str
    reason: str
    reason_zh: str
    to_heir: bool
    amount: Money
    payee_name: str
    payee_bank: str
    payee_account: str
    remark: str
    answer: str
    note: str
    asked_at: datetime
    approved_by: str | None
    approved_on: date | None
    paid_on: date | None

    @property
    def id_number_masked(self) -> str:
        """The ID number for lists: without the rest of the area and the birth."""
        return f"{self.id_number[:4]}{'*' * 10}{self.id_number[14:]}"

    @property
    def asked(self) -> Withdrawal:
        """What the rules judge."""
        payee = PayeeKind.HEIR if self.to_heir else PayeeKind.OWN
        reason = WithdrawalReason(
            code=self.reason, zh=self.reason_zh, en=self.reason_zh, payee=payee, proof_zh="", proof_en=""
        )
        return Withdrawal(
            reason=reason,
            amount=self.amount,
            payee_name=self.payee_name,
            payee_bank=self.payee_bank,
            payee_account=self.payee_account,
            remark=self.remark,
        )


@attrs.frozen(kw_only=True)
class Wanted:
    """Which withdrawals a list shows; None takes all.

    Attributes:
        text: a part of the employee's name or of its pinyin, or the beginning of the ID number.
    """

    employer_id: int | None = None
    state: WithdrawalState | None = None
    text: str = ""


async def reasons(connection: Connection) -> tuple[WithdrawalReason, ...]:
    """Return the bureau's list of reasons, those no longer offered among them (D-17)."""
    rows = await connection.fetch(
        "SELECT code, zh, en, payee, proof_zh, proof_en, active FROM withdrawal_reason ORDER BY code"
    )
    return tuple(WithdrawalReason(**{**row, "payee": PayeeKind(row["payee"])}) for row in rows)


async def approve(connection: Connection, application: Application) -> None:
    """Let the bureau's approval take effect: what was asked for is to be paid now, by another person (`withdrawal_payments`).

    Raises:
        RefusedError: the money is not there any more, or the employee has died meanwhile.
    """
    found = await get(connection, application.id)
    await refuse_exceeding(connection, found)
    # The trigger moves it with its application.
    await connection.execute(
        "UPDATE withdrawal SET approved_by = current_actor(), approved_at = now() WHERE id = $1", found.id
    )


async def refuse_exceeding(connection: Connection, found: WithdrawalApplication) -> None:
    """Refuse what cannot be approved or paid as it stands, in a transaction of the bureau; nobody else reserves meanwhile.

    Raises:
        RefusedError: WITHDRAWAL_EXCEEDS, WITHDRAWAL_NOTHING or WITHDRAWAL_AFTER_DEATH.
    """
    await withdrawal_funds.lock(connection, found.person_id)
    holder, funds = await withdrawal_funds.standing(connection, found.employer_id, found.person_id, other_than=found.id)
    if broken := check_withdrawal_approval(found.asked, holder, funds):
        raise RefusedError(*broken)


async def advice(connection: Connection, withdrawal_id: int) -> tuple[Violation, ...]:
    """Return what is worth a reviewer's look, while it waits for the decision."""
    found = await get(connection, withdrawal_id)
    if found.state is not WithdrawalState.SUBMITTED:
        return ()
    holder, funds = await withdrawal_funds.standing(connection, found.employer_id, found.person_id, other_than=found.id)
    return (*check_withdrawal_approval(found.asked, holder, funds), *advise_withdrawal(found.asked, holder, funds))


_COLUMNS: Final = """w.id, w.state, w.employer_id, e.code AS employer_code, e.name AS employer_name, w.person_id,
    p.name AS person_name, p.id_number, w.reason, w.reason_zh, w.to_heir, w.amount_fen, w.payee_name, w.payee_bank,
    w.payee_account, w.remark, w.note, w.asked_at, w.approved_by, w.approved_at::date AS approved_on, w.paid_on"""
_FROM: Final = "FROM withdrawal w JOIN employer e ON e.id = w.employer_id JOIN person p ON p.id = w.person_id"
# Row security hides people that have left from nobody who has, or had, them employed.
_SELECT: Final = f"""
    SELECT {_COLUMNS}, a.remark AS answer, CASE WHEN a.state = 'approved' THEN w.version ELSE a.version END AS version
    {_FROM} JOIN application a ON a.id = w.id"""
# What waits for a colleague is the employer's own, as in `work_list`: the bureau has not been asked yet.
_HANDED_IN: Final = "(w.state <> 'draft' OR w.employer_id = current_employer_id())"
# No LIKE, so that nothing of what is typed is a pattern.
_MATCH: Final = f"""
    WHERE {_HANDED_IN} AND ($1::bigint IS NULL OR w.employer_id = $1) AND ($2::text IS NULL OR w.state = $2)
      AND ($3 = '' OR strpos(p.name, $3) > 0 OR starts_with(p.id_number, upper($3))
           OR strpos(replace(p.name_pinyin, ' ', ''), replace(lower($3), ' ', '')) > 0)"""


async def get(connection: Connection, withdrawal_id: int) -> WithdrawalApplication:
    """Return a withdrawal, for an employer or the bureau.

    Raises:
        RefusedError: ABSENT, also for another employer's (I31), and for the bureau while it waits for a colleague.
    """
    row = await connection.fetchrow(f"{_SELECT} WHERE w.id = $1 AND {_HANDED_IN}", withdrawal_id)
    if row is None:
        raise absent("支取申请", "withdrawal", withdrawal_id)
    return _withdrawal(row)


async def matching(
    connection: Connection,
    wanted: Wanted,
    *,
    before: int | None = None,
    offset: int = 0,
    limit: int = WITHDRAWALS_PER_PAGE_MAX,
) -> tuple[WithdrawalApplication, ...]:
    """Return withdrawals, the last one asked for first, those before the number `before` if it is given."""
    rows = await connection.fetch(
        f"{_SELECT} {_MATCH} AND ($4::bigint IS NULL OR w.id < $4) ORDER BY w.id DESC OFFSET $5 LIMIT $6",
        *_asked_for(wanted),
        before,
        offset,
        min(limit, WITHDRAWALS_PER_PAGE_MAX),
    )
    return tuple(map(_withdrawal, rows))


async def count(connection: Connection, wanted: Wanted) -> int:
    """Count such withdrawals."""
    found: int = await connection.fetchval(f"SELECT count(*) {_FROM} {_MATCH}", *_asked_for(wanted))
    return found


async def count_by_state(connection: Connection) -> dict[WithdrawalState, int]:
    """Count all withdrawals that wait for finance, by state; for the bureau."""
    rows = await connection.fetch(
        "SELECT state, count(*) FROM withdrawal WHERE state IN ('approved', 'paying', 'failed') GROUP BY state"
    )
    return {WithdrawalState(row[0]): int(row[1]) for row in rows}


async def of_person(
    connection: Connection, person_id: int, *, limit: int = WITHDRAWALS_PER_PAGE_MAX
) -> tuple[WithdrawalApplication, ...]:
    """Return what was asked for of a person's account, the newest first, for the person: nothing that still is a draft."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}, '' AS answer, w.version {_FROM}
        WHERE w.person_id = $1 AND w.state <> 'draft' ORDER BY w.id DESC LIMIT $2
        """,
        person_id,
        min(limit, WITHDRAWALS_PER_PAGE_MAX),
    )
    return tuple(map(_withdrawal, rows))


def _asked_for(wanted: Wanted) -> tuple[object, ...]:
    return (
        wanted.employer_id,
        None if wanted.state is None else wanted.state.value,
        wanted.text.strip()[:SEARCH_CHARACTERS_MAX],
    )


def _withdrawal(row: Record) -> WithdrawalApplication:
    facts = dict(row)
    state, amount = WithdrawalState(facts.pop("state")), money_of(facts.pop("amount_fen"))
    return WithdrawalApplication(state=state, amount=amount, **facts)
