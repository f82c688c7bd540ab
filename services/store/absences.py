"""为什么没有这个人: everybody of the employer who is not in an order's month, with the reason (domain §3 #43).

Whoever is looked for by name or number is found wherever they are: in the order, kept out of it, still waiting for an account,
or on the way from another employer. Of people elsewhere nothing is told.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import attrs

from libsubsidy import ApplicationState, Money, Month, OrderKind, Policy, Roster, Violation, why_absent
from services.store import candidates, rosters, transfers
from services.store.candidates import Candidate, Wanted
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.orders import Order
from services.store.rosters import RosterScope
from services.store.transfers import Transfer

FOUND_MAX: Final = 20


@attrs.frozen(kw_only=True)
class Absences:
    """Who is not in an order's month.

    Attributes:
        reasons: everything that keeps each person out, in the order of their names.
    """

    reasons: Mapping[int, tuple[Violation, ...]]

    def counts(self) -> tuple[tuple[str, int], ...]:
        """Say how many are out for which first reason, the most frequent first."""
        found = Counter(reasons[0].code for reasons in self.reasons.values())
        return tuple(sorted(found.items(), key=lambda each: (-each[1], each[0])))

    def of_reason(self, code: str) -> tuple[int, ...]:
        """Give those who are out for a reason; all of them where it is empty."""
        return tuple(
            person_id
            for person_id, reasons in self.reasons.items()
            if not code or any(each.code == code for each in reasons)
        )


@attrs.frozen(kw_only=True)
class FoundPerson:
    """Somebody of the employer who was looked for.

    Attributes:
        amount: with which they are in the order's month; None for somebody who is not in it.
        reasons: why they are not in it.
    """

    person: Candidate
    amount: Money | None
    reasons: tuple[Violation, ...]


@attrs.frozen(kw_only=True)
class AwaitedPerson:
    """Somebody who was looked for and has no account here yet.

    Attributes:
        application_id: of the opening or import that asks for it.
        is_import: whether it is 职工批量导入.
        remark: why it was returned.
    """

    name: str
    id_number: str
    application_id: int
    is_import: bool
    state: ApplicationState
    remark: str


@attrs.frozen(kw_only=True)
class FoundPeople:
    """Everybody who was found; of each kind at most `FOUND_MAX`."""

    people: tuple[FoundPerson, ...]
    awaited: tuple[AwaitedPerson, ...]
    incoming: tuple[Transfer, ...]


async def of_order(connection: Connection, order: Order, month: Month, *, policy: Policy, today: date) -> Absences:
    """Say for everybody who is not in a month of an order why not."""
    rows = await connection.fetch(
        """
        SELECT e.person_id FROM employment e
        WHERE e.employer_id = $1 AND NOT EXISTS (
            SELECT FROM order_line l WHERE l.order_id = $2 AND l.person_id = e.person_id AND l.month = $3)
        """,
        order.employer_id,
        order.id,
        month.first_day,
    )
    return await of_people(connection, order, month, [row["person_id"] for row in rows], policy, today)


async def of_people(  # noqa: PLR0917 - an order's month, and by what it is judged.
    connection: Connection, order: Order, month: Month, person_ids: Sequence[int], policy: Policy, today: date
) -> Absences:
    """Say for some people who are not in a month of an order why not; whoever is not the employer's is passed over."""
    if not person_ids:
        return Absences(reasons={})
    scope = RosterScope.around(
        order.employer_id, [month], person_ids=person_ids, history=order.kind is not OrderKind.REGULAR
    )
    roster = await rosters.load(connection, scope)
    return await off_loop(len(roster), _judged, roster, month, order.kind, policy, today)


def _judged(roster: Roster, month: Month, kind: OrderKind, policy: Policy, today: date) -> Absences:
    return Absences(
        reasons={person_id: why_absent(member, month, kind, policy, today) for person_id, member in roster.items()}
    )


async def look_for(
    connection: Connection, order: Order, month: Month, text: str, *, policy: Policy, today: date
) -> FoundPeople:
    """Find people by a part of the name, its pinyin, or the beginning of the ID number, and say where they are."""
    employer_id = order.employer_id
    known = await candidates.page(connection, employer_id, Wanted(text=text), skip=0, limit=FOUND_MAX)
    rows = await connection.fetch(
        "SELECT person_id, amount_fen FROM order_line WHERE order_id = $1 AND month = $2 AND person_id = ANY ($3)",
        order.id,
        month.first_day,
        [each.person_id for each in known],
    )
    amounts = {row["person_id"]: Money(fen=row["amount_fen"]) for row in rows}
    outside = [each.person_id for each in known if each.person_id not in amounts]
    absences = await of_people(connection, order, month, outside, policy, today)
    incoming = await transfers.of_employer(
        connection, employer_id, transfers.Wanted(incoming=True, open_only=True, text=text), today, limit=FOUND_MAX
    )
    return FoundPeople(
        people=tuple(
            FoundPerson(
                person=each, amount=amounts.get(each.person_id), reasons=absences.reasons.get(each.person_id, ())
            )
            for each in known
        ),
        awaited=await _awaited(connection, employer_id, text),
        incoming=incoming,
    )


async def _awaited(connection: Connection, employer_id: int, text: str) -> tuple[AwaitedPerson, ...]:
    rows = await connection.fetch(
        """
        SELECT a.id, a.kind = 'employee_import' AS is_import, a.state, a.remark, person ->> 'name' AS name,
               person ->> 'id_number' AS id_number
        FROM application a, jsonb_array_elements(a.contents -> 'employees') AS asked (person)
        WHERE a.employer_id = $1 AND a.kind IN ('employee_opening', 'employee_import')
          AND a.state IN ('submitted', 'in_review', 'returned', 'retracted')
          AND (strpos(person ->> 'name', $2) > 0 OR starts_with(person ->> 'id_number', upper($2)))
        ORDER BY a.id DESC LIMIT $3
        """,
        employer_id,
        text,
        FOUND_MAX,
    )
    return tuple(
        AwaitedPerson(
            name=row["name"],
            id_number=row["id_number"],
            application_id=row["id"],
            is_import=row["is_import"],
            state=ApplicationState(row["state"]),
            remark=row["remark"],
        )
        for row in rows
    )
