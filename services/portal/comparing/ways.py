"""Where each reason for an absence is mended: the page of the menu, under the manual's name."""

from collections.abc import Mapping
from typing import Final

import attrs

from libsubsidy import Violation


@attrs.frozen
class Way:
    """A page that leads out."""

    title: str
    path: str


_OPENINGS: Final = Way("职工开户", "/employer/openings")
_SEALS: Final = Way("批量封存/启封", "/employer/seals")
_TRANSFERS: Final = Way("员工转入/转出", "/employer/transfers")
_CHANGES: Final = Way("职工信息变更", "/employer/employee-changes")
_ORDERS: Final = Way("新增汇缴申请", "/employer/orders/new")
WAYS: Final[Mapping[str, Way]] = {
    "NOT_ACTIVE": _OPENINGS,
    "SEALED": _SEALS,
    "TRANSFER_IN_PROCESS": _TRANSFERS,
    "START_MONTH_MISSING": _CHANGES,
    "START_MONTH_AFTER": _ORDERS,
    "ALREADY_PAID_THROUGH": _ORDERS,
    "BP_NOT_BEFORE_START": _ORDERS,
    "ABSENT_WITHOUT_AMOUNT": _CHANGES,
}
# The reasons in a few words, as headings of those whom they concern.
REASONS: Final[Mapping[str, str]] = {
    "ABSENT_UNTICKED": "没有勾选",
    "ABSENT_WITHOUT_AMOUNT": "没有每月缴费金额",
    "NOT_ACTIVE": "开户未完成",
    "SEALED": "已封存",
    "TRANSFER_IN_PROCESS": "正在转出",
    "ENDED": "已离开本单位",
    "START_MONTH_MISSING": "没有汇缴开始月份",
    "START_MONTH_AFTER": "未到汇缴开始月份",
    "ALREADY_PAID_THROUGH": "期初已缴至该月",
    "MONTH_TOO_FAR": "月份太晚",
    "MONTH_ALREADY_LIVE": "该月已缴",
    "MONTH_ALREADY_REMITTED": "该月已缴",
    "BP_FUTURE_MONTH": "月份晚于本月",
    "BP_NOT_BEFORE_START": "没有进行过汇缴",
}


def way_of(reason: Violation, employer_name: str) -> Way | None:
    """Give the page that mends a reason; of a month that an own order pays that order's.

    >>> from libsubsidy import Violation
    >>> live = Violation.of("MONTH_ALREADY_LIVE", name="张三", month="2020-04", employer="甲局", order="#17")
    >>> way_of(live, "甲局").path, way_of(live, "乙局")
    ('/employer/orders/17', None)
    """
    order = str(reason.params.get("order", ""))
    if reason.code == "MONTH_ALREADY_LIVE" and order.startswith("#") and reason.params["employer"] == employer_name:
        return Way(f"订单 {order[1:]}", f"/employer/orders/{order[1:]}")
    return WAYS.get(reason.code)
