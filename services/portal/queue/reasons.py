"""Standard reasons: what reviewers write again and again (P3 "return with standard reasons"); each says what to do.

A reviewer picks one and adds to it; what is sent is the text, so that nothing refers to this list.
"""

from collections.abc import Mapping
from typing import Final

from services.store.work_list import RefKind, WorkKind

_PAPERS: Final = (
    "附件不清晰或不完整，请重新拍照上传。",
    "附件没有加盖单位公章，请盖章后重新上传。",
    "附件与填写的内容不一致，请核对后修改。",
)
_ORDER: Final = (
    "金额与档案不符，请核对后修改，或先办理职工信息变更。",
    "职工名单有误，请核对后修改。",
    "月份有误，请核对后修改。",
)
_REGISTRATION: Final = (
    *_PAPERS,
    "单位名称与证书不一致，请按证书填写。",
    "不属于本市管理的单位，请向所在地住建局申请。",
)
_PEOPLE: Final = (*_PAPERS, "姓名或身份证号码与证件不一致，请核对后修改。", "级别或每月缴费金额缺少依据，请补充证明。")
_WITHDRAWAL: Final = (
    *_PAPERS,
    "证明材料与支取原因不符，请按支取原因补充证明。",
    "收款账户与收款人不符，请对照银行卡核对后修改。",
    "支取金额缺少依据，请补充证明或修改金额。",
)
_BACKFILL: Final = (
    *_PAPERS,
    "凭证与补录的月份或金额不一致，请核对后修改。",
    "缺少部分月份的缴款凭证，请补充或删除这些月份。",
    "这些月份应办理汇缴或补缴，请从补录中删除。",
)
_OF_KIND: Final[Mapping[RefKind, tuple[str, ...]]] = {
    RefKind.ORDER: _ORDER,
    RefKind.REGISTRATION: _REGISTRATION,
    RefKind.APPLICATION: _PAPERS,
}
_OF_WORK: Final[Mapping[WorkKind, tuple[str, ...]]] = {
    WorkKind.WITHDRAWAL: _WITHDRAWAL,
    WorkKind.BACKFILL: _BACKFILL,
}
_OF_PEOPLE: Final = frozenset({WorkKind.EMPLOYEE_OPENING, WorkKind.EMPLOYEE_IMPORT, WorkKind.EMPLOYEE_CHANGE})


def standard_reasons(ref: RefKind, kind: WorkKind) -> tuple[str, ...]:
    """Give the reasons that fit a kind of application.

    >>> standard_reasons(RefKind.ORDER, WorkKind.REGULAR)[0]
    '金额与档案不符，请核对后修改，或先办理职工信息变更。'
    """
    if (reasons := _OF_WORK.get(kind)) is not None:
        return reasons
    return _PEOPLE if kind in _OF_PEOPLE else _OF_KIND[ref]
