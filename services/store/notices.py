"""Payment notices (缴费通知): one memo and one amount for one or several approved orders of one employer (合并缴款).

Locks are taken in one order everywhere: the employer, then notices, then orders, each by id. The reconciler, too, locks
a notice before its orders.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from random import Random
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import (
    NOTICE_LIFE,
    ORDER_CODES_MAX,
    Memo,
    Money,
    NoticeEvent,
    NoticeState,
    OrderCodesExhausted,
    OrderEvent,
    Policy,
    TransitionRefused,
    Violation,
    new_order_code,
    order_codes_alarm,
)
from services.store import claims, orders, outbox
from services.store.database import Connection, Role, standing_in
from services.store.orders import Order
from services.store.outbox import NewEvent
from services.store.reasons import written_reason
from services.store.refusals import RefusedError, absent, refuse, violation

# Joining is done by a person who looks at what is joined.
NOTICES_JOINED_MAX: Final = 200
NOTICES_PER_PAGE_MAX: Final = 200

STATES_ZH: Final[Mapping[NoticeState, str]] = {
    NoticeState.AWAITING: "待缴款",
    NoticeState.PAID: "已缴款",
    NoticeState.CANCELLED: "已取消",
    NoticeState.MERGED: "已合并",
}
_EVENTS: Final[Mapping[NoticeEvent, tuple[str, str]]] = {
    NoticeEvent.PAY: ("缴款", "paid"),
    NoticeEvent.CANCEL: ("取消", "cancelled"),
    NoticeEvent.MERGE: ("合并", "merged"),
}
_COLUMNS: Final = (
    "id, employer_id, employer_code, order_code, amount_fen, currency, state, merged_into, created_at, decided_at"
)


@attrs.frozen(kw_only=True)
class Notice:
    """What an employer has to pay in one transfer.

    Attributes:
        currency: ISO 4217.
        merged_into: the notice that took its orders over; its own memo settles nothing any more.
        decided_at: when it was paid, cancelled or merged.
    """

    id: int
    employer_id: int
    memo: Memo
    amount: Money
    currency: str
    state: NoticeState
    merged_into: int | None
    created_at: datetime
    decided_at: datetime | None


@attrs.frozen(kw_only=True)
class Payment:
    """The money of a notice.

    Attributes:
        paid_on: the day on which the bank booked it; None for payments of before that was kept.
        settled_at: when it was credited to the ledgers.
    """

    paid_on: date | None
    settled_at: datetime


@attrs.frozen(kw_only=True)
class Issued:
    """A new notice; the alarm says that the employer's order codes run out, and is None for almost everybody."""

    notice: Notice
    alarm: Violation | None


def notice_of(row: Record) -> Notice:
    """Read a notice from a row with all its columns."""
    return Notice(
        id=row["id"],
        employer_id=row["employer_id"],
        memo=Memo(employer_code=row["employer_code"], order_code=row["order_code"]),
        amount=Money(fen=row["amount_fen"]),
        currency=row["currency"],
        state=NoticeState(row["state"]),
        merged_into=row["merged_into"],
        created_at=row["created_at"],
        decided_at=row["decided_at"],
    )


async def get(connection: Connection, notice_id: int) -> Notice:
    """Return a notice.

    Raises:
        RefusedError: ABSENT, also for a notice of another employer (I31).
    """
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM payment_notice WHERE id = $1", notice_id)
    if row is None:
        raise absent("缴费通知", "payment notice", notice_id)
    return notice_of(row)


async def of_employer(
    connection: Connection,
    employer_id: int,
    *,
    state: NoticeState | None = None,
    before: int | None = None,
    limit: int = NOTICES_PER_PAGE_MAX,
) -> tuple[Notice, ...]:
    """Return the newest notices of an employer, those made before `before` (a notice's id) if it is given."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM payment_notice
        WHERE employer_id = $1 AND ($2::bigint IS NULL OR id < $2) AND ($4::text IS NULL OR state = $4)
        ORDER BY id DESC LIMIT $3
        """,
        employer_id,
        before,
        min(limit, NOTICES_PER_PAGE_MAX + 1),  # One more tells whether there is another page.
        None if state is None else state.value,
    )
    return tuple(notice_of(row) for row in rows)


