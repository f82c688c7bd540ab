"""Sections: what a page is made of. Each reads the store as its user, and is rendered anew when the news concern it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final

import attrs

from services.portal.identity import Identity
from services.portal.roles import PortalRole, Roles
from services.store.database import Connection

# A page shows the newest of everything; whole lists are the API's.
ROWS_MAX: Final = 20

Facts = Mapping[str, Any]
Load = Callable[[Connection, Identity], Awaitable[Facts]]


@attrs.frozen(kw_only=True)
class Section:
    """One card of a page.

    Attributes:
        name: in its address and of its template.
        title: its heading, under the manual's name where the manual has one.
        who: whose page it is on.
        kinds: the news that it listens to (`services.portal.live`).
        load: reads what its template shows, in a transaction of the user's own role.
    """

    name: str
    title: str
    who: Roles
    kinds: tuple[str, ...]
    load: Load

    @property
    def template(self) -> str:
        """The template of what is within the card."""
        return f"sections/{self.name}.html"

    @property
    def triggers(self) -> str:
        """When the browser asks for it again: at its news, and whenever the stream of news begins."""
        return ", ".join(("refresh", *(f"sse:{kind}" for kind in self.kinds)))


@attrs.frozen
class Sections:
    """All sections, in the order in which pages show them."""

    _all: tuple[Section, ...]

    def of(self, role: PortalRole) -> Iterator[Section]:
        """Give the sections of a role's page."""
        return (section for section in self._all if role in section.who)

    def find(self, name: str, role: PortalRole) -> Section | None:
        """Give one of them; what is another role's does not exist."""
        return next((section for section in self.of(role) if section.name == name), None)
