"""The bureau's decisions about registrations (F7): approved, which makes the employer at once and whole, returned, or rejected.

An approval issues the next 单位交易代码, keeps the card, and lets the first administrator log in; that the organisation is not
registered yet was checked when the registration was submitted, and the database checks it once more.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from libsubsidy import REGISTRATION_LIFE, Policy, RegistrationEvent
from libsubsidy.violations import excerpt
from services.store import employers, first_passwords, sms_messages
from services.store.database import Connection
from services.store.employers import Employer, NewEmployer
from services.store.reasons import ended, written_reason
from services.store.refusals import absent
from services.store.registrations import COLUMNS, Registration, refuse_wrong_state, registration_of
from services.store.violations import translated

# What a reviewer is shown of earlier tries; more say no more.
EARLIER_MAX: Final = 10


# The result is worth being told for as long as a registration waits to be noticed.
_TOLD_FOR: Final = timedelta(days=3)
_APPROVED: Final = (
    "{name}的单位注册已审核通过，单位交易代码 {code}。请在 {days} 天内用组织机构代码首次登录单位管理端，"
    "初始密码为组织机构代码后6位，并用本手机验证码确认。"
)
_REFUSED: Final[Mapping[RegistrationEvent, str]] = {
    RegistrationEvent.RETURN: "{name}的单位注册被退回：{reason}请用本手机号登录“注册新单位”，修改后重新提交。",
    RegistrationEvent.REJECT: "{name}的单位注册未通过：{reason}如有疑问请联系住建局。",
}
_NAME_CHARACTERS_MAX: Final = 40


async def get(connection: Connection, registration_id: int) -> Registration:
    """Return a registration that was submitted.

    Raises:
        RefusedError: ABSENT, also for a draft.
    """
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM registration WHERE id = $1", registration_id)
    if row is None:
        raise absent("注册申请", "registration", registration_id)
    return registration_of(row)


async def earlier(connection: Connection, registration: Registration) -> tuple[Registration, ...]:
    """Return other registrations of the same organisation, the last one first: what was rejected before is worth a look."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM registration WHERE org_code = $1 AND id <> $2 ORDER BY id DESC LIMIT $3",
        registration.org_code,
        registration.id,
        EARLIER_MAX,
    )
    return tuple(map(registration_of, rows))


async def namesakes(connection: Connection, registration: Registration) -> tuple[Employer, ...]:
    """Return employers of the same name: other codes, and perhaps the same organisation."""
    rows = await connection.fetch(
        "SELECT id FROM employer WHERE name = $1 AND id IS DISTINCT FROM $2 ORDER BY id LIMIT $3",
        registration.name,
        registration.employer_id,
        EARLIER_MAX,
    )
    return tuple([await employers.get(connection, row["id"]) for row in rows])


async def approve(
    connection: Connection, registration_id: int, version: int, *, policy: Policy
) -> tuple[Registration, Employer]:
    """Approve a registration: the employer is there and its administrator can log in, in one transaction.

    Raises:
        RefusedError: it is absent, changed or decided, or the organisation has been registered meanwhile.
    """
    locked = await _lock_for(connection, RegistrationEvent.APPROVE, registration_id, version)
    employer = await employers.register(connection, NewEmployer.of_card(locked.card))
    await first_passwords.add_first_user(
        connection, employer.id, name=locked.card.contact_name, mobile=locked.mobile, policy=policy
    )
    text = _APPROVED.format(name=_short(locked.name), code=employer.code, days=policy.activation_days)
    await sms_messages.queue(connection, locked.mobile, text, lasting=_TOLD_FOR)
    return await _decide(connection, locked, RegistrationEvent.APPROVE, employer=employer), employer


async def send_back(connection: Connection, registration_id: int, version: int, reason: str) -> Registration:
    """Return a registration for correction; it is edited and submitted again.

    Raises:
        RefusedError: it is absent, changed or decided, or no reason is given.
    """
    return await _refuse(connection, registration_id, version, RegistrationEvent.RETURN, reason)


async def reject(connection: Connection, registration_id: int, version: int, reason: str) -> Registration:
    """Reject a registration for good; the organisation may register anew.

    Raises:
        RefusedError: it is absent, changed or decided, or no reason is given.
    """
    return await _refuse(connection, registration_id, version, RegistrationEvent.REJECT, reason)


def _short(name: str) -> str:
    """Cut a name for a message, which is paid for by its length."""
    return excerpt(name, _NAME_CHARACTERS_MAX)


async def _refuse(
    connection: Connection, registration_id: int, version: int, event: RegistrationEvent, reason: str
) -> Registration:
    why = written_reason(reason)
    locked = await _lock_for(connection, event, registration_id, version)
    text = _REFUSED[event].format(name=_short(locked.name), reason=ended(why))
    await sms_messages.queue(connection, locked.mobile, text, lasting=_TOLD_FOR)
    return await _decide(connection, locked, event, reason=why)


async def _lock_for(
    connection: Connection, event: RegistrationEvent, registration_id: int, version: int
) -> Registration:
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM registration WHERE id = $1 FOR NO KEY UPDATE", registration_id
    )
    # Row security hides from a lock what has been decided.
    found = await get(connection, registration_id) if row is None else registration_of(row)
    refuse_wrong_state(found, event, version)
    return found


async def _decide(
    connection: Connection,
    locked: Registration,
    event: RegistrationEvent,
    *,
    reason: str = "",
    employer: Employer | None = None,
) -> Registration:
    with translated():
        row = await connection.fetchrow(
            f"""
            WITH moved AS (
                UPDATE registration SET state = $2, version = version + 1, remark = $3, employer_id = $4, decided_at = now()
                WHERE id = $1 RETURNING *),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
                SELECT employer_id, 'registration', id, $5, state, $3 FROM moved)
            SELECT {COLUMNS} FROM moved
            """,
            locked.id,
            REGISTRATION_LIFE.transition(locked.state, event).value,
            reason,
            None if employer is None else employer.id,
            locked.state.value,
        )
    assert row is not None  # noqa: S101 -- the row is locked.
    return registration_of(row)
