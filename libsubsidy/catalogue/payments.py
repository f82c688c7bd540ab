"""Sentences about a payment that came, and the notice it was for."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "PAID_AMOUNT_DIFFERS": Text(
        zh="缴费通知金额为 {due} 元，实际到账 {paid} 元：请按通知的金额一次付清，原款将退回。",
        en="The notice is for {due} yuan, {paid} yuan arrived: please pay the exact amount at once; this payment is "
        "returned.",
    ),
    "PAID_DUPLICATE": Text(
        zh="缴费通知 {memo} 已经缴款，又收到一笔 {paid} 元：重复的款项将原路退回，无需再付。",
        en="The notice {memo} had been paid when another {paid} yuan arrived: the second payment is returned; nothing "
        "more is due.",
    ),
    "NOTICE_NOT_OPEN": Text(
        zh="缴费通知 {memo} 当前不可缴款（{state}）：请在“缴费通知”中查看有效的通知。",
        en="The notice {memo} cannot be paid now ({state}): please look for the valid one under 缴费通知.",
    ),
}
