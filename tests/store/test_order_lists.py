"""Promises of services/store/order_lists.py: newest first, and each page after the one before."""

import pytest

from libsubsidy import OrderState
from services.store import order_lists
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.order_lists import LastMonths, Wanted
from tests.store.fund import START, clerk_of, employ, line, new_employee, register, submitted


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer that may order."""
    return await register(db)


async def test_the_newest_come_first_and_a_page_begins_after_the_last_one_seen(
    db: Connection, employer: Employer
) -> None:
    """By id for programs, by place for pages; what the list is narrowed to is counted, too."""
    people = await employ(db, employer, *map(new_employee, range(3)))
    made = [(await submitted(db, employer, line(each, START))).id for each in people]
    every, none = Wanted(state=OrderState.SUBMITTED, month=START), Wanted(month=START - 1)
    async with acting(db, clerk_of(employer)):
        newest = await order_lists.of_employer(db, employer.id, limit=2)
        rest = await order_lists.of_employer(db, employer.id, before=newest[-1].id)
        page = await order_lists.page(db, employer.id, every, limit=2, offset=1)
        counts = [await order_lists.count(db, employer.id, wanted) for wanted in (every, none)]
    assert ([made[2], made[1]], [made[0]]) == ([each.id for each in newest], [each.id for each in rest])
    assert ([made[1], made[0]], [3, 0]) == ([each.id for each in page], counts)


async def test_what_is_asked_for_is_not_paid(db: Connection, employer: Employer) -> None:
    """How far an employer has come: nowhere before its first order, and no month is paid before it is credited."""
    (one,) = await employ(db, employer, new_employee(1))
    async with acting(db, clerk_of(employer)):
        assert LastMonths(paid=None, asked=None) == await order_lists.last_months(db, employer.id)
    await submitted(db, employer, line(one, START))
    async with acting(db, clerk_of(employer)):
        assert LastMonths(paid=None, asked=START) == await order_lists.last_months(db, employer.id)
