"""What stands around a page: whose it is, where it lies in the menu, and how its user wants it to look.

It is drawn with every page, so it costs little: the menu of a role is made once and drawn once for each of its entries, and
one query of two small parts asks for the rest.
"""

import json
from functools import lru_cache
from typing import Final

import aiohttp_jinja2
import attrs
import jinja2
from aiohttp import web
from markupsafe import Markup

from services.portal.calls import Call
from services.portal.live import KINDS
from services.portal.pages import words
from services.portal.pages.registry import Page
from services.portal.roles import PortalRole
from services.portal.shell.menu import Entry, Group, menu_of
from services.portal.shell.preferences import WHO_KEEP
from services.portal.shell.search import SAME
from services.store import page_frames
from services.store.preferences import COLOURS, SCHEMES, Preferences

# The addresses of all pages; an entry of the menu without a page is not shown.
PATHS: Final = web.AppKey("paths", frozenset[str])
_COLOURS: Final = tuple(zip(COLOURS, ("海蓝", "青碧", "松绿", "紫藤", "朱红", "赭石", "石墨"), strict=True))
_SCHEMES: Final = tuple(zip(SCHEMES, ("跟随系统", "浅色", "深色"), strict=True))
_SAME: Final = json.dumps(SAME, ensure_ascii=False)
# Of a few roles, each with some dozens of entries, and few numbers of waiting notices.
_SIDES_KEPT_MAX: Final = 1024
_LOOKS_KEPT_MAX: Final = 256
_PASSWORD: Final = "修改密码"  # noqa: S105 - the entry where the password is changed.


@attrs.frozen(kw_only=True)
class Frame:
    """The frame of one page.

    Attributes:
        crumbs: what lies above the page: titles, and paths where there is a page.
        role: the user's role in words.
        side: the menu, drawn.
        looks: the choice of colours, drawn.
        live: there is a stream of news for this role.
        keeps: what the user sets is kept by the server, and there are notes.
        password_path: where the own password is changed; empty where there is no such page.
    """

    title: str
    crumbs: tuple[tuple[str, str], ...]
    side: Markup
    looks: Markup
    role: str
    name: str
    employer_name: str
    employer_code: str
    live: bool
    keeps: bool
    password_path: str
    preferences: Preferences

    @classmethod
    async def load(cls, call: Call, page: Page) -> "Frame | None":
        """Read it; there is none for who has not logged in."""
        identity = call.credentials.identity
        if identity is None:
            return None
        paths = call.request.app[PATHS]
        templates = aiohttp_jinja2.get_env(call.request.app)
        keeps = identity.role in WHO_KEEP
        menu = menu_of(identity.role, paths)
        around = await page_frames.read(call.connection, identity.employer_id)
        entries = [entry for group in menu for entry in group.entries]
        opened = next((entry for entry in entries if entry.path == page.entry), None)
        return cls(
            title=page.title or (opened.title if opened else ""),
            crumbs=_crumbs(menu, opened, page),
            side=_side(templates, identity.role, paths, page.entry, around.notices),
            looks=_looks(templates, around.preferences, keeps=keeps),
            role=words.ROLES[identity.role],
            name=identity.name,
            employer_name=around.employer_name,
            employer_code=around.employer_code,
            live=identity.role in KINDS,
            keeps=keeps,
            password_path=next((entry.path for entry in entries if entry.title == _PASSWORD), ""),
            preferences=around.preferences,
        )


@lru_cache(maxsize=_SIDES_KEPT_MAX)
def _side(templates: jinja2.Environment, role: PortalRole, paths: frozenset[str], opened: str, notices: int) -> Markup:
    """Draw the menu with the entry that is open, and with how many notices wait to be paid."""
    template = templates.get_template("shell/templates/side.html")
    facts = {"menu": menu_of(role, paths), "opened": opened, "notices": notices, "same": _SAME}
    return Markup(template.render(facts))  # noqa: S704 -- the template escapes what it is given.


@lru_cache(maxsize=_LOOKS_KEPT_MAX)
def _looks(templates: jinja2.Environment, preferences: Preferences, *, keeps: bool) -> Markup:
    """Draw the choice of colours, with what the user has chosen."""
    template = templates.get_template("shell/templates/looks.html")
    facts = {"colours": _COLOURS, "schemes": _SCHEMES, "preferences": preferences, "keeps": keeps}
    return Markup(template.render(facts))  # noqa: S704 -- the template escapes what it is given.


def _crumbs(menu: tuple[Group, ...], opened: Entry | None, page: Page) -> tuple[tuple[str, str], ...]:
    """Give what lies above a page: home, the group, and the entry unless it is the page itself."""
    home = menu[0].entries[0] if menu else None
    if home is None or page.path == home.path:
        return ()
    crumbs = [(home.title, home.path)]
    if opened is not None:
        group = next(group for group in menu if opened in group.entries)
        if group.title:
            crumbs.append((group.title, ""))
        if opened is not home and page.path != opened.path:
            crumbs.append((opened.title, opened.path))
    return tuple(crumbs)
