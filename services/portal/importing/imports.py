"""职工批量导入 as calls: the template, an uploaded list and what is wrong with it, and its submission (F48-F52).

A list is read beside the request that brings it: ask for it again until it is checked. It is forgotten after a day.
"""

from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Final

import attrs
from aiohttp import web

from libsubsidy import Money, Violation
from services.portal.application_views import ApplicationView, application_view
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.downloads import workbook_answer
from services.portal.endpoints import Endpoints, Streamed
from services.portal.importing import receiving, workbooks
from services.portal.importing.checking import CHECKER
from services.portal.named_people import note_named, refuse_too_many
from services.portal.repetition import Once
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.spreadsheets.writing import MEDIA_TYPE
from services.store import employee_imports, import_submissions, work_list
from services.store.employee_imports import EmployeeImport, ImportRow, ImportState
from services.store.work_list import Ref, RefKind

imports = Endpoints(tag="职工批量导入 imports")

# Twenty thousand people are compared with the whole fund, and put into one application.
SUBMIT_SECONDS_MAX: Final = 60.0
_UNNAMED: Final = "职工名单.xlsx"


@attrs.frozen(kw_only=True)
class ImportView:
    """An uploaded list.

    Attributes:
        state: received (it is being read and judged), checked, or refused (the file cannot be taken).
        replaces: the returned application that is handed in anew with it; null for a new one.
        rows: filled rows; 0 until the file has been read.
        rows_done: of them, those that have been judged.
        broken_rows: of them, those with an error.
        total: 每月缴费金额 of all rows whose amount can be read: compare it with your own sum.
        good: of the rows without errors.
        findings: why the file is refused, or what you should know.
    """

    id: Id
    filename: str
    state: ImportState
    replaces: str | None
    rows: int
    rows_done: int
    broken_rows: int
    total: Money
    good: Money
    findings: tuple[Violation, ...]
    uploaded_at: datetime


@attrs.frozen(kw_only=True)
class ImportsView:
    """The lists that are not submitted yet, at most five."""

    items: tuple[ImportView, ...]


@attrs.frozen(kw_only=True)
class CellProblemView:
    """One wrong cell.

    Attributes:
        column: its letter in the sheet; empty where the sheet does not have the column.
        field: its name, as in ``POST /employees``.
    """

    column: str
    field: str
    violation: Violation


@attrs.frozen(kw_only=True)
class ImportRowView:
    """One row.

    Attributes:
        row: as the spreadsheet numbers it.
        name: as it was read.
        problems: everything that is wrong with it.
    """

    row: int
    name: str
    problems: tuple[CellProblemView, ...]


@attrs.frozen(kw_only=True)
class UploadQuery:
    """What is said of a file beside its bytes.

    Attributes:
        filename: how people know it.
        replaces: number of a returned import (``application-3`` is 3) that is to be handed in anew with this list.
    """

    filename: str = _UNNAMED
    replaces: Id | None = None


@attrs.frozen(kw_only=True)
class RowsQuery(PageQuery):
    """Which rows.

    Attributes:
        broken: only those with an error.
    """

    broken: bool = False


@attrs.frozen(kw_only=True)
class Submission:
    """What is handed in.

    Attributes:
        only_good: leave out the rows with errors; otherwise a list with any of them is refused as a whole.
        attachments: files uploaded for ``employee_import``; each slot that is required needs one.
    """

    only_good: bool = False
    attachments: tuple[Id, ...] = ()


@imports.get("/imports/template", who=EMPLOYERS, scope="employees:read", media=MEDIA_TYPE)
async def get_template(call: Call) -> web.Response:
    """Give the template to fill in, an XLSX whose drop-down offers the ranks in use."""
    return workbook_answer(await workbooks.template(call.connection), workbooks.TEMPLATE_NAME)


@imports.post(
    "/imports",
    who=EMPLOYERS,
    scope="employees:write",
    status=HTTPStatus.ACCEPTED,
    location="/imports/{id}",
    creates=True,
    body_bytes_max=receiving.FILE_BYTES_MAX,
    seconds_max=receiving.UPLOAD_SECONDS_MAX,
)
async def upload(call: Call, body: Streamed, query: UploadQuery) -> ImportView:
    """Upload a filled-in list as the body: XLSX, XLS or CSV of at most 20,000 rows and 16 MiB, under the template's headers.

    Raises:
        IMPORTS_UNDER_WAY: five lists are not submitted yet.
    """
    file = await receiving.whole(body)
    once = await Once.of_file(call.request, file)
    async with call.working() as connection:
        await once.begin(connection)
        await refuse_too_many(attrs.evolve(call, connection=connection))
        received = await employee_imports.receive(
            connection, receiving.file_name(query.filename, _UNNAMED), file, replaces_id=query.replaces
        )
        shown = await once.keep(connection, view(received))
    call.request.app[CHECKER].wake()
    return shown


