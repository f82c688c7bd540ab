"""What waits for the reviewer in the portal: some employers have submitted the month after the one that was shown."""

from datetime import date
from typing import Final

from demo.employers import SCHOOL_CODE
from demo.orders import BUREAU, Dues
from libsubsidy import Month, MonthRange, OrderKind, Policy
from services.store import employers, order_lines, orders, submissions
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


async def _submit(pool: Pool, employer_id: int, month: Month, today: date) -> None:
    clerk = Actor(role=Role.EMPLOYER, name="demo/clerk", origin="demo", employer_id=employer_id)
    async with working(pool, clerk) as connection:
        sheet = await submissions.preview(
            connection, employer_id, OrderKind.REGULAR, month, policy=_POLICY, today=today
        )
        draft = await orders.create(connection, employer_id, OrderKind.REGULAR, MonthRange(month, month))
        draft = await order_lines.put(connection, draft.id, draft.version, sheet.lines, policy=_POLICY)
        await submissions.submit(connection, draft.id, draft.version, policy=_POLICY, today=today)
