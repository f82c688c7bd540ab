"""全部应用第一页信息 in the store: F94, I18; domain §4.2; the rule is in tests/libsubsidy/test_first_page.py."""

from collections.abc import Sequence

import pytest

from libsubsidy import AmountSource, FileAmount, Money, Month, MonthRange, OrderKind, OrderLine, Policy
from services.store import back_payments, drafts, first_pages, order_lines, orders, submissions
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.orders import Order
from services.store.refusals import RefusedError
from tests.store.fund import AMOUNT, POLICY, START, TODAY, clerk_of, employ, line, new_employee, register

# Somebody who begins in START may be back-paid for these, over a year's end.
FIRST = Month(2019, 6)
YEAR = MonthRange(FIRST, FIRST + 11)


async def drafted(
    db: Connection,
    employer: Employer,
    *lines: OrderLine,
    months: MonthRange = YEAR,
    kind: OrderKind = OrderKind.MONTHLY,
) -> Order:
    """Make a draft with lines."""
    order = await orders.create(db, employer.id, kind, months)
    return await order_lines.put(db, order.id, order.version, lines, policy=POLICY)


def pages_of(lines: Sequence[OrderLine]) -> dict[str, list[tuple[int, int]]]:
    """Give people and fen by month."""
    pages: dict[str, list[tuple[int, int]]] = {}
    for each in lines:
        pages.setdefault(str(each.month), []).append((each.person_id, each.amount.fen))
    return pages


async def test_every_month_gets_the_first_page_over_a_years_end(db: Connection) -> None:
    """F94: nobody has been remitted, so each is filled up to the month before the own start, and the others are named."""
    employer = await register(db)
    one, two = await employ(
        db,
        employer,
        new_employee(1, start_month=FIRST + 12),
        new_employee(2, start_month=START, file_amount=FileAmount(effective=FIRST, amount=AMOUNT)),
    )
    async with acting(db, clerk_of(employer)):
        order = await drafted(db, employer, line(one, FIRST, Money(fen=7)), line(two, FIRST))
        applied = await first_pages.apply(db, order.id, order.version, policy=POLICY, today=TODAY)
        lines = await order_lines.read(db, order.id)
    both = [(one, 7), (two, AMOUNT.fen)]
    assert {str(month): both if month < START else both[:1] for month in YEAR} == pages_of(lines)
    assert [("BP_NOT_BEFORE_START", str(START + n)) for n in range(5)] == [
        (each.code, each.params["month"]) for each in applied.skipped
    ]
    assert (5, 17) == (applied.skipped_total, applied.changed)
    assert (19, 2, 12 * 7 + 7 * AMOUNT.fen) == (
        applied.order.line_count,
        applied.order.person_count,
        applied.order.total.fen,
    )
    sources = {each.person_id: each.source for each in lines if each.month != FIRST}
    assert {one: AmountSource.DESIGNATED, two: AmountSource.FILE} == sources


async def test_a_second_time_changes_nothing(db: Connection) -> None:
    """I18: not even the version; so that two clicks are one."""
    employer = await register(db)
    people = await employ(db, employer, *(new_employee(n) for n in range(1, 4)))
    months = MonthRange(FIRST, FIRST + 2)
    async with acting(db, clerk_of(employer)):
        order = await drafted(db, employer, *(line(each, FIRST) for each in people), months=months)
        once = (await first_pages.apply(db, order.id, order.version, policy=POLICY, today=TODAY)).order
        lines = await order_lines.read(db, order.id)
        twice = await first_pages.apply(db, once.id, once.version, overwrite=False, policy=POLICY, today=TODAY)
        assert (0, once) == (twice.changed, twice.order)
        assert lines == await order_lines.read(db, order.id)


async def test_pages_that_differ_are_overwritten_only_when_that_is_wanted(db: Connection) -> None:
    """F94: another amount, somebody more, somebody less: the months are named; an empty page asks nothing."""
    employer = await register(db)
    one, two, three = await employ(db, employer, *(new_employee(n) for n in range(1, 4)))
    edits = (
        *(line(each, FIRST) for each in (one, two)),
        *(line(one, FIRST + 1, Money(fen=1)), line(two, FIRST + 1)),
        *(line(each, FIRST + 2) for each in (one, two, three)),
        line(one, FIRST + 3),
        *(line(each, FIRST + 4) for each in (one, two)),
    )
    async with acting(db, clerk_of(employer)):
        order = await drafted(db, employer, *edits, months=MonthRange(FIRST, FIRST + 5))
        with pytest.raises(RefusedError) as caught:
            await first_pages.apply(db, order.id, order.version, overwrite=False, policy=POLICY, today=TODAY)
        (found,) = caught.value.violations
        assert ("PAGES_EDITED", "2019-07、2019-08、2019-09") == (found.code, found.params["months"])
        assert len(edits) == len(await order_lines.read(db, order.id)), "nothing was written"
        await first_pages.apply(db, order.id, order.version, policy=POLICY, today=TODAY)
        pages = pages_of(await order_lines.read(db, order.id))
    assert {str(FIRST + n): [(one, AMOUNT.fen), (two, AMOUNT.fen)] for n in range(6)} == pages


