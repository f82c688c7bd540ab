"""The sheet of a draft: all rows of a month at once, all or nobody ticked by one call, and a draft thrown away (F80-F88).

Twenty thousand rows are two megabytes as lists of columns; they are written and packed in a thread, so that the loop goes on
for everybody else.
"""

import zlib
from collections.abc import Mapping
from enum import Enum
from operator import attrgetter
from typing import Any, Final

import attrs
import orjson

from libsubsidy import AmountSource, Money, Month, Violation
from services.portal.calls import Call
from services.portal.endpoints import Answer, Endpoints
from services.portal.orders.orders import own_order
from services.portal.orders.views import OrderView, order_view
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id, to_json
from services.store import drafts, order_sheets
from services.store.long_work import off_loop
from services.store.order_sheets import OrderSheet

sheets = Endpoints(tag="汇缴申请 orders")

_LARGE_SHEET_SECONDS_MAX: Final = 60.0
# Packing harder takes longer than what it spares takes to send.
_PACKED: Final = 1
_GZIP_WINDOW: Final = 31


class Chosen(Enum):
    """Who is ticked.

    Attributes:
        ALL: everybody who can be paid and has a proposed amount.
        NONE: nobody.
    """

    ALL = "all"
    NONE = "none"


@attrs.frozen(kw_only=True)
class SheetQuery:
    """Which part of the draft.

    Attributes:
        month: one of its months; may be left out for the first.
    """

    month: Month | None = None


@attrs.frozen(kw_only=True)
class BrokenRow:
    """Somebody who stands in the draft and cannot be paid for this month (any more).

    Attributes:
        reasons: why not, each with the way out.
    """

    employee_id: Id
    reasons: tuple[Violation, ...]


@attrs.frozen(kw_only=True)
class SheetView:
    """All rows of one month of a draft, as columns of one length, by the pinyin of the names.

    Attributes:
        order: the draft; its version is what a change has to name.
        missing: how many of the employer's people are not in the sheet, because they cannot be paid.
        pinyins: of the names.
        id_numbers: without the middle.
        proposals: the amount that a new line begins with; null when one must be typed.
        sources: where the proposal comes from: file or carried.
        file_amounts: 每月缴费金额 on file for the month.
        amounts: what the draft has for this month; null: the employee is not ticked.
        amount_sources: where that came from: file, carried or designated.
        this_month_only: 仅本月.
        broken: who stands in the draft and cannot be paid.
    """

    order: OrderView
    month: Month
    missing: int
    employee_ids: tuple[Id, ...]
    names: tuple[str, ...]
    pinyins: tuple[str, ...]
    id_numbers: tuple[str, ...]
    proposals: tuple[Money | None, ...]
    sources: tuple[AmountSource | None, ...]
    file_amounts: tuple[Money | None, ...]
    amounts: tuple[Money | None, ...]
    amount_sources: tuple[AmountSource | None, ...]
    this_month_only: tuple[bool, ...]
    broken: tuple[BrokenRow, ...]


@attrs.frozen(kw_only=True)
class MonthToFill:
    """Who is to be ticked in a month of a draft.

    Attributes:
        version: of the order, as it was seen.
        month: may be left out for the first.
        chosen: all: everybody who can be paid, lines that are there stay as they are; none: nobody.
    """

    version: int
    month: Month | None = None
    chosen: Chosen


@sheets.get("/orders/{order_id}/sheet", who=EMPLOYERS, scope="orders:read", seconds_max=_LARGE_SHEET_SECONDS_MAX)
async def get_sheet(call: Call, order_id: int, query: SheetQuery) -> Answer[SheetView]:
    """Show all rows of one month of an order at once: who can be paid, with what, and who is ticked."""
    order = await own_order(call, order_id)
    month = query.month or order.months.first
    drafts.refuse_other_month(order, month)
    sheet = await order_sheets.load(call.connection, order, month, policy=call.portal.policy, today=call.today)
    packs = "gzip" in call.request.headers.get("Accept-Encoding", "")
    written = await off_loop(len(sheet.person_ids), _written, sheet, packs=packs)
    headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if packs else {})
    return Answer(value=None, written=written, headers=headers)  # type: ignore[arg-type] # It is written already.


@sheets.post("/orders/{order_id}/fill", who=EMPLOYERS, scope="orders:write", seconds_max=_LARGE_SHEET_SECONDS_MAX)
async def fill_month(call: Call, order_id: int, body: MonthToFill) -> OrderView:
    """Tick everybody who can be paid for a month (全选), or nobody."""
    month = body.month or (await own_order(call, order_id)).months.first
    if body.chosen is Chosen.NONE:
        return order_view(
            await drafts.empty_month(call.connection, order_id, body.version, month, policy=call.portal.policy)
        )
    return order_view(
        await drafts.fill_month(
            call.connection, order_id, body.version, month, policy=call.portal.policy, today=call.today
        )
    )


@sheets.delete("/orders/{order_id}", who=EMPLOYERS, scope="orders:write")
async def throw_away(call: Call, order_id: int) -> None:
    """Throw a draft away that has never been handed in."""
    await own_order(call, order_id)
    await drafts.throw_away(call.connection, order_id)


def _written(sheet: OrderSheet, *, packs: bool) -> bytes:
    """Write the sheet as `SheetView` describes it; a converter would look at each of a quarter of a million values."""
    body = orjson.dumps(_columns(sheet))
    if not packs:
        return body
    packer = zlib.compressobj(_PACKED, wbits=_GZIP_WINDOW)
    return packer.compress(body) + packer.flush()


def _columns(sheet: OrderSheet) -> Mapping[str, Any]:
    value = attrgetter("_value_")  # An enum's own property takes three calls.
    return {
        "order": to_json(order_view(sheet.order), OrderView),
        "month": str(sheet.month),
        "missing": sheet.missing,
        "employee_ids": list(map(str, sheet.person_ids)),
        "names": sheet.names,
        "pinyins": sheet.pinyins,
        "id_numbers": sheet.id_numbers,
        "proposals": _moneys(sheet.proposals),
        "sources": [None if source is None else value(source) for source in sheet.sources],
        "file_amounts": _moneys(sheet.file_amounts),
        "amounts": _moneys(sheet.amounts),
        "amount_sources": [None if source is None else value(source) for source in sheet.amount_sources],
        "this_month_only": [not carries for carries in sheet.carry_over],
        "broken": [
            {"employee_id": str(person_id), "reasons": to_json(reasons, tuple[Violation, ...])}
            for person_id, reasons in sheet.broken.items()
        ],
    }


def _moneys(amounts: list[Money | None]) -> list[str | None]:
    """Write amounts; the same few hundred stand everywhere."""
    texts = {amount: None if amount is None else str(amount) for amount in set(amounts)}
    return [texts[amount] for amount in amounts]
