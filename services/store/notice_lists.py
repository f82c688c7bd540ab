"""Notices as lists show them: what each asks money for; and for the bureau whose it is."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from libsubsidy import Memo, Money, MonthRange, NoticeState, OrderKind
from services.store.database import Connection
from services.store.notices import Notice, notice_of
from services.store.orders import Order
from services.store.shared_values import month_of

NOTICES_LISTED_MAX: Final = 200

_MATCHING: Final = """
    FROM payment_notice n JOIN employer e ON e.id = n.employer_id
    WHERE ($4::bigint IS NULL OR n.employer_id = $4) AND ($1::text IS NULL OR n.state = $1)
      AND ($2 = '' OR strpos(e.name, $2) > 0 OR e.code = $2 OR n.employer_code || 'x' || n.order_code || 'o' = $3)
"""


@attrs.frozen(kw_only=True)
class Purpose:
    """An order that a notice asks money for."""

    order_id: int
    kind: OrderKind
    months: MonthRange
    people: int
    total: Money


@attrs.frozen(kw_only=True)
class NoticeFilter:
    """Which notices.

    Attributes:
        state: None: in whatever state.
        text: a part of the employer's name, its code, or a memo.
        employer_id: None: of whatever employer.
    """

    state: NoticeState | None = None
    text: str = ""
    employer_id: int | None = None


@attrs.frozen(kw_only=True)
class ListedNotice:
    """A notice and whose it is."""

    notice: Notice
    employer_name: str


def purpose_of(order: Order) -> Purpose:
    """Give an order as what its notice asks money for."""
    return Purpose(
        order_id=order.id, kind=order.kind, months=order.months, people=order.person_count, total=order.total
    )


async def purposes(connection: Connection, notice_ids: Sequence[int]) -> Mapping[int, tuple[Purpose, ...]]:
    """Return what each notice asks money for, or did until it was joined into another one."""
    rows = await connection.fetch(
        """
        WITH asked AS (
            SELECT notice_id, id FROM remittance_order WHERE notice_id = ANY ($1)
            UNION ALL SELECT id, unnest(joined_orders) FROM payment_notice WHERE id = ANY ($1))
        SELECT asked.notice_id, id, o.kind, o.first_month, o.last_month, o.person_count, o.total_fen
        FROM asked JOIN remittance_order o USING (id) ORDER BY asked.notice_id, id
        """,
        list(notice_ids),
    )
    found: dict[int, tuple[Purpose, ...]] = {}
    for row in rows:
        purpose = Purpose(
            order_id=row["id"],
            kind=OrderKind(row["kind"]),
            months=MonthRange(month_of(row["first_month"]), month_of(row["last_month"])),
            people=row["person_count"],
            total=Money(fen=row["total_fen"]),
        )
        found[row["notice_id"]] = (*found.get(row["notice_id"], ()), purpose)
    return found


async def newest(
    connection: Connection, *, state: NoticeState | None, before: int | None, limit: int
) -> tuple[Notice, ...]:
    """Return the newest notices of all employers, those made before `before` (a notice's id) if it is given."""
    rows = await connection.fetch(
        """
        SELECT * FROM payment_notice
        WHERE ($1::bigint IS NULL OR id < $1) AND ($2::text IS NULL OR state = $2) ORDER BY id DESC LIMIT $3
        """,
        before,
        None if state is None else state.value,
        min(limit, NOTICES_LISTED_MAX + 1),  # One more tells whether there is another page.
    )
    return tuple(notice_of(row) for row in rows)


async def count(connection: Connection, wanted: NoticeFilter) -> int:
    """Count such notices, of all employers that the asker may see."""
    number: int = await connection.fetchval(f"SELECT count(*) {_MATCHING}", *_asked(wanted))
    return number


async def part(connection: Connection, wanted: NoticeFilter, *, offset: int, limit: int) -> tuple[ListedNotice, ...]:
    """Return some of such notices, the newest first."""
    rows = await connection.fetch(
        f"SELECT n.*, e.name AS employer_name {_MATCHING} ORDER BY n.id DESC OFFSET $5 LIMIT $6",
        *_asked(wanted),
        offset,
        min(limit, NOTICES_LISTED_MAX),
    )
    return tuple(ListedNotice(notice=notice_of(row), employer_name=row["employer_name"]) for row in rows)


def _asked(wanted: NoticeFilter) -> tuple[str | None, str, str, int | None]:
    text = wanted.text.strip()
    # Whoever pastes what a payer wrote finds the notice by its beginning.
    try:
        text = memo = str(Memo.parse(text))
    except ValueError:
        memo = ""
    return None if wanted.state is None else wanted.state.value, text, memo, wanted.employer_id
