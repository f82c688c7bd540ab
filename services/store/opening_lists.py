"""新增的职工信息列表: the people of an employer's 职工开户, each with what has become of the application (F43; manual L96)."""

from datetime import datetime
from typing import Final

import attrs

from libsubsidy import ApplicationState
from services.store.database import Connection
from services.store.employees import NewEmployee
from services.store.opening_rows import of_contents

PEOPLE_PER_PAGE_MAX: Final = 200
SEARCH_CHARACTERS_MAX: Final = 100
_OF: Final = """
    FROM application a, jsonb_array_elements(a.contents -> 'employees') WITH ORDINALITY AS asked (person, place)
    WHERE a.employer_id = $1 AND a.kind = 'employee_opening' AND ($2::text IS NULL OR a.state = $2)
      -- No LIKE, so that nothing of what is typed is a pattern.
      AND ($3 = '' OR strpos(asked.person ->> 'name', $3) > 0 OR starts_with(asked.person ->> 'id_number', $4)
           OR strpos(replace(asked.person ->> 'name_pinyin', ' ', ''), $5) > 0)"""


@attrs.frozen(kw_only=True)
class Wanted:
    """Which people.

    Attributes:
        text: a part of the name or of its pinyin without blanks, or the beginning of the ID number.
    """

    text: str = ""
    state: ApplicationState | None = None


@attrs.frozen(kw_only=True)
class Newcomer:
    """Somebody whose account is asked for.

    Attributes:
        application_id: the application, which may be about several people.
        remark: why it was returned or rejected.
    """

    application_id: int
    state: ApplicationState
    remark: str
    submitted_at: datetime
    person: NewEmployee


async def count(connection: Connection, employer_id: int, wanted: Wanted) -> int:
    """Return how many there are."""
    counted: int = await connection.fetchval(f"SELECT count(*) {_OF}", *_arguments(employer_id, wanted))
    return counted


async def page(
    connection: Connection, employer_id: int, wanted: Wanted, *, limit: int, offset: int
) -> tuple[Newcomer, ...]:
    """Return some of them, those who were asked for last first."""
    rows = await connection.fetch(
        f"""
        SELECT a.id, a.state, a.remark, a.submitted_at, asked.person {_OF}
        ORDER BY a.submitted_at DESC, a.id DESC, asked.place LIMIT $6 OFFSET $7
        """,
        *_arguments(employer_id, wanted),
        min(limit, PEOPLE_PER_PAGE_MAX),
        offset,
    )
    people = of_contents([row["person"] for row in rows])
    return tuple(
        Newcomer(
            application_id=row["id"],
            state=ApplicationState(row["state"]),
            remark=row["remark"],
            submitted_at=row["submitted_at"],
            person=person,
        )
        for row, person in zip(rows, people, strict=True)
    )


def _arguments(employer_id: int, wanted: Wanted) -> tuple[object, ...]:
    text = wanted.text.strip()[:SEARCH_CHARACTERS_MAX]
    state = None if wanted.state is None else wanted.state.value
    return employer_id, state, text, text.upper(), text.lower().replace(" ", "")
