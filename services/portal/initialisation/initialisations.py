"""员工初始化 by the API: the table in pages, saved cell by cell, verified whole, as a workbook out and in, submitted.

The table is kept as it is typed; only submitting judges it. A file comes back as it went out, or with what was changed.
"""

from typing import Final

import structlog
from aiohttp import web

from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.downloads import workbook_answer
from services.portal.endpoints import Endpoints, Streamed
from services.portal.importing.receiving import FILE_BYTES_MAX, UPLOAD_SECONDS_MAX, whole
from services.portal.initialisation.views import (
    ChangeView,
    InitialisationView,
    ProblemsView,
    Reopening,
    RowsQuery,
    RowView,
    SavedRows,
    SavedView,
    Submission,
    SubmittedView,
    TakenView,
    problem_view,
    row_view,
)
from services.portal.initialisation.workbooks import LAYOUT, Compared, compare, table_content
from services.portal.repetition import Once
from services.portal.roles import EMPLOYERS, REVIEWERS
from services.portal.wire import Id
from services.spreadsheets.reading import read_workbook
from services.spreadsheets.writing import MEDIA_TYPE, workbook_of
from services.store import employee_lists, employers, initialisation_rows, initialisations
from services.store.database import Connection
from services.store.initialisation_rows import FIELDS
from services.store.long_work import off_loop
from services.store.refusals import VIOLATIONS_TOLD_MAX, RefusedError

initialisation = Endpoints(tag="员工初始化 initialisation")
log = structlog.get_logger()

# Twenty thousand rows are read, verified and written.
_SECONDS_MAX: Final = 90.0
_CHANGES_TOLD_MAX: Final = 200
_POSITION_MAX: Final = 2**31 - 1


@initialisation.get("/initialisation", who=EMPLOYERS, scope="employees:read")
async def get_state(call: Call) -> InitialisationView:
    """Say how far the initialisation is."""
    employer = await employers.get(call.connection, call.employer_id)
    people = await initialisation_rows.count(call.connection, call.employer_id)
    return InitialisationView(initialised=employer.initialised, people=people)


@initialisation.get("/initialisation/rows", who=EMPLOYERS, scope="employees:read")
async def list_rows(call: Call, query: RowsQuery) -> Page[RowView]:
    """List the table, by name; ID numbers are masked."""
    offset = min(query.after_id() or 0, _POSITION_MAX)
    rows = await initialisation_rows.page(
        call.connection,
        call.employer_id,
        call.today,
        text=query.search,
        offset=offset,
        limit=query.limit + 1,
    )
    places = {row.person_id: offset + place for place, row in enumerate(rows, start=1)}
    return page_of(rows, query, row_view, lambda row: (places[row.person_id],))


@initialisation.put("/initialisation/rows", who=EMPLOYERS, scope="employees:write", also=(409,))
async def save_rows(call: Call, body: SavedRows) -> SavedView:
    """Keep what was typed into some cells, wrong or not, and say what is wrong in their rows.

    Raises:
        INITIALISED_ALREADY: it has been submitted.
    """
    cells: dict[int, dict[str, str]] = {}
    for each in body.rows:
        typed = {name: text for name in FIELDS if (text := getattr(each, name)) is not None}
        cells.setdefault(each.id, {}).update(typed)
    await initialisations.save(call.connection, call.employer_id, cells)
    rows = await initialisation_rows.of_people(call.connection, call.employer_id, call.today, tuple(cells))
    return SavedView(problems=tuple(problem_view(each) for each in initialisation_rows.verify(rows, call.today)))


@initialisation.get("/initialisation/problems", who=EMPLOYERS, scope="employees:read")
async def list_problems(call: Call, query: PageQuery) -> ProblemsView:
    """Verify the whole table, and list everything that is wrong, by row and field."""
    people, found = await initialisation_rows.verified(call.connection, call.employer_id, call.today)
    offset = min(query.after_id() or 0, _POSITION_MAX)
    page = page_of(
        tuple(enumerate(found, start=1))[offset : offset + query.limit + 1],
        query,
        lambda numbered: problem_view(numbered[1]),
        lambda numbered: (numbered[0],),
    )
    errors = sum(not each.cell.is_advice for each in found)
    return ProblemsView(people=people, errors=errors, advice=len(found) - errors, items=page.items, next=page.next)


