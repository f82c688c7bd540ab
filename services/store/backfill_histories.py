"""What the rules of 缴款历史补录 need to know of people's past, read in a fixed number of queries, however many there are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from asyncpg import Record

from libsubsidy import BackfillHistory, IdentityError, IdNumber, Month, OpeningElsewhere, Roster
from services.store import rosters
from services.store.database import Connection, Role, looking_as
from services.store.long_work import off_loop
from services.store.rosters import RosterScope
from services.store.shared_values import money_of, month_of


async def read(
    connection: Connection,
    employer_id: int,
    person_ids: Sequence[int],
    months: Iterable[Month],
    *,
    except_application: int | None = None,
) -> dict[int, BackfillHistory]:
    """Return what is known of those of the people who work, or worked, for the employer, by person.

    Args:
        connection: inside a transaction of the employer or of the bureau.
        employer_id: who records.
        person_ids: whose past.
        months: those that are to be recorded, at least one.
        except_application: read as if this backfill held no months: it does not stand in its own way.
    """
    scope = RosterScope.around(
        employer_id,
        months,
        person_ids=person_ids,
        except_application=except_application,
        history=False,
        amounts=False,
    )
    roster = await rosters.load(connection, scope)
    files = await connection.fetch(
        """
        SELECT e.person_id, p.id_number, e.joined_on,
               coalesce(sum(l.amount_fen), 0)::bigint AS opening_fen,
               -- What earlier backfills have itemised; the same was taken out under the month of the opening.
               coalesce(sum(l.amount_fen) FILTER (WHERE l.application_id IS NOT NULL AND l.amount_fen > 0), 0)::bigint
                   AS itemised_fen,
               count(*) FILTER (WHERE l.application_id IS NOT NULL AND l.amount_fen > 0) AS itemised_months
        FROM employment e
        JOIN person p ON p.id = e.person_id
        LEFT JOIN ledger_entry l ON l.person_id = e.person_id AND l.employer_id = e.employer_id AND l.kind = 'opening'
        WHERE e.employer_id = $1 AND e.person_id IN (SELECT unnest($2::bigint[]))
        GROUP BY e.person_id, p.id_number, e.joined_on
        """,
        employer_id,
        list(person_ids),
    )
    # An employer does not see employments elsewhere, and still must hear that a former employer's opening has the month.
    async with looking_as(connection, Role.BUREAU):
        elsewhere = await connection.fetch(
            """
            SELECT e.person_id, holder.name, e.paid_through
            FROM employment e JOIN employer holder ON holder.id = e.employer_id
            WHERE e.employer_id <> $1 AND e.opening_periods > 0 AND e.paid_through IS NOT NULL
              AND e.person_id IN (SELECT unnest($2::bigint[]))
            """,
            employer_id,
            list(person_ids),
        )
    return await off_loop(len(files), _histories, roster, files, elsewhere)


def _histories(roster: Roster, files: Sequence[Record], elsewhere: Sequence[Record]) -> dict[int, BackfillHistory]:
    openings: Mapping[int, list[OpeningElsewhere]] = defaultdict(list)
    for row in elsewhere:
        other = OpeningElsewhere(employer_name=row["name"], paid_through=month_of(row["paid_through"]))
        openings[row["person_id"]].append(other)
    return {
        row["person_id"]: BackfillHistory(
            employment=(member := roster[row["person_id"]]).employment,
            live=member.live,
            born=_born(row["id_number"]),
            joined_on=row["joined_on"],
            opening=money_of(row["opening_fen"]),
            itemised=money_of(row["itemised_fen"]),
            itemised_months=row["itemised_months"],
            elsewhere=tuple(openings.get(row["person_id"], ())),
        )
        for row in files
    }


def _born(id_number: str) -> date | None:
    """Read the day of birth; an old system may have left a number that tells none (D-2)."""
    try:
        return IdNumber.parse(id_number).born
    except IdentityError:
        return None
