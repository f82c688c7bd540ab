"""Sentences of the store about payment notices."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "NOTICE_STATE": Text(
        zh="缴费通知 {memo} 当前为“{state_zh}”，不能{event_zh}：请刷新后核对。",
        en='Notice {memo} is now "{state_en}" and cannot be {event_en}: please reload and look at its state.',
    ),
    "NOTICE_STATE/some": Text(
        zh="缴费通知当前的状态不允许这项操作：请刷新后核对。",
        en="The state of the payment notice does not allow this: please reload and look at its state.",
    ),
    "NOTICE_NOTHING_DUE": Text(
        zh="缴费通知 {memo} 当前为“{state_zh}”，没有缴款单：请打开待缴款的通知。",
        en="Notice {memo} no longer waits to be paid, so there is no slip: please open one that does.",
    ),
    "NOTICE_NOT_CREDITED": Text(
        zh="缴费通知 {memo} 当前为“{state_zh}”，还没有回单：入账以后才能下载。",
        en="Notice {memo} has not been credited, so there is no receipt yet: it comes with the credit.",
    ),
    "ONE_EMPLOYER_PER_NOTICE": Text(
        zh="合并缴款的订单必须属于同一个单位：请分别处理。",
        en="The orders of one payment notice belong to one employer: please treat them apart.",
    ),
    "NOTHING_TO_MERGE": Text(
        zh="合并缴款至少需要两张缴费通知：请再选择一张。",
        en="At least two payment notices are needed to merge them: please choose another one.",
    ),
}
