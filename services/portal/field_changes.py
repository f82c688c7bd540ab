"""What an application would change, field by field, before and after: what a reviewer compares with the papers (F37, F116).

Each kind of application says for itself what it shows; a kind that is not here shows people or lines instead.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import attrs

from libsubsidy import CARD_FIELDS
from services.store.applications import ApplicationKind
from services.store.database import Connection
from services.store.registrations import Registration


@attrs.frozen(kw_only=True)
class FieldChange:
    """One field.

    Attributes:
        label: what the field is called on forms.
        before: as it was on file when the change was asked for; empty for what is new.
        after: as it is to be; empty where it is to be empty.
    """

    label: str
    before: str
    after: str


# By the kind; asked with the application's id, in a transaction of who looks at it.
Shown = Callable[[Connection, int], Awaitable[tuple[FieldChange, ...]]]
SHOWN: Final[Mapping[ApplicationKind, Shown]] = {}


async def of_application(connection: Connection, kind: ApplicationKind, application_id: int) -> tuple[FieldChange, ...]:
    """Give what an application would change; nothing for a kind that shows people instead."""
    shown = SHOWN.get(kind)
    return () if shown is None else await shown(connection, application_id)


def of_registration(registration: Registration) -> tuple[FieldChange, ...]:
    """Give the card of an employer that would be there; what was left empty is not shown."""
    texts = ((field, getattr(registration.card, field.name)) for field in CARD_FIELDS)
    return tuple(FieldChange(label=field.zh, before="", after=field.shown(text)) for field, text in texts if text)
