"""一次性补缴（漏缴）: the months that each person's lump sum makes good (F91, D-6)."""

from typing import Final

import attrs

from libsubsidy import Month, MonthRange, Violation
from libsubsidy.months import MONTHS_PER_YEAR
from services.portal.calls import Call
from services.portal.endpoints import Answer, Endpoints
from services.portal.orders.orders import own_order
from services.portal.orders.views import OrderView, order_view
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id, write_json
from services.store import lump_covers as stored
from services.store import order_lines
from services.store.long_work import off_loop
from services.store.order_lines import Covers
from services.store.refusals import limit_list

lump_covers = Endpoints(tag="汇缴申请 orders")

_PEOPLE_MAX: Final = 1_000
_BYTES_MAX: Final = 512 * 1024
_SECONDS_MAX: Final = 120.0


@attrs.frozen(kw_only=True)
class PersonCovers:
    """The months that one person's lump sum makes good; they replace those that were there."""

    employee_id: Id
    months: tuple[Month, ...]


@attrs.frozen(kw_only=True)
class CoversToPut:
    """Months that lump sums make good.

    Attributes:
        version: of the order, as it was seen.
        people: at most 1,000, each with an amount in the order.
    """

    version: int
    people: tuple[PersonCovers, ...]


@attrs.frozen(kw_only=True)
class CoversToCopy:
    """Whose months everybody in the order is to have.

    Attributes:
        version: of the order, as it was seen.
    """

    version: int
    employee_id: Id


@attrs.frozen(kw_only=True)
class CopiedCovers:
    """An order in which everybody's lump sum makes good the same months.

    Attributes:
        skipped: whose months could not be among them, and why; at most 200 of them.
        skipped_total: how many there are.
    """

    order: OrderView
    skipped: tuple[Violation, ...]
    skipped_total: int


@attrs.frozen(kw_only=True)
class OrderCovers:
    """The months that everybody's lump sum makes good, as columns of one length.

    Attributes:
        months: of the person at the same place, in order.
    """

    employee_ids: tuple[Id, ...]
    months: tuple[tuple[Month, ...], ...]


@attrs.frozen(kw_only=True)
class CoverChoice:
    """A month that the lump sum may make good.

    Attributes:
        chosen: the draft names it.
        eligible: whether it can be made good.
        reasons: why not, each with the way out.
    """

    month: Month
    chosen: bool
    eligible: bool
    reasons: tuple[Violation, ...]


@attrs.frozen(kw_only=True)
class ChoicesWanted:
    """Whose months of which year are looked at.

    Attributes:
        year: this one if it is left out.
    """

    employee_id: Id
    year: int | None = None


@attrs.frozen(kw_only=True)
class YearOfChoices:
    """The months of one year."""

    year: int
    months: tuple[CoverChoice, ...]


@lump_covers.get("/orders/{order_id}/covers", who=EMPLOYERS, scope="orders:read", seconds_max=_SECONDS_MAX)
async def get_covers(call: Call, order_id: int) -> Answer[OrderCovers]:
    """Show the months that each person's lump sum of an order makes good (漏缴)."""
    await own_order(call, order_id)
    covers = await order_lines.read_covers(call.connection, order_id)
    shown, written = await off_loop(order_lines.covers_count(covers), _shown, covers)
    return Answer(value=shown, written=written)


@lump_covers.post("/orders/{order_id}/covers/choices", who=EMPLOYERS, scope="orders:read")
async def list_choices(call: Call, order_id: int, body: ChoicesWanted) -> YearOfChoices:
    """Say which months of a year a person's lump sum may make good, which it does, and why others cannot be chosen."""
    order = await own_order(call, order_id)
    year = call.today.year if body.year is None else body.year
    months = MonthRange(Month(year, 1), Month(year, MONTHS_PER_YEAR))
    choices = await stored.choices(
        call.connection, order, body.employee_id, months, policy=call.portal.policy, today=call.today
    )
    return YearOfChoices(
        year=year,
        months=tuple(
            CoverChoice(month=each.month, chosen=each.chosen, eligible=not each.reasons, reasons=each.reasons)
            for each in choices
        ),
    )


@lump_covers.put("/orders/{order_id}/covers", who=EMPLOYERS, scope="orders:write", body_bytes_max=_BYTES_MAX)
async def put_covers(call: Call, order_id: int, body: CoversToPut) -> OrderView:
    """Write which months people's lump sums make good."""
    limit_list(body.people, _PEOPLE_MAX)
    await own_order(call, order_id)
    covers: dict[int, frozenset[Month]] = {each.employee_id: frozenset(each.months) for each in body.people}
    return order_view(await stored.put(call.connection, order_id, body.version, covers, policy=call.portal.policy))


@lump_covers.post("/orders/{order_id}/covers/copy", who=EMPLOYERS, scope="orders:write", seconds_max=_SECONDS_MAX)
async def copy_covers(call: Call, order_id: int, body: CoversToCopy) -> CopiedCovers:
    """Let everybody's lump sum make good the months of one person; who cannot is left out and named."""
    await own_order(call, order_id)
    copied = await stored.copy(
        call.connection, order_id, body.version, body.employee_id, policy=call.portal.policy, today=call.today
    )
    return CopiedCovers(order=order_view(copied.order), skipped=copied.skipped, skipped_total=copied.skipped_total)


def _shown(covers: Covers) -> tuple[OrderCovers, bytes]:
    shown = OrderCovers(
        employee_ids=tuple(map(Id, covers)), months=tuple(tuple(sorted(months)) for months in covers.values())
    )
    return shown, write_json(shown, OrderCovers)
