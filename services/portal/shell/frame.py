"""What stands around a page: whose it is, the menu with the entry that is open, and the user's own settings."""

import attrs

from services.portal.calls import Call
from services.portal.live import KINDS
from services.portal.pages import words
from services.portal.pages.registry import Page
from services.portal.shell.menu import Group, menu_of


@attrs.frozen(kw_only=True)
class Frame:
    """The frame of one page.

    Attributes:
        entry: the path of the menu's entry that is open.
        role: the user's role in words.
        live: there is a stream of news for this role.
    """

    title: str
    entry: str
    menu: tuple[Group, ...]
    role: str
    name: str
    live: bool

    @classmethod
    async def load(cls, call: Call, page: Page) -> "Frame | None":
        """Read it; there is none for who has not logged in."""
        identity = call.credentials.identity
        if identity is None:
            return None
        return cls(
            title=page.title,
            entry=page.entry,
            menu=menu_of(identity.role),
            role=words.ROLES[identity.role],
            name=identity.name,
            live=identity.role in KINDS,
        )
