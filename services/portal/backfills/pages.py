"""The pages of 缴款历史补录: what was handed in, 【新增补录】 as a form with rows and by upload, and what came back (F107).

点击左侧业务办理的缴款历史补录 补录的信息填补完成(星号必填) 上传即可                                    manual L399-L401
"""

from typing import Final

from libsubsidy import BACKFILL_FIELDS, SLOTS, ApplicationState, Month
from services.portal.backfills.layout import LAYOUT
from services.portal.backfills.rows import backfilled_row
from services.portal.calls import Call
from services.portal.opening.pages import STATES
from services.portal.pages.registry import Facts, Pages
from services.portal.roles import EMPLOYERS
from services.portal.shell.paging import Paging, PagingQuery
from services.spreadsheets.reading import FILE_BYTES_MAX
from services.store import applications, attachments, backfills, employers
from services.store.applications import Application
from services.store.attachments import Subject
from services.store.refusals import refuse
from services.store.work_list import Ref, RefKind

pages = Pages()

PATH: Final = "/employer/backfills"
_PURPOSE: Final = backfills.KIND.value
_MIB: Final = 1024 * 1024
# A draft waits for a colleague, who may have found something to mend.
_AGAIN: Final = frozenset({ApplicationState.DRAFT, ApplicationState.RETURNED, ApplicationState.RETRACTED})
_RETRACTABLE: Final = frozenset({ApplicationState.DRAFT, ApplicationState.SUBMITTED})


@pages.page(PATH, who=EMPLOYERS, title="缴款历史补录", template="backfills/templates/list.html")
async def listed(call: Call, query: PagingQuery) -> Facts:
    """List what was handed in, and what has become of it."""
    return await _listed(call, query)


@pages.part(f"{PATH}/rows", who=EMPLOYERS, template="backfills/templates/list_rows.html", noted=False)
async def list_rows(call: Call, query: PagingQuery) -> Facts:
    """List it anew, when there are news."""
    return await _listed(call, query)


async def _listed(call: Call, query: PagingQuery) -> Facts:
    kinds = (backfills.KIND,)
    total = await applications.count_of_kinds(call.connection, call.employer_id, kinds)
    paging = await Paging.of(call, query, total, path=PATH)
    found = await applications.page_of_kinds(
        call.connection, call.employer_id, kinds, limit=paging.size, offset=paging.offset
    )
    return {"found": found, "states": STATES, "paging": paging, "path": PATH}


@pages.page(f"{PATH}/new", who=EMPLOYERS, title="新增补录", template="backfills/templates/form.html", entry=PATH)
async def new(call: Call) -> Facts:
    """Type rows, or upload them, and hand them in."""
    return await _form(call, None)


@pages.page(
    f"{PATH}/{{backfill}}", who=EMPLOYERS, title="查看补录", template="backfills/templates/view.html", entry=PATH
)
async def view(call: Call, backfill: str, query: PagingQuery) -> Facts:
    """Show one that was handed in, and what has become of it."""
    found = await _found(call, backfill)
    paging = await Paging.of(call, query, found.line_count)
    rows = await backfills.rows_of(call.connection, found.id, after=paging.offset, limit=paging.size)
    return {
        **_shown(found),
        "rows": [backfilled_row(row) for row in rows],
        "paging": paging,
        "attached": await attachments.of_subject(call.connection, Subject("application", found.id)),
    }


@pages.part(f"{PATH}/{{backfill}}/now", who=EMPLOYERS, template="backfills/templates/now.html", noted=False)
async def now(call: Call, backfill: str) -> Facts:
    """Show how far one is, when there are news of it."""
    return _shown(await _found(call, backfill))


@pages.part(f"{PATH}/{{backfill}}/acts", who=EMPLOYERS, template="backfills/templates/acts.html", noted=False)
async def acts(call: Call, backfill: str) -> Facts:
    """Show what can be done with one, when there are news of it."""
    return _shown(await _found(call, backfill))


def _shown(found: Application) -> Facts:
    return {
        "application": found,
        "state": STATES[found.state],
        "may_edit": found.state in _AGAIN,
        "may_retract": found.state in _RETRACTABLE,
        "path": PATH,
    }


@pages.page(
    f"{PATH}/{{backfill}}/edit", who=EMPLOYERS, title="修改补录", template="backfills/templates/form.html", entry=PATH
)
async def edit(call: Call, backfill: str) -> Facts:
    """Open what was returned or retracted again in its form."""
    found = await _found(call, backfill)
    if found.state not in _AGAIN:
        raise refuse("BACKFILLS_ONLY")
    return await _form(call, found)


async def _form(call: Call, found: Application | None) -> Facts:
    employer = await employers.get(call.connection, call.employer_id)
    bound = () if found is None else await attachments.of_subject(call.connection, Subject("application", found.id))
    return {
        "application": found,
        "initialised": employer.initialised,
        "limits": {field.name: field.characters_max for field in BACKFILL_FIELDS},
        "this_month": Month.of(call.today),
        "rows_max": LAYOUT.rows_max,
        "mebibytes_max": FILE_BYTES_MAX // _MIB,
        "purpose": _PURPOSE,
        "slots": SLOTS[_PURPOSE],
        "attached": bound,
        "path": PATH,
    }


async def _found(call: Call, backfill: str) -> Application:
    ref = Ref.parse(backfill)
    if ref.kind is not RefKind.APPLICATION:
        raise refuse("ABSENT", what_zh="申请", what_en="application", id=backfill)
    return await backfills.get(call.connection, call.employer_id, ref.number)
