"""The pages of 缴费通知: the list with 合并缴款, one notice with all that paying it needs, the slip, the bureau's list."""

from typing import Final

import attrs

from libsubsidy import NoticeState, uppercase_amount
from services.portal.calls import Call
from services.portal.notices import progress
from services.portal.notices.notices import own_notice
from services.portal.notices.sections import NOTICES, STRAYS, shown_strays
from services.portal.pages import words
from services.portal.pages.registry import Facts, Pages
from services.portal.pages.sections import shown
from services.portal.roles import BUREAU, EMPLOYERS, REVIEWERS
from services.portal.shell.paging import Paging, PagingQuery
from services.store import accounts, employers, notice_lists, notices, orders, page_frames, stray_payments
from services.store.notice_lists import NoticeFilter
from services.store.reasons import REASON_CHARACTERS_MAX
from services.store.stray_payments import StrayPayment

pages = Pages()

PATH: Final = "/employer/notices"
SEARCH_CHARACTERS_MAX: Final = 100


@attrs.frozen(kw_only=True)
class StateQuery(PagingQuery):
    """Which notices.

    Attributes:
        state: a `NoticeState`; empty: in whatever state.
    """

    state: str = ""


@attrs.frozen(kw_only=True)
class ListQuery(StateQuery):
    """Which notices of which employers.

    Attributes:
        q: a part of the employer's name, its code, or a memo.
    """

    q: str = ""


@pages.page(PATH, who=EMPLOYERS, title="缴费通知", template="notices/templates/list.html")
async def listed(call: Call) -> Facts:
    """Show the notices to pay with their memos, and own money that could not be booked."""
    return await shown(call, NOTICES, STRAYS)


@pages.part(f"{PATH}/waiting", who=EMPLOYERS, template="shell/templates/waiting.html", noted=False)
async def waiting(call: Call) -> Facts:
    """Show how many notices wait to be paid, as the menu does around every page."""
    return {"notices": await page_frames.waiting_notices(call.connection, call.employer_id)}


@pages.page(
    f"{PATH}/{{notice_id}}", who=EMPLOYERS, title="缴费通知", template="notices/templates/notice.html", entry=PATH
)
async def one_notice(call: Call, notice_id: int) -> Facts:
    """Show one notice: how far it is, what to write where, and what became of it."""
    return await _notice(call, notice_id)


@pages.part(f"{PATH}/{{notice_id}}/now", who=EMPLOYERS, template="notices/templates/now.html", noted=False)
async def notice_now(call: Call, notice_id: int) -> Facts:
    """Show what follows the news of a notice."""
    return await _notice(call, notice_id)


@pages.page(
    f"{PATH}/{{notice_id}}/slip", who=EMPLOYERS, title="缴款单", template="notices/templates/slip.html", entry=PATH
)
async def slip(call: Call, notice_id: int) -> Facts:
    """Show a notice on one sheet, to be printed."""
    return {**await _notice(call, notice_id), "printed_at": call.now}


@pages.page(f"{PATH}/all", who=EMPLOYERS, title="全部缴费通知", template="notices/templates/all.html", entry=PATH)
async def whole_list(call: Call, query: StateQuery) -> Facts:
    """Show all notices that there ever were, page by page."""
    return await _part(call, query, NoticeFilter(state=_state(query), employer_id=call.employer_id))


@pages.page("/bureau/notices", who=BUREAU, title="缴费通知", template="notices/templates/bureau.html")
async def bureau_list(call: Call, query: ListQuery) -> Facts:
    """Show the notices of all employers; a reviewer cancels one that nobody has paid (D-16)."""
    wanted = NoticeFilter(state=_state(query), text=query.q[:SEARCH_CHARACTERS_MAX])
    return {
        **await _part(call, query, wanted),
        "may_cancel": call.identity.role in REVIEWERS,
        "reason_max": REASON_CHARACTERS_MAX,
    }


def _state(query: StateQuery) -> NoticeState | None:
    """Read the choice; an address that names another is as one that names none."""
    return next((each for each in NoticeState if each.value == query.state), None)


async def _part(call: Call, query: StateQuery, wanted: NoticeFilter) -> Facts:
    paging = await Paging.of(call, query, await notice_lists.count(call.connection, wanted))
    found = await notice_lists.part(call.connection, wanted, offset=paging.offset, limit=paging.size)
    return {
        "notices": found,
        "purposes": await notice_lists.purposes(call.connection, [each.notice.id for each in found]),
        "paging": paging,
        "query": query,
        "state_choices": [(each.value, shown.zh) for each, shown in words.NOTICE_STATES.items()],
        **_words(),
    }


async def _notice(call: Call, notice_id: int) -> Facts:
    notice = await own_notice(call, notice_id)
    found = await orders.of_notice(call.connection, notice_id)
    payment = await notices.payment(call.connection, notice_id) if notice.state is NoticeState.PAID else None
    strays: tuple[StrayPayment, ...] = ()
    if notice.state is NoticeState.AWAITING:
        own = await stray_payments.of_employer(call.connection, notice.employer_id)
        strays = stray_payments.meant_for(own, notice.memo)
    return {
        "notice": notice,
        "employer": await employers.get(call.connection, notice.employer_id),
        "payee": await accounts.payee(call.connection, notice.currency),
        "uppercase": uppercase_amount(notice.amount),
        "purposes": tuple(map(notice_lists.purpose_of, found)),
        "payment": payment,
        "merged_into": notice.merged_into and await notices.get(call.connection, notice.merged_into),
        "progress": progress.steps(found, notice, payment, strays),
        "strays": await shown_strays(call.connection, strays),
        **_words(),
    }


def _words() -> Facts:
    return {"states": words.NOTICE_STATES, "kinds": words.ORDER_KINDS}