async def payment(connection: Connection, notice_id: int) -> Payment | None:
    """Return how a notice was paid; None while nothing has come."""
    row = await connection.fetchrow("SELECT paid_on, settled_at FROM settlement WHERE notice_id = $1", notice_id)
    return None if row is None else Payment(paid_on=row["paid_on"], settled_at=row["settled_at"])


async def merge(connection: Connection, notice_ids: Sequence[int], *, policy: Policy, rng: Random) -> Issued:
    """Let one new notice ask for what several awaiting ones of one employer asked for; the old memos settle nothing.

    Raises:
        RefusedError: a notice is absent or not awaiting, or they belong to several employers.
    """
    employer_id = await lock_employer_of(connection, notice_ids=notice_ids)
    locked = await lock_for(connection, NoticeEvent.MERGE, notice_ids)
    return await issue(connection, employer_id, (), locked, policy=policy, rng=rng)


async def merge_own(
    connection: Connection, employer_id: int, notice_ids: Sequence[int], *, policy: Policy, rng: Random
) -> Issued:
    """Let an employer join notices of its own; issuing the new one is the bureau's, under the name of who asked for it.

    Raises:
        RefusedError: a notice is absent, another employer's, or not awaiting.
    """
    rows = await connection.fetch(
        "SELECT id FROM payment_notice WHERE id = ANY ($1) AND employer_id = $2", list(notice_ids), employer_id
    )
    own = {row["id"] for row in rows}
    for notice_id in notice_ids:
        if notice_id not in own:
            raise absent("缴费通知", "payment notice", notice_id)
    async with standing_in(connection, Role.BUREAU):
        return await merge(connection, notice_ids, policy=policy, rng=rng)


async def cancel(connection: Connection, notice_id: int, reason: str) -> Notice:
    """Withdraw a notice that nobody has paid, with its orders; their months are free again (D-16).

    Raises:
        RefusedError: it is absent or not awaiting, or no reason is given.
    """
    why = written_reason(reason)
    (notice,) = await lock_for(connection, NoticeEvent.CANCEL, [notice_id])
    row = await connection.fetchrow(
        f"""
        WITH cancelled AS (
            UPDATE payment_notice SET state = 'cancelled', decided_at = now() WHERE id = $1 RETURNING *),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
            SELECT employer_id, 'notice', id, $2, state, $3 FROM cancelled)
        SELECT {_COLUMNS} FROM cancelled
        """,
        notice_id,
        notice.state.value,
        why,
    )
    assert row is not None  # noqa: S101 -- the row is locked.
    paid_by = await connection.fetch("SELECT id, version FROM remittance_order WHERE notice_id = $1", notice_id)
    locked = await orders.lock_for(connection, OrderEvent.CANCEL, {order["id"]: order["version"] for order in paid_by})
    cancelled = await orders.move(connection, locked, OrderEvent.CANCEL, reason=why)
    await claims.release(connection, [order.id for order in cancelled])
    await outbox.append(connection, [_cancelled_event(order) for order in cancelled])
    return notice_of(row)


async def lock_employer_of(
    connection: Connection, *, order_ids: Sequence[int] = (), notice_ids: Sequence[int] = ()
) -> int:
    """Lock the one employer of orders and notices: whoever draws its codes or joins its notices waits here.

    Raises:
        RefusedError: nothing was chosen, something is absent, or they belong to several employers.
    """
    if not order_ids and not notice_ids:
        raise refuse("NOTHING_CHOSEN")
    rows = await connection.fetch(
        """
        SELECT DISTINCT employer_id FROM remittance_order WHERE id = ANY ($1)
        UNION SELECT employer_id FROM payment_notice WHERE id = ANY ($2)
        """,
        list(order_ids),
        list(notice_ids),
    )
    if len(rows) > 1:
        raise refuse("ONE_EMPLOYER_PER_NOTICE")
    if not rows:
        if order_ids:
            raise absent("订单", "order", order_ids[0])
        raise absent("缴费通知", "payment notice", notice_ids[0])
    employer_id: int = rows[0]["employer_id"]
    await connection.execute("SELECT FROM employer WHERE id = $1 FOR NO KEY UPDATE", employer_id)
    return employer_id


