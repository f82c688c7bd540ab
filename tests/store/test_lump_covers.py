"""一次性补缴（漏缴）: the months that each person's lump sum makes good (F91, F92, D-6)."""

import pytest

from libsubsidy import EmploymentState, Money, Month, MonthRange, OrderKind, OrderLine
from services.store import lump_covers, order_lines, start_months
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.orders import Order
from services.store.refusals import RefusedError
from tests.store.fund import (
    POLICY,
    START,
    TODAY,
    clerk_of,
    draft,
    employ,
    line,
    new_employee,
    register,
    submit,
    submitted,
)

LABEL = Month(2019, 12)
AUTUMN = frozenset({Month(2019, 10), Month(2019, 11)})


async def lump(db: Connection, employer: Employer, *people: int, kind: OrderKind = OrderKind.LUMP_MISSED) -> Order:
    """Make a draft of lump sums, whose months are not chosen yet."""
    lines: tuple[OrderLine, ...] = tuple(line(each, LABEL, Money(fen=300)) for each in people)
    return await draft(db, employer, *lines, kind=kind)


async def test_months_are_chosen_per_person_and_claimed(db: Connection) -> None:
    """F91: without months the order is refused; with them it is handed in, and holds just these months."""
    employer = await register(db)
    one, two = await employ(db, employer, new_employee(1), new_employee(2))
    order = await lump(db, employer, one, two)
    async with acting(db, clerk_of(employer)):
        order = await lump_covers.put(db, order.id, order.version, {one: AUTUMN}, policy=POLICY)
    with pytest.raises(RefusedError) as caught:
        await submit(db, employer, order)
    assert [("LUMP_COVERS_MISSING", "员工2")] == [(each.code, each.params["name"]) for each in caught.value.violations]
    async with acting(db, clerk_of(employer)):
        order = await lump_covers.put(db, order.id, order.version, {two: frozenset({LABEL})}, policy=POLICY)
        covers = await order_lines.read_covers(db, order.id)
    assert {one: AUTUMN, two: frozenset({LABEL})} == covers
    await submit(db, employer, order)
    claimed = await db.fetch("SELECT person_id, month FROM claim ORDER BY 1, 2")
    assert [(one, month) for month in sorted(AUTUMN)] + [(two, LABEL)] == [
        (row["person_id"], Month.of(row["month"])) for row in claimed
    ]


async def test_each_month_says_whether_it_may_be_chosen(db: Connection) -> None:
    """F92: who has never been remitted may up to the month before the own start; a month that is paid says by what."""
    employer = await register(db)
    (one,) = await employ(db, employer, new_employee(1))
    await submitted(db, employer, line(one, Month(2019, 11)), kind=OrderKind.MONTHLY)
    order = await lump(db, employer, one)
    async with acting(db, clerk_of(employer)):
        order = await lump_covers.put(db, order.id, order.version, {one: frozenset({LABEL})}, policy=POLICY)
        found = await lump_covers.choices(
            db, order, one, MonthRange(Month(2019, 10), START), policy=POLICY, today=TODAY
        )
    assert [
        ("2019-10", False, []),
        ("2019-11", False, ["MONTH_ALREADY_LIVE"]),
        ("2019-12", True, []),
        ("2020-01", False, ["BP_NOT_BEFORE_START"]),
    ] == [(str(each.month), each.chosen, [reason.code for reason in each.reasons]) for each in found]


async def test_one_persons_months_go_to_all_who_can_have_them(db: Connection) -> None:
    """Who is paid for one of them has the others, and is named; a second time changes nothing but the version."""
    employer = await register(db)
    people = await employ(db, employer, *(new_employee(n) for n in range(1, 4)))
    await submitted(db, employer, line(people[2], Month(2019, 11)), kind=OrderKind.MONTHLY)
    order = await lump(db, employer, *people)
    async with acting(db, clerk_of(employer)):
        with pytest.raises(RefusedError) as caught:
            await lump_covers.copy(db, order.id, order.version, people[0], policy=POLICY, today=TODAY)
        assert ["LUMP_COVERS_TO_COPY"] == [each.code for each in caught.value.violations]
        order = await lump_covers.put(db, order.id, order.version, {people[0]: AUTUMN}, policy=POLICY)
        for _ in range(2):
            copied = await lump_covers.copy(db, order.id, order.version, people[0], policy=POLICY, today=TODAY)
            order = copied.order
            assert (1, ["MONTH_ALREADY_LIVE"]) == (copied.skipped_total, [each.code for each in copied.skipped])
            covers = await order_lines.read_covers(db, order.id)
            assert {people[0]: AUTUMN, people[1]: AUTUMN, people[2]: frozenset({Month(2019, 10)})} == covers


async def test_months_are_only_for_missed_months_of_people_in_the_order(db: Connection) -> None:
    """A difference names none; whoever has no amount in the order has no months; what was seen long ago is refused."""
    employer = await register(db)
    one, two = await employ(db, employer, new_employee(1), new_employee(2))
    missed = await lump(db, employer, one)
    difference = await lump(db, employer, one, kind=OrderKind.LUMP_DIFFERENCE)
    async with acting(db, clerk_of(employer)):
        for order, version, person, code in (
            (difference, difference.version, one, "LUMP_COVERS_NOT_ASKED"),
            (missed, missed.version, two, "LUMP_COVERS_UNUSED"),
            (missed, missed.version - 1, one, "STALE_VERSION"),
        ):
            with pytest.raises(RefusedError) as caught:
                await lump_covers.put(db, order.id, version, {person: AUTUMN}, policy=POLICY)
            assert [code] == [each.code for each in caught.value.violations]
        order = await lump_covers.put(db, missed.id, missed.version, {one: AUTUMN}, policy=POLICY)
        await lump_covers.put(db, order.id, order.version, {one: frozenset()}, policy=POLICY)
        assert {} == await order_lines.read_covers(db, missed.id)


async def test_the_start_month_rule_names_whom_it_binds(db: Connection) -> None:
    """F92: never remitted here, begun by that month; the message has the latest month. A remittance lifts it."""
    employer = await register(db)
    one, _, later, _ = await employ(
        db,
        employer,
        new_employee(1),
        new_employee(2, opening_periods=3),
        new_employee(3, start_month=START + 5),
        new_employee(4, state=EmploymentState.SEALED),
    )
    for month, bound in (
        (START - 1, []),
        (START, [(one, "2019-12")]),
        (START + 5, [(one, "2019-12"), (later, "2020-05")]),
    ):
        async with acting(db, clerk_of(employer)):
            found = await start_months.limited(db, employer.id, month, policy=POLICY, today=TODAY)
        names = {one: "员工1", later: "员工3"}
        assert (len(bound), [(names[person], latest) for person, latest in bound]) == (
            found.total,
            [(each.params["name"], each.params["latest"]) for each in found.reasons],
        )
    await submitted(db, employer, line(one, START + 1))
    async with acting(db, clerk_of(employer)):
        assert 0 == (await start_months.limited(db, employer.id, START, policy=POLICY, today=TODAY)).total
