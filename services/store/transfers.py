"""员工转入/转出: who is on the way from one employer to another, seen by both (F66-F75, I23, design §12).

A transfer is a row that the old employer adds (`transfer_starts`) and that the new one answers (`transfer_answers`); row
security shows it to both and to nobody else. The new one reads no more of the person than stands in it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import TRANSFER_LIFE, Month, Terms, TransferEvent, TransferState, TransitionRefused
from services.store.attachments import Subject
from services.store.database import Connection
from services.store.refusals import absent, refuse
from services.store.shared_values import money_of, month_if_any, month_of

TRANSFERS_PER_PAGE_MAX: Final = 200
STATES_ZH: Final[Mapping[TransferState, str]] = {
    TransferState.STARTED: "待转入单位确认",
    TransferState.ACCEPTED: "待住建局审核",
    TransferState.DONE: "已完成",
    TransferState.REFUSED: "已拒绝",
    TransferState.REJECTED: "住建局未通过",
    TransferState.WITHDRAWN: "已撤回",
    TransferState.EXPIRED: "逾期退回",
}
_EVENTS: Final[Mapping[TransferEvent, tuple[str, str]]] = {
    TransferEvent.ACCEPT: ("确认", "accepted"),
    TransferEvent.REFUSE: ("拒绝", "refused"),
    TransferEvent.WITHDRAW: ("撤回", "withdrawn"),
    TransferEvent.COMPLETE: ("完成", "completed"),
    TransferEvent.REJECT: ("退回", "rejected"),
}


@attrs.frozen(kw_only=True)
class Transfer:
    """One person on the way.

    Attributes:
        batch_id: what it was started with; the attachments are the batch's.
        name: as it was when it was started, and so is the ID number.
        state: as of today: an unanswered one is expired after its last day, whether or not that has been noted yet.
        reason: why the old employer started it.
        remark: why it was refused.
        terms: what the new employer has set; None before it has accepted.
        version: a change must name the one it saw.
    """

    id: int
    batch_id: int
    employer_id: int
    employer_name: str
    employer_code: str
    to_employer_id: int
    to_employer_name: str
    to_employer_code: str
    employment_id: int
    person_id: int
    name: str
    id_number: str
    effective: Month
    state: TransferState
    answer_until: date
    reason: str
    remark: str
    terms: Terms | None
    version: int
    started_at: datetime
    decided_at: datetime | None


@attrs.frozen
class Seen:
    """A transfer as somebody saw it: what was changed meanwhile is not decided upon."""

    transfer_id: int
    version: int


@attrs.frozen(kw_only=True)
class Wanted:
    """Which of an employer's transfers.

    Attributes:
        incoming: those to the employer; otherwise those from it.
        open_only: those that are not over.
        text: a part of the name, or the beginning of the ID number.
        batch_id: only those that were started together.
    """

    incoming: bool
    open_only: bool = False
    text: str = ""
    batch_id: int | None = None


_SELECT: Final = """
    SELECT t.id, t.batch_id, t.employer_id, f.name AS employer_name, f.code AS employer_code, t.to_employer_id,
           n.name AS to_employer_name, n.code AS to_employer_code, t.employment_id, t.person_id, t.name, t.id_number,
           t.effective_month, t.state, t.answer_until, b.reason, t.remark, t.rank, t.monthly_fen, t.start_month, t.version,
           t.started_at, t.decided_at
    FROM transfer t
    JOIN transfer_batch b ON b.id = t.batch_id
    JOIN employer f ON f.id = t.employer_id
    JOIN employer n ON n.id = t.to_employer_id"""


async def get(connection: Connection, transfer_id: int, today: date) -> Transfer:
    """Return a transfer of the old or the new employer.

    Raises:
        RefusedError: ABSENT, also for one of two others (I31).
    """
    row = await connection.fetchrow(f"{_SELECT} WHERE t.id = $1", transfer_id)
    if row is None:
        raise absent("转移", "transfer", transfer_id)
    return _transfer(row, today)


async def papers_of(connection: Connection, application_id: int) -> Subject:
    """Name what the files of a transfer are bound to for which the bureau is asked (D-10).

    Raises:
        RefusedError: ABSENT.
    """
    batch_id = await connection.fetchval("SELECT batch_id FROM transfer WHERE application_id = $1", application_id)
    if batch_id is None:
        raise absent("转移", "transfer", application_id)
    return Subject("transfer", batch_id)


_MATCH: Final = """
    WHERE CASE WHEN $2 THEN t.to_employer_id ELSE t.employer_id END = $1
      AND (NOT $3 OR t.state = 'accepted' OR (t.state = 'started' AND t.answer_until >= $4))
      AND ($5 = '' OR strpos(t.name, $5) > 0 OR starts_with(t.id_number, upper($5)))
      AND ($6::bigint IS NULL OR t.batch_id = $6)"""


async def of_employer(
    connection: Connection,
    employer_id: int,
    wanted: Wanted,
    today: date,
    *,
    before: int | None = None,
    skip: int = 0,
    limit: int = TRANSFERS_PER_PAGE_MAX,
) -> tuple[Transfer, ...]:
    """Return an employer's transfers, the newest first, those before the transfer `before` if it is given."""
    rows = await connection.fetch(
        f"{_SELECT} {_MATCH} AND ($7::bigint IS NULL OR t.id < $7) ORDER BY t.id DESC OFFSET $8 LIMIT $9",
        *_asked(employer_id, wanted, today),
        before,
        skip,
        min(limit, TRANSFERS_PER_PAGE_MAX + 1),
    )
    return tuple(_transfer(row, today) for row in rows)


