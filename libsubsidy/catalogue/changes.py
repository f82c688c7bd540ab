"""Sentences about changes of an employer's card and of an employee's file."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "NOTHING_CHANGED": Text(
        zh="没有任何一项与现有资料不同：请至少修改一项再提交。",
        en="Nothing differs from what is on file: please change at least one field before you submit.",
    ),
    "EFFECTIVE_MONTH_MISSING": Text(
        zh="变更每月缴费金额时必须填写生效月份：请填写新金额从哪个月起使用，例如 2020-07。",
        en="A new monthly amount needs the month from which it counts: please write it, for example 2020-07.",
    ),
    "EFFECTIVE_MONTH_ALONE": Text(
        zh="填写了生效月份，但没有填写新的每月缴费金额：请填写金额，或清空生效月份。",
        en="There is an effective month but no new monthly amount: please write the amount, or empty the month.",
    ),
    "AMOUNT_ON_FILE_ALREADY": Text(
        zh="档案中 {month} 的每月缴费金额已经是 {amount} 元：请填写另一个金额，或清空生效月份。",
        en="The file's monthly amount of {month} is {amount} yuan already: please write another one, or empty the month.",
    ),
    "AMOUNT_NOT_POSITIVE/on_file": Text(
        zh="每月缴费金额必须大于 0：请修改；职工停缴请办理封存。",
        en="The monthly amount must be more than 0: please change it; somebody who is not paid any more is sealed.",
    ),
    "STALE_VERSION/field": Text(
        zh="在您打开页面之后已经改变：请刷新页面，核对现有内容后再提交。",
        en="It has changed since you opened the page: please reload it, compare, and submit again.",
    ),
    "STALE_VERSION/before": Text(
        zh="现在的内容与申请中的“变更前”不一致：请退回申请，由单位按现有内容重新提交。",
        en="It is no longer what the application changes it from: please return it, so that the employer submits it anew.",
    ),
    "ADVICE_AMOUNT_MONTHS_LIVE": Text(
        zh="{name}在 {effective} 及以后已有 {count} 个月缴款或已提交（最晚 {last}）："
        "金额变更不影响这些月份，差额请用一次性补缴。",
        en="{count} months of {name} from {effective} on have been paid or submitted (the last is {last}): the new amount "
        "does not touch them; a difference is paid as a lump sum.",
    ),
    "ADVICE_AMOUNT_LATER_STAYS": Text(
        zh="{name}的档案中另有自 {month} 起的金额 {amount} 元：这次变更只用到 {month} 之前，之后的金额需要变更请另行申请。",
        en="{name}'s file has another amount, {amount} yuan, from {month} on: this one counts until then; the later one is "
        "changed by an application of its own.",
    ),
    "ADVICE_AMOUNT_DESIGNATED": Text(
        zh="{name}在 {month} 指定汇缴 {amount} 元，晚于生效月份 {effective}：以后各月仍沿用指定金额，"
        "要使用新金额请把生效月份改为 {month} 或以后。",
        en="{name} had {amount} yuan designated in {month}, later than the effective month {effective}: later months go on "
        "with the designated amount; to use the new one, let it count from {month} or later.",
    ),
    "ADVICE_START_AFTER_LIVE": Text(
        zh="{name}在新的汇缴开始月份 {start} 之前已有 {count} 个月汇缴（最早 {first}）：已汇缴的月份不受影响，请核对起始月份。",
        en="{count} months of {name} before the new start month {start} have been remitted (the first is {first}): they stay "
        "as they are; please check the start month.",
    ),
    "ADVICE_START_MONTHS_LIVE": Text(
        zh="{name}自新的汇缴开始月份 {start} 起已有 {count} 个月缴款或补缴（最晚 {last}）："
        "这些月份不能再汇缴，请核对起始月份。",
        en="{count} months of {name} from the new start month {start} on have been paid or back-paid (the last is {last}): "
        "they cannot be remitted again; please check the start month.",
    ),
    "ADVICE_START_WITHOUT_AMOUNT": Text(
        zh="{name}的档案金额从 {first} 才开始，{start} 至 {first} 之前的月份没有可沿用的金额：汇缴时需要逐月填写。",
        en="{name}'s file has an amount only from {first} on: for the months from {start} until then amounts must be typed.",
    ),
}
