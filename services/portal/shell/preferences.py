"""个人设置 preferences: how a user's pages look, kept by the server so that they look so on every machine (F20, F22)."""

from typing import Final

import attrs

from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.roles import AUDITORS, EVERYBODY, Roles
from services.store import preferences as store

# Nothing that an auditor does writes anything, not even this: PostgreSQL itself keeps it so.
WHO_KEEP: Final[Roles] = EVERYBODY - AUDITORS

preferences = Endpoints(tag="个人设置 preferences")


@attrs.frozen(kw_only=True)
class PreferencesView:
    """How the own pages look.

    Attributes:
        folded: the menu shows its signs only.
        colour: blue, cyan, green, purple, red, brown or gray.
        scheme: system, light or dark.
        page_size: how many rows lists show at once: 10, 20, 50, 100 or 200.
    """

    folded: bool
    colour: str
    scheme: str
    page_size: int


@attrs.frozen(kw_only=True)
class ChangedPreferences:
    """What to set; what is left out stays as it is.

    Attributes:
        folded: the menu shows its signs only.
        colour: blue, cyan, green, purple, red, brown or gray.
        scheme: system, light or dark.
        page_size: how many rows lists show at once: 10, 20, 50, 100 or 200.
    """

    folded: bool | None = None
    colour: str | None = None
    scheme: str | None = None
    page_size: int | None = None


@preferences.get("/me/preferences", who=EVERYBODY)
async def get(call: Call) -> PreferencesView:
    """Read how the own pages look."""
    return _view(await store.own(call.connection))


@preferences.put("/me/preferences", who=WHO_KEEP)
async def change(call: Call, body: ChangedPreferences) -> PreferencesView:
    """Set how the own pages look; what is left out stays as it is."""
    return _view(await store.change(call.connection, **attrs.asdict(body)))


def _view(kept: store.Preferences) -> PreferencesView:
    return PreferencesView(**attrs.asdict(kept))
