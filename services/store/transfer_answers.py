"""Answering a transfer: the new employer accepts or refuses, the old one withdraws, time gives back (F66, F67, F74, D-10).

Accepting and refusing change the old employer's employment, too, which the new one may not touch: once its own role has moved
the transfer, the rest is done standing in for the bureau, in the same transaction. Where the bureau wants to agree, too
(`Policy.transfer_needs_bureau`), an accepted transfer waits for its application.
"""

from datetime import date
from typing import Final

import attrs

from libsubsidy import Policy, Terms, TransferEvent, TransferState, check_terms
from services.store import applications
from services.store.applications import Application, ApplicationKind, NewApplication, refuse_closed
from services.store.checking import refuse_clerk_alone
from services.store.database import Connection, Role, standing_in
from services.store.reasons import written_reason
from services.store.refusals import RefusedError, absent, refuse
from services.store.transfer_ends import complete, end, go_back
from services.store.transfers import Seen, Transfer, get, lock_for, tell_both
from services.store.violations import translated

_EXPIRED_AT_ONCE_MAX: Final = 1_000


async def accept(
    connection: Connection, employer_id: int, seen: Seen, terms: Terms, *, policy: Policy, today: date
) -> Transfer:
    """Take somebody in, as the new employer: done at once, unless the bureau has to agree, too (D-10).

    Raises:
        RefusedError: ABSENT, STALE_VERSION, TRANSFER_STATE, TRANSFER_SIDE, CHECKER_NEEDED, or what is wrong with the terms.
    """
    await refuse_closed(connection, employer_id)
    await refuse_clerk_alone(connection, employer_id, "转入/转出", "transfers")
    transfer = await lock_for(connection, TransferEvent.ACCEPT, seen, today)
    if transfer.to_employer_id != employer_id:
        raise refuse("TRANSFER_SIDE/new")
    if wrong := check_terms(terms, transfer.effective, policy, today):
        raise RefusedError(*(each for found in wrong.values() for each in found))
    application_id = await _ask_bureau(connection, transfer, terms) if policy.transfer_needs_bureau else None
    with translated():
        await connection.execute(
            """
            UPDATE transfer SET state = 'accepted', version = version + 1, decided_at = now(), rank = $2, monthly_fen = $3,
                start_month = $4, application_id = $5
            WHERE id = $1
            """,
            transfer.id,
            terms.rank,
            terms.amount.fen,
            terms.start_month.first_day,
            application_id,
        )
        await tell_both(connection, [transfer.id], "started")
        if application_id is None:
            async with standing_in(connection, Role.BUREAU):
                await complete(connection, attrs.evolve(transfer, terms=terms))
    return await get(connection, transfer.id, today)


async def turn_down(connection: Connection, employer_id: int, seen: Seen, reason: str, *, today: date) -> Transfer:
    """Refuse to take somebody in, as the new employer, with a reason; the person stays where they were.

    Raises:
        RefusedError: ABSENT, STALE_VERSION, TRANSFER_STATE, TRANSFER_SIDE, CHECKER_NEEDED, REASON_MISSING.
    """
    why = written_reason(reason)
    await refuse_clerk_alone(connection, employer_id, "转入/转出", "transfers")
    transfer = await lock_for(connection, TransferEvent.REFUSE, seen, today)
    if transfer.to_employer_id != employer_id:
        raise refuse("TRANSFER_SIDE/new")
    with translated():
        await end(connection, [transfer.id], TransferState.REFUSED, why)
        async with standing_in(connection, Role.BUREAU):
            await go_back(connection, [transfer.id])
    return await get(connection, transfer.id, today)


async def withdraw(connection: Connection, employer_id: int, seen: Seen, *, today: date) -> Transfer:
    """Take a transfer back before it is answered, as the old employer.

    Raises:
        RefusedError: ABSENT, STALE_VERSION, TRANSFER_STATE, TRANSFER_SIDE, CHECKER_NEEDED.
    """
    await refuse_clerk_alone(connection, employer_id, "转入/转出", "transfers")
    transfer = await lock_for(connection, TransferEvent.WITHDRAW, seen, today)
    if transfer.employer_id != employer_id:
        raise refuse("TRANSFER_SIDE/old")
    with translated():
        await end(connection, [transfer.id], TransferState.WITHDRAWN, "")
        await go_back(connection, [transfer.id])
    return await get(connection, transfer.id, today)


async def expire(connection: Connection, today: date) -> int:
    """Give back whoever was not answered for in time, some at a time; the role must be one that sees all of them."""
    rows = await connection.fetch(
        """
        SELECT id FROM transfer WHERE state = 'started' AND answer_until < $1
        ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
        """,
        today,
        _EXPIRED_AT_ONCE_MAX,
    )
    overdue = [row["id"] for row in rows]
    if overdue:
        await end(connection, overdue, TransferState.EXPIRED, "")
        await go_back(connection, overdue)
    return len(overdue)


async def _ask_bureau(connection: Connection, transfer: Transfer, terms: Terms) -> int:
    contents = {
        "transfer_id": transfer.id,
        "name": transfer.name,
        "id_number": transfer.id_number,
        "from_employer": transfer.employer_name,
        "to_employer": transfer.to_employer_name,
        "effective_month": str(transfer.effective),
        "rank": terms.rank,
        "monthly_fen": terms.amount.fen,
        "start_month": str(terms.start_month),
    }
    asked = NewApplication(kind=ApplicationKind.EMPLOYEE_TRANSFER, contents=contents, line_count=1)
    return (await applications.submit(connection, transfer.to_employer_id, asked)).id


async def agree(connection: Connection, application: Application) -> None:
    """Complete an accepted transfer, as its application is approved.

    Raises:
        RefusedError: TRANSFER_STATE.
    """
    with translated():
        await complete(connection, await _of_application(connection, application, TransferEvent.COMPLETE))


async def disagree(connection: Connection, application: Application, reason: str) -> None:
    """Send the person back, as the application is returned or rejected; another transfer may be started.

    Raises:
        RefusedError: TRANSFER_STATE.
    """
    transfer = await _of_application(connection, application, TransferEvent.REJECT)
    with translated():
        await end(connection, [transfer.id], TransferState.REJECTED, reason)
        await go_back(connection, [transfer.id])


async def _of_application(connection: Connection, application: Application, event: TransferEvent) -> Transfer:
    row = await connection.fetchrow(
        "SELECT id, version FROM transfer WHERE application_id = $1 FOR NO KEY UPDATE", application.id
    )
    if row is None:
        raise absent("转移", "transfer", application.id)
    return await lock_for(connection, event, Seen(row["id"], row["version"]), date.min)
