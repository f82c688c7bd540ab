"""可支取金额: what somebody's account has, and whose it is, as the rules of a withdrawal ask (I6, design §12).

What an account has, and what others have asked of it, an employer's own role does not see: once that role has found the
employee, the store looks as the bureau.
"""

from datetime import date

from libsubsidy import EmploymentState, Funds, Holder, Violation
from libsubsidy.withdrawal import check_holder
from services.store import employee_lists
from services.store.database import Connection, Role, looking_as
from services.store.shared_values import money_of


async def funds_of(
    connection: Connection, employer_id: int, person_id: int, *, today: date, other_than: int | None = None
) -> Funds:
    """Return what an employee's account has, for the employer that has them.

    Args:
        connection: in a transaction of the employer.
        employer_id: who asks.
        person_id: whose account.
        today: the day of the bureau.
        other_than: a withdrawal whose own reservation does not count.

    Raises:
        RefusedError: ABSENT for no employee of this employer.
    """
    await employee_lists.get(connection, employer_id, person_id, today)
    async with looking_as(connection, Role.BUREAU):
        return await own_funds(connection, person_id, other_than=other_than)


async def prospects(
    connection: Connection, employer_id: int, person_id: int, *, other_than: int | None = None
) -> tuple[Funds, tuple[Violation, ...]]:
    """Return what an employee's account has, and why nothing can be asked for, where that is so; for who has the employee.

    Args:
        connection: in a transaction of the employer.
        employer_id: who asks, and has, or had, the employee.
        person_id: whose account.
        other_than: a withdrawal whose own reservation does not count.
    """
    async with looking_as(connection, Role.BUREAU):
        holder, funds = await standing(connection, employer_id, person_id, other_than=other_than)
    return funds, check_holder(holder, funds)


async def own_funds(connection: Connection, person_id: int, *, other_than: int | None = None) -> Funds:
    """Return what an account has, as far as the acting role sees it: a person all of the own one, the bureau everything."""
    row = await connection.fetchrow("SELECT * FROM funds_of($1, $2)", person_id, other_than)
    assert row is not None  # noqa: S101 -- sums are always there.
    return Funds(
        credited=money_of(row["credited_fen"]),
        confirmed=money_of(row["confirmed_fen"]),
        withdrawn=money_of(row["withdrawn_fen"]),
        reserved=money_of(row["reserved_fen"]),
    )


async def lock(connection: Connection, person_id: int) -> None:
    """Wait for whoever is reserving money of this account; the same lock as the trigger's."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('funds/' || $1::text, 0))", str(person_id))


async def standing(
    connection: Connection, employer_id: int, person_id: int, *, other_than: int | None
) -> tuple[Holder, Funds]:
    """Return whose money it is and what the account has, with the bureau's eyes."""
    row = await connection.fetchrow(
        """
        SELECT p.name, e.state,
               EXISTS (SELECT FROM employment o
                       WHERE o.person_id = e.person_id AND o.employer_id <> e.employer_id
                         AND (o.state IN ('active', 'sealed', 'transferring')
                              OR (o.state = 'ended' AND e.state = 'ended'
                                  AND (coalesce(o.state_from, '-infinity'), o.id)
                                      > (coalesce(e.state_from, '-infinity'), e.id)))) AS elsewhere,
               EXISTS (SELECT FROM withdrawal w
                       WHERE w.person_id = e.person_id AND w.to_heir AND w.id IS DISTINCT FROM $3
                         AND w.state NOT IN ('returned', 'retracted', 'rejected', 'given_back')) AS deceased
        FROM employment e JOIN person p ON p.id = e.person_id WHERE e.employer_id = $1 AND e.person_id = $2
        """,
        employer_id,
        person_id,
        other_than,
    )
    assert row is not None  # noqa: S101 -- the employer has, or had, them: an employment is never taken away.
    holder = Holder(
        name=row["name"],
        state=EmploymentState(row["state"]),
        employed_elsewhere=row["elsewhere"],
        deceased=row["deceased"],
    )
    return holder, await own_funds(connection, person_id, other_than=other_than)
