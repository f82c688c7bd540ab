"""单位信息变更 changes of the employer's card: name, codes, kind, address, legal representative, authority (F36-F40, F42).

Nothing changes until the bureau approves. Taking back, and the bureau's decisions, are those of every application
(`/applications/application-17/retract`).
"""

from http import HTTPStatus

from libsubsidy import ChangeKind
from services.portal.calls import Call
from services.portal.changes import asking
from services.portal.changes.asking import ChangesQuery
from services.portal.changes.bodies import EmployerChangeAgain, NewEmployerChange, given
from services.portal.changes.views import ChangeRow, ChangeView
from services.portal.cursors import Page
from services.portal.endpoints import Endpoints
from services.portal.roles import EMPLOYERS
from services.store.changes import AskedChange

employer_changes = Endpoints(tag="变更 changes")
_KIND = ChangeKind.EMPLOYER


@employer_changes.get("/employer-changes", who=EMPLOYERS, scope="changes:read")
async def listed(call: Call, query: ChangesQuery) -> Page[ChangeRow]:
    """List the changes of the card that were asked for, the last one first."""
    return await asking.page(call, _KIND, query)


@employer_changes.get("/employer-changes/{employer_change_id}", who=EMPLOYERS, scope="changes:read")
async def shown(call: Call, employer_change_id: int) -> ChangeView:
    """Show a change of the card: each field before and after, and why it was returned."""
    return await asking.view(call, _KIND, employer_change_id)


@employer_changes.post(
    "/employer-changes",
    who=EMPLOYERS,
    scope="changes:write",
    status=HTTPStatus.CREATED,
    location="/employer-changes/{id}",
    creates=True,
    refused=asking.placed,
)
async def ask(call: Call, body: NewEmployerChange) -> ChangeRow:
    """Ask for a change of the card; the login follows the organisation code once it is approved."""
    return await asking.submit(call, _KIND, _asked(body), body.attachments)


@employer_changes.put(
    "/employer-changes/{employer_change_id}", who=EMPLOYERS, scope="changes:write", refused=asking.placed
)
async def ask_again(call: Call, employer_change_id: int, body: EmployerChangeAgain) -> ChangeRow:
    """Hand in anew a change of the card that was returned or retracted."""
    return await asking.submit_again(call, employer_change_id, body.version, _KIND, _asked(body), body.attachments)


def _asked(body: NewEmployerChange) -> AskedChange:
    return AskedChange(typed=given(body.after), seen=given(body.seen), remark=body.remark)
