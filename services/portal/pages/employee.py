"""What an employee sees: the own ledger."""

from services.portal.identity import Identity
from services.portal.pages.sections import Facts, Section
from services.portal.roles import EMPLOYEES
from services.store import ledgers
from services.store.database import Connection

_ENTRIES_MAX = 120


async def _ledger(connection: Connection, identity: Identity) -> Facts:
    assert identity.person_id is not None  # noqa: S101 -- an employee's user has one, by a constraint.
    entries = await ledgers.of_person(connection, identity.person_id, limit=_ENTRIES_MAX)
    totals = await ledgers.totals(connection, [identity.person_id])
    return {
        "entries": sorted(entries, key=lambda entry: (entry.month, entry.id), reverse=True),
        "entries_max": _ENTRIES_MAX,
        "totals": totals[identity.person_id],
    }


SECTIONS = (Section(name="ledger", title="住房补贴明细", who=EMPLOYEES, kinds=(), load=_ledger),)
