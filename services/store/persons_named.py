"""How many people of other employers an employer has been told of: lists that name them are refused, and told why.

Who opens an account must hear that somebody has one elsewhere (F46), or another name under this ID number. Whoever sends
lists to find that out would learn it of the whole fund; so it is written down, and there is a limit for each day. The
trail has numbers only, and no person.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from libsubsidy import Violation
from services.store.database import Connection

# A clerk's own list has a few of them; whoever takes over another employer's people asks the bureau.
PER_DAY_MAX: Final = 50
_DAY: Final = timedelta(days=1)
_TELLING: Final = frozenset({"EMPLOYED_ELSEWHERE", "PERSON_NAME_DIFFERS", "ID_NUMBER_TAKEN"})


def named_by(violations: Sequence[Violation]) -> int:
    """Count the people of whom a refusal tells what the fund knows."""
    return sum(violation.code in _TELLING for violation in violations)


async def told(connection: Connection, employer_id: int) -> int:
    """Return of how many people an employer's lists have asked within a day."""
    count: int = await connection.fetchval(
        """
        SELECT coalesce(sum(reason::bigint), 0)::bigint FROM audit_event
        WHERE subject_kind = 'employer' AND subject_id = $1 AND to_state = 'persons_named' AND at > now() - $2::interval
        """,
        employer_id,
        _DAY,
    )
    return count


async def note(connection: Connection, employer_id: int, named: int) -> bool:
    """Write down that a list named people, in a transaction of its own; False when it must not be told whom.

    Lists at the same moment are counted one after the other, so that they do not slip under the limit together.
    """
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('persons_named/' || $1::text, 0))", str(employer_id)
    )
    before = await told(connection, employer_id)
    await connection.execute(
        """
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state, reason)
        VALUES ($1, 'employer', $1, 'persons_named', $2)
        """,
        employer_id,
        str(named),
    )
    return before + named <= PER_DAY_MAX
