"""A change as a reviewer compares it with the papers: whose file it is, every field before and after, from when, and why."""

from libsubsidy import Violation
from services.portal.changes.views import changed_fields
from services.store import changes
from services.store.database import Connection

# What stays as it is has the same text on both sides.
Compared = tuple[str, str, str]


async def compared(connection: Connection, application_id: int) -> tuple[Compared, ...]:
    """Give label, before and after of everything that a change says."""
    asked = await changes.get(connection, application_id)
    rows: list[Compared] = []
    if asked.person_id is not None:
        whose = f"{asked.person_name}（{asked.id_number}）"
        rows.append(("职工", whose, whose))
    rows += [(each.label, each.before, each.after) for each in changed_fields(asked)]
    if asked.change.effective is not None:
        rows.append(("生效月份", "", str(asked.change.effective)))
    if asked.remark:
        rows.append(("备注", "", asked.remark))
    return tuple(rows)


async def change_advice(connection: Connection, application_id: int) -> tuple[Violation, ...]:
    """Give what is worth a look, while somebody is to decide."""
    return await changes.advice(connection, await changes.get(connection, application_id))
