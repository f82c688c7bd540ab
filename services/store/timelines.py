"""What happened to an order or a notice, when, by whom and why, in one list: what is otherwise asked by telephone.

The trail (`services.store.audit`) names actors as the system knows them. An employer reads its own users' names, and of
everybody else only which office it was: names of the bureau's people are not the employer's business.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import NoticeState, OrderState
from services.store import notices, orders
from services.store.database import Connection

EVENTS_MAX: Final = 500

_OFFICES: Final = (
    ("user/", ("住建局", "the bureau")),
    ("command line", ("住建局", "the bureau")),
    ("reconciler", ("银行对账", "bank reconciliation")),
)


@attrs.frozen(kw_only=True)
class TimelineEvent:
    """One change of state.

    Attributes:
        subject_kind: ``order`` or ``notice``.
        from_state: empty for something new.
        who_zh: the own user's name, or the office.
        state_zh: the new state in words.
        reason: why, as the deciding person wrote it; empty when nobody had to say.
        paid_on: the day on which the bank booked the money, when that is what happened.
    """

    at: datetime
    subject_kind: str
    subject_id: int
    from_state: str
    to_state: str
    state_zh: str
    state_en: str
    who_zh: str
    who_en: str
    reason: str
    paid_on: date | None


async def of_order(connection: Connection, order_id: int) -> tuple[TimelineEvent, ...]:
    """Return what happened to an order and to the notices that it was to be paid by, oldest first.

    Raises:
        RefusedError: ABSENT.
    """
    order = await orders.get(connection, order_id)
    return await _told(connection, [order.id], [] if order.notice_id is None else [order.notice_id])


async def of_notice(connection: Connection, notice_id: int) -> tuple[TimelineEvent, ...]:
    """Return what happened to a notice and its orders, oldest first.

    Raises:
        RefusedError: ABSENT.
    """
    notice = await notices.get(connection, notice_id)
    rows = await connection.fetch("SELECT id FROM remittance_order WHERE notice_id = $1 ORDER BY id", notice.id)
    return await _told(connection, [row["id"] for row in rows], [notice.id])


async def _told(
    connection: Connection, order_ids: Sequence[int], notice_ids: Sequence[int]
) -> tuple[TimelineEvent, ...]:
    rows = await connection.fetch(
        """
        -- A notice that was joined into another one belongs to the story of both.
        WITH told AS (
            SELECT 'order' AS kind, unnest($1::bigint[]) AS id
            UNION ALL SELECT 'notice', unnest($2::bigint[])
            UNION ALL SELECT 'notice', id FROM payment_notice WHERE merged_into = ANY ($2))
        SELECT a.at, a.subject_kind, a.subject_id, a.from_state, a.to_state, a.reason, a.actor, u.name AS user_name,
               CASE WHEN a.subject_kind = 'notice' AND a.to_state = 'paid' THEN s.paid_on END AS paid_on
        FROM told JOIN audit_event a ON a.subject_kind = told.kind AND a.subject_id = told.id
        LEFT JOIN portal_user u ON u.id = substring(a.actor FROM '^user/([0-9]{1,18})$')::bigint
        LEFT JOIN settlement s ON a.subject_kind = 'notice' AND s.notice_id = a.subject_id
        -- Of what one transaction did, the notice comes before its orders.
        ORDER BY a.at, a.id LIMIT $3
        """,
        list(order_ids),
        list(notice_ids),
        EVENTS_MAX,
    )
    return tuple(_event(row) for row in rows)


def _event(row: Record) -> TimelineEvent:
    facts = dict(row.items())
    who_zh, who_en = who(str(facts.pop("actor")), facts.pop("user_name"))
    states_zh = _STATES_ZH.get(str(facts["subject_kind"]), {})
    state = str(facts["to_state"])
    return TimelineEvent(
        **facts,
        state_zh=states_zh.get(state, state),
        state_en=state,
        who_zh=who_zh,
        who_en=who_en,
    )


_STATES_ZH: Final[Mapping[str, Mapping[str, str]]] = {
    "order": {state.value: orders.STATES_ZH[state] for state in OrderState},
    "notice": {state.value: notices.STATES_ZH[state] for state in NoticeState},
}


def who(actor: str, user_name: object) -> tuple[str, str]:
    """Name an actor.

    >>> who("user/17", "王芳"), who("user/18", None), who("reconciler", None)
    (('王芳', '王芳'), ('住建局', 'the bureau'), ('银行对账', 'bank reconciliation'))
    """
    if user_name is not None:
        return str(user_name), str(user_name)
    for beginning, name in _OFFICES:
        if actor.startswith(beginning):
            return name
    return "系统", "the system"
