"""Sentences of the store about 单位注册."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
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
}
