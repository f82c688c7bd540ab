"""Read a stored file into staged lines: bounded memory, off the event loop, whatever the size of the file."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO

from libsubsidy import SubsidyError, Violation
from services.reconciler.findings import finding
from services.reconciler.proving import records
from services.reconciler.statements import StatementRefused, open_statement
from services.reconciler.statements.profile import PROFILES, Profile, ProfileError, load_profile
from services.reconciler.statements.statement import StatementFacts, StatementLine
from services.store import staging
from services.store.crashpoint import reach
from services.store.database import Actor, Pool, working
from services.store.leases import ClaimedStatement
from services.store.statements import read_chunk

# A step of reading is one call in a thread; its lines are copied to the database while the next step is read.
READ_LINES_MAX = 5_000
_READ_SECONDS_MAX = 120.0
_SPOOL_BYTES_MAX = 4 * 1_048_576
_PIECE_BYTES = 256 * 1024


class ReadingTooSlowError(SubsidyError):
    """One step of reading took longer than any honest file takes: the file's fault, or a defect, and no outage."""

    def __init__(self, statement_id: int) -> None:
        super().__init__(f"reading statement {statement_id}: one step took more than {_READ_SECONDS_MAX:.0f} s")


async def read_statement(pool: Pool, claimed: ClaimedStatement, actor: Actor) -> None:
    """Stage every line of the file, or refuse it whole; the statement is `staged` or `refused` afterwards.

    Raises:
        LeaseLostError: another worker has taken it over.
    """
    try:
        facts = await stage_file(pool, claimed, actor)
    except StatementRefused as refused:
        await _move(pool, claimed, actor, "refused", findings=[refused.violation])
    except ProfileError:
        reason = finding("SOURCE_UNKNOWN", source=claimed.source, known=", ".join(sorted(PROFILES)))
        await _move(pool, claimed, actor, "refused", findings=[reason])
    else:
        await _move(pool, claimed, actor, "staged", facts=facts_record(facts), staged_lines=facts.lines)


async def stage_file(pool: Pool, claimed: ClaimedStatement, actor: Actor) -> StatementFacts:
    """Stage every line of the file anew and return what the file says of itself.

    Raises:
        LeaseLostError: another worker has taken the statement over.
        ProfileError: the source has no profile.
        StatementRefused: the file is wrong as a whole.
    """
    profile = load_profile(claimed.source)
    async with working(pool, actor) as connection:
        await staging.begin_staging(connection, claimed.lease)
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES_MAX) as spool:
        await _fetch_file(pool, claimed, actor, spool)
        return await _stage_lines(pool, claimed, actor, spool, profile)


async def _fetch_file(pool: Pool, claimed: ClaimedStatement, actor: Actor, spool: IO[bytes]) -> None:
    seq = 0
    while True:
        async with working(pool, actor) as connection:
            piece = await read_chunk(connection, claimed.lease.statement_id, seq)
        if piece is None:
            break
        await asyncio.to_thread(spool.write, piece)
        seq += 1
    spool.seek(0)


async def _stage_lines(
    pool: Pool, claimed: ClaimedStatement, actor: Actor, spool: IO[bytes], profile: Profile
) -> StatementFacts:
    pieces = iter(lambda: spool.read(_PIECE_BYTES), b"")
    reading = open_statement(pieces, profile, claimed.filename, batch_lines=READ_LINES_MAX)
    statement_id = claimed.lease.statement_id

    async def step() -> list[staging.StagedRow] | None:
        try:
            return await asyncio.wait_for(asyncio.to_thread(_next_rows, reading, statement_id), _READ_SECONDS_MAX)
        except TimeoutError:
            raise ReadingTooSlowError(statement_id) from None

    upcoming = asyncio.create_task(step())
    try:
        while (rows := await upcoming) is not None:
            upcoming = asyncio.create_task(step())
            async with working(pool, actor) as connection:
                await staging.stage(connection, claimed.lease, rows)
            reach("reading.after_stage")
    finally:
        # The thread cannot be stopped, and closing the file below it would be worse than waiting for its step.
        await asyncio.wait([upcoming], timeout=_READ_SECONDS_MAX)
    return reading.facts


def _next_rows(reading: Iterator[list[StatementLine]], statement_id: int) -> list[staging.StagedRow] | None:
    lines = next(reading, None)
    return None if lines is None else [_row(line, statement_id) for line in lines]


def _row(line: StatementLine, statement_id: int) -> staging.StagedRow:
    marks = staging.MARK_REVERSAL * line.reversal + staging.MARK_READERS_DISAGREE * line.readers_disagree
    return (
        statement_id,
        line.booked,
        line.bank_id,
        line.fingerprint,
        line.ordinal,
        line.direction.value,
        line.amount.fen,
        line.currency,
        line.memo,
        None if line.raw_memo == line.memo else line.raw_memo,
        line.payer_name,
        line.payer_account,
        line.payer_bank,
        None if line.kind is None else line.kind.value,
        marks,
    )


async def _move(
    pool: Pool,
    claimed: ClaimedStatement,
    actor: Actor,
    to_state: str,
    *,
    findings: Sequence[Violation] = (),
    facts: dict[str, object] | None = None,
    staged_lines: int | None = None,
) -> None:
    async with working(pool, actor) as connection:
        await staging.move(
            connection, claimed.lease, to_state, findings=records(findings), facts=facts, staged_lines=staged_lines
        )
        reach("reading.before_commit")


def facts_record(facts: StatementFacts) -> dict[str, object]:
    """The reader's facts as they are stored beside the statement."""
    return {
        "account": facts.account,
        "bank_code": facts.bank_code,
        "currency": facts.currency,
        "first_day": facts.first_day and facts.first_day.isoformat(),
        "last_day": facts.last_day and facts.last_day.isoformat(),
        "first_booked": facts.first_booked and facts.first_booked.isoformat(),
        "last_booked": facts.last_booked and facts.last_booked.isoformat(),
        "opening_fen": None if facts.opening is None else facts.opening.fen,
        "closing_fen": None if facts.closing is None else facts.closing.fen,
        "closing_day": facts.closing_day and facts.closing_day.isoformat(),
        "lines": facts.lines,
        "credit_fen": facts.credit_fen,
        "debit_fen": facts.debit_fen,
        "holds": records(facts.holds),
    }
