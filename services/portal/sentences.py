"""What the portal itself refuses, in words: a stable code, both languages, and the way out.

The rules of the business are libsubsidy's, those of the database the store's; here stand only those of the wire.
"""

from collections.abc import Mapping
from typing import Final

from libsubsidy import Violation
from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "ACTIVATION_CODE_WRONG": Text(
        zh="激活码不正确，或已被新的激活码取代：请核对住建局发放的激活码。",
        en="The activation code is wrong, or a newer one has taken its place: please check what the bureau gave you.",
    ),
    "BODY_EXPECTED": Text(
        zh="请求没有正文：请按接口文档发送 JSON。",
        en="The request has no body: please send JSON as the API document says.",
    ),
    "BODY_EXPECTED/file": Text(
        zh="文件是空的（0 字节）：请重新选择文件。",
        en="The file is empty (0 bytes): please choose another one.",
    ),
    "BODY_NOT_EXPECTED": Text(
        zh="这个接口不接受正文：请去掉正文。",
        en="This call takes no body: please leave it out.",
    ),
    "BODY_TOO_LARGE": Text(
        zh="正文超过 {limit} 字节：请分批发送。",
        en="The body is longer than {limit} bytes: please send it in parts.",
    ),
    "BODY_TOO_SLOW": Text(
        zh="正文在 {seconds} 秒内没有收完：请检查网络后重试。",
        en="The body did not arrive within {seconds} seconds: please check the network and try again.",
    ),
    "CODE_UNKNOWN": Text(
        zh="没有代码“{code}”：请核对后重试。",
        en='There is no code "{code}": please check it and try again.',
    ),
    "CONTENT_TYPE": Text(
        zh="正文类型应为 {expected}，收到的是“{found}”：请修改 Content-Type。",
        en='The body should be {expected}, not "{found}": please correct the Content-Type.',
    ),
    "CONTENT_ENCODED": Text(
        zh="不接受压缩或编码过的正文（{found}）：请直接发送。",
        en="A compressed or encoded body ({found}) is not accepted: please send it plain.",
    ),
    "CSRF_TOKEN": Text(
        zh="请求头 {header} 缺失或已失效：请刷新页面后重试。",
        en="The header {header} is missing or no longer right: please reload the page and try again.",
    ),
    "CURSOR_WRONG": Text(
        zh="翻页标记无效：请从第一页重新开始。",
        en="The cursor cannot be read: please begin again with the first page.",
    ),
    "FIELD_MISSING": Text(
        zh="缺少字段“{field}”：请补充。",
        en='The field "{field}" is missing: please add it.',
    ),
    "FIELD_WRONG": Text(
        zh="字段“{field}”的值不正确，应为{expected_zh}：请修改。",
        en='The field "{field}" is wrong, it should be {expected_en}: please correct it.',
    ),
    "FORBIDDEN": Text(
        zh="您的角色（{role}）没有这项权限：请由有权限的人员办理。",
        en="Your role ({role}) may not do this: somebody else has to.",
    ),
    "HEADER_TOO_LONG": Text(
        zh="请求行或请求头太长：请缩短地址，或清除浏览器中本站的 Cookie。",
        en="The request line or the header is too long: please shorten the address, or clear this site's cookies.",
    ),
    "HEADER_TOO_SLOW": Text(
        zh="请求头在 {seconds} 秒内没有收完：请检查网络后重试。",
        en="The header of the request did not arrive within {seconds} seconds: please check the network and try again.",
    ),
    "HTTP_MALFORMED": Text(
        zh="收到的不是正确的 HTTP 请求：请核对客户端程序。",
        en="What came is not a proper HTTP request: please check the client.",
    ),
    "HTTP_REFUSED": Text(
        zh="服务器不接受这样的请求（HTTP {status}）：请查看接口文档。",
        en="The server does not take such a request (HTTP {status}): please look at the API document.",
    ),
    "IDEMPOTENCY_KEY_WRONG": Text(
        zh="Idempotency-Key 应为 1 至 255 个可见 ASCII 字符：请修改。",
        en="An Idempotency-Key is 1 to 255 visible ASCII characters: please correct it.",
    ),
    "INTERNAL": Text(
        zh="系统出错，没有任何改动：请稍后重试；仍然出错请把编号 {request_id} 告诉住建局。",
        en="Something went wrong and nothing was changed: please try again; if it stays, tell the bureau {request_id}.",
    ),
    "JSON_WRONG": Text(
        zh="正文不是正确的 JSON（{why}）：请修改。",
        en="The body is not proper JSON ({why}): please correct it.",
    ),
    "LAST_EVENT_ID_OLD": Text(
        zh="离开已超过 {days} 天，或这个位置属于另一个数据库：请重新读取列表，再不带 Last-Event-ID 连接。",
        en="That was more than {days} days ago, or the place is of another database: please read the lists anew, and connect "
        "without Last-Event-ID.",
    ),
    "LAST_EVENT_ID_WRONG": Text(
        zh="Last-Event-ID 无效：请原样发送最后收到的 id。",
        en="The Last-Event-ID cannot be read: please send the last id exactly as it came.",
    ),
    "LOGIN_FAILED": Text(
        zh="账号或密码不正确：请核对后重试；忘记密码请点击“忘记密码”，没有登记手机的请联系住建局。",
        en="The login or the password is wrong: please check both; a lost password is set anew by "
        "忘记密码, or by the bureau where no mobile is on file.",
    ),
    "LOGIN_TOO_OFTEN": Text(
        zh="密码错误次数过多：请在 {seconds} 秒后重试。",
        en="There were too many wrong passwords: please try again in {seconds} seconds.",
    ),
    "MEMO_NOT_OWN": Text(
        zh="摘要中的单位交易代码不是本单位的（本单位的代码是 {code}）：请从缴费通知复制摘要。",
        en="The memo's employer code is not yours (yours is {code}): please copy the memo from the payment notice.",
    ),
    "METHOD_NOT_ALLOWED": Text(
        zh="这个地址不支持 {method}：请查看接口文档。",
        en="This address does not take {method}: please look at the API document.",
    ),
    "METRICS_CLOSED": Text(
        zh="指标只能在服务器本机读取，或使用 SUBSIDY_METRICS_TOKEN 设置的令牌：请改用其中一种方式。",
        en="Metrics are read on the server's own machine, or with the token of SUBSIDY_METRICS_TOKEN: please use either.",
    ),
    "MULTIPART_WRONG": Text(
        zh="表单的格式不正确（{why}）：请按接口文档上传一个文件。",
        en="The form is not as it should be ({why}): please upload one file as the API document says.",
    ),
    "NOT_LOGGED_IN": Text(
        zh="没有登录，或登录已过期：请重新登录。",
        en="You are not logged in, or no longer: please log in.",
    ),
    "ORIGIN_FOREIGN": Text(
        zh="请求不是从本网站的页面发出的：请从本网站的页面操作；程序请使用令牌。",
        en="The request does not come from a page of this site: please use its pages; programs use a token.",
    ),
    "PAGE_UNDRAWABLE": Text(
        zh="第 {page} 页无法显示：请下载文件后查看。",
        en="Page {page} cannot be shown: please download the file and look at it there.",
    ),
    "PASSWORD_CHANGE_NEEDED": Text(
        zh="初始密码或一次性密码须先修改：请先设置自己的新密码，再办理其他业务。",
        en="An initial or one-time password has to be changed first: please set a password of your own.",
    ),
    "PASSWORD_COMMON": Text(
        zh="这个密码太常见，容易被猜到：请换一个，例如几个不相关的词。",
        en="This password is among those that are tried first: please choose another, such as some unrelated words.",
    ),
    "PASSWORD_KNOWN": Text(
        zh="密码不能是登录名、名称或代码：请换一个别人不知道的密码。",
        en="A password cannot be the login, the name or a code: please choose one that others do not know.",
    ),
    "PASSWORD_LONG": Text(
        zh="密码最多 {limit} 个字符：请缩短。",
        en="A password has at most {limit} characters: please shorten it.",
    ),
    "PASSWORD_SAME": Text(
        zh="新密码与原密码相同：请换一个新的密码。",
        en="The new password is the present one: please choose another.",
    ),
    "PASSWORD_SHORT": Text(
        zh="密码至少 {limit} 个字符：请加长，例如用几个不相关的词。",
        en="A password has at least {limit} characters: please make it longer, with some unrelated words for example.",
    ),
    "PAGE_UNKNOWN": Text(
        zh="没有这个页面：地址可能输错了，或您没有查看它的权限。请重新打开，再从菜单进入。",
        en="There is no such page: the address may be wrong, or the page is for somebody else. Please begin "
        "again with the menu.",
    ),
    "PASSWORD_WRONG": Text(
        zh="原密码不正确：请核对后重试。",
        en="The present password is wrong: please check it and try again.",
    ),
    "PERSONS_NAMED_TOO_MANY": Text(
        zh="一天内名单中有超过 {limit} 人在其他单位有账户或姓名与登记不符：请核对名单，明天再提交，或联系住建局。",
        en="Within a day, more than {limit} people of your lists have an account elsewhere or are registered under another "
        "name: please check the list and submit it tomorrow, or ask the bureau.",
    ),
    "PATH_UNKNOWN": Text(
        zh="没有这个地址：请查看接口文档。",
        en="There is no such address: please look at the API document.",
    ),
    "PEOPLE_ONLY": Text(
        zh="这个接口只供登录的人员使用，不接受令牌：请登录后操作。",
        en="This call is for people who are logged in, not for tokens: please log in.",
    ),
    "QUERY_TWICE": Text(
        zh="查询参数“{field}”出现了两次：请只保留一个。",
        en='The parameter "{field}" stands twice: please leave one of them.',
    ),
    "REGISTRATION_SESSION": Text(
        zh="手机验证已过期，或还没有验证：已填写的内容已保存，请用手机号重新获取验证码。",
        en="The mobile number is not proven, or no longer; what was typed is saved: please ask for a new code.",
    ),
    "SCOPE_MISSING": Text(
        zh="令牌没有权限“{scope}”：请申请包含该权限的令牌。",
        en='The token does not have the scope "{scope}": please use one that has it.',
    ),
    "SMS_NOT_SET_UP": Text(
        zh="短信服务尚未开通，无法发送验证码：请联系住建局办理。",
        en="Messages cannot be sent yet, so there are no codes: please ask the bureau.",
    ),
    "SERVER_FULL": Text(
        zh="服务器的连接已满：请稍后重试。",
        en="The server has as many connections as it can take: please try again soon.",
    ),
    "STREAMS_IN_ALL": Text(
        zh="同时收看动态的人太多：请稍后重试。",
        en="Too many are following the events now: please try again later.",
    ),
    "STREAMS_OF_USER": Text(
        zh="您已打开 {limit} 个动态连接：请关闭不用的页面后重试。",
        en="You have {limit} streams open already: please close one of them and try again.",
    ),
    "SCOPES_BEYOND_ROLE": Text(
        zh="您的角色不能授予权限“{scopes}”：请从可授予的权限中选择：{allowed}。",
        en='Your role cannot give the scopes "{scopes}": please choose among {allowed}.',
    ),
    "TOKEN_WRONG": Text(
        zh="令牌无效、已过期或已撤销：请使用有效的令牌。",
        en="The token is unknown, expired or revoked: please use a valid one.",
    ),
    "TOO_MANY_CONNECTIONS": Text(
        zh="从您的网络地址打开的连接太多：请关闭一些窗口或程序后重试。",
        en="Too many connections are open from your address: please close some windows or programs and try again.",
    ),
    "TOO_SLOW": Text(
        zh="处理超过 {seconds} 秒，已停止：请稍后用同一个 Idempotency-Key 重试。",
        en="This took more than {seconds} seconds and was stopped: please try again under the same Idempotency-Key.",
    ),
    "TWO_CREDENTIALS": Text(
        zh="请求同时带有登录会话和令牌，或有多个令牌：请只用其中一种。",
        en="The request carries a session and a token, or several tokens: please send one of them only.",
    ),
    "UNKNOWN_FIELD": Text(
        zh="没有字段“{field}”：请核对名称。",
        en='There is no field "{field}": please check its name.',
    ),
    "UNAVAILABLE": Text(
        zh="系统暂时不可用，刚才的操作可能没有完成：请稍后刷新核对，或用同一个 Idempotency-Key 重试。",
        en="The system is not available at this moment, and what you asked for may not have been done: please look again "
        "soon, or repeat it under the same Idempotency-Key.",
    ),
}


def violation(key: str, /, **facts: str | int) -> Violation:
    """Render one of the portal's own sentences.

    >>> violation("UNKNOWN_FIELD", field="colour").en
    'There is no field "colour": please check its name.'
    """
    return Violation.from_text(key, TEXTS[key], facts)
