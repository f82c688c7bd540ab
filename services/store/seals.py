"""批量封存/启封: what would happen to each row, and doing all of it or nothing (F61-F65, I22, D-9).

A batch is judged by libsubsidy while the employments are locked, so that of two batches with the same person the second
finds the state changed and is refused. History is kept in seal_batch and seal_row; what holds now stands in employment.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import (
    EmploymentState,
    LiveLine,
    Month,
    Policy,
    SealRow,
    Violation,
    advise_seal,
    check_seals,
    target_of,
)
from services.store import change_records, moving_people
from services.store.applications import refuse_closed
from services.store.change_records import NewRecord
from services.store.checking import refuse_clerk_alone
from services.store.database import Connection
from services.store.employees import EMPLOYEES_MAX
from services.store.long_work import off_loop
from services.store.moving_people import Mover
from services.store.reasons import REASON_CHARACTERS_MAX
from services.store.refusals import RefusedError, RowsRefusedError, absent, limit_list, violation
from services.store.shared_values import month_of
from services.store.violations import translated

ROWS_PER_PAGE_MAX: Final = 200
# The driver writes the arrays of one statement in one go, and nothing else happens meanwhile.
_ROWS_PER_STATEMENT: Final = 5_000


@attrs.frozen(kw_only=True)
class WantedSeal:
    """A row of the list of changes, as it was filled in.

    Attributes:
        reason: may be empty.
    """

    row: SealRow
    reason: str = ""


@attrs.frozen(kw_only=True)
class JudgedSeal:
    """What would happen to a row.

    Attributes:
        mover: None for somebody who does not work here.
        target: the state that it would have; None where that is none.
        broken: everything that keeps it from being done.
        advice: what a clerk should know before.
    """

    wanted: WantedSeal
    mover: Mover | None
    target: EmploymentState | None
    broken: tuple[Violation, ...]
    advice: tuple[Violation, ...]


@attrs.frozen(kw_only=True)
class SealBatch:
    """A batch that was done.

    Attributes:
        made_by: the actor.
        who: the own user's name.
    """

    id: int
    sealed_count: int
    unsealed_count: int
    made_at: datetime
    made_by: str
    who: str


@attrs.frozen(kw_only=True)
class SealedRow:
    """A row of a batch that was done."""

    number: int
    person_id: int
    name: str
    id_number: str
    target: EmploymentState
    effective: Month
    reason: str


async def preview(
    connection: Connection, employer_id: int, wanted: Sequence[WantedSeal], *, policy: Policy, today: date
) -> tuple[JudgedSeal, ...]:
    """Say of each row what would happen, what keeps it from that, and what to know before; nothing is written.

    Raises:
        RefusedError: LIST_TOO_LONG.
    """
    limit_list(wanted, EMPLOYEES_MAX)
    movers = await moving_people.read(connection, employer_id, _people(wanted))
    since = min((each.row.effective for each in wanted), default=Month.of(today))
    live = await moving_people.live_lines(connection, employer_id, _people(wanted), since)
    return await off_loop(len(wanted), _judged, wanted, movers, live, policy, today)


def _judged(
    wanted: Sequence[WantedSeal],
    movers: Mapping[int, Mover],
    live: Mapping[int, Sequence[LiveLine]],
    policy: Policy,
    today: date,
) -> tuple[JudgedSeal, ...]:
    broken = _broken(wanted, movers, policy, today)
    judged = []
    for place, each in enumerate(wanted):
        mover = movers.get(each.row.person_id)
        judged.append(
            JudgedSeal(
                wanted=each,
                mover=mover,
                target=None if mover is None else target_of(mover.employment.state),
                broken=broken.get(place, ()),
                advice=()
                if mover is None
                else advise_seal(each.row, mover.employment, live.get(each.row.person_id, ())),
            )
        )
    return tuple(judged)


def _broken(
    wanted: Sequence[WantedSeal], movers: Mapping[int, Mover], policy: Policy, today: date
) -> dict[int, tuple[Violation, ...]]:
    known = {person_id: mover.employment for person_id, mover in movers.items()}
    broken = check_seals([each.row for each in wanted], known, policy, today)
    for place, each in enumerate(wanted):
        if (characters := len(each.reason)) > REASON_CHARACTERS_MAX:
            too_long = violation("REASON_TOO_LONG", limit=REASON_CHARACTERS_MAX, characters=characters)
            broken[place] = (*broken.get(place, ()), too_long)
    return broken


async def submit(
    connection: Connection, employer_id: int, wanted: Sequence[WantedSeal], *, policy: Policy, today: date
) -> SealBatch:
    """Seal and unseal everybody on the list, or nobody.

    Raises:
        RowsRefusedError: with every row that cannot be done.
        RefusedError: SEAL_EMPTY, LIST_TOO_LONG, EMPLOYER_CLOSED, CHECKER_NEEDED.
    """
    if not wanted:
        raise RefusedError(Violation.of("SEAL_EMPTY"))
    limit_list(wanted, EMPLOYEES_MAX)
    await refuse_closed(connection, employer_id)
    await refuse_clerk_alone(connection, employer_id, "封存/启封", "sealing and unsealing")
    movers = await moving_people.read(connection, employer_id, _people(wanted), lock=True)
    broken = await off_loop(len(wanted), _broken, wanted, movers, policy, today)
    if broken:
        raise RowsRefusedError([(place, each) for place, found in sorted(broken.items()) for each in found])
    sealed = sum(each.row.expected is EmploymentState.ACTIVE for each in wanted)
    with translated():
        batch_id: int = await connection.fetchval(
            """
            INSERT INTO seal_batch (employer_id, sealed_count, unsealed_count) VALUES ($1, $2, $3) RETURNING id
            """,
            employer_id,
            sealed,
            len(wanted) - sealed,
        )
        for start in range(0, len(wanted), _ROWS_PER_STATEMENT):
            part = wanted[start : start + _ROWS_PER_STATEMENT]
            await _flip(connection, employer_id, batch_id, start, part)
            await change_records.add(connection, await off_loop(len(part), _records, employer_id, part, movers))
    return await get(connection, batch_id)


async def _flip(
    connection: Connection, employer_id: int, batch_id: int, start: int, part: Sequence[WantedSeal]
) -> None:
    await connection.execute(
        """
        WITH given AS (
            SELECT * FROM unnest($4::bigint[], $5::date[], $6::text[])
                WITH ORDINALITY AS given (person_id, month, reason, place)),
        flipped AS (
            -- As libsubsidy.flip_seal: the latest decision holds from its month on.
            UPDATE employment e
            SET state = CASE e.state WHEN 'active' THEN 'sealed' ELSE 'active' END,
                state_from = CASE e.state WHEN 'active' THEN g.month END,
                sealed_months = CASE e.state
                    WHEN 'active' THEN e.sealed_months - datemultirange(daterange(g.month, NULL))
                    ELSE e.sealed_months + datemultirange(daterange(coalesce(e.state_from, '0001-01-01'), g.month)) END
            FROM given g WHERE e.employer_id = $1 AND e.person_id = g.person_id
            RETURNING e.id, e.person_id, e.state, g.month, g.reason, g.place),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
            SELECT $1, 'employment', id, CASE state WHEN 'active' THEN 'sealed' ELSE 'active' END, state, reason FROM flipped)
        INSERT INTO seal_row
            (batch_id, employer_id, row_number, employment_id, person_id, to_state, effective_month, reason)
        SELECT $2, $1, $3 + place, id, person_id, state, month, reason FROM flipped
        """,
        employer_id,
        batch_id,
        start,
        _people(part),
        moving_people.first_days([each.row.effective for each in part]),
        [each.reason for each in part],
    )


def _records(employer_id: int, part: Sequence[WantedSeal], movers: Mapping[int, Mover]) -> list[NewRecord]:
    return [
        NewRecord(
            employer_id=employer_id,
            employment_id=(mover := movers[each.row.person_id]).employment_id,
            field="state",
            before=mover.employment.state.value,
            after="sealed" if mover.employment.state is EmploymentState.ACTIVE else "active",
            effective_month=each.row.effective,
            reason=each.reason,
        )
        for each in part
    ]


def _people(wanted: Sequence[WantedSeal]) -> list[int]:
    return [each.row.person_id for each in wanted]


_BATCH: Final = """
    SELECT b.id, b.sealed_count, b.unsealed_count, b.made_at, b.made_by, coalesce(u.name, '') AS who
    FROM seal_batch b
    LEFT JOIN portal_user u ON u.id = substring(b.made_by FROM '^user/([0-9]{1,18})$')::bigint"""


async def get(connection: Connection, batch_id: int) -> SealBatch:
    """Return a batch.

    Raises:
        RefusedError: ABSENT, also for one of another employer (I31).
    """
    row = await connection.fetchrow(f"{_BATCH} WHERE b.id = $1", batch_id)
    if row is None:
        raise absent("封存/启封", "batch of seals", batch_id)
    return SealBatch(**row)


async def of_employer(
    connection: Connection,
    employer_id: int,
    *,
    before: int | None = None,
    skip: int = 0,
    limit: int = ROWS_PER_PAGE_MAX,
) -> tuple[SealBatch, ...]:
    """Return an employer's batches, the newest first, those before the batch `before` if it is given."""
    rows = await connection.fetch(
        f"""
        {_BATCH} WHERE b.employer_id = $1 AND ($2::bigint IS NULL OR b.id < $2) ORDER BY b.id DESC OFFSET $3 LIMIT $4
        """,
        employer_id,
        before,
        skip,
        min(limit, ROWS_PER_PAGE_MAX + 1),
    )
    return tuple(SealBatch(**row) for row in rows)


async def count(connection: Connection, employer_id: int) -> int:
    """Count an employer's batches."""
    found: int = await connection.fetchval("SELECT count(*) FROM seal_batch WHERE employer_id = $1", employer_id)
    return found


async def rows_of(
    connection: Connection, batch_id: int, *, after: int = 0, limit: int = ROWS_PER_PAGE_MAX
) -> tuple[SealedRow, ...]:
    """Return rows of a batch in the order of its list, from after a row's number on."""
    rows = await connection.fetch(
        """
        SELECT r.row_number, r.person_id, p.name, p.id_number, r.to_state, r.effective_month, r.reason
        FROM seal_row r JOIN person p ON p.id = r.person_id
        WHERE r.batch_id = $1 AND r.row_number > $2 ORDER BY r.row_number LIMIT $3
        """,
        batch_id,
        after,
        min(limit, ROWS_PER_PAGE_MAX + 1),
    )
    return tuple(_row(row) for row in rows)


def _row(row: Record) -> SealedRow:
    return SealedRow(
        number=row["row_number"],
        person_id=row["person_id"],
        name=row["name"],
        id_number=row["id_number"],
        target=EmploymentState(row["to_state"]),
        effective=month_of(row["effective_month"]),
        reason=row["reason"],
    )
