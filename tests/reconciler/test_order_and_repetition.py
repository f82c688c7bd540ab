"""I34 and I35: whatever the order of the lines, the cut of the files, and how often they come, the state is the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libsubsidy import Policy
from services.reconciler.worker import Worker
from services.store.database import Connection, Pool, acting, connect, open_pool
from services.store.releases import release
from tests.reconciler.bank import Bank, Payment
from tests.reconciler.conftest import Deliver, Undisturbed
from tests.reconciler.outcomes import DUES, PAYMENTS
from tests.reconciler.town import CHECKER, Due, count, deliver, events_of, settle_down, state_of, statements_of
from tests.servers.postgres import TestDatabases

BOOKED = tuple(Bank().book(PAYMENTS))
LAST = len(BOOKED)
# Small, so that every file has several batches.
BATCH_LINES = 5


@attrs.frozen
class Town:
    """A database of its own for one example."""

    db: Connection
    pool: Pool
    worker: Worker


@asynccontextmanager
async def town(postgres: TestDatabases) -> AsyncIterator[Town]:
    """Make a town for one example; the fixtures are for whole tests."""
    name = await postgres.copy()
    url = postgres.url_of(name)
    db = await connect(url)
    try:
        await settle_down(db, DUES)
        async with open_pool(url) as pool:
            yield Town(db, pool, Worker(pool, "worker/1", policy=Policy(), batch_lines=BATCH_LINES))
    finally:
        await db.close(timeout=10)
        await postgres.drop(name)


def export(first: int, last: int) -> bytes:
    """Write what the bank booked from `first` to before `last`, with the balance after that."""
    closing_fen = sum(payment.moves_fen for payment in BOOKED[:last])
    return Bank().write(BOOKED[first:last], closing_fen=closing_fen)


@settings(max_examples=10)
@given(lines=st.permutations(BOOKED))
async def test_the_order_of_lines_in_a_file_does_not_matter(
    postgres: TestDatabases, undisturbed: Undisturbed, lines: list[Payment]
) -> None:
    """Of two payers with one memo it is the same one that settles, wherever their lines stand."""
    async with town(postgres) as there:
        await deliver(there.pool, Bank().write(lines, closing_fen=sum(payment.moves_fen for payment in BOOKED)))
        await there.worker.drain()

        assert undisturbed.state == await state_of(there.db)
        assert undisturbed.events == await events_of(there.db)


@st.composite
def deliveries(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Cut the period into files, add exports that overlap them, repeat some, and shuffle all."""
    cuts = [0, *sorted(draw(st.sets(st.integers(1, LAST - 1), max_size=4))), LAST]
    files = list(pairwise(cuts))
    places = st.integers(0, LAST)
    overlapping = draw(st.lists(st.tuples(places, places).filter(lambda pair: pair[0] < pair[1]), max_size=3))
    repeated = draw(st.lists(st.sampled_from(files), max_size=2))
    return draw(st.permutations(files + overlapping + repeated))


@settings(max_examples=12)
@given(exports=deliveries())
async def test_neither_cut_nor_overlap_nor_order_nor_repetition_of_files_matters(
    postgres: TestDatabases, undisturbed: Undisturbed, exports: list[tuple[int, int]]
) -> None:
    """Files wait for those before them, known lines are passed over, and nothing is held at the end."""
    async with town(postgres) as there:
        for number, (first, last) in enumerate(exports):
            await deliver(there.pool, export(first, last), message_id=f"m{number}")
            if number % 2:
                await there.worker.drain()
        await there.worker.drain()

        assert {"reconciled"} == {row["state"] for row in await there.db.fetch("SELECT state FROM statement")}
        assert undisturbed.state == await state_of(there.db)
        assert undisturbed.events == await events_of(there.db)


async def test_a_second_delivery_changes_not_one_row(db: Connection, deliver: Deliver, worker: Worker) -> None:
    """The same message changes nothing; the same bytes under another id add the note of the delivery and nothing else."""
    await settle_down(db, DUES)
    body = Bank().statement(PAYMENTS)
    await deliver(body, message_id="m1")
    await worker.drain()
    before = await count(db)

    await deliver(body, message_id="m1")
    await worker.drain()
    assert before == await count(db)

    await deliver(body, message_id="m2")
    await worker.drain()
    assert {**before, "statement_delivery": 2} == await count(db)


async def test_another_export_of_the_same_lines_adds_none(db: Connection, deliver: Deliver, worker: Worker) -> None:
    """Other bytes, the same bookings: the file is reconciled with nothing new, and the account's balance stays."""
    await settle_down(db, DUES)
    await deliver(export(0, LAST))
    await worker.drain()
    before = await state_of(db)

    await deliver(export(3, LAST - 2), filename="part.ofx")
    await worker.drain()

    assert before == await state_of(db)
    row = await db.fetchrow("SELECT state, matched_lines, new_lines FROM statement WHERE filename = 'part.ofx'")
    assert ("reconciled", LAST - 5, 0) == tuple(row or ())


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
async def test_two_equal_payments_of_one_day_both_live(
    db: Connection, deliver: Deliver, worker: Worker, order: tuple[int, int]
) -> None:
    """Without ids from the bank lines are told apart by counting: two exports that both show both add each once.

    The noon export has the first of the two, the evening export both; whichever comes first.
    """
    due = Due()
    await settle_down(db, [due])
    twin = Payment(fen=due.fen, memo=due.memo)
    exports = {1: Bank(balance_fen=due.fen).write([twin]), 2: Bank(balance_fen=2 * due.fen).write([twin, twin])}

    for number in order:
        received = await deliver(exports[number], filename=f"{number}.ofx")
        await worker.drain()
        assert ("held", ["LINE_ID_MISSING"]) == (await statements_of(db))[f"{number}.ofx"]
        async with acting(db, CHECKER):
            await release(db, received.statement_id, by="user/2", note="checked")
        await worker.drain()

    assert [(0, "settled"), (1, "refund")] == [
        tuple(row) for row in await db.fetch("SELECT occurrence, disposition FROM bank_line ORDER BY occurrence")
    ]
    assert [("ORDER_ALREADY_PAID", due.fen)] == [
        tuple(row) for row in await db.fetch("SELECT reason, amount_fen FROM line_case")
    ]
    assert 2 * due.fen == await db.fetchval("SELECT proven_closing_fen FROM bank_account")
