"""The part of 选择员工 that is asked for again and again: a page of those who match, with the tick or button of each."""

from typing import Final

import attrs

from libsubsidy import EmploymentState
from services.portal.calls import Call
from services.portal.pages.registry import Facts, Pages
from services.portal.picker.picks import PICKABLE, pick, states_of
from services.portal.roles import EMPLOYERS
from services.portal.wire import to_json
from services.store import candidates
from services.store.candidates import Wanted
from services.store.employee_lists import STATES_ZH

pages = Pages()

SIZES: Final = (10, 20, 50, 100, 200)
_SIZE: Final = 20


@attrs.frozen(kw_only=True)
class PickerQuery:
    """Which page of whom.

    Attributes:
        search: a part of the name or of its pinyin, or the beginning of the ID number.
        state: only those in this state; empty: in any of `states`.
        states: who can be picked, parted by commas.
        size: 页面容量.
        many: whether each has a tick, or a button.
    """

    search: str = ""
    state: str = ""
    states: str = ",".join(state.value for state in PICKABLE)
    page: int = 1
    size: int = _SIZE
    many: bool = False

    @property
    def wanted(self) -> Wanted:
        """Whom the store looks for."""
        allowed = states_of(self.states)
        return Wanted(text=self.search, states=(states_of(self.state) & allowed) or allowed)

    @property
    def rows_max(self) -> int:
        """The size, if it is one that is offered."""
        return self.size if self.size in SIZES else _SIZE


@pages.part("/employer/picker", who=EMPLOYERS, template="picker/templates/rows.html")
async def rows(call: Call, query: PickerQuery) -> Facts:
    """Show a page of those who match."""
    total = await candidates.count(call.connection, call.employer_id, query.wanted)
    pages_total = max(1, -(-total // query.rows_max))
    shown_page = max(1, min(query.page, pages_total))
    people = await candidates.page(
        call.connection,
        call.employer_id,
        query.wanted,
        skip=(shown_page - 1) * query.rows_max,
        limit=query.rows_max,
    )
    return {
        "picks": [(pick(each), to_json(pick(each), type(pick(each)))) for each in people],
        "states": STATES_ZH,
        "total": total,
        "page": shown_page,
        "pages": pages_total,
        "many": query.many,
        "searched": bool(query.search.strip()) or bool(query.state),
    }


def state_choices(states: str) -> list[tuple[str, str]]:
    """Give the states that a window offers to narrow the list to, with their names.

    >>> state_choices("active,sealed")
    [('active', '正常'), ('sealed', '封存')]
    """
    allowed = states_of(states)
    return [(state.value, STATES_ZH[state]) for state in EmploymentState if state in allowed]
