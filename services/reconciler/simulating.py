"""Answer the portal's requests to simulate a file: read it, decide every line, write nothing of it to the books.

What `explain` says to a person at the command line is said here to one at a browser, by the same proof and the same
decisions, within bounded memory and off the event loop. A simulation is work like a statement's: taken by one worker,
woken by NOTIFY and by looking, taken over when that worker is gone, and given up after a few tries.
"""

import asyncio
import contextlib
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import IO, Any, Final, TypeVar

import attrs
import structlog

from libsubsidy import Policy, SubsidyError, Violation
from services.reconciler.canonical import CanonicalFile, Placed
from services.reconciler.fate import claims_in, fate_of
from services.reconciler.findings import finding
from services.reconciler.listing import find_statement
from services.reconciler.proving import records
from services.reconciler.reading import facts_record
from services.reconciler.rehearsing import KNOWN, LookedUp, Rehearsal, Rehearsed
from services.reconciler.renewal import renewing
from services.reconciler.statements import StatementRefused
from services.reconciler.statements.profile import PROFILES, ProfileError, load_profile
from services.store import simulations, uploads
from services.store.accounts import find_account
from services.store.crashpoint import reach
from services.store.database import Actor, Pool, Role, encode_json, working
from services.store.outages import OUTAGES
from services.store.simulations import LINES_KEPT_MAX, LineRow, TakenSimulation

POLL_SECONDS: Final = 5.0
TRIES_MAX: Final = 5
_FORGET_EVERY_SECONDS: Final = 600.0
_LET_GO_SECONDS_MAX: Final = 5.0
_STEP_SECONDS_MAX: Final = 120.0
_SPOOL_BYTES_MAX: Final = 4 * 1_048_576
_PIECE_BYTES: Final = 256 * 1024

_INTERRUPTIONS: Final[tuple[type[BaseException], ...]] = (asyncio.CancelledError, *OUTAGES)

T = TypeVar("T")

log = structlog.get_logger()


class SimulatingTooSlowError(SubsidyError):
    """One step took longer than any honest file takes: the file's fault, or a defect, and no outage."""

    def __init__(self) -> None:
        super().__init__(f"simulating: one step took more than {_STEP_SECONDS_MAX:.0f} s")


class Simulator:
    """One worker for simulations; `run` it in a task and cancel the task to stop."""

    def __init__(self, pool: Pool, name: str, *, policy: Policy) -> None:
        self._pool = pool
        self._policy = policy
        self._actor = Actor(role=Role.WORKER, name=name, origin="reconciler")
        self._woken = asyncio.Event()
        self._forgets_at = 0.0

    def wake(self) -> None:
        """Say that there may be work."""
        self._woken.set()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            self._woken.clear()
            try:
                await self._forget_in_time()
                await self.drain()
            except OUTAGES as error:
                log.warning("database not reached", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)

    async def drain(self) -> int:
        """Work until nothing is left that can be worked on now; return how many were taken."""
        count = 0
        while True:
            async with working(self._pool, self._actor) as connection:
                taken = await simulations.take(connection)
            if taken is None:
                return count
            await self.advance(taken)
            count += 1

    async def _forget_in_time(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._forgets_at:
            await self.forget()
            self._forgets_at = now + _FORGET_EVERY_SECONDS

    async def forget(self) -> None:
        """Forget yesterday's simulations, and uploads that became nothing."""
        async with working(self._pool, self._actor) as connection:
            await simulations.forget(connection)
            await uploads.purge(connection)

    async def advance(self, taken: TakenSimulation) -> None:
        """Answer one simulation, or leave it to be tried again."""
        reach("simulating.after_take")
        try:
            async with renewing(lambda: self._renew(taken)):
                await self._answer(taken)
        except _INTERRUPTIONS:
            # Stopping, or a connection was lost. If the database answers, whoever comes next need not wait.
            with contextlib.suppress(*OUTAGES):
                async with asyncio.timeout(_LET_GO_SECONDS_MAX), working(self._pool, self._actor) as connection:
                    await simulations.let_go(connection, taken)
            raise
        except Exception:
            # A defect: it stays taken until its time runs out, and is tried again then.
            log.exception("simulation failed", simulation_id=taken.id, tries=taken.tries)

    async def _renew(self, taken: TakenSimulation) -> None:
        async with working(self._pool, self._actor) as connection:
            await simulations.renew(connection, taken)

    async def _answer(self, taken: TakenSimulation) -> None:
        if taken.tries > TRIES_MAX:
            await self._refuse(taken, finding("SIMULATION_FAILED", tries=TRIES_MAX))
            return
        try:
            answer = await self._simulate(taken)
        except StatementRefused as refused:
            await self._refuse(taken, refused.violation)
        except ProfileError:
            known = ", ".join(sorted(PROFILES))
            await self._refuse(taken, finding("SOURCE_UNKNOWN", source=taken.source, known=known))
        else:
            async with working(self._pool, self._actor) as connection:
                await simulations.answer(
                    connection, taken, summary=answer.summary, findings=answer.findings, lines=answer.lines
                )
                reach("simulating.before_commit")

    async def _refuse(self, taken: TakenSimulation, reason: Violation) -> None:
        async with working(self._pool, self._actor) as connection:
            await simulations.refuse(connection, taken, findings=records([reason]))

    async def _simulate(self, taken: TakenSimulation) -> "_Answer":
        profile = load_profile(taken.source)
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES_MAX) as spool:
            await self._fetch(taken, spool)
            file = CanonicalFile(iter(lambda: spool.read(_PIECE_BYTES), b""), profile, taken.filename)
            with contextlib.closing(file):
                while await _in_thread(file.step):
                    pass
                return await self._rehearse(taken, file)

    async def _fetch(self, taken: TakenSimulation, spool: IO[bytes]) -> None:
        seq = 0
        while True:
            async with working(self._pool, self._actor) as connection:
                piece = await uploads.read_piece(connection, taken.upload_id, seq)
            if piece is None:
                break
            await asyncio.to_thread(spool.write, piece)
            seq += 1
        spool.seek(0)

    async def _rehearse(self, taken: TakenSimulation, file: CanonicalFile) -> "_Answer":
        async with working(self._pool, self._actor) as connection:
            rehearsal = Rehearsal(await find_account(connection, file.facts.account), self._policy)
            statement = await find_statement(connection, taken.source, file.sha256)
        count = _Count(taken.id)
        batches = file.batches()
        while (batch := await _in_thread(partial(next, batches, None))) is not None:
            async with working(self._pool, self._actor) as connection:
                looked_up = await rehearsal.look_up(connection, batch)
            await _in_thread(partial(count.add_decided, rehearsal, batch, looked_up))
        fate = fate_of(claims_in(file.facts), rehearsal.account, rehearsal.sums(file.facts), source=taken.source)
        lines = count.kept()
        return _Answer(
            summary={
                "fate": fate.outcome,
                "new_lines": fate.new_lines,
                "facts": facts_record(attrs.evolve(file.facts, holds=())),
                "statement_id": None if statement is None else statement.id,
                "groups": count.groups(),
                "lines_kept": len(lines),
            },
            findings=records(fate.findings),
            lines=lines,
        )


