"""Orders: making one, reading them, and moving one from state to state under its lock.

Each change names the version of the order that it saw. The row is locked first, so that of two people who decide at the
same moment the second one sees what the first one did, and is told so (STALE_VERSION).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import (
    ORDER_LIFE,
    Money,
    MonthRange,
    OrderEvent,
    OrderKind,
    OrderState,
    Policy,
    TransitionRefused,
    Violation,
    check_back_payment_months,
    check_regular_month,
)
from services.store import employers
from services.store.database import Connection
from services.store.refusals import RefusedError, absent, refuse, violation
from services.store.shared_values import month_of
from services.store.violations import translated

ORDERS_PER_PAGE_MAX: Final = 200

KINDS_ZH: Final[Mapping[OrderKind, str]] = {
    OrderKind.REGULAR: "汇缴",
    OrderKind.MONTHLY: "按月补缴",
    OrderKind.LUMP_DIFFERENCE: "一次性补缴（差额）",
    OrderKind.LUMP_MISSED: "一次性补缴（漏缴）",
}

STATES_ZH: Final[Mapping[OrderState, str]] = {
    OrderState.DRAFT: "草稿",
    OrderState.SUBMITTED: "待审核",
    OrderState.RETURNED: "已退回",
    OrderState.RETRACTED: "已撤回",
    OrderState.REJECTED: "已拒绝",
    OrderState.APPROVED: "待缴款",
    OrderState.CANCELLED: "已取消",
    OrderState.PAID: "已缴款",
    OrderState.CREDITED: "已入账",
}
_EVENTS: Final[Mapping[OrderEvent, tuple[str, str]]] = {
    OrderEvent.SUBMIT: ("提交", "submitted"),
    OrderEvent.RETURN: ("退回", "returned"),
    OrderEvent.REVISE: ("修改", "revised"),
    OrderEvent.RETRACT: ("撤回", "retracted"),
    OrderEvent.REJECT: ("拒绝", "rejected"),
    OrderEvent.APPROVE: ("审核通过", "approved"),
    OrderEvent.CANCEL: ("取消", "cancelled"),
    OrderEvent.PAY: ("缴款", "paid"),
    OrderEvent.CREDIT: ("入账", "credited"),
}
ORDER_COLUMNS: Final = """id, employer_id, kind, first_month, last_month, state, total_fen, line_count, person_count, notice_id,
    remark, version, created_at, submitted_at, decided_at, prepared_by, part_of"""


@attrs.frozen(kw_only=True)
class Order:
    """An order without its lines; the totals are frozen when it is submitted (I1).

    Attributes:
        remark: why it was returned, rejected or cancelled.
        submitted_at: the last time.
        decided_at: when it was approved, sent back, taken back or cancelled; None while it is a draft or waits.
        waits_for_colleague: a draft that a clerk has finished, where the employer wants it checked (复核).
        part_of: of a back-payment that was split into several orders: the first of them, in all of them.
    """

    id: int
    employer_id: int
    kind: OrderKind
    months: MonthRange
    state: OrderState
    total: Money
    line_count: int
    person_count: int
    notice_id: int | None
    remark: str
    version: int
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    waits_for_colleague: bool = False
    part_of: int | None = None


def order_of(row: Record) -> Order:
    """Read an order from a row with all its columns."""
    return Order(
        id=row["id"],
        employer_id=row["employer_id"],
        kind=OrderKind(row["kind"]),
        months=MonthRange(month_of(row["first_month"]), month_of(row["last_month"])),
        state=OrderState(row["state"]),
        total=Money(fen=row["total_fen"]),
        line_count=row["line_count"],
        person_count=row["person_count"],
        notice_id=row["notice_id"],
        remark=row["remark"],
        version=row["version"],
        created_at=row["created_at"],
        submitted_at=row["submitted_at"],
        decided_at=row["decided_at"],
        waits_for_colleague=row["state"] == OrderState.DRAFT.value and row["prepared_by"] != "",
        part_of=row["part_of"],
    )


async def create(connection: Connection, employer_id: int, kind: OrderKind, months: MonthRange) -> Order:
    """Make an empty draft.

    Raises:
        RefusedError: the employer cannot order yet or no longer, or the kind does not take so many months.
    """
    await refuse_who_cannot_order(connection, employer_id)
    with translated():
        row = await connection.fetchrow(
            f"""
            WITH made AS (
                INSERT INTO remittance_order (employer_id, kind, first_month, last_month)
                VALUES ($1, $2, $3, $4) RETURNING *),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
                SELECT employer_id, 'order', id, state FROM made)
            SELECT {ORDER_COLUMNS} FROM made
            """,
            employer_id,
            kind.value,
            months.first.first_day,
            months.last.first_day,
        )
    assert row is not None  # noqa: S101 -- an INSERT that did not raise returns its row.
    return order_of(row)


def refuse_months(kind: OrderKind, months: MonthRange, *, policy: Policy, today: date) -> None:
    """Refuse months that no order of the kind can be for, whoever is chosen.

    Raises:
        RefusedError: with what the library says of them.
    """
    if kind is OrderKind.REGULAR:
        broken = check_regular_month(months.last, policy, today)
    else:
        broken = check_back_payment_months(kind, months, policy, today)
    if broken:
        raise RefusedError(*broken)


async def refuse_second_draft(connection: Connection, employer_id: int, kind: OrderKind, months: MonthRange) -> None:
    """Refuse to begin again what has been begun.

    Raises:
        RefusedError: DRAFT_THERE, with the newest draft of that kind and those months.
    """
    order = await draft_of(connection, employer_id, kind, months)
    if order is not None:
        raise refuse(
            "DRAFT_THERE",
            order=order.id,
            months=str(months.first) if len(months) == 1 else f"{months.first} 至 {months.last}",
            kind_zh=KINDS_ZH[kind],
            people=order.person_count,
            total=str(order.total),
        )


async def refuse_who_cannot_order(connection: Connection, employer_id: int) -> None:
    """Refuse an employer whose employees have not been checked yet (I13), or that is closed."""
    employer = await employers.get(connection, employer_id)
    if employer.state != "active":
        raise refuse("EMPLOYER_CLOSED")
    if not employer.initialised:
        raise RefusedError(Violation.of("EMPLOYER_NOT_INITIALISED"))


async def get(connection: Connection, order_id: int) -> Order:
    """Return an order.

    Raises:
        RefusedError: ABSENT, also for an order of another employer (I31).
    """
    row = await connection.fetchrow(f"SELECT {ORDER_COLUMNS} FROM remittance_order WHERE id = $1", order_id)
    if row is None:
        raise absent("订单", "order", order_id)
    return order_of(row)


async def draft_of(connection: Connection, employer_id: int, kind: OrderKind, months: MonthRange) -> Order | None:
    """Return the newest draft of an employer for the same kind and months, so that none is made twice."""
    row = await connection.fetchrow(
        f"""
        SELECT {ORDER_COLUMNS} FROM remittance_order
        WHERE employer_id = $1 AND state = 'draft' AND kind = $2 AND first_month = $3 AND last_month = $4
        ORDER BY id DESC LIMIT 1
        """,
        employer_id,
        kind.value,
        months.first.first_day,
        months.last.first_day,
    )
    return None if row is None else order_of(row)


async def of_notice(connection: Connection, notice_id: int) -> tuple[Order, ...]:
    """Return the orders that a notice asks for, or did until it was joined into another one."""
    rows = await connection.fetch(
        f"""
        SELECT {ORDER_COLUMNS} FROM remittance_order
        WHERE notice_id = $1 OR id = ANY (ARRAY (SELECT unnest(joined_orders) FROM payment_notice WHERE id = $1))
        ORDER BY id LIMIT $2
        """,
        notice_id,
        ORDERS_PER_PAGE_MAX,
    )
    return tuple(order_of(row) for row in rows)


async def parts_of(connection: Connection, order: Order) -> tuple[Order, ...]:
    """Return all orders of a back-payment that was split, the given one too, by their months; none where it was not."""
    if order.part_of is None:
        return ()
    rows = await connection.fetch(
        f"SELECT {ORDER_COLUMNS} FROM remittance_order WHERE part_of = $1 AND employer_id = $2 ORDER BY first_month LIMIT $3",
        order.part_of,
        order.employer_id,
        ORDERS_PER_PAGE_MAX,
    )
    return tuple(order_of(row) for row in rows)


async def lock_for(connection: Connection, event: OrderEvent, seen: Mapping[int, int]) -> tuple[Order, ...]:
    """Lock orders (id -> version seen) for an event, in the order of their ids, and prove that it may come to each.

    Raises:
        RefusedError: with each order that is absent, was changed since it was seen, or whose state forbids the event.
    """
    ids = sorted(seen)
    locked = await connection.fetch(
        f"SELECT {ORDER_COLUMNS} FROM remittance_order WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE", ids
    )
    orders = {row["id"]: order_of(row) for row in locked}
    if missing := [order_id for order_id in ids if order_id not in orders]:
        # Row security hides from a lock what its role may not change; it may still be there to be read.
        orders |= {order_id: await get(connection, order_id) for order_id in missing}
    broken = [found for order_id in ids if (found := _forbids(orders[order_id], event, seen[order_id])) is not None]
    if broken:
        raise RefusedError(*broken)
    return tuple(orders[order_id] for order_id in ids)


def _forbids(order: Order, event: OrderEvent, version_seen: int) -> Violation | None:
    if order.version != version_seen:
        return violation("STALE_VERSION/named", what_zh=f"订单 {order.id}", what_en=f"order {order.id}")
    try:
        ORDER_LIFE.transition(order.state, event)
    except TransitionRefused:
        event_zh, event_en = _EVENTS[event]
        return violation(
            "ORDER_STATE",
            order=order.id,
            state_zh=STATES_ZH[order.state],
            state_en=order.state.value,
            event_zh=event_zh,
            event_en=event_en,
        )
    return None


async def move(
    connection: Connection,
    orders: Sequence[Order],
    event: OrderEvent,
    *,
    reason: str = "",
    notice_id: int | None = None,
) -> tuple[Order, ...]:
    """Move locked orders to the state that the event leads to, with a line each in the trail; one statement for all."""
    if not orders:
        return ()
    states = {order.id: ORDER_LIFE.transition(order.state, event).value for order in orders}
    with translated():
        rows = await connection.fetch(
            f"""
            WITH moved AS (
                UPDATE remittance_order o
                SET state = wanted.state, version = o.version + 1, notice_id = coalesce($5, o.notice_id),
                    -- Whoever revises an order still wants to read why it came back.
                    remark = CASE WHEN wanted.state = 'draft' THEN o.remark ELSE $3 END,
                    submitted_at = CASE WHEN wanted.state = 'submitted' THEN now() ELSE o.submitted_at END,
                    decided_at = CASE WHEN wanted.state IN ('draft', 'submitted') THEN NULL ELSE now() END
                FROM unnest($1::bigint[], $2::text[], $4::text[]) AS wanted (order_id, state, from_state)
                WHERE o.id = wanted.order_id
                RETURNING o.*, wanted.from_state),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
                SELECT employer_id, 'order', id, from_state, state, $3 FROM moved)
            SELECT {ORDER_COLUMNS} FROM moved ORDER BY id
            """,
            list(states),
            list(states.values()),
            reason,
            [order.state.value for order in orders],
            notice_id,
        )
    return tuple(order_of(row) for row in rows)
