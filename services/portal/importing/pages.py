"""The pages of 职工批量导入: the template and the upload, an uploaded list with its errors, and its submission (F48-F52).

点击下载批量导入模版 首先下载模板填写资料(带红星必填) 点击上传员工信息按钮，选择刚刚修改的模版 上传所需附件    L103-L109
"""

from collections.abc import Mapping
from typing import Final

import attrs

from libsubsidy import SLOTS
from services.portal.calls import Call
from services.portal.importing.layout import LAYOUT
from services.portal.opening.pages import AGAIN, IMPORTS, STATES
from services.portal.pages.registry import Facts, Pages
from services.portal.pages.words import State, Tone
from services.portal.roles import EMPLOYERS
from services.portal.shell.paging import Paging, PagingQuery
from services.portal.wire import Id
from services.spreadsheets.reading import FILE_BYTES_MAX
from services.store import applications, attachments, employee_imports, openings
from services.store.applications import Application, ApplicationKind
from services.store.attachments import Attachment, Subject
from services.store.employee_imports import EmployeeImport, ImportRow, ImportState

pages = Pages()

_PURPOSE: Final = ApplicationKind.EMPLOYEE_IMPORT.value
_MIB: Final = 1024 * 1024
LIST_STATES: Final[Mapping[ImportState, State]] = {
    ImportState.RECEIVED: State("正在核对", Tone.WAITS),
    ImportState.CHECKED: State("待提交", Tone.WAITS),
    ImportState.REFUSED: State("不能读取", Tone.WRONG),
}


@attrs.frozen(kw_only=True)
class ImportsQuery(PagingQuery):
    """Which part of the submitted imports.

    Attributes:
        replaces: number of a returned import that is to be uploaded again.
    """

    replaces: Id | None = None


@attrs.frozen(kw_only=True)
class RowsQuery(PagingQuery):
    """Which rows of a list.

    Attributes:
        rows: ``broken``: only those with errors; ``all``; empty: those with errors if there are any.
        row: show the page on which this row of the sheet stands, or the next one after it.
    """

    rows: str = ""
    row: int = 0


@pages.page(IMPORTS, who=EMPLOYERS, title="职工批量导入", template="importing/templates/list.html")
async def imports(call: Call, query: ImportsQuery) -> Facts:
    """Give the template, take a filled-in one, and list what was submitted."""
    kind = (ApplicationKind.EMPLOYEE_IMPORT,)
    total = await applications.count_of_kinds(call.connection, call.employer_id, kind)
    paging = await Paging.of(call, query, total)
    found = await applications.page_of_kinds(
        call.connection, call.employer_id, kind, limit=paging.size, offset=paging.offset
    )
    replaced = None if query.replaces is None else await _returned(call, query.replaces)
    return {
        "under_way": await employee_imports.under_way(call.connection),
        "list_states": LIST_STATES,
        "submitted": found,
        "states": STATES,
        "replaced": replaced,
        "paging": paging,
        "rows_max": LAYOUT.rows_max,
        "mebibytes_max": FILE_BYTES_MAX // _MIB,
        "path": IMPORTS,
    }


@pages.page(
    f"{IMPORTS}/{{import_id}}",
    who=EMPLOYERS,
    title="核对导入名单",
    template="importing/templates/import.html",
    entry=IMPORTS,
)
async def one(call: Call, import_id: int, query: RowsQuery) -> Facts:
    """Show a list: how far it is, what is wrong by row and column, and the form that submits it (F50, F51)."""
    found = await employee_imports.get(call.connection, import_id)
    only_broken = query.rows == "broken" or (query.rows != "all" and found.broken_rows > 0)
    total = 0
    if found.state is ImportState.CHECKED:
        total = found.broken_rows if only_broken else found.row_count
    if query.row:
        before = await employee_imports.rows_before(call.connection, import_id, query.row, only_broken=only_broken)
        size = (await Paging.of(call, query, total)).size
        query = attrs.evolve(query, page=before // size + 1, size=size)
    paging = await Paging.of(call, query, total)
    paging = attrs.evolve(paging, query=tuple(pair for pair in paging.query if pair[0] != "row"))
    rows: tuple[ImportRow, ...] = ()
    if total:
        rows = await employee_imports.rows_of(
            call.connection, import_id, only_broken=only_broken, offset=paging.offset, limit=paging.size
        )
    return {
        "found": found,
        "state": LIST_STATES[found.state],
        "rows": rows,
        "only_broken": only_broken,
        "columns": LAYOUT.columns,
        "paging": paging,
        "query": query,
        "slots": SLOTS[_PURPOSE],
        "purpose": _PURPOSE,
        "attached": await _attached(call, found),
        "path": IMPORTS,
    }


@pages.part(
    f"{IMPORTS}/{{import_id}}/progress", who=EMPLOYERS, template="importing/templates/progress.html", noted=False
)
async def progress(call: Call, import_id: int) -> Facts:
    """Show how far the checking is; the page asks for it by itself."""
    return {"found": await employee_imports.get(call.connection, import_id), "path": IMPORTS}


async def _returned(call: Call, number: int) -> Application | None:
    found = await openings.get(call.connection, call.employer_id, number)
    return found if found.kind is ApplicationKind.EMPLOYEE_IMPORT and found.state in AGAIN else None


async def _attached(call: Call, found: EmployeeImport) -> tuple[Attachment, ...]:
    if found.replaces_id is None:
        return ()
    return await attachments.of_subject(call.connection, Subject("application", found.replaces_id))
