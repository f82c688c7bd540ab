"""Promises of services/store/{employee_imports,import_checks}.py that the portal's tests cannot see: fences and forgetting."""

from datetime import timedelta

import pytest

from libsubsidy import Money
from services.store import employee_imports, import_checks
from services.store.database import Connection, acting, encode_json
from services.store.employee_imports import EmployeeImport, ImportState
from services.store.employers import Employer
from services.store.import_checks import Judgement, TakenImport
from services.store.refusals import RefusedError, violation
from tests.store.fund import WORKER, clerk_of, register


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """One employer."""
    return await register(db, 1)


async def receive(db: Connection, employer: Employer) -> EmployeeImport:
    """Upload a list."""
    async with acting(db, clerk_of(employer)):
        return await employee_imports.receive(db, "名单.csv", b"bytes")


async def take(db: Connection) -> TakenImport | None:
    """Take the oldest list as a checking process does."""
    async with acting(db, WORKER):
        return await import_checks.take(db)


async def keep(db: Connection, employer: Employer, taken: TakenImport) -> bool:
    """Keep one row of it."""
    async with acting(db, clerk_of(employer)):
        return await import_checks.keep_rows(
            db, taken, rows=[(2, encode_json({"name": "张三"}), None)], letters={"name": "A"}, advice=()
        )


async def test_a_list_is_taken_once(db: Connection, employer: Employer) -> None:
    """Of two processes one has it; the uploader is known, so that it is written as theirs."""
    received = await receive(db, employer)
    taken = await take(db)
    assert taken is not None
    assert (received.id, employer.id, "user/1", 1) == (taken.id, taken.employer_id, taken.uploaded_by, taken.tries)
    assert None is await take(db)


async def test_who_was_overtaken_writes_nothing(db: Connection, employer: Employer) -> None:
    """A process that froze, and wakes up when another has its list, changes nothing of what that one does."""
    await receive(db, employer)
    slow = await take(db)
    await db.execute("UPDATE employee_import SET taken_until = now() - interval '1 second'")
    fast = await take(db)
    assert slow is not None
    assert fast is not None
    assert not await keep(db, employer, slow)
    async with acting(db, clerk_of(employer)):
        assert b"bytes" == await import_checks.file_of(db, fast)
    assert await keep(db, employer, fast)
    async with acting(db, clerk_of(employer)):
        judged = [Judgement(2, encode_json({"monthly_fen": 100}), None)]
        assert not await import_checks.judge(db, slow, judged, rows_done=1)
        assert not await import_checks.finish(db, slow, total=Money(fen=1))
        assert not await import_checks.refuse_file(db, slow, [violation("NO_ROWS")])
        assert await import_checks.judge(db, fast, judged, rows_done=1)
        assert await import_checks.finish(db, fast, total=Money(fen=100))
        found = await employee_imports.get(db, fast.id)
    assert (ImportState.CHECKED, 1, 0, Money(fen=100), Money(fen=100)) == (
        found.state, found.row_count, found.broken_rows, found.total, found.good,
    )  # fmt: skip
    assert None is await db.fetchval("SELECT file FROM employee_import"), "what has been read is not kept twice"


async def test_what_nobody_submits_is_forgotten_with_its_rows(db: Connection, employer: Employer) -> None:
    """A list of people is kept for a day, and not for ever."""
    received = await receive(db, employer)
    taken = await take(db)
    assert taken is not None
    assert await keep(db, employer, taken)
    async with acting(db, WORKER):
        assert 0 == await employee_imports.forget(db)
        assert 1 == await employee_imports.forget(db, older_than=timedelta(0))
    assert 0 == await db.fetchval("SELECT count(*) FROM employee_import_row")
    async with acting(db, clerk_of(employer)):
        with pytest.raises(RefusedError) as caught:
            await employee_imports.get(db, received.id)
    assert "ABSENT" == caught.value.violations[0].code


async def test_every_state_is_in_the_trail(db: Connection, employer: Employer) -> None:
    """Received, refused, dropped: who did it stands beside it."""
    received = await receive(db, employer)
    taken = await take(db)
    assert taken is not None
    async with acting(db, clerk_of(employer)):
        assert await import_checks.refuse_file(db, taken, [violation("NO_ROWS")])
        await employee_imports.drop(db, received.id)
    trail = await db.fetch(
        "SELECT from_state, to_state, actor FROM audit_event WHERE subject_kind = 'employee_import' ORDER BY id"
    )
    assert [("", "received", "user/1"), ("received", "refused", "user/1"), ("refused", "dropped", "user/1")] == [
        tuple(each) for each in trail
    ]
