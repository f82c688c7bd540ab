"""The pages of 职工管理: the list, and one employee's 详细资料 with ledger, amounts and 变更记录 (manual L31, L70-L72)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from libsubsidy import EmploymentState, FileAmount, Month
from services.portal.calls import Call
from services.portal.pages.registry import Facts, Pages
from services.portal.pages.words import State, Tone
from services.portal.roles import EMPLOYERS
from services.portal.roster.filters import ListQuery, address_of
from services.portal.shell.paging import Paging
from services.store import change_records, employee_lists, ledgers, preferences
from services.store.employee_lists import STATES_ZH

pages = Pages()

_PATH: Final = "/employer/employees"
_RECORDS_MAX: Final = 50
_TONES: Final[Mapping[EmploymentState, Tone]] = {
    EmploymentState.PENDING: Tone.WAITS,
    EmploymentState.ACTIVE: Tone.DONE,
    EmploymentState.TRANSFERRING: Tone.WAITS,
}
STATES: Final[Mapping[EmploymentState, State]] = {
    state: State(zh, _TONES.get(state, Tone.PLAIN)) for state, zh in STATES_ZH.items()
}


@pages.page(_PATH, who=EMPLOYERS, title="职工管理", template="roster/templates/list.html")
async def employee_list(call: Call, query: ListQuery) -> Facts:
    """Show the list with what it can be narrowed to."""
    ranks = await employee_lists.ranks(call.connection, call.employer_id)
    return await _listed(call, query) | {"ranks": ranks, "state_names": STATES_ZH}


@pages.part(f"{_PATH}/rows", who=EMPLOYERS, template="roster/templates/rows.html")
async def rows(call: Call, query: ListQuery) -> Facts:
    """Show the list anew."""
    return await _listed(call, query)


async def _listed(call: Call, query: ListQuery) -> dict[str, Any]:
    filters, broken = query.read()
    known = query.size in preferences.PAGE_SIZES
    size = query.size if known else await preferences.page_size(call.connection)
    found = await employee_lists.page_of_employer(
        call.connection,
        call.employer_id,
        call.today,
        search=filters.wanted,
        sorting=query.sorting,
        page=query.page,
        size=size,
    )
    shown = attrs.evolve(query, page=found.page, size=size)
    return {
        "query": query,
        "broken": broken,
        "people": found.people,
        "totals": await ledgers.totals(call.connection, [each.person_id for each in found.people]),
        "states": STATES,
        "paging": await Paging.of(call, shown, found.total, path=_PATH),
        "file": address_of("/api/v1/employees/file", filters, query.sorting),
        "searched": bool(query.search.strip()) or query.narrowed,
    }


@attrs.frozen(kw_only=True)
class LedgerQuery:
    """Which year of a ledger; 0 is the latest that has entries."""

    year: int = 0


@attrs.frozen(kw_only=True)
class RecordsQuery:
    """Which part of what was changed: what comes before the record with this number; 0 is the newest."""

    before: int = 0


@pages.page(
    f"{_PATH}/{{employee_id}}",
    who=EMPLOYERS,
    title="职工详细资料",
    entry=_PATH,
    template="roster/templates/detail.html",
)
async def detail(call: Call, employee_id: int) -> Facts:
    """Show one employee with the whole file; the access log tells who opened which."""
    employee = await employee_lists.get(call.connection, call.employer_id, employee_id, call.today)
    totals = await ledgers.totals(call.connection, [employee_id])
    return {
        "employee": employee,
        "states": STATES,
        "totals": totals[employee_id],
        "amounts": _told(
            await employee_lists.file_amounts(call.connection, employee.employment_id), Month.of(call.today)
        ),
        **await _ledger(call, employee_id, LedgerQuery()),
        **await _records(call, employee_id, employee.employment_id, RecordsQuery()),
    }


@pages.part(f"{_PATH}/{{employee_id}}/ledger", who=EMPLOYERS, template="roster/templates/ledger.html")
async def ledger(call: Call, employee_id: int, query: LedgerQuery) -> Facts:
    """Show one year of an employee's ledger with this employer."""
    employee = await employee_lists.get(call.connection, call.employer_id, employee_id, call.today)
    return {"employee": employee, **await _ledger(call, employee_id, query)}


@pages.part(f"{_PATH}/{{employee_id}}/records", who=EMPLOYERS, template="roster/templates/records.html")
async def records(call: Call, employee_id: int, query: RecordsQuery) -> Facts:
    """Show older changes of an employee's file."""
    employee = await employee_lists.get(call.connection, call.employer_id, employee_id, call.today)
    return {"employee": employee, **await _records(call, employee_id, employee.employment_id, query)}


def _told(amounts: Sequence[FileAmount], month: Month) -> list[tuple[FileAmount, str]]:
    """Say which of the amounts, the latest first, counts in a month."""
    now = next((each for each in amounts if each.effective <= month), None)
    words_of = {True: "尚未生效", False: "以前使用"}
    return [(each, "现在使用" if each is now else words_of[each.effective > month]) for each in amounts]


async def _ledger(call: Call, employee_id: int, query: LedgerQuery) -> dict[str, Any]:
    years = await ledgers.years(call.connection, employee_id)
    known = {each.year for each in years}
    year = query.year if query.year in known else max(known, default=0)
    return {
        "years": years,
        "year": year,
        "entries": await ledgers.of_year(call.connection, employee_id, year) if year else (),
    }


async def _records(call: Call, employee_id: int, employment_id: int, query: RecordsQuery) -> dict[str, Any]:
    found = await change_records.of_employment(
        call.connection, employment_id, before=query.before or None, limit=_RECORDS_MAX + 1
    )
    return {
        "records": found[:_RECORDS_MAX],
        "older": found[_RECORDS_MAX - 1].id if len(found) > _RECORDS_MAX else 0,
        "records_path": f"{_PATH}/{employee_id}/records",
    }
