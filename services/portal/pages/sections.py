"""Sections: what a page is made of. Each reads the store as its user, and is rendered anew when the news concern it."""

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any, Final

import aiohttp_jinja2
import attrs
import jinja2
from markupsafe import Markup

from services.portal.calls import Call
from services.portal.identity import Identity
from services.portal.roles import PortalRole, Roles
from services.store.database import Connection

# A page shows the newest of everything; whole lists are the API's.
ROWS_MAX: Final = 20

# Some kilobytes each.
_KEPT_MAX: Final = 512

Facts = Mapping[str, Any]
Load = Callable[[Connection, Identity], Awaitable[Facts]]


@attrs.frozen(kw_only=True, eq=False)
class Section:
    """One card of a page.

    Attributes:
        name: in its address and of its template.
        title: its heading, under the manual's name where the manual has one.
        who: whose page it is on.
        kinds: the news that it listens to (`services.portal.live`).
        load: reads what its template shows, in a transaction of the user's own role.
        words: what its template writes states and kinds with.
    """

    name: str
    title: str
    who: Roles
    kinds: tuple[str, ...]
    load: Load
    words: Facts = attrs.field(factory=dict)

    @property
    def template(self) -> str:
        """The template of what is within the card."""
        return f"sections/{self.name}.html"

    @property
    def triggers(self) -> str:
        """When the browser asks for it again: at its news, and whenever the stream of news begins."""
        return ", ".join(("refresh", *(f"sse:{kind}" for kind in self.kinds)))


def tag_of(content: bytes) -> str:
    """Name exactly this content: what is shown already is not replaced, so that nothing flickers."""
    return hashlib.sha256(content).hexdigest()[:16]


@attrs.frozen(slots=False)
class Shown:
    """A section with what was read for it; it is rendered when it is first asked for, after the end of the transaction."""

    section: Section
    facts: Facts
    templates: jinja2.Environment

    @cached_property
    def _drawn(self) -> tuple[Markup, str]:
        template = self.templates.get_template(self.section.template)
        try:
            return _rendered(template, self.section, tuple(self.facts.items()))
        except TypeError:  # Something in it has no hash.
            return _rendered.__wrapped__(template, self.section, tuple(self.facts.items()))

    @property
    def content(self) -> Markup:
        """What is within the card."""
        return self._drawn[0]

    @property
    def tag(self) -> str:
        """What names exactly this content."""
        return self._drawn[1]


# Pages are asked for far more often than what they show changes, and writing a table takes longer than reading its rows.
@lru_cache(maxsize=_KEPT_MAX)
def _rendered(template: jinja2.Template, section: Section, facts: tuple[tuple[str, object], ...]) -> tuple[Markup, str]:
    # The templates escape what they are given, and need nothing of the request.
    content = Markup(template.render(dict(section.words) | dict(facts)))  # noqa: S704
    return content, tag_of(content.encode())


async def shown(call: Call, *sections: Section) -> Facts:
    """Give what a page of sections shows; each follows the news by itself."""
    templates = aiohttp_jinja2.get_env(call.request.app)
    return {"sections": [Shown(each, await each.load(call.connection, call.identity), templates) for each in sections]}


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
