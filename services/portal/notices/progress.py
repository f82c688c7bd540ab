"""How far a payment is: 提交 → 审核 → 待缴款 → 银行已到 → 已入账, for a notice and for each of its orders alike.

What is done and what is to come is read from the states themselves; the trail (`services.store.timelines`) tells who and
why. Draw it with the macro in notices/templates/timeline.html, in a part of the page that follows the news of orders,
notices and cases:

    facts["progress"] = await progress.of_order(call.connection, order)
    {% from "notices/templates/timeline.html" import timeline with context %}
    {{ timeline(progress) }}
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Final

import attrs

from libsubsidy import NoticeState, OrderState, Text
from libsubsidy.catalogue.decisions import VERDICT_WORDS
from services.store import notices, orders, stray_payments
from services.store.cases import OVER
from services.store.database import Connection
from services.store.notices import Notice, Payment
from services.store.orders import Order
from services.store.stray_payments import StrayPayment


class Stage(Enum):
    """The stages, in order."""

    SUBMITTED = "submitted"
    REVIEWED = "reviewed"
    DUE = "due"
    RECEIVED = "received"
    CREDITED = "credited"


class Mark(Enum):
    """Where a stage stands.

    Attributes:
        NOW: this is what is waited for.
        STOPPED: it goes no further without somebody doing something; the note says what.
    """

    DONE = "done"
    NOW = "now"
    STOPPED = "stopped"
    TO_COME = "to_come"


@attrs.frozen(kw_only=True)
class Step:
    """One stage.

    Attributes:
        zh: the stage in Chinese.
        at: when it was done, or stopped.
        on: the bank's day, where the bank tells no time.
        note: what to know or to do, in Chinese; empty where nothing is to be said.
    """

    stage: Stage
    zh: str
    mark: Mark
    at: datetime | None
    on: date | None
    note: str


STAGES_ZH: Final = {
    Stage.SUBMITTED: "提交",
    Stage.REVIEWED: "审核",
    Stage.DUE: "待缴款",
    Stage.RECEIVED: "银行已到",
    Stage.CREDITED: "已入账",
}
_SENT_BACK: Final = frozenset({OrderState.RETURNED, OrderState.REJECTED})


async def of_order(connection: Connection, order: Order) -> tuple[Step, ...]:
    """Tell how far an order is."""
    if order.notice_id is None:
        return steps((order,))
    return await of_notice(connection, await notices.get(connection, order.notice_id), (order,))


async def of_notice(connection: Connection, notice: Notice, of: Sequence[Order] = ()) -> tuple[Step, ...]:
    """Tell how far a notice is, with regard to all of its orders, or to those that are given."""
    paid_by = of or await orders.of_notice(connection, notice.id)
    payment, strays = None, ()  # type: Payment | None, tuple[StrayPayment, ...]
    if notice.state is NoticeState.PAID:
        payment = await notices.payment(connection, notice.id)
    elif notice.state is NoticeState.AWAITING:
        strays = await stray_payments.of_employer(connection, notice.employer_id)
    return steps(paid_by, notice, payment, stray_payments.meant_for(strays, notice.memo))


def steps(
    of: Sequence[Order],
    notice: Notice | None = None,
    payment: Payment | None = None,
    strays: Sequence[StrayPayment] = (),
) -> tuple[Step, ...]:
    """Tell how far orders are that go together: to one notice, or one order that has none yet."""
    if notice is None:
        return _before_notice(of[0])
    submitted = max((order.submitted_at for order in of if order.submitted_at), default=None)
    # An order that was cancelled was decided twice; a notice that joins others came after its orders were approved.
    reviewed = min((notice.created_at, *(order.decided_at for order in of if order.decided_at)))
    begun = (_step(Stage.SUBMITTED, Mark.DONE, submitted), _step(Stage.REVIEWED, Mark.DONE, reviewed))
    if notice.state is NoticeState.AWAITING:
        return (*begun, *_awaiting(notice, strays))
    if notice.state is NoticeState.PAID:
        on = None if payment is None else payment.paid_on
        settled = notice.decided_at if payment is None else payment.settled_at
        return (
            *begun,
            _step(Stage.DUE, Mark.DONE, notice.created_at),
            _step(Stage.RECEIVED, Mark.DONE, None if on else settled, on=on),
            _step(Stage.CREDITED, Mark.DONE, settled, note="已记入每位职工的明细账"),
        )
    note = "已合并到另一张缴费通知，这个摘要不再有效"
    if notice.state is NoticeState.CANCELLED:
        reasons = "；".join(dict.fromkeys(order.remark for order in of if order.remark))
        note = f"住建局已取消：{reasons}" if reasons else "住建局已取消"
    return (*begun, _step(Stage.DUE, Mark.STOPPED, notice.decided_at, note=note), *_to_come(2))


def _before_notice(order: Order) -> tuple[Step, ...]:
    if order.state is OrderState.DRAFT:
        note = "等待同事复核" if order.waits_for_colleague else "草稿，还没有提交"
        return (_step(Stage.SUBMITTED, Mark.NOW, note=note), *_to_come(4))
    if order.state is OrderState.RETRACTED:
        note = "已撤回，修改后可以再次提交"
        return (_step(Stage.SUBMITTED, Mark.STOPPED, order.decided_at, note=note), *_to_come(4))
    submitted = _step(Stage.SUBMITTED, Mark.DONE, order.submitted_at)
    if order.state in _SENT_BACK:
        verdict = "已退回，修改后可以再次提交" if order.state is OrderState.RETURNED else "已拒绝"
        note = f"{verdict}：{order.remark}" if order.remark else verdict
        return (submitted, _step(Stage.REVIEWED, Mark.STOPPED, order.decided_at, note=note), *_to_come(3))
    return (submitted, _step(Stage.REVIEWED, Mark.NOW, note="等待住建局审核"), *_to_come(3))


def _awaiting(notice: Notice, strays: Sequence[StrayPayment]) -> tuple[Step, ...]:
    waiting = [each for each in strays if each.state not in OVER]
    if not waiting:
        return (_step(Stage.DUE, Mark.NOW, notice.created_at, note="请按通知的金额和摘要转账"), *_to_come(2))
    last = max(waiting, key=lambda each: each.case_id)
    words = VERDICT_WORDS.get(f"{last.kind.value} {last.reason}") or Text(zh=last.reason, en=last.reason)
    return (
        _step(Stage.DUE, Mark.NOW, notice.created_at, note="仍在等待：请按通知的金额和摘要转账"),
        _step(Stage.RECEIVED, Mark.STOPPED, on=last.booked, note=f"收到 {last.amount} 元，没有入账。{words.zh}"),
        *_to_come(1),
    )


def _step(stage: Stage, mark: Mark, at: datetime | None = None, *, on: date | None = None, note: str = "") -> Step:
    return Step(stage=stage, zh=STAGES_ZH[stage], mark=mark, at=at, on=on, note=note)


def _to_come(last: int) -> tuple[Step, ...]:
    return tuple(_step(stage, Mark.TO_COME) for stage in tuple(Stage)[-last:])
