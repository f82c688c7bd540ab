"""变更记录: what changed on the own card and in the files of the own people, field by field (F28, F33)."""

from services.portal.calls import Call
from services.portal.changes.views import RecordView, record_view
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.endpoints import Endpoints
from services.portal.roles import EMPLOYERS
from services.store import change_records, employee_lists
from services.store.change_records import ChangeRecord

change_history = Endpoints(tag="变更 changes")


@change_history.get("/employer/change-records", who=EMPLOYERS, scope="changes:read")
async def of_employer(call: Call, query: PageQuery) -> Page[RecordView]:
    """List what changed on the employer's card, the newest first."""
    found = await change_records.of_employer(
        call.connection, call.employer_id, before=query.after_id(), limit=query.limit + 1
    )
    return page_of(found, query, record_view, _key)


@change_history.get("/employees/{employee_id}/change-records", who=EMPLOYERS, scope="changes:read")
async def of_employee(call: Call, employee_id: int, query: PageQuery) -> Page[RecordView]:
    """List what changed in an employee's file with this employer: data, amounts, seals, transfers; the newest first."""
    employee = await employee_lists.get(call.connection, call.employer_id, employee_id, call.today)
    found = await change_records.of_employment(
        call.connection, employee.employment_id, before=query.after_id(), limit=query.limit + 1
    )
    return page_of(found, query, record_view, _key)


def _key(record: ChangeRecord) -> tuple[int]:
    return (record.id,)