@initialisation.get(
    "/initialisation/file",
    who=EMPLOYERS,
    scope="employees:read",
    transaction=False,
    media=MEDIA_TYPE,
    seconds_max=_SECONDS_MAX,
)
async def export(call: Call) -> web.Response:
    """Download the table as it is typed, with what is wrong beside it; ID numbers are whole, and the access is logged."""
    async with call.working(reads_only=True) as connection:
        rows = await initialisation_rows.whole(connection, call.employer_id, call.today)
        ranks = await employee_lists.ranks(connection, call.employer_id)
        employer = await employers.get(connection, call.employer_id)
    found = await off_loop(len(rows), lambda: tuple(initialisation_rows.verify(rows, call.today)))
    log.info("initialisation exported", actor=call.identity.actor_name, employer=employer.id, people=len(rows))
    return workbook_answer(
        await workbook_of(table_content(rows, found, ranks)), f"员工初始化 {employer.name} {call.today}"
    )


@initialisation.post(
    "/initialisation/file",
    who=EMPLOYERS,
    scope="employees:write",
    creates=True,
    body_bytes_max=FILE_BYTES_MAX,
    seconds_max=UPLOAD_SECONDS_MAX,
    also=(409,),
)
async def take_file(call: Call, body: Streamed) -> TakenView:
    """Take the downloaded workbook back, as the body: what was changed in it is kept as if it had been typed.

    All of it, or nothing: rows that are nobody's, or somebody's twice, are told by their row and column.

    Raises:
        INITIALISED_ALREADY: it has been submitted.
    """
    file = await whole(body)
    once = await Once.of_file(call.request, file)
    sheet = await read_workbook(file, LAYOUT)
    async with call.working() as connection:
        await once.begin(connection)
        await initialisations.refuse_closed(connection, call.employer_id)
        rows = await initialisation_rows.whole(connection, call.employer_id, call.today)
        compared = await off_loop(len(rows), compare, rows, sheet)
        if compared.broken:
            raise RefusedError(*compared.broken[:VIOLATIONS_TOLD_MAX], total=len(compared.broken))
        await _keep(connection, call.employer_id, compared)
        return await once.keep(connection, _taken(compared))


def _taken(compared: Compared) -> TakenView:
    changes = tuple(
        ChangeView(
            row=each.row.number,
            id=Id(each.row.person_id),
            name=each.row.name,
            field=each.field,
            before=getattr(each.row.cells, each.field),
            after=each.after,
        )
        for each in compared.changes[:_CHANGES_TOLD_MAX]
    )
    return TakenView(
        people=compared.people,
        changed_cells=len(compared.changes),
        changed_people=len({each.row.person_id for each in compared.changes}),
        changes=changes,
    )


async def _keep(connection: Connection, employer_id: int, compared: Compared) -> None:
    cells: dict[int, dict[str, str]] = {}
    for each in compared.changes:
        cells.setdefault(each.row.person_id, {})[each.field] = each.after
    if cells:
        await initialisations.save(connection, employer_id, cells)


@initialisation.post(
    "/initialisation/submit",
    who=EMPLOYERS,
    scope="employees:write",
    creates=True,
    seconds_max=_SECONDS_MAX,
    also=(409,),
)
async def submit(call: Call, body: Submission) -> SubmittedView:
    """Submit the table, all or nothing: it becomes the file and the opening balances, and the employer may order.

    Raises:
        INITIALISED_ALREADY: it has been submitted.
        INITIALISATION_PEOPLE: there are other people on the list by now.
    """
    done = await initialisations.submit(call.connection, call.employer_id, call.today, shown=body.people)
    return SubmittedView(people=done.people, changed=done.changed, openings=done.openings)


@initialisation.post(
    "/employers/{employer_id}/initialisation/reopen", who=REVIEWERS, scope="applications:decide", also=(409,)
)
async def reopen(call: Call, employer_id: int, body: Reopening) -> InitialisationView:
    """Let an employer verify its people once more, as long as it has not ordered anything (D-13).

    Raises:
        INITIALISATION_OPEN: it has not been submitted.
        INITIALISATION_ORDERED: an order has been submitted.
    """
    await employers.reopen(call.connection, employer_id, body.reason)
    people = await initialisation_rows.count(call.connection, employer_id)
    return InitialisationView(initialised=False, people=people)
