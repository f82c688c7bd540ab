"""The sheet of a draft: everybody who can be paid for a month, with the proposal and with what the draft has (F80-F85).

Whoever opens a sheet of twenty thousand people keeps nobody else waiting: they are read and judged some thousands at a time,
each part in a thread, and what is kept of them are columns. Python's garbage collector would stop everything to look through
twenty thousand rows.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

import attrs
from asyncpg import Record

from libsubsidy import (
    AmountSource,
    Money,
    Month,
    OrderKind,
    Policy,
    Violation,
    default_amount,
    eligible,
    file_amount,
)
from services.store import rosters
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.orders import Order
from services.store.rosters import RosterRows, RosterScope
from services.store.shared_values import money_of

_PEOPLE_PER_PART: Final = 4_000
# A lump sum's amounts are all typed.
_PROPOSED: Final = frozenset({OrderKind.REGULAR, OrderKind.MONTHLY})
_SOURCES: Final = {source.value: source for source in AmountSource}


@attrs.define
class OrderSheet:
    """All rows of one month of a draft, as columns in the order of the names' pinyin.

    Attributes:
        pinyins: of the names, by which the sheet is sorted and searched.
        id_numbers: without the middle.
        proposals: the amount that a new line begins with; None when one must be typed.
        sources: where the proposal comes from.
        file_amounts: 每月缴费金额 on file for the month.
        amounts: what the draft has for this month; None: the employee is not ticked.
        amount_sources: where that came from when it was written.
        carry_over: False: 仅本月.
        broken: why somebody who stands in the draft cannot be paid for this month (any more), by person.
        missing: how many of the employer's people are not in the sheet, because they cannot be paid.
    """

    order: Order
    month: Month
    person_ids: list[int] = attrs.field(factory=list)
    names: list[str] = attrs.field(factory=list)
    pinyins: list[str] = attrs.field(factory=list)
    id_numbers: list[str] = attrs.field(factory=list)
    proposals: list[Money | None] = attrs.field(factory=list)
    sources: list[AmountSource | None] = attrs.field(factory=list)
    file_amounts: list[Money | None] = attrs.field(factory=list)
    amounts: list[Money | None] = attrs.field(factory=list)
    amount_sources: list[AmountSource | None] = attrs.field(factory=list)
    carry_over: list[bool] = attrs.field(factory=list)
    broken: dict[int, tuple[Violation, ...]] = attrs.field(factory=dict)
    missing: int = 0

    def take(self, part: "_Part", judges: "_Judges") -> None:
        """Judge some people and add those who are in the sheet."""
        identities = {person_id: (pinyin, id_number) for person_id, pinyin, id_number in part.identities}
        drafted = {person_id: (fen, source, carry_over) for person_id, fen, source, carry_over in part.lines}
        for person_id, name, own in part.people():
            line = drafted.get(person_id)
            judged = judges.judged(own)
            if not judged.payable:
                if line is None:
                    self.missing += 1
                    continue
                self.broken[person_id] = judges.reasons(own)
            pinyin, id_number = identities[person_id]
            self.person_ids.append(person_id)
            self.names.append(name)
            self.pinyins.append(pinyin)
            self.id_numbers.append(id_number)
            self.proposals.append(judged.proposal)
            self.sources.append(judged.source)
            self.file_amounts.append(judged.file_amount)
            self.amounts.append(None if line is None else money_of(line[0]))
            self.amount_sources.append(None if line is None else _SOURCES[line[1]])
            self.carry_over.append(line is None or line[2])

    def sort(self) -> None:
        """Put the rows into the order of the names: parts come by ids."""
        keys = list(zip(self.pinyins, self.names, self.person_ids, strict=True))
        places = sorted(range(len(keys)), key=keys.__getitem__)
        for column in _columns_of(self):
            column[:] = [column[place] for place in places]


def _columns_of(sheet: OrderSheet) -> tuple[list[Any], ...]:
    return (
        sheet.person_ids,
        sheet.names,
        sheet.pinyins,
        sheet.id_numbers,
        sheet.proposals,
        sheet.sources,
        sheet.file_amounts,
        sheet.amounts,
        sheet.amount_sources,
        sheet.carry_over,
    )


@attrs.frozen
class _Judged:
    """What the library says about somebody for the month."""

    payable: bool
    proposal: Money | None
    source: AmountSource | None
    file_amount: Money | None


@attrs.frozen
class _Judges:
    """The library's rules for one month of an order; of people with equal facts the first one is asked for all.

    Names and ids decide nothing, so that twenty thousand people are a few hundred questions.
    """

    order: Order
    month: Month
    policy: Policy
    today: date
    _known: dict[tuple[object, ...], _Judged] = attrs.field(factory=dict)

    def judged(self, own: RosterRows) -> _Judged:
        """Judge one person."""
        ((_, _, *facts),) = own.people
        known_by = (own.file_amounts, own.designated, own.lumps, own.claims)
        key = (*map(_fixed, facts), *(tuple(tuple(row)[1:] for row in rows) for rows in known_by))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._judge(own)
        return known

    def reasons(self, own: RosterRows) -> tuple[Violation, ...]:
        """Say in words why somebody cannot be paid."""
        (member,) = rosters.assemble(own).values()
        return eligible(member.employment, self.month, self.order.kind, member.live, self.policy, self.today)

    def _judge(self, own: RosterRows) -> _Judged:
        (member,) = rosters.assemble(own).values()
        payable = not self.reasons(own)
        proposes = payable and self.order.kind in _PROPOSED
        proposed = default_amount(member.employment, self.month) if proposes else None
        on_file = file_amount(member.employment, self.month)
        return _Judged(
            payable=payable,
            proposal=None if proposed is None else proposed.amount,
            source=None if proposed is None else proposed.source,
            file_amount=None if on_file is None else on_file.amount,
        )


def _fixed(fact: object) -> object:
    """Give a value that can be a key; the months of earlier seals come as a list."""
    return tuple(fact) if isinstance(fact, list) else fact


@attrs.frozen
class _Part:
    """Some people, as they were read."""

    known: RosterRows
    identities: Sequence[Record]
    lines: Sequence[Record]

    def people(self) -> Iterator[tuple[int, str, RosterRows]]:
        """Give each person's id, name and own rows."""
        known = self.known
        amounts, designated = _by_person(known.file_amounts), _by_person(known.designated)
        lumps, claims = _by_person(known.lumps), _by_person(known.claims)
        for person in known.people:
            person_id = person["person_id"]
            own = RosterRows(
                people=(person,),
                file_amounts=amounts.get(person_id, ()),
                designated=designated.get(person_id, ()),
                lumps=lumps.get(person_id, ()),
                claims=claims.get(person_id, ()),
            )
            yield person_id, person["name"], own


