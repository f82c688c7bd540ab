"""The pages of 职工开户: the list of newly added employees, 查看, 【新增职工】, and the form of one that came back (F43-F47).

打开界面是新增的职工信息列表 点击查看新增职工的具体信息 点击【新增职工】按钮 填写职工详细资料（带红点必填）      manual L95-L101
"""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from libsubsidy import SLOTS, ApplicationState, Sex
from services.portal.calls import Call
from services.portal.colleagues.handing_in import may_hand_in
from services.portal.pages.registry import Facts, Pages
from services.portal.pages.words import State, Tone
from services.portal.roles import EMPLOYERS
from services.portal.shell.paging import Paging, PagingQuery
from services.store import attachments, opening_lists, openings, ranks
from services.store.applications import STATES_ZH, Application, ApplicationKind
from services.store.attachments import Subject
from services.store.employees import NewEmployee
from services.store.opening_lists import Wanted
from services.store.opening_rows import NAME_CHARACTERS_MAX, RANK_CHARACTERS_MAX, REMARK_CHARACTERS_MAX
from services.store.refusals import refuse
from services.store.work_list import Ref, RefKind

pages = Pages()

PATH: Final = "/employer/openings"
IMPORTS: Final = "/employer/imports"
# A form of more people than this is corrected as a file, or by the program that sent it.
FORM_PEOPLE_MAX: Final = 20
# What waits for a colleague is mended, too: it may have been handed back (services/store/checking.py).
AGAIN: Final = frozenset({ApplicationState.DRAFT, ApplicationState.RETURNED, ApplicationState.RETRACTED})
_TAKEN_BACK: Final = frozenset({ApplicationState.DRAFT, ApplicationState.SUBMITTED})
_TONES: Final[Mapping[ApplicationState, Tone]] = {
    ApplicationState.SUBMITTED: Tone.WAITS,
    ApplicationState.IN_REVIEW: Tone.WAITS,
    ApplicationState.RETURNED: Tone.WRONG,
    ApplicationState.REJECTED: Tone.WRONG,
    ApplicationState.APPROVED: Tone.DONE,
}
STATES: Final[Mapping[ApplicationState, State]] = {
    state: State(zh, _TONES.get(state, Tone.PLAIN)) for state, zh in STATES_ZH.items()
} | {ApplicationState.DRAFT: State("待复核", Tone.WAITS)}
SEXES: Final[Mapping[Sex, str]] = {Sex.FEMALE: "女", Sex.MALE: "男"}
_LIMITS: Final = {"name": NAME_CHARACTERS_MAX, "rank": RANK_CHARACTERS_MAX, "remark": REMARK_CHARACTERS_MAX}


@attrs.frozen(kw_only=True)
class ListQuery(PagingQuery):
    """Which part of the list.

    Attributes:
        q: a part of the name or of its pinyin, or the beginning of the ID number.
        state: only those whose application is in this state.
    """

    q: str = ""
    state: ApplicationState | None = None


@pages.page(PATH, who=EMPLOYERS, title="职工开户", template="opening/templates/list.html")
async def newcomers(call: Call, query: ListQuery) -> Facts:
    """List the newly added employees and what has become of them (F43)."""
    wanted = Wanted(text=query.q, state=query.state)
    total = await opening_lists.count(call.connection, call.employer_id, wanted)
    paging = await Paging.of(call, query, total)
    people = await opening_lists.page(
        call.connection, call.employer_id, wanted, limit=paging.size, offset=paging.offset
    )
    return {"people": people, "paging": paging, "query": query, "states": STATES, "path": PATH}


@pages.page(f"{PATH}/new", who=EMPLOYERS, title="新增职工", template="opening/templates/form.html", entry=PATH)
async def new(call: Call) -> Facts:
    """Ask for somebody's account (F45)."""
    return await _form(call, None, (None,))


@pages.page(
    f"{PATH}/{{opening}}", who=EMPLOYERS, title="查看新增职工", template="opening/templates/view.html", entry=PATH
)
async def view(call: Call, opening: str, query: PagingQuery) -> Facts:
    """Show whom an opening is about, and what has become of it (F44)."""
    return await _view(call, opening, query, PATH)


@pages.page(
    f"{IMPORTS}/submitted/{{opening}}",
    who=EMPLOYERS,
    title="查看批量导入",
    template="opening/templates/view.html",
    entry=IMPORTS,
)
async def view_import(call: Call, opening: str, query: PagingQuery) -> Facts:
    """Show the people of a submitted import (F52)."""
    return await _view(call, opening, query, IMPORTS)


@pages.page(
    f"{PATH}/{{opening}}/edit", who=EMPLOYERS, title="修改新增职工", template="opening/templates/form.html", entry=PATH
)
async def edit(call: Call, opening: str) -> Facts:
    """Open what was returned or retracted again in its form."""
    found = await _found(call, opening)
    if found.kind is not ApplicationKind.EMPLOYEE_OPENING:
        raise refuse("OPENINGS_ONLY")
    if not _may_edit(found):
        raise refuse("APPLICATION_STATE/some")
    return await _form(call, found, await openings.employees_of(call.connection, found.id))


async def _form(call: Call, found: Application | None, people: Sequence[NewEmployee | None]) -> Facts:
    purpose = ApplicationKind.EMPLOYEE_OPENING.value
    bound = () if found is None else await attachments.of_subject(call.connection, Subject("application", found.id))
    return {
        "application": found,
        "people": people,
        "ranks": await ranks.in_use(call.connection),
        "limits": _LIMITS,
        "purpose": purpose,
        "slots": SLOTS[purpose],
        "attached": bound,
        "path": PATH,
    }


async def _view(call: Call, opening: str, query: PagingQuery, path: str) -> Facts:
    found = await _found(call, opening)
    paging = await Paging.of(call, query, found.line_count)
    people = await openings.employees_of(call.connection, found.id, after=paging.offset, limit=paging.size)
    return {
        "application": found,
        "state": STATES[found.state],
        "people": people,
        "sexes": SEXES,
        "files": await openings.person_ids(call.connection, people),
        "paging": paging,
        "attached": await attachments.of_subject(call.connection, Subject("application", found.id)),
        "is_import": found.kind is ApplicationKind.EMPLOYEE_IMPORT,
        "may_edit": _may_edit(found),
        "may_replace": found.kind is ApplicationKind.EMPLOYEE_IMPORT and found.state in AGAIN,
        "may_retract": found.state in _TAKEN_BACK,
        "waits": found.state is ApplicationState.DRAFT,
        "may_hand_in": found.state is ApplicationState.DRAFT and await may_hand_in(call, found.id),
        "path": path,
    }


def _may_edit(found: Application) -> bool:
    return (
        found.kind is ApplicationKind.EMPLOYEE_OPENING and found.state in AGAIN and found.line_count <= FORM_PEOPLE_MAX
    )


async def _found(call: Call, opening: str) -> Application:
    ref = Ref.parse(opening)
    if ref.kind is not RefKind.APPLICATION:
        raise refuse("ABSENT", what_zh="申请", what_en="application", id=opening)
    return await openings.get(call.connection, call.employer_id, ref.number)
