"""职工信息变更 changes of an employee's file: name, ID number, mobile, rank, monthly amount, start month (F53-F60)."""

from http import HTTPStatus

import attrs

from libsubsidy import ChangeKind
from services.portal.calls import Call
from services.portal.changes import asking
from services.portal.changes.asking import ChangesQuery
from services.portal.changes.bodies import EmployeeChangeAgain, NewEmployeeChange, given
from services.portal.changes.views import ChangeRow, ChangeView
from services.portal.cursors import Page
from services.portal.endpoints import Endpoints
from services.portal.roles import EMPLOYERS
from services.store.changes import AskedChange

employee_changes = Endpoints(tag="变更 changes")
_KIND = ChangeKind.EMPLOYEE


@attrs.frozen(kw_only=True)
class EmployeeChangesQuery(ChangesQuery):
    """Which changes.

    Attributes:
        search: a part of the employee's name or of its pinyin, or the beginning of the ID number.
    """

    search: str = ""


@employee_changes.get("/employee-changes", who=EMPLOYERS, scope="changes:read")
async def listed(call: Call, query: EmployeeChangesQuery) -> Page[ChangeRow]:
    """List the changes of employees' files that were asked for, the last one first; found by name or ID number."""
    return await asking.page(call, _KIND, query, search=query.search)


@employee_changes.get("/employee-changes/{employee_change_id}", who=EMPLOYERS, scope="changes:read")
async def shown(call: Call, employee_change_id: int) -> ChangeView:
    """Show a change of a file: each field before and after, why it was returned, and what is worth a look."""
    return await asking.view(call, _KIND, employee_change_id)


@employee_changes.post(
    "/employee-changes",
    who=EMPLOYERS,
    scope="changes:write",
    status=HTTPStatus.CREATED,
    location="/employee-changes/{id}",
    creates=True,
    refused=asking.placed,
)
async def ask(call: Call, body: NewEmployeeChange) -> ChangeRow:
    """Ask for a change of an employee's file; a new amount counts from its effective month once it is approved.

    An ID number that somebody else has is refused without telling whose; at most 50 such answers a day (429).
    """
    asked = attrs.evolve(_asked(body), person_id=body.employee_id)
    return await asking.submit(call, _KIND, asked, body.attachments)


@employee_changes.put(
    "/employee-changes/{employee_change_id}", who=EMPLOYERS, scope="changes:write", refused=asking.placed
)
async def ask_again(call: Call, employee_change_id: int, body: EmployeeChangeAgain) -> ChangeRow:
    """Hand in anew a change of a file that was returned or retracted."""
    return await asking.submit_again(call, employee_change_id, body.version, _KIND, _asked(body), body.attachments)


def _asked(body: NewEmployeeChange | EmployeeChangeAgain) -> AskedChange:
    return AskedChange(
        typed=given(body.after),
        seen=given(body.seen),
        effective_month=body.effective_month,
        remark=body.remark,
    )
