"""The calls of 选择员工: all who match at once, and those of a list (F63, F72).

What a window shows of each is what these give, so that a selection of 20,000 is held by the page alone.
"""

from collections.abc import Sequence
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import EmploymentState
from services.portal import wire
from services.portal.calls import Call
from services.portal.endpoints import Answer, Endpoints, Streamed
from services.portal.importing.receiving import FILE_BYTES_MAX, UPLOAD_SECONDS_MAX, whole
from services.portal.picker import listed
from services.portal.picker.listed import Found, Line
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.spreadsheets.layouts import Column, Layout
from services.spreadsheets.reading import read_workbook
from services.store import candidates
from services.store.candidates import Candidate, Wanted, candidate_of
from services.store.employees import EMPLOYEES_MAX
from services.store.long_work import off_loop
from services.store.refusals import VIOLATIONS_TOLD_MAX, limit_list

picker = Endpoints(tag="选择员工 picker")

PICKABLE: Final = (EmploymentState.ACTIVE, EmploymentState.SEALED)
# As many lines as there can be people, each with a number and a name.
_LIST_BYTES_MAX: Final = 2 * 1024 * 1024
LIST_LAYOUT: Final = Layout(
    name="people_list",
    version=1,
    title="职工名单",
    rows_max=EMPLOYEES_MAX,
    columns=(
        Column(key="id_number", header="证件号码", required=True, also=("身份证号码", "身份证号", "身份证", "号码")),
        Column(key="name", header="姓名", also=("职工姓名", "员工姓名")),
    ),
)
_STATES: Final = {state.value: state for state in EmploymentState}


@attrs.frozen(kw_only=True)
class Pick:
    """Somebody who can be picked.

    Attributes:
        id: of the person, as in the lines of orders.
        id_number_masked: with stars instead of the day of birth.
    """

    id: Id
    name: str
    id_number_masked: str
    state: EmploymentState


@attrs.frozen(kw_only=True)
class Picks:
    """All who match, by pinyin: 50,000 at most."""

    items: tuple[Pick, ...]


@attrs.frozen(kw_only=True)
class MatchingQuery:
    """Whom to look for.

    Attributes:
        search: a part of the name or of its pinyin, or the beginning of the ID number.
        states: only those in one of these states, parted by commas; by default active and sealed ones.
    """

    search: str = ""
    states: str = ",".join(state.value for state in PICKABLE)

    @property
    def wanted(self) -> Wanted:
        """Whom the store looks for."""
        return Wanted(text=self.search, states=states_of(self.states))


@attrs.frozen(kw_only=True)
class PeopleList:
    """A list of people, as pasted or read from a file.

    Attributes:
        lines: an ID number each, perhaps with the name beside it, or a name alone; at most 50,000.
        states: who is in another state is refused.
    """

    lines: tuple[str, ...]
    states: tuple[EmploymentState, ...] = PICKABLE


@attrs.frozen(kw_only=True)
class ListLines:
    """The rows of a file as lines: the first line is the file's first row, so that a fault is told by the file's own row."""

    lines: tuple[str, ...]


@attrs.frozen(kw_only=True)
class RefusedLine:
    """A line that names nobody who can be picked.

    Attributes:
        row: counted from 1.
        text: the line.
    """

    row: int
    text: str
    code: str
    zh: str
    en: str


@attrs.frozen(kw_only=True)
class FoundPeople:
    """What a list comes to.

    Attributes:
        items: whom it names, each once, in the order of the list.
        repeated: how many lines named somebody again.
        refused: the first 500 lines that name nobody who can be picked, and why.
        refused_total: how many there are.
    """

    items: tuple[Pick, ...]
    repeated: int
    refused: tuple[RefusedLine, ...]
    refused_total: int


def states_of(text: str) -> frozenset[EmploymentState]:
    """Read states parted by commas; what is no state is passed over.

    >>> sorted(state.value for state in states_of("sealed,,x,active"))
    ['active', 'sealed']
    """
    return frozenset(_STATES[each] for each in text.split(",") if each in _STATES)


def pick(candidate: Candidate) -> Pick:
    """Show a candidate."""
    return Pick(
        id=Id(candidate.person_id),
        name=candidate.name,
        id_number_masked=candidate.id_number_masked,
        state=candidate.state,
    )


@picker.get("/employees/matching", who=EMPLOYERS, scope="employees:read")
async def list_matching(call: Call, query: MatchingQuery) -> Answer[Picks]:
    """List all of the employer's people who match, at once: for whoever picks every one of them."""
    rows = await candidates.everybody(call.connection, call.employer_id, query.wanted)
    found, written = await off_loop(len(rows), _written, rows)
    return Answer(value=found, written=written)


def _written(rows: Sequence[Record]) -> tuple[Picks, bytes]:
    found = Picks(items=tuple(pick(candidate_of(row)) for row in rows))
    return found, wire.write_json(found, Picks)


@picker.post(
    "/employees/list-file",
    who=EMPLOYERS,
    scope="employees:read",
    body_bytes_max=FILE_BYTES_MAX,
    seconds_max=UPLOAD_SECONDS_MAX,
)
async def read_list_file(call: Call, body: Streamed) -> ListLines:
    """Read a workbook, as the body, with a column 证件号码 and perhaps one 姓名: its rows as lines of a list."""
    del call  # Whose people they are is asked when the list is looked up.
    sheet = await read_workbook(await whole(body), LIST_LAYOUT)
    lines = [""] * max((row.number for row in sheet.rows), default=0)
    for row in sheet.rows:
        lines[row.number - 1] = f"{row.cells['id_number']}\t{row.cells['name']}".strip()
    return ListLines(lines=tuple(lines))


@picker.post("/employees/listed", who=EMPLOYERS, scope="employees:read", body_bytes_max=_LIST_BYTES_MAX)
async def find_listed(call: Call, body: PeopleList) -> Answer[FoundPeople]:
    """Find the people of a list, and say of every other line why it names nobody who can be picked."""
    limit_list(body.lines, EMPLOYEES_MAX)
    lines = await off_loop(len(body.lines), listed.read_list, body.lines)
    numbers = await off_loop(len(lines), listed.numbers_of, lines)
    with_number = await candidates.by_numbers(call.connection, call.employer_id, numbers)
    with_name = await candidates.by_names(call.connection, call.employer_id, listed.names_of(lines))
    found, written = await off_loop(len(lines), _found, lines, with_number, with_name, frozenset(body.states))
    return Answer(value=found, written=written)


def _found(
    lines: Sequence[Line],
    with_number: Sequence[Record],
    with_name: Sequence[Record],
    states: frozenset[EmploymentState],
) -> tuple[FoundPeople, bytes]:
    by_number: dict[str, Candidate] = {}
    for row in with_number:
        by_number[row["id_number_given"]] = by_number[row["id_number"]] = candidate_of(row)
    by_name: dict[str, list[Candidate]] = {}
    for row in with_name:
        by_name.setdefault(row["name"], []).append(candidate_of(row))
    found = _view(listed.find(lines, by_number, by_name, states))
    return found, wire.write_json(found, FoundPeople)


def _view(found: Found) -> FoundPeople:
    return FoundPeople(
        items=tuple(pick(each) for each in found.people),
        repeated=found.repeated,
        refused=tuple(
            RefusedLine(
                row=each.row,
                text=each.text,
                code=each.violation.code,
                zh=each.violation.zh,
                en=each.violation.en,
            )
            for each in found.refused[:VIOLATIONS_TOLD_MAX]
        ),
        refused_total=len(found.refused),
    )
