"""The pages of 支取申请: the list, 查看, the form with what can be withdrawn, and the form of one that came back (F113-F115).

点击左侧住房基金管理的支取申请 … 填写好资料 注意要按开始上传提示上传成功状态以后才能提交                  manual L406-L460
"""

from collections.abc import Mapping
from typing import Final

import attrs

from libsubsidy import SLOTS, WithdrawalState
from libsubsidy.withdrawal import REMARK_CHARACTERS_MAX
from libsubsidy.withdrawal_reasons import offered
from services.portal.calls import Call
from services.portal.pages.registry import Facts, Pages
from services.portal.pages.words import State, Tone
from services.portal.roles import EMPLOYER_CHECKERS, EMPLOYERS
from services.portal.shell.paging import Paging, PagingQuery
from services.portal.withdrawals.views import withdrawal_view
from services.store import attachments, checking, employee_lists, withdrawal_funds, withdrawals
from services.store.attachments import Attachment, Subject
from services.store.refusals import refuse
from services.store.withdrawals import PURPOSE, STATES_ZH, Wanted, WithdrawalApplication

pages = Pages()

PATH: Final = "/employer/withdrawals"
_TONES: Final[Mapping[WithdrawalState, Tone]] = {
    WithdrawalState.DRAFT: Tone.WAITS,
    WithdrawalState.SUBMITTED: Tone.WAITS,
    WithdrawalState.RETURNED: Tone.WRONG,
    WithdrawalState.REJECTED: Tone.WRONG,
    WithdrawalState.APPROVED: Tone.WAITS,
    WithdrawalState.PAYING: Tone.WAITS,
    WithdrawalState.PAID: Tone.DONE,
    WithdrawalState.FAILED: Tone.WRONG,
}
STATES: Final[Mapping[WithdrawalState, State]] = {
    state: State(zh, _TONES.get(state, Tone.PLAIN)) for state, zh in STATES_ZH.items()
}
_AGAIN: Final = frozenset({WithdrawalState.DRAFT, WithdrawalState.RETURNED, WithdrawalState.RETRACTED})
_TAKEN_BACK: Final = frozenset({WithdrawalState.DRAFT, WithdrawalState.SUBMITTED})
# Who has left and works nowhere is asked for here; who works elsewhere is refused with the way out.
PICKED_STATES: Final = "active,sealed,ended"


@attrs.frozen(kw_only=True)
class ListQuery(PagingQuery):
    """Which part of the list.

    Attributes:
        q: a part of the employee's name, or the beginning of the ID number.
        state: only those that are so far.
    """

    q: str = ""
    state: WithdrawalState | None = None


@attrs.frozen(kw_only=True)
class EmployeeQuery:
    """Whose money it is; nobody's before somebody was picked."""

    employee: int = 0


@pages.page(PATH, who=EMPLOYERS, title="支取申请", template="withdrawals/templates/list.html")
async def withdrawal_list(call: Call, query: ListQuery) -> Facts:
    """List what was asked for, and how far it is."""
    return await _listed(call, query)


@pages.part(f"{PATH}/rows", who=EMPLOYERS, template="withdrawals/templates/rows.html", noted=False)
async def withdrawal_rows(call: Call, query: ListQuery) -> Facts:
    """List it anew, when there are news."""
    return await _listed(call, query)


async def _listed(call: Call, query: ListQuery) -> Facts:
    wanted = Wanted(employer_id=call.employer_id, state=query.state, text=query.q)
    paging = await Paging.of(call, query, await withdrawals.count(call.connection, wanted), path=PATH)
    found = await withdrawals.matching(call.connection, wanted, offset=paging.offset, limit=paging.size)
    return {
        "withdrawals": [withdrawal_view(each) for each in found],
        "states": STATES,
        "paging": paging,
        "query": query,
        "path": PATH,
    }


