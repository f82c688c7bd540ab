"""What a reviewer sees: the applications that wait (待审核), oldest first, each with its buttons."""

from services.portal.identity import Identity
from services.portal.pages import words
from services.portal.pages.sections import ROWS_MAX, Facts, Section
from services.portal.roles import REVIEWERS
from services.store import work_list
from services.store.database import Connection
from services.store.reasons import REASON_CHARACTERS_MAX
from services.store.work_list import WorkFilter


async def _applications(connection: Connection, _: Identity) -> Facts:
    return {
        "items": await work_list.page(connection, WorkFilter(), limit=ROWS_MAX),
        "reason_characters_max": REASON_CHARACTERS_MAX,
        "today": await connection.fetchval("SELECT current_date"),
    }


APPLICATIONS = Section(
    name="applications",
    title="待审核的申请",
    who=REVIEWERS,
    kinds=("order", "application", "registration"),
    load=_applications,
    words={"kinds": words.WORK_KINDS},
)
SECTIONS = (APPLICATIONS,)
