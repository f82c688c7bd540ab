"""The finance officers' plain pages: withdrawals to pay and what became of them, and openings to confirm (F114, P4)."""

from collections.abc import Mapping
from typing import Final

import attrs

from libsubsidy import WithdrawalState
from services.portal.calls import Call
from services.portal.pages.registry import Facts, Pages
from services.portal.pages.words import State, Tone
from services.portal.roles import AUDITORS, CHECKERS, FINANCE
from services.portal.shell.paging import Paging, PagingQuery
from services.portal.withdrawals.pages import STATES
from services.portal.withdrawals.views import payment_view, withdrawal_view
from services.store import opening_confirmations, withdrawal_payments, withdrawals
from services.store.reasons import REASON_CHARACTERS_MAX
from services.store.withdrawals import Wanted

pages = Pages()

PATH: Final = "/bureau/withdrawals"
# In the order of the work.
TABS: Final = (
    WithdrawalState.APPROVED,
    WithdrawalState.PAYING,
    WithdrawalState.FAILED,
    WithdrawalState.PAID,
    WithdrawalState.GIVEN_BACK,
)
_COUNTED: Final = frozenset({WithdrawalState.APPROVED, WithdrawalState.PAYING, WithdrawalState.FAILED})
PAYMENT_STATES: Final[Mapping[str, State]] = {
    "paying": State("支付中", Tone.WAITS),
    "paid": State("已支付", Tone.DONE),
    "failed": State("支付失败", Tone.WRONG),
    "bounced": State("银行退票", Tone.WRONG),
}


@attrs.frozen(kw_only=True)
class DeskQuery(PagingQuery):
    """Which withdrawals: those to pay, unless another state is asked for.

    Attributes:
        state: one of `TABS`; an address that names another is as one that names none.
        q: a part of the employee's name, or the beginning of the ID number.
    """

    state: str = ""
    q: str = ""

    @property
    def tab(self) -> WithdrawalState:
        """Which of the tabs is open."""
        return next((each for each in TABS if each.value == self.state), TABS[0])


@pages.page(PATH, who=FINANCE | AUDITORS, title="支取支付", template="withdrawals/templates/desk.html")
async def desk(call: Call, query: DeskQuery) -> Facts:
    """List the withdrawals in a state, those to pay first."""
    return {**await _tabs(call, query), **await _rows(call, query)}


@pages.part(f"{PATH}/tabs", who=FINANCE | AUDITORS, template="withdrawals/templates/desk_tabs.html", noted=False)
async def desk_tabs(call: Call, query: DeskQuery) -> Facts:
    """Count anew what waits in each state, when there are news."""
    return await _tabs(call, query)


@pages.part(f"{PATH}/rows", who=FINANCE | AUDITORS, template="withdrawals/templates/desk_rows.html", noted=False)
async def desk_rows(call: Call, query: DeskQuery) -> Facts:
    """List them anew, when there are news."""
    return await _rows(call, query)


async def _tabs(call: Call, query: DeskQuery) -> Facts:
    counts = await withdrawals.count_by_state(call.connection)
    return {
        "tabs": [(each.value, STATES[each].zh, counts.get(each, 0) if each in _COUNTED else 0) for each in TABS],
        "query": query,
        "path": PATH,
    }


async def _rows(call: Call, query: DeskQuery) -> Facts:
    wanted = Wanted(state=query.tab, text=query.q)
    paging = await Paging.of(call, query, await withdrawals.count(call.connection, wanted), path=PATH)
    found = await withdrawals.matching(call.connection, wanted, offset=paging.offset, limit=paging.size)
    return {
        "withdrawals": [withdrawal_view(each) for each in found],
        "states": STATES,
        "paging": paging,
        "query": query,
        "path": PATH,
    }


@pages.page(
    f"{PATH}/{{withdrawal_id}}",
    who=FINANCE | AUDITORS,
    title="办理支付",
    template="withdrawals/templates/payment.html",
    entry=PATH,
)
async def payment(call: Call, withdrawal_id: int) -> Facts:
    """Show what paying a withdrawal needs, and what can be done now; the papers are the reviewer's, who has judged them."""
    return await _payment(call, withdrawal_id)


@pages.part(
    f"{PATH}/{{withdrawal_id}}/now",
    who=FINANCE | AUDITORS,
    template="withdrawals/templates/payment_now.html",
    noted=False,
)
async def payment_now(call: Call, withdrawal_id: int) -> Facts:
    """Show it anew, when somebody has done something."""
    return await _payment(call, withdrawal_id)


async def _payment(call: Call, withdrawal_id: int) -> Facts:
    found = await withdrawals.get(call.connection, withdrawal_id)
    may_act = call.identity.role in FINANCE
    return {
        "withdrawal": withdrawal_view(found, whole=may_act),
        "state": STATES[found.state],
        "at": found.state.value,
        "may_act": may_act,
        "own_approval": found.approved_by == call.identity.actor_name,
        "payments": [
            payment_view(each) for each in await withdrawal_payments.payments_of(call.connection, withdrawal_id)
        ],
        "payment_states": PAYMENT_STATES,
        "reason_max": REASON_CHARACTERS_MAX,
        "today": call.today,
        "path": PATH,
    }


@pages.page(
    "/bureau/opening-balances",
    who=FINANCE | AUDITORS,
    title="期初余额确认",
    template="withdrawals/templates/openings.html",
)
async def openings(call: Call, query: PagingQuery) -> Facts:
    """List the employers whose openings wait for finance (design §12)."""
    paging = await Paging.of(call, query, await opening_confirmations.count(call.connection))
    return {
        "waiting": await opening_confirmations.waiting(call.connection, offset=paging.offset, limit=paging.size),
        "may_confirm": call.identity.role in CHECKERS,
        "paging": paging,
    }
