"""What waits for an employer: what was returned, what is half done, what is to be paid, checked or answered (F25).

Each kind is one short statement on an index; together they are asked once for the home page. What is most urgent comes
first, and of each kind the oldest.
"""

from datetime import date, datetime
from enum import Enum
from typing import Final

import attrs

from libsubsidy import Memo, Money
from services.store.database import Connection

TODOS_MAX: Final = 50


class TodoKind(Enum):
    """What is to be done, the most urgent first."""

    INITIALISE = "initialise"
    RETURNED = "returned"
    PAY = "pay"
    RECEIVE = "receive"
    CHECK = "check"
    DRAFT = "draft"


@attrs.frozen(kw_only=True)
class Todo:
    """One thing to do.

    Attributes:
        of: what it is about: a kind of application, ``order``, ``notice`` or ``transfer``.
        number: its id; 0 for what has none.
        remark: why it was returned, or handed back by a colleague.
        people: how many it concerns.
        amount: what is to be paid, or what it comes to.
        memo: with which a notice is paid.
        since: when it came to be so.
    """

    kind: TodoKind
    of: str
    number: int
    remark: str
    people: int
    amount: Money
    memo: Memo | None
    since: datetime | None


async def of_employer(connection: Connection, employer_id: int, today: date) -> tuple[Todo, ...]:
    """Read what waits for an employer; a transfer can be answered until its last day."""
    rows = await connection.fetch(
        f"""
        SELECT 'initialise' AS kind, 'initialise' AS of, 0 AS number, '' AS remark, 0 AS people, 0 AS fen,
            '' AS employer_code, '' AS order_code, NULL::timestamptz AS since
        FROM employer WHERE id = $1 AND initialised_at IS NULL
        UNION ALL
        SELECT 'returned', kind, id, remark, line_count, total_fen, '', '', decided_at
        FROM application WHERE employer_id = $1 AND state = 'returned'
        UNION ALL
        SELECT 'returned', 'order', id, remark, person_count, total_fen, '', '', decided_at
        FROM remittance_order WHERE employer_id = $1 AND state = 'returned'
        UNION ALL
        SELECT 'pay', 'notice', id, '', 0, amount_fen, employer_code, order_code, created_at
        FROM payment_notice WHERE employer_id = $1 AND state = 'awaiting'
        UNION ALL
        SELECT 'receive', 'transfer', id, '', 1, 0, '', '', started_at
        FROM transfer WHERE to_employer_id = $1 AND state = 'started' AND answer_until >= $2
        UNION ALL
        SELECT 'check', kind, id, remark, line_count, total_fen, '', '', submitted_at
        FROM application WHERE employer_id = $1 AND state = 'draft'
        UNION ALL
        SELECT CASE WHEN prepared_by <> '' THEN 'check' ELSE 'draft' END, 'order', id, '', person_count, total_fen, '', '',
            created_at
        FROM remittance_order WHERE employer_id = $1 AND state = 'draft'
        LIMIT {TODOS_MAX}
        """,
        employer_id,
        today,
    )
    found = (
        Todo(
            kind=TodoKind(row["kind"]),
            of=row["of"],
            number=row["number"],
            remark=row["remark"],
            people=row["people"],
            amount=Money(fen=row["fen"]),
            memo=Memo(employer_code=row["employer_code"], order_code=row["order_code"]) if row["order_code"] else None,
            since=row["since"],
        )
        for row in rows
    )
    order = tuple(TodoKind)
    return tuple(sorted(found, key=lambda todo: (order.index(todo.kind), todo.since is None, todo.since, todo.number)))
