"""Rosters: what the rules of libsubsidy need to know about an employer's people, read in a fixed number of queries.

However many people there are, five queries read them all. Of a long history only what can matter for the months asked
is read: the live months among them, the last regular month before, the amounts that can still be carried over.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import (
    DesignatedAmount,
    Employment,
    EmploymentState,
    FileAmount,
    LiveMonth,
    Member,
    Money,
    Month,
    MonthRange,
    OrderKind,
    Roster,
)
from services.store.database import Connection

# How MONTH_ALREADY_LIVE names a month that no order holds.
BACKFILL_REF: Final = "历史补录"


# Everywhere below people are chosen by IN (SELECT unnest($2)), which PostgreSQL hashes. Its = ANY ($2) compares one by one
# once the statement has a generic plan: 20,000 people took 29 s then.


@attrs.frozen(kw_only=True)
class RosterScope:
    """Whose people are read, and for which months.

    Attributes:
        months: the months that an order asks for; a lump sum's label and the months it covers, too.
        person_ids: only these; None for everybody.
        except_order: read as if this order did not exist: it must not stand in its own way when it is judged again.
    """

    employer_id: int
    months: MonthRange
    person_ids: Sequence[int] | None = None
    except_order: int | None = None

    @classmethod
    def around(
        cls,
        employer_id: int,
        months: Iterable[Month],
        *,
        person_ids: Sequence[int] | None = None,
        except_order: int | None = None,
    ) -> "RosterScope":
        """Cover some months, in whatever order they come; there is at least one."""
        known = sorted(set(months))
        return cls(
            employer_id=employer_id,
            months=MonthRange(known[0], known[-1]),
            person_ids=person_ids,
            except_order=except_order,
        )


async def load(connection: Connection, scope: RosterScope) -> Roster:
    """Read the people in the order of their names; somebody who does not work here is simply not there."""
    people = await _people(connection, scope)
    amounts = await _file_amounts(connection, scope)
    designated = await _designated(connection, scope)
    lumps = await _lump_months(connection, scope)
    live, regular, backfilled = await _live_months(connection, scope)
    roster: dict[int, Member] = {}
    for row in people:
        person_id = row["person_id"]
        if row["last_regular"] is not None:
            regular[person_id].add(Month.of(row["last_regular"]))
        roster[person_id] = Member(
            Employment(
                person_id=person_id,
                name=row["name"],
                start_month=_month(row["start_month"]),
                state=EmploymentState(row["state"]),
                state_from=_month(row["state_from"]),
                paid_through=_month(row["paid_through"]),
                opening_periods=row["opening_periods"],
                regular_months=frozenset(regular[person_id]),
                backfilled_months=frozenset(backfilled[person_id]),
                lump_months=frozenset(lumps[person_id]),
                file_amounts=tuple(amounts[person_id]),
                designated=tuple(designated[person_id]),
                transferred_in=row["transferred_in"],
            ),
            live[person_id],
        )
    return roster


async def _people(connection: Connection, scope: RosterScope) -> list[Record]:
    # An employer does not see employments elsewhere: transferred_in is for the reviewer's advice alone.
    return await connection.fetch(
        """
        SELECT e.person_id, p.name, e.start_month, e.state, e.state_from, e.paid_through, e.opening_periods,
               EXISTS (SELECT FROM employment before
                       WHERE before.person_id = e.person_id AND before.employer_id <> $1) AS transferred_in,
               -- OFFSET 0 makes PostgreSQL walk this person's months from the last one, whatever its statistics say; the
               -- other way, through all claims of an order, took 11 s for 20,000 people on a table not yet analysed.
               (SELECT c.month FROM (SELECT month, order_id FROM claim
                                     WHERE person_id = e.person_id AND employer_id = $1
                                     ORDER BY month DESC OFFSET 0) c
                WHERE EXISTS (SELECT FROM remittance_order o WHERE o.id = c.order_id AND o.kind = 'regular'
                                                               AND o.id IS DISTINCT FROM $3)
                LIMIT 1) AS last_regular
        FROM employment e JOIN person p ON p.id = e.person_id
        WHERE e.employer_id = $1 AND ($2::bigint[] IS NULL OR e.person_id IN (SELECT unnest($2)))
        ORDER BY p.name_pinyin, p.name, p.id
        """,
        scope.employer_id,
        scope.person_ids,
        scope.except_order,
    )


async def _file_amounts(connection: Connection, scope: RosterScope) -> dict[int, list[FileAmount]]:
    rows = await connection.fetch(
        """
        SELECT * FROM (
            SELECT e.person_id, f.effective_month, f.amount_fen,
                   lead(f.effective_month) OVER (PARTITION BY e.id ORDER BY f.effective_month) AS replaced_month
            FROM employment e JOIN file_amount f ON f.employment_id = e.id
            WHERE e.employer_id = $1 AND ($2::bigint[] IS NULL OR e.person_id IN (SELECT unnest($2)))
        ) known
        WHERE effective_month <= $4 AND (replaced_month IS NULL OR replaced_month > $3)
        ORDER BY person_id, effective_month
        """,
        *_asked(scope),
    )
    found: dict[int, list[FileAmount]] = defaultdict(list)
    for row in rows:
        amount = Money(fen=row["amount_fen"])
        found[row["person_id"]].append(FileAmount(effective=Month.of(row["effective_month"]), amount=amount))
    return found


async def _designated(connection: Connection, scope: RosterScope) -> dict[int, list[DesignatedAmount]]:
    # What is in draft, sent back or cancelled never carries over (domain §4.2 "Carry-over").
    rows = await connection.fetch(
        """
        SELECT e.person_id, known.month, known.amount_fen
        FROM employment e CROSS JOIN LATERAL (
            (SELECT l.month, l.amount_fen FROM order_line l JOIN remittance_order o ON o.id = l.order_id
             WHERE l.person_id = e.person_id AND l.source = 'designated' AND l.carry_over AND l.month < $3
               AND o.employer_id = $1 AND o.kind = 'regular' AND o.state IN ('submitted', 'approved', 'credited')
               AND o.id IS DISTINCT FROM $5
             ORDER BY l.month DESC LIMIT 1)
            UNION ALL
            (SELECT l.month, l.amount_fen FROM order_line l JOIN remittance_order o ON o.id = l.order_id
             WHERE l.person_id = e.person_id AND l.source = 'designated' AND l.carry_over
               AND l.month >= $3 AND l.month < $4
               AND o.employer_id = $1 AND o.kind = 'regular' AND o.state IN ('submitted', 'approved', 'credited')
               AND o.id IS DISTINCT FROM $5)) known
        WHERE e.employer_id = $1 AND ($2::bigint[] IS NULL OR e.person_id IN (SELECT unnest($2)))
        """,
        *_asked(scope),
        scope.except_order,
    )
    found: dict[int, list[DesignatedAmount]] = defaultdict(list)
    for row in rows:
        amount = Money(fen=row["amount_fen"])
        found[row["person_id"]].append(DesignatedAmount(month=Month.of(row["month"]), amount=amount))
    return found


async def _lump_months(connection: Connection, scope: RosterScope) -> dict[int, set[Month]]:
    rows = await connection.fetch(
        """
        SELECT l.person_id, l.month FROM remittance_order o JOIN order_line l ON l.order_id = o.id
        WHERE o.employer_id = $1 AND o.kind IN ('lump_difference', 'lump_missed')
          AND o.state IN ('submitted', 'approved', 'credited') AND o.first_month BETWEEN $3 AND $4
          AND ($2::bigint[] IS NULL OR l.person_id IN (SELECT unnest($2))) AND o.id IS DISTINCT FROM $5
        """,
        *_asked(scope),
        scope.except_order,
    )
    found: dict[int, set[Month]] = defaultdict(set)
    for row in rows:
        found[row["person_id"]].add(Month.of(row["month"]))
    return found


async def _live_months(
    connection: Connection, scope: RosterScope
) -> tuple[dict[int, dict[Month, LiveMonth]], dict[int, set[Month]], dict[int, set[Month]]]:
    """Return who holds which month over the whole fund, and of those the regular and backfilled ones of this employer."""
    rows = await connection.fetch(
        """
        SELECT c.person_id, c.month, c.order_id, holder.name, c.employer_id = $1 AS here, o.kind
        FROM employment e
        JOIN claim c ON c.person_id = e.person_id
        JOIN employer holder ON holder.id = c.employer_id
        LEFT JOIN remittance_order o ON o.id = c.order_id
        WHERE e.employer_id = $1 AND ($2::bigint[] IS NULL OR e.person_id IN (SELECT unnest($2)))
          AND ($5::bigint IS NULL OR c.order_id IS DISTINCT FROM $5)
          -- One backfilled month is enough to have remitted (D-8), however long ago.
          AND (c.month BETWEEN $3 AND $4 OR (c.order_id IS NULL AND c.employer_id = $1))
        """,
        *_asked(scope),
        scope.except_order,
    )
    live: dict[int, dict[Month, LiveMonth]] = defaultdict(dict)
    regular: dict[int, set[Month]] = defaultdict(set)
    backfilled: dict[int, set[Month]] = defaultdict(set)
    for row in rows:
        person_id, month, order_id = row["person_id"], Month.of(row["month"]), row["order_id"]
        live[person_id][month] = LiveMonth(employer_name=row["name"], order_ref=order_ref(order_id))
        if row["here"] and order_id is None:
            backfilled[person_id].add(month)
        elif row["here"] and row["kind"] == OrderKind.REGULAR.value:
            regular[person_id].add(month)
    return live, regular, backfilled


def order_ref(order_id: int | None) -> str:
    """Name an order in a sentence; other employers' codes are not ours to show.

    >>> order_ref(17), order_ref(None)
    ('#17', '历史补录')
    """
    return BACKFILL_REF if order_id is None else f"#{order_id}"


def _asked(scope: RosterScope) -> tuple[object, ...]:
    return scope.employer_id, scope.person_ids, scope.months.first.first_day, scope.months.last.first_day


def _month(day: date | None) -> Month | None:
    return None if day is None else Month.of(day)
