"""What stands around a page: whose it is, where it lies in the menu, and how its user wants it to look.

It is drawn with every page, so it costs little: the menu of a role is made once, and one query of two small parts asks for
the rest.
"""

import json
from typing import Final

import attrs
from aiohttp import web

from services.portal.calls import Call
from services.portal.live import KINDS
from services.portal.pages import words
from services.portal.pages.registry import Page
from services.portal.shell.menu import Entry, Group, menu_of
from services.portal.shell.preferences import WHO_KEEP
from services.portal.shell.search import SAME
from services.store import page_frames
from services.store.preferences import COLOURS, SCHEMES, Preferences

# The addresses of all pages; an entry of the menu without a page is not shown.
PATHS: Final = web.AppKey("paths", frozenset[str])
_COLOUR_NAMES: Final = ("海蓝", "青碧", "松绿", "紫藤", "朱红", "赭石", "石墨")
_SCHEME_NAMES: Final = ("跟随系统", "浅色", "深色")
_PASSWORD: Final = "修改密码"  # noqa: S105 - the entry where the password is changed.


@attrs.frozen(kw_only=True)
class Frame:
    """The frame of one page.

    Attributes:
        entry: the path of the menu's entry that is open.
        crumbs: what lies above the page: titles, and paths where there is a page.
        role: the user's role in words.
        live: there is a stream of news for this role.
        keeps: what the user sets is kept by the server, and there are notes.
        notices: how many notices wait to be paid.
        password_path: where the own password is changed; empty where there is no such page.
    """

    title: str
    entry: str
    crumbs: tuple[tuple[str, str], ...]
    menu: tuple[Group, ...]
    role: str
    name: str
    employer_name: str
    employer_code: str
    live: bool
    keeps: bool
    notices: int
    password_path: str
    preferences: Preferences
    colours: tuple[tuple[str, str], ...] = tuple(zip(COLOURS, _COLOUR_NAMES, strict=True))
    schemes: tuple[tuple[str, str], ...] = tuple(zip(SCHEMES, _SCHEME_NAMES, strict=True))
    same: str = json.dumps(SAME, ensure_ascii=False)

    @classmethod
    async def load(cls, call: Call, page: Page) -> "Frame | None":
        """Read it; there is none for who has not logged in."""
        identity = call.credentials.identity
        if identity is None:
            return None
        menu = menu_of(identity.role, call.request.app[PATHS])
        around = await page_frames.read(call.connection, identity.employer_id)
        entries = [entry for group in menu for entry in group.entries]
        opened = next((entry for entry in entries if entry.path == page.entry), None)
        return cls(
            title=page.title or (opened.title if opened else ""),
            entry=page.entry,
            crumbs=_crumbs(menu, opened, page),
            menu=menu,
            role=words.ROLES[identity.role],
            name=identity.name,
            employer_name=around.employer_name,
            employer_code=around.employer_code,
            live=identity.role in KINDS,
            keeps=identity.role in WHO_KEEP,
            notices=around.notices,
            password_path=next((entry.path for entry in entries if entry.title == _PASSWORD), ""),
            preferences=around.preferences,
        )


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
