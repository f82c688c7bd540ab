"""What waits in the portal: some employers have submitted the next month, and the hospital has begun the one after that.

The first wait for the reviewer; the draft is a sheet of two thousand people to search, tick and type in.
"""

from datetime import date
from typing import Final

from demo.employers import SCHOOL_CODE
from demo.orders import BUREAU, Dues
from libsubsidy import Month, MonthRange, OrderKind, Policy
from services.store import drafts, employers, order_lines, orders, submissions
from services.store.database import Actor, Pool, Role, working

_POLICY: Final = Policy()
_SMALL: Final = 5


async def submit_next(pool: Pool, dues: Dues, month: Month, *, today: date) -> int:
    """Let the school, the hospital and a few others submit the next month, and return how many did."""
    codes = dict.fromkeys(
        (SCHOOL_CODE, dues.hospital.memo.employer_code, *(due.memo.employer_code for due in dues.small))
    )
    chosen = tuple(codes)[: 2 + _SMALL]
    for code in chosen:
        async with working(pool, BUREAU) as connection:
            employer = await employers.find(connection, code)
        assert employer is not None  # noqa: S101 -- the fund has been set up.
        await _submit(pool, employer.id, month + 1, today)
    return len(chosen)


async def draft_following(pool: Pool, dues: Dues, month: Month, *, today: date) -> None:
    """Let the hospital draft the month after the next, with everybody who can be paid."""
    async with working(pool, BUREAU) as connection:
        hospital = await employers.find(connection, dues.hospital.memo.employer_code)
    assert hospital is not None  # noqa: S101 -- the fund has been set up.
    months = MonthRange(month + 2, month + 2)
    async with working(pool, _clerk_of(hospital.id)) as connection:
        draft = await orders.create(connection, hospital.id, OrderKind.REGULAR, months)
        await drafts.fill(connection, draft, policy=_POLICY, today=today)


def _clerk_of(employer_id: int) -> Actor:
    return Actor(role=Role.EMPLOYER, name="demo/clerk", origin="demo", employer_id=employer_id)


async def _submit(pool: Pool, employer_id: int, month: Month, today: date) -> None:
    async with working(pool, _clerk_of(employer_id)) as connection:
        sheet = await submissions.preview(
            connection, employer_id, OrderKind.REGULAR, month, policy=_POLICY, today=today
        )
        draft = await orders.create(connection, employer_id, OrderKind.REGULAR, MonthRange(month, month))
        draft = await order_lines.put(connection, draft.id, draft.version, sheet.lines, policy=_POLICY)
        await submissions.submit(connection, draft.id, draft.version, policy=_POLICY, today=today)
