"""Who can be picked from an employer's people: a page of them, all who match, or those of a list (F56, F61-F63, F72-F73).

A window that chooses people asks for a page at a time, counts all who match, and may take every one of them at once; none
of that reads amounts or ledgers, so that 20,000 people are searched between two keystrokes.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import EmploymentState
from services.store.database import Connection
from services.store.employees import EMPLOYEES_MAX
from services.store.refusals import limit_list, refuse

SEARCH_CHARACTERS_MAX: Final = 100
_STATES: Final = {state.value: state for state in EmploymentState}


@attrs.frozen(kw_only=True)
class Candidate:
    """Somebody who can be picked.

    Attributes:
        person_id: names the employee in every call.
        id_number: whole; who shows it masks it.
    """

    person_id: int
    name: str
    id_number: str
    state: EmploymentState

    @property
    def id_number_masked(self) -> str:
        """The ID number for lists: without the rest of the area and the birth."""
        return f"{self.id_number[:4]}{'*' * 10}{self.id_number[14:]}"


@attrs.frozen(kw_only=True)
class Wanted:
    """Whom a window looks for.

    Attributes:
        text: a part of the name, or of its pinyin without blanks, or the beginning of the ID number; empty: everybody.
        states: only those in one of these states.
    """

    text: str = ""
    states: frozenset[EmploymentState] = frozenset(EmploymentState)


# No LIKE, so that nothing of what is typed is a pattern.
_MATCH: Final = """
    FROM employment e JOIN person p ON p.id = e.person_id
    WHERE e.employer_id = $1 AND e.state = ANY ($2)
      AND ($3 = '' OR strpos(p.name, $3) > 0 OR strpos(replace(p.name_pinyin, ' ', ''), $4) > 0
           OR starts_with(p.id_number, $5))"""


async def count(connection: Connection, employer_id: int, wanted: Wanted) -> int:
    """Count all who match."""
    found: int = await connection.fetchval(f"SELECT count(*) {_MATCH}", *_asked(employer_id, wanted))
    return found


async def page(
    connection: Connection, employer_id: int, wanted: Wanted, *, skip: int, limit: int
) -> tuple[Candidate, ...]:
    """Return some of those who match, by pinyin and id."""
    rows = await connection.fetch(
        f"SELECT p.id, p.name, p.id_number, e.state {_MATCH} ORDER BY p.name_pinyin, p.id OFFSET $6 LIMIT $7",
        *_asked(employer_id, wanted),
        skip,
        limit,
    )
    return tuple(candidate_of(row) for row in rows)


async def everybody(connection: Connection, employer_id: int, wanted: Wanted) -> list[Record]:
    """Return all who match, by pinyin and id, as rows (id, name, id_number, state): very many, so nothing is made of them.

    Raises:
        RefusedError: LIST_TOO_LONG when they are more than any list takes.
    """
    rows = await connection.fetch(
        f"SELECT p.id, p.name, p.id_number, e.state {_MATCH} ORDER BY p.name_pinyin, p.id LIMIT $6",
        *_asked(employer_id, wanted),
        EMPLOYEES_MAX + 1,
    )
    if len(rows) > EMPLOYEES_MAX:
        raise refuse("LIST_TOO_LONG", limit=EMPLOYEES_MAX, rows=len(rows))
    return rows


async def by_numbers(connection: Connection, employer_id: int, numbers: Sequence[str]) -> list[Record]:
    """Return the employer's people with one of these ID numbers, or who first gave one of them (D-3), as rows.

    Raises:
        RefusedError: LIST_TOO_LONG.
    """
    limit_list(numbers, EMPLOYEES_MAX)
    return await connection.fetch(
        """
        WITH given AS (SELECT unnest($2::text[]) AS number)
        SELECT p.id, p.name, p.id_number, p.id_number_given, e.state
        FROM employment e JOIN person p ON p.id = e.person_id
        WHERE e.employer_id = $1
          AND (p.id_number IN (SELECT number FROM given) OR p.id_number_given IN (SELECT number FROM given))
        """,
        employer_id,
        list(numbers),
    )


async def by_names(connection: Connection, employer_id: int, names: Sequence[str]) -> list[Record]:
    """Return the employer's people with one of these names, as rows.

    Raises:
        RefusedError: LIST_TOO_LONG.
    """
    limit_list(names, EMPLOYEES_MAX)
    return await connection.fetch(
        """
        SELECT p.id, p.name, p.id_number, e.state
        FROM employment e JOIN person p ON p.id = e.person_id
        WHERE e.employer_id = $1 AND p.name IN (SELECT unnest($2::text[]))
        """,
        employer_id,
        list(names),
    )


async def of_ids(connection: Connection, employer_id: int, person_ids: Sequence[int]) -> Mapping[int, Candidate]:
    """Return who some of the employer's people are, by their ids; they may have left.

    Raises:
        RefusedError: LIST_TOO_LONG.
    """
    limit_list(person_ids, EMPLOYEES_MAX)
    rows = await connection.fetch(
        """
        SELECT p.id, p.name, p.id_number, e.state
        FROM employment e JOIN person p ON p.id = e.person_id
        WHERE e.employer_id = $1 AND e.person_id IN (SELECT unnest($2::bigint[]))
        """,
        employer_id,
        list(person_ids),
    )
    return {row["id"]: candidate_of(row) for row in rows}


def _asked(employer_id: int, wanted: Wanted) -> tuple[object, ...]:
    text = wanted.text.strip()[:SEARCH_CHARACTERS_MAX]
    states = sorted(state.value for state in wanted.states)
    return employer_id, states, text, text.lower().replace(" ", ""), text.upper()


def candidate_of(row: Record) -> Candidate:
    """Make a candidate of a row; of very many in a thread."""
    return Candidate(person_id=row["id"], name=row["name"], id_number=row["id_number"], state=_STATES[row["state"]])