async def lock_for(connection: Connection, event: NoticeEvent, notice_ids: Sequence[int]) -> tuple[Notice, ...]:
    """Lock notices for an event, in the order of their ids, and prove that it may come to each.

    Raises:
        RefusedError: with each notice that is absent or whose state forbids the event.
    """
    ids = sorted(set(notice_ids))
    if len(ids) > NOTICES_JOINED_MAX:
        raise refuse("LIST_TOO_LONG", limit=NOTICES_JOINED_MAX, rows=len(ids))
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM payment_notice WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE", ids
    )
    locked = {row["id"]: notice_of(row) for row in rows}
    for notice_id in ids:
        if notice_id not in locked:
            raise absent("缴费通知", "payment notice", notice_id)
    if broken := [found for notice in locked.values() if (found := _forbids(notice, event)) is not None]:
        raise RefusedError(*broken)
    return tuple(locked.values())


def _forbids(notice: Notice, event: NoticeEvent) -> Violation | None:
    try:
        NOTICE_LIFE.transition(notice.state, event)
    except TransitionRefused:
        event_zh, event_en = _EVENTS[event]
        return violation(
            "NOTICE_STATE",
            memo=str(notice.memo),
            state_zh=STATES_ZH[notice.state],
            state_en=notice.state.value,
            event_zh=event_zh,
            event_en=event_en,
        )
    return None


async def issue(
    connection: Connection,
    employer_id: int,
    approved: Sequence[Order],
    joined: Sequence[Notice],
    *,
    policy: Policy,
    rng: Random,
) -> Issued:
    """Make one notice for orders that are being approved and for those of notices that are joined; all are locked.

    Raises:
        RefusedError: ORDER_CODES_EXHAUSTED.
    """
    asked = [*(order.total for order in approved), *(notice.amount for notice in joined)]
    memo, used = await _new_memo(connection, employer_id, rng)
    row = await connection.fetchrow(
        f"""
        WITH issued AS (
            INSERT INTO payment_notice (employer_id, employer_code, order_code, amount_fen)
            VALUES ($1, $2, $3, $4) RETURNING *),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
            SELECT employer_id, 'notice', id, state FROM issued)
        SELECT {_COLUMNS} FROM issued
        """,
        employer_id,
        memo.employer_code,
        memo.order_code,
        sum(asked, Money(fen=0)).fen,
    )
    assert row is not None  # noqa: S101 -- an INSERT that did not raise returns its row.
    await orders.move(connection, approved, OrderEvent.APPROVE, notice_id=row["id"])
    await _join(connection, [notice.id for notice in joined], row["id"])
    return Issued(notice=notice_of(row), alarm=order_codes_alarm(memo.employer_code, used, policy))


async def _new_memo(connection: Connection, employer_id: int, rng: Random) -> tuple[Memo, int]:
    code: str = await connection.fetchval("SELECT code FROM employer WHERE id = $1", employer_id)
    rows = await connection.fetch("SELECT order_code FROM payment_notice WHERE employer_code = $1", code)
    taken = {row["order_code"] for row in rows}
    try:
        return Memo(employer_code=code, order_code=new_order_code(code, taken, rng)), len(taken) + 1
    except OrderCodesExhausted as error:
        raise refuse("ORDER_CODES_EXHAUSTED", employer_code=code, limit=ORDER_CODES_MAX) from error


async def _join(connection: Connection, notice_ids: Sequence[int], into: int) -> None:
    await connection.execute(
        """
        WITH merged AS (
            UPDATE payment_notice n SET state = 'merged', merged_into = $2, decided_at = now(),
                joined_orders = ARRAY (SELECT o.id FROM remittance_order o WHERE o.notice_id = n.id ORDER BY o.id)
            WHERE id = ANY ($1) RETURNING id, employer_id),
        followed AS (
            UPDATE remittance_order o SET notice_id = $2, version = o.version + 1
            FROM merged WHERE o.notice_id = merged.id RETURNING o.id)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
        SELECT employer_id, 'notice', id, 'awaiting', 'merged', 'notice/' || $2::bigint FROM merged
        """,
        list(notice_ids),
        into,
    )


def _cancelled_event(order: Order) -> NewEvent:
    return NewEvent(
        type="order.cancelled.v1",
        subject=f"order/{order.id}",
        body={
            "order_id": str(order.id),
            "employer_id": str(order.employer_id),
            "amount": str(order.total),
            "notice_id": None if order.notice_id is None else str(order.notice_id),
        },
    )
