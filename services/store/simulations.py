"""Requests to decide a file without writing anything of it: the portal asks, the reconciler answers, both forget.

A worker has a simulation until `taken_until`, and the number of its try is its fence: what was taken over by another is
answered by that one alone.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import attrs
from asyncpg import Record

from services.store.database import Connection, EncodedJson
from services.store.leases import LEASE
from services.store.refusals import RefusedError, absent, violation
from services.store.uploads import FORGOTTEN_AFTER

# Lines kept for looking at; the summary counts all.
LINES_KEPT_MAX: Final = 10_000
# One person's requests that wait at once: each keeps its file until it is answered.
WAITING_MAX: Final = 5
LINE_COLUMNS: Final = (
    *("simulation_id", "ordinal", "booked", "direction", "amount_fen", "currency", "memo", "payer_name"),
    *("payer_account", "disposition", "decision", "known_from"),
)
LineRow = tuple[int, int, date, str, int, str, str, str, str, str, EncodedJson, int | None]

_COLUMNS: Final = "id, source, filename, asked_by, asked_at, state, findings, summary, answered_at"


@attrs.frozen(kw_only=True)
class Simulation:
    """A request, and its answer when there is one.

    Attributes:
        state: waiting, done, or refused (the file cannot be read).
        findings: why it is refused, or would be refused or held; code, params and both texts.
        summary: as `services/reconciler/simulating.py` writes it; None until it is done.
    """

    id: int
    source: str
    filename: str
    asked_by: str
    asked_at: datetime
    state: str
    findings: tuple[Mapping[str, Any], ...]
    summary: Mapping[str, Any] | None
    answered_at: datetime | None


@attrs.frozen(kw_only=True)
class SimulatedLine:
    """One line of a simulated file.

    Attributes:
        ordinal: place in the file, from 0.
        disposition: settled, refund, hold, other, or known.
        decision: the record, which `libsubsidy.explain_record` puts into words.
        known_from: the statement that brought a known line.
    """

    ordinal: int
    booked: date
    direction: str
    amount_fen: int
    currency: str
    memo: str
    payer_name: str
    payer_account: str
    disposition: str
    decision: Mapping[str, Any]
    known_from: int | None


@attrs.frozen(kw_only=True)
class TakenSimulation:
    """What a worker needs to know; `tries` is its fence."""

    id: int
    upload_id: int
    source: str
    filename: str
    tries: int


async def ask(connection: Connection, upload_id: int, *, source: str, filename: str) -> Simulation:
    """Ask for a simulation of a file that the actor uploaded; the upload belongs to it from now on.

    Raises:
        RefusedError: ABSENT; the upload is not there, or another's. SIMULATIONS_WAITING.
    """
    await refuse_when_many_wait(connection)
    row = await connection.fetchrow(
        f"""
        WITH asked AS (
            INSERT INTO simulation (upload_id, source, filename)
            SELECT id, $2, $3 FROM upload WHERE id = $1 AND owner = current_actor() RETURNING *)
        SELECT {_COLUMNS}, pg_notify('simulation', id::text) FROM asked
        """,
        upload_id,
        source,
        filename,
    )
    if row is None:
        raise absent("上传文件", "upload", upload_id)
    return _simulation(row)


async def refuse_when_many_wait(connection: Connection) -> None:
    """Refuse one more while enough of the actor's wait; to be asked before the file is sent, too.

    Raises:
        RefusedError: SIMULATIONS_WAITING.
    """
    waiting: int = await connection.fetchval(
        "SELECT count(*) FROM simulation WHERE state = 'waiting' AND asked_by = current_actor()"
    )
    if waiting >= WAITING_MAX:
        raise RefusedError(violation("SIMULATIONS_WAITING", limit=WAITING_MAX))


async def get(connection: Connection, simulation_id: int) -> Simulation:
    """Return a simulation.

    Raises:
        RefusedError: ABSENT; also of one that is forgotten.
    """
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM simulation WHERE id = $1", simulation_id)
    if row is None:
        raise absent("试算", "simulation", simulation_id)
    return _simulation(row)


def _simulation(row: Record) -> Simulation:
    facts = {name: row[name] for name in attrs.fields_dict(Simulation)}
    return Simulation(**{**facts, "findings": tuple(facts["findings"])})


async def lines(
    connection: Connection,
    simulation_id: int,
    *,
    after: int | None = None,
    disposition: str | None = None,
    reason: str | None = None,
    limit: int,
) -> list[SimulatedLine]:
    """Return kept lines in the order of the file, from after an ordinal on, those of one outcome or reason, or all."""
    rows = await connection.fetch(
        """
        SELECT ordinal, booked, direction, amount_fen, currency, memo, payer_name, payer_account, disposition, decision,
               known_from
        FROM simulation_line
        WHERE simulation_id = $1 AND ($2::integer IS NULL OR ordinal > $2)
          AND ($3::text IS NULL OR disposition = $3) AND ($4::text IS NULL OR decision ->> 'reason' = $4)
        ORDER BY ordinal LIMIT $5
        """,
        simulation_id,
        after,
        disposition,
        reason,
        limit,
    )
    return [SimulatedLine(**dict(row)) for row in rows]


async def take(connection: Connection) -> TakenSimulation | None:
    """Take the oldest request that nobody has, for a lease's time; None when there is none."""
    row = await connection.fetchrow(
        """
        UPDATE simulation SET tries = tries + 1, taken_until = clock_timestamp() + $1::interval
        WHERE id = (
            SELECT id FROM simulation
            WHERE state = 'waiting' AND (taken_until IS NULL OR taken_until < clock_timestamp())
            ORDER BY tries, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING id, upload_id, source, filename, tries
        """,
        LEASE,
    )
    return None if row is None else TakenSimulation(**dict(row))


