"""Sentences about amounts, months and files as such."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "AMOUNT_FORMAT": Text(
        zh="金额“{text}”无法识别：请只填半角数字，最多两位小数，不带符号、空格、千分位逗号，例如 23662.50。",
        en='The amount "{text}" cannot be read: write plain digits with at most two decimals, no sign, blank, '
        "thousands separator or exponent, for example 23662.50.",
    ),
    "AMOUNT_FORMAT/typed": Text(
        zh="金额“{text}”无法识别：请只填数字，最多两位小数，不带符号；千分位逗号后面要有三位数字，例如 1,800.00。",
        en='The amount "{text}" cannot be read: write digits with at most two decimals and no sign; a comma stands before '
        "three digits, for example 1,800.00.",
    ),
    "AMOUNT_NOT_WHOLE_FEN": Text(
        zh="金额必须是整数分，收到的是 {kind} 类型的“{text}”：请先换算成分，再取整数。",
        en='An amount is a whole number of fen, not the {kind} "{text}": pass integer fen.',
    ),
    "AMOUNT_OUT_OF_BOUNDS": Text(
        zh="金额超出系统上限 {limit} 元：请检查是否多输了数字。",
        en="The amount is beyond the limit of {limit} yuan: please check for surplus digits.",
    ),
    "AMOUNT_NEGATIVE": Text(
        zh="银行流水的金额不能为负（{amount} 元）：收支方向请用“借/贷”表示。",
        en="The amount of a bank line is never negative ({amount} yuan): its direction says debit or credit.",
    ),
    "MONTH_FORMAT": Text(
        zh="月份“{text}”无法识别：请按“年-月”填写，四位年份、两位月份、半角数字，例如 2020-04。",
        en='The month "{text}" cannot be read: write four digits of the year, a hyphen and two digits of the month, '
        "for example 2020-04.",
    ),
    "MONTH_NOT_WHOLE": Text(
        zh="年份和月份必须是整数，收到的是 {kind} 类型的“{text}”：请传入整数，例如 2020 和 4。",
        en='The year and the month are whole numbers, not the {kind} "{text}": pass integers, for example 2020 and 4.',
    ),
    "MONTH_EXPECTED": Text(
        zh='起止月份必须是月份（Month），收到的是 {kind} 类型的“{text}”：请先读成月份，例如 Month.parse("2020-04")。',
        en='The ends of a range are months, not the {kind} "{text}": read a text first, as Month.parse("2020-04") does.',
    ),
    "MONTH_OUT_OF_RANGE": Text(
        zh="没有 {year} 年 {month} 月：年份应在 1 到 9999 之间，月份应在 1 到 12 之间。",
        en="There is no month {month} of the year {year}: years go from 1 to 9999, months from 1 to 12.",
    ),
    "DAY_FORMAT": Text(
        zh="日期“{text}”无法识别：请按“年-月-日”填写，四位年份、两位月份和日、半角数字，例如 2020-04-01。",
        en='The day "{text}" cannot be read: write four digits of the year, two of the month and two of the day with '
        "hyphens, for example 2020-04-01.",
    ),
    "BP_RANGE_REVERSED": Text(
        zh="起始月份 {first} 晚于终止月份 {last}：请把两个月份对调。",
        en="The first month {first} is later than the last month {last}: please exchange them.",
    ),
    "TEXT_EXPECTED": Text(
        zh="{kind} 应为文本，收到的是 {found}：请加引号。",
        en="A text is expected for {kind}, not a {found}: write it in quotes.",
    ),
    "DUPLICATE_IN_FILE": Text(
        zh="第 {row} 行与第 {first_row} 行重复（{name}）：请删除其中一行。",
        en="Row {row} repeats row {first_row} ({name}): please delete one of them.",
    ),
    "STALE_VERSION": Text(
        zh="您打开页面之后，{what}已被他人修改：请刷新页面，核对后再提交。",
        en="The {what} has been changed by someone else since you opened it: please reload, check and submit again.",
    ),
    "RECORD_UNREADABLE": Text(
        zh="无法解读这条已保存的判定记录（{detail}）：请用不低于写入时版本的程序库读取。",
        en="This stored decision cannot be read ({detail}): use a library at least as new as the one that wrote it.",
    ),
}
