"""What the bureau decides about submitted orders: approve, return, reject.

Approving is one transaction: the orders' state, one notice with its memo, the events and the trail, or nothing of it
(I26). The rules that may have changed since the order was submitted are asked once more under the lock.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import Final

from libsubsidy import NoticeEvent, OrderEvent, Policy, Violation
from services.store import claims, notices, order_contents, orders, outbox
from services.store.database import Connection
from services.store.notices import Issued
from services.store.order_contents import Judgement
from services.store.orders import Order
from services.store.outbox import NewEvent
from services.store.reasons import written_reason
from services.store.refusals import VIOLATIONS_TOLD_MAX, RefusedError, limit_list, violation

# A reviewer looks at what goes into one notice.
ORDERS_PER_NOTICE_MAX: Final = 200
# An order that was submitted stays payable when an employee is sealed or leaves afterwards (D-9).
_NOT_ASKED_AGAIN: Final = frozenset({"SEALED", "TRANSFER_IN_PROCESS", "ENDED"})


async def approve(
    connection: Connection,
    seen: Mapping[int, int],
    *,
    join: Sequence[int] = (),
    policy: Policy,
    today: date,
    rng: Random,
) -> Issued:
    """Approve orders of one employer and issue one notice for all of them.

    Args:
        connection: inside the caller's transaction.
        seen: the orders' ids and the version of each that the reviewer saw.
        join: awaiting notices whose orders are to be paid with these (合并缴款); their own memos end.
        policy: the bureau's numbers.
        today: the day of the bureau.
        rng: where the order code's randomness comes from.

    Raises:
        RefusedError: an order was changed or decided meanwhile, breaks a rule by now, or is not what was submitted.
    """
    limit_list(tuple(seen), ORDERS_PER_NOTICE_MAX)
    employer_id = await notices.lock_employer_of(connection, order_ids=tuple(seen), notice_ids=join)
    joined = await notices.lock_for(connection, NoticeEvent.MERGE, join)
    locked = await orders.lock_for(connection, OrderEvent.APPROVE, seen)
    broken: list[Violation] = []
    total = 0
    for order in locked:
        judgement = await order_contents.judge(
            connection, order, policy, today, except_order=order.id, passing_over=_NOT_ASKED_AGAIN
        )
        changed = await _changed_since(connection, order, judgement)
        broken += [*changed, *judgement.broken]
        total += len(changed) + judgement.broken_total
    if broken:
        raise RefusedError(*broken[:VIOLATIONS_TOLD_MAX], total=total)
    issued = await notices.issue(connection, employer_id, locked, joined, policy=policy, rng=rng)
    await outbox.append(connection, [_approved_event(order, issued.notice.id) for order in locked])
    return issued


async def send_back(connection: Connection, order_id: int, version: int, reason: str) -> Order:
    """Return an order for correction; its months are free again.

    Raises:
        RefusedError: it was changed or decided meanwhile, or no reason is given.
    """
    return await _end(connection, order_id, version, OrderEvent.RETURN, reason)


async def reject(connection: Connection, order_id: int, version: int, reason: str) -> Order:
    """Reject an order for good; its months are free again.

    Raises:
        RefusedError: it was changed or decided meanwhile, or no reason is given.
    """
    return await _end(connection, order_id, version, OrderEvent.REJECT, reason)


async def _end(connection: Connection, order_id: int, version: int, event: OrderEvent, reason: str) -> Order:
    why = written_reason(reason)
    locked = await orders.lock_for(connection, event, {order_id: version})
    await claims.release(connection, [order_id])
    (ended,) = await orders.move(connection, locked, event, reason=why)
    return ended


async def _changed_since(connection: Connection, order: Order, now: Judgement) -> list[Violation]:
    """Prove that lines and claims are those that were submitted: this is where money begins to be asked for (I1)."""
    same = (order.total, order.line_count, order.person_count) == (now.total, now.lines, now.people)
    if same and await claims.count(connection, [order.id]) == now.claims:
        return []
    return [violation("ORDER_CHANGED", order=order.id)]


def _approved_event(order: Order, notice_id: int) -> NewEvent:
    return NewEvent(
        type="order.approved.v1",
        subject=f"order/{order.id}",
        body={
            "order_id": str(order.id),
            "employer_id": str(order.employer_id),
            "kind": order.kind.value,
            "amount": str(order.total),
            "first_month": str(order.months.first),
            "last_month": str(order.months.last),
            "people": order.person_count,
            "notice_id": str(notice_id),
        },
    )
