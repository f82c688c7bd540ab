"""Promises of services/store/change_records.py: what changed is written down once, and read by those whom it concerns."""

import asyncpg
import pytest

from libsubsidy import Month
from services.store import change_records
from services.store.change_records import NewRecord
from services.store.database import Connection, acting
from services.store.employers import Employer
from tests.store.fund import BUREAU, clerk_of, employ, new_employee, register

USERS = """
    INSERT INTO portal_user (login, role, employer_id, name, password_hash)
    VALUES ('CLERK', 'employer', $1, '王芳', '-'), ('REVIEWER', 'reviewer', NULL, '李审核', '-')
"""


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer with one employee, whose employment is number 1."""
    employer = await register(db)
    await employ(db, employer, new_employee(1))
    return employer


async def test_records_are_read_newest_first_with_labels_and_words(db: Connection, employer: Employer) -> None:
    """F28, F33: field, before, after, from which month, why, and who; the card and a file are two stories."""
    await db.execute(USERS, employer.id)
    async with acting(db, clerk_of(employer)):
        await change_records.add(
            db,
            [
                NewRecord(
                    employer_id=employer.id,
                    employment_id=1,
                    field="state",
                    before="active",
                    after="sealed",
                    effective_month=Month(2020, 9),
                    reason="停薪",
                )
            ],
        )
    async with acting(db, BUREAU):
        await change_records.add(
            db,
            [
                NewRecord(employer_id=employer.id, employment_id=1, field="rank", before="", after="科员"),
                NewRecord(employer_id=employer.id, field="name", before="单位1", after="新单位"),
            ],
        )
    async with acting(db, clerk_of(employer)):
        rank, state = await change_records.of_employment(db, 1)
        (name,) = await change_records.of_employer(db, employer.id)
        assert (rank,) == await change_records.of_employment(db, 1, limit=1)
        assert (state,) == await change_records.of_employment(db, 1, before=rank.id)
    assert ("状态", "正常", "封存", "2020-09", "停薪", "王芳") == (
        state.label_zh, state.before_zh, state.after_zh, str(state.effective_month), state.reason, state.who_zh,
    )  # fmt: skip
    assert ("级别", "", "科员", None, "住建局") == (
        rank.label_zh, rank.before_zh, rank.after_zh, rank.effective_month, rank.who_zh,
    )  # fmt: skip
    assert ("单位名称", "单位1", "新单位") == (name.label_zh, name.before_zh, name.after_zh)


async def test_another_employer_reads_nothing_of_them(db: Connection, employer: Employer) -> None:
    """I31: whose records they are is not a matter of the number asked for."""
    async with acting(db, BUREAU):
        await change_records.add(
            db, [NewRecord(employer_id=employer.id, employment_id=1, field="rank", before="", after="科员")]
        )
    async with acting(db, clerk_of(await register(db, 2))):
        assert () == await change_records.of_employment(db, 1)
        assert () == await change_records.of_employer(db, employer.id)


async def test_nobody_changes_a_record(db: Connection, employer: Employer) -> None:
    """Not even the owner of the tables: a change that was wrong is followed by another one."""
    async with acting(db, BUREAU):
        await change_records.add(db, [NewRecord(employer_id=employer.id, field="name", before="a", after="b")])
    for sql in ("UPDATE change_record SET after = 'c'", "DELETE FROM change_record", "TRUNCATE change_record"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute(sql)


async def test_nothing_is_written_of_nothing(db: Connection, employer: Employer) -> None:
    """A batch in which nothing changed asks the database nothing."""
    async with acting(db, clerk_of(employer)):
        await change_records.add(db, [])
    assert 0 == await db.fetchval("SELECT count(*) FROM change_record")
