"""The pages of 单位信息变更, 职工信息变更 and 信息变更: the list, 查看, 新增变更信息, and the form of one that came back.

点击【查看】按钮可查看该变更记录的具体内容。新增变更信息 … 资料填写完成后上传附件 … 提交后等待批复 …        manual L85-L92
"""

from collections.abc import Mapping

import attrs

from libsubsidy import ApplicationState, ChangeKind, Month
from services.portal.calls import Call
from services.portal.changes import asking
from services.portal.changes.forms import form_of
from services.portal.changes.views import change_row
from services.portal.colleagues.handing_in import may_hand_in
from services.portal.pages.registry import Facts, Pages
from services.portal.pages.words import State, Tone
from services.portal.roles import EMPLOYERS
from services.portal.shell.paging import Paging, PagingQuery
from services.store import attachments, changes, employers
from services.store.applications import STATES_ZH
from services.store.attachments import Attachment, Subject
from services.store.changes import ChangeApplication, Wanted
from services.store.refusals import refuse

pages = Pages()

_TONES: Mapping[ApplicationState, Tone] = {
    ApplicationState.SUBMITTED: Tone.WAITS,
    ApplicationState.IN_REVIEW: Tone.WAITS,
    ApplicationState.RETURNED: Tone.WRONG,
    ApplicationState.REJECTED: Tone.WRONG,
    ApplicationState.APPROVED: Tone.DONE,
}
STATES: Mapping[ApplicationState, State] = {
    state: State(zh, _TONES.get(state, Tone.PLAIN)) for state, zh in STATES_ZH.items()
} | {
    # A change is no draft that somebody forgot: it waits for a colleague (services/store/checking.py).
    ApplicationState.DRAFT: State("待复核", Tone.WAITS)
}
_AGAIN = frozenset({ApplicationState.DRAFT, ApplicationState.RETURNED, ApplicationState.RETRACTED})
_TAKEN_BACK = frozenset({ApplicationState.DRAFT, ApplicationState.SUBMITTED})
_EMPLOYER = "/employer/employer-changes"
_INFORMATION = "/employer/information-changes"
_EMPLOYEE = "/employer/employee-changes"
_PATHS: Mapping[ChangeKind, str] = {
    ChangeKind.EMPLOYER: _EMPLOYER,
    ChangeKind.INFORMATION: _INFORMATION,
    ChangeKind.EMPLOYEE: _EMPLOYEE,
}


@attrs.frozen(kw_only=True)
class ListQuery(PagingQuery):
    """Which part of the list.

    Attributes:
        q: a part of the employee's name or of its pinyin, or the beginning of the ID number.
    """

    q: str = ""


@attrs.frozen(kw_only=True)
class EmployeeQuery:
    """Whose file the form is about; nobody's before somebody was picked."""

    employee: int = 0


@pages.page(_EMPLOYER, who=EMPLOYERS, title="单位信息变更", template="changes/templates/list.html")
async def employer_list(call: Call, query: PagingQuery) -> Facts:
    """List the changes of the card (F36)."""
    return await _list(call, ChangeKind.EMPLOYER, query)


@pages.page(_INFORMATION, who=EMPLOYERS, title="信息变更", template="changes/templates/list.html")
async def information_list(call: Call, query: PagingQuery) -> Facts:
    """List the changes of administrator and refund account (F41)."""
    return await _list(call, ChangeKind.INFORMATION, query)


@pages.page(_EMPLOYEE, who=EMPLOYERS, title="职工信息变更", template="changes/templates/list.html")
async def employee_list(call: Call, query: ListQuery) -> Facts:
    """List the changes of employees' files, found by name or ID number (F53)."""
    return await _list(call, ChangeKind.EMPLOYEE, query, query.q)


@pages.page(
    f"{_EMPLOYER}/new", who=EMPLOYERS, title="新增单位信息变更", template="changes/templates/form.html", entry=_EMPLOYER
)
async def employer_new(call: Call) -> Facts:
    """Ask for a change of the card, with what is on file filled in (F38)."""
    return await _form(call, ChangeKind.EMPLOYER)


@pages.page(
    f"{_INFORMATION}/new",
    who=EMPLOYERS,
    title="新增信息变更",
    template="changes/templates/form.html",
    entry=_INFORMATION,
)
async def information_new(call: Call) -> Facts:
    """Ask for a change of administrator or refund account."""
    return await _form(call, ChangeKind.INFORMATION)


@pages.page(
    f"{_EMPLOYEE}/new", who=EMPLOYERS, title="新增职工信息变更", template="changes/templates/form.html", entry=_EMPLOYEE
)
async def employee_new(call: Call, query: EmployeeQuery) -> Facts:
    """Pick an employee (F56), and ask for a change of the file (F55)."""
    return await _form(call, ChangeKind.EMPLOYEE, query.employee or None)


