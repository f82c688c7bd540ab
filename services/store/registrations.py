"""注册新单位 (F1-F7): the registrations of a telephone, saved as drafts, submitted whole, and seen until they are decided.

All of this runs as `Role.AUTH`, for somebody who has proven the telephone (`services.store.registration_sessions`); what the
bureau decides stands in `registration_decisions`. A registration of another telephone is as absent as none (I31).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import attrs
from asyncpg import Record

from libsubsidy import (
    REGISTRATION_LIFE,
    EmployerCard,
    Mobile,
    RegistrationEvent,
    RegistrationState,
    TransitionRefused,
    Violation,
    read_registration,
)
from services.store import attachments
from services.store.attachments import Subject
from services.store.database import Connection
from services.store.refusals import RefusedError, absent, refuse, violation
from services.store.violations import translated

STATES_ZH: Final[Mapping[RegistrationState, str]] = {
    RegistrationState.PHONE_VERIFIED: "已验证手机",
    RegistrationState.DRAFT: "草稿",
    RegistrationState.SUBMITTED: "待审核",
    RegistrationState.RETURNED: "已退回",
    RegistrationState.REJECTED: "已拒绝",
    RegistrationState.APPROVED: "已通过",
}
_EVENTS: Final[Mapping[RegistrationEvent, tuple[str, str]]] = {
    RegistrationEvent.SAVE: ("修改", "changed"),
    RegistrationEvent.SUBMIT: ("提交", "submitted"),
    RegistrationEvent.RETURN: ("退回", "returned"),
    RegistrationEvent.REJECT: ("拒绝", "rejected"),
    RegistrationEvent.APPROVE: ("审核通过", "approved"),
}
# Of its papers, and what they are bound to.
PURPOSE: Final = "registration"
# Somebody may register the schools of a district one after the other; more at once is no person.
UNDECIDED_MAX: Final = 10
LISTED_MAX: Final = 50
# A draft holds names and numbers of people; what nobody has come back to is forgotten.
DRAFT_KEPT: Final = timedelta(days=90)
_FORGOTTEN_AT_ONCE_MAX: Final = 500
COLUMNS: Final = (
    "id, mobile, employer_id, state, version, card, name, org_code, remark, "
    "started_at, changed_at, submitted_at, decided_at"
)


@attrs.frozen(kw_only=True)
class Registration:
    """A registration.

    Attributes:
        mobile: that was proven.
        employer_id: what an approval made of it.
        version: a change must name the one it saw.
        card: as typed; once submitted, as it was read.
        name: 单位名称 as it was submitted last.
        remark: why it was returned or rejected.
    """

    id: int
    mobile: Mobile
    employer_id: int | None
    state: RegistrationState
    version: int
    card: EmployerCard
    name: str
    org_code: str
    remark: str
    started_at: datetime
    changed_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None


async def begin(connection: Connection, mobile: Mobile) -> Registration:
    """Return the registration of a telephone that is being filled in, the last one of several, or begin one.

    Raises:
        RefusedError: REGISTRATIONS_TOO_MANY.
    """
    # Two windows that prove the telephone at once shall not begin two.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"registration {mobile}")
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM registration WHERE mobile = $1 AND state NOT IN ('rejected', 'approved') ORDER BY id DESC",
        str(mobile),
    )
    undecided = [registration_of(row) for row in rows]
    for each in undecided:
        if each.state.is_open_to_edit:
            return each
    if len(undecided) >= UNDECIDED_MAX:
        raise refuse("REGISTRATIONS_TOO_MANY", limit=UNDECIDED_MAX)
    row = await connection.fetchrow(
        f"""
        WITH begun AS (INSERT INTO registration (mobile) VALUES ($1) RETURNING *),
        noted AS (
            INSERT INTO audit_event (subject_kind, subject_id, to_state) SELECT 'registration', id, state FROM begun)
        SELECT {COLUMNS} FROM begun
        """,
        str(mobile),
    )
    assert row is not None  # noqa: S101 -- an INSERT that did not raise returns its row.
    return registration_of(row)


async def of_mobile(connection: Connection, mobile: Mobile) -> tuple[Registration, ...]:
    """Return the registrations of a telephone, the last one first."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM registration WHERE mobile = $1 ORDER BY id DESC LIMIT $2", str(mobile), LISTED_MAX
    )
    return tuple(map(registration_of, rows))


async def get(connection: Connection, registration_id: int, mobile: Mobile) -> Registration:
    """Return a registration of a telephone.

    Raises:
        RefusedError: ABSENT, also for one of another telephone.
    """
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM registration WHERE id = $1 AND mobile = $2", registration_id, str(mobile)
    )
    if row is None:
        raise absent("注册申请", "registration", registration_id)
    return registration_of(row)


async def save(
    connection: Connection, registration_id: int, mobile: Mobile, version: int, typed: EmployerCard
) -> Registration:
    """Save the form as it was typed, right or wrong, so that nothing is lost.

    Raises:
        RefusedError: it is absent, changed or no longer open.
    """
    locked = await _lock_for(connection, RegistrationEvent.SAVE, registration_id, mobile, version)
    return await _write(connection, locked, attrs.evolve(typed, contact_mobile=str(mobile)))


