"""Employees: a person once in the whole fund, an employment for each employer, the amounts of the personnel file.

Many are added at once. PostgreSQL refuses COPY into tables under row security; the rows travel as arrays instead, which
needs no temporary table (each one writes to the catalogue, which then has to be vacuumed) and takes 0.1 s for 20,000.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import attrs

from libsubsidy import EmploymentState, FileAmount, IdNumber, Month, Violation
from services.store.database import Connection
from services.store.refusals import RefusedError, limit_list, refuse, violation
from services.store.violations import translated

# The largest employer thought of has 20,000 (domain §4.2 "Selection"); beyond this a list comes in parts.
EMPLOYEES_MAX: Final = 50_000
# What keeps a person from being active with another employer (I23).
_OPEN_STATES: Final = (EmploymentState.ACTIVE, EmploymentState.SEALED, EmploymentState.TRANSFERRING)


@attrs.frozen(kw_only=True)
class NewEmployee:
    """An employee as the account is opened.

    Attributes:
        id_number_given: as it stands on the old card or in the old system, when that is not `id_number` (D-3).
        name_pinyin: lists are sorted by it.
        paid_through: 缴至月份 of the opening balance.
        file_amount: 每月缴费金额 and the month it counts from; None for one who is not paid regularly.
        joined_on: 入职/参加工作日期.
        remark: 备注 of the opening.
    """

    id_number: IdNumber
    id_number_given: str = ""
    name: str
    name_pinyin: str = ""
    mobile: str = ""
    rank: str = ""
    start_month: Month | None = None
    state: EmploymentState = EmploymentState.ACTIVE
    paid_through: Month | None = None
    opening_periods: int = 0
    file_amount: FileAmount | None = None
    joined_on: date | None = None
    remark: str = ""


async def add(connection: Connection, employer_id: int, employees: Sequence[NewEmployee]) -> tuple[int, ...]:
    """Open an account for each, all or none; return the persons' ids in the order given.

    A person that the fund knows is the same person at every employer, and keeps the name and mobile on record.

    Raises:
        RefusedError: with every broken row: listed twice, already here, active elsewhere, known by another name.
    """
    limit_list(employees, EMPLOYEES_MAX)
    numbers = [str(employee.id_number) for employee in employees]
    if repeated := _repeated(employees, numbers):
        raise RefusedError(*repeated)
    with translated():
        # In one order, so that two lists with the same people wait for each other instead of locking each other out.
        await connection.execute(
            """
            INSERT INTO person (id_number, id_number_given, name, name_pinyin, mobile)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS given (id_number)
            ORDER BY given.id_number
            ON CONFLICT ON CONSTRAINT person_id_number_once DO NOTHING
            """,
            numbers,
            [employee.id_number_given or number for employee, number in zip(employees, numbers, strict=True)],
            [employee.name for employee in employees],
            [employee.name_pinyin for employee in employees],
            [employee.mobile for employee in employees],
        )
    known, broken = await _known_people(connection, employer_id, employees, numbers)
    if broken:
        raise RefusedError(*broken)
    person_ids = tuple(person_id for person_id in known if person_id is not None)
    with translated():
        await _employ(connection, employer_id, employees, person_ids)
    return person_ids


async def check(
    connection: Connection, employer_id: int, employees: Sequence[NewEmployee], *, rows: Sequence[int] | None = None
) -> tuple[Violation, ...]:
    """Say what would keep `add` from opening these accounts now; nothing is written.

    It looks over the whole fund, so it needs a role that may. A violation names its row: the one given, or the place.
    """
    numbers = [str(employee.id_number) for employee in employees]
    _, broken = await _known_people(connection, employer_id, employees, numbers, rows)
    return (*_repeated(employees, numbers, rows), *broken)


def repeated(employees: Sequence[NewEmployee], rows: Sequence[int]) -> tuple[Violation, ...]:
    """Say which rows of a list repeat earlier ones; `check` sees only the part that it is given."""
    return tuple(_repeated(employees, [str(employee.id_number) for employee in employees], rows))


async def set_file_amounts(connection: Connection, employer_id: int, amounts: Mapping[int, FileAmount]) -> None:
    """Note an approved amount of each person (by id) from its month on; one of the same month is replaced.

    Raises:
        RefusedError: somebody does not work for this employer, or an amount is not positive.
    """
    limit_list(tuple(amounts), EMPLOYEES_MAX)
    with translated():
        written = await connection.fetchval(
            """
            WITH written AS (
                INSERT INTO file_amount (employment_id, employer_id, effective_month, amount_fen)
                SELECT e.id, e.employer_id, given.month, given.amount_fen
                FROM unnest($2::bigint[], $3::date[], $4::bigint[]) AS given (person_id, month, amount_fen)
                JOIN employment e ON e.person_id = given.person_id AND e.employer_id = $1
                ON CONFLICT ON CONSTRAINT file_amount_pk DO UPDATE SET amount_fen = excluded.amount_fen
                RETURNING employment_id, employer_id, amount_fen),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state, reason)
                SELECT employer_id, 'employment', employment_id, 'amount set', amount_fen || ' fen' FROM written)
            SELECT count(*) FROM written
            """,
            employer_id,
            list(amounts),
            [amount.effective.first_day for amount in amounts.values()],
            [amount.amount.fen for amount in amounts.values()],
        )
    if written != len(amounts):
        raise refuse("PERSON_ABSENT")


def _repeated(
    employees: Sequence[NewEmployee], numbers: Sequence[str], rows: Sequence[int] | None = None
) -> list[Violation]:
    first_rows: dict[str, int] = {}
    return [
        Violation.of("DUPLICATE_IN_FILE", row=row, first_row=first_row, name=employee.name)
        for row, employee, number in zip(rows or range(1, len(numbers) + 1), employees, numbers, strict=True)
        if (first_row := first_rows.setdefault(number, row)) != row
    ]


async def _known_people(
    connection: Connection,
    employer_id: int,
    employees: Sequence[NewEmployee],
    numbers: Sequence[str],
    places: Sequence[int] | None = None,
) -> tuple[tuple[int | None, ...], list[Violation]]:
    """Return each one's id, None for somebody new to the fund, and what keeps an account from being opened."""
    rows = await connection.fetch(
        """
        SELECT p.id, p.name <> given.name AS name_differs,
               EXISTS (SELECT FROM employment e WHERE e.person_id = p.id AND e.employer_id = $1) AS already,
               given.open AND EXISTS (
                   SELECT FROM employment e
                   WHERE e.person_id = p.id AND e.state IN ('active', 'sealed', 'transferring')) AS elsewhere
        FROM unnest($2::text[], $3::text[], $4::boolean[]) WITH ORDINALITY AS given (id_number, name, open, row)
        LEFT JOIN person p USING (id_number)
        ORDER BY given.row
        """,
        employer_id,
        list(numbers),
        [employee.name for employee in employees],
        [employee.state in _OPEN_STATES for employee in employees],
    )
    broken = []
    for number, row, employee in zip(places or range(1, len(rows) + 1), rows, employees, strict=True):
        if row["already"]:
            broken.append(violation("EMPLOYEE_ALREADY", row=number, name=employee.name))
        elif row["name_differs"]:
            broken.append(violation("PERSON_NAME_DIFFERS", row=number, name=employee.name))
        elif row["elsewhere"]:
            broken.append(violation("EMPLOYED_ELSEWHERE", row=number, name=employee.name))
    return tuple(row["id"] for row in rows), broken


