"""What a token may be allowed: the scopes of the calls that its user's role may make, read from the table of calls."""

from collections.abc import Iterable, Mapping
from typing import Final

from aiohttp import web

from services.portal.endpoints import Endpoint
from services.portal.roles import PortalRole

# What each scope is for, on pages; tests/portal/colleagues/test_pages.py proves that none is missing.
SCOPES_ZH: Final[Mapping[str, str]] = {
    "applications:decide": "审核申请",
    "applications:read": "查看申请",
    "applications:write": "提交、复核和撤回申请",
    "assignments:decide": "复核手工指定",
    "assignments:read": "查看手工指定",
    "assignments:write": "申请手工指定",
    "attachments:read": "查看附件",
    "attachments:write": "上传附件",
    "cases:read": "查看待处理款项",
    "changes:read": "查看变更",
    "changes:write": "申请变更",
    "employees:read": "查看职工档案和明细账",
    "employees:write": "职工开户和维护",
    "employer:read": "查看单位信息",
    "events:read": "接收实时动态",
    "ledger:read": "查看本人明细账",
    "me:read": "查看当前身份",
    "memo:check": "检查转账摘要",
    "notices:decide": "合并和作废缴费通知",
    "notices:read": "查看缴费通知",
    "orders:read": "查看汇缴申请",
    "orders:submit": "提交和撤回汇缴申请",
    "orders:write": "填写汇缴申请",
    "statements:read": "查看对账单",
    "statements:write": "上传对账单",
    "transfers:read": "查看员工转移",
    "transfers:write": "办理员工转入和转出",
    "withdrawals:read": "查看支取申请和可支取金额",
    "withdrawals:write": "提交支取申请",
}

ScopesOfRoles = Mapping[PortalRole, frozenset[str]]
SCOPES: Final[web.AppKey[ScopesOfRoles]] = web.AppKey("scopes")


def scopes_of(endpoints: Iterable[Endpoint]) -> ScopesOfRoles:
    """Give the scopes that each role can give to a token."""
    calls = tuple(endpoints)
    return {
        role: frozenset(call.scope for call in calls if call.scope and call.who is not None and role in call.who)
        for role in PortalRole
    }
