"""Sentences about 缴款历史补录."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "BACKFILL_NAME": Text(
        zh="这个证件号码在档案中的姓名是“{known}”：请核对证件号码和姓名，改正写错的一项。",
        en='The name on file for this ID number is "{known}": please compare both and correct the one that is wrong.',
    ),
    "AMOUNT_NOT_POSITIVE/backfill": Text(
        zh="补录的金额必须大于 0：请填写当时实际缴款的金额，没有缴款的月份请删除这一行。",
        en="The amount must be more than 0: fill in what was paid at the time; delete the row of a month that was not paid.",
    ),
    "DUPLICATE_IN_FILE/month": Text(
        zh="第 {row} 行与第 {first_row} 行重复（{name}，{month}）：同一职工同一月份只补录一次，请删除其中一行。",
        en="Row {row} repeats row {first_row} ({name}, {month}): a month is recorded once per person, please delete one of "
        "them.",
    ),
    "BACKFILL_FUTURE_MONTH": Text(
        zh="{name}：{month}还没有到，不能补录：历史补录只到 {latest}，以后的月份请办理汇缴。",
        en="{name}: {month} has not come yet and cannot be recorded as history: choose {latest} or earlier, and remit later "
        "months regularly.",
    ),
    "BACKFILL_BEFORE_JOINING": Text(
        zh="{name}档案中的入职日期是 {joined}，{month}还没有参加工作：请选择 {first} 及以后的月份；"
        "日期有误请先办理“职工信息变更”。",
        en="{name} joined on {joined} according to the file, so nothing can have been paid for {month}: choose {first} or "
        "later; if the day is wrong, correct it by 职工信息变更 first.",
    ),
    "BACKFILL_BEFORE_AGE": Text(
        zh="{name}在 {month} 未满 {age} 周岁，还没有参加工作：请核对月份，最早为 {first}。",
        en="{name} was younger than {age} in {month} and not working yet: please check the month, the first possible one is "
        "{first}.",
    ),
    "MONTH_ALREADY_LIVE/backfill": Text(
        zh="{name}的 {month} 已由{employer}的 {order} 缴款或补录：同一职工同一月份只计一次，请删除这一行。",
        en="{name}'s {month} is already held by {employer}, {order}: a month counts once per person, please delete this row.",
    ),
    "BACKFILL_OPENING_ELSEWHERE": Text(
        zh="{name}的 {month} 已计入{employer}的期初（缴至 {paid_through}）：不能再由本单位补录，"
        "请删除这一行；需要逐月明细请由该单位补录。",
        en="{name}'s {month} is part of the opening balance with {employer}, paid through {paid_through}: please delete this "
        "row; if it is to be itemised, that employer records it.",
    ),
    "BACKFILL_OPENING_PERIODS": Text(
        zh="{name}的期初缴至 {paid_through}，共 {periods} 期，{month}超出了期初的期数：请核对月份，删除多出的行；"
        "期初有误请联系住建局。",
        en="{name}'s opening balance, paid through {paid_through}, has {periods} periods, and {month} would be one more: "
        "please check the months and delete what is too many; if the opening is wrong, ask the bureau.",
    ),
    "BACKFILL_OPENING_AMOUNT": Text(
        zh="{name}的期初缴至 {paid_through}，金额 {opening} 元，补录到 {month} 已合计 {itemised} 元，超出了期初：请核对金额；"
        "期初有误请联系住建局。",
        en="{name}'s opening balance, paid through {paid_through}, is {opening} yuan, and with {month} the recorded months "
        "come to {itemised} yuan, which is more: please check the amounts; if the opening is wrong, ask the bureau.",
    ),
    "CONFIRM_BACKFILL_WITHIN_OPENING": Text(
        zh="{name}的 {month} 在期初（缴至 {paid_through}）之内：补录只列出期初的明细，不增加期数和金额。",
        en="{name}'s {month} lies within the opening balance, paid through {paid_through}: it itemises the opening and adds "
        "nothing.",
    ),
    "CONFIRM_BACKFILL_AFTER_START": Text(
        zh="{name}的 {month} 不早于汇缴开始月份 {start}，一般应办理汇缴：请核对凭证，确认当时已在系统外缴款。",
        en="{name}'s {month} is not before the start month {start} and would usually be remitted: please check the voucher "
        "that it was paid outside this system.",
    ),
    "CONFIRM_BACKFILL_FORMER_EMPLOYER": Text(
        zh="{name}由其他单位转入，{month}早于在本单位的汇缴开始月份：请核对凭证，确认由本单位缴款。",
        en="{name} was transferred in, and {month} is before the start month here: please check the voucher that this "
        "employer has paid it.",
    ),
}
