"""How the trail is told to an employer: what was done to what, in the words of the pages.

>>> told("order", 17, "submitted"), told("user", 3, "logged_in"), told("thing", 1, "odd")
(('汇缴申请 17', '提交'), ('用户', '登录'), ('thing 1', 'odd'))
>>> told("transfer", 1, "refused"), told("employment", 2, "amount set")
(('员工转移 1', '转入单位拒绝'), ('职工档案 2', '设定每月缴费金额'))
"""

import re
from collections.abc import Mapping
from typing import Final

from libsubsidy import Money
from libsubsidy.catalogue.decisions import VERDICT_WORDS

SUBJECTS: Final[Mapping[str, str]] = {
    "amount_list": "金额名单",
    "application": "申请",
    "assignment": "手工指定",
    "case": "待处理款项",
    "employee_import": "职工批量导入",
    "employer": "单位",
    "employment": "职工档案",
    "initialisation": "员工初始化",
    "notice": "缴费通知",
    "order": "汇缴申请",
    "registration": "单位注册",
    "seal_batch": "批量封存/启封",
    "token": "接口令牌",
    "transfer": "员工转移",
    "user": "用户",
}
# Users are told by their names, an employer is the own one.
_WITHOUT_NUMBER: Final = frozenset({"user", "employer", "initialisation"})
_ACTS: Final[Mapping[tuple[str, str], str]] = {
    ("user", "active"): "启用",
    ("user", "disabled"): "停用",
    ("user", "employer"): "设为单位管理员",
    ("user", "employer_clerk"): "设为经办人",
    ("user", "employer_checker"): "设为复核人",
    ("employer", "active"): "登记",
    ("employer", "openings_confirmed"): "确认期初余额",
    ("employer", "reopened"): "重新开放员工初始化",
    ("employment", "amount set"): "设定每月缴费金额",
    ("token", "made"): "新建",
    ("token", "revoked"): "撤销",
    ("employee_import", "checked"): "核对",
    ("application", "draft"): "准备",
    ("case", "open"): "来款未能入账，待处理",
    ("case", "assigned"): "指定入账",
    ("case", "batched"): "列入退款",
    ("case", "sent"): "退款已发出",
    ("case", "completed"): "退款完成",
    ("notice", "awaiting"): "生成，待缴款",
    ("order", "approved"): "审核通过，待缴款",
    ("order", "thrown_away"): "删除草稿",
    ("transfer", "started"): "办理转出，待转入单位确认",
    ("transfer", "accepted"): "转入单位确认",
    ("transfer", "done"): "完成",
    ("transfer", "refused"): "转入单位拒绝",
    ("transfer", "rejected"): "住建局不同意",
    ("transfer", "withdrawn"): "转出单位撤回",
    ("transfer", "expired"): "到期没有答复，退回",
}
_OF_ANYTHING: Final[Mapping[str, str]] = {
    "active": "生效",
    "approved": "审核通过",
    "cancelled": "取消",
    "card_changed": "变更单位信息",
    "checker_needed": "开启复核",
    "checker_not_needed": "关闭复核",
    "credited": "入账",
    "draft": "新建草稿",
    "ended": "终止",
    "file_changed": "变更档案",
    "first_login_opened": "开通首次登录",
    "handed_back": "退回经办人",
    "in_review": "受理",
    "initialised": "提交员工初始化",
    "logged_in": "登录",
    "logged_out": "退出",
    "merged": "合并缴款",
    "paid": "到账",
    "password_changed": "修改密码",
    "password_reset": "重设密码",
    "pending": "申请开户",
    "persons_named": "查询他人",
    "prepared": "准备完毕，等待复核",
    "received": "上传",
    "rejected": "拒绝",
    "retracted": "撤回",
    "returned": "退回",
    "revised": "修改",
    "sealed": "封存",
    "submitted": "提交",
    "transferring": "办理转出",
}


_REASONS: Final[Mapping[str, str]] = {
    key.partition(" ")[2]: text.zh for key, text in VERDICT_WORDS.items() if " " in key
}
# As statements write them that note a fact and not what somebody has said.
_FEN: Final = re.compile(r"([0-9]{1,18}) fen")
_ORDER: Final = re.compile(r"order ([0-9]{1,18})")


def reason_told(reason: str) -> str:
    """Give a reason as people read it: what a person has written as it is, the code of a decision or an amount in words.

    >>> reason_told("请核对"), reason_told(""), reason_told("57725 fen"), reason_told("order 17")
    ('请核对', '', '577.25 元', '汇缴申请 17')
    """
    if found := _FEN.fullmatch(reason):
        return f"{Money(fen=int(found[1]))} 元"
    if found := _ORDER.fullmatch(reason):
        return f"{SUBJECTS['order']} {found[1]}"
    return _REASONS.get(reason, reason)


def told(kind: str, number: int, state: str) -> tuple[str, str]:
    """Give the words for what something was done to, and for what was done."""
    subject = SUBJECTS.get(kind, kind)
    act = _ACTS.get((kind, state)) or _OF_ANYTHING.get(state, state)
    return subject if kind in _WITHOUT_NUMBER else f"{subject} {number}", act
