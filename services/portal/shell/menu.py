"""The menus, under the manual's own names (domain §0), and the words by which an entry is found besides.

A menu search takes an entry's name, its pinyin initials, and what people call it otherwise: the manual itself says both
汇缴通知 and 缴费通知, 登陆 and 登录, 模版 and 模板 (F21).
"""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Final

import attrs
from pypinyin import Style, lazy_pinyin

from services.portal.roles import EMPLOYERS, PortalRole, Roles


@attrs.frozen(kw_only=True, slots=False)
class Entry:
    """One entry.

    Attributes:
        path: of its page.
        title: the manual's name.
        also: what people call it otherwise.
        who: to whom it is shown.
    """

    path: str
    title: str
    also: tuple[str, ...] = ()
    who: Roles = EMPLOYERS

    @cached_property
    def search(self) -> str:
        """What a search looks in: name, other names, and the initials of each.

        >>> Entry(path="/", title="缴费通知", also=("汇缴通知",)).search
        '缴费通知 汇缴通知 jftz hjtz'
        """
        names = (self.title, *self.also)
        initials = ("".join(lazy_pinyin(name, style=Style.FIRST_LETTER)) for name in names)
        return " ".join((*names, *initials)).lower()


@attrs.frozen(kw_only=True)
class Group:
    """Entries under one heading; without a title they stand by themselves."""

    title: str
    entries: tuple[Entry, ...]


EMPLOYER_MENU: Final[tuple[Group, ...]] = (
    Group(title="", entries=(Entry(path="/employer/", title="首页", also=("主页",)),)),
    Group(
        title="基本信息",
        entries=(Entry(path="/employer/employees", title="职工管理", also=("职工信息", "员工名单", "重置密码")),),
    ),
    Group(
        title="业务办理",
        entries=(
            Entry(path="/employer/orders", title="汇缴申请", also=("补缴", "新增汇缴申请")),
            Entry(path="/employer/notices", title="缴费通知", also=("汇缴通知", "缴款通知", "摘要")),
        ),
    ),
)
_MENUS: Final[Mapping[PortalRole, tuple[Group, ...]]] = dict.fromkeys(EMPLOYERS, EMPLOYER_MENU)


@cache
def menu_of(role: PortalRole) -> tuple[Group, ...]:
    """Give the menu of a role, without what is not for it."""
    return tuple(_groups(role))


def _groups(role: PortalRole) -> Iterator[Group]:
    for group in _MENUS.get(role, ()):
        entries = tuple(entry for entry in group.entries if role in entry.who)
        if entries:
            yield attrs.evolve(group, entries=entries)
