"""Sentences of the store about orders, their drafts and their lines."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "ORDER_TOO_LARGE/covers": Text(
        zh="一张订单的一次性补缴最多补 {limit} 个人月，现在有 {months} 个：请分成几张订单。",
        en="The lump sums of one order make good at most {limit} months of employees, here they make good {months}: please "
        "split the order.",
    ),
    "AMOUNT_NOT_POSITIVE/some": Text(
        zh="有一行的金额不大于 0：金额必须大于 0，不缴款的职工请去掉勾选。",
        en="A line has an amount that is not more than 0: untick employees who are not paid.",
    ),
    "MONTH_ALREADY_LIVE/race": Text(
        zh="订单中有职工的月份刚刚被另一张订单占用：请刷新后重新提交。",
        en="A month of an employee of this order has just been taken by another order: please reload and submit again.",
    ),
    "ORDER_ONE_MONTH": Text(
        zh="汇缴和一次性补缴每张订单只有一个月份：请只选一个月份，或改用“按月补缴”。",
        en="A regular remittance and a lump sum have one month per order: choose one, or pay back month by month.",
    ),
    "BP_RANGE_TOO_LONG/some": Text(
        zh="按月补缴每次不可超过 12 个月：请分几次申请。",
        en="A monthly back-payment covers at most 12 months: please split it into several applications.",
    ),
    "AMOUNT_MISSING": Text(
        zh="{name}的 {month} 没有可沿用的金额：请填写金额。",
        en="There is no amount to propose for {name}'s {month}: please type one.",
    ),
    "FILL_NEEDS_AMOUNTS": Text(
        zh="一次性补缴的金额都要逐人填写，不能自动填入：请不填入，再逐行写明金额。",
        en="The amounts of a lump sum are all typed and cannot be filled in: leave it empty, then write each line.",
    ),
    "FIRST_PAGE_OF_MONTHLY_ONLY": Text(
        zh="只有按月补缴才有“全部应用第一页信息”：其他订单只有一个月份。",
        en="Only a monthly back-payment has pages to copy the first one to: other orders have one month.",
    ),
    "FIRST_PAGE_OF_PARTS_ONLY": Text(
        zh="只能应用同一次补缴中更早的一张订单的第一页：请打开分开的第一张订单，在那里核对。",
        en="Only the first page of an earlier order of the same back-payment is copied: please look at the first of them.",
    ),
    "PAGES_EDITED": Text(
        zh="{months}（共 {count} 个月）已填写的人员或金额与第一页不同：确认后改成与第一页相同，不确认则保持原样。",
        en="People or amounts of {months} ({count} months) differ from the first page: confirm to overwrite them, or leave "
        "them as they are.",
    ),
    "LUMP_COVERS_TO_COPY": Text(
        zh="这名职工还没有选择漏缴的月份：请先为其选好月份，再应用到其他职工。",
        en="No missed months have been chosen for this employee: please choose them first, then apply them to the others.",
    ),
    "MONTH_OUTSIDE_ORDER": Text(
        zh="{month} 不在所选月份 {first} 至 {last} 之内：请重新选择月份。",
        en="{month} is not within the months {first} to {last}: please choose another one.",
    ),
    "STALE_VERSION/amounts": Text(
        zh="同事刚刚也为这张订单上传了金额表：请刷新页面，核对后再上传。",
        en="A colleague has just uploaded amounts for this order, too: please reload, look at them, and upload again.",
    ),
    "AMOUNTS_BROKEN": Text(
        zh="金额表有 {rows} 行有错误：请下载标出错误的金额表，更正后重新上传；或选择只套用没有错误的行。",
        en="{rows} rows of the list are wrong: please download it with what is wrong, correct it and upload it again; or "
        "choose to take the good rows only.",
    ),
    "AMOUNTS_REMOVE_BROKEN": Text(
        zh="金额表有 {rows} 行有错误，不能确定文件中没有的是哪些人：请先更正后重新上传，再去掉文件中没有的人。",
        en="{rows} rows of the list are wrong, so it is not certain who is missing from it: correct and upload it again "
        "before those who are not in it are taken away.",
    ),
    "ORDER_STATE": Text(
        zh="订单 {order} 当前为“{state_zh}”，不能{event_zh}：请刷新后核对订单状态。",
        en='Order {order} is now "{state_en}" and cannot be {event_en}: please reload and look at its state.',
    ),
    "ORDER_STATE/some": Text(
        zh="订单当前的状态不允许这项操作：请刷新后核对订单状态。",
        en="The state of the order does not allow this: please reload and look at its state.",
    ),
    "ORDER_FROZEN": Text(
        zh="订单提交以后不能修改：需要修改请先撤回。",
        en="An order is not changed once it has been submitted: retract it first.",
    ),
    "ORDER_SEEN": Text(
        zh="订单 {order} 曾经提交过，住建局已有记录，不能删除：不再需要时留为草稿即可，它不占用任何月份。",
        en="Order {order} has been handed in before and the bureau has its record, so it is not deleted: leave it as a draft, "
        "which holds no month.",
    ),
    "NOBODY_TO_PAY": Text(
        zh="{month} 没有可以缴款的职工（{reasons_zh}）：请换一个月份，或先按原因办理。",
        en="Nobody can be paid for {month} ({reasons_en}): choose another month, or see to the reasons first.",
    ),
    "DRAFT_THERE": Text(
        zh="{months}的{kind_zh}已有一份草稿（订单 {order}，{people} 人，合计 {total} 元）：请继续填写那一份，或确认另建一份。",
        en="There is a draft of the same kind for {months} already (order {order}, {people} people, {total} yuan): please go "
        "on with it, or say that you want another one.",
    ),
    "ORDER_CHANGED": Text(
        zh="订单 {order} 的明细与提交时不一致：请退回单位重新提交。",
        en="The lines of order {order} are not those that were submitted: return it to the employer.",
    ),
    "ORDER_CODES_EXHAUSTED": Text(
        zh="单位 {employer_code} 的 {limit} 个订单号已全部用完：请启用更长的订单号。",
        en="Employer {employer_code} has used all {limit} order codes: wider codes are needed.",
    ),
}