def _by_person(rows: Sequence[Record]) -> dict[int, tuple[Record, ...]]:
    found: dict[int, tuple[Record, ...]] = {}
    for row in rows:
        person_id = row["person_id"]
        found[person_id] = (*found.get(person_id, ()), row)
    return found


async def load(connection: Connection, order: Order, month: Month, *, policy: Policy, today: date) -> OrderSheet:
    """Read the sheet of an order's month.

    What the order itself holds does not stand in its way. Who cannot be paid is not in the sheet, unless the order has a
    line: then the sheet says why (`OrderSheet.broken`).

    Args:
        connection: inside the caller's transaction.
        order: a draft, or what became of one.
        month: one of its months.
        policy: the bureau's numbers.
        today: the day of the bureau.
    """
    sheet = OrderSheet(order, month)
    judges = _Judges(order, month, policy, today)
    for people in await _parts(connection, order.employer_id):
        scope = RosterScope.around(
            order.employer_id,
            [month],
            people=people,
            except_order=order.id,
            history=order.kind is not OrderKind.REGULAR,
        )
        known = await rosters.fetch(connection, scope)
        part = _Part(
            known,
            await _identities(connection, order.employer_id, people),
            await _lines(connection, order.id, month, people),
        )
        await off_loop(len(known), sheet.take, part, judges)
    await off_loop(len(sheet.person_ids), sheet.sort)
    return sheet


async def _parts(connection: Connection, employer_id: int) -> list[tuple[int, int]]:
    """Divide an employer's people by their ids: the first and the last of each part."""
    rows = await connection.fetch(
        """
        SELECT min(person_id), max(person_id) FROM (
            SELECT person_id, (row_number() OVER (ORDER BY person_id) - 1) / $2 AS part
            FROM employment WHERE employer_id = $1) known
        GROUP BY part ORDER BY part
        """,
        employer_id,
        _PEOPLE_PER_PART,
    )
    return [(row[0], row[1]) for row in rows]


async def _identities(connection: Connection, employer_id: int, people: tuple[int, int]) -> list[Record]:
    # Masked as every list masks it, by what stands there: an old system may have left numbers that libsubsidy refuses (D-2).
    return await connection.fetch(
        """
        SELECT p.id, p.name_pinyin, left(p.id_number, 4) || '**********' || substr(p.id_number, 15)
        FROM employment e JOIN person p ON p.id = e.person_id
        WHERE e.employer_id = $1 AND e.person_id BETWEEN $2 AND $3
        """,
        employer_id,
        *people,
    )


async def _lines(connection: Connection, order_id: int, month: Month, people: tuple[int, int]) -> list[Record]:
    return await connection.fetch(
        """
        SELECT person_id, amount_fen, source, carry_over FROM order_line
        WHERE order_id = $1 AND month = $2 AND person_id BETWEEN $3 AND $4
        """,
        order_id,
        month.first_day,
        *people,
    )
