"""首页 (F25): what waits for the employer, the way to what is done most, and the notices and orders as they are now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import attrs

from libsubsidy import Money
from services.portal.calls import Call
from services.portal.identity import Identity
from services.portal.notices.sections import NOTICES
from services.portal.pages import employer, words
from services.portal.pages.registry import Facts, Pages
from services.portal.pages.sections import Section, shown
from services.portal.pages.words import State, Tone
from services.portal.portal import BUREAU_ZONE
from services.portal.roles import EMPLOYERS
from services.portal.shell.frame import PATHS
from services.portal.shell.menu import EMPLOYER_MENU, Entry
from services.store import todos
from services.store.database import Connection
from services.store.todos import Todo, TodoKind

# What a month takes, in the order in which it is done.
_QUICK: Final = (
    "/employer/orders",
    "/employer/notices",
    "/employer/openings",
    "/employer/imports",
    "/employer/employee-changes",
    "/employer/seals",
    "/employer/transfers",
    "/employer/employees",
)
_STATES: Final[Mapping[TodoKind, State]] = {
    TodoKind.INITIALISE: State("待初始化", Tone.WRONG),
    TodoKind.RETURNED: State("被退回", Tone.WRONG),
    TodoKind.PAY: State("待缴款", Tone.WAITS),
    TodoKind.RECEIVE: State("待接收", Tone.WAITS),
    TodoKind.CHECK: State("待复核", Tone.WAITS),
    TodoKind.DRAFT: State("草稿", Tone.PLAIN),
}
_TITLES: Final[Mapping[str, str]] = {
    **{kind.value: zh for kind, zh in words.WORK_KINDS.items()},
    "withdrawal": "支取申请",
    "initialise": "员工初始化：核对职工的手机号码、级别和每月缴费金额",
    "order": "汇缴申请",
    "notice": "缴费通知",
    "transfer": "员工转入",
}
_LISTS: Final[Mapping[str, str]] = {
    "initialise": "/employer/initialisation",
    "employee_opening": "/employer/openings",
    "employee_import": "/employer/imports",
    "employer_change": "/employer/employer-changes",
    "information_change": "/employer/information-changes",
    "employee_change": "/employer/employee-changes",
    "employee_transfer": "/employer/transfers",
    "backfill": "/employer/backfills",
    "withdrawal": "/employer/withdrawals",
    "transfer": "/employer/transfers",
    "order": "/employer/orders",
    "notice": "/employer/notices",
}
_CHECKING: Final = "/employer/checking"
_IMPORT: Final = "employee_import"
# Whose pages show one of a list under its number.
_ONE_BY_ONE: Final = frozenset(_LISTS) - {"initialise"}


@attrs.frozen(kw_only=True)
class Shown:
    """One thing to do, as the page says it."""

    todo: Todo
    title: str
    state: State
    path: str

    @property
    def has_amount(self) -> bool:
        """Whether it is about money."""
        return self.todo.amount != Money(fen=0)


def _shown(todo: Todo) -> Shown:
    return Shown(todo=todo, title=_TITLES[todo.of], state=_STATES[todo.kind], path=_path_of(todo))


def _path_of(todo: Todo) -> str:
    if todo.kind is TodoKind.CHECK:
        return _CHECKING
    path = _LISTS[todo.of]
    if todo.of == _IMPORT:
        return f"{path}/submitted/{todo.number}"
    return f"{path}/{todo.number}" if todo.of in _ONE_BY_ONE else path


async def _load(connection: Connection, identity: Identity) -> Facts:
    assert identity.employer_id is not None  # noqa: S101 -- an employer's user has one, by a constraint.
    found = await todos.of_employer(connection, identity.employer_id, datetime.now(BUREAU_ZONE).date())
    return {"todos": tuple(_shown(todo) for todo in found)}


TODO: Final = Section(
    name="todo",
    title="待办事项",
    who=EMPLOYERS,
    kinds=("order", "notice", "application"),
    load=_load,
    words={"todos_max": todos.TODOS_MAX},
)
pages = Pages()


@pages.page("/employer/", who=EMPLOYERS, title="首页", template="shell/templates/home.html")
async def home(call: Call) -> Facts:
    """Show what there is to do."""
    entries = {entry.path: entry for group in EMPLOYER_MENU for entry in group.entries}
    return {**await shown(call, TODO, NOTICES, employer.ORDERS), "quick": _quick(call, entries)}


def _quick(call: Call, entries: Mapping[str, Entry]) -> list[Entry]:
    return [entries[path] for path in _QUICK if path in call.request.app[PATHS]]
