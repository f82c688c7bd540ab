"""The bureau's decisions about applications: approved, which takes effect at once and whole, returned, or rejected.

What was checked when it was asked for is checked again when it is approved, because the fund has moved on meanwhile; each
kind's own module does both.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from libsubsidy import ApplicationEvent
from services.store import backfills, change_effects, openings, outbox, transfer_answers, withdrawals
from services.store.applications import Application, ApplicationKind, lock_for, move
from services.store.database import Connection
from services.store.outbox import NewEvent
from services.store.reasons import written_reason

# What an approval does, in its transaction; it refuses what is not possible any more.
EFFECTS: Final[Mapping[ApplicationKind, Callable[[Connection, Application], Awaitable[None]]]] = {
    ApplicationKind.EMPLOYEE_OPENING: openings.open_accounts,
    ApplicationKind.EMPLOYER_CHANGE: change_effects.change_card,
    ApplicationKind.INFORMATION_CHANGE: change_effects.change_card,
    ApplicationKind.EMPLOYEE_CHANGE: change_effects.change_file,
    ApplicationKind.EMPLOYEE_IMPORT: openings.open_accounts,
    ApplicationKind.EMPLOYEE_TRANSFER: transfer_answers.agree,
    ApplicationKind.BACKFILL: backfills.take_effect,
    ApplicationKind.WITHDRAWAL: withdrawals.approve,
}
# What returning or rejecting does besides, where something waits for the decision.
REFUSALS: Final[Mapping[ApplicationKind, Callable[[Connection, Application, str], Awaitable[None]]]] = {
    ApplicationKind.EMPLOYEE_TRANSFER: transfer_answers.disagree,
}


async def approve(connection: Connection, application_id: int, version: int) -> Application:
    """Approve an application and let it take effect, in one transaction.

    Raises:
        RefusedError: it is absent, changed or decided, or what it asks for is not possible any more.
    """
    locked = await lock_for(connection, ApplicationEvent.APPROVE, application_id, version)
    await EFFECTS[locked.kind](connection, locked)
    return await _decide(connection, locked, ApplicationEvent.APPROVE)


async def send_back(connection: Connection, application_id: int, version: int, reason: str) -> Application:
    """Return an application for correction.

    Raises:
        RefusedError: it is absent, changed or decided, or no reason is given.
    """
    return await _refuse(connection, application_id, version, ApplicationEvent.RETURN, reason)


async def reject(connection: Connection, application_id: int, version: int, reason: str) -> Application:
    """Reject an application for good.

    Raises:
        RefusedError: it is absent, changed or decided, or no reason is given.
    """
    return await _refuse(connection, application_id, version, ApplicationEvent.REJECT, reason)


async def _refuse(
    connection: Connection, application_id: int, version: int, event: ApplicationEvent, reason: str
) -> Application:
    why = written_reason(reason)
    locked = await lock_for(connection, event, application_id, version)
    if (refusal := REFUSALS.get(locked.kind)) is not None:
        await refusal(connection, locked, why)
    return await _decide(connection, locked, event, reason=why)


async def _decide(
    connection: Connection, application: Application, event: ApplicationEvent, *, reason: str = ""
) -> Application:
    decided = await move(connection, application, event, reason=reason)
    body = {
        "application_id": str(decided.id),
        "employer_id": str(decided.employer_id),
        "kind": decided.kind.value.upper(),
        "outcome": decided.state.value,
    }
    told = NewEvent(type="application.decided.v1", subject=f"application/{decided.id}", body=body)
    await outbox.append(connection, [told])
    return decided
