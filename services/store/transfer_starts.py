"""员工转出: putting people on the way to another employer, all of them or nobody (F68-F72, I23, design §12)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import attrs

from libsubsidy import LiveLine, Month, Move, Policy, Target, Violation, advise_transfer, answer_until, check_transfers
from services.store import attachments, change_records, moving_people
from services.store.applications import refuse_closed
from services.store.attachments import Subject
from services.store.change_records import NewRecord
from services.store.checking import refuse_clerk_alone
from services.store.database import Connection
from services.store.employees import EMPLOYEES_MAX
from services.store.long_work import off_loop
from services.store.moving_people import Mover
from services.store.reasons import REASON_CHARACTERS_MAX
from services.store.refusals import RowsRefusedError, limit_list, refuse, violation
from services.store.transfers import Transfer, Wanted, of_employer, tell_both
from services.store.violations import translated

_PER_STATEMENT: Final = 5_000


@attrs.frozen(kw_only=True)
class NewTransfers:
    """Who is to go where.

    Attributes:
        reason: may be empty.
        attachment_ids: of stored files; they prove all of them together.
    """

    to_employer_id: int
    person_ids: Sequence[int]
    effective: Month
    reason: str = ""
    attachment_ids: Sequence[int] = ()


async def start(
    connection: Connection, employer_id: int, asked: NewTransfers, *, policy: Policy, today: date
) -> tuple[Transfer, ...]:
    """Put everybody on the way, or nobody; gives the first of them, as many as a page has.

    Raises:
        RowsRefusedError: with everything that is wrong, by the row.
        RefusedError: EMPLOYER_ABSENT, LIST_TOO_LONG, EMPLOYER_CLOSED, CHECKER_NEEDED, or what is wrong with the files.
    """
    limit_list(asked.person_ids, EMPLOYEES_MAX)
    await refuse_closed(connection, employer_id)
    await refuse_clerk_alone(connection, employer_id, "转出", "transferring people")
    move = Move(
        employer_id=employer_id, target=await _target(connection, asked.to_employer_id), effective=asked.effective
    )
    movers = await moving_people.read(connection, employer_id, asked.person_ids, lock=True)
    broken = await off_loop(len(movers), _broken, asked, movers, move, policy, today)
    if broken:
        raise RowsRefusedError(broken, field="employees")
    with translated():
        batch_id: int = await connection.fetchval(
            """
            INSERT INTO transfer_batch (employer_id, to_employer_id, effective_month, reason, person_count)
            VALUES ($1, $2, $3, $4, $5) RETURNING id
            """,
            employer_id,
            asked.to_employer_id,
            asked.effective.first_day,
            asked.reason.strip(),
            len(asked.person_ids),
        )
        await attachments.bind(
            connection, "transfer", Subject("transfer", batch_id), asked.attachment_ids, policy=policy
        )
        for place in range(0, len(asked.person_ids), _PER_STATEMENT):
            part = asked.person_ids[place : place + _PER_STATEMENT]
            await _start_part(connection, batch_id, part, answer_until(today, policy))
            await change_records.add(connection, await off_loop(len(part), _left, employer_id, part, movers, asked))
    wanted = Wanted(incoming=False, batch_id=batch_id)
    return await of_employer(connection, employer_id, wanted, today)


async def advise(
    connection: Connection, employer_id: int, person_ids: Sequence[int], effective: Month
) -> tuple[Violation, ...]:
    """Say what a clerk should know before starting: months that orders hold stay with them.

    Raises:
        RefusedError: LIST_TOO_LONG.
    """
    limit_list(person_ids, EMPLOYEES_MAX)
    live = await moving_people.live_lines(connection, employer_id, person_ids, effective)
    movers = await moving_people.read(connection, employer_id, list(live))
    return await off_loop(len(movers), _advice, movers, live, effective)


def _advice(
    movers: Mapping[int, Mover], live: Mapping[int, Sequence[LiveLine]], effective: Month
) -> tuple[Violation, ...]:
    return tuple(
        told
        for person_id, mover in movers.items()
        for told in advise_transfer(mover.employment, effective, live[person_id])
    )


def _broken(
    asked: NewTransfers, movers: Mapping[int, Mover], move: Move, policy: Policy, today: date
) -> list[tuple[int | None, Violation]]:
    known = {person_id: mover.employment for person_id, mover in movers.items()}
    rows, whole = check_transfers(asked.person_ids, known, move, policy, today)
    found: list[tuple[int | None, Violation]] = [(None, each) for each in whole]
    if (characters := len(asked.reason.strip())) > REASON_CHARACTERS_MAX:
        found.append((None, violation("REASON_TOO_LONG", limit=REASON_CHARACTERS_MAX, characters=characters)))
    return found + [(place, each) for place, violations in sorted(rows.items()) for each in violations]


async def _target(connection: Connection, employer_id: int) -> Target:
    row = await connection.fetchrow("SELECT id, name, state FROM employer WHERE id = $1", employer_id)
    if row is None:
        raise refuse("EMPLOYER_ABSENT")
    return Target(employer_id=row["id"], name=row["name"], is_active=row["state"] == "active")


async def _start_part(connection: Connection, batch_id: int, part: Sequence[int], last_day: date) -> None:
    ids = await connection.fetch(
        """
        INSERT INTO transfer (batch_id, employer_id, to_employer_id, employment_id, person_id, name, id_number,
            effective_month, back_state, back_from, answer_until)
        SELECT b.id, b.employer_id, b.to_employer_id, e.id, p.id, p.name, p.id_number, b.effective_month, e.state,
               e.state_from, $3
        FROM unnest($2::bigint[]) WITH ORDINALITY AS given (person_id, place)
        JOIN transfer_batch b ON b.id = $1
        JOIN employment e ON e.person_id = given.person_id AND e.employer_id = b.employer_id
        JOIN person p ON p.id = e.person_id
        ORDER BY given.place RETURNING id
        """,
        batch_id,
        list(part),
        last_day,
    )
    started = [row["id"] for row in ids]
    # As libsubsidy.start_transfer: what was sealed before stays so.
    await connection.execute(
        """
        WITH moved AS (
            UPDATE employment e SET state = 'transferring', state_from = CASE
                WHEN e.state <> 'sealed' THEN t.effective_month
                WHEN e.state_from IS NOT NULL THEN least(e.state_from, t.effective_month) END
            FROM transfer t WHERE t.id = ANY ($1) AND e.id = t.employment_id
            RETURNING e.id, e.employer_id, t.back_state)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
        SELECT employer_id, 'employment', id, back_state, 'transferring' FROM moved
        """,
        started,
    )
    await tell_both(connection, started, "")


def _left(employer_id: int, part: Sequence[int], movers: Mapping[int, Mover], asked: NewTransfers) -> list[NewRecord]:
    return [
        NewRecord(
            employer_id=employer_id,
            employment_id=movers[person_id].employment_id,
            field="state",
            before=movers[person_id].employment.state.value,
            after="transferring",
            effective_month=asked.effective,
            reason=asked.reason.strip(),
        )
        for person_id in part
    ]
