"""What an employee sees of withdrawals: what can be withdrawn, and what was asked for of the own account (F113, F118)."""

from typing import Final

from services.portal.identity import Identity
from services.portal.pages.sections import Facts, Section
from services.portal.roles import EMPLOYEES
from services.portal.withdrawals.pages import STATES
from services.portal.withdrawals.views import withdrawal_view
from services.store import withdrawal_funds, withdrawals
from services.store.database import Connection

_WITHDRAWALS_MAX: Final = 50


async def _load(connection: Connection, identity: Identity) -> Facts:
    assert identity.person_id is not None  # noqa: S101 -- an employee's user has one, by a constraint.
    found = await withdrawals.of_person(connection, identity.person_id, limit=_WITHDRAWALS_MAX)
    return {
        "funds": await withdrawal_funds.own_funds(connection, identity.person_id),
        "withdrawals": tuple(map(withdrawal_view, found)),
    }


OWN_WITHDRAWALS: Final = Section(
    name="withdrawals", title="支取", who=EMPLOYEES, kinds=(), load=_load, words={"states": STATES}
)
