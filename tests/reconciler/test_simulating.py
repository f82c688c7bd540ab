"""Promises of services/reconciler/simulating.py: what it answers is what would happen, and nothing happens."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest

from libsubsidy import Policy
from services.reconciler import simulating
from services.reconciler.simulating import TRIES_MAX, Simulator
from services.reconciler.worker import Worker
from services.store import simulations, uploads
from services.store.database import Actor, Connection, Pool, Role, acting, working
from services.store.refusals import RefusedError
from services.store.simulations import Simulation
from tests.patience import eventually
from tests.reconciler.bank import ACCOUNT, Bank, Payment
from tests.reconciler.conftest import Deliver
from tests.reconciler.outcomes import DUES, OUTCOMES, PAYMENTS
from tests.reconciler.processes import reconciling
from tests.reconciler.town import count, settle_down, state_of

MAKER = Actor(role=Role.BUREAU, name="user/1", origin="tests")


@pytest.fixture
def simulator(pool: Pool) -> Simulator:
    """A simulator that works only when it is told to drain."""
    return Simulator(pool, "simulator/1", policy=Policy())


async def ask(pool: Pool, body: bytes, *, source: str = "demo-bank") -> int:
    """Upload a file and ask what would become of it."""

    async def parts() -> AsyncIterator[bytes]:
        yield body

    upload = await uploads.take(lambda: working(pool, MAKER), parts(), bytes_max=2**30)
    async with working(pool, MAKER) as connection:
        return (await simulations.ask(connection, upload.id, source=source, filename="day.ofx")).id


async def answer_of(db: Connection, simulation_id: int) -> Simulation:
    """The simulation as the portal reads it."""
    async with acting(db, MAKER):
        return await simulations.get(db, simulation_id)


async def simulated(db: Connection, pool: Pool, simulator: Simulator, body: bytes) -> Simulation:
    """Ask, let it be answered, and give the answer."""
    simulation_id = await ask(pool, body)
    assert 1 == await simulator.drain()
    return await answer_of(db, simulation_id)


async def test_each_decision_is_the_one_that_the_reconciler_then_makes(
    db: Connection, pool: Pool, simulator: Simulator, deliver: Deliver, worker: Worker
) -> None:
    """Line by line the same record, in the order of the file; and the sums count all of them."""
    await settle_down(db, DUES)
    body = Bank().statement(PAYMENTS)
    simulation = await simulated(db, pool, simulator, body)
    lines = await simulations.lines(db, simulation.id, limit=200)

    await deliver(body)
    await worker.drain()

    rows = await db.fetch("SELECT ordinal, disposition, memo, decision FROM bank_line ORDER BY ordinal")
    assert [tuple(row) for row in rows] == [
        (line.ordinal, line.disposition, line.memo, line.decision) for line in lines
    ]
    assert simulation.summary is not None
    assert ("done", "matched", len(rows), len(rows)) == (
        simulation.state,
        simulation.summary["fate"],
        simulation.summary["new_lines"],
        simulation.summary["lines_kept"],
    )
    counted = await db.fetch(
        """
        SELECT disposition, coalesce(decision ->> 'reason', '') AS reason, direction, currency, count(*) AS lines,
               sum(amount_fen)::bigint AS fen
        FROM bank_line GROUP BY 1, 2, 3, 4
        ORDER BY disposition COLLATE "C", coalesce(decision ->> 'reason', '') COLLATE "C", 3, 4
        """
    )
    assert [dict(row) for row in counted] == simulation.summary["groups"]


async def test_simulating_writes_nothing_and_keeps_no_bytes(db: Connection, pool: Pool, simulator: Simulator) -> None:
    """Not one row of the books is added or changed, and the upload is gone."""
    await settle_down(db, DUES)
    before = await count(db), await state_of(db)

    await simulated(db, pool, simulator, Bank().statement(PAYMENTS))

    assert before == (await count(db), await state_of(db))
    assert (0, 0) == (
        await db.fetchval("SELECT count(*) FROM upload"),
        await db.fetchval("SELECT count(*) FROM upload_chunk"),
    )


@pytest.mark.parametrize(
    ("disposition", "reason", "expected"),
    [
        (None, None, len(OUTCOMES)),
        ("settled", None, sum(each.disposition == "settled" for each in OUTCOMES)),
        (None, "MEMO_MALFORMED", sum(each.reason == "MEMO_MALFORMED" for each in OUTCOMES)),
        ("settled", "MEMO_MALFORMED", 0),
    ],
)
async def test_lines_are_found_by_outcome_and_reason_page_by_page(  # noqa: PLR0917 -- a table and fixtures.
    db: Connection,
    pool: Pool,
    simulator: Simulator,
    disposition: str | None,
    reason: str | None,
    expected: int,
) -> None:
    """In the order of the file, none twice and none missing."""
    await settle_down(db, DUES)
    simulation = await simulated(db, pool, simulator, Bank().statement(PAYMENTS))

    found: list[int] = []
    while page := await simulations.lines(
        db, simulation.id, after=found[-1] if found else None, disposition=disposition, reason=reason, limit=3
    ):
        found.extend(line.ordinal for line in page)

    assert expected == len(found)
    assert sorted(set(found)) == found


async def test_lines_that_are_there_already_say_so(
    db: Connection, pool: Pool, simulator: Simulator, deliver: Deliver, worker: Worker
) -> None:
    """A file that is here already brings nothing new, and its lines keep what was decided of them."""
    await settle_down(db, DUES)
    body = Bank().statement(PAYMENTS)
    statement_id = (await deliver(body)).statement_id
    await worker.drain()

    simulation = await simulated(db, pool, simulator, body)

    assert simulation.summary is not None
    assert (0, statement_id) == (simulation.summary["new_lines"], simulation.summary["statement_id"])
    assert {("known", "")} == {(group["disposition"], group["reason"]) for group in simulation.summary["groups"]}
    lines = await simulations.lines(db, simulation.id, limit=200)
    assert {(statement_id, "known")} == {(line.known_from, line.disposition) for line in lines}
    stored = await db.fetch("SELECT decision FROM bank_line ORDER BY ordinal")
    assert [row["decision"] for row in stored] == [line.decision for line in lines]


async def test_what_one_batch_would_pay_is_paid_for_the_next(
    db: Connection, pool: Pool, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second payment of one notice is refunded, however far behind the first it stands."""
    monkeypatch.setattr("services.reconciler.canonical.LINES_MAX", 1)
    await settle_down(db, DUES)
    due = DUES[0]
    simulation = await simulated(db, pool, simulator, Bank().statement([Payment(fen=due.fen, memo=due.memo)] * 2))
    lines = await simulations.lines(db, simulation.id, limit=200)
    assert [("settled", None), ("refund", "ORDER_ALREADY_PAID")] == [
        (line.disposition, line.decision.get("reason")) for line in lines
    ]


