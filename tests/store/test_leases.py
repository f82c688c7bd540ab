"""Promises of services/store/leases.py: a statement is worked on by one worker at a time."""

import pytest

from services.store.database import Connection, connect
from services.store.leases import LeaseLostError, claim_next, fence, let_go
from tests.store.test_statements import received


async def test_a_statement_is_held_by_one_worker_at_a_time(db: Connection) -> None:
    """The second worker finds nothing until the first lets go or its lease runs out; each take-over raises the epoch."""
    statement_id = (await received(db)).statement_id

    first = await claim_next(db, "worker/1")
    assert first is not None
    assert (statement_id, 1, "received") == (first.lease.statement_id, first.lease.epoch, first.state)
    assert await claim_next(db, "worker/2") is None

    await let_go(db, first.lease)
    second = await claim_next(db, "worker/2")
    assert second is not None
    assert 2 == second.lease.epoch

    await db.execute("UPDATE statement SET lease_until = clock_timestamp()")
    third = await claim_next(db, "worker/3")
    assert third is not None
    assert 3 == third.lease.epoch


async def test_the_oldest_comes_first_and_a_locked_one_is_passed_over(db: Connection, database_url: str) -> None:
    """Workers never wait for each other."""
    first = (await received(db, b"1")).statement_id
    second = (await received(db, b"2")).statement_id
    other = await connect(database_url)
    async with db.transaction():
        mine, theirs = await claim_next(db, "worker/1"), await claim_next(other, "worker/2")
        assert mine is not None
        assert theirs is not None
        assert (first, second) == (mine.lease.statement_id, theirs.lease.statement_id)
    await other.close(timeout=10)


async def test_a_fence_renews_the_lease_of_its_epoch_only(db: Connection) -> None:
    """An older epoch is told that its lease is lost, and neither renews nor ends the newer one's."""
    await received(db)
    old = await claim_next(db, "worker/1")
    await db.execute("UPDATE statement SET lease_until = clock_timestamp()")
    new = await claim_next(db, "worker/2")
    assert old is not None
    assert new is not None
    before = await db.fetchrow("SELECT * FROM statement")

    with pytest.raises(LeaseLostError):
        await fence(db, old.lease)
    await let_go(db, old.lease)
    assert before == await db.fetchrow("SELECT * FROM statement")

    await fence(db, new.lease)
    assert before is not None
    assert before["lease_until"] < await db.fetchval("SELECT lease_until FROM statement")


async def test_tries_are_counted_until_somebody_lets_go(db: Connection) -> None:
    """A worker that dies leaves its try behind; one that lets go takes it back."""
    await received(db)
    for tries in (1, 2):
        claimed = await claim_next(db, "worker/1")
        assert claimed is not None
        assert tries == claimed.tries
        await db.execute("UPDATE statement SET lease_until = clock_timestamp()")
    claimed = await claim_next(db, "worker/1")
    assert claimed is not None
    await let_go(db, claimed.lease)
    assert 2 == await db.fetchval("SELECT tries FROM statement")
