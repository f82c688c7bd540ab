"""The page 单位信息: the card, 住房补贴信息 and 单位变更记录 (manual L27, L28)."""

from typing import Any, Final

import attrs

from libsubsidy import CARD_FIELDS, EmploymentState
from services.portal.calls import Call
from services.portal.pages.registry import Facts, Pages
from services.portal.roles import EMPLOYERS
from services.store import change_records, employer_figures, employers
from services.store.employee_lists import STATES_ZH

pages = Pages()

_PATH: Final = "/employer/employer"
_RECORDS_MAX: Final = 50
_SHOWN_ALWAYS: Final = frozenset({EmploymentState.ACTIVE, EmploymentState.SEALED})


@attrs.frozen(kw_only=True)
class RecordsQuery:
    """Which part of what was changed: what comes before the record with this number; 0 is the newest."""

    before: int = 0


@pages.page(_PATH, who=EMPLOYERS, title="单位信息", template="employer_card/templates/card.html")
async def card(call: Call) -> Facts:
    """Show the card with its figures and its history."""
    found = await employers.card(call.connection, call.employer_id)
    figures = await employer_figures.of_employer(call.connection, call.employer_id)
    return {
        "employer": await employers.get(call.connection, call.employer_id),
        "facts": [(each.zh, each.shown(getattr(found, each.name))) for each in CARD_FIELDS if each.name != "name"],
        "figures": figures,
        "people": [
            (state, STATES_ZH[state], count)
            for state, count in figures.people.items()
            if count or state in _SHOWN_ALWAYS
        ],
        **await _records(call, RecordsQuery()),
    }


@pages.part(f"{_PATH}/records", who=EMPLOYERS, template="roster/templates/records.html")
async def records(call: Call, query: RecordsQuery) -> Facts:
    """Show older changes."""
    return await _records(call, query)


async def _records(call: Call, query: RecordsQuery) -> dict[str, Any]:
    found = await change_records.of_employer(
        call.connection, call.employer_id, before=query.before or None, limit=_RECORDS_MAX + 1
    )
    return {
        "records": found[:_RECORDS_MAX],
        "older": found[_RECORDS_MAX - 1].id if len(found) > _RECORDS_MAX else 0,
        "records_path": f"{_PATH}/records",
    }
