"""信息变更 (单位管理): whom to ask and where money goes: administrator, mobile, refund account (F41); else as 单位信息变更."""

from http import HTTPStatus

from libsubsidy import ChangeKind
from services.portal.calls import Call
from services.portal.changes import asking
from services.portal.changes.asking import ChangesQuery
from services.portal.changes.bodies import InformationChangeAgain, NewInformationChange, given
from services.portal.changes.views import ChangeRow, ChangeView
from services.portal.cursors import Page
from services.portal.endpoints import Endpoints
from services.portal.roles import EMPLOYERS
from services.store.changes import AskedChange

information_changes = Endpoints(tag="变更 changes")
_KIND = ChangeKind.INFORMATION


@information_changes.get("/information-changes", who=EMPLOYERS, scope="changes:read")
async def listed(call: Call, query: ChangesQuery) -> Page[ChangeRow]:
    """List the changes of administrator and refund account that were asked for, the last one first."""
    return await asking.page(call, _KIND, query)


@information_changes.get("/information-changes/{information_change_id}", who=EMPLOYERS, scope="changes:read")
async def shown(call: Call, information_change_id: int) -> ChangeView:
    """Show such a change: each field before and after, and why it was returned."""
    return await asking.view(call, _KIND, information_change_id)


@information_changes.post(
    "/information-changes",
    who=EMPLOYERS,
    scope="changes:write",
    status=HTTPStatus.CREATED,
    location="/information-changes/{id}",
    creates=True,
    refused=asking.placed,
)
async def ask(call: Call, body: NewInformationChange) -> ChangeRow:
    """Ask for a change of administrator, mobile or refund account; codes by SMS go to the new mobile once it is approved."""
    return await asking.submit(call, _KIND, _asked(body), body.attachments)


@information_changes.put(
    "/information-changes/{information_change_id}", who=EMPLOYERS, scope="changes:write", refused=asking.placed
)
async def ask_again(call: Call, information_change_id: int, body: InformationChangeAgain) -> ChangeRow:
    """Hand in anew such a change that was returned or retracted."""
    return await asking.submit_again(call, information_change_id, body.version, _KIND, _asked(body), body.attachments)


def _asked(body: NewInformationChange) -> AskedChange:
    return AskedChange(typed=given(body.after), seen=given(body.seen), remark=body.remark)
