"""起缴月规则: who has never been remitted here, and whose back-payment must therefore end before the start month (F92, D-8)."""

from datetime import date
from typing import Final

import attrs

from libsubsidy import Month, OrderKind, Policy, Violation, eligible
from services.store import rosters
from services.store.database import Connection
from services.store.rosters import RosterScope

# So many are named, each with the latest month and the way out; the others are counted.
NAMED_MAX: Final = 20


@attrs.frozen(kw_only=True)
class Limited:
    """Those whom the rule keeps from being paid for a month.

    Attributes:
        total: how many they are.
        reasons: of the first by name: the start month, the latest allowed month, and the way out.
    """

    total: int = 0
    reasons: tuple[Violation, ...] = ()


async def limited(connection: Connection, employer_id: int, month: Month, *, policy: Policy, today: date) -> Limited:
    """Say whom the start-month rule keeps from a back-payment for a month.

    Args:
        connection: inside the caller's transaction.
        employer_id: whose people.
        month: the month asked for; of several the last.
        policy: the bureau's numbers.
        today: the day of the bureau.
    """
    rows = await connection.fetch(
        """
        SELECT e.person_id, count(*) OVER () AS total
        FROM employment e JOIN person p ON p.id = e.person_id
        WHERE e.employer_id = $1 AND e.state = 'active' AND e.start_month <= $2 AND e.opening_periods = 0
          -- OFFSET 0 makes PostgreSQL walk this person's months, whatever its statistics say (see rosters.py).
          AND NOT EXISTS (
            SELECT FROM (SELECT order_id FROM claim WHERE person_id = e.person_id AND employer_id = $1 OFFSET 0) c
            WHERE c.order_id IS NULL
               OR EXISTS (SELECT FROM remittance_order o WHERE o.id = c.order_id AND o.kind = 'regular'))
        ORDER BY p.name_pinyin, p.name, p.id LIMIT $3
        """,
        employer_id,
        month.first_day,
        NAMED_MAX,
    )
    if not rows:
        return Limited()
    scope = RosterScope.around(employer_id, [month], person_ids=[row["person_id"] for row in rows], amounts=False)
    roster = await rosters.load(connection, scope)
    # Who they are, the query finds among twenty thousand; what is said of them, the library knows.
    reasons = tuple(
        reason
        for member in roster.values()
        for reason in eligible(member.employment, month, OrderKind.MONTHLY, member.live, policy, today)
        if reason.code == "BP_NOT_BEFORE_START"
    )
    return Limited(total=rows[0]["total"], reasons=reasons)