async def _in_thread(step: Callable[[], T]) -> T:
    """Run one step in a thread, and never leave it running behind us: it uses what we are about to close."""
    running = asyncio.ensure_future(asyncio.to_thread(step))
    try:
        return await asyncio.wait_for(asyncio.shield(running), _STEP_SECONDS_MAX)
    except TimeoutError:
        raise SimulatingTooSlowError from None
    finally:
        if not running.done():
            await asyncio.wait([running], timeout=_STEP_SECONDS_MAX)


@attrs.frozen(kw_only=True)
class _Answer:
    """What is kept of a simulation."""

    summary: dict[str, Any]
    findings: Sequence[dict[str, object]]
    lines: Sequence[LineRow]


class _Count:
    """Counts all lines by what would become of them, and keeps the first of the file."""

    def __init__(self, simulation_id: int) -> None:
        self._simulation_id = simulation_id
        self._lines: Counter[tuple[str, str, str, str]] = Counter()
        self._fen: Counter[tuple[str, str, str, str]] = Counter()
        self._kept: list[LineRow] = []

    def add_decided(self, rehearsal: Rehearsal, batch: Sequence[Placed], looked_up: LookedUp) -> None:
        """Decide a batch and count it."""
        for each in rehearsal.decide(batch, looked_up):
            line = each.line
            # What a known line was decided to be is counted in its own statement.
            reason = "" if each.disposition == KNOWN else each.record.get("reason", "")
            key = (each.disposition, reason, line.direction.value, line.currency)
            self._lines[key] += 1
            self._fen[key] += line.amount.fen
            if line.ordinal < LINES_KEPT_MAX:
                self._kept.append(self._row(each))

    def _row(self, each: Rehearsed) -> LineRow:
        line = each.line
        return (
            self._simulation_id,
            line.ordinal,
            line.booked,
            line.direction.value,
            line.amount.fen,
            line.currency,
            line.memo,
            line.payer_name,
            line.payer_account,
            each.disposition,
            encode_json(each.record),
            each.known_from,
        )

    def kept(self) -> list[LineRow]:
        """The kept lines, in the order of the file."""
        return sorted(self._kept, key=lambda row: row[1])

    def groups(self) -> list[dict[str, object]]:
        """Lines and sums by outcome, reason, direction and currency; yuan and dollars add up to nothing."""
        return [
            {
                "disposition": key[0],
                "reason": key[1],
                "direction": key[2],
                "currency": key[3],
                "lines": lines,
                "fen": self._fen[key],
            }
            for key, lines in sorted(self._lines.items())
        ]
