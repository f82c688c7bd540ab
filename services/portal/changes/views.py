"""Changes as the API and the pages show them: each field in words, before and after."""

from datetime import datetime

import attrs

from libsubsidy import ApplicationState, ChangeKind, Month, Violation
from services.portal.wire import Id
from services.store.applications import STATES_ZH
from services.store.change_records import ChangeRecord
from services.store.changes import ChangeApplication


@attrs.frozen(kw_only=True)
class ChangedField:
    """One field, before and after.

    Attributes:
        field: its name in the request.
        label: its name on forms.
        before: in words; empty for nothing.
    """

    field: str
    label: str
    before: str
    after: str


@attrs.frozen(kw_only=True)
class ChangeRow:
    """A change in a list.

    Attributes:
        id: of the application, which other calls name ``application-17``.
        kind_zh: the entry's name.
        employee_id: whose file; null for the employer's own card.
        employee_name: as it was when the change was asked for.
        version: handing in anew, or taking back, names the one it saw.
        changes: what is to change.
        effective_month: from when a new monthly amount counts.
        remark: 备注 of whoever asked.
        reason: why it was returned or rejected.
    """

    id: Id
    kind: ChangeKind
    kind_zh: str
    state: ApplicationState
    state_zh: str
    version: int
    employee_id: Id | None
    employee_name: str
    changes: tuple[ChangedField, ...]
    effective_month: Month | None
    remark: str
    reason: str
    submitted_at: datetime
    decided_at: datetime | None


@attrs.frozen(kw_only=True)
class ChangeView:
    """A change with everything about it.

    Attributes:
        advice: while it waits, what is allowed and yet worth a look.
    """

    change: ChangeRow
    advice: tuple[Violation, ...]


@attrs.frozen(kw_only=True)
class RecordView:
    """变更记录: one field that changed.

    Attributes:
        field: its name, such as ``rank`` or ``state``.
        label: its name in words.
        before: in words; empty for nothing.
        effective_month: from when it counts, where it counts by months.
        application_id: what the bureau approved, such as ``application-17``; null where nobody had to be asked.
        reason: why, where somebody had to say.
        who: the own user who asked for it or did it, or the office.
    """

    id: Id
    at: datetime
    field: str
    label: str
    before: str
    after: str
    effective_month: Month | None
    application_id: str | None
    reason: str
    who: str


def changed_fields(asked: ChangeApplication) -> tuple[ChangedField, ...]:
    """Show what is to change, in the order of the form; the amount says from when it counts."""
    fields = {field.name: field for field in asked.change.kind.fields}
    return tuple(
        ChangedField(
            field=each.field,
            label=fields[each.field].zh,
            before=fields[each.field].shown(each.before),
            after=fields[each.field].shown(each.after),
        )
        for each in asked.change.fields
    )


def change_row(asked: ChangeApplication) -> ChangeRow:
    """Show a change in a list."""
    application = asked.application
    return ChangeRow(
        id=Id(application.id),
        kind=asked.change.kind,
        kind_zh=asked.change.kind.zh,
        state=application.state,
        state_zh=STATES_ZH[application.state],
        version=application.version,
        employee_id=None if asked.person_id is None else Id(asked.person_id),
        employee_name=asked.person_name,
        changes=changed_fields(asked),
        effective_month=asked.change.effective,
        remark=asked.remark,
        reason=application.remark,
        submitted_at=application.submitted_at,
        decided_at=application.decided_at,
    )


def record_view(record: ChangeRecord) -> RecordView:
    """Show a record."""
    return RecordView(
        id=Id(record.id),
        at=record.at,
        field=record.field,
        label=record.label_zh,
        before=record.before_zh,
        after=record.after_zh,
        effective_month=record.effective_month,
        application_id=None if record.application_id is None else f"application-{record.application_id}",
        reason=record.reason,
        who=record.who_zh,
    )
