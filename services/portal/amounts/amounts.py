"""The amounts of a month by Excel: the draft out, a file in, what it would change, and one call that takes it (persona P2).

A file is read beside all requests and judged by the rules of the month; nothing of the draft changes before it is taken.
"""

from http import HTTPStatus
from typing import Final

import attrs
import structlog
from aiohttp import web

from libsubsidy import Month, Violation
from services.portal.amounts import reading, workbooks
from services.portal.amounts.layout import LAYOUT
from services.portal.calls import Call
from services.portal.comparing import differences
from services.portal.comparing.differences import ComparedView, DifferencesQuery, DifferenceView
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.downloads import workbook_answer
from services.portal.endpoints import Endpoints, Streamed
from services.portal.importing import receiving
from services.portal.importing.imports import CellProblemView
from services.portal.orders.orders import own_order
from services.portal.orders.views import OrderView, order_view
from services.portal.repetition import Once, idempotency_key
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.spreadsheets.reading import read_workbook
from services.spreadsheets.writing import MEDIA_TYPE, workbook_of
from services.store import amount_lists, employers
from services.store.amount_lists import AmountList, ListRow
from services.store.database import Connection
from services.store.orders import Order

amounts = Endpoints(tag="汇缴金额表 amounts")
log = structlog.get_logger()

# Twenty thousand rows are compared, taken and written.
_SECONDS_MAX: Final = 60.0
_UNNAMED: Final = "金额表.xlsx"


@attrs.frozen(kw_only=True)
class MonthQuery:
    """Which month of an order.

    Attributes:
        month: may be left out for the first.
    """

    month: Month | None = None


@attrs.frozen(kw_only=True)
class UploadQuery(MonthQuery):
    """What is said of a file beside its bytes.

    Attributes:
        filename: how people know it.
    """

    filename: str = _UNNAMED


@attrs.frozen(kw_only=True)
class AmountsView:
    """A file of amounts beside its draft, as the draft is now.

    Attributes:
        version: of the draft that it was compared with; taking it names the same.
        rows: filled rows.
        broken_rows: of them, those with an error; they change nothing.
        findings: what you should know of the file.
        keeping: what taking it comes to if whoever is not in the file stays as they are.
        removing: what it comes to if they leave the month; null while rows are wrong, whose people nobody may know.
    """

    id: Id
    order_id: Id
    version: int
    month: Month
    filename: str
    rows: int
    broken_rows: int
    findings: tuple[Violation, ...]
    keeping: ComparedView
    removing: ComparedView | None


@attrs.frozen(kw_only=True)
class AmountRowView:
    """One row with errors.

    Attributes:
        row: as the spreadsheet numbers it.
        name: as it was read.
        problems: everything that is wrong with it.
    """

    row: int
    name: str
    problems: tuple[CellProblemView, ...]


@attrs.frozen(kw_only=True)
class Taking:
    """What is taken.

    Attributes:
        list_id: the file that was seen.
        version: of the draft, as it was seen.
        remove: whoever is not in the file leaves the month.
        only_good: leave out the rows with errors; otherwise a file with any of them is refused as a whole.
    """

    list_id: Id
    version: int
    remove: bool = False
    only_good: bool = False


@amounts.get(
    "/orders/{order_id}/amounts/file",
    who=EMPLOYERS,
    scope="orders:read",
    transaction=False,
    media=MEDIA_TYPE,
    seconds_max=_SECONDS_MAX,
)
async def export(call: Call, order_id: int, query: MonthQuery) -> web.Response:
    """Download the lines of a month (XLSX): change the amounts and upload it again. ID numbers are whole; this is logged."""
    async with call.working(reads_only=True) as connection:
        order = await _own(call, connection, order_id)
        month = query.month or order.months.first
        content = await workbooks.of_order(connection, order_id, month)
        employer = await employers.get(connection, order.employer_id)
    log.info("amounts exported", actor=call.identity.actor_name, employer=employer.id, order=order_id)
    return workbook_answer(await workbook_of(content), f"{LAYOUT.title} {month} {employer.name}")


@amounts.post(
    "/orders/{order_id}/amounts",
    who=EMPLOYERS,
    scope="orders:write",
    status=HTTPStatus.CREATED,
    location="/orders/{order_id}/amounts",
    creates=True,
    body_bytes_max=receiving.FILE_BYTES_MAX,
    seconds_max=receiving.UPLOAD_SECONDS_MAX,
    also=(409,),
)
async def upload(call: Call, order_id: int, body: Streamed, query: UploadQuery) -> AmountsView:
    """Upload the amounts of a draft's month as the body: XLSX, XLS or CSV of at most 20,000 rows and 16 MiB.

    The draft stays as it is; the answer says what taking the file would change. It replaces a file that was not taken.

    Raises:
        ORDER_FROZEN: the order is no draft.
    """
    receiving.refuse_announced(body)
    name = receiving.file_name(query.filename, _UNNAMED)
    if idempotency_key(call.request) is None:
        # Before anything is sent; under a key it may be a repetition, which may always be sent.
        async with call.working(reads_only=True) as connection:
            order = await _own(call, connection, order_id)
            amount_lists.refuse_unfit(order, query.month or order.months.first)
    file = await receiving.whole(body)
    once = await Once.of_file(call.request, file)
    sheet = await read_workbook(file, LAYOUT)
    async with call.working() as connection:
        await once.begin(connection)
        order = await _own(call, connection, order_id)
        month = query.month or order.months.first
        received = await reading.receive(connection, order, month, name, sheet, call.portal.policy, call.today)
        return await once.keep(connection, await _view(connection, order, received))


