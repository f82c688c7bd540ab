"""员工初始化 by the API: the table in pages, saved cell by cell, verified whole, as a workbook out and in, submitted.

The table is kept as it is typed; only submitting judges it. A file comes back as it went out, or with what was changed.
"""

from typing import Final

import attrs
import structlog
from aiohttp import web

from libsubsidy import EmploymentState, Month
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.downloads import workbook_answer
from services.portal.endpoints import Endpoints, Streamed
from services.portal.importing.receiving import FILE_BYTES_MAX, UPLOAD_SECONDS_MAX, whole
from services.portal.initialisation.workbooks import LAYOUT, Compared, compare, table_content
from services.portal.roles import EMPLOYERS, REVIEWERS
from services.portal.wire import Id
from services.spreadsheets.reading import read_workbook
from services.spreadsheets.writing import MEDIA_TYPE, workbook_of
from services.store import employee_lists, employers, initialisations
from services.store.database import Connection
from services.store.initialisations import FIELDS, Finding, Row
from services.store.long_work import off_loop
from services.store.refusals import VIOLATIONS_TOLD_MAX, RefusedError

initialisation = Endpoints(tag="员工初始化 initialisation")
log = structlog.get_logger()

# Twenty thousand rows are read, verified and written.
_SECONDS_MAX: Final = 90.0
_CHANGES_TOLD_MAX: Final = 200
_POSITION_MAX: Final = 2**31 - 1


@attrs.frozen(kw_only=True)
class InitialisationView:
    """How far the initialisation is.

    Attributes:
        initialised: it has been submitted, and the employer may order.
        people: how many people are on the list.
    """

    initialised: bool
    people: int


@attrs.frozen(kw_only=True)
class CellsView:
    """What is verified of one employee, as typed.

    Attributes:
        monthly_amount: 每月缴费金额.
        opening_periods: 累计缴纳期数.
        opening_amount: 累计缴纳金额.
        paid_through: 缴至月份 of the opening.
    """

    mobile: str
    rank: str
    monthly_amount: str
    opening_periods: str
    opening_amount: str
    paid_through: str


@attrs.frozen(kw_only=True)
class ProblemView:
    """What is wrong with one cell.

    Attributes:
        row: the place in the whole table, from 1.
        id: of the employee.
        field: of the cell, such as ``mobile``.
        is_advice: it is shown to be checked, and keeps nothing from being submitted.
    """

    row: int
    id: Id
    name: str
    field: str
    code: str
    zh: str
    en: str
    is_advice: bool


@attrs.frozen(kw_only=True)
class RowView:
    """One employee of the table.

    Attributes:
        number: the place in the whole table, from 1.
        id: of the employee.
        id_number: with stars instead of the day of birth.
        cells: as typed, or as on file where nothing was typed.
        edited: the fields that are to be changed.
    """

    number: int
    id: Id
    name: str
    id_number: str
    start_month: Month | None
    state: EmploymentState
    cells: CellsView
    edited: tuple[str, ...]


@attrs.frozen(kw_only=True)
class RowsQuery(PageQuery):
    """Which rows.

    Attributes:
        search: a part of the name, of its pinyin or of the ID number.
    """

    search: str = ""


def _text() -> str | None:
    text: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.max_len(initialisations.CELL_CHARACTERS_MAX))
    )
    return text


@attrs.frozen(kw_only=True)
class SavedCells:
    """What was typed into the row of one employee; what is left out, or null, stays as it is.

    Attributes:
        id: of the employee.
        monthly_amount: 每月缴费金额.
        opening_periods: 累计缴纳期数.
        opening_amount: 累计缴纳金额.
        paid_through: 缴至月份 of the opening.
    """

    id: Id
    mobile: str | None = _text()
    rank: str | None = _text()
    monthly_amount: str | None = _text()
    opening_periods: str | None = _text()
    opening_amount: str | None = _text()
    paid_through: str | None = _text()


@attrs.frozen(kw_only=True)
class SavedRows:
    """Cells to keep as they are typed, wrong or not.

    Attributes:
        rows: at most 200.
    """

    rows: tuple[SavedCells, ...] = attrs.field(validator=attrs.validators.max_len(initialisations.ROWS_PER_SAVE_MAX))


@attrs.frozen(kw_only=True)
class SavedView:
    """What is wrong in the rows that were saved."""

    problems: tuple[ProblemView, ...]


@attrs.frozen(kw_only=True)
class ProblemsView:
    """A page of everything that is wrong, by row.

    Attributes:
        people: how many people are on the list.
        errors: how many cells keep it from being submitted.
        advice: how many are shown to be checked only.
        next: the cursor of the next page; null at the end.
    """

    people: int
    errors: int
    advice: int
    items: tuple[ProblemView, ...]
    next: str | None


