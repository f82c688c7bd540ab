"""Sentences about logging in for the first time."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "FIRST_LOGIN_ENDED": Text(
        zh="初始密码的有效期已过：请联系住建局重新开通，再用初始密码登录。",
        en="The time for the initial password is over: please ask the bureau to open it again, then log in with it.",
    ),
    "FIRST_LOGIN_SMS_CODE": Text(
        zh="首次登录需要短信验证码：验证码已发送到尾号 {ending} 的手机，请输入后再次登录；手机已停用请联系住建局更换。",
        en="The first login needs a code: it was sent to the mobile that ends in {ending}; please enter it and log in "
        "again. If that mobile is no longer in use, ask the bureau to replace it.",
    ),
    "FIRST_LOGIN_ACTIVATION_CODE": Text(
        zh="首次登录需要激活码：请向住建局领取激活码，输入后再次登录。",
        en="The first login needs an activation code: please get it from the bureau, enter it and log in again.",
    ),
}