async def count(connection: Connection, employer_id: int, wanted: Wanted, today: date) -> int:
    """Count an employer's transfers."""
    found: int = await connection.fetchval(
        f"SELECT count(*) FROM transfer t {_MATCH}", *_asked(employer_id, wanted, today)
    )
    return found


def _asked(employer_id: int, wanted: Wanted, today: date) -> tuple[object, ...]:
    return employer_id, wanted.incoming, wanted.open_only, today, wanted.text.strip()[:100], wanted.batch_id


async def lock_for(connection: Connection, event: TransferEvent, seen: Seen, today: date) -> Transfer:
    """Lock a transfer for something that is to happen to it.

    Raises:
        RefusedError: ABSENT, STALE_VERSION, or TRANSFER_STATE where its life does not allow that.
    """
    await connection.fetchrow("SELECT FROM transfer WHERE id = $1 FOR NO KEY UPDATE", seen.transfer_id)
    transfer = await get(connection, seen.transfer_id, today)
    if transfer.version != seen.version:
        raise refuse("STALE_VERSION/named", what_zh=f"{transfer.name}的转移", what_en=f"transfer of {transfer.name}")
    try:
        TRANSFER_LIFE.transition(transfer.state, event)
    except TransitionRefused as error:
        event_zh, event_en = _EVENTS[event]
        raise refuse(
            "TRANSFER_STATE",
            name=transfer.name,
            state_zh=STATES_ZH[transfer.state],
            state_en=transfer.state.value,
            event_zh=event_zh,
            event_en=event_en,
        ) from error
    return transfer


def _transfer(row: Record, today: date) -> Transfer:
    state = TransferState(row["state"])
    if state is TransferState.STARTED and row["answer_until"] < today:
        state = TransferState.EXPIRED
    start_month = month_if_any(row["start_month"])
    terms = None
    if start_month is not None:
        terms = Terms(rank=row["rank"], amount=money_of(row["monthly_fen"]), start_month=start_month)
    return Transfer(
        id=row["id"],
        batch_id=row["batch_id"],
        employer_id=row["employer_id"],
        employer_name=row["employer_name"],
        employer_code=row["employer_code"],
        to_employer_id=row["to_employer_id"],
        to_employer_name=row["to_employer_name"],
        to_employer_code=row["to_employer_code"],
        employment_id=row["employment_id"],
        person_id=row["person_id"],
        name=row["name"],
        id_number=row["id_number"],
        effective=month_of(row["effective_month"]),
        state=state,
        answer_until=row["answer_until"],
        reason=row["reason"],
        remark=row["remark"],
        terms=terms,
        version=row["version"],
        started_at=row["started_at"],
        decided_at=row["decided_at"],
    )


async def tell_both(connection: Connection, ids: Sequence[int], before: str) -> None:
    """Note in the trails of both employers what has become of transfers."""
    await connection.execute(
        """
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
        SELECT side.employer_id, 'transfer', t.id, $2, t.state, t.remark
        FROM transfer t CROSS JOIN LATERAL unnest(ARRAY[t.employer_id, t.to_employer_id]) AS side (employer_id)
        WHERE t.id = ANY ($1)
        """,
        list(ids),
        before,
    )
