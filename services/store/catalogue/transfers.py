"""Sentences of the store about 员工转入/转出."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "TRANSFER_UNDER_WAY/race": Text(
        zh="名单中有职工刚刚已在办理转出：请刷新后重新选择。",
        en="Somebody on the list has just been put on the way: please reload and choose again.",
    ),
    "TRANSFER_SIDE/new": Text(
        zh="只有转入单位可以确认或拒绝：本单位可以撤回。",
        en="Only the new employer accepts or refuses a transfer: the old one may withdraw it.",
    ),
    "TRANSFER_SIDE/old": Text(
        zh="只有转出单位可以撤回：本单位可以确认或拒绝。",
        en="Only the old employer withdraws a transfer: the new one may accept or refuse it.",
    ),
    "TRANSFER_NOT_RETRACTED": Text(
        zh="转移申请由双方单位确认后提交，不能撤回：需要更正请联系住建局退回。",
        en="A transfer that both employers have confirmed is not retracted: please ask the bureau to send it back.",
    ),
    "TRANSFER_STATE": Text(
        zh="{name}的转移当前为“{state_zh}”，不能{event_zh}：请刷新后核对。",
        en='The transfer of {name} is now "{state_en}" and cannot be {event_en}: please reload and look at it.',
    ),
    "TRANSFER_STATE/some": Text(
        zh="转移当前的状态不允许这项操作：请刷新后核对。",
        en="The state of the transfer does not allow this: please reload and look at it.",
    ),
}
