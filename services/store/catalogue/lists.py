"""Sentences of the store about what is listed, chosen or sent: absent, too long, found by a list, sent twice."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "ABSENT": Text(
        zh="没有编号为 {id} 的{what_zh}：请刷新列表后重新选择。",
        en="There is no {what_en} number {id}: please reload the list and choose again.",
    ),
    "STALE_VERSION/named": Text(
        zh="您打开页面之后，{what_zh}已被他人修改：请刷新页面，核对后再提交。",
        en="The {what_en} has been changed by someone else since you opened it: please reload, check and submit again.",
    ),
    "LIST_TOO_LONG": Text(
        zh="一次最多处理 {limit} 行，现在有 {rows} 行：请分批提交。",
        en="At most {limit} rows are taken at once, there are {rows}: please send them in parts.",
    ),
    "NOTHING_CHOSEN": Text(
        zh="没有选择任何订单或通知：请至少选择一项。",
        en="No order or notice was chosen: please choose at least one.",
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
}
