"""Applications as the API shows them in lists: who asks for what, since when, and how far it is."""

from datetime import datetime

import attrs

from libsubsidy import Money, Month
from services.portal.wire import Id
from services.store.work_list import WorkItem, WorkKind, WorkState


@attrs.frozen(kw_only=True)
class Applicant:
    """The employer that asks.

    Attributes:
        id: null for one that asks to be registered; it has no code then either.
    """

    id: Id | None
    code: str
    name: str


@attrs.frozen(kw_only=True)
class ApplicationView:
    """An application in the work list.

    Attributes:
        id: kind and number, such as ``order-17``, ``application-3`` or ``registration-5``.
        version: a decision names the one it saw.
        first_month: of an order; null for anything else.
        line_count: lines of an order, people or things of another application.
        total: what is to be paid; for another application, what it comes to.
        notice_id: the payment notice of an approved order.
        remark: why it was returned, rejected or cancelled.
        submitted_at: since when it waits.
    """

    id: str
    kind: WorkKind
    state: WorkState
    version: int
    employer: Applicant
    first_month: Month | None
    last_month: Month | None
    line_count: int
    person_count: int
    total: Money
    notice_id: Id | None
    remark: str
    submitted_at: datetime
    decided_at: datetime | None


def application_view(item: WorkItem) -> ApplicationView:
    """Show an application as the work list has it."""
    employer_id = None if item.employer_id is None else Id(item.employer_id)
    return ApplicationView(
        id=str(item.ref),
        kind=item.kind,
        state=item.state,
        version=item.version,
        employer=Applicant(id=employer_id, code=item.employer_code, name=item.employer_name),
        first_month=None if item.first_month is None else Month.parse(item.first_month),
        last_month=None if item.last_month is None else Month.parse(item.last_month),
        line_count=item.line_count,
        person_count=item.person_count,
        total=item.total,
        notice_id=None if item.notice_id is None else Id(item.notice_id),
        remark=item.remark,
        submitted_at=item.submitted_at,
        decided_at=item.decided_at,
    )
