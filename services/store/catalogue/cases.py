"""Sentences of the store about cases of money that did not settle, and what is assigned by hand."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "CASE_NOT_OPEN": Text(
        zh="待处理款项 {case} 当前状态为“{state}”，不能指定到缴费通知：请刷新后核对。",
        en="Case {case} is {state}, so its money cannot be assigned to a notice: please reload and look again.",
    ),
    "CURRENCY_DIFFERS": Text(
        zh="款项的币种是 {found}，缴费通知的币种是 {expected}，不能指定：请原路退回。",
        en="The money is in {found}, the notice in {expected}: it cannot be assigned, please refund it.",
    ),
    "CASE_NOT_OPEN/line": Text(
        zh="流水 {line} 没有待处理的款项，不能指定到缴费通知：请刷新后核对。",
        en="No case stands open for line {line}, so its money cannot be assigned: please reload and look again.",
    ),
    "ASSIGNMENT_ASKED": Text(
        zh="这笔款项已有一项待确认的指定：请先确认或驳回。",
        en="An assignment of this money is waiting for its confirmation: please confirm or decline that one first.",
    ),
    "ASSIGNMENT_STATE": Text(
        zh="这项指定已被处理（{state_zh}）：请刷新后核对。",
        en="This assignment has been {state_en} already: please reload and look again.",
    ),
    "SECOND_PERSON_NEEDED/assignment": Text(
        zh="指定款项须由两人办理：请由另一人确认。",
        en="Assigning money takes two people: please let another person confirm.",
    ),
}
