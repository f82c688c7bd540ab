"""The pages of 批量封存/启封: the list of changes with what was handed in before, and one of those lists."""

from libsubsidy import Month, latest_month
from services.portal.calls import Call
from services.portal.pages.registry import Facts, Pages
from services.portal.roles import EMPLOYERS
from services.portal.sealing.seals import batch_view, row_view
from services.portal.shell.paging import Paging, PagingQuery
from services.store import seals
from services.store.reasons import REASON_CHARACTERS_MAX

pages = Pages()


@pages.page("/employer/seals", who=EMPLOYERS, title="批量封存/启封", template="sealing/templates/seals.html")
async def seal_list(call: Call, query: PagingQuery) -> Facts:
    """Show the list of changes, empty, and what was handed in before."""
    paging = await Paging.of(call, query, await seals.count(call.connection, call.employer_id))
    batches = await seals.of_employer(call.connection, call.employer_id, skip=paging.offset, limit=paging.size)
    return {
        "batches": [batch_view(batch) for batch in batches],
        "paging": paging,
        "this_month": Month.of(call.today),
        "last_month": latest_month(call.portal.policy, call.today),
        "reason_max": REASON_CHARACTERS_MAX,
    }


@pages.page(
    "/employer/seals/{seal_id}",
    who=EMPLOYERS,
    title="批量封存/启封",
    template="sealing/templates/seal.html",
    entry="/employer/seals",
)
async def seal_batch(call: Call, seal_id: int, query: PagingQuery) -> Facts:
    """Show one list that was handed in."""
    batch = await seals.get(call.connection, seal_id)
    paging = await Paging.of(call, query, batch.sealed_count + batch.unsealed_count)
    rows = await seals.rows_of(call.connection, seal_id, after=paging.offset, limit=paging.size)
    return {"batch": batch_view(batch), "rows": [row_view(row) for row in rows], "paging": paging}
