"""缴款历史补录 as calls: the template, a filled-in file read, rows tried, handed in, looked at, and handed in anew (F107).

Nothing is kept before it is handed in: a program, or the page, sends all rows each time.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Final

import attrs
from aiohttp import web

from libsubsidy import ApplicationState, Money
from services.portal.application_views import ApplicationView, application_view
from services.portal.backfills.layout import FIELDS, LAYOUT, rows_of, sheet_rows
from services.portal.backfills.rows import (
    BackfilledRows,
    BackfillPreview,
    FileRows,
    TypedRow,
    backfilled_rows,
    file_rows,
    previewed,
    wanted_of,
)
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.downloads import workbook_answer
from services.portal.endpoints import Answer, Endpoints, Streamed
from services.portal.importing import receiving
from services.portal.refusals import at_attachments
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.spreadsheets.reading import read_workbook
from services.spreadsheets.writing import MEDIA_TYPE, Content, workbook_of
from services.store import applications, work_list
from services.store import backfills as store
from services.store.applications import Application
from services.store.backfill_judging import judge
from services.store.long_work import off_loop
from services.store.work_list import Ref, RefKind

backfills = Endpoints(tag="缴款历史补录 backfills")

# Ten thousand rows, most of them without long remarks.
_ROWS_BYTES_MAX: Final = 2 * 1024 * 1024
_SECONDS_MAX: Final = 60.0


@attrs.frozen(kw_only=True)
class TypedRows:
    """Rows to be tried; at most 10,000."""

    rows: tuple[TypedRow, ...]


@attrs.frozen(kw_only=True)
class NewBackfill:
    """Payments of the past to be recorded.

    Attributes:
        rows: 1 to 10,000.
        attachments: files uploaded for ``backfill``; the vouchers are required.
    """

    rows: tuple[TypedRow, ...]
    attachments: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True)
class RevisedBackfill:
    """A backfill that was returned or retracted, as it is handed in again.

    Attributes:
        version: of the application, as it was seen.
        rows: 1 to 10,000, instead of those before.
        attachments: all of its files, those that stay included.
    """

    version: int
    rows: tuple[TypedRow, ...]
    attachments: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True)
class BackfillView:
    """A backfill that was handed in.

    Attributes:
        id: its number.
        application: its name among all applications, ``application-3``.
        row_count: how many months of employees it records.
        total: what they come to; nobody is asked to pay it.
        remark: why it was returned or rejected.
    """

    id: Id
    application: str
    state: ApplicationState
    version: int
    row_count: int
    total: Money
    remark: str
    submitted_at: datetime
    decided_at: datetime | None


@backfills.get("/backfills/template", who=EMPLOYERS, scope="applications:read", transaction=False, media=MEDIA_TYPE)
async def get_template(call: Call) -> web.Response:  # noqa: ARG001 - the same for everybody.
    """Give the template to fill in, an XLSX with an example row."""
    sample = tuple(LAYOUT.sample[field] for field in FIELDS)
    return workbook_answer(await workbook_of(Content(layout=LAYOUT, rows=[sample])), LAYOUT.title)


@backfills.post(
    "/backfills/file",
    who=EMPLOYERS,
    scope="applications:write",
    body_bytes_max=receiving.FILE_BYTES_MAX,
    seconds_max=receiving.UPLOAD_SECONDS_MAX,
)
async def read_file(call: Call, body: Streamed) -> Answer[FileRows]:  # noqa: ARG001 - nothing of the fund is asked.
    """Read a filled-in template, sent as the body: XLSX, XLS or CSV of at most 10,000 rows and 16 MiB; nothing is kept."""
    sheet = await read_workbook(await receiving.whole(body), LAYOUT)
    rows = await off_loop(len(sheet.rows), rows_of, sheet)
    found, written = await off_loop(len(rows), file_rows, rows, sheet.advice)
    return Answer(value=found, written=written)


@backfills.post(
    "/backfills/preview",
    who=EMPLOYERS,
    scope="applications:write",
    body_bytes_max=_ROWS_BYTES_MAX,
    seconds_max=_SECONDS_MAX,
)
async def preview(call: Call, body: TypedRows) -> Answer[BackfillPreview]:
    """Try rows: what they come to, and everything that is wrong, by row and cell. Nothing is written."""
    wanted = await off_loop(len(body.rows), wanted_of, body.rows)
    judged = await judge(call.connection, call.employer_id, wanted, today=call.today)
    found, written = await off_loop(len(judged), previewed, judged)
    return Answer(value=found, written=written)


@backfills.post(
    "/backfills",
    who=EMPLOYERS,
    scope="applications:write",
    status=HTTPStatus.ACCEPTED,
    location="/applications/{id}",
    creates=True,
    body_bytes_max=_ROWS_BYTES_MAX,
    seconds_max=_SECONDS_MAX,
    refused=at_attachments,
)
async def submit(call: Call, body: NewBackfill) -> ApplicationView:
    """Ask the bureau to record payments of the past; every row that is wrong is named, and their months are held from now on.

    Nobody is asked for money. Approved, they raise the totals shown; within an opening balance they itemise it.
    """
    wanted = await off_loop(len(body.rows), wanted_of, body.rows)
    asked = await store.submit(
        call.connection, call.employer_id, wanted, attachments=body.attachments, today=call.today
    )
    return await _submitted(call, asked)


@backfills.put(
    "/backfills/{backfill_id}",
    who=EMPLOYERS,
    scope="applications:write",
    body_bytes_max=_ROWS_BYTES_MAX,
    seconds_max=_SECONDS_MAX,
    refused=at_attachments,
)
async def submit_again(call: Call, backfill_id: int, body: RevisedBackfill) -> ApplicationView:
    """Hand in anew a backfill that was returned or retracted, with these rows and files instead."""
    await store.get(call.connection, call.employer_id, backfill_id)
    wanted = await off_loop(len(body.rows), wanted_of, body.rows)
    asked = await store.submit_again(
        call.connection, backfill_id, body.version, wanted, attachments=body.attachments, today=call.today
    )
    return await _submitted(call, asked)


@backfills.get("/backfills", who=EMPLOYERS, scope="applications:read")
async def list_backfills(call: Call, query: PageQuery) -> Page[BackfillView]:
    """List what was handed in, the newest first."""
    found = await applications.of_kinds(
        call.connection, call.employer_id, (store.KIND,), before=query.after_id(), limit=query.limit + 1
    )
    return page_of(found, query, _view, lambda each: (each.id,))


@backfills.get("/backfills/{backfill_id}", who=EMPLOYERS, scope="applications:read")
async def get_backfill(call: Call, backfill_id: int) -> BackfillView:
    """Show one that was handed in."""
    return _view(await store.get(call.connection, call.employer_id, backfill_id))


@backfills.get("/backfills/{backfill_id}/rows", who=EMPLOYERS, scope="applications:read", seconds_max=_SECONDS_MAX)
async def list_rows(call: Call, backfill_id: int) -> Answer[BackfilledRows]:
    """Give all of its rows, in their order; ID numbers are masked."""
    found = await store.get(call.connection, call.employer_id, backfill_id)
    rows = await store.whole(call.connection, found)
    shown, written = await off_loop(len(rows), backfilled_rows, rows)
    return Answer(value=shown, written=written)


@backfills.get(
    "/backfills/{backfill_id}/file",
    who=EMPLOYERS,
    scope="applications:read",
    media=MEDIA_TYPE,
    seconds_max=_SECONDS_MAX,
)
async def get_file(call: Call, backfill_id: int) -> web.Response:
    """Give its rows as a workbook in the form of the template, so that a returned one is corrected there; numbers are whole."""
    found = await store.get(call.connection, call.employer_id, backfill_id)
    rows = await store.whole(call.connection, found)
    return workbook_answer(
        await workbook_of(Content(layout=LAYOUT, rows=sheet_rows(rows))), f"缴款历史补录-{backfill_id}"
    )


async def _submitted(call: Call, asked: Application) -> ApplicationView:
    return application_view(await work_list.get(call.connection, Ref(RefKind.APPLICATION, asked.id), with_drafts=True))


def _view(found: Application) -> BackfillView:
    return BackfillView(
        id=Id(found.id),
        application=str(Ref(RefKind.APPLICATION, found.id)),
        state=found.state,
        version=found.version,
        row_count=found.line_count,
        total=found.total,
        remark=found.remark,
        submitted_at=found.submitted_at,
        decided_at=found.decided_at,
    )
