"""What the store itself refuses, in words: a stable code, both languages, and the way out.

The rules of the business are libsubsidy's; here stand only those that need the database to be known: that something is
absent, taken, or was changed by somebody else. A key with a slash is a variant of a code of libsubsidy's own catalogue,
for a place that knows fewer facts.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from libsubsidy import SubsidyError, Violation
from libsubsidy.catalogue import Text

# A list of twenty thousand broken lines is for a file, not for a log.
_SENTENCES_MAX: Final = 5
# Of twenty thousand broken lines the first tell what is wrong; more are counted and not kept.
VIOLATIONS_TOLD_MAX: Final = 500

TEXTS: Final[Mapping[str, Text]] = {
    "ABSENT": Text(
        zh="没有编号为 {id} 的{what_zh}：请刷新列表后重新选择。",
        en="There is no {what_en} number {id}: please reload the list and choose again.",
    ),
    "STALE_VERSION/named": Text(
        zh="您打开页面之后，{what_zh}已被他人修改：请刷新页面，核对后再提交。",
        en="The {what_en} has been changed by someone else since you opened it: please reload, check and submit again.",
    ),
    "EMPLOYER_ABSENT": Text(
        zh="没有这个单位：请刷新列表后重新选择。",
        en="There is no such employer: please reload the list and choose again.",
    ),
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
    "INITIALISED_ALREADY": Text(
        zh="员工初始化已经提交，不能再修改：以后的变更请办理“职工信息变更”；确需重做请联系住建局重新开放。",
        en="The initialisation has been submitted and is closed: later changes go by 职工信息变更; if it must be done again, "
        "ask the bureau to open it.",
    ),
    "INITIALISATION_OPEN": Text(
        zh="这个单位的员工初始化还没有提交，无需重新开放：请刷新后核对。",
        en="This employer's initialisation has not been submitted, so there is nothing to open: please reload.",
    ),
    "INITIALISATION_ORDERED": Text(
        zh="这个单位已经提交过缴款订单，员工初始化不能重新开放：请由单位办理“职工信息变更”。",
        en="This employer has submitted an order, so its initialisation is not opened again: changes go by 职工信息变更.",
    ),
    "INITIALISATION_ORDERED/backfilled": Text(
        zh="这个单位已经办理过缴款历史补录，员工初始化不能重新开放：请先退回待审核的补录，已通过的请由单位办理“职工信息变更”。",
        en="This employer has recorded payments of the past, so its initialisation is not opened again: return what waits for "
        "a decision first; where it was approved, changes go by 职工信息变更.",
    ),
    "BACKFILL_STRANGER": Text(
        zh="这个证件号码的职工不在本单位：请核对号码；没有开户的职工请先办理“职工开户”或转入。",
        en="Nobody with this ID number belongs to this employer: please check it; an account is opened by 职工开户 first, or "
        "the person transferred in.",
    ),
    "BACKFILLS_ONLY": Text(
        zh="这不是缴款历史补录的申请：请在它自己的页面修改后重新提交。",
        en="This is no application to record past payments: please hand it in again from its own page.",
    ),
    "INITIALISATION_PEOPLE": Text(
        zh="页面上有 {shown} 名职工，现在是 {people} 名：请刷新页面，核对后再提交。",
        en="The page showed {shown} employees, now there are {people}: please reload, check, and submit again.",
    ),
    "INITIALISATION_STRANGER": Text(
        zh="这个身份证号码不在本单位的初始化名单中：请核对号码；新职工请办理“职工开户”。",
        en="Nobody with this ID number is on the employer's list: please check it; a new employee's account is opened by "
        "职工开户.",
    ),
    "INITIALISATION_NAME": Text(
        zh="档案中的姓名是“{known}”：姓名不能在初始化中修改，请改回，或以后办理“职工信息变更”。",
        en='The name on file is "{known}": names are not changed here; please write it back, and use 职工信息变更 later.',
    ),
    "EMPLOYER_CLOSED": Text(
        zh="单位已注销，不能再办理缴款：如有疑问请联系住建局。",
        en="The employer is closed, so nothing more can be ordered: please ask the bureau.",
    ),
    "EMPLOYER_CODE_FORM": Text(
        zh="单位交易代码应为 5 位半角数字，例如 75256：请核对迁移数据。",
        en="An employer code is 5 plain digits, for example 75256: please check the migrated data.",
    ),
    "EMPLOYER_CODE_TAKEN": Text(
        zh="这个单位交易代码已被使用，代码永不重复使用：请核对。",
        en="This employer code is in use, and codes are never used twice: please check it.",
    ),
    "EMPLOYER_CODES_EXHAUSTED": Text(
        zh="5 位单位交易代码已全部用完：请启用更长的代码。",
        en="All employer codes of 5 digits have been issued: wider codes are needed.",
    ),
    "ORG_CODE_TAKEN": Text(
        zh="这个组织机构代码的单位已经登记：请用该单位登录，或核对代码。",
        en="An employer with this organisation code is registered: log in as that employer, or check the code.",
    ),
    "CREDIT_CODE_TAKEN": Text(
        zh="这个统一社会信用代码的单位已经登记：请用该单位登录，或核对代码。",
        en="An employer with this credit code is registered: log in as that employer, or check the code.",
    ),
    "ACCOUNT_TAKEN": Text(
        zh="账户 {account} 已登记，其余额随对账单变动，不能重新设定：请核对账号。",
        en="The account {account} is registered, and its balance follows its statements: please check the number.",
    ),
    "NAME_LENGTH": Text(
        zh="名称不能为空，单位名称最多 200 字，职工姓名最多 100 字：请修改。",
        en="A name has at least one character; an employer's at most 200, an employee's at most 100: please change it.",
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
    "LIST_TOO_LONG": Text(
        zh="一次最多处理 {limit} 行，现在有 {rows} 行：请分批提交。",
        en="At most {limit} rows are taken at once, there are {rows}: please send them in parts.",
    ),
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
    "DRAFT_THERE": Text(
        zh="{months}的{kind_zh}已有一份草稿（订单 {order}，{people} 人，合计 {total} 元）：请继续填写那一份，或确认另建一份。",
        en="There is a draft of the same kind for {months} already (order {order}, {people} people, {total} yuan): please go "
        "on with it, or say that you want another one.",
    ),
    "ORDER_CHANGED": Text(
        zh="订单 {order} 的明细与提交时不一致：请退回单位重新提交。",
        en="The lines of order {order} are not those that were submitted: return it to the employer.",
    ),
    "NOTICE_STATE": Text(
        zh="缴费通知 {memo} 当前为“{state_zh}”，不能{event_zh}：请刷新后核对。",
        en='Notice {memo} is now "{state_en}" and cannot be {event_en}: please reload and look at its state.',
    ),
    "NOTICE_STATE/some": Text(
        zh="缴费通知当前的状态不允许这项操作：请刷新后核对。",
        en="The state of the payment notice does not allow this: please reload and look at its state.",
    ),
    "NOTICE_NOTHING_DUE": Text(
        zh="缴费通知 {memo} 当前为“{state_zh}”，没有缴款单：请打开待缴款的通知。",
        en="Notice {memo} no longer waits to be paid, so there is no slip: please open one that does.",
    ),
    "NOTICE_NOT_CREDITED": Text(
        zh="缴费通知 {memo} 当前为“{state_zh}”，还没有回单：入账以后才能下载。",
        en="Notice {memo} has not been credited, so there is no receipt yet: it comes with the credit.",
    ),
    "ONE_EMPLOYER_PER_NOTICE": Text(
        zh="合并缴款的订单必须属于同一个单位：请分别处理。",
        en="The orders of one payment notice belong to one employer: please treat them apart.",
    ),
    "NOTHING_CHOSEN": Text(
        zh="没有选择任何订单或通知：请至少选择一项。",
        en="No order or notice was chosen: please choose at least one.",
    ),
    "NOTHING_TO_MERGE": Text(
        zh="合并缴款至少需要两张缴费通知：请再选择一张。",
        en="At least two payment notices are needed to merge them: please choose another one.",
    ),
    "REASON_MISSING": Text(
        zh="请填写原因：单位需要知道为什么。",
        en="Please give a reason: the employer needs to know why.",
    ),
    "REASON_TOO_LONG": Text(
        zh="原因最多 {limit} 字，现在是 {characters} 字：请缩短。",
        en="A reason has at most {limit} characters, this one has {characters}: please shorten it.",
    ),
    "STATEMENT_NOT_HELD": Text(
        zh="对账单 {statement} 当前状态为“{state}”，无需放行：请刷新后查看。",
        en="Statement {statement} is {state}, so there is nothing to release: please reload.",
    ),
    "STATEMENT_NOT_REFUSED": Text(
        zh="对账单 {statement} 当前状态为“{state}”，只有被拒收的文件可以重新处理：请刷新后查看。",
        en="Statement {statement} is {state}; only a refused one can be tried again: please reload.",
    ),
    "SECOND_PERSON_NEEDED": Text(
        zh="文件由 {person} 上传，不能由本人放行：请由另一人核对后放行。",
        en="The file was uploaded by {person}, who cannot release it: another person must.",
    ),
    "WHO_AND_WHY": Text(
        zh="放行或重新处理须写明经办人和理由：请补充。",
        en="Who does this, and why, must be said: please add both.",
    ),
    "UPLOADS_UNDER_WAY": Text(
        zh="您已有 {limit} 个文件正在上传：请等其中一个完成后再上传。",
        en="{limit} files of yours are being uploaded: please wait until one of them is done.",
    ),
    "SIMULATIONS_WAITING": Text(
        zh="您已有 {limit} 个试算尚未完成：请等其中一个完成后再提交。",
        en="{limit} simulations of yours are waiting: please wait until one of them is done.",
    ),
    "FILE_EMPTY": Text(
        zh="文件是空的：请确认下载完整后重新上传。",
        en="The file is empty: please make sure that it was downloaded whole, and upload it again.",
    ),
    "STATEMENT_TOO_LARGE": Text(
        zh="文件有 {size_bytes} 字节或更多，超过上限：请按日拆分后重新提交。",
        en="The file has {size_bytes} bytes or more, which is more than is allowed: please split it by day and send it "
        "again.",
    ),
    "MESSAGE_ID_REUSED": Text(
        zh="来源 {source} 的消息编号 {message_id} 曾用于内容不同的文件：请更换消息编号后重新发送。",
        en="The message id {message_id} of source {source} was used before for a file of other content: please send the "
        "file again under an id of its own.",
    ),
    "APPLICATION_STATE": Text(
        zh="申请 {application} 当前为“{state_zh}”，不能{event_zh}：请刷新后核对申请状态。",
        en='Application {application} is now "{state_en}" and cannot be {event_en}: please reload and look at its state.',
    ),
    "APPLICATION_STATE/some": Text(
        zh="申请当前的状态不允许这项操作：请刷新后核对申请状态。",
        en="The state of the application does not allow this: please reload and look at its state.",
    ),
    "APPLICATION_FROZEN": Text(
        zh="申请提交以后不能修改：需要修改请撤回后重新提交。",
        en="An application is not changed once it has been submitted: retract it and submit another.",
    ),
    "ATTACHMENT_BOUND": Text(
        zh="附件“{file}”已随申请提交，不能删除或用于另一项申请：请重新上传一份。",
        en='The attachment "{file}" was handed in with an application, and is neither deleted nor used for another: please '
        "upload it again.",
    ),
    "ATTACHMENT_BOUND/some": Text(
        zh="有附件已随申请提交，不能改动：请刷新后重新上传。",
        en="An attachment was handed in with an application and does not change any more: please reload and upload again.",
    ),
    "ATTACHMENT_PURPOSE": Text(
        zh="附件“{file}”是为另一项业务上传的：请在本页重新上传。",
        en='The attachment "{file}" was uploaded for something else: please upload it again on this page.',
    ),
    "ATTACHMENTS_WAITING": Text(
        zh="已有 {limit} 个上传后没有提交的附件：请先提交申请，或删除不用的附件。",
        en="{limit} files have been uploaded and not handed in: please submit the application first, or delete some files.",
    ),
    "NO_ROWS": Text(
        zh="名单是空的：请至少填写一行。",
        en="The list is empty: please fill in at least one row.",
    ),
    "FIELD_MISSING": Text(
        zh="没有填写：这一项必填。",
        en="Nothing is filled in: this field is required.",
    ),
    "FIELD_TOO_LONG": Text(
        zh="最多 {limit} 字，现在是 {characters} 字：请缩短。",
        en="At most {limit} characters fit, there are {characters}: please shorten it.",
    ),
    "FIELD_CHARACTERS": Text(
        zh="含有换行等控制字符，无法保存：请重新输入。",
        en="It contains control characters, such as line breaks, which cannot be kept: please type it again.",
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
    "CHANGE_ASKED": Text(
        zh="“{label}”的变更已在申请 {application} 中等待审核：请等审核完成，或先撤回该申请。",
        en="A change of this field ({label}) waits in application {application}: please wait for the decision, or retract that "
        "application first.",
    ),
    "CHANGE_OF_LEAVER": Text(
        zh="{name}已不在本单位缴存，其资料由现单位变更：请由现单位办理“职工信息变更”。",
        en="{name} has left this employer: the present one keeps the file and changes it.",
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
    "CASE_NOT_OPEN": Text(
        zh="待处理款项 {case} 当前状态为“{state}”，不能指定到缴费通知：请刷新后核对。",
        en="Case {case} is {state}, so its money cannot be assigned to a notice: please reload and look again.",
    ),
    "CURRENCY_DIFFERS": Text(
        zh="款项的币种是 {found}，缴费通知的币种是 {expected}，不能指定：请原路退回。",
        en="The money is in {found}, the notice in {expected}: it cannot be assigned, please refund it.",
    ),
    "CASE_NOT_OPEN/line": Text(
        zh="流水 {line} 没有待处理的款项，不能指定到缴费通知：请刷新后核对。",
        en="No case stands open for line {line}, so its money cannot be assigned: please reload and look again.",
    ),
    "ORDERS_ONLY": Text(
        zh="只有缴款订单可以合并到一张缴费通知：请去掉合并的选择。",
        en="Only orders go into one payment notice: please approve this application by itself.",
    ),
    "ASSIGNMENT_ASKED": Text(
        zh="这笔款项已有一项待确认的指定：请先确认或驳回。",
        en="An assignment of this money is waiting for its confirmation: please confirm or decline that one first.",
    ),
    "ASSIGNMENT_STATE": Text(
        zh="这项指定已被处理（{state_zh}）：请刷新后核对。",
        en="This assignment has been {state_en} already: please reload and look again.",
    ),
    "SECOND_PERSON_NEEDED/assignment": Text(
        zh="指定款项须由两人办理：请由另一人确认。",
        en="Assigning money takes two people: please let another person confirm.",
    ),
    "LOGIN_FORM": Text(
        zh="登录名应为 3 至 64 个字母、数字、点、下划线或 @：请修改。",
        en="A login has 3 to 64 letters, digits, dots, underscores or @: please change it.",
    ),
    "LOGIN_TAKEN": Text(
        zh="这个登录名已被使用，或是别人的代码：请换一个登录名。",
        en="This login is in use, or is somebody else's code: please choose another.",
    ),
    "USER_ABSENT": Text(
        zh="没有使用这个登录名的用户：请核对登录名。",
        en="Nobody logs in with this: please check the login.",
    ),
    "PERSON_HAS_USER": Text(
        zh="这名职工已有登录名：请重设其密码，不要重复添加。",
        en="This employee has a login already: please set its password anew instead.",
    ),
    "USER_TENANT": Text(
        zh="单位用户须指定单位，职工用户须指定职工，其他角色两者都不指定：请修改。",
        en="An employer's user has an employer, an employee's a person, and no other role has either: please change it.",
    ),
    "PREFERENCE_UNKNOWN": Text(
        zh="没有这个选项：请刷新页面后，在列出的配色、显示方式和每页条数中选择。",
        en="There is no such choice: please reload the page and choose one of the colours, schemes and sizes that it lists.",
    ),
    "NOTE_TOO_LONG": Text(
        zh="一张便签最多 2000 字：请缩短，或另写一张。",
        en="A note has at most 2000 characters: please shorten it, or write another one.",
    ),
    "NOTES_TOO_MANY": Text(
        zh="最多可以保存 {limit} 张便签：请先删除不再需要的。",
        en="At most {limit} notes are kept: please delete those that are no longer needed.",
    ),
    "SECOND_PERSON_NEEDED/colleague": Text(
        zh="这份申请是您自己准备的：请由另一位复核人或管理员提交。",
        en="You have prepared this yourself: another checker or administrator has to hand it in.",
    ),
    "NOT_WAITING": Text(
        zh="“{what}”不在等待复核：请刷新列表。",
        en='"{what}" does not wait for a colleague: please reload the list.',
    ),
    "COLLEAGUES_TOO_MANY": Text(
        zh="一个单位最多可有 {limit} 个登录用户：请先停用并联系住建局清理不用的用户。",
        en="An employer has at most {limit} users: please ask the bureau to clear those that are not used.",
    ),
    "LAST_ADMINISTRATOR": Text(
        zh="这是本单位最后一位可以登录的管理员：请先增加另一位管理员，并由其登录设置密码。",
        en="This is the last administrator of the employer who can log in: please add another one first, who logs in and "
        "sets a password.",
    ),
    "FIRST_LOGIN_WAITS": Text(
        zh="该用户还没有首次登录：请用初始密码和验证码登录；初始密码已过期请联系住建局。",
        en="This user has not logged in for the first time yet: please use the initial password and the code; if its time "
        "is over, ask the bureau.",
    ),
    "NO_ADMINISTRATOR": Text(
        zh="单位没有可以登录的管理员：请先开通首次登录，或启用管理员。",
        en="The employer has no administrator who can log in: please open its first login, or enable one.",
    ),
    "FIRST_USER_THERE": Text(
        zh="单位已有登录用户：请用“重新开通首次登录”或“重设密码”。",
        en="The employer has users already: please open its first login again, or reset a password, instead.",
    ),
    "FIRST_LOGIN_DONE": Text(
        zh="单位没有等待首次登录的用户，初始密码修改后永久失效：忘记密码请用“重设密码”。",
        en="Nobody of the employer waits for the first login, and an initial password that was changed never works again: "
        "please reset the password instead.",
    ),
    "SMS_TOO_SOON": Text(
        zh="验证码刚刚发送过：请查看短信，{seconds} 秒后可重新获取。",
        en="A code has just been sent: please look at your messages; another one can be sent in {seconds} seconds.",
    ),
    "SMS_TOO_OFTEN": Text(
        zh="获取验证码次数过多：请在 {minutes} 分钟后重试，或联系住建局。",
        en="Too many codes were asked for: please try again in {minutes} minutes, or ask the bureau.",
    ),
    "SMS_CODE_WRONG": Text(
        zh="验证码不正确、已过期或已使用：请核对后重新输入，或重新获取验证码。",
        en="The code is wrong, has expired or has been used: please check it, or ask for another one.",
    ),
    "TOKEN_NAME": Text(
        zh="令牌名称应为 1 至 100 个字，不含控制字符：请修改。",
        en="A token's name has 1 to 100 characters and no control characters: please change it.",
    ),
    "TOKEN_SCOPES": Text(
        zh="令牌应有 1 至 50 项权限：请修改。",
        en="A token has 1 to 50 scopes: please change them.",
    ),
    "TOKEN_LASTING": Text(
        zh="令牌的有效期应为 1 至 {limit} 天：请修改。",
        en="A token lasts 1 to {limit} days: please change it.",
    ),
    "TOKENS_TOO_MANY": Text(
        zh="最多可有 {limit} 个有效令牌：请先撤销不用的令牌。",
        en="There may be {limit} valid tokens at most: please revoke those that are not used.",
    ),
    "EMPLOYMENT_STATE/some": Text(
        zh="有职工的状态刚刚变了，没有办理：请刷新后重新选择。",
        en="The state of an employee has just changed, and nothing was done: please reload and choose again.",
    ),
    "TRANSFER_UNDER_WAY/race": Text(
        zh="名单中有职工刚刚已在办理转出：请刷新后重新选择。",
        en="Somebody on the list has just been put on the way: please reload and choose again.",
    ),
    "CHECKER_NEEDED": Text(
        zh="本单位已开启复核，经办人不能直接办理{what_zh}：请由复核人或单位管理员办理。",
        en="This employer wants a second person, so a clerk does not do this ({what_en}) alone: please let a checker or an "
        "administrator do it.",
    ),
    "TRANSFER_SIDE/new": Text(
        zh="只有转入单位可以确认或拒绝：本单位可以撤回。",
        en="Only the new employer accepts or refuses a transfer: the old one may withdraw it.",
    ),
    "TRANSFER_SIDE/old": Text(
        zh="只有转出单位可以撤回：本单位可以确认或拒绝。",
        en="Only the old employer withdraws a transfer: the new one may accept or refuse it.",
    ),
    "TRANSFER_NOT_RETRACTED": Text(
        zh="转移申请由双方单位确认后提交，不能撤回：需要更正请联系住建局退回。",
        en="A transfer that both employers have confirmed is not retracted: please ask the bureau to send it back.",
    ),
    "TRANSFER_STATE": Text(
        zh="{name}的转移当前为“{state_zh}”，不能{event_zh}：请刷新后核对。",
        en='The transfer of {name} is now "{state_en}" and cannot be {event_en}: please reload and look at it.',
    ),
    "TRANSFER_STATE/some": Text(
        zh="转移当前的状态不允许这项操作：请刷新后核对。",
        en="The state of the transfer does not allow this: please reload and look at it.",
    ),
    "WITHDRAWAL_STATE": Text(
        zh="{name}的支取当前为“{state_zh}”，不能{event_zh}：请刷新后核对。",
        en='The withdrawal of {name} is now "{state_en}" and cannot be {event_en}: please reload and look at it.',
    ),
    "WITHDRAWAL_STATE/some": Text(
        zh="支取当前的状态不允许这项操作：请刷新后核对。",
        en="The state of the withdrawal does not allow this: please reload and look at it.",
    ),
    "WITHDRAWAL_EXCEEDS/race": Text(
        zh="支取金额超过现在可支取的金额：请刷新页面，按显示的可支取金额重新填写。",
        en="More is asked for than can be withdrawn now: please reload, and ask for no more than is shown.",
    ),
    "SECOND_PERSON_NEEDED/withdrawal": Text(
        zh="这笔支取由您审核通过，不能由您支付：请另一位财务人员办理。",
        en="You have approved this withdrawal, so somebody else of finance has to pay it.",
    ),
    "OPENINGS_CONFIRMED": Text(
        zh="这个单位没有待确认的期初余额：请刷新后核对。",
        en="No openings of this employer wait for confirmation: please reload.",
    ),
    "OPENINGS_DIFFER": Text(
        zh="页面上的期初余额合计是 {shown} 元，现在是 {now} 元：请刷新页面，核对后再确认。",
        en="The page showed openings of {shown} yuan, now they come to {now}: please reload, compare, and confirm again.",
    ),
    "LISTED_ABSENT": Text(
        zh="第 {row} 行的身份证号码不在本单位职工中：请核对号码，或先办理开户、转入。",
        en="Row {row}: nobody of this employer has this ID number: please check it, or open an account first.",
    ),
    "LISTED_ABSENT/name": Text(
        zh="第 {row} 行“{name}”不是本单位职工的姓名：请核对，或改填身份证号码。",
        en='Row {row}: nobody of this employer is called "{name}": please check it, or give the ID number.',
    ),
    "LISTED_AMBIGUOUS": Text(
        zh="第 {row} 行“{name}”在本单位有 {people} 人同名：请改填身份证号码。",
        en='Row {row}: {people} people of this employer are called "{name}": please give the ID number.',
    ),
    "LISTED_NAME_DIFFERS": Text(
        zh="第 {row} 行的姓名“{name}”与该身份证号码的职工不符：请对照档案核对姓名和号码。",
        en='Row {row}: "{name}" is not the name of the employee with this ID number: please compare both.',
    ),
    "LISTED_STATE": Text(
        zh="第 {row} 行的{name}当前为“{state_zh}”，不能办理这项业务：请从名单中去掉。",
        en='Row {row}: {name} is "{state_en}" now, so this cannot be done for them: please take them off the list.',
    ),
    "IDEMPOTENCY_KEY_REUSED": Text(
        zh="这个 Idempotency-Key 已用于另一个请求：新的请求请用新的键。",
        en="This Idempotency-Key was used for another request: please give each new request a key of its own.",
    ),
    "IDEMPOTENCY_KEY_BUSY": Text(
        zh="同一个 Idempotency-Key 的请求仍在处理：请稍后用同一个键重试。",
        en="A request with this Idempotency-Key is still under way: please try again later under the same key.",
    ),
    "REGISTRATION_STATE": Text(
        zh="注册申请 {registration} 当前为“{state_zh}”，不能{event_zh}：请刷新后核对申请状态。",
        en='Registration {registration} is now "{state_en}" and cannot be {event_en}: please reload and look at its state.',
    ),
    "REGISTRATION_STATE/some": Text(
        zh="注册申请当前的状态不允许这项操作：请刷新后核对申请状态。",
        en="The state of the registration does not allow this: please reload and look at its state.",
    ),
    "REGISTRATION_ABSENT": Text(
        zh="这个手机号没有注册申请：请核对手机号，或点击【注册新单位】。",
        en="There is no registration of this mobile number: please check it, or begin one by 注册新单位.",
    ),
    "REGISTRATION_PENDING": Text(
        zh="这个单位的注册申请正在审核中，由另一个手机号提交：请勿重复提交，可向本单位同事了解，或联系住建局。",
        en="A registration of this employer is being examined, submitted from another mobile number: please do not submit it "
        "again; ask your colleagues, or the bureau.",
    ),
    "REGISTRATION_PENDING/own": Text(
        zh="您已为这个单位提交注册申请（编号 {registration}），正在审核中：请等待批复，不必重复提交。",
        en="Your registration of this employer (number {registration}) is being examined: please wait for the decision, "
        "there is no need to submit it again.",
    ),
    "REGISTERED_ALREADY": Text(
        zh="这个代码的单位已经登记：请返回登录，忘记密码请用“忘记密码”，或联系住建局。",
        en="The employer with this code is registered already: please go back and log in; if the password is lost, use "
        "忘记密码, or ask the bureau.",
    ),
    "REGISTERED_AND_CLOSED": Text(
        zh="这个代码的单位登记后已注销，不能重新注册：请联系住建局。",
        en="The employer with this code was registered and has been closed, so it cannot be registered anew: please ask the "
        "bureau.",
    ),
    "REGISTRATIONS_TOO_MANY": Text(
        zh="一个手机号最多同时有 {limit} 份未办结的注册申请：请先等待批复。",
        en="One mobile number has at most {limit} registrations that are not decided: please wait for the bureau.",
    ),
    "ORDER_CODES_EXHAUSTED": Text(
        zh="单位 {employer_code} 的 {limit} 个订单号已全部用完：请启用更长的订单号。",
        en="Employer {employer_code} has used all {limit} order codes: wider codes are needed.",
    ),
}


class RefusedError(SubsidyError):
    """What was asked for breaks rules; nothing of it was written.

    Attributes:
        violations: every rule broken, at least one; of very many the first.
        total: how many there are.
    """

    def __init__(self, *violations: Violation, total: int | None = None) -> None:
        """Keep the violations; the message tells the first few. The total is told where not all of them are here."""
        told = "; ".join(f"{violation.en} / {violation.zh}" for violation in violations[:_SENTENCES_MAX])
        self.total = len(violations) if total is None else total
        more = self.total - _SENTENCES_MAX
        super().__init__(f"{told}; and {more} more" if more > 0 else told)
        self.violations = violations


class RowsRefusedError(RefusedError):
    """A list breaks rules in some of its rows.

    Attributes:
        places: for each violation the place of its row (0, 1, …); None for one of the list as a whole.
        field: what the list is called in the request.
    """

    def __init__(self, found: Sequence[tuple[int | None, Violation]], *, field: str = "rows") -> None:
        told = found[:VIOLATIONS_TOLD_MAX]
        super().__init__(*(each for _, each in told), total=len(found))
        self.places = tuple(place for place, _ in told)
        self.field = field


def violation(key: str, /, **facts: str | int) -> Violation:
    """Render one of the store's own sentences.

    >>> violation("LIST_TOO_LONG", limit=5, rows=6).en
    'At most 5 rows are taken at once, there are 6: please send them in parts.'
    >>> violation("EMPLOYEE_ALREADY/race").code
    'EMPLOYEE_ALREADY'
    """
    return Violation.from_text(key, TEXTS[key], facts)


def refuse(key: str, /, **facts: str | int) -> RefusedError:
    """Build the refusal of one such rule."""
    return RefusedError(violation(key, **facts))


def absent(what_zh: str, what_en: str, number: int) -> RefusedError:
    """Build the refusal of an id: one of another employer gets the same answer as one that does not exist (I31)."""
    return refuse("ABSENT", what_zh=what_zh, what_en=what_en, id=number)


def limit_list(rows: Sequence[object], rows_max: int) -> None:
    """Refuse a list longer than `rows_max`.

    Raises:
        RefusedError: LIST_TOO_LONG.
    """
    if len(rows) > rows_max:
        raise refuse("LIST_TOO_LONG", limit=rows_max, rows=len(rows))
