"""职工开户 as calls: who is asked for, as a file too, and handing in anew what was returned (F43-F47, F52).

To ask for accounts is ``POST /employees``; here is what comes afterwards, of applications of 职工开户 and 职工批量导入 alike.
"""

from datetime import datetime
from typing import Final

import attrs
from aiohttp import web

from libsubsidy import ApplicationState, Money
from services.portal.application_views import ApplicationView, application_view
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.downloads import workbook_answer
from services.portal.endpoints import Endpoints
from services.portal.importing import workbooks
from services.portal.named_people import refuse_too_many
from services.portal.opening.pointing import note_and_point
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.spreadsheets.writing import MEDIA_TYPE
from services.store import openings as store
from services.store import work_list
from services.store.applications import Application, ApplicationKind
from services.store.opening_rows import OpeningRow
from services.store.work_list import Ref, RefKind

openings = Endpoints(tag="职工开户 openings")

OPENING_BYTES_MAX: Final = 2 * 1024 * 1024


@attrs.frozen(kw_only=True)
class OpeningView:
    """An application that asks for accounts.

    Attributes:
        id: its number.
        application: its name among all applications, ``application-3``; there are the people, and what is decided.
        line_count: for how many people.
        total: their 每月缴费金额 together.
        remark: why it was returned or rejected.
    """

    id: Id
    application: str
    kind: ApplicationKind
    state: ApplicationState
    version: int
    line_count: int
    total: Money
    remark: str
    submitted_at: datetime
    decided_at: datetime | None


@attrs.frozen(kw_only=True)
class RevisedEmployees:
    """An opening that was returned or retracted, as it is handed in again.

    Attributes:
        version: of the application, as it was seen.
        employees: 1 to 2,000 rows, as typed, instead of those before.
        attachments: all of its files, those that stay included.
    """

    version: int
    employees: tuple[OpeningRow, ...]
    attachments: tuple[Id, ...] = ()


@openings.get("/openings", who=EMPLOYERS, scope="applications:read")
async def list_openings(call: Call, query: PageQuery) -> Page[OpeningView]:
    """List the applications that ask for accounts, those of 职工开户 and 职工批量导入 alike, the newest first."""
    found = await store.of_employer(call.connection, call.employer_id, before=query.after_id(), limit=query.limit + 1)
    return page_of(found, query, _view, lambda each: (each.id,))


@openings.get("/openings/{opening_id}/employees", who=EMPLOYERS, scope="applications:read", media=MEDIA_TYPE)
async def get_list(call: Call, opening_id: int) -> web.Response:
    """Give the people of an opening or import as a workbook, in the form in which a list is uploaded."""
    application = await store.get(call.connection, call.employer_id, opening_id)
    return workbook_answer(await workbooks.people_of(call.connection, application), f"职工名单-{opening_id}")


@openings.put(
    "/openings/{opening_id}",
    who=EMPLOYERS,
    scope="employees:write",
    body_bytes_max=OPENING_BYTES_MAX,
    refused=note_and_point,
)
async def open_again(call: Call, opening_id: int, body: RevisedEmployees) -> ApplicationView:
    """Hand in anew an opening that was returned or retracted; an import is uploaded again instead."""
    await refuse_too_many(call)
    await store.get(call.connection, call.employer_id, opening_id)
    submitted = await store.open_employees_again(
        call.connection,
        opening_id,
        body.version,
        body.employees,
        attachments=body.attachments,
        today=call.today,
    )
    return application_view(
        await work_list.get(call.connection, Ref(RefKind.APPLICATION, submitted.id), with_drafts=True)
    )


def _view(application: Application) -> OpeningView:
    return OpeningView(
        id=Id(application.id),
        application=str(Ref(RefKind.APPLICATION, application.id)),
        kind=application.kind,
        state=application.state,
        version=application.version,
        line_count=application.line_count,
        total=application.total,
        remark=application.remark,
        submitted_at=application.submitted_at,
        decided_at=application.decided_at,
    )
