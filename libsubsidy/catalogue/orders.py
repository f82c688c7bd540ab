"""Sentences about an order as a whole and about its lines."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "EMPTY_ORDER": Text(
        zh="订单里没有职工：请至少勾选一名职工。",
        en="The order has no employees: please select at least one.",
    ),
    "ORDER_TOO_LARGE": Text(
        zh="订单有 {lines} 行，超过上限 {limit} 行：请分成几张订单提交。",
        en="The order has {lines} lines, more than {limit}: please split it into several orders.",
    ),
    "ORDER_TOTAL_DIFFERS": Text(
        zh="页面显示合计 {shown} 元，实际合计 {total} 元：请刷新页面，核对后再提交。",
        en="The total shown is {shown} yuan, the lines add up to {total} yuan: please reload, check and submit again.",
    ),
    "DUPLICATE_LINE": Text(
        zh="{name}的 {month} 在订单中出现了不止一次：请只保留一行。",
        en="{name}'s {month} appears more than once in the order: please keep one line.",
    ),
    "LINE_OUTSIDE_MONTHS": Text(
        zh="{name}的一行是 {month}，不在订单的月份 {first} 至 {last} 之内：请去掉这一行或修改月份。",
        en="A line of {name} is for {month}, outside the order's months {first} to {last}: please remove it or "
        "change the months.",
    ),
    "AMOUNT_NOT_POSITIVE": Text(
        zh="{name}的 {month} 金额为 {amount} 元：金额必须大于 0，不缴款的职工请去掉勾选。",
        en="{name}'s {month} has the amount {amount} yuan: it must be more than 0; untick employees who are not paid.",
    ),
    "BP_RANGE_TOO_LONG": Text(
        zh="按月补缴包含 {months} 个月，每次不可超过 {limit} 个月：请分几次申请。",
        en="A monthly back-payment covers {months} months, the limit is {limit} at a time: please split it into "
        "several applications.",
    ),
    "BP_TOO_MANY_ORDERS": Text(
        zh="补缴 {months} 个月要分成 {orders} 张补缴单，一次最多分成 {limit} 张（{most} 个月）：请先选较近的月份，"
        "其余的再申请一次。",
        en="A back-payment of {months} months needs {orders} orders, at most {limit} ({most} months) are made at a time: "
        "please choose fewer months now and ask for the others after that.",
    ),
    "BP_FUTURE_MONTH/range": Text(
        zh="补缴月份到 {month}，晚于本月 {latest}，不能补缴：请选择 {latest} 及以前的月份；以后的月份请用“汇缴”。",
        en="The months end with {month}, later than the current month {latest}, and cannot be back-paid: choose {latest} or "
        "earlier; later months are remitted by 汇缴.",
    ),
    "BP_LUMP_ONE_MONTH": Text(
        zh="一次性补缴只选一个月份，现在是 {first} 至 {last} 共 {months} 个月：请只选一个月份，或改用“按月补缴”。",
        en="A lump sum carries one month, not the {months} from {first} to {last}: choose one, or pay month by month.",
    ),
    "LUMP_COVERS_MISSING": Text(
        zh="{name}的一次性补缴（漏缴）没有写明补的是哪些月份：请选择漏缴的月份；若只补差额，请选“差额”。",
        en="{name}'s lump sum for missed months (漏缴) does not name them: please choose the months, or choose 差额 "
        "if it is only a difference.",
    ),
    "LUMP_COVERS_TOO_MANY": Text(
        zh="{name}的一次性补缴（漏缴）写了 {months} 个月份，超过上限 {limit} 个：请分几次申请。",
        en="{name}'s lump sum names {months} missed months, more than {limit}: please split it.",
    ),
    "LUMP_COVERS_UNUSED": Text(
        zh="编号为 {person} 的职工写了漏缴月份，但没有补缴金额：请补填金额或删除这些月份。",
        en="Employee number {person} has missed months but no amount: please add the amount or remove the months.",
    ),
    "LUMP_COVERS_NOT_ASKED": Text(
        zh="只有一次性补缴（漏缴）才写明漏缴的月份：请改选“漏缴”，或删除这些月份。",
        en="Only a lump sum for missed months (漏缴) names the months it covers: choose 漏缴 or remove the months.",
    ),
    "AMOUNT_NOT_POSITIVE/list": Text(
        zh="金额必须大于 0：请填写正确的金额；不缴款的职工请删除这一行。",
        en="The amount must be more than 0: please correct it; delete the rows of employees who are not paid.",
    ),
    "AMOUNTS_MISSING": Text(
        zh="{name}的 {month} 没有可沿用的金额：请在“指定汇缴”中填写金额。",
        en="There is no amount to propose for {name}'s {month}: please fill in 指定汇缴.",
    ),
    "AMOUNTS_NAME": Text(
        zh="档案中的姓名是“{known}”：请核对是否填错了人；姓名有变更的请办理“职工信息变更”，或先清空这一格。",
        en='The name on file is "{known}": please check whether this is somebody else; a changed name is corrected by '
        "职工信息变更, or empty this cell for now.",
    ),
    "AMOUNTS_STRANGER": Text(
        zh="本单位没有这个证件号码的职工：请核对号码；新职工请先办理“职工开户”，从其他单位来的请办理转入。",
        en="This employer has nobody with this ID number: please check it; a new employee's account is opened by 职工开户, "
        "and somebody from another employer is transferred in.",
    ),
    "AMOUNTS_THIS_MONTH_ONLY": Text(
        zh="“仅本月”填的是“{text}”：请填写“是”或“否”，或留空（与“否”相同）。",
        en='仅本月 is "{text}": please write 是 or 否, or leave it empty, which is 否.',
    ),
}
