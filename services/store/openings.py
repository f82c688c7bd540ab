"""职工开户 and 职工批量导入: one application with many people; all of their accounts are opened, or none (F45, F52).

What can be known at once is checked at once, so that what is submitted can be approved. Twenty thousand people are read,
judged and added in parts, so that nobody else waits for them.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import attrs

from libsubsidy import ApplicationEvent, EmploymentState, Money, Violation
from services.store import applications, change_records, employees, personal_users
from services.store.applications import Application, ApplicationKind, NewApplication
from services.store.attachments import Subject, bind
from services.store.change_records import NewRecord
from services.store.database import Connection, Role, looking_as
from services.store.employees import NewEmployee
from services.store.long_work import off_loop
from services.store.opening_rows import OpeningRow, of_contents, read_rows, to_contents
from services.store.refusals import RefusedError, absent, limit_list, refuse, violation

# What a program sends at once; longer lists come as files (`employee_imports`).
OPENING_ROWS_MAX: Final = 2_000
# What an application holds (domain §4.2 "Selection").
PEOPLE_MAX: Final = 20_000
ROWS_PER_PAGE_MAX: Final = 201
# What opens accounts when it is approved.
KINDS: Final = (ApplicationKind.EMPLOYEE_OPENING, ApplicationKind.EMPLOYEE_IMPORT)
# So many people keep the loop for some milliseconds.
PART_ROWS: Final = 1_000
# The field of a row that an obstacle concerns, of those that the fund knows and the row does not tell.
FIELDS: Final[Mapping[str, str]] = {
    "DUPLICATE_IN_FILE": "id_number",
    "EMPLOYEE_ALREADY": "id_number",
    "EMPLOYED_ELSEWHERE": "id_number",
    "PERSON_NAME_DIFFERS": "name",
}


async def open_employees(
    connection: Connection,
    employer_id: int,
    rows: Sequence[OpeningRow],
    *,
    attachments: Sequence[int],
    today: date,
) -> Application:
    """Ask the bureau to open an account for each of these people, all or none.

    Args:
        connection: inside the caller's transaction.
        employer_id: who employs them.
        rows: as typed; at most OPENING_ROWS_MAX.
        attachments: the files that prove it (F47), stored before.
        today: the day of the bureau.

    Raises:
        RefusedError: with everything that is wrong with the rows, each with its `row` (from 1) and, where one cell is
            wrong, its `field`; or else with the files.
    """
    asked = await applications.submit(connection, employer_id, await _asked(connection, employer_id, rows, today))
    await bind(connection, asked.kind.value, Subject("application", asked.id), attachments)
    return asked


async def open_employees_again(
    connection: Connection,
    application_id: int,
    version: int,
    rows: Sequence[OpeningRow],
    *,
    attachments: Sequence[int],
    today: date,
) -> Application:
    """Hand in anew an opening that was returned or retracted, with these people and these files instead.

    Raises:
        RefusedError: as `open_employees`; or it is absent, changed, in another state, or no 职工开户.
    """
    # Before it is compared with what waits: it may be waiting itself.
    application = await applications.lock_for(connection, ApplicationEvent.REVISE, application_id, version)
    if application.kind is not ApplicationKind.EMPLOYEE_OPENING:
        raise refuse("OPENINGS_ONLY")
    asked = await _asked(connection, application.employer_id, rows, today)
    submitted = await applications.submit_again(connection, application_id, version, asked)
    await bind(connection, submitted.kind.value, Subject("application", submitted.id), attachments)
    return submitted


async def _asked(connection: Connection, employer_id: int, rows: Sequence[OpeningRow], today: date) -> NewApplication:
    if not rows:
        raise refuse("NO_ROWS")
    limit_list(rows, OPENING_ROWS_MAX)
    await applications.refuse_closed(connection, employer_id)
    people, broken = await asyncio.to_thread(read_rows, rows, today)
    if broken:
        raise RefusedError(*broken)
    if broken := await obstacles(connection, employer_id, people, range(1, len(people) + 1)):
        raise RefusedError(*(_of_one(found) for found in broken) if len(people) == 1 else broken)
    total = sum(person.file_amount.amount.fen for person in people if person.file_amount is not None)
    return NewApplication(
        kind=ApplicationKind.EMPLOYEE_OPENING,
        contents={"employees": to_contents(people)},
        line_count=len(people),
        total=Money(fen=total),
    )


async def of_employer(
    connection: Connection, employer_id: int, *, before: int | None = None, limit: int = ROWS_PER_PAGE_MAX
) -> tuple[Application, ...]:
    """Return an employer's openings and imports, the newest first, those before the application `before` if it is given."""
    return await applications.of_kinds(
        connection, employer_id, KINDS, before=before, limit=min(limit, ROWS_PER_PAGE_MAX)
    )


async def get(connection: Connection, employer_id: int, application_id: int) -> Application:
    """Return an opening or an import.

    Raises:
        RefusedError: ABSENT, also for another employer's (I31), and for another kind of application.
    """
    found = await applications.get(connection, application_id)
    if found.employer_id != employer_id or found.kind not in KINDS:
        raise absent("申请", "application", application_id)
    return found


