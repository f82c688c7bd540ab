"""缴款历史补录: an application whose rows hold their months from its submission on, and are posted when it is approved (F107).

What is typed is judged by libsubsidy, with what only the fund knows (`backfill_judging`); the same again when the bureau
approves it, because the fund has moved on meanwhile. Nobody is asked for money: there is no notice, and what is posted is no
cash.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import (
    BACKFILL_FIELDS,
    ApplicationEvent,
    BackfillHistory,
    BackfillLine,
    CellFinding,
    Money,
    Month,
    Violation,
    advise_backfill,
    check_backfill,
    itemises,
)
from services.store import applications, backfill_histories, claims, moving_people, posting
from services.store.applications import Application, ApplicationKind, NewApplication
from services.store.attachments import Subject, bind
from services.store.backfill_judging import JudgedRow, WantedRow, broken_cells, judge
from services.store.database import Connection, encode_json
from services.store.long_work import off_loop
from services.store.orders import refuse_who_cannot_order
from services.store.posting import BackfilledMonth
from services.store.refusals import RowsRefusedError, absent, refuse

KIND: Final = ApplicationKind.BACKFILL
ROWS_PER_PAGE_MAX: Final = 201
# The driver writes the arrays of one statement in one go, and nothing else happens meanwhile.
_ROWS_PER_STATEMENT: Final = 5_000
_LABELS: Final[Mapping[str, str]] = {field.name: field.zh for field in BACKFILL_FIELDS}
# What was not in the future when it was submitted is not in the future now.
_NEVER_FUTURE: Final = date.max


@attrs.frozen(kw_only=True)
class BackfilledRow:
    """A row of a submitted backfill, in the order of its list.

    Attributes:
        number: from 1.
        id_number: whole; who shows a list masks it.
        itemises: it lies within the opening balance, which it itemises, and adds nothing.
    """

    number: int
    person_id: int
    name: str
    id_number: str
    month: Month
    amount: Money
    voucher: str
    remark: str
    itemises: bool

    @property
    def id_number_masked(self) -> str:
        """The ID number for lists: without the rest of the area and the birth."""
        return f"{self.id_number[:4]}{'*' * 10}{self.id_number[14:]}"


async def submit(
    connection: Connection, employer_id: int, rows: Sequence[WantedRow], *, attachments: Sequence[int], today: date
) -> Application:
    """Ask the bureau to record these payments, all or none; their months are held from now on (I12).

    Args:
        connection: inside the caller's transaction.
        employer_id: who has paid.
        rows: as typed.
        attachments: the files that prove it, stored before.
        today: the day of the bureau.

    Raises:
        RowsRefusedError: with everything that is wrong, each with its `row` (from 1) and its `field`.
        RefusedError: NO_ROWS, LIST_TOO_LONG, EMPLOYER_CLOSED, EMPLOYER_NOT_INITIALISED; a month was taken just now; or what
            is wrong with the files.
    """
    judged = await _judged(connection, employer_id, rows, today)
    asked = await applications.submit(connection, employer_id, await off_loop(len(judged), _asked, judged))
    return await _held(connection, asked, judged, attachments)


async def submit_again(
    connection: Connection,
    application_id: int,
    version: int,
    rows: Sequence[WantedRow],
    *,
    attachments: Sequence[int],
    today: date,
) -> Application:
    """Hand in anew a backfill that was returned or retracted, with these rows and these files instead.

    Raises:
        RefusedError: as `submit`; or it is absent, changed, in another state, or no backfill.
    """
    # Before it is compared with what is held: it may hold months itself.
    locked = await applications.lock_for(connection, ApplicationEvent.REVISE, application_id, version)
    if locked.kind is not KIND:
        raise refuse("BACKFILLS_ONLY")
    judged = await _judged(connection, locked.employer_id, rows, today, except_application=application_id)
    asked = await off_loop(len(judged), _asked, judged)
    submitted = await applications.submit_again(connection, application_id, version, asked)
    return await _held(connection, submitted, judged, attachments)


async def _judged(
    connection: Connection,
    employer_id: int,
    rows: Sequence[WantedRow],
    today: date,
    *,
    except_application: int | None = None,
) -> tuple[JudgedRow, ...]:
    if not rows:
        raise refuse("NO_ROWS")
    await refuse_who_cannot_order(connection, employer_id)
    judged = await judge(connection, employer_id, rows, today=today, except_application=except_application)
    if broken := [(place, told_of(place, found)) for place, found in broken_cells(judged)]:
        raise RowsRefusedError(broken)
    return judged


async def _held(
    connection: Connection, asked: Application, judged: Sequence[JudgedRow], attachments: Sequence[int]
) -> Application:
    months = [(each.person.person_id, each.cells.month) for each in judged if each.person and each.cells]
    await claims.take_backfilled(connection, asked.employer_id, asked.id, months)
    await bind(connection, asked.kind.value, Subject("application", asked.id), attachments)
    return asked


def _asked(judged: Sequence[JudgedRow]) -> NewApplication:
    lines = [
        {
            "person_id": row.person.person_id,
            "month": str(row.cells.month),
            "fen": row.cells.amount.fen,
            "voucher": row.cells.voucher,
            "remark": row.cells.remark,
            "itemises": row.itemises,
        }
        for row in judged
        if row.person is not None and row.cells is not None
    ]
    return NewApplication(
        kind=KIND,
        contents={},
        text=encode_json({"lines": lines}),
        line_count=len(judged),
        people=len({line["person_id"] for line in lines}),
        total=Money(fen=sum(row.amount.fen for row in judged)),
    )


def told_of(place: int, found: CellFinding) -> Violation:
    """Say in which row and cell a finding is, in words and in facts; rows are counted from 1."""
    told = found.violation
    return attrs.evolve(
        told,
        params={**told.params, "row": place + 1, "field": found.field},
        zh=f"第 {place + 1} 行“{_LABELS[found.field]}”：{told.zh}",
        en=f"Row {place + 1}, {found.field}: {told.en}",
    )


async def get(connection: Connection, employer_id: int, application_id: int) -> Application:
    """Return a backfill.

    Raises:
        RefusedError: ABSENT, also for another employer's (I31), and for another kind of application.
    """
    found = await applications.get(connection, application_id)
    if found.employer_id != employer_id or found.kind is not KIND:
        raise absent("申请", "application", application_id)
    return found


async def rows_of(
    connection: Connection, application_id: int, *, after: int = 0, limit: int = ROWS_PER_PAGE_MAX
) -> tuple[BackfilledRow, ...]:
    """Return rows in the order of their list, from after a row on; no page is longer than the limit."""
    rows = await _lines(connection, application_id, after, min(limit, ROWS_PER_PAGE_MAX))
    return tuple(_row(row) for row in rows)


async def whole(connection: Connection, application: Application) -> tuple[BackfilledRow, ...]:
    """Return all rows of a backfill."""
    rows = await _lines(connection, application.id, 0, application.line_count)
    return await off_loop(len(rows), lambda: tuple(_row(row) for row in rows))


async def _lines(connection: Connection, application_id: int, after: int, count: int) -> Sequence[Record]:
    return await connection.fetch(
        """
        SELECT $2::integer + line.place AS number, l.*, p.name, p.id_number
        FROM application a,
             jsonb_array_elements(jsonb_path_query_array(
                a.contents, '$.lines[$first to $last]', jsonb_build_object('first', $2::integer, 'last', $3::integer)))
                WITH ORDINALITY AS line (json, place),
             jsonb_to_record(line.json)
                AS l (person_id bigint, month text, fen bigint, voucher text, remark text, itemises boolean)
             JOIN person p ON p.id = l.person_id
        WHERE a.id = $1 AND a.kind = 'backfill' ORDER BY number
        """,
        application_id,
        after,
        after + count - 1,
    )


def _row(row: Record) -> BackfilledRow:
    return BackfilledRow(
        number=row["number"],
        person_id=row["person_id"],
        name=row["name"],
        id_number=row["id_number"],
        month=Month.parse(row["month"]),
        amount=Money(fen=row["fen"]),
        voucher=row["voucher"],
        remark=row["remark"],
        itemises=row["itemises"],
    )


async def take_effect(connection: Connection, application: Application) -> None:
    """Let an approved backfill take effect: its months stand in the ledgers, those of the opening as its items.

    Raises:
        RowsRefusedError: a row is not possible any more; return the application.
        RefusedError: EMPLOYER_CLOSED.
    """
    await applications.refuse_closed(connection, application.employer_id)
    rows = await whole(connection, application)
    # Two backfills of one person do not itemise the same opening twice.
    await moving_people.read(connection, application.employer_id, list({row.person_id for row in rows}), lock=True)
    known = await _histories(connection, application, rows)
    months, broken = await off_loop(len(rows), _possible, rows, known)
    if broken:
        raise RowsRefusedError(broken)
    for first in range(0, len(months), _ROWS_PER_STATEMENT):
        part = months[first : first + _ROWS_PER_STATEMENT]
        await posting.backfill(connection, application.employer_id, application.id, part)


def _possible(
    rows: Sequence[BackfilledRow], known: Mapping[int, BackfillHistory]
) -> tuple[list[BackfilledMonth], list[tuple[int, Violation]]]:
    found = check_backfill(_lines_of(rows), known, _NEVER_FUTURE)
    months = [
        BackfilledMonth(
            person_id=row.person_id,
            month=row.month,
            amount=row.amount,
            itemises=itemises(known[row.person_id].employment, row.month),
        )
        for row in rows
    ]
    return months, [(place, told_of(place, each)) for place, broken in found.items() for each in broken]


async def advice(connection: Connection, application: Application) -> tuple[Violation, ...]:
    """Give what is allowed and yet for the reviewer to look at, in the order of the rows."""
    rows = await whole(connection, application)
    known = await _histories(connection, application, rows)
    return await off_loop(len(rows), _advice, rows, known)


def _advice(rows: Sequence[BackfilledRow], known: Mapping[int, BackfillHistory]) -> tuple[Violation, ...]:
    return tuple(told for _, told in advise_backfill(_lines_of(rows), known))


async def _histories(
    connection: Connection, application: Application, rows: Sequence[BackfilledRow]
) -> dict[int, BackfillHistory]:
    return await backfill_histories.read(
        connection,
        application.employer_id,
        list({row.person_id for row in rows}),
        {row.month for row in rows},
        except_application=application.id,
    )


def _lines_of(rows: Sequence[BackfilledRow]) -> dict[int, BackfillLine]:
    return {
        place: BackfillLine(person_id=row.person_id, name=row.name, month=row.month, amount=row.amount)
        for place, row in enumerate(rows)
    }
