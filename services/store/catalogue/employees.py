"""Sentences of the store about employees and the opening of their accounts."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "PERSON_ABSENT": Text(
        zh="没有这名职工：请刷新列表后重新选择。",
        en="There is no such employee: please reload the list and choose again.",
    ),
    "PASSWORD_RESET_ENDED": Text(
        zh="{name}已不在本单位，不能由本单位重置密码：请职工联系现在的单位或住建局。",
        en="{name} has left this employer, which can no longer reset the password: the present employer or the bureau can.",
    ),
    "PASSWORD_RESET_UNTOLD": Text(
        zh="{name}没有登记正确的手机号码，重置后无法通知本人：请先办理“职工信息变更”补填手机号码。",
        en="There is no proper mobile number of {name} to tell of the reset: please add it by 职工信息变更 first.",
    ),
    "PASSWORD_RESET_OFTEN": Text(
        zh="一天内重置密码的次数已达上限（{limit} 次）：请明天再试，或请职工联系住建局。",
        en="Passwords have been reset {limit} times within a day, which is the limit: please try again tomorrow, or let the "
        "employee ask the bureau.",
    ),
    "EMPLOYEE_ALREADY": Text(
        zh="第 {row} 行的{name}已在本单位开户：请删除这一行，需要修改请用“职工信息变更”。",
        en="Row {row}: {name} has an account here already: please delete the row, and use 职工信息变更 for changes.",
    ),
    "EMPLOYEE_ALREADY/one": Text(
        zh="{name}已在本单位开户：不必再次开户，需要修改请用“职工信息变更”。",
        en="{name} has an account here already: there is nothing to open; please use 职工信息变更 for changes.",
    ),
    "EMPLOYEE_ALREADY/race": Text(
        zh="名单中有职工刚刚已在本单位开户：请刷新后重新提交。",
        en="An employee of the list has just been added to this employer: please reload and submit again.",
    ),
    "EMPLOYED_ELSEWHERE": Text(
        zh="第 {row} 行的{name}在其他单位有未结束的账户：请由原单位办理转出，不要重复开户。",
        en="Row {row}: {name} has an open account with another employer: please let that one transfer them instead.",
    ),
    "EMPLOYED_ELSEWHERE/one": Text(
        zh="{name}在其他单位有未结束的账户：不能重复开户。请联系原单位办理转出，对方提交后您在“员工转入/转出”中确认即可。",
        en="{name} has an open account with another employer, and there is only one: please ask that employer to transfer "
        "them; you then confirm it in 员工转入/转出.",
    ),
    "EMPLOYED_ELSEWHERE/race": Text(
        zh="名单中有职工在其他单位有未结束的账户：请由原单位办理转出，不要重复开户。",
        en="An employee of the list has an open account with another employer: please let that one transfer them.",
    ),
    "PERSON_NAME_DIFFERS": Text(
        zh="第 {row} 行的姓名“{name}”与该身份证号码已登记的姓名不同：请对照证件核对姓名和号码。",
        en='Row {row}: the name "{name}" is not the one registered with this ID number: please compare both with the '
        "card.",
    ),
    "PERSON_NAME_DIFFERS/one": Text(
        zh="姓名“{name}”与该身份证号码已登记的姓名不同：请对照证件核对姓名和号码。",
        en='The name "{name}" is not the one registered with this ID number: please compare both with the card.',
    ),
    "IMPORTS_ONLY": Text(
        zh="这不是可以重新提交的职工批量导入申请：请刷新列表后重新选择。",
        en="This is no import of employees that can be handed in again: please reload the list and choose again.",
    ),
    "IMPORTS_UNDER_WAY": Text(
        zh="已有 {limit} 份名单尚未提交：请先提交或删除其中一份，再上传新的名单。",
        en="{limit} lists have not been submitted yet: please submit or delete one of them before you upload another.",
    ),
    "IMPORT_NOT_CHECKED": Text(
        zh="这份名单还没有核对完，或不能读取：请等核对完成，或重新上传。",
        en="This list has not been checked yet, or cannot be read: please wait until it is, or upload it again.",
    ),
    "IMPORT_HAS_ERRORS": Text(
        zh="名单中有 {rows} 行有错误：请下载并更正后重新上传，或选择“只导入没有错误的行”。",
        en="{rows} rows of the list have errors: please download, correct and upload it again, or choose to import only the "
        "rows without errors.",
    ),
    "IMPORT_NOTHING_GOOD": Text(
        zh="名单中没有一行可以导入：请下载并更正后重新上传。",
        en="Not one row of the list can be imported: please download, correct and upload it again.",
    ),
    "OPENINGS_ONLY": Text(
        zh="这不是职工开户的申请：请在它自己的页面修改后重新提交。",
        en="This is no application to open accounts: please hand it in again from its own page.",
    ),
    "REMARK_LENGTH": Text(
        zh="备注最多 200 字：请缩短。",
        en="A remark has at most 200 characters: please shorten it.",
    ),
    "OPENING_PERIODS_NEGATIVE": Text(
        zh="累计缴纳期数不能小于 0：请修改。",
        en="The periods paid so far cannot be fewer than 0: please change them.",
    ),
    "AMOUNT_NOT_POSITIVE/monthly": Text(
        zh="每月缴费金额必须大于 0：请修改。",
        en="The monthly amount must be more than 0: please change it.",
    ),
    "EMPLOYEE_ALREADY/asked": Text(
        zh="第 {row} 行的{name}已在申请 {application} 中等待审核：请删除这一行，或先撤回该申请。",
        en="Row {row}: {name} is waiting for a decision in application {application}: please delete the row, or retract "
        "that application first.",
    ),
    "ID_NUMBER_TAKEN": Text(
        zh="这个身份证号码已在系统中登记，不能改为它：请对照证件核对号码；确认无误请联系住建局核实。",
        en="This ID number is on file already, so it cannot be taken: please compare it with the card; if it is right, ask the "
        "bureau.",
    ),
    "EMPLOYEE_ALREADY/asked_one": Text(
        zh="{name}已在申请 {application} 中等待审核：不必再次开户，需要修改请先撤回该申请。",
        en="{name} is waiting for a decision in application {application}: there is nothing to open; to change something, "
        "please retract that application first.",
    ),
    "EMPLOYMENT_STATE/some": Text(
        zh="有职工的状态刚刚变了，没有办理：请刷新后重新选择。",
        en="The state of an employee has just changed, and nothing was done: please reload and choose again.",
    ),
}
