"""A worker: takes statements one by one, and brings each as far as it goes: read, prove, match, settle.

Any number of workers may run, in any number of processes. They are woken by NOTIFY, and look by themselves as well, so
that a lost notification or a crashed colleague costs seconds and never a statement.
"""

import asyncio
import contextlib
from contextlib import AbstractAsyncContextManager

import structlog

from libsubsidy import Money, Policy
from services.reconciler.findings import finding
from services.reconciler.proving import Held, Proven, Refused, claims_of, examine, records
from services.reconciler.reading import read_statement, stage_file
from services.reconciler.renewal import RENEW_SECONDS, renewing
from services.reconciler.settling import BATCH_LINES_MAX, settle_statement
from services.store import accounts, bank_lines, leases, outbox, releases, staging
from services.store.crashpoint import reach
from services.store.database import ACQUIRE_SECONDS_MAX, Actor, Connection, Pool, Role, working
from services.store.leases import ClaimedStatement, LeaseLostError
from services.store.outages import OUTAGES

POLL_SECONDS = 5.0
# A proven statement is tried for ever: some of its lines may be posted, and the rest must follow.
TRIES_MAX = 5
_RENEW_SECONDS = RENEW_SECONDS
_LET_GO_SECONDS_MAX = 5.0
_INTERRUPTIONS: tuple[type[BaseException], ...] = (asyncio.CancelledError, *OUTAGES)

log = structlog.get_logger()


class Worker:
    """One worker over a pool; `run` it in a task and cancel the task to stop."""

    def __init__(self, pool: Pool, name: str, *, policy: Policy, batch_lines: int = BATCH_LINES_MAX) -> None:
        self._pool = pool
        self._policy = policy
        self._batch_lines = batch_lines
        self._actor = Actor(role=Role.WORKER, name=name, origin="reconciler")
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Say that there may be work."""
        self._woken.set()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            self._woken.clear()
            try:
                await self._end_frozen()
                await self.drain()
            except OUTAGES as error:
                log.warning("database not reached", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)

    async def drain(self) -> int:
        """Work until nothing is left that can be worked on now; return the number of steps taken."""
        steps = 0
        while (claimed := await self._claim()) is not None:
            await self.advance(claimed)
            steps += 1
        return steps

    async def _end_frozen(self) -> None:
        async with working(self._pool, self._actor) as connection:
            abandoned = await leases.abandoned_transactions(connection)
        if not abandoned:
            return
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as connection:
            ended = await leases.end_frozen(connection, abandoned)
        if ended:
            log.warning("frozen sessions ended", sessions=ended)

    async def _claim(self) -> ClaimedStatement | None:
        async with working(self._pool, self._actor) as connection:
            return await leases.claim_next(connection, self._actor.name)

    async def advance(self, claimed: ClaimedStatement) -> None:
        """Bring one statement one stage further and let it go; the next stage may be another worker's."""
        lease = claimed.lease
        facts = {"statement_id": lease.statement_id, "state": claimed.state, "epoch": lease.epoch}
        log.info("statement taken", **facts)
        reach("worker.after_claim")
        try:
            if claimed.tries > TRIES_MAX and claimed.state != "proven":
                await self._park(claimed)
            else:
                await self._stage(claimed)
        except LeaseLostError:
            log.warning("lease lost", **facts)
            return
        except _INTERRUPTIONS as interruption:
            # Stopping, or a connection was lost, and what was under way is rolled back. If the database answers, whoever
            # comes next need not wait for the lease to run out. A time limit counts as a try: it may be the file's fault.
            with contextlib.suppress(*OUTAGES):
                async with asyncio.timeout(_LET_GO_SECONDS_MAX):
                    await self._let_go(claimed, counted=isinstance(interruption, TimeoutError))
            raise
        except Exception:
            # A defect: the lease is kept until it runs out, so that others work on and this one is tried again later.
            log.exception("statement failed", tries=claimed.tries, **facts)
            return
        await self._let_go(claimed)

    async def _stage(self, claimed: ClaimedStatement) -> None:
        async with self._renewing(claimed):
            match claimed.state:
                case "received":
                    await read_statement(self._pool, claimed, self._actor)
                case "staged":
                    await self._prove(claimed)
                case _:
                    await self._settle(claimed)

    async def _let_go(self, claimed: ClaimedStatement, *, counted: bool = False) -> None:
        async with working(self._pool, self._actor) as connection:
            await leases.let_go(connection, claimed.lease, counted=counted)

    async def _park(self, claimed: ClaimedStatement) -> None:
        """Leave a file that fails again and again, or kills whoever reads it, to a person; it is not lost."""
        reason = finding("WORK_FAILED", tries=TRIES_MAX)
        async with working(self._pool, self._actor) as connection:
            await staging.move(connection, claimed.lease, "held", findings=records([reason]))

    def _renewing(self, claimed: ClaimedStatement) -> AbstractAsyncContextManager[None]:
        """Keep the lease during a stage; a stage that takes long in one statement could not renew it itself."""

        async def renew() -> None:
            async with working(self._pool, self._actor) as connection:
                # Waits for the batch that holds the row, if one does: that batch renews as well.
                await leases.fence(connection, claimed.lease)

        return renewing(renew, _RENEW_SECONDS)

    async def _prove(self, claimed: ClaimedStatement) -> None:
        async with working(self._pool, self._actor) as connection:
            await leases.fence(connection, claimed.lease)
            await prove_statement(connection, claimed, policy=self._policy)
            reach("proving.before_commit")
        reach("proving.after_commit")

    async def _settle(self, claimed: ClaimedStatement) -> None:
        assert claimed.account_id is not None  # noqa: S101 -- a proven statement has one, by a constraint.
        assert claimed.facts is not None  # noqa: S101 -- written when it was staged.
        claims = claims_of(claimed.facts)
        async with working(self._pool, self._actor) as connection:
            staged = await staging.count_staged(connection, claimed.lease.statement_id)
            overlaps = claims.first_booked is not None and await staging.overlaps(
                connection, claimed.account_id, claimed.lease.statement_id, claims.first_booked
            )
        if staged != claimed.staged_lines:
            # The server crashed and emptied the table of unproven lines. Reading is deterministic: the lines that were
            # matched already are passed over by the cursor.
            await stage_file(self._pool, claimed, self._actor)
        progress = await settle_statement(
            self._pool,
            claimed,
            claimed.account_id,
            overlaps=overlaps,
            actor=self._actor,
            policy=self._policy,
            batch_lines=self._batch_lines,
        )
        if progress.matched_lines != claimed.staged_lines:
            # The server crashed while its lines were taken, and what looked like the end was an emptied table. The
            # statement stays proven, and whoever takes it next reads its file again.
            log.warning("staged lines lost", matched=progress.matched_lines, staged=claimed.staged_lines)
            return
        async with working(self._pool, self._actor) as connection:
            await finish_statement(connection, claimed)
            reach("settling.before_finish")
        reach("settling.after_finish")