@amounts.get("/orders/{order_id}/amounts", who=EMPLOYERS, scope="orders:read", seconds_max=_SECONDS_MAX)
async def get_amounts(call: Call, order_id: int) -> AmountsView:
    """Say what the uploaded file would change in the draft as it is now: counts, and control totals before and after."""
    order = await own_order(call, order_id)
    return await _view(call.connection, order, await amount_lists.get(call.connection, order_id))


@amounts.get("/orders/{order_id}/amounts/differences", who=EMPLOYERS, scope="orders:read", seconds_max=_SECONDS_MAX)
async def list_differences(call: Call, order_id: int, query: DifferencesQuery) -> Page[DifferenceView]:
    """List who would join, leave, or get another amount."""
    order = await own_order(call, order_id)
    found = await amount_lists.get(call.connection, order_id)
    compared = await amount_lists.compare(call.connection, found)
    if found.broken_rows:
        compared = compared.keeping()
    return await differences.page(call.connection, order.employer_id, compared, query)


@amounts.get("/orders/{order_id}/amounts/rows", who=EMPLOYERS, scope="orders:read")
async def list_broken_rows(call: Call, order_id: int, query: PageQuery) -> Page[AmountRowView]:
    """List the rows with errors, each with everything that is wrong by row and column."""
    await own_order(call, order_id)
    found = await amount_lists.get(call.connection, order_id)
    offset = min(query.after_id() or 0, 2**31 - 1)
    rows = await amount_lists.broken_rows(call.connection, found, offset=offset, limit=query.limit + 1)
    places = {row.number: offset + place for place, row in enumerate(rows, start=1)}
    return page_of(rows, query, lambda row: _row(row, found), lambda row: (places[row.number],))


@amounts.get("/orders/{order_id}/amounts/marked", who=EMPLOYERS, scope="orders:read", media=MEDIA_TYPE)
async def get_marked_file(call: Call, order_id: int) -> web.Response:
    """Give the file back, each wrong cell marked and explained: correct it and upload it again."""
    await own_order(call, order_id)
    found = await amount_lists.get(call.connection, order_id)
    stem = found.file_name.rpartition(".")[0] or found.file_name
    return workbook_answer(await workbooks.marked(call.connection, found), f"{stem}-需改正")


@amounts.post(
    "/orders/{order_id}/amounts/take",
    who=EMPLOYERS,
    scope="orders:write",
    creates=True,
    seconds_max=_SECONDS_MAX,
    also=(409,),
)
async def take(call: Call, order_id: int, body: Taking) -> OrderView:
    """Let the draft have the amounts of the uploaded file, all of it or nothing.

    Raises:
        STALE_VERSION: the draft was changed since it was compared.
        AMOUNTS_BROKEN: rows are wrong, and only_good is not chosen.
        AMOUNTS_REMOVE_BROKEN: rows are wrong, so nobody is taken away.
    """
    await own_order(call, order_id)
    changed = await amount_lists.take(
        call.connection,
        order_id,
        body.list_id,
        body.version,
        remove=body.remove,
        only_good=body.only_good,
        policy=call.portal.policy,
    )
    log.info("amounts taken", actor=call.identity.actor_name, order=order_id, lines=changed.line_count)
    return order_view(changed)


@amounts.delete("/orders/{order_id}/amounts", who=EMPLOYERS, scope="orders:write", status=HTTPStatus.NO_CONTENT)
async def drop(call: Call, order_id: int) -> None:
    """Throw the uploaded file away; the draft stays as it is."""
    await own_order(call, order_id)
    await amount_lists.drop(call.connection, order_id)


async def _own(call: Call, connection: Connection, order_id: int) -> Order:
    return await own_order(attrs.evolve(call, connection=connection), order_id)


async def _view(connection: Connection, order: Order, found: AmountList) -> AmountsView:
    compared = await amount_lists.compare(connection, found)
    return AmountsView(
        id=Id(found.id),
        order_id=Id(order.id),
        version=order.version,
        month=found.month,
        filename=found.file_name,
        rows=found.row_count,
        broken_rows=found.broken_rows,
        findings=found.findings,
        keeping=differences.compared(compared.keeping()),
        removing=None if found.broken_rows else differences.compared(compared),
    )


def _row(row: ListRow, found: AmountList) -> AmountRowView:
    return AmountRowView(
        row=row.number,
        name=row.cells.get("name", "").strip(),
        problems=tuple(
            CellProblemView(column=found.letters.get(each.field, ""), field=each.field, violation=each.violation)
            for each in row.problems
        ),
    )
