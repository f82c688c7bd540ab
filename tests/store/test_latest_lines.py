import pytest
from asyncpg import InsufficientPrivilegeError

from libsubsidy import Direction, explain_record
from services.store import latest_lines
from services.store.database import Connection, acting
from tests.store.fund import BUREAU, START, approve, clerk_of, employ, line, new_employee, pay, register, submitted


async def test_the_line_decided_last_comes_first(db: Connection) -> None:
    """Newest first, no more than asked for, each with what its decision can be put into words from."""
    employer = await register(db)
    people = await employ(db, employer, *(new_employee(serial) for serial in range(3)))
    notices = [await approve(db, await submitted(db, employer, line(person, START)), seed=person) for person in people]
    for notice in notices:
        await pay(db, notice)
    async with acting(db, BUREAU):
        found = await latest_lines.latest(db, limit=2)
    assert [str(notice.memo) for notice in reversed(notices[1:])] == [each.text for each in found]
    newest = found[0]
    assert (Direction.CREDIT, notices[2].amount, "CNY", "settled", "f") == (
        newest.direction,
        newest.amount,
        newest.currency,
        newest.disposition,
        newest.filename,
    )
    assert explain_record(newest.decision).zh


async def test_an_employer_reads_no_lines_of_the_bank(db: Connection) -> None:
    """Lines are shown to the bureau; an employer learns of its own cases only."""
    employer = await register(db)
    with pytest.raises(InsufficientPrivilegeError):
        async with acting(db, clerk_of(employer)):
            await latest_lines.latest(db)
