"""Sentences of the store about users, their logins, codes, tokens and notes."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
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
}
