"""Settle a proven statement, batch by batch: lines, allocations, settlements, ledgers, cases and events, all or nothing.

Each batch is one transaction that first checks the lease and last moves the cursor. A process may die anywhere between:
the next one goes on after the last batch that was committed, and a batch that was half done never was.
"""

import asyncio
from collections.abc import Sequence

import attrs

from libsubsidy import Policy
from services.reconciler.matching import Batch, Knowledge, Seen, foresee, keys_of, match, named
from services.store import bank_lines, posting, staging
from services.store.bank_lines import MemoKey
from services.store.crashpoint import reach
from services.store.database import Actor, Connection, Pool, working
from services.store.leases import ClaimedStatement, Lease, fence
from services.store.plans import go_by_keys

# Large enough that a commit costs little per line, small enough that a batch takes seconds and tens of megabytes.
BATCH_LINES_MAX = 10_000


@attrs.define
class Progress:
    """How far the matching of a statement is."""

    cursor: staging.Cursor | None
    matched_lines: int
    new_lines: int


async def settle_statement(
    pool: Pool,
    claimed: ClaimedStatement,
    account_id: int,
    *,
    overlaps: bool,
    actor: Actor,
    policy: Policy,
    batch_lines: int = BATCH_LINES_MAX,
) -> Progress:
    """Match and settle what is left of a proven statement, `batch_lines` in each transaction.

    Raises:
        LeaseLostError: another worker has taken it over.
    """
    lease = claimed.lease
    progress = Progress(staging.cursor_of(claimed.cursor), claimed.matched_lines, claimed.new_lines)
    upcoming = asyncio.create_task(_fetch(pool, lease, progress.cursor, actor, policy=policy, batch_lines=batch_lines))
    try:
        while (batch := await upcoming) is not None:
            # The next batch is read and decided beforehand while this one is written.
            upcoming = asyncio.create_task(
                _fetch(pool, lease, batch.last, actor, policy=policy, batch_lines=batch_lines)
            )
            async with working(pool, actor) as connection:
                await settle_batch(
                    connection, lease, batch, progress, account_id=account_id, overlaps=overlaps, policy=policy
                )
                reach("settling.before_commit")
            reach("settling.after_commit")
    finally:
        upcoming.cancel()
        await asyncio.gather(upcoming, return_exceptions=True)
    return progress


async def _fetch(
    pool: Pool, lease: Lease, after: staging.Cursor | None, actor: Actor, *, policy: Policy, batch_lines: int
) -> Batch | None:
    async with working(pool, actor) as connection:
        await go_by_keys(connection)
        lines = await staging.next_batch(connection, lease.statement_id, after, batch_lines)
        if not lines:
            return None
        keys = await asyncio.to_thread(keys_of, lines)
        # Not locked: what changes until the batch's turn is decided anew.
        seen = Seen(
            notices=await bank_lines.find_notices(connection, named(keys)),
            employers=await _employers(connection, named(keys)),
        )
    return await asyncio.to_thread(foresee, lines, keys, after, seen, policy)


async def _employers(connection: Connection, keys: Sequence[MemoKey]) -> frozenset[str]:
    return await bank_lines.employers_among(connection, list({code for code, _ in keys}))


async def settle_batch(
    connection: Connection,
    lease: Lease,
    batch: Batch,
    progress: Progress,
    *,
    account_id: int,
    overlaps: bool,
    policy: Policy,
) -> None:
    """Decide one batch and write everything that follows, inside the caller's transaction."""
    await fence(connection, lease)
    await go_by_keys(connection)
    known = (
        await bank_lines.known(connection, account_id, [line["fingerprint"] for line in batch.lines])
        if overlaps
        else frozenset[tuple[bytes, int]]()
    )
    knowledge = Knowledge(
        known=frozenset(known),
        notices=await bank_lines.lock_notices(connection, batch.named),
        employers=await _employers(connection, batch.named),
    )
    ids = await bank_lines.reserve_ids(connection, len(batch.lines))
    matched = await asyncio.to_thread(
        match, batch, knowledge, ids, account_id=account_id, statement_id=lease.statement_id, policy=policy
    )
    await bank_lines.add(connection, matched.lines)
    reach("settling.after_lines")
    await posting.settle(connection, matched.pairs)
    reach("settling.after_posting")
    await posting.open_cases(connection, matched.cases)
    progress.cursor = batch.last
    progress.matched_lines += len(batch.lines)
    progress.new_lines += len(matched.lines)
    await staging.advance(
        connection,
        lease,
        progress.cursor,
        matched_lines=progress.matched_lines,
        new_lines=progress.new_lines,
    )