@pages.page(f"{PATH}/new", who=EMPLOYERS, title="新增支取申请", template="withdrawals/templates/form.html", entry=PATH)
async def new_withdrawal(call: Call, query: EmployeeQuery) -> Facts:
    """Pick an employee, and ask for money with what can be withdrawn before one's eyes (F113, F114)."""
    return await _form(call, query.employee or None, None)


@pages.page(
    f"{PATH}/{{withdrawal_id}}",
    who=EMPLOYERS,
    title="查看支取申请",
    template="withdrawals/templates/view.html",
    entry=PATH,
)
async def one_withdrawal(call: Call, withdrawal_id: int) -> Facts:
    """Show a withdrawal, and what has become of it."""
    papers = await attachments.of_subject(call.connection, Subject("application", withdrawal_id))
    return {**await _shown(call, withdrawal_id), "attachments": papers}


@pages.part(f"{PATH}/{{withdrawal_id}}/now", who=EMPLOYERS, template="withdrawals/templates/now.html", noted=False)
async def withdrawal_now(call: Call, withdrawal_id: int) -> Facts:
    """Show how far it is, when there are news of it."""
    return await _shown(call, withdrawal_id)


@pages.part(f"{PATH}/{{withdrawal_id}}/acts", who=EMPLOYERS, template="withdrawals/templates/acts.html", noted=False)
async def withdrawal_acts(call: Call, withdrawal_id: int) -> Facts:
    """Show what can be done with it, when there are news of it."""
    return await _shown(call, withdrawal_id)


async def _shown(call: Call, withdrawal_id: int) -> Facts:
    found = await withdrawals.get(call.connection, withdrawal_id)
    return {
        "withdrawal": withdrawal_view(found, whole=True),
        "state": STATES[found.state],
        "waits": found.state is WithdrawalState.DRAFT,
        "may_edit": found.state in _AGAIN,
        "may_retract": found.state in _TAKEN_BACK,
        "may_hand_in": await _may_hand_in(call, found),
        "path": PATH,
    }


@pages.page(
    f"{PATH}/{{withdrawal_id}}/edit",
    who=EMPLOYERS,
    title="修改支取申请",
    template="withdrawals/templates/form.html",
    entry=PATH,
)
async def edit_withdrawal(call: Call, withdrawal_id: int) -> Facts:
    """Open what was returned or retracted in its form again."""
    found = await withdrawals.get(call.connection, withdrawal_id)
    if found.state not in _AGAIN:
        raise refuse(
            "WITHDRAWAL_STATE",
            name=found.person_name,
            state_zh=STATES_ZH[found.state],
            state_en=found.state.value,
            event_zh="修改",
            event_en="revised",
        )
    return await _form(call, found.person_id, found)


async def _form(call: Call, person_id: int | None, found: WithdrawalApplication | None) -> Facts:
    facts: dict[str, object] = {"path": PATH, "employee": None, "found": found, "picked_states": PICKED_STATES}
    if person_id is None:
        return facts
    employee = await employee_lists.get(call.connection, call.employer_id, person_id, call.today)
    bound: tuple[Attachment, ...] = ()
    funds, obstacles = await withdrawal_funds.prospects(
        call.connection, call.employer_id, person_id, other_than=None if found is None else found.id
    )
    if found is not None:
        bound = await attachments.of_subject(call.connection, Subject("application", found.id))
    return facts | {
        "employee": employee,
        "funds": funds,
        "obstacles": obstacles,
        "reasons": offered(await withdrawals.reasons(call.connection)),
        "slots": SLOTS[PURPOSE],
        "purpose": PURPOSE,
        "attached": bound,
        "remark_max": REMARK_CHARACTERS_MAX,
    }


async def _may_hand_in(call: Call, found: WithdrawalApplication) -> bool:
    """Say whether the user may hand to the bureau what a colleague has prepared."""
    if found.state is not WithdrawalState.DRAFT or call.identity.role not in EMPLOYER_CHECKERS:
        return False
    ref = f"application-{found.id}"
    return any(each.ref == ref and not each.own for each in await checking.waiting(call.connection, call.employer_id))
