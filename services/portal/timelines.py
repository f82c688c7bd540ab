"""Timelines of orders and notices, as the API gives them."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum

import attrs

from services.portal.notices.progress import Step
from services.portal.wire import Id
from services.store.timelines import TimelineEvent


class Subject(Enum):
    """What something happened to."""

    ORDER = "order"
    NOTICE = "notice"


@attrs.frozen(kw_only=True)
class EventView:
    """One thing that happened.

    Attributes:
        subject: what it happened to, and its id.
        from_state: empty for something new.
        who_zh: the own user's name, or the office: 住建局, 银行对账.
        reason: why, as the deciding person wrote it; empty when nobody had to say.
        paid_on: the day on which the bank booked the money, when that is what happened.
    """

    at: datetime
    subject: Subject
    subject_id: Id
    from_state: str
    to_state: str
    state_zh: str
    who_zh: str
    who_en: str
    reason: str
    paid_on: date | None


@attrs.frozen(kw_only=True)
class Timeline:
    """What happened, the oldest first.

    Attributes:
        progress: how far it is: submitted, reviewed, due, received by the bank, credited.
    """

    events: tuple[EventView, ...]
    progress: tuple[Step, ...]


def timeline(events: Iterable[TimelineEvent], progress: tuple[Step, ...]) -> Timeline:
    """Show what happened."""
    return Timeline(
        progress=progress,
        events=tuple(
            EventView(
                at=event.at,
                subject=Subject(event.subject_kind),
                subject_id=Id(event.subject_id),
                from_state=event.from_state,
                to_state=event.to_state,
                state_zh=event.state_zh,
                who_zh=event.who_zh,
                who_en=event.who_en,
                reason=event.reason,
                paid_on=event.paid_on,
            )
            for event in events
        ),
    )
