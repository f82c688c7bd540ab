"""Sentences about one employee and one month."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

# How far a month is that somebody has asked for, by the state of who holds it; "" where that is not ours to know.
_HELD: Final = {
    "": ("申请或缴款", "is already held by {employer}, {order}"),
    "submitted": ("申请（待审核）", "waits for its review in {order} of {employer}"),
    "approved": ("申请（待缴款）", "waits for its payment in {order} of {employer}"),
    "paid": ("缴款", "has been paid by {order} of {employer}"),
    "credited": ("缴款", "has been paid by {order} of {employer}"),
}
# What to do about it: for a line of a remittance, of a back-payment, and for somebody who has no line.
_OUT: Final = {
    "": ("同一职工同一月份只能缴一次，请去掉这一行", "a month is paid once per person, so please remove this line"),
    "back_payment": (
        "请去掉这一行；差额请用一次性补缴",
        "please remove this line; a difference is paid as a lump-sum back-payment (一次性补缴, 差额)",
    ),
    "absent": (
        "同一职工同一月份只能缴一次，这里不用再缴；要修改的，请看那一张",
        "a month is paid once per person, so nothing is to be done here; what is to be changed is changed there",
    ),
}
_MONTH_HELD: Final = {
    "/".join(filter(None, ("MONTH_ALREADY_LIVE", "_".join(filter(None, (way, state)))))): Text(
        zh=f"{{name}}的 {{month}} 已由{{employer}}的 {{order}} {held_zh}：{out_zh}。",
        en=f"{{name}}'s {{month}} {held_en}: {out_en}.",
    )
    for way, (out_zh, out_en) in _OUT.items()
    for state, (held_zh, held_en) in _HELD.items()
}

TEXTS: Final[Mapping[str, Text]] = {
    "NOT_EMPLOYED": Text(
        zh="编号为 {person} 的职工不在本单位：请先为其开户或办理转入。",
        en="Employee number {person} does not belong to this employer: please open an account or transfer them in "
        "first.",
    ),
    "JOINED_BEFORE_BIRTH": Text(
        zh="入职日期 {joined} 早于身份证号码中的出生日期 {born}：请核对两者。",
        en="The day of joining, {joined}, lies before the birth that the ID number tells, {born}: please check both.",
    ),
    "START_BEFORE_BIRTH": Text(
        zh="汇缴开始月份 {start} 早于身份证号码中的出生日期 {born}：请核对两者。",
        en="The remittance start month {start} lies before the birth that the ID number tells, {born}: please check both.",
    ),
    "EMPLOYER_NOT_INITIALISED": Text(
        zh="单位尚未完成员工初始化：请先完成“员工初始化”再办理缴款。",
        en="The employer has not finished the initialisation of its employees: please finish 员工初始化 first.",
    ),
    "NOT_ACTIVE": Text(
        zh="{name}的账户尚未开立完成，{month}不能缴款：请等开户审核通过后再提交。",
        en="{name}'s account is not open yet, so {month} cannot be paid: please wait until its opening is approved.",
    ),
    "ENDED": Text(
        zh="{name}自 {since} 起已不在本单位缴存，{month}不能缴款：请只选 {since} 以前的月份。",
        en="{name} has left this employer from {since} on, so {month} cannot be paid: choose months before {since}.",
    ),
    "SEALED": Text(
        zh="{name}自 {since} 起已封存，{month}不能缴款：请先启封，或只选封存以前的月份。",
        en="{name} is sealed from {since} on, so {month} cannot be paid: unseal first, or choose earlier months.",
    ),
    "TRANSFER_IN_PROCESS": Text(
        zh="{name}正在转出（自 {since} 起），{month}不能在本单位缴款：请等转移完成后由新单位缴款，或撤回转出。",
        en="{name} is being transferred (from {since} on), so {month} cannot be paid here: let the new employer pay "
        "it after the transfer, or withdraw the transfer.",
    ),
    "START_MONTH_MISSING": Text(
        zh="{name}的人事档案没有汇缴开始月份：请在“职工信息变更”中补填。",
        en="{name} has no remittance start month on file: please add it by 职工信息变更.",
    ),
    "START_MONTH_AFTER": Text(
        zh="{name}的汇缴开始月份是 {start}，{month}不能汇缴：请选择 {start} 及以后的月份，更早的月份请用“补缴”。",
        en="{name}'s remittance starts with {start}, so {month} cannot be remitted: choose {start} or later, and "
        "back-payment (补缴) for earlier months.",
    ),
    "ALREADY_PAID_THROUGH": Text(
        zh="{name}的期初已缴至 {paid_through}，{month}不能再汇缴：请选择 {first} 及以后的月份。",
        en="{name}'s opening balance is paid through {paid_through}, so {month} cannot be remitted again: choose "
        "{first} or later.",
    ),
    "MONTH_TOO_FAR": Text(
        zh="{name}：{month}超出可以汇缴的最晚月份 {latest}，请选择 {latest} 及以前的月份。",
        en="{name}: {month} is later than {latest}, the last month that can be remitted now: choose {latest} or "
        "earlier.",
    ),
    "MONTH_TOO_FAR/order": Text(
        zh="{month} 超出可以汇缴的最晚月份 {latest}：请选择 {latest} 及以前的月份。",
        en="{month} is later than {latest}, the last month that can be remitted now: choose {latest} or earlier.",
    ),
    **_MONTH_HELD,
    "MONTH_ALREADY_REMITTED": Text(
        zh="{name}的 {month} 已在本单位缴款或补录：同一职工同一月份只能缴一次，请去掉这一行；差额请用一次性补缴。",
        en="{name}'s {month} has already been remitted or backfilled in this employer: please remove this line; a "
        "difference is paid as a lump-sum back-payment (一次性补缴, 差额).",
    ),
    "MONTH_ALREADY_REMITTED/absent": Text(
        zh="{name}的 {month} 已在本单位缴款或补录：同一职工同一月份只能缴一次，这里不用再缴；差额请用一次性补缴。",
        en="{name}'s {month} has already been remitted or backfilled in this employer: a month is paid once per person, so "
        "nothing is to be done here; a difference is paid as a lump-sum back-payment (一次性补缴, 差额).",
    ),
    "BP_FUTURE_MONTH": Text(
        zh="{name}：{month}晚于本月 {latest}，不能补缴：请选择 {latest} 及以前的月份。",
        en="{name}: {month} is later than the current month {latest} and cannot be back-paid: choose {latest} or "
        "earlier.",
    ),
    "BP_NOT_BEFORE_START": Text(
        zh="{name}在本单位没有进行过汇缴，汇缴开始月份是 {start}，补缴的月份最晚为 {latest}，{month}不能补缴："
        "该月起请选择“汇缴”；汇缴可选以前的月份。",
        en="{name} has never been remitted in this employer and starts with {start}, so the latest month for a "
        'back-payment is {latest}, and {month} is refused: from the start month on choose "汇缴" (regular '
        "remittance), which may be for past months too.",
    ),
    "CONFIRM_WITHIN_OPENING": Text(
        zh="{name}的期初已缴至 {paid_through}，补缴 {month} 可能重复：请审核人员核实后确认。",
        en="{name}'s opening balance is paid through {paid_through}; a back-payment for {month} may be a second one: "
        "the reviewer confirms it.",
    ),
    "CONFIRM_SECOND_LUMP": Text(
        zh="{name}的 {month} 已有一笔一次性补缴：请核对是否重复提交。",
        en="{name} already has a lump-sum back-payment labelled {month}: please check that it is not a repetition.",
    ),
    "CONFIRM_FORMER_EMPLOYER": Text(
        zh="{name}的 {month} 在转入本单位以前，原单位没有缴款：请审核人员核实由本单位补缴。",
        en="{name}'s {month} lies before the start in this employer and was left open by a former one: the reviewer "
        "confirms that this employer pays it.",
    ),
    "AMOUNT_DIFFERS_FROM_FILE": Text(
        zh="{name}的 {month} 缴款 {amount} 元，与档案金额 {file_amount} 元不同：请审核人员核对。",
        en="{name}'s {month} is {amount} yuan and differs from {file_amount} yuan on file: the reviewer checks it.",
    ),
    "SEALED_WITH_OPEN_LINES": Text(
        zh="{name}还有未缴款的订单（{month}）：封存不影响已提交的订单，订单仍需缴款。",
        en="{name} is on an unpaid order ({month}): sealing does not change it, the order stays payable.",
    ),
    "ABSENT_UNTICKED": Text(
        zh="{name}的 {month} 可以缴款，只是没有勾选：请在名单中勾选。",
        en="{name}'s {month} can be paid, but is not ticked: please tick it in the sheet.",
    ),
    "ABSENT_WITHOUT_AMOUNT": Text(
        zh="{name}的 {month} 可以缴款，但档案中没有每月缴费金额：请在名单中勾选并填写“指定汇缴”，"
        "或办理“职工信息变更”补填金额。",
        en="{name}'s {month} can be paid, but no monthly amount is on file: please tick it and type 指定汇缴, or add the "
        "amount by 职工信息变更.",
    ),
}