async def renew(connection: Connection, taken: TakenSimulation) -> bool:
    """Go on having it for a lease's time; False when another has it."""
    return await _changed(
        connection,
        "UPDATE simulation SET taken_until = clock_timestamp() + $3::interval WHERE id = $1 AND tries = $2",
        taken,
        LEASE,
    )


async def let_go(connection: Connection, taken: TakenSimulation) -> None:
    """Let another take it at once; the try counts."""
    await _changed(connection, "UPDATE simulation SET taken_until = NULL WHERE id = $1 AND tries = $2", taken)


async def answer(
    connection: Connection,
    taken: TakenSimulation,
    *,
    summary: Mapping[str, object],
    findings: Sequence[Mapping[str, object]],
    lines: Sequence[LineRow],
) -> bool:
    """Keep the answer and forget the file; False, and nothing is written, when another has it."""
    if not await _end(connection, taken, "done", findings, summary):
        return False
    await connection.copy_records_to_table("simulation_line", records=lines, columns=LINE_COLUMNS, timeout=60)
    return True


async def refuse(connection: Connection, taken: TakenSimulation, *, findings: Sequence[Mapping[str, object]]) -> bool:
    """Say why the file cannot be read, and forget it; False when another has it."""
    return await _end(connection, taken, "refused", findings, None)


async def _end(
    connection: Connection,
    taken: TakenSimulation,
    state: str,
    findings: Sequence[Mapping[str, object]],
    summary: Mapping[str, object] | None,
) -> bool:
    ended = await _changed(
        connection,
        """
        UPDATE simulation SET state = $3, findings = $4, summary = $5, answered_at = now(), upload_id = NULL, taken_until = NULL
        WHERE id = $1 AND tries = $2 AND state = 'waiting'
        """,
        taken,
        state,
        list(findings),
        summary,
    )
    if ended:
        await connection.execute("DELETE FROM upload WHERE id = $1", taken.upload_id, timeout=300)
    return ended


async def _changed(connection: Connection, sql: str, taken: TakenSimulation, *more: object) -> bool:
    changed = await connection.execute(sql, taken.id, taken.tries, *more)
    return changed.endswith(" 1")


async def forget(connection: Connection, *, older_than: timedelta = FORGOTTEN_AFTER) -> int:
    """Forget what was asked long ago, answered or not, with its lines and bytes; return how many there were."""
    forgotten: int = await connection.fetchval(
        """
        WITH forgotten AS (DELETE FROM simulation WHERE asked_at < now() - $1::interval RETURNING upload_id),
        dropped AS (DELETE FROM upload WHERE id IN (SELECT upload_id FROM forgotten))
        SELECT count(*) FROM forgotten
        """,
        older_than,
        timeout=300,
    )
    return forgotten