@attrs.frozen(kw_only=True)
class ChangeView:
    """One cell that a file has changed."""

    row: int
    id: Id
    name: str
    field: str
    before: str
    after: str


@attrs.frozen(kw_only=True)
class TakenView:
    """What a file came to.

    Attributes:
        people: how many rows of it were found in the table.
        changed_cells: how many cells it has changed; 0 for a file that was not changed.
        changed_people: in how many rows.
        changes: the first 200 of them.
    """

    people: int
    changed_cells: int
    changed_people: int
    changes: tuple[ChangeView, ...]


@attrs.frozen(kw_only=True)
class Submission:
    """What is submitted.

    Attributes:
        people: how many people the submitter saw.
    """

    people: int


@attrs.frozen(kw_only=True)
class SubmittedView:
    """What a submission came to.

    Attributes:
        people: how many people were verified.
        changed: in how many files something has changed.
        openings: how many opening entries the ledger got.
    """

    people: int
    changed: int
    openings: int


@attrs.frozen(kw_only=True)
class Reopening:
    """Why it is opened again; the employer reads it."""

    reason: str


@initialisation.get("/initialisation", who=EMPLOYERS, scope="employees:read")
async def get_state(call: Call) -> InitialisationView:
    """Say how far the initialisation is."""
    employer = await employers.get(call.connection, call.employer_id)
    people = await initialisations.count(call.connection, call.employer_id)
    return InitialisationView(initialised=employer.initialised, people=people)


@initialisation.get("/initialisation/rows", who=EMPLOYERS, scope="employees:read")
async def list_rows(call: Call, query: RowsQuery) -> Page[RowView]:
    """List the table, by name; ID numbers are masked."""
    offset = min(query.after_id() or 0, _POSITION_MAX)
    rows = await initialisations.page(
        call.connection,
        call.employer_id,
        call.today,
        text=query.search,
        offset=offset,
        limit=query.items_max + 1,
    )
    places = {row.person_id: offset + place for place, row in enumerate(rows, start=1)}
    return page_of(rows, query, _row, lambda row: (places[row.person_id],))


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
    rows = await initialisations.of_people(call.connection, call.employer_id, call.today, tuple(cells))
    return SavedView(problems=tuple(_problem(each) for each in initialisations.verify(rows, call.today)))


@initialisation.get("/initialisation/problems", who=EMPLOYERS, scope="employees:read")
async def list_problems(call: Call, query: PageQuery) -> ProblemsView:
    """Verify the whole table, and list everything that is wrong, by row and field."""
    people, found = await initialisations.verified(call.connection, call.employer_id, call.today)
    offset = min(query.after_id() or 0, _POSITION_MAX)
    page = page_of(
        tuple(enumerate(found, start=1))[offset : offset + query.items_max + 1],
        query,
        lambda numbered: _problem(numbered[1]),
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
        rows = await initialisations.whole(connection, call.employer_id, call.today)
        ranks = await employee_lists.ranks(connection, call.employer_id)
        employer = await employers.get(connection, call.employer_id)
    found = await off_loop(len(rows), lambda: tuple(initialisations.verify(rows, call.today)))
    log.info("initialisation exported", actor=call.identity.actor_name, employer=employer.id, people=len(rows))
    return workbook_answer(
        await workbook_of(table_content(rows, found, ranks)), f"员工初始化 {employer.name} {call.today}"
    )


@initialisation.post(
    "/initialisation/file",
    who=EMPLOYERS,
    scope="employees:write",
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
    sheet = await read_workbook(await whole(body), LAYOUT)
    async with call.working() as connection:
        await initialisations.refuse_closed(connection, call.employer_id)
        rows = await initialisations.whole(connection, call.employer_id, call.today)
        compared = await off_loop(len(rows), compare, rows, sheet)
        if compared.broken:
            raise RefusedError(*compared.broken[:VIOLATIONS_TOLD_MAX], total=len(compared.broken))
        await _keep(connection, call.employer_id, compared)
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
    people = await initialisations.count(call.connection, employer_id)
    return InitialisationView(initialised=False, people=people)


def _row(row: Row) -> RowView:
    return RowView(
        number=row.number,
        id=Id(row.person_id),
        name=row.name,
        id_number=row.id_number_masked,
        start_month=row.start_month,
        state=row.state,
        cells=CellsView(**attrs.asdict(row.cells)),
        edited=tuple(name for name in FIELDS if name in row.edited),
    )


def _problem(finding: Finding) -> ProblemView:
    violation = finding.cell.violation
    return ProblemView(
        row=finding.row.number,
        id=Id(finding.row.person_id),
        name=finding.row.name,
        field=finding.cell.field,
        code=violation.code,
        zh=violation.zh,
        en=violation.en,
        is_advice=finding.cell.is_advice,
    )
