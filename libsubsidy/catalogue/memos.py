"""Sentences about the transfer memo (摘要). Each says what to write on the transfer slip instead."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "MEMO_MISSING": Text(
        zh="摘要中没有找到支付码：请把缴费通知上的 11 位支付码写在摘要最前面，例如 75256xA7W5o。",
        en="There is no payment memo in the text: please write the 11 characters of the payment notice at its very "
        "beginning, for example 75256xA7W5o.",
    ),
    "MEMO_LEADING_BLANK": Text(
        zh="支付码前面有空格或不可见字符：请删除，让摘要直接以 {memo} 开头。",
        en="There are blanks or invisible characters before the memo: please delete them, so that the text begins "
        "with {memo}.",
    ),
    "MEMO_NOT_AT_START": Text(
        zh="支付码前面有其他文字“{prefix}”：请让摘要直接以 {memo} 开头，其他文字写在后面。",
        en='There is other text before the memo ("{prefix}"): please begin with {memo} and write other text behind it.',
    ),
    "MEMO_FULL_WIDTH": Text(
        zh="支付码中有全角字符：请切换到半角，写成 {memo}。",
        en="The memo contains full-width characters: please type plain ones, {memo}.",
    ),
    "MEMO_BLANK_INSIDE": Text(
        zh="支付码中间有空格或不可见字符：请删除，写成 {memo}。",
        en="There are blanks or invisible characters inside the memo: please delete them, {memo}.",
    ),
    "MEMO_SEPARATOR_UPPER": Text(
        zh="单位交易代码后面应为小写字母 x，现在是大写 X：请写成 {memo}。",
        en="After the employer code comes a lower-case x, not a capital X: please write {memo}.",
    ),
    "MEMO_TERMINATOR_UPPER": Text(
        zh="订单号后面应为小写字母 o，现在是大写 O：请写成 {memo}。",
        en="After the order code comes a lower-case o, not a capital O: please write {memo}.",
    ),
    "MEMO_CODE_LOWER": Text(
        zh="订单号中的字母应为大写：请写成 {memo}。",
        en="The letters of the order code are capitals: please write {memo}.",
    ),
    "MEMO_SEPARATOR_CONFUSED": Text(
        zh="单位交易代码后面应为小写字母 x，现在是“{found}”：应写成 {memo}。",
        en='After the employer code comes a lower-case x, not "{found}": {memo}.',
    ),
    "MEMO_TERMINATOR_CONFUSED": Text(
        zh="订单号后面应为小写字母 o，现在是“{found}”：应写成 {memo}。",
        en='After the order code comes the lower-case letter o, not "{found}": {memo}.',
    ),
    "MEMO_DIGIT_CONFUSED": Text(
        zh="单位交易代码应为数字，其中的“{found}”应为“{meant}”：应写成 {memo}。",
        en='The employer code consists of digits; "{found}" stands where "{meant}" should: {memo}.',
    ),
    "MEMO_SEPARATOR_MISSING": Text(
        zh="单位交易代码和订单号之间缺少小写字母 x：应写成 {memo}。",
        en="The lower-case x between employer code and order code is missing: {memo}.",
    ),
    "MEMO_TERMINATOR_MISSING": Text(
        zh="订单号后面缺少小写字母 o（也可能被银行截断）：应写成 {memo}。",
        en="The lower-case o after the order code is missing (or the bank cut it off): {memo}.",
    ),
    "MEMO_EMPLOYER_DIGITS": Text(
        zh="单位交易代码应为 {expected} 位数字，现在“{found}”是 {count} 位：请对照缴费通知核对。",
        en='The employer code has {expected} digits, but "{found}" has {count}: please compare it with the notice.',
    ),
    "MEMO_CODE_CHARACTERS": Text(
        zh="订单号应为 {expected} 位，现在“{found}”是 {count} 位：请对照缴费通知核对，也可能被银行截断。",
        en='The order code has {expected} characters, but "{found}" has {count}: please compare it with the notice; '
        "the bank may have cut it off.",
    ),
    "MEMO_MALFORMED": Text(
        zh="“{found}”像支付码，但有多处不符：应为 5 位单位交易代码、小写 x、4 位订单号、小写 o，例如 75256xA7W5o。",
        en='"{found}" resembles a memo but differs in several places: it is 5 digits, a lower-case x, 4 digits or '
        "capital letters and a lower-case o, for example 75256xA7W5o.",
    ),
    "MEMO_EMPLOYER_CODE_FORMAT": Text(
        zh="单位交易代码“{text}”应为 5 位半角数字，例如 75256。",
        en='The employer code "{text}" must be 5 plain digits, for example 75256.',
    ),
    "MEMO_ORDER_CODE_FORMAT": Text(
        zh="订单号“{text}”应为 4 位半角数字或大写字母，例如 A7W5。",
        en='The order code "{text}" must be 4 plain digits or capital letters, for example A7W5.',
    ),
    "MEMO_FORMAT": Text(
        zh="“{text}”不是以支付码开头：应为 5 位单位交易代码、小写 x、4 位订单号、小写 o，例如 75256xA7W5o。",
        en='"{text}" does not begin with a memo: 5 digits, a lower-case x, 4 digits or capital letters and a '
        "lower-case o, for example 75256xA7W5o.",
    ),
    "MEMO_UNKNOWN_UNIT": Text(
        zh="单位交易代码 {employer_code} 不存在：请对照缴费通知核对。",
        en="There is no employer with the code {employer_code}: please compare it with the payment notice.",
    ),
    "MEMO_UNKNOWN_CODE": Text(
        zh="单位 {employer_code} 没有订单号为 {order_code} 的缴费通知：请对照缴费通知核对。",
        en="Employer {employer_code} has no payment notice with the code {order_code}: please compare it with the "
        "notice.",
    ),
    "MEMO_NOTICE_PAID": Text(
        zh="摘要为 {memo} 的缴费通知已经缴款：请不要再转账，再转的款会被退回。",
        en="The payment notice of {memo} is paid: please send nothing more for it, it would go back.",
    ),
    "MEMO_NOTICE_CANCELLED": Text(
        zh="摘要为 {memo} 的缴费通知已取消：请不要再按它转账；仍需缴款的，请重新提交汇缴申请，按新的通知转账。",
        en="The payment notice of {memo} was cancelled: please send nothing for it; what is still to be paid needs a new "
        "order, and the memo of its notice.",
    ),
    "MEMO_NOTICE_MERGED": Text(
        zh="摘要为 {memo} 的缴费通知已合并到另一张通知：请改用现在的摘要 {now}，按合并后的金额转账。",
        en="The payment notice of {memo} was joined into another one: please write {now} and send the joint amount.",
    ),
    "MEMO_AMOUNT_OTHER": Text(
        zh="{memo} 的应缴金额是 {due} 元，不是 {amount} 元：请按应缴金额一笔转账，一分不差。",
        en="The amount due for {memo} is {due} yuan, not {amount}: please send exactly this, in one transfer.",
    ),
    "ORDER_CODES_ALARM": Text(
        zh="单位 {employer_code} 的订单号已用 {used} 个，共 {limit} 个：请安排启用更长的订单号或新的单位交易代码。",
        en="Employer {employer_code} has used {used} of {limit} order codes: please plan wider codes or a further "
        "employer code.",
    ),
}
