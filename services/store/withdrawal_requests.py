"""支取申请, asked for by an employer, and handed in anew: what was typed is read, judged, and reserved (F113-F115, I6).

The store writes as the bureau, once the employer's own role has found the employee and the application. All that changes
what is reserved of somebody's account waits for one lock, and the database asks the same question a second time
(`withdrawal_within_funds`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from functools import partial

from libsubsidy import (
    ApplicationEvent,
    PayeeKind,
    Policy,
    TypedWithdrawal,
    Violation,
    Withdrawal,
    check_withdrawal,
    read_withdrawal,
)
from services.store import applications, employee_lists, withdrawal_funds, withdrawals
from services.store.applications import ApplicationKind, NewApplication
from services.store.attachments import Subject, bind, check
from services.store.database import Connection, Role, looking_as, standing_in
from services.store.refusals import RefusedError
from services.store.violations import translated
from services.store.withdrawals import PURPOSE, WithdrawalApplication


async def ask(
    connection: Connection,
    employer_id: int,
    person_id: int,
    typed: TypedWithdrawal,
    *,
    attachments: Sequence[int],
    today: date,
    policy: Policy | None = None,
) -> WithdrawalApplication:
    """Ask the bureau to pay out money of an employee's account; it is reserved from now on.

    Raises:
        RefusedError: ABSENT for no employee of this employer; otherwise with everything that is wrong, each with its
            `field` where one field is wrong, or with the files.
    """
    await applications.refuse_closed(connection, employer_id)
    await employee_lists.get(connection, employer_id, person_id, today)
    papers = partial(check, connection, PURPOSE, None, attachments, policy=policy)
    asked = await _judged(connection, employer_id, person_id, typed, papers, other_than=None)
    application = await applications.submit(connection, employer_id, _application(person_id, asked))
    async with _as_bureau(connection):
        await connection.execute(
            """
            INSERT INTO withdrawal (id, employer_id, person_id, state, reason, reason_zh, to_heir, amount_fen, payee_name,
                payee_bank, payee_account, remark)
            SELECT id, employer_id, $2, state, $3, $4, $5, $6, $7, $8, $9, $10 FROM application WHERE id = $1
            """,
            application.id,
            person_id,
            *_facts(asked),
        )
    await bind(
        connection,
        PURPOSE,
        Subject("application", application.id),
        attachments,
        also_required=asked.reason.also_required,
        policy=policy,
    )
    return await withdrawals.get(connection, application.id)


async def ask_again(
    connection: Connection,
    withdrawal_id: int,
    version: int,
    typed: TypedWithdrawal,
    *,
    attachments: Sequence[int],
    today: date,
    policy: Policy | None = None,
) -> WithdrawalApplication:
    """Hand in anew what was returned or retracted, or mend a draft; it stays the same employee's.

    Raises:
        RefusedError: as `ask`; or it is absent, changed, in another state, or no withdrawal.
    """
    application = await applications.lock_for(connection, ApplicationEvent.REVISE, withdrawal_id, version)
    before = await withdrawals.get(connection, withdrawal_id)
    employer_id, person_id, subject = application.employer_id, before.person_id, Subject("application", withdrawal_id)
    await employee_lists.get(connection, employer_id, person_id, today)
    papers = partial(check, connection, PURPOSE, subject, attachments, policy=policy)
    asked = await _judged(connection, employer_id, person_id, typed, papers, other_than=withdrawal_id)
    async with _as_bureau(connection):
        # While it reserves nothing: it is to reserve the new amount, which may be less than the old one.
        await connection.execute(
            """
            UPDATE withdrawal SET reason = $2, reason_zh = $3, to_heir = $4, amount_fen = $5, payee_name = $6,
                payee_bank = $7, payee_account = $8, remark = $9, asked_at = now()
            WHERE id = $1
            """,
            withdrawal_id,
            *_facts(asked),
        )
        await applications.submit_again(connection, withdrawal_id, version, _application(person_id, asked))
    await bind(connection, PURPOSE, subject, attachments, also_required=asked.reason.also_required, policy=policy)
    return await withdrawals.get(connection, withdrawal_id)


async def _judged(
    connection: Connection,
    employer_id: int,
    person_id: int,
    typed: TypedWithdrawal,
    papers: Callable[..., Awaitable[tuple[Violation, ...]]],
    *,
    other_than: int | None,
) -> Withdrawal:
    """Read what was typed and judge it against what the account has; nobody else asks for the same money meanwhile.

    What is wrong with the papers is told together with what is wrong with the fields.
    """
    known = await withdrawals.reasons(connection)
    asked, broken = read_withdrawal(typed, known)
    if asked is not None:
        await withdrawal_funds.lock(connection, person_id)
        async with looking_as(connection, Role.BUREAU):
            holder, funds = await withdrawal_funds.standing(connection, employer_id, person_id, other_than=other_than)
        broken = check_withdrawal(asked, holder, funds)
    if asked is None or broken:
        also_required = (each.also_required for each in known if each.code == typed.reason)
        raise RefusedError(*broken, *await papers(also_required=next(also_required, ())))
    return asked


@asynccontextmanager
async def _as_bureau(connection: Connection) -> AsyncIterator[None]:
    with translated():
        async with standing_in(connection, Role.BUREAU):
            yield


def _application(person_id: int, asked: Withdrawal) -> NewApplication:
    return NewApplication(
        kind=ApplicationKind.WITHDRAWAL, contents={"person_id": person_id}, line_count=1, total=asked.amount
    )


def _facts(asked: Withdrawal) -> tuple[object, ...]:
    return (
        asked.reason.code,
        asked.reason.zh,
        asked.reason.payee is PayeeKind.HEIR,
        asked.amount.fen,
        asked.payee_name,
        asked.payee_bank,
        asked.payee_account,
        asked.remark,
    )
