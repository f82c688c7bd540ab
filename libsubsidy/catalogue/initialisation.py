"""Sentences about 员工初始化."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "PERIODS_FORMAT": Text(
        zh="累计缴纳期数“{text}”无法识别：请只填 0 至 {limit} 的整数，例如 51。",
        en='The periods "{text}" cannot be read: write a whole number from 0 to {limit}, for example 51.',
    ),
    "OPENING_PERIODS_MISSING": Text(
        zh="填写了累计缴纳金额，没有填写累计缴纳期数：请补填期数，或清空金额。",
        en="There is an opening amount without its periods: please add the periods, or empty the amount.",
    ),
    "OPENING_AMOUNT_MISSING": Text(
        zh="填写了累计缴纳期数，没有填写累计缴纳金额：请补填金额，或清空期数。",
        en="There are opening periods without their amount: please add the amount, or empty the periods.",
    ),
    "PAID_THROUGH_MISSING": Text(
        zh="填写了累计缴纳期数，没有填写缴至月份：请填写已缴到哪个月，例如 2020-08，以免重复缴款。",
        en="There are opening periods without the month up to which they were paid: please add it, for example 2020-08, so "
        "that no month is paid twice.",
    ),
    "PAID_THROUGH_ALONE": Text(
        zh="填写了缴至月份，但累计缴纳期数为空或为 0：请补填期数，或清空缴至月份。",
        en="There is a month up to which was paid, but no periods: please add the periods, or empty the month.",
    ),
    "PAID_THROUGH_FUTURE": Text(
        zh="缴至月份 {month} 晚于本月 {latest}：请填写 {latest} 或以前的月份。",
        en="The month up to which was paid, {month}, is later than {latest}: please write {latest} or an earlier one.",
    ),
    "CONFIRM_OPENING_UNEVEN": Text(
        zh="累计缴纳期数 {periods}、累计缴纳金额 {amount} 元，一项为 0 而另一项不为 0：请核对，确认无误可以提交。",
        en="{periods} opening periods and {amount} yuan, of which one is zero and the other is not: please check; it may be "
        "submitted if it is right.",
    ),
}