async def _employ(
    connection: Connection, employer_id: int, employees: Sequence[NewEmployee], person_ids: Sequence[int]
) -> None:
    amounts = [employee.file_amount for employee in employees]
    await connection.execute(
        """
        WITH given AS (
            SELECT * FROM unnest($2::bigint[], $3::text[], $4::date[], $5::text[], $6::date[], $7::integer[],
                                 $8::date[], $9::bigint[], $10::date[], $11::text[])
                AS given (person_id, rank, start_month, state, paid_through, opening_periods, amount_from, amount_fen,
                          joined_on, remark)),
        employed AS (
            INSERT INTO employment (employer_id, person_id, rank, start_month, state, paid_through, opening_periods,
                                    joined_on, remark)
            SELECT $1, person_id, rank, start_month, state, paid_through, opening_periods, joined_on, remark
            FROM given ORDER BY person_id
            RETURNING id, person_id, state),
        filed AS (
            INSERT INTO file_amount (employment_id, employer_id, effective_month, amount_fen)
            SELECT employed.id, $1, given.amount_from, given.amount_fen
            FROM employed JOIN given USING (person_id) WHERE given.amount_from IS NOT NULL)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
        SELECT $1, 'employment', id, state FROM employed
        """,
        employer_id,
        list(person_ids),
        [employee.rank for employee in employees],
        [_first_day(employee.start_month) for employee in employees],
        [employee.state.value for employee in employees],
        [_first_day(employee.paid_through) for employee in employees],
        [employee.opening_periods for employee in employees],
        [None if amount is None else amount.effective.first_day for amount in amounts],
        [None if amount is None else amount.amount.fen for amount in amounts],
        [employee.joined_on for employee in employees],
        [employee.remark for employee in employees],
    )


def _first_day(month: Month | None) -> object:
    return None if month is None else month.first_day
