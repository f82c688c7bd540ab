"""Large orders are read and judged in parts; what is found does not depend on where the parts end."""

import asyncio
from collections.abc import Callable

import pytest

from libsubsidy import EmploymentState, Money, MonthRange, OrderKind
from services.store import claims, order_contents, order_lines, submissions
from services.store.database import Connection, acting
from services.store.order_lines import LINES_PER_PART
from services.store.refusals import VIOLATIONS_TOLD_MAX, RefusedError
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
    submitted,
)

MONTHS = MonthRange(START - 3, START - 1)


@pytest.mark.parametrize("lines_max", [1, 2, 3, 4, 5, 6, 11, 12, 13])
async def test_a_person_is_never_divided(db: Connection, lines_max: int) -> None:
    """Four people in three months: wherever a part may end, it ends between two people, and nothing is lost."""
    employer = await register(db)
    people = await employ(db, employer, *map(new_employee, range(4)))
    order = await draft(
        db, employer, *(line(person, month) for person in people for month in MONTHS), kind=OrderKind.MONTHLY
    )
    async with acting(db, clerk_of(employer)):
        parts = [part async for part in order_lines.row_parts(db, order.id, lines_max=lines_max)]
        whole = await order_lines.read(db, order.id)
    assert whole == tuple(each for part in parts for each in order_lines.lines_of(part))
    persons = [{each["person_id"] for each in part} for part in parts]
    assert (4, set()) == (sum(map(len, persons)), {len(part) for part in parts} - {3, 6, 9, 12})


async def test_an_empty_order_has_one_empty_part(db: Connection) -> None:
    """So that the rules can say that it is empty."""
    employer = await register(db)
    order = await draft(db, employer, months=MONTHS, kind=OrderKind.MONTHLY)
    async with acting(db, clerk_of(employer)):
        parts = [part async for part in order_lines.row_parts(db, order.id)]
        judgement = await order_contents.judge(db, order, POLICY, TODAY)
    assert ([[]], ["EMPTY_ORDER"]) == (parts, [found.code for found in judgement.broken])


@pytest.mark.parametrize("lines_max", [1, 4, 100])
async def test_what_is_found_does_not_depend_on_the_parts(db: Connection, lines_max: int) -> None:
    """Sums, claims and every violation, each of them once."""
    employer = await register(db)
    sealed = new_employee(2, state=EmploymentState.SEALED)
    people = await employ(db, employer, new_employee(1), sealed, new_employee(3))
    held = await submitted(db, employer, line(people[0], MONTHS.last), kind=OrderKind.MONTHLY)
    lines = (line(person, month, Money(fen=person)) for person in people for month in MONTHS)
    order = await draft(db, employer, *lines, kind=OrderKind.MONTHLY)
    async with acting(db, clerk_of(employer)):
        judgement = await order_contents.judge(db, order, POLICY, TODAY, lines_max=lines_max)
    assert (3 * sum(people), 9, 3, 9) == (
        judgement.total.fen,
        judgement.lines,
        judgement.people,
        judgement.claims,
    )
    assert ["MONTH_ALREADY_LIVE", "SEALED", "SEALED", "SEALED"] == [found.code for found in judgement.broken]
    assert f"#{held.id}" == judgement.broken[0].params["order"]


async def test_a_late_refusal_leaves_no_early_claims(db: Connection) -> None:
    """The last person of a large order is sealed: the months of thousands before are free again, without a rollback."""
    employer = await register(db)
    last = new_employee(LINES_PER_PART + 1, state=EmploymentState.SEALED)
    people = await employ(db, employer, *map(new_employee, range(LINES_PER_PART)), last)
    order = await draft(db, employer, *(line(person, START) for person in people))
    async with acting(db, clerk_of(employer)):
        with pytest.raises(RefusedError) as caught:
            await submissions.submit(db, order.id, order.version, policy=POLICY, today=TODAY)
        assert (["SEALED"], 0) == (
            [found.code for found in caught.value.violations],
            await claims.count(db, [order.id]),
        )


async def test_a_large_order_claims_every_month(db: Connection) -> None:
    """What was submitted in parts is claimed and counted whole."""
    employer = await register(db)
    people = await employ(db, employer, *map(new_employee, range(LINES_PER_PART + 1)))
    order = await draft(db, employer, *(line(person, START) for person in people))
    async with acting(db, clerk_of(employer)):
        order = await submissions.submit(
            db, order.id, order.version, policy=POLICY, today=TODAY, shown=Money(fen=50_000 * len(people))
        )
        assert len(people) == order.person_count == await claims.count(db, [order.id])


@pytest.mark.parametrize("lines_max", [100, 10_000])
async def test_of_very_many_violations_the_first_are_kept_and_all_counted(db: Connection, lines_max: int) -> None:
    """Everybody is sealed: the first are told, how many there are is true, and so it is of the refusal."""
    employer = await register(db)
    count = VIOLATIONS_TOLD_MAX + 50
    people = await employ(db, employer, *(new_employee(n, state=EmploymentState.SEALED) for n in range(count)))
    order = await draft(db, employer, *(line(person, START) for person in people))
    async with acting(db, clerk_of(employer)):
        judgement = await order_contents.judge(db, order, POLICY, TODAY, lines_max=lines_max)
        with pytest.raises(RefusedError) as caught:
            await submissions.submit(db, order.id, order.version, policy=POLICY, today=TODAY, shown=Money(fen=1))
    assert (VIOLATIONS_TOLD_MAX, count) == (len(judgement.broken), judgement.broken_total)
    assert judgement.broken == caught.value.violations[:VIOLATIONS_TOLD_MAX]
    assert count + 1 == caught.value.total, "the sum that was shown is wrong, too"
    assert f"and {count + 1 - 5} more" in str(caught.value)


async def test_what_is_passed_over_hides_nothing(db: Connection) -> None:
    """However many violations are not asked for, one that is asked for is found behind them."""
    employer = await register(db)
    sealed = (new_employee(n, state=EmploymentState.SEALED) for n in range(VIOLATIONS_TOLD_MAX + 1))
    people = await employ(db, employer, *sealed, new_employee(VIOLATIONS_TOLD_MAX + 1))
    await submitted(db, employer, line(people[-1], START))
    order = await draft(db, employer, *(line(person, START) for person in people))
    async with acting(db, clerk_of(employer)):
        judgement = await order_contents.judge(db, order, POLICY, TODAY, passing_over={"SEALED"})
    assert (["MONTH_ALREADY_LIVE"], 1) == ([found.code for found in judgement.broken], judgement.broken_total)


async def test_few_lines_that_cover_many_months_are_judged_off_the_loop(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the months that take the time: two people with two lines have hundreds of them."""
    left: list[str] = []
    to_thread = asyncio.to_thread

    async def noted(work: Callable[..., object], *args: object, **kwargs: object) -> object:
        left.append(work.__name__)
        return await to_thread(work, *args, **kwargs)

    monkeypatch.setattr(asyncio, "to_thread", noted)
    employer = await register(db)
    people = await employ(db, employer, *map(new_employee, range(2)))
    months = frozenset(START - number for number in range(1, POLICY.lump_missed_months_max + 1))
    covers = dict.fromkeys(people, months)
    order = await draft(
        db, employer, *(line(each, START) for each in people), kind=OrderKind.LUMP_MISSED, covers=covers
    )
    async with acting(db, clerk_of(employer)):
        judgement = await order_contents.judge(db, order, POLICY, TODAY)
    assert 2 * POLICY.lump_missed_months_max == judgement.claims
    assert {"scope", "judgement"} <= set(left)
