"""An employer's employees as lists show them, and one of them with the whole file (F29-F32).

A page costs two queries however many people there are: one sorts the employer's people and reads the amounts of the page
alone, the other adds up the ledgers of the page (`services.store.ledgers.totals`). Only a list that is sorted by what the
ledgers come to has to add up all of them.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import EmploymentState, FileAmount, Money, Month
from services.store import ledgers
from services.store.database import Connection
from services.store.employee_search import AMOUNT_FEN, EVERYBODY, PARAMETERS, WHERE, Search, Sorting, parameters
from services.store.employees import EMPLOYEES_MAX
from services.store.long_work import off_loop
from services.store.refusals import absent
from services.store.shared_values import money_of, month_if_any, month_of

EMPLOYEES_PER_PAGE_MAX: Final = 200
RANKS_MAX: Final = 200
BY_NAME: Final = Sorting()
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
        joined_on: 入职/参加工作日期.
        remark: 备注 of the opening.
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
    joined_on: date | None
    remark: str

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
class EmployeePage:
    """A page of a list that is leafed through by numbers.

    Attributes:
        page: from 1; the last one where a later one was asked for.
        total: how many people there are on all pages.
    """

    page: int
    total: int
    people: tuple[Employee, ...]


_COLUMNS: Final = f"""e.person_id, e.id AS employment_id, p.name, p.name_pinyin, p.id_number, p.id_number_given, p.mobile,
    e.rank, e.start_month, e.state, e.state_from, e.paid_through, e.opening_periods, e.opened_at,
    e.joined_on, e.remark, {AMOUNT_FEN} AS amount_fen"""
_OF: Final = "employment e JOIN person p ON p.id = e.person_id"


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
    pinyin, person_id = after or (None, None)
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM {_OF}
        WHERE {WHERE}
          AND (${PARAMETERS + 1}::text IS NULL OR (p.name_pinyin, p.id) > (${PARAMETERS + 1}, ${PARAMETERS + 2}::bigint))
        ORDER BY p.name_pinyin, p.id LIMIT ${PARAMETERS + 3}
        """,
        *parameters(employer_id, today, search),
        pinyin,
        person_id,
        min(limit, EMPLOYEES_PER_PAGE_MAX + 1),  # One more tells whether there is another page.
    )
    return tuple(_employee(row) for row in rows)


async def page_of_employer(
    connection: Connection,
    employer_id: int,
    today: date,
    *,
    search: Search = EVERYBODY,
    sorting: Sorting = BY_NAME,
    page: int = 1,
    size: int = EMPLOYEES_PER_PAGE_MAX,
) -> EmployeePage:
    """Return a page of an employer's people by its number, and how many there are in all."""
    size = max(1, min(size, EMPLOYEES_PER_PAGE_MAX))
    given = parameters(employer_id, today, search)
    if sorting.by.is_of_ledger:
        found = [row[0] for row in await connection.fetch(f"SELECT e.person_id FROM {_OF} WHERE {WHERE}", *given)]
        total, page = len(found), _page_there_is(page, len(found), size)
        chosen = await ledgers.ranked(connection, found, sorting, limit=size, offset=(page - 1) * size)
    else:
        chosen, total = await _slice(connection, given, sorting, size, (page - 1) * size)
        if not chosen and page > 1:
            total = await connection.fetchval(f"SELECT count(*) FROM {_OF} WHERE {WHERE}", *given)
            page = _page_there_is(page, total, size)
            chosen, total = await _slice(connection, given, sorting, size, (page - 1) * size)
    return EmployeePage(page=page, total=total, people=await _with_ids(connection, employer_id, today, chosen))


def _page_there_is(page: int, total: int, size: int) -> int:
    """Give the page, or the last one.

    >>> _page_there_is(3, 100, 50), _page_there_is(2, 51, 50), _page_there_is(1, 0, 50)
    (2, 2, 1)
    """
    return max(1, min(page, -(-total // size)))


async def _slice(
    connection: Connection, given: tuple[object, ...], sorting: Sorting, limit: int, offset: int
) -> tuple[list[int], int]:
    """Return some of those whom a search finds, and how many it finds; that is not known where there are none."""
    rows = await connection.fetch(
        f"""
        SELECT e.person_id, count(*) OVER () FROM {_OF} WHERE {WHERE}
        ORDER BY {sorting.sql} LIMIT ${PARAMETERS + 1} OFFSET ${PARAMETERS + 2}
        """,
        *given,
        limit,
        offset,
    )
    return [row[0] for row in rows], rows[0][1] if rows else 0


async def everybody(
    connection: Connection, employer_id: int, today: date, *, search: Search = EVERYBODY, sorting: Sorting = BY_NAME
) -> tuple[Employee, ...]:
    """Return all of a list, as it is taken away in a file (F31); EMPLOYEES_MAX is what an employer can have."""
    by_file = BY_NAME if sorting.by.is_of_ledger else sorting
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM {_OF} WHERE {WHERE} ORDER BY {by_file.sql} LIMIT ${PARAMETERS + 1}",
        *parameters(employer_id, today, search),
        EMPLOYEES_MAX,
    )
    people = await off_loop(len(rows), lambda: tuple(_employee(row) for row in rows))
    if not sorting.by.is_of_ledger:
        return people
    by_id = {each.person_id: each for each in people}
    chosen = await ledgers.ranked(connection, tuple(by_id), sorting, limit=EMPLOYEES_MAX, offset=0)
    return tuple(by_id[person_id] for person_id in chosen)


async def ranks(connection: Connection, employer_id: int) -> tuple[str, ...]:
    """Return the ranks that an employer's people have, to choose among."""
    rows = await connection.fetch(
        "SELECT DISTINCT rank FROM employment WHERE employer_id = $1 AND rank <> '' ORDER BY rank LIMIT $2",
        employer_id,
        RANKS_MAX,
    )
    return tuple(row[0] for row in rows)


async def count_by_state(connection: Connection, employer_id: int) -> dict[EmploymentState, int]:
    """Return how many people there are in each state (住房补贴信息, F27); a state that nobody is in has 0."""
    rows = await connection.fetch(
        "SELECT state, count(*) FROM employment WHERE employer_id = $1 GROUP BY state", employer_id
    )
    found = {EmploymentState(row[0]): int(row[1]) for row in rows}
    return {state: found.get(state, 0) for state in EmploymentState}


async def _with_ids(
    connection: Connection, employer_id: int, today: date, person_ids: Sequence[int]
) -> tuple[Employee, ...]:
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM unnest($3::bigint[]) WITH ORDINALITY AS chosen (person_id, place)
        JOIN employment e ON e.person_id = chosen.person_id AND e.employer_id = $1 JOIN person p ON p.id = e.person_id
        ORDER BY chosen.place
        """,
        employer_id,
        Month.of(today).first_day,
        list(person_ids),
    )
    return await off_loop(len(rows), lambda: tuple(_employee(row) for row in rows))


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
        joined_on=row["joined_on"],
        remark=row["remark"],
    )