@imports.get("/imports", who=EMPLOYERS, scope="employees:read")
async def list_imports(call: Call) -> ImportsView:
    """List the employer's lists that are not submitted yet, the newest first."""
    return ImportsView(items=tuple(view(each) for each in await employee_imports.under_way(call.connection)))


@imports.get("/imports/{import_id}", who=EMPLOYERS, scope="employees:read")
async def get_import(call: Call, import_id: int) -> ImportView:
    """Show a list with its totals; ask again until it is checked."""
    return view(await employee_imports.get(call.connection, import_id))


@imports.get("/imports/{import_id}/rows", who=EMPLOYERS, scope="employees:read")
async def list_rows(call: Call, import_id: int, query: RowsQuery) -> Page[ImportRowView]:
    """List the rows, or those with errors, each with everything that is wrong by row and column."""
    found = await employee_imports.get(call.connection, import_id)
    offset = min(query.after_id() or 0, 2**31 - 1)
    rows = await employee_imports.rows_of(
        call.connection, import_id, only_broken=query.broken, offset=offset, limit=query.limit + 1
    )
    places = {row.number: offset + place for place, row in enumerate(rows, start=1)}
    return page_of(rows, query, lambda row: _row(row, found), lambda row: (places[row.number],))


@imports.get("/imports/{import_id}/file", who=EMPLOYERS, scope="employees:read", media=MEDIA_TYPE, also=(409,))
async def get_marked_file(call: Call, import_id: int) -> web.Response:
    """Give the list back, each wrong cell marked and explained: correct it and upload it again."""
    found = await employee_imports.get_checked(call.connection, import_id)
    return workbook_answer(await workbooks.marked(call.connection, found), f"{_stem(found.file_name)}-需改正")


@imports.post("/imports/{import_id}/check", who=EMPLOYERS, scope="employees:write")
async def check_again(call: Call, import_id: int) -> ImportView:
    """Judge a checked list once more, because employees or applications have changed since."""
    again = await employee_imports.check_again(call.connection, import_id)
    return view(again)


@imports.delete("/imports/{import_id}", who=EMPLOYERS, scope="employees:write", status=HTTPStatus.NO_CONTENT)
async def drop(call: Call, import_id: int) -> None:
    """Delete a list that is not to be submitted."""
    await employee_imports.drop(call.connection, import_id)


@imports.post(
    "/imports/{import_id}/submit",
    who=EMPLOYERS,
    scope="employees:write",
    status=HTTPStatus.ACCEPTED,
    location="/applications/{id}",
    creates=True,
    seconds_max=SUBMIT_SECONDS_MAX,
    refused=note_named,
)
async def submit(call: Call, import_id: int, body: Submission) -> ApplicationView:
    """Hand a checked list to the bureau as one application, and forget it as a list."""
    await refuse_too_many(call)
    asked = await import_submissions.submit(
        call.connection, import_id, only_good=body.only_good, attachments=body.attachments
    )
    return application_view(await work_list.get(call.connection, Ref(RefKind.APPLICATION, asked.id), with_drafts=True))


def view(found: EmployeeImport) -> ImportView:
    """Show a list."""
    return ImportView(
        id=Id(found.id),
        filename=found.file_name,
        state=found.state,
        replaces=None if found.replaces_id is None else str(Ref(RefKind.APPLICATION, found.replaces_id)),
        rows=found.row_count,
        rows_done=found.rows_done,
        broken_rows=found.broken_rows,
        total=found.total,
        good=found.good,
        findings=found.findings,
        uploaded_at=found.uploaded_at,
    )


def _row(row: ImportRow, found: EmployeeImport) -> ImportRowView:
    return ImportRowView(row=row.number, name=row.cells.get("name", "").strip(), problems=tuple(_problems(row, found)))


def _problems(row: ImportRow, found: EmployeeImport) -> Iterator[CellProblemView]:
    for each in row.problems:
        yield CellProblemView(column=found.letters.get(each.field, ""), field=each.field, violation=each.violation)


def _stem(file_name: str) -> str:
    return file_name.rpartition(".")[0] or file_name
