"""An employer's employees as lists show them, and one of them with the whole file (F29-F32).

A page costs two queries however many people there are: one sorts the employer's people and reads the amounts of the page
alone, the other adds up the ledgers of the page (`services.store.ledgers.totals`).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import EmploymentState, FileAmount, Money, Month
from services.store.database import Connection
from services.store.refusals import absent
from services.store.shared_values import money_of, month_if_any, month_of

EMPLOYEES_PER_PAGE_MAX: Final = 200
SEARCH_CHARACTERS_MAX: Final = 100
_MOBILE_DIGITS: Final = 11

STATES_ZH: Final[Mapping[EmploymentState, str]] = {
    EmploymentState.PENDING: "待开户",
    EmploymentState.ACTIVE: "正常",
    EmploymentState.SEALED: "封存",
    EmploymentState.TRANSFERRING: "转移中",
    EmploymentState.ENDED: "已销户",
}


@attrs.frozen(kw_only=True)
class Employee:
    """One person in one employer.

    Attributes:
        person_id: names the employee in every call; the person keeps it with the next employer.
        id_number: whole; who shows a list masks it.
        mobile: eleven digits, or empty.
        state_from: the month from which a sealed, transferring or ended state counts.
        paid_through: 缴至月份 of the opening balance.
        monthly_amount: 每月缴费金额 of the file that is valid in the month asked about; None if there is none yet.
        opened_at: when the account with this employer was opened.
    """

    person_id: int
    employment_id: int
    name: str
    name_pinyin: str
    id_number: str
    id_number_given: str
    mobile: str
    rank: str
    start_month: Month | None
    state: EmploymentState
    state_from: Month | None
    paid_through: Month | None
    opening_periods: int
    monthly_amount: Money | None
    opened_at: datetime

    # Not libsubsidy's own, which refuse what an old system may have left here (D-2).
    @property
    def id_number_masked(self) -> str:
        """The ID number for lists: without the rest of the area and the birth."""
        return f"{self.id_number[:4]}{'*' * 10}{self.id_number[14:]}"

    @property
    def mobile_masked(self) -> str:
        """The mobile for lists: without its middle."""
        return f"{self.mobile[:3]}****{self.mobile[7:]}" if len(self.mobile) == _MOBILE_DIGITS else ""


@attrs.frozen(kw_only=True)
class Search:
    """What a list is narrowed to.

    Attributes:
        text: a part of the name, or of its pinyin without blanks, or the beginning of the ID number.
    """

    text: str = ""
    state: EmploymentState | None = None


EVERYBODY: Final = Search()

_COLUMNS: Final = """e.person_id, e.id AS employment_id, p.name, p.name_pinyin, p.id_number, p.id_number_given, p.mobile,
    e.rank, e.start_month, e.state, e.state_from, e.paid_through, e.opening_periods, e.opened_at,
    (SELECT f.amount_fen FROM file_amount f WHERE f.employment_id = e.id AND f.effective_month <= $2
     ORDER BY f.effective_month DESC LIMIT 1) AS amount_fen"""


async def of_employer(
    connection: Connection,
    employer_id: int,
    today: date,
    *,
    search: Search = EVERYBODY,
    after: tuple[str, int] | None = None,
    limit: int = EMPLOYEES_PER_PAGE_MAX,
) -> tuple[Employee, ...]:
    """Return a page of an employer's people, by pinyin and id, from after (pinyin, person id) on."""
    text = search.text.strip()[:SEARCH_CHARACTERS_MAX]
    pinyin, person_id = after or (None, None)
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}
        FROM employment e JOIN person p ON p.id = e.person_id
        WHERE e.employer_id = $1 AND ($3::text IS NULL OR e.state = $3)
          -- No LIKE, so that nothing of what is typed is a pattern.
          AND ($4 = '' OR strpos(p.name, $4) > 0 OR strpos(replace(p.name_pinyin, ' ', ''), $5) > 0
               OR starts_with(p.id_number, $6))
          AND ($7::text IS NULL OR (p.name_pinyin, p.id) > ($7, $8::bigint))
        ORDER BY p.name_pinyin, p.id LIMIT $9
        """,
        employer_id,
        Month.of(today).first_day,
        None if search.state is None else search.state.value,
        text,
        text.lower().replace(" ", ""),
        text.upper(),
        pinyin,
        person_id,
        min(limit, EMPLOYEES_PER_PAGE_MAX + 1),  # One more tells whether there is another page.
    )
    return tuple(_employee(row) for row in rows)


async def get(connection: Connection, employer_id: int, person_id: int, today: date) -> Employee:
    """Return one employee.

    Raises:
        RefusedError: ABSENT, also for an employee of another employer (I31).
    """
    row = await connection.fetchrow(
        f"""
        SELECT {_COLUMNS}
        FROM employment e JOIN person p ON p.id = e.person_id WHERE e.employer_id = $1 AND e.person_id = $3
        """,
        employer_id,
        Month.of(today).first_day,
        person_id,
    )
    if row is None:
        raise absent("职工", "employee", person_id)
    return _employee(row)


async def file_amounts(connection: Connection, employment_id: int) -> tuple[FileAmount, ...]:
    """Return every approved amount of a file, the latest first."""
    rows = await connection.fetch(
        "SELECT effective_month, amount_fen FROM file_amount WHERE employment_id = $1 ORDER BY effective_month DESC",
        employment_id,
    )
    return tuple(FileAmount(effective=month_of(row[0]), amount=money_of(row[1])) for row in rows)


def _employee(row: Record) -> Employee:
    return Employee(
        person_id=row["person_id"],
        employment_id=row["employment_id"],
        name=row["name"],
        name_pinyin=row["name_pinyin"],
        id_number=row["id_number"],
        id_number_given=row["id_number_given"],
        mobile=row["mobile"],
        rank=row["rank"],
        start_month=month_if_any(row["start_month"]),
        state=EmploymentState(row["state"]),
        state_from=month_if_any(row["state_from"]),
        paid_through=month_if_any(row["paid_through"]),
        opening_periods=row["opening_periods"],
        monthly_amount=None if row["amount_fen"] is None else money_of(row["amount_fen"]),
        opened_at=row["opened_at"],
    )
