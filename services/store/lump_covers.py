"""一次性补缴（漏缴）: which months each person's lump sum makes good (D-6, design §12)."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import attrs

from libsubsidy import Month, MonthRange, OrderKind, Policy, Roster, Violation, eligible
from services.store import order_lines, rosters
from services.store.database import Connection
from services.store.first_pages import SKIPPED_TOLD_MAX
from services.store.long_work import off_loop
from services.store.order_lines import Covers
from services.store.orders import Order
from services.store.refusals import RefusedError, refuse
from services.store.rosters import RosterScope
from services.store.violations import translated

_PEOPLE_PER_PART: Final = 1_000


@attrs.frozen(kw_only=True)
class CoverChoice:
    """A month that a person's lump sum may make good, or why not.

    Attributes:
        chosen: it is among those that the draft names.
        reasons: why it cannot be; empty where it can.
    """

    month: Month
    chosen: bool
    reasons: tuple[Violation, ...]


async def put(connection: Connection, order_id: int, version: int, covers: Covers, *, policy: Policy) -> Order:
    """Write which months people's lump sums make good; they replace those that these people had, none takes them away.

    Raises:
        RefusedError: the order is absent, changed, no draft or of another kind; somebody has no amount in it; too many
            months are named.
    """
    order = await order_lines.lock_draft(connection, order_id, version)
    if order.kind is not OrderKind.LUMP_MISSED:
        raise RefusedError(Violation.of("LUMP_COVERS_NOT_ASKED"))
    strangers = await connection.fetch(
        """
        SELECT wanted.person_id FROM unnest($2::bigint[]) AS wanted (person_id)
        WHERE NOT EXISTS (SELECT FROM order_line l WHERE l.order_id = $1 AND l.person_id = wanted.person_id)
        """,
        order_id,
        sorted(covers),
    )
    if strangers:
        raise RefusedError(*(Violation.of("LUMP_COVERS_UNUSED", person=row["person_id"]) for row in strangers))
    return await order_lines.put(connection, order_id, version, (), covers=covers, policy=policy)


async def choices(
    connection: Connection, order: Order, person_id: int, months: MonthRange, *, policy: Policy, today: date
) -> tuple[CoverChoice, ...]:
    """Say of each month whether a person's lump sum may make it good, and whether the draft says so.

    Raises:
        RefusedError: the order is of another kind, or the person does not work here.
    """
    if order.kind is not OrderKind.LUMP_MISSED:
        raise RefusedError(Violation.of("LUMP_COVERS_NOT_ASKED"))
    scope = RosterScope.around(order.employer_id, months, person_ids=[person_id], except_order=order.id, amounts=False)
    member = (await rosters.load(connection, scope)).get(person_id)
    if member is None:
        raise refuse("PERSON_ABSENT")
    chosen = await _chosen(connection, order.id, person_id)
    return tuple(
        CoverChoice(
            month=month,
            chosen=month in chosen,
            reasons=eligible(member.employment, month, OrderKind.LUMP_MISSED, member.live, policy, today),
        )
        for month in months
    )


async def _chosen(connection: Connection, order_id: int, person_id: int) -> frozenset[Month]:
    found = await order_lines.read_covers(connection, order_id, [person_id])
    return found.get(person_id, frozenset())


@attrs.frozen(kw_only=True)
class Copied:
    """An order in which everybody's lump sum makes good the same months.

    Attributes:
        skipped: whose months could not be among them, and why; of very many the first.
        skipped_total: how many they are.
    """

    order: Order
    skipped: tuple[Violation, ...]
    skipped_total: int


async def copy(
    connection: Connection, order_id: int, version: int, person_id: int, *, policy: Policy, today: date
) -> Copied:
    """Let everybody's lump sum make good the months of one person, where theirs may be; say whose may not, and why.

    Raises:
        RefusedError: the order is absent, changed, no draft or of another kind; that person has no months in it.
    """
    order = await order_lines.lock_draft(connection, order_id, version)
    if order.kind is not OrderKind.LUMP_MISSED:
        raise RefusedError(Violation.of("LUMP_COVERS_NOT_ASKED"))
    months = sorted(await _chosen(connection, order_id, person_id))
    if not months:
        raise refuse("LUMP_COVERS_TO_COPY")
    skipped: list[Violation] = []
    skipped_total = 0
    async for rows in order_lines.row_parts(connection, order_id, lines_max=_PEOPLE_PER_PART):
        others = [row["person_id"] for row in rows if row["person_id"] != person_id]
        if not others:
            continue
        scope = RosterScope.around(
            order.employer_id, months, people=(others[0], others[-1]), except_order=order_id, amounts=False
        )
        roster = await rosters.load(connection, scope)
        covers, left_out = await off_loop(len(others) * len(months), _possible, others, months, roster, policy, today)
        skipped += left_out[: SKIPPED_TOLD_MAX - len(skipped)]
        skipped_total += len(left_out)
        with translated():
            await order_lines.write_covers(connection, order, covers, policy)
    changed = await order_lines.recount(connection, order_id, policy)
    return Copied(order=changed, skipped=tuple(skipped), skipped_total=skipped_total)


def _possible(
    people: Sequence[int], months: Sequence[Month], roster: Roster, policy: Policy, today: date
) -> tuple[Covers, list[Violation]]:
    covers: dict[int, frozenset[Month]] = {}
    skipped: list[Violation] = []
    for person_id in people:
        member = roster.get(person_id)
        if member is None:
            skipped.append(Violation.of("NOT_EMPLOYED", person=person_id))
            continue
        possible: set[Month] = set()
        for month in months:
            refusals = eligible(member.employment, month, OrderKind.LUMP_MISSED, member.live, policy, today)
            skipped += refusals
            if not refusals:
                possible.add(month)
        covers[person_id] = frozenset(possible)
    return covers, skipped
