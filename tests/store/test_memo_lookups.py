"""What an employer may know of a memo: its own notices, and nothing of anybody else's."""

from random import Random

from libsubsidy import Memo, NoticeState, Policy
from services.store import memo_lookups, notices
from services.store.database import Connection, acting
from services.store.notices import Notice
from tests.store.fund import BUREAU, START, approve, clerk_of, employ, line, new_employee, pay, register, submitted


async def test_own_memos_are_found_as_they_are_now(db: Connection) -> None:
    """Each in its state, before and after the money came; a memo that nobody has is not there."""
    employer = await register(db)
    (one,) = await employ(db, employer, new_employee(1))
    notice = await approve(db, await submitted(db, employer, line(one, START)))
    nobody = Memo(employer_code=employer.code, order_code="Z3Z3")
    for state, open_memos in ((NoticeState.AWAITING, (notice.memo,)), (NoticeState.PAID, ())):
        async with acting(db, clerk_of(employer)):
            named = await memo_lookups.named(db, (notice.memo, nobody, notice.memo), employer_id=employer.id)
            assert open_memos == await memo_lookups.open_memos(db, employer.id)
        assert [notice.memo] == list(named)
        found = named[notice.memo]
        assert found.now == found.found
        assert (notice.id, state, notice.amount) == (found.now.notice_id, found.now.state, found.now.amount)
        if state is NoticeState.AWAITING:
            await pay(db, notice)


async def test_what_was_joined_names_the_last_one(db: Connection) -> None:
    """Joined twice: the old memos lead to the notice that asks for their money now, in whatever state that is."""
    employer = await register(db)
    (one,) = await employ(db, employer, new_employee(1))
    made = [await approve(db, await submitted(db, employer, line(one, START + step)), seed=step) for step in range(3)]
    first = await joined(db, made[0], made[1])
    last = await joined(db, first, made[2])
    for state in (NoticeState.AWAITING, NoticeState.PAID):
        async with acting(db, clerk_of(employer)):
            named = await memo_lookups.named(db, [each.memo for each in (*made, first, last)])
        assert {(last.id, state, last.memo)} == {
            (each.now.notice_id, each.now.state, each.now.memo) for each in named.values()
        }
        assert [*[NoticeState.MERGED] * 4, state] == [named[each.memo].found.state for each in (*made, first, last)]
        if state is NoticeState.AWAITING:
            await pay(db, last)


async def test_the_memos_of_others_are_nobodys(db: Connection) -> None:
    """By row security, and by the employer that is asked for, each alone."""
    employer, other = await register(db, 1), await register(db, 2)
    (foreign,) = await employ(db, other, new_employee(1))
    notice = await approve(db, await submitted(db, other, line(foreign, START)))
    async with acting(db, clerk_of(employer)):
        assert {} == await memo_lookups.named(db, (notice.memo,))
        assert () == await memo_lookups.open_memos(db, other.id)
    async with acting(db, BUREAU):
        assert {} == await memo_lookups.named(db, (notice.memo,), employer_id=employer.id)
        assert [notice.memo] == list(await memo_lookups.named(db, (notice.memo,)))


async def joined(db: Connection, *of: Notice) -> Notice:
    """Let the bureau join notices."""
    async with acting(db, BUREAU):
        ids = [each.id for each in of]
        return (await notices.merge(db, notice_ids=ids, policy=Policy(), rng=Random(of[0].id))).notice  # noqa: S311
