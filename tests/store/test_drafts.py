"""Drafts: proposals, sources of amounts, and what is refused; the calls over HTTP are in tests/portal/test_orders.py."""

import attrs
import pytest

from libsubsidy import AmountSource, FileAmount, Money, Month, MonthRange, OrderKind
from services.store import drafts, order_lines, orders
from services.store.database import Connection, acting
from services.store.drafts import LinesRefusedError, TypedLine
from services.store.employers import Employer
from services.store.order_lines import LINES_PER_PART
from services.store.orders import Order
from services.store.refusals import RefusedError
from tests.store.fund import POLICY, START, TODAY, clerk_of, employ, line, new_employee, register, submitted

NEXT = START + 1


async def empty(db: Connection, employer: Employer, kind: OrderKind = OrderKind.REGULAR, last: Month = NEXT) -> Order:
    """Make a draft for the second month, or from it on."""
    return await orders.create(db, employer.id, kind, MonthRange(NEXT, last))


async def test_filling_takes_everybody_who_can_be_paid(db: Connection) -> None:
    """With the file's or the carried amount; who is paid already or has no amount is not there."""
    employer = await register(db)
    one, two, _, taken = await employ(
        db,
        employer,
        new_employee(1),
        new_employee(2, file_amount=FileAmount(effective=START - 1, amount=Money(fen=5))),
        new_employee(3, file_amount=None),
        new_employee(4),
    )
    await submitted(db, employer, line(two, START, Money(fen=7)))
    await submitted(db, employer, line(taken, NEXT))
    async with acting(db, clerk_of(employer)):
        order = await drafts.fill(db, await empty(db, employer), policy=POLICY, today=TODAY)
        lines = await order_lines.read(db, order.id)
    assert [(one, 50_000, AmountSource.FILE), (two, 7, AmountSource.CARRIED)] == [
        (each.person_id, each.amount.fen, each.source) for each in lines
    ]
    assert (50_007, 2) == (order.total.fen, order.person_count)


async def test_filling_nobody_leaves_the_draft_empty(db: Connection) -> None:
    """A month in which nobody can be paid gives an empty draft, not an error."""
    employer = await register(db)
    async with acting(db, clerk_of(employer)):
        order = await drafts.fill(db, await empty(db, employer), policy=POLICY, today=TODAY)
    assert 0 == order.line_count


@pytest.mark.parametrize("count", [1, 501])
async def test_a_page_of_any_size_is_judged_alike(db: Connection, count: int) -> None:
    """Few lines are judged at once, many in a thread; the places of the wrong ones are the same."""
    employer = await register(db)
    people = await employ(db, employer, *map(new_employee, range(count)))
    typed = [TypedLine(person_id=person, month=NEXT) for person in people]
    wrong = TypedLine(person_id=people[0], month=NEXT + 1)
    async with acting(db, clerk_of(employer)):
        order = await empty(db, employer)
        with pytest.raises(LinesRefusedError) as caught:
            await drafts.put(db, order.id, order.version, [*typed, wrong], policy=POLICY)
        changed = await drafts.put(db, order.id, order.version, typed, policy=POLICY)
    assert ((count,), count) == (caught.value.places, changed.line_count)


async def test_a_stale_page_is_refused(db: Connection) -> None:
    """Whoever saw another version writes nothing."""
    employer = await register(db)
    (one,) = await employ(db, employer, new_employee(1))
    async with acting(db, clerk_of(employer)):
        order = await empty(db, employer, OrderKind.MONTHLY)
        typed = [TypedLine(person_id=one, month=NEXT, amount=Money(fen=1))]
        await drafts.put(db, order.id, order.version, typed, policy=POLICY)
        with pytest.raises(RefusedError) as caught:
            await drafts.put(db, order.id, order.version, typed, policy=POLICY)
    assert ["STALE_VERSION"] == [found.code for found in caught.value.violations]


async def test_removing_takes_the_covered_months_along(db: Connection) -> None:
    """A lump sum that is taken out of the draft leaves no months behind that would still be claimed."""
    employer = await register(db)
    one, two = await employ(db, employer, new_employee(1), new_employee(2))
    covers = frozenset({START - 3, START - 2})
    async with acting(db, clerk_of(employer)):
        order = await empty(db, employer, OrderKind.LUMP_MISSED)
        typed = [TypedLine(person_id=each, month=NEXT, amount=Money(fen=1), covers=covers) for each in (one, two)]
        order = await drafts.put(db, order.id, order.version, typed, policy=POLICY)
        await drafts.put(db, order.id, order.version, [], remove=[(one, NEXT)], policy=POLICY)
        assert {two: covers} == await order_lines.read_covers(db, order.id)
        assert [two] == [each.person_id for each in await order_lines.read(db, order.id)]


async def test_a_lump_sum_names_only_so_many_months(db: Connection) -> None:
    """As many as the policy allows are written and read again; one more is refused at once, and says whose line."""
    employer = await register(db)
    people = await employ(db, employer, *map(new_employee, range(12)))
    most = frozenset(START - months for months in range(1, POLICY.lump_missed_months_max + 1))
    typed = [TypedLine(person_id=each, month=NEXT, amount=Money(fen=1), covers=most) for each in people]
    wrong = attrs.evolve(typed[-1], covers=most | {START})
    async with acting(db, clerk_of(employer)):
        order = await empty(db, employer, OrderKind.LUMP_MISSED)
        with pytest.raises(LinesRefusedError) as caught:
            await drafts.put(db, order.id, order.version, [*typed[:-1], wrong], policy=POLICY)
        await drafts.put(db, order.id, order.version, typed, policy=POLICY)
        covers = await order_lines.read_covers(db, order.id)
    assert ([("LUMP_COVERS_TOO_MANY", len(most) + 1)], (11,)) == (
        [(found.code, found.params["months"]) for found in caught.value.violations],
        caught.value.places,
    )
    assert sum(map(len, covers.values())) > LINES_PER_PART, "read in more than one part"
    assert dict.fromkeys(people, most) == covers
