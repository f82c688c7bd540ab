"""Sentences of the store about applications, the colleagues who check them, and their papers."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "REASON_MISSING": Text(
        zh="请填写原因：单位需要知道为什么。",
        en="Please give a reason: the employer needs to know why.",
    ),
    "REASON_TOO_LONG": Text(
        zh="原因最多 {limit} 字，现在是 {characters} 字：请缩短。",
        en="A reason has at most {limit} characters, this one has {characters}: please shorten it.",
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
    "CHANGE_ASKED": Text(
        zh="“{label}”的变更已在申请 {application} 中等待审核：请等审核完成，或先撤回该申请。",
        en="A change of this field ({label}) waits in application {application}: please wait for the decision, or retract that "
        "application first.",
    ),
    "CHANGE_OF_LEAVER": Text(
        zh="{name}已不在本单位缴存，其资料由现单位变更：请由现单位办理“职工信息变更”。",
        en="{name} has left this employer: the present one keeps the file and changes it.",
    ),
    "ORDERS_ONLY": Text(
        zh="只有缴款订单可以合并到一张缴费通知：请去掉合并的选择。",
        en="Only orders go into one payment notice: please approve this application by itself.",
    ),
    "SECOND_PERSON_NEEDED/colleague": Text(
        zh="这份申请是您自己准备的：请由另一位复核人或管理员提交。",
        en="You have prepared this yourself: another checker or administrator has to hand it in.",
    ),
    "NOT_WAITING": Text(
        zh="“{what}”不在等待复核：请刷新列表。",
        en='"{what}" does not wait for a colleague: please reload the list.',
    ),
    "CHECKER_NEEDED": Text(
        zh="本单位已开启复核，经办人不能直接办理{what_zh}：请由复核人或单位管理员办理。",
        en="This employer wants a second person, so a clerk does not do this ({what_en}) alone: please let a checker or an "
        "administrator do it.",
    ),
}
