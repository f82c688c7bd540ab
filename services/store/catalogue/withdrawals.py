"""Sentences of the store about 支取申请 and confirmed openings."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "WITHDRAWAL_STATE": Text(
        zh="{name}的支取当前为“{state_zh}”，不能{event_zh}：请刷新后核对。",
        en='The withdrawal of {name} is now "{state_en}" and cannot be {event_en}: please reload and look at it.',
    ),
    "WITHDRAWAL_STATE/some": Text(
        zh="支取当前的状态不允许这项操作：请刷新后核对。",
        en="The state of the withdrawal does not allow this: please reload and look at it.",
    ),
    "WITHDRAWAL_EXCEEDS/race": Text(
        zh="支取金额超过现在可支取的金额：请刷新页面，按显示的可支取金额重新填写。",
        en="More is asked for than can be withdrawn now: please reload, and ask for no more than is shown.",
    ),
    "SECOND_PERSON_NEEDED/withdrawal": Text(
        zh="这笔支取由您审核通过，不能由您支付：请另一位财务人员办理。",
        en="You have approved this withdrawal, so somebody else of finance has to pay it.",
    ),
    "OPENINGS_CONFIRMED": Text(
        zh="这个单位没有待确认的期初余额：请刷新后核对。",
        en="No openings of this employer wait for confirmation: please reload.",
    ),
    "OPENINGS_DIFFER": Text(
        zh="页面上的期初余额合计是 {shown} 元，现在是 {now} 元：请刷新页面，核对后再确认。",
        en="The page showed openings of {shown} yuan, now they come to {now}: please reload, compare, and confirm again.",
    ),
}