async def prove_statement(connection: Connection, claimed: ClaimedStatement, *, policy: Policy) -> None:
    """Prove a staged statement; it is `proven`, `held` or `refused` afterwards, or waits for its account's turn."""
    lease, facts = claimed.lease, claimed.facts
    # Parked before it was read and released since, or the server crashed and emptied the table of unproven lines.
    if facts is None or await staging.count_staged(connection, lease.statement_id) != claimed.staged_lines:
        await staging.move(connection, lease, "received")
        return
    claims = claims_of(facts)
    found = await accounts.find_account(connection, claims.account)
    account = None if found is None else await accounts.lock_account(connection, found.id)
    sums = staging.Sums(new_lines=claims.lines, new_fen=claims.credit_fen - claims.debit_fen)
    if account is not None:
        await staging.note_account(connection, lease, account.id)
        if await staging.another_is_matched(connection, account.id, lease.statement_id):
            return
        if claims.first_booked is not None and await staging.overlaps(
            connection, account.id, lease.statement_id, claims.first_booked
        ):
            sums = await staging.sum_new(connection, account.id, lease.statement_id)
    proof = examine(
        claims,
        account,
        sums,
        source=claimed.source,
        uploaded_by=claimed.uploaded_by,
        released=await releases.released_findings(connection, lease.statement_id),
        policy=policy,
    )
    match proof:
        case Proven(closing_fen=closing_fen, through=through):
            assert account is not None  # noqa: S101 -- nothing is proven without one.
            await accounts.note_proven(connection, account.id, closing_fen=closing_fen, through=through)
            await staging.move(connection, lease, "proven")
        case Held(findings=findings, waits_for_gap=waits_for_gap):
            await staging.move(connection, lease, "held", findings=records(findings), waits_for_gap=waits_for_gap)
        case Refused(findings=findings):
            await staging.move(connection, lease, "refused", findings=records(findings))


async def finish_statement(connection: Connection, claimed: ClaimedStatement) -> None:
    """Say that every line is decided, and let statements that waited for this one be examined."""
    assert claimed.account_id is not None  # noqa: S101 -- as in `Worker._settle`.
    lease = claimed.lease
    await leases.fence(connection, lease)
    await staging.clear(connection, lease.statement_id)
    await staging.move(connection, lease, "reconciled")
    sums = await bank_lines.outcomes(connection, lease.statement_id)
    told = outbox.NewEvent(
        type="statement.reconciled.v1",
        subject=f"statement/{lease.statement_id}",
        body={
            "statement_id": str(lease.statement_id),
            "source": claimed.source,
            "lines": sums.lines,
            "settled": sums.settled,
            "refunds": sums.refunds,
            "held": sums.held,
            "others": sums.others,
            "settled_amount": str(Money(fen=sums.settled_fen)),
            "refund_amount": str(Money(fen=sums.refund_fen)),
            "held_amount": str(Money(fen=sums.held_fen)),
        },
    )
    await outbox.append(connection, [told])
    await staging.wake_waiting(connection, claimed.account_id)
