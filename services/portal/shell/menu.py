"""The menus, under the manual's own names and in its order (domain §0); an entry is shown once its page exists.

Entries are found by `shell.search`, which also knows what people call them otherwise: the manual itself says both
汇缴通知 and 缴费通知, 登陆 and 登录, 模版 and 模板 (F21).
"""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Final

import attrs

from services.portal.roles import (
    AUDITORS,
    BUREAU,
    EMPLOYEES,
    EMPLOYER_ADMINS,
    EMPLOYERS,
    EVERYBODY,
    FINANCE,
    REVIEWERS,
    PortalRole,
    Roles,
)
from services.portal.shell.search import search_text


@attrs.frozen(kw_only=True, slots=False)
class Entry:
    """One entry.

    Attributes:
        path: of its page.
        title: the manual's name.
        sign: the drawing beside it, by its name in shell/static/signs.svg.
        also: what people call it otherwise.
        who: to whom it is shown.
    """

    path: str
    title: str
    sign: str
    also: tuple[str, ...] = ()
    who: Roles = EVERYBODY

    @cached_property
    def search(self) -> str:
        """What a search looks in."""
        return search_text((self.title, *self.also))


@attrs.frozen(kw_only=True)
class Group:
    """Entries under one heading; without a title they stand by themselves."""

    title: str
    entries: tuple[Entry, ...]


EMPLOYER_MENU: Final[tuple[Group, ...]] = (
    Group(title="", entries=(Entry(path="/employer/", title="首页", sign="home", also=("主页", "待办事项")),)),
    Group(
        title="基本信息",
        entries=(
            Entry(
                path="/employer/employer",
                title="单位信息",
                sign="building",
                also=("住房补贴信息", "单位变更记录", "单位交易代码"),
            ),
            Entry(
                path="/employer/employees",
                title="职工管理",
                sign="people",
                also=("职工信息", "员工名单", "员工花名册", "人事档案", "详细资料", "重置个人平台密码", "重置密码"),
            ),
        ),
    ),
    Group(
        title="业务办理",
        entries=(
            Entry(path="/employer/initialisation", title="员工初始化", sign="checks", also=("职工初始化信息",)),
            Entry(
                path="/employer/employer-changes", title="单位信息变更", sign="building-edit", also=("新增变更信息",)
            ),
            Entry(path="/employer/openings", title="职工开户", sign="person-add", also=("新增职工", "员工开户")),
            Entry(
                path="/employer/imports",
                title="职工批量导入",
                sign="upload",
                also=("导入模板", "Excel 导入", "员工批量导入"),
            ),
            Entry(path="/employer/employee-changes", title="职工信息变更", sign="person-edit", also=("员工信息变更",)),
            Entry(path="/employer/seals", title="批量封存/启封", sign="lock", also=("封存", "启封", "停缴", "复缴")),
            Entry(
                path="/employer/transfers",
                title="员工转入/转出",
                sign="transfer",
                also=("职工转移", "批量转出", "转入审核"),
            ),
            Entry(path="/employer/orders", title="汇缴申请", sign="order", also=("补缴", "新增汇缴申请", "指定汇缴")),
            Entry(path="/employer/notices", title="缴费通知", sign="notice", also=("汇缴通知", "缴款通知", "转账摘要")),
            Entry(path="/employer/backfills", title="缴款历史补录", sign="history", also=("历史补录",)),
        ),
    ),
    Group(
        title="住房基金管理",
        entries=(
            Entry(
                path="/employer/withdrawals",
                title="支取申请",
                sign="coins",
                also=("提取", "新增支取申请", "可支取金额"),
            ),
        ),
    ),
    Group(
        title="单位管理",
        entries=(
            Entry(
                path="/employer/information-changes",
                title="信息变更",
                sign="card-edit",
                also=("联系人变更", "管理员变更", "开户银行变更"),
            ),
            Entry(
                path="/employer/colleagues",
                title="经办人管理",
                sign="team",
                also=("用户管理", "复核人", "登录账号"),
                who=EMPLOYER_ADMINS,
            ),
            Entry(path="/employer/checking", title="复核", sign="checks", also=("等待复核", "复核提交")),
            Entry(path="/employer/trail", title="操作记录", sign="history", also=("日志", "谁做了什么")),
        ),
    ),
    Group(
        title="设置",
        entries=(
            Entry(path="/employer/password", title="修改密码", sign="key", also=("登录密码",)),
            Entry(path="/employer/tokens", title="接口令牌", sign="plug", also=("API", "程序接口")),
        ),
    ),
)
BUREAU_MENU: Final[tuple[Group, ...]] = (
    Group(
        title="",
        entries=(
            Entry(path="/", title="工作台", sign="home", also=("首页", "主页"), who=FINANCE | AUDITORS),
            Entry(path="/bureau/", title="待审核", sign="checks", also=("首页", "待办申请", "单位注册"), who=REVIEWERS),
            Entry(
                path="/bureau/applications", title="全部申请", sign="history", also=("已办申请", "查询"), who=REVIEWERS
            ),
            Entry(path="/bureau/notices", title="缴费通知", sign="notice", also=("汇缴通知", "取消通知"), who=BUREAU),
            Entry(
                path="/bureau/initialisations",
                title="员工初始化",
                sign="people",
                also=("重新开放", "职工初始化"),
                who=REVIEWERS,
            ),
            Entry(
                path="/bureau/logins",
                title="单位登录",
                sign="key",
                also=("首次登录", "激活码", "重设密码", "初始密码"),
                who=REVIEWERS,
            ),
            Entry(
                path="/bureau/withdrawals",
                title="支取支付",
                sign="coins",
                also=("支取", "付款"),
                who=FINANCE | AUDITORS,
            ),
            Entry(
                path="/bureau/opening-balances",
                title="期初余额确认",
                sign="checks",
                also=("期初", "可支取"),
                who=FINANCE | AUDITORS,
            ),
            Entry(path="/bureau/password", title="修改密码", sign="key", also=("登录密码",)),
        ),
    ),
)
EMPLOYEE_MENU: Final[tuple[Group, ...]] = (
    Group(
        title="",
        entries=(
            Entry(path="/", title="住房补贴明细", sign="home", also=("首页", "主页")),
            Entry(path="/me/password", title="修改密码", sign="key", also=("登录密码",)),
        ),
    ),
)
_MENUS: Final[Mapping[PortalRole, tuple[Group, ...]]] = {
    **dict.fromkeys(EMPLOYERS, EMPLOYER_MENU),
    **dict.fromkeys(REVIEWERS | FINANCE | AUDITORS, BUREAU_MENU),
    **dict.fromkeys(EMPLOYEES, EMPLOYEE_MENU),
}


@cache
def menu_of(role: PortalRole, paths: frozenset[str]) -> tuple[Group, ...]:
    """Give the menu of a role, without what is not for it and what has no page among `paths`."""
    return tuple(_groups(role, paths))


def _groups(role: PortalRole, paths: frozenset[str]) -> Iterator[Group]:
    for group in _MENUS.get(role, ()):
        entries = tuple(entry for entry in group.entries if role in entry.who and entry.path in paths)
        if entries:
            yield attrs.evolve(group, entries=entries)