async def employees_of(
    connection: Connection, application_id: int, *, after: int = 0, limit: int = ROWS_PER_PAGE_MAX
) -> tuple[NewEmployee, ...]:
    """Return a page of the people whose accounts are asked for, from after a row on; no page is longer than the limit."""
    return of_contents(await _part(connection, application_id, after, min(limit, ROWS_PER_PAGE_MAX)))


async def person_ids(connection: Connection, people: Sequence[NewEmployee]) -> Mapping[str, int]:
    """Return the person's id by the ID number of those whom the actor may see, which an employer may its own employees."""
    rows = await connection.fetch(
        "SELECT id_number, id FROM person WHERE id_number = ANY ($1)", [str(person.id_number) for person in people]
    )
    return {row[0]: row[1] for row in rows}


async def parts_of(connection: Connection, application: Application) -> AsyncIterator[tuple[NewEmployee, ...]]:
    """Give all people of an application, part by part."""
    for first in range(0, application.line_count, PART_ROWS):
        yield await asyncio.to_thread(of_contents, await _part(connection, application.id, first, PART_ROWS))


async def open_accounts(connection: Connection, application: Application) -> None:
    """Let an approved opening or import take effect: the accounts, their first record, and a user of the personal platform.

    Raises:
        RefusedError: the employer was closed, or somebody has an account by now.
    """
    await applications.refuse_closed(connection, application.employer_id)
    async for people in parts_of(connection, application):
        person_ids = await employees.add(connection, application.employer_id, people)
        await _record(connection, application, person_ids)
        await personal_users.add(connection, person_ids)


async def obstacles(
    connection: Connection, employer_id: int, people: Sequence[NewEmployee], rows: Sequence[int]
) -> tuple[Violation, ...]:
    """Say who cannot be given an account now, and why (F46); each violation has its `row` and `field`.

    Args:
        connection: inside a transaction of the employer.
        employer_id: who asks.
        people: those whose rows could be read.
        rows: the number of each one's row.
    """
    found = list(await off_loop(len(people), employees.repeated, people, rows))
    for part in _parts(len(people)):
        # An employer sees nobody else's employees, and still must hear that somebody has an account elsewhere.
        async with looking_as(connection, Role.BUREAU):
            found += await employees.check(connection, employer_id, people[part], rows=rows[part])
        found += await _asked_before(connection, employer_id, people[part], rows[part])
    return await off_loop(len(found), _located, found)


def _located(found: Sequence[Violation]) -> tuple[Violation, ...]:
    return tuple(
        attrs.evolve(each, params={**each.params, "field": FIELDS[each.code]})
        for each in _first_of_each_row(sorted(found, key=lambda each: int(each.params["row"])))
    )


def _parts(count: int) -> Iterator[slice]:
    for first in range(0, count, PART_ROWS):
        yield slice(first, first + PART_ROWS)


def _first_of_each_row(found: Sequence[Violation]) -> Iterator[Violation]:
    told = 0
    for each in found:
        if (row := int(each.params["row"])) != told:
            yield each
        told = row


def _of_one(found: Violation) -> Violation:
    """Tell it without a row's number to whoever has filled in a form for one person."""
    key = f"{found.code}/{'asked_' if 'application' in found.params else ''}one"
    facts = {name: value for name, value in found.params.items() if name not in {"row", "field"}}
    return attrs.evolve(violation(key, **facts), params=found.params)


async def _part(connection: Connection, application_id: int, first: int, count: int) -> Sequence[Mapping[str, Any]]:
    rows: list[dict[str, Any]] | None = await connection.fetchval(
        """
        SELECT jsonb_path_query_array(
            contents, '$.employees[$first to $last]', jsonb_build_object('first', $2::integer, 'last', $3::integer))
        FROM application WHERE id = $1
        """,
        application_id,
        first,
        first + count - 1,
    )
    return rows or ()


async def _record(connection: Connection, application: Application, person_ids: Sequence[int]) -> None:
    rows = await connection.fetch(
        "SELECT id FROM employment WHERE employer_id = $1 AND person_id = ANY ($2) ORDER BY id",
        application.employer_id,
        person_ids,
    )
    opened = (
        NewRecord(
            employer_id=application.employer_id,
            employment_id=row["id"],
            field="state",
            before="",
            after=EmploymentState.ACTIVE.value,
            application_id=application.id,
        )
        for row in rows
    )
    await change_records.add(connection, tuple(opened))


async def _asked_before(
    connection: Connection, employer_id: int, people: Sequence[NewEmployee], rows: Sequence[int]
) -> tuple[Violation, ...]:
    found = await connection.fetch(
        """
        SELECT DISTINCT ON (wanted.place) wanted.place, a.id
        FROM application a, jsonb_path_query(a.contents, '$.employees[*].id_number') AS asked (id_number),
             unnest($2::text[]) WITH ORDINALITY AS wanted (id_number, place)
        WHERE a.employer_id = $1 AND a.kind IN ('employee_opening', 'employee_import')
          AND a.state IN ('submitted', 'in_review') AND asked.id_number #>> '{}' = wanted.id_number
        ORDER BY wanted.place, a.id
        """,
        employer_id,
        [str(person.id_number) for person in people],
    )
    return tuple(
        violation(
            "EMPLOYEE_ALREADY/asked",
            row=rows[each["place"] - 1],
            name=people[each["place"] - 1].name,
            application=f"application-{each['id']}",
        )
        for each in found
    )