@pages.page(
    f"{_EMPLOYER}/{{change_id}}",
    who=EMPLOYERS,
    title="查看单位信息变更",
    template="changes/templates/view.html",
    entry=_EMPLOYER,
)
async def employer_view(call: Call, change_id: int) -> Facts:
    """Show a change of the card (F37)."""
    return await _view(call, ChangeKind.EMPLOYER, change_id)


@pages.page(
    f"{_INFORMATION}/{{change_id}}",
    who=EMPLOYERS,
    title="查看信息变更",
    template="changes/templates/view.html",
    entry=_INFORMATION,
)
async def information_view(call: Call, change_id: int) -> Facts:
    """Show a change of administrator or refund account."""
    return await _view(call, ChangeKind.INFORMATION, change_id)


@pages.page(
    f"{_EMPLOYEE}/{{change_id}}",
    who=EMPLOYERS,
    title="查看职工信息变更",
    template="changes/templates/view.html",
    entry=_EMPLOYEE,
)
async def employee_view(call: Call, change_id: int) -> Facts:
    """Show a change of a file (F54)."""
    return await _view(call, ChangeKind.EMPLOYEE, change_id)


@pages.page(
    f"{_EMPLOYER}/{{change_id}}/edit",
    who=EMPLOYERS,
    title="修改单位信息变更",
    template="changes/templates/form.html",
    entry=_EMPLOYER,
)
async def employer_edit(call: Call, change_id: int) -> Facts:
    """Open a change of the card that came back in its form again."""
    return await _edit(call, ChangeKind.EMPLOYER, change_id)


@pages.page(
    f"{_INFORMATION}/{{change_id}}/edit",
    who=EMPLOYERS,
    title="修改信息变更",
    template="changes/templates/form.html",
    entry=_INFORMATION,
)
async def information_edit(call: Call, change_id: int) -> Facts:
    """Open a change of administrator or refund account that came back in its form again."""
    return await _edit(call, ChangeKind.INFORMATION, change_id)


@pages.page(
    f"{_EMPLOYEE}/{{change_id}}/edit",
    who=EMPLOYERS,
    title="修改职工信息变更",
    template="changes/templates/form.html",
    entry=_EMPLOYEE,
)
async def employee_edit(call: Call, change_id: int) -> Facts:
    """Open a change of a file that came back in its form again."""
    return await _edit(call, ChangeKind.EMPLOYEE, change_id)


async def _list(call: Call, kind: ChangeKind, query: PagingQuery, text: str = "") -> Facts:
    wanted = Wanted(kind=kind, text=text)
    total = await changes.count(call.connection, call.employer_id, wanted)
    paging = await Paging.of(call, query, total)
    rows = await changes.of_employer(call.connection, call.employer_id, wanted, offset=paging.offset, limit=paging.size)
    return {
        "kind": kind,
        "path": _PATHS[kind],
        "rows": [(each, change_row(each)) for each in rows],
        "paging": paging,
        "text": text,
        "states": STATES,
    }


async def _view(call: Call, kind: ChangeKind, change_id: int) -> Facts:
    asked = await asking.one(call, kind, change_id)
    return {
        "kind": kind,
        "path": _PATHS[kind],
        "asked": asked,
        "change": change_row(asked),
        "advice": await changes.advice(call.connection, asked),
        "attachments": await attachments.of_subject(call.connection, Subject("application", change_id)),
        "state": STATES[asked.application.state],
        "may_retract": asked.application.state in _TAKEN_BACK,
        "may_edit": asked.application.state in _AGAIN,
        "waits": asked.application.state is ApplicationState.DRAFT,
        "may_hand_in": asked.application.state is ApplicationState.DRAFT and await may_hand_in(call, change_id),
    }


async def _edit(call: Call, kind: ChangeKind, change_id: int) -> Facts:
    asked = await asking.one(call, kind, change_id)
    if asked.application.state not in _AGAIN:
        raise refuse(
            "APPLICATION_STATE",
            application=f"application-{change_id}",
            state_zh=STATES_ZH[asked.application.state],
            state_en=asked.application.state.value,
            event_zh="修改",
            event_en="revised",
        )
    return await _form(call, kind, asked.person_id, asked)


async def _form(
    call: Call, kind: ChangeKind, person_id: int | None = None, asked: ChangeApplication | None = None
) -> Facts:
    now: Mapping[str, str] | None
    if kind is not ChangeKind.EMPLOYEE:
        now = attrs.asdict(await employers.card(call.connection, call.employer_id))
    elif person_id is None:
        now = None
    else:
        file = await changes.file_of(call.connection, call.employer_id, person_id, today=call.today)
        now = file.facts(Month.of(call.today))
    bound: tuple[Attachment, ...] = ()
    if asked is not None:
        bound = await attachments.of_subject(call.connection, Subject("application", asked.application.id))
    return {
        "kind": kind,
        "path": _PATHS[kind],
        "form": None if now is None else form_of(kind, now, asked),
        "employee": None if now is None or person_id is None else {"id": person_id, "name": now["name"]},
        "attachments": bound,
    }
