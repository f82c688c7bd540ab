"""What an employer may know of a memo: its own notices, and nothing of anybody else's."""

import pytest

from libsubsidy import NoticeState
from services.store import memo_lookups
from services.store.database import Connection, acting
from tests.store.fund import START, approve, clerk_of, employ, line, new_employee, pay, register, submitted


async def test_an_own_memo_is_found_in_its_state(db: Connection) -> None:
    """By the exact memo at the beginning; before and after the money came."""
    employer = await register(db)
    (one,) = await employ(db, employer, new_employee(1))
    notice = await approve(db, await submitted(db, employer, line(one, START)))
    for state, open_memos in ((NoticeState.AWAITING, (notice.memo,)), (NoticeState.PAID, ())):
        async with acting(db, clerk_of(employer)):
            own = await memo_lookups.look_up(db, employer.id, f"{notice.memo}，一月")
            assert open_memos == await memo_lookups.open_memos(db, employer.id)
        assert own.found.notice is not None
        assert (notice.id, state, notice.amount, True, False) == (
            own.found.notice.notice_id,
            own.found.notice.state,
            own.found.notice.amount,
            own.found.employer_known,
            own.foreign,
        )
        if state is NoticeState.AWAITING:
            await pay(db, notice)


@pytest.mark.parametrize("code", ["{theirs}", "99999"])
async def test_another_code_is_foreign_whoever_has_it(db: Connection, code: str) -> None:
    """Another employer's code with its own open notice is answered like a code that nobody has."""
    employer, other = await register(db, 1), await register(db, 2)
    (foreign,) = await employ(db, other, new_employee(1))
    notice = await approve(db, await submitted(db, other, line(foreign, START)))
    text = f"{code.format(theirs=other.code)}x{notice.memo.order_code}o"
    async with acting(db, clerk_of(employer)):
        own = await memo_lookups.look_up(db, employer.id, text)
        assert () == await memo_lookups.open_memos(db, other.id)
    assert (True, False, None, employer.code) == (own.foreign, own.found.employer_known, own.found.notice, own.code)
