"""Rosters: what the rules of libsubsidy need to know about an employer's people, read in a fixed number of queries.

However many people there are, at most five queries read them all. Of a long history only what can matter for the months asked
is read: the live months among them, the last regular month before, the amounts that can still be carried over.

Twenty thousand people are a hundred thousand small values. Those that repeat (months, amounts, nothing at all) are shared,
because Python's garbage collector stops everything for as long as it takes to look at them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from types import MappingProxyType
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
    Month,
    MonthRange,
    OrderKind,
    OrderState,
    Roster,
)
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.moving_people import SEALED_MONTHS, sealed_months_of
from services.store.shared_values import money_of, month_if_any, month_of

# How MONTH_ALREADY_LIVE names a month that a backfill holds.
BACKFILL_REF: Final = "历史补录"
EVERYBODY: Final = (0, 2**63 - 1)


# Everywhere below people are chosen by IN (SELECT unnest($2)), which PostgreSQL hashes. Its = ANY ($2) compares one by one
# once the statement has a generic plan: 20,000 people took 29 s then.


@attrs.frozen(kw_only=True)
class RosterScope:
    """Whose people are read, and for which months.

    Attributes:
        months: the months that an order asks for; a lump sum's label and the months it covers, too.
        person_ids: only these; None for everybody.
        people: only those with an id from the first to the last, which costs nothing to say of thousands.
        except_order: read as if this order did not exist: it must not stand in its own way when it is judged again.
        except_application: the same of a backfill.
        history: whether the rules ask if somebody has ever remitted, however long ago (D-8); a regular month's do not.
        amounts: whether amounts are proposed or compared; the rules of submitting do neither.
    """

    employer_id: int
    months: MonthRange
    person_ids: Sequence[int] | None = None
    people: tuple[int, int] = EVERYBODY
    except_order: int | None = None
    except_application: int | None = None
    history: bool = True
    amounts: bool = True

    @classmethod
    def around(
        cls,
        employer_id: int,
        months: Iterable[Month],
        *,
        person_ids: Sequence[int] | None = None,
        people: tuple[int, int] = EVERYBODY,
        except_order: int | None = None,
        except_application: int | None = None,
        history: bool = True,
        amounts: bool = True,
    ) -> "RosterScope":
        """Cover some months, in whatever order they come; there is at least one."""
        known = sorted(set(months))
        if person_ids and people == EVERYBODY:
            # A range that they lie in costs nothing to say, and keeps PostgreSQL from looking through everybody's claims.
            people = (min(person_ids), max(person_ids))
        return cls(
            employer_id=employer_id,
            months=MonthRange(known[0], known[-1]),
            person_ids=person_ids,
            people=people,
            except_order=except_order,
            except_application=except_application,
            history=history,
            amounts=amounts,
        )


@attrs.frozen(kw_only=True)
class RosterRows:
    """What was read of a roster, before it is made of it."""

    people: Sequence[Record]
    file_amounts: Sequence[Record]
    designated: Sequence[Record]
    lumps: Sequence[Record]
    claims: Sequence[Record]

    def __len__(self) -> int:
        """Say how much there is to do."""
        return len(self.people) + len(self.file_amounts) + len(self.claims)


async def load(connection: Connection, scope: RosterScope) -> Roster:
    """Read the people in the order of their names; somebody who does not work here is simply not there."""
    rows = await fetch(connection, scope)
    return await off_loop(len(rows), assemble, rows)


async def fetch(connection: Connection, scope: RosterScope) -> RosterRows:
    """Read the rows of a roster alone; what is made of them need not keep the connection waiting."""
    return RosterRows(
        people=await _people(connection, scope),
        file_amounts=await _file_amounts(connection, scope) if scope.amounts else (),
        designated=await _designated(connection, scope) if scope.amounts else (),
        lumps=await _lump_months(connection, scope),
        claims=await _claims(connection, scope),
    )


_NO_AMOUNTS: Final[tuple[FileAmount, ...]] = ()
_NO_MONTHS: Final[frozenset[Month]] = frozenset()
_NOBODY_HOLDS: Final[Mapping[Month, LiveMonth]] = MappingProxyType({})


def assemble(rows: RosterRows) -> Roster:
    """Make a roster of its rows."""
    amounts: dict[int, tuple[FileAmount, ...]] = {}
    for person_id, day, fen in rows.file_amounts:
        amounts[person_id] = (*amounts.get(person_id, _NO_AMOUNTS), _file_amount(day, fen))
    carried: dict[int, list[DesignatedAmount]] = defaultdict(list)
    for person_id, day, fen in rows.designated:
        carried[person_id].append(DesignatedAmount(month=month_of(day), amount=money_of(fen)))
    labels: dict[int, set[Month]] = defaultdict(set)
    for person_id, day in rows.lumps:
        labels[person_id].add(month_of(day))
    live, regular, backfilled = _live_months(rows.claims)
    roster: dict[int, Member] = {}
    for row in rows.people:
        person_id, last_regular = row["person_id"], row["last_regular"]
        if last_regular is not None:
            regular[person_id].add(month_of(last_regular))
        roster[person_id] = Member(
            Employment(
                person_id=person_id,
                name=row["name"],
                start_month=month_if_any(row["start_month"]),
                state=_STATES[row["state"]],
                state_from=month_if_any(row["state_from"]),
                sealed_months=sealed_months_of(row["sealed_months"]),
                paid_through=month_if_any(row["paid_through"]),
                opening_periods=row["opening_periods"],
                regular_months=_months_of(regular, person_id),
                backfilled_months=_months_of(backfilled, person_id),
                lump_months=_months_of(labels, person_id),
                file_amounts=amounts.get(person_id, _NO_AMOUNTS),
                designated=tuple(carried[person_id]) if person_id in carried else (),
                transferred_in=row["transferred_in"],
            ),
            live.get(person_id, _NOBODY_HOLDS),
        )
    return roster


async def _people(connection: Connection, scope: RosterScope) -> list[Record]:
    # An employer does not see employments elsewhere: transferred_in is for the reviewer's advice alone.
    return await connection.fetch(
        f"""
        SELECT e.person_id, p.name, e.start_month, e.state, e.state_from, {SEALED_MONTHS} AS sealed_months, e.paid_through,
               e.opening_periods,
               EXISTS (SELECT FROM employment before
                       WHERE before.person_id = e.person_id AND before.employer_id <> $1) AS transferred_in,
               -- OFFSET 0 makes PostgreSQL walk this person's months from the last one, whatever its statistics say; the
               -- other way, through all claims of an order, took 11 s for 20,000 people on a table not yet analysed.
               CASE WHEN $4 THEN (
                SELECT c.month FROM (SELECT month, order_id FROM claim
                                     WHERE person_id = e.person_id AND employer_id = $1
                                     ORDER BY month DESC OFFSET 0) c
                WHERE EXISTS (SELECT FROM remittance_order o WHERE o.id = c.order_id AND o.kind = 'regular'
                                                               AND o.id IS DISTINCT FROM $3)
                LIMIT 1) END AS last_regular
        FROM employment e JOIN person p ON p.id = e.person_id
        WHERE e.employer_id = $1 AND ($2::bigint[] IS NULL OR e.person_id IN (SELECT unnest($2)))
          AND e.person_id BETWEEN $5 AND $6
        ORDER BY p.name_pinyin, p.name, p.id
        """,
        scope.employer_id,
        scope.person_ids,
        scope.except_order,
        scope.history,
        *scope.people,
    )


async def _file_amounts(connection: Connection, scope: RosterScope) -> list[Record]:
    return await connection.fetch(
        """
        SELECT person_id, effective_month, amount_fen FROM (
            SELECT e.person_id, f.effective_month, f.amount_fen,
                   lead(f.effective_month) OVER (PARTITION BY e.id ORDER BY f.effective_month) AS replaced_month
            FROM employment e JOIN file_amount f ON f.employment_id = e.id
            WHERE e.employer_id = $1 AND ($2::bigint[] IS NULL OR e.person_id IN (SELECT unnest($2)))
              AND e.person_id BETWEEN $5 AND $6
        ) known
        WHERE effective_month <= $4 AND (replaced_month IS NULL OR replaced_month > $3)
        ORDER BY person_id, effective_month
        """,
        *_asked(scope),
    )


async def _designated(connection: Connection, scope: RosterScope) -> list[Record]:
    # What is in draft, sent back or cancelled never carries over (domain §4.2 "Carry-over").
    return await connection.fetch(
        """
        SELECT e.person_id, known.month, known.amount_fen
        FROM employment e CROSS JOIN LATERAL (
            (SELECT l.month, l.amount_fen FROM order_line l JOIN remittance_order o ON o.id = l.order_id
             WHERE l.person_id = e.person_id AND l.source = 'designated' AND l.carry_over AND l.month < $3
               AND o.employer_id = $1 AND o.kind = 'regular' AND o.state IN ('submitted', 'approved', 'credited')
               AND o.id IS DISTINCT FROM $7
             ORDER BY l.month DESC LIMIT 1)
            UNION ALL
            (SELECT l.month, l.amount_fen FROM order_line l JOIN remittance_order o ON o.id = l.order_id
             WHERE l.person_id = e.person_id AND l.source = 'designated' AND l.carry_over
               AND l.month >= $3 AND l.month < $4
               AND o.employer_id = $1 AND o.kind = 'regular' AND o.state IN ('submitted', 'approved', 'credited')
               AND o.id IS DISTINCT FROM $7)) known
        WHERE e.employer_id = $1 AND ($2::bigint[] IS NULL OR e.person_id IN (SELECT unnest($2)))
          AND e.person_id BETWEEN $5 AND $6
        """,
        *_asked(scope),
        scope.except_order,
    )


async def _lump_months(connection: Connection, scope: RosterScope) -> list[Record]:
    return await connection.fetch(
        """
        SELECT l.person_id, l.month FROM remittance_order o JOIN order_line l ON l.order_id = o.id
        WHERE o.employer_id = $1 AND o.kind IN ('lump_difference', 'lump_missed')
          AND o.state IN ('submitted', 'approved', 'credited') AND o.first_month BETWEEN $3 AND $4
          AND ($2::bigint[] IS NULL OR l.person_id IN (SELECT unnest($2))) AND l.person_id BETWEEN $5 AND $6
          AND o.id IS DISTINCT FROM $7
        """,
        *_asked(scope),
        scope.except_order,
    )


async def _claims(connection: Connection, scope: RosterScope) -> list[Record]:
    return await connection.fetch(
        """
        SELECT c.person_id, c.month, c.order_id, c.application_id, holder.name, c.employer_id = $1 AS here, o.kind, o.state,
               -- What is only asked for has not been paid (D-8); asked of the few months that no order holds.
               CASE WHEN c.application_id IS NOT NULL THEN EXISTS (
                   SELECT FROM application a WHERE a.id = c.application_id AND a.state = 'approved') END AS backfilled
        FROM employment e
        JOIN claim c ON c.person_id = e.person_id
        JOIN employer holder ON holder.id = c.employer_id
        LEFT JOIN remittance_order o ON o.id = c.order_id
        WHERE e.employer_id = $1 AND ($2::bigint[] IS NULL OR e.person_id IN (SELECT unnest($2)))
          -- Said of both: PostgreSQL does not carry a range over from one side of a join to the other.
          AND e.person_id BETWEEN $5 AND $6 AND c.person_id BETWEEN $5 AND $6
          AND ($7::bigint IS NULL OR c.order_id IS DISTINCT FROM $7)
          AND ($8::bigint IS NULL OR c.application_id IS DISTINCT FROM $8)
          -- One backfilled month is enough to have remitted (D-8), however long ago.
          AND (c.month BETWEEN $3 AND $4 OR (c.order_id IS NULL AND c.employer_id = $1))
        """,
        *_asked(scope),
        scope.except_order,
        scope.except_application,
    )


def _live_months(
    rows: Sequence[Record],
) -> tuple[dict[int, dict[Month, LiveMonth]], dict[int, set[Month]], dict[int, set[Month]]]:
    """Return who holds which month over the whole fund, and of those the regular and backfilled ones of this employer."""
    live: dict[int, dict[Month, LiveMonth]] = defaultdict(dict)
    regular: dict[int, set[Month]] = defaultdict(set)
    backfilled: dict[int, set[Month]] = defaultdict(set)
    for row in rows:
        person_id, month, order_id = row["person_id"], month_of(row["month"]), row["order_id"]
        live[person_id][month] = _live_month(
            row["name"], order_id, row["application_id"], how_far(row["state"], row["backfilled"])
        )
        if row["here"] and row["backfilled"]:
            backfilled[person_id].add(month)
        elif row["here"] and row["kind"] == OrderKind.REGULAR.value:
            regular[person_id].add(month)
    return live, regular, backfilled


def order_ref(order_id: int | None, application_id: int | None = None) -> str:
    """Name what holds a month in a sentence; other employers' codes are not ours to show.

    >>> order_ref(17), order_ref(None, 3)
    ('#17', '历史补录（申请编号 application-3）')
    """
    return f"{BACKFILL_REF}（申请编号 application-{application_id}）" if order_id is None else f"#{order_id}"


def how_far(order_state: str | None, backfilled: bool | None) -> OrderState | None:  # noqa: FBT001 - two columns.
    """Say how far a held month is; of another employer's order an employer is not shown the state, nor is it told.

    >>> how_far("submitted", None), how_far(None, True), how_far(None, None)
    (<OrderState.SUBMITTED: 'submitted'>, <OrderState.CREDITED: 'credited'>, None)
    """
    if order_state is not None:
        return OrderState(order_state)
    return None if backfilled is None else (OrderState.CREDITED if backfilled else OrderState.SUBMITTED)


def _asked(scope: RosterScope) -> tuple[object, ...]:
    months = scope.months
    return scope.employer_id, scope.person_ids, months.first.first_day, months.last.first_day, *scope.people


_STATES: Final = {state.value: state for state in EmploymentState}


# Shared like months and amounts.
@lru_cache(maxsize=4096)
def _file_amount(day: date, fen: int) -> FileAmount:
    return FileAmount(effective=month_of(day), amount=money_of(fen))


@lru_cache(maxsize=256)
def _live_month(
    employer_name: str, order_id: int | None, application_id: int | None, state: OrderState | None
) -> LiveMonth:
    return LiveMonth(employer_name=employer_name, order_ref=order_ref(order_id, application_id), state=state)


def _months_of(months: Mapping[int, set[Month]], person_id: int) -> frozenset[Month]:
    known = months.get(person_id)
    return _NO_MONTHS if known is None else _shared(frozenset(known))


@lru_cache(maxsize=4096)
def _shared(months: frozenset[Month]) -> frozenset[Month]:
    return months