async def submit(
    connection: Connection,
    registration_id: int,
    mobile: Mobile,
    version: int,
    typed: EmployerCard,
    *,
    attached: Sequence[int],
) -> Registration:
    """Hand the form to the bureau, with the papers (F6).

    Args:
        connection: inside the caller's transaction, whose actor is this registration.
        registration_id: whose.
        mobile: that was proven.
        version: the one that was seen.
        typed: the form.
        attached: files that were stored before.

    Raises:
        RefusedError: it is absent, changed or no longer open; or with everything that is wrong, what is wrong with a field
            with that `field`.
    """
    locked = await _lock_for(connection, RegistrationEvent.SAVE, registration_id, mobile, version)
    card, broken = read_registration(typed, mobile)
    broken += await _registered(connection, card, locked)
    try:
        await attachments.bind(connection, PURPOSE, Subject(PURPOSE, locked.id), attached)
    except RefusedError as error:
        broken += tuple(error.violations)
    if broken:
        raise RefusedError(*broken)
    draft = await _write(connection, locked, card)
    with translated():
        row = await connection.fetchrow(
            f"""
            WITH moved AS (
                UPDATE registration SET state = $2, version = version + 1, name = $3, org_code = $4, submitted_at = now()
                WHERE id = $1 RETURNING *),
            noted AS (
                INSERT INTO audit_event (subject_kind, subject_id, from_state, to_state)
                SELECT 'registration', id, $5, state FROM moved)
            SELECT {COLUMNS} FROM moved
            """,
            draft.id,
            REGISTRATION_LIFE.transition(draft.state, RegistrationEvent.SUBMIT).value,
            card.name,
            card.org_code,
            draft.state.value,
        )
    assert row is not None  # noqa: S101 -- the row is locked.
    return registration_of(row)


async def forget(connection: Connection) -> int:
    """Delete some of the drafts that were never submitted and that nobody has come back to; return how many."""
    forgotten: int = await connection.fetchval(
        """
        WITH old AS (
            SELECT id FROM registration WHERE submitted_at IS NULL AND changed_at < now() - $1::interval
            LIMIT $2 FOR UPDATE SKIP LOCKED),
        gone AS (DELETE FROM registration r USING old WHERE r.id = old.id RETURNING 1)
        SELECT count(*)::integer FROM gone
        """,
        DRAFT_KEPT,
        _FORGOTTEN_AT_ONCE_MAX,
    )
    return forgotten


def refuse_wrong_state(registration: Registration, event: RegistrationEvent, version_seen: int) -> None:
    """Refuse what comes too late.

    Raises:
        RefusedError: STALE_VERSION, REGISTRATION_STATE.
    """
    name = f"registration-{registration.id}"
    if registration.version != version_seen:
        raise refuse("STALE_VERSION/named", what_zh=f"注册申请 {name}", what_en=f"registration {name}")
    try:
        REGISTRATION_LIFE.transition(registration.state, event)
    except TransitionRefused as error:
        event_zh, event_en = _EVENTS[event]
        raise refuse(
            "REGISTRATION_STATE",
            registration=registration.id,
            state_zh=STATES_ZH[registration.state],
            state_en=registration.state.value,
            event_zh=event_zh,
            event_en=event_en,
        ) from error


def registration_of(row: Record) -> Registration:
    """Read a registration from a row that has `COLUMNS`."""
    facts: dict[str, Any] = dict(row)
    facts["mobile"] = Mobile(row["mobile"])
    facts["state"] = RegistrationState(row["state"])
    facts["card"] = EmployerCard(**row["card"])
    return Registration(**facts)


async def _lock_for(
    connection: Connection, event: RegistrationEvent, registration_id: int, mobile: Mobile, version_seen: int
) -> Registration:
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM registration WHERE id = $1 AND mobile = $2 FOR NO KEY UPDATE",
        registration_id,
        str(mobile),
    )
    # Row security hides from a lock what its role may not change; it may still be there to be read.
    found = await get(connection, registration_id, mobile) if row is None else registration_of(row)
    refuse_wrong_state(found, event, version_seen)
    return found


async def _write(connection: Connection, locked: Registration, card: EmployerCard) -> Registration:
    row = await connection.fetchrow(
        f"""
        WITH saved AS (
            UPDATE registration SET card = $2, state = $3, version = version + 1, changed_at = now()
            WHERE id = $1 RETURNING *),
        noted AS (
            INSERT INTO audit_event (subject_kind, subject_id, from_state, to_state)
            SELECT 'registration', id, $4, state FROM saved WHERE state <> $4)
        SELECT {COLUMNS} FROM saved
        """,
        locked.id,
        attrs.asdict(card),
        REGISTRATION_LIFE.transition(locked.state, RegistrationEvent.SAVE).value,
        locked.state.value,
    )
    assert row is not None  # noqa: S101 -- the row is locked.
    return registration_of(row)


async def _registered(connection: Connection, card: EmployerCard, own: Registration) -> tuple[Violation, ...]:
    """Say whether this organisation is registered already, or being registered (domain §4.2, Registration).

    The credit code holds the organisation code, so that an employer known by either is found by either. What was rejected or
    returned keeps nobody from registering; the reviewer sees it.
    """
    codes = [code for code in {card.org_code, card.credit_code[8:17]} if code]
    employer_state = await connection.fetchval(
        "SELECT state FROM employer WHERE org_code = ANY ($1::text[]) OR credit_code = nullif($2, '') LIMIT 1",
        codes,
        card.credit_code,
    )
    field = "credit_code" if card.credit_code else "org_code"
    if employer_state is not None:
        return (_at(field, violation("REGISTERED_ALREADY" if employer_state == "active" else "REGISTERED_AND_CLOSED")),)
    pending = await connection.fetchrow(
        "SELECT id, mobile FROM registration WHERE state = 'submitted' AND org_code = ANY ($1::text[]) AND id <> $2 LIMIT 1",
        codes,
        own.id,
    )
    if pending is None:
        return ()
    if pending["mobile"] == str(own.mobile):
        return (_at(field, violation("REGISTRATION_PENDING/own", registration=pending["id"])),)
    return (_at(field, violation("REGISTRATION_PENDING")),)


def _at(field: str, found: Violation) -> Violation:
    return attrs.evolve(found, params={**found.params, "field": field})
