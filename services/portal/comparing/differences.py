"""How differences between two lists of lines are shown, of a file with a draft and of a month with the one before."""

from collections.abc import Mapping, Sequence

import attrs

from libsubsidy import AmountSource, Comparison, Difference, DifferenceKind, Money, OrderLine
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.wire import Id
from services.store import candidates
from services.store.candidates import Candidate
from services.store.database import Connection


@attrs.frozen(kw_only=True)
class ControlTotal:
    """Count and sum by which a list is checked."""

    people: int
    total: Money


@attrs.frozen(kw_only=True)
class ComparedView:
    """What two lists come to beside each other.

    Attributes:
        before: of the earlier list.
        after: of the later one.
        joined: how many are in the later list only.
        left: how many are in the earlier list only.
        changed: how many have another amount.
        unchanged: how many are the same.
    """

    before: ControlTotal
    after: ControlTotal
    joined: int
    left: int
    changed: int
    unchanged: int


@attrs.frozen(kw_only=True)
class LineOfList:
    """A line in one of two lists.

    Attributes:
        source: file: 每月缴费金额; carried: an earlier designated amount; designated: typed.
        this_month_only: 仅本月.
    """

    amount: Money
    source: AmountSource
    this_month_only: bool


@attrs.frozen(kw_only=True)
class DifferenceView:
    """One person who differs.

    Attributes:
        id_number: without the middle.
        before: null for somebody who joined.
        after: null for somebody who left.
    """

    employee_id: Id
    name: str
    id_number: str
    kind: DifferenceKind
    before: LineOfList | None
    after: LineOfList | None


@attrs.frozen(kw_only=True)
class DifferencesQuery(PageQuery):
    """Which differences.

    Attributes:
        kind: joined, left or changed; all of them where it is left out.
    """

    kind: DifferenceKind | None = None


def compared(found: Comparison) -> ComparedView:
    """Show counts and totals."""
    return ComparedView(
        before=ControlTotal(people=found.before.employees, total=found.before.amount),
        after=ControlTotal(people=found.after.employees, total=found.after.amount),
        joined=len(found.joined),
        left=len(found.left),
        changed=len(found.changed),
        unchanged=found.unchanged,
    )


def wanted(found: Comparison, kind: DifferenceKind | None) -> tuple[Difference, ...]:
    """Give the differences of a kind, or all."""
    return found.differences if kind is None else found.of_kind(kind)


async def page(
    connection: Connection, employer_id: int, found: Comparison, query: DifferencesQuery
) -> Page[DifferenceView]:
    """Show a page of the differences."""
    offset = min(query.after_id() or 0, 2**31 - 1)
    shown = tuple(enumerate(wanted(found, query.kind), start=1))[offset : offset + query.limit + 1]
    people = await candidates.of_ids(connection, employer_id, [each.person_id for _, each in shown])
    return page_of(shown, query, lambda numbered: view(numbered[1], people), lambda numbered: (numbered[0],))


async def views(
    connection: Connection, employer_id: int, differences: Sequence[Difference]
) -> tuple[DifferenceView, ...]:
    """Show some differences."""
    people = await candidates.of_ids(connection, employer_id, [each.person_id for each in differences])
    return tuple(view(each, people) for each in differences)


def view(each: Difference, people: Mapping[int, Candidate]) -> DifferenceView:
    """Show one difference."""
    person = people.get(each.person_id)
    return DifferenceView(
        employee_id=Id(each.person_id),
        name="" if person is None else person.name,
        id_number="" if person is None else person.id_number_masked,
        kind=each.kind,
        before=_line(each.before),
        after=_line(each.after),
    )


def _line(line: OrderLine | None) -> LineOfList | None:
    if line is None:
        return None
    return LineOfList(amount=line.amount, source=line.source, this_month_only=not line.carry_over)