async def test_the_orders_of_a_split_take_the_first_page_of_the_first(db: Connection) -> None:
    """F90, F94: thirteen months are two orders, and the second one has the same people; no other order's page is taken."""
    employer = await register(db)
    (one,) = await employ(db, employer, new_employee(1, start_month=FIRST + 13))
    async with acting(db, clerk_of(employer)):
        first, second = await back_payments.split(
            db, employer.id, MonthRange(FIRST, FIRST + 12), policy=POLICY, today=TODAY
        )
        await order_lines.put(db, first.id, first.version, [line(one, FIRST, Money(fen=7))], policy=POLICY)
        applied = await first_pages.apply(
            db, second.id, second.version, first_page_of=first.id, policy=POLICY, today=TODAY
        )
        lines = await order_lines.read(db, second.id)
        assert {str(FIRST + 12): [(one, 7)]} == pages_of(lines)
        assert (first.id, first.id) == (applied.order.part_of, first.part_of)
        stranger = await drafted(db, employer, line(one, FIRST))
        for order, source in ((applied.order, stranger), (stranger, first), (first, second)):
            seen = await orders.get(db, order.id)
            with pytest.raises(RefusedError) as caught:
                await first_pages.apply(db, seen.id, seen.version, first_page_of=source.id, policy=POLICY, today=TODAY)
            assert ["FIRST_PAGE_OF_PARTS_ONLY"] == [found.code for found in caught.value.violations]


async def test_what_is_refused_leaves_the_draft_alone(db: Connection) -> None:
    """A stale version, another kind, a first page that would be too much in all months."""
    employer = await register(db)
    people = await employ(db, employer, *(new_employee(n) for n in range(1, 3)))
    async with acting(db, clerk_of(employer)):
        monthly = await drafted(db, employer, *(line(each, FIRST) for each in people))
        regular = await drafted(
            db, employer, line(people[0], START), months=MonthRange(START, START), kind=OrderKind.REGULAR
        )
        for order, version, policy, code in (
            (monthly, monthly.version - 1, POLICY, "STALE_VERSION"),
            (regular, regular.version, POLICY, "FIRST_PAGE_OF_MONTHLY_ONLY"),
            (monthly, monthly.version, Policy(order_lines_max=23), "ORDER_TOO_LARGE"),
        ):
            with pytest.raises(RefusedError) as caught:
                await first_pages.apply(db, order.id, version, policy=policy, today=TODAY)
            assert [code] == [found.code for found in caught.value.violations]
        applied = await first_pages.apply(
            db, monthly.id, monthly.version, policy=Policy(order_lines_max=24), today=TODAY
        )
    assert 22 == applied.changed + applied.skipped_total


async def test_people_of_many_parts_are_all_there(db: Connection) -> None:
    """Parts of whole people: however small they are, the result is that of the whole."""
    employer = await register(db)
    people = await employ(db, employer, *(new_employee(n, start_month=FIRST + 12) for n in range(1, 8)))
    async with acting(db, clerk_of(employer)):
        # Somebody of a later page alone goes; whoever is on the first comes to all.
        lines = [*(line(each, FIRST) for each in people[:6]), line(people[6], FIRST + 1)]
        order = await drafted(db, employer, *lines)
        applied = await first_pages.apply(db, order.id, order.version, policy=POLICY, today=TODAY, people_per_part=2)
        pages = pages_of(await order_lines.read(db, order.id))
    assert {str(month): [(each, AMOUNT.fen) for each in people[:6]] for month in YEAR} == pages
    assert (72, 0) == (applied.order.line_count, applied.skipped_total)


async def test_twenty_thousand_people_are_back_paid_for_a_year(db: Connection) -> None:
    """F94, F95, domain §4.2 "20,000 rows": 240,000 lines are drafted and handed in, on a database without statistics."""
    employer = await register(db)
    on_file = FileAmount(effective=FIRST, amount=AMOUNT)
    newcomers = (new_employee(n, start_month=FIRST + 12, file_amount=on_file) for n in range(20_000))
    await employ(db, employer, *newcomers)
    async with acting(db, clerk_of(employer)):
        order = await drafts.fill(
            db, await orders.create(db, employer.id, OrderKind.MONTHLY, YEAR), policy=POLICY, today=TODAY
        )
        applied = await first_pages.apply(db, order.id, order.version, policy=POLICY, today=TODAY)
        handed_in = await submissions.submit(
            db, order.id, applied.order.version, policy=POLICY, today=TODAY, shown=Money(fen=240_000 * AMOUNT.fen)
        )
    assert (240_000, 20_000, 0) == (handed_in.line_count, handed_in.person_count, applied.skipped_total)
    assert 240_000 == await db.fetchval("SELECT count(*) FROM claim WHERE order_id = $1", order.id)