async def test_only_the_first_lines_are_kept_and_all_are_counted(
    db: Connection, pool: Pool, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A huge file does not fill the database with lines that nobody turns to."""
    monkeypatch.setattr(simulating, "LINES_KEPT_MAX", 5)
    await settle_down(db, DUES)
    simulation = await simulated(db, pool, simulator, Bank().statement(PAYMENTS))

    assert simulation.summary is not None
    assert (5, len(PAYMENTS)) == (
        simulation.summary["lines_kept"],
        sum(group["lines"] for group in simulation.summary["groups"]),
    )
    assert list(range(5)) == [line.ordinal for line in await simulations.lines(db, simulation.id, limit=200)]


@pytest.mark.parametrize(
    ("body", "source", "code"),
    [
        (b"%PDF", "demo-bank", "STATEMENT_NOT_A_STATEMENT"),
        (Bank().statement(PAYMENTS)[:-100], "demo-bank", "STATEMENT_TRUNCATED"),
        (Bank().statement(PAYMENTS), "no such bank", "SOURCE_UNKNOWN"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_the_reason(  # noqa: PLR0917 -- a table and fixtures.
    db: Connection, pool: Pool, simulator: Simulator, body: bytes, source: str, code: str
) -> None:
    """In both languages, as a statement would be."""
    simulation_id = await ask(pool, body, source=source)
    await simulator.drain()

    simulation = await answer_of(db, simulation_id)

    assert ("refused", None) == (simulation.state, simulation.summary)
    (found,) = simulation.findings
    assert code == found["code"]
    assert found["zh"]
    assert found["en"]
    assert 0 == await db.fetchval("SELECT count(*) FROM upload")


async def test_what_holds_the_file_is_told(db: Connection, pool: Pool, simulator: Simulator) -> None:
    """The lines are decided all the same."""
    await settle_down(db, DUES)
    body = Bank().statement(PAYMENTS).replace(ACCOUNT.encode(), b"999")
    simulation = await simulated(db, pool, simulator, body)

    assert simulation.summary is not None
    assert ("done", "held") == (simulation.state, simulation.summary["fate"])
    assert ["ACCOUNT_UNKNOWN"] == [found["code"] for found in simulation.findings]
    assert len(PAYMENTS) == len(await simulations.lines(db, simulation.id, limit=200))


async def time_runs_out(db: Connection) -> None:
    """Let every worker's time run out now."""
    await db.execute("UPDATE simulation SET taken_until = clock_timestamp() WHERE state = 'waiting'")


async def test_what_a_crashed_worker_had_is_taken_over(db: Connection, pool: Pool, simulator: Simulator) -> None:
    """As soon as its time has run out, and not before; a worker that wakes up too late changes nothing."""
    simulation_id = await ask(pool, Bank().statement([]))
    async with working(pool, simulator._actor) as connection:
        late = await simulations.take(connection)
    assert late is not None
    assert 0 == await simulator.drain()

    await time_runs_out(db)
    assert 1 == await simulator.drain()

    answered = await answer_of(db, simulation_id)
    assert "done" == answered.state
    await simulator.advance(late)
    assert answered == await answer_of(db, simulation_id)


async def test_a_file_that_kills_its_workers_is_given_up(db: Connection, pool: Pool, simulator: Simulator) -> None:
    """After a few tries a person is told."""
    simulation_id = await ask(pool, Bank().statement([]))
    for _ in range(TRIES_MAX):
        async with working(pool, simulator._actor) as connection:
            assert await simulations.take(connection) is not None
        await time_runs_out(db)

    await simulator.drain()

    simulation = await answer_of(db, simulation_id)
    assert ("refused", ["SIMULATION_FAILED"]) == (simulation.state, [found["code"] for found in simulation.findings])


async def test_a_defect_is_tried_again_and_others_go_on(
    db: Connection, pool: Pool, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that fails keeps nobody from the others."""
    failing = await ask(pool, Bank().statement([]))
    good = await ask(pool, Bank().statement(PAYMENTS))
    fetch = simulator._fetch

    async def fails_once(taken: Any, spool: Any) -> None:
        if taken.id == failing and taken.tries == 1:
            raise RuntimeError
        await fetch(taken, spool)

    monkeypatch.setattr(simulator, "_fetch", fails_once)
    assert 2 == await simulator.drain()
    assert ("waiting", "done") == ((await answer_of(db, failing)).state, (await answer_of(db, good)).state)

    await time_runs_out(db)
    await simulator.drain()
    assert "done" == (await answer_of(db, failing)).state


async def test_a_stop_lets_go_at_once(
    db: Connection, pool: Pool, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes next need not wait."""
    simulation_id = await ask(pool, Bank().statement([]))
    begun = asyncio.Event()

    async def waits(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(simulator, "_fetch", waits)
    working_on_it = asyncio.create_task(simulator.drain())
    await begun.wait()
    working_on_it.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working_on_it
    monkeypatch.undo()

    assert 1 == await simulator.drain()
    assert "done" == (await answer_of(db, simulation_id)).state


async def test_yesterdays_are_forgotten(db: Connection, pool: Pool, simulator: Simulator) -> None:
    """With their lines and their bytes, answered or not; today's stay."""
    await settle_down(db, DUES)
    answered = (await simulated(db, pool, simulator, Bank().statement(PAYMENTS))).id
    never = await ask(pool, Bank().statement([]))
    await db.execute("UPDATE simulation SET asked_at = now() - interval '25 hours'")
    today = await ask(pool, Bank().statement([]))

    await simulator.forget()

    assert [today] == [row["id"] for row in await db.fetch("SELECT id FROM simulation")]
    assert (0, 1) == (
        await db.fetchval("SELECT count(*) FROM simulation_line"),
        await db.fetchval("SELECT count(*) FROM upload"),
    )
    assert answered < never < today


async def test_nobody_simulates_anothers_upload(db: Connection, pool: Pool) -> None:
    """It answers as one that is not there."""
    async with acting(db, attrs.evolve(MAKER, name="user/2")):
        upload_id = await uploads.begin(db)
    with pytest.raises(RefusedError, match="no upload number"):
        async with acting(db, MAKER):
            await simulations.ask(db, upload_id, source="demo-bank", filename="f")


async def test_the_process_answers_as_soon_as_it_is_asked(db: Connection, database_url: str, pool: Pool) -> None:
    """Woken by the database itself, beside the statements."""
    await settle_down(db, DUES)
    async with reconciling(database_url) as process:

        async def started() -> bool:
            return "reconciler started" in process.log()

        await process.brings_about(started)
        simulation_id = await ask(pool, Bank().statement(PAYMENTS))

        async def answered() -> bool:
            return (await answer_of(db, simulation_id)).state == "done"

        await eventually(answered)


@pytest.mark.parametrize("point", ["simulating.after_take", "simulating.before_commit"])
async def test_a_crash_at_any_point_is_taken_over(db: Connection, database_url: str, pool: Pool, point: str) -> None:
    """The next process answers, once."""
    await settle_down(db, DUES)
    simulation_id = await ask(pool, Bank().statement(PAYMENTS))
    async with reconciling(database_url, crash_point=point) as process:
        assert 0 != await process.ended()
    assert "waiting" == (await answer_of(db, simulation_id)).state
    await time_runs_out(db)
    async with reconciling(database_url) as process:

        async def answered() -> bool:
            return (await answer_of(db, simulation_id)).state == "done"

        await process.brings_about(answered)
    assert len(PAYMENTS) == len(await simulations.lines(db, simulation_id, limit=200))
