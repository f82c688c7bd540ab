"""The pages of 为什么没有这个人 and 与上月比较: beside the sheet of a draft, and of an order that was submitted, too."""

from collections.abc import Sequence
from typing import Final

import attrs

from libsubsidy import Difference, DifferenceKind, Month
from services.portal.calls import Call
from services.portal.comparing import differences
from services.portal.comparing.comparisons import month_of
from services.portal.comparing.ways import REASONS, way_of
from services.portal.masking import masked_id_number
from services.portal.orders.orders import own_order
from services.portal.orders.views import order_view
from services.portal.pages import words
from services.portal.pages.registry import Facts, Pages
from services.portal.roles import EMPLOYERS
from services.portal.shell.paging import Paging, PagingQuery
from services.store import absences, candidates, comparisons, employers
from services.store.absences import Absences, FoundPeople
from services.store.orders import Order

pages = Pages()

_ORDERS: Final = "/employer/orders"
_TEXT_CHARACTERS_MAX: Final = 100
KINDS_ZH: Final = {
    DifferenceKind.JOINED: "本月新增",
    DifferenceKind.LEFT: "本月减少",
    DifferenceKind.CHANGED: "金额有变化",
}


@attrs.frozen(kw_only=True)
class MissingQuery(PagingQuery):
    """Which of those who are not in an order.

    Attributes:
        month: may be left out for the first.
        q: a part of a name, its pinyin, or the beginning of an ID number.
        reason: the code of a rule; empty: all of them.
    """

    month: Month | None = None
    q: str = ""
    reason: str = ""


@attrs.frozen(kw_only=True)
class ComparisonQuery(PagingQuery):
    """Which differences.

    Attributes:
        month: may be left out for the first.
        kind: joined, left or changed; another word shows all.
    """

    month: Month | None = None
    kind: str = ""


@pages.page(
    f"{_ORDERS}/{{order_id}}/missing",
    who=EMPLOYERS,
    title="为什么没有这个人",
    template="comparing/templates/missing.html",
    entry=_ORDERS,
)
async def missing(call: Call, order_id: int, query: MissingQuery) -> Facts:
    """Explain who is not in an order, by name or number, or all of them by the reason."""
    order = await own_order(call, order_id)
    month = month_of(order, query.month)
    text = query.q.strip()[:_TEXT_CHARACTERS_MAX]
    employer = await employers.get(call.connection, order.employer_id)
    facts = {
        **_of_order(order, month),
        "query": query,
        "reason_names": REASONS,
        "states": words.WORK_STATES,
        "masked": masked_id_number,
        "way_of": lambda reason: way_of(reason, employer.name),
    }
    if text:
        return {**facts, "found": await _look_for(call, order, month, text), "text": text}
    found = await absences.of_order(call.connection, order, month, policy=call.portal.policy, today=call.today)
    return {**facts, "found": None, **await _listed(call, order, found, query)}


async def _look_for(call: Call, order: Order, month: Month, text: str) -> FoundPeople:
    return await absences.look_for(call.connection, order, month, text, policy=call.portal.policy, today=call.today)


async def _listed(call: Call, order: Order, found: Absences, query: MissingQuery) -> Facts:
    counts = found.counts()
    reason = query.reason if query.reason in dict(counts) else ""
    people = found.of_reason(reason)
    paging = await Paging.of(call, query, len(people))
    shown = people[paging.offset : paging.offset + paging.size]
    known = await candidates.of_ids(call.connection, order.employer_id, shown)
    return {
        "counts": counts,
        "reason": reason,
        "people": len(found.reasons),
        "rows": [(known[person_id], found.reasons[person_id]) for person_id in shown if person_id in known],
        "paging": paging,
    }


@pages.page(
    f"{_ORDERS}/{{order_id}}/comparison",
    who=EMPLOYERS,
    title="与上月比较",
    template="comparing/templates/comparison.html",
    entry=_ORDERS,
)
async def comparison(call: Call, order_id: int, query: ComparisonQuery) -> Facts:
    """Show who joined, who left and whose amount changed since the last month that was remitted."""
    order = await own_order(call, order_id)
    month = month_of(order, query.month)
    found = await comparisons.of_order(call.connection, order, month)
    kind = next((each for each in DifferenceKind if each.value == query.kind), None)
    listed = differences.wanted(found.comparison, kind)
    paging = await Paging.of(call, query, len(listed))
    shown = listed[paging.offset : paging.offset + paging.size]
    return {
        **_of_order(order, month),
        "found": found,
        "compared": differences.compared(found.comparison),
        "kind": kind,
        "kinds": KINDS_ZH,
        "sources": words.AMOUNT_SOURCES,
        "rows": await differences.views(call.connection, order.employer_id, shown),
        "reasons": await _why_left(call, order, month, shown),
        "paging": paging,
    }


async def _why_left(call: Call, order: Order, month: Month, shown: Sequence[Difference]) -> Facts:
    left = [each.person_id for each in shown if each.kind is DifferenceKind.LEFT]
    found = await absences.of_people(call.connection, order, month, left, call.portal.policy, call.today)
    return {str(person_id): reasons for person_id, reasons in found.reasons.items()}


def _of_order(order: Order, month: Month) -> dict[str, object]:
    return {
        "order": order_view(order),
        "state": words.ORDER_STATES[order.state],
        "month": month,
        "months": tuple(order.months),
        "path": f"{_ORDERS}/{order.id}",
    }
