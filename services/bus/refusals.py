"""The words for messages that cannot be accepted: a stable code, both languages, and what the sender should do."""

from collections.abc import Mapping
from typing import Final

from libsubsidy import Violation
from libsubsidy.violations import Text
from services.bus.errors import Poisonous

# The {names} are the facts of the violation.
CATALOGUE: Final[Mapping[str, Text]] = {
    "MESSAGE_HEADER_MISSING": Text(
        zh="消息缺少 {header} 头。请在消息头 {header} 中写明{meaning_zh}后重新发送",
        en="the message has no header {header}. Send it again with {meaning_en} in the header {header}",
    ),
    "MESSAGE_HEADER_NOT_TEXT": Text(
        zh="消息头 {header} 不是 UTF-8 文本（收到 {found}）。请改为 UTF-8 文本后重新发送",
        en="the header {header} is not UTF-8 text (it is {found}). Send it again as UTF-8 text",
    ),
    "MESSAGE_HEADER_TOO_LONG": Text(
        zh="消息头 {header} 长 {length} 字节，上限为 {length_max} 字节。请缩短后重新发送",
        en="the header {header} has {length} bytes, at most {length_max} are read. Shorten it and send it again",
    ),
    "MESSAGE_HEADER_MALFORMED": Text(
        zh="消息头 {header} 的内容不可用：{found}。应为{meaning_zh}",
        en="the header {header} cannot be used: {found}. It should be {meaning_en}",
    ),
    "MESSAGE_ENCODING_UNKNOWN": Text(
        zh="不支持的 content_encoding：{found}。只接受 gzip，或不压缩",
        en="the content_encoding {found} is not known. Send gzip, or no content_encoding at all",
    ),
    "MESSAGE_EMPTY": Text(
        zh="消息正文为空。正文应为对账单文件的全部字节",
        en="the message has no body. The body is the bytes of the statement file",
    ),
    "MESSAGE_TOO_LARGE": Text(
        zh="正文 {length} 字节，消息上限为 {length_max} 字节。请改用 HTTP 上传：POST /api/v1/statements",
        en="the body has {length} bytes, a message holds at most {length_max}. "
        "Upload the file by HTTP: POST /api/v1/statements",
    ),
    "GZIP_TOO_LARGE": Text(
        zh="解压后超过 {length_max} 字节。请改用 HTTP 上传原文件：POST /api/v1/statements",
        en="the body unpacks to more than {length_max} bytes. Upload the plain file by HTTP: POST /api/v1/statements",
    ),
    "GZIP_TRUNCATED": Text(
        zh="gzip 数据不完整（缺少结尾）。请重新压缩并发送整个文件",
        en="the gzip data end before their time. Compress the file again and send all of it",
    ),
    "GZIP_MALFORMED": Text(
        zh="gzip 数据损坏：{found}。请重新压缩后发送",
        en="the gzip data are broken: {found}. Compress the file again and send it",
    ),
    "HANDLER_FAILED": Text(
        zh="处理该消息 {attempts} 次均失败（{error}）。消息已保留在死信队列，请联系系统维护人员",
        en="the message could not be processed in {attempts} attempts ({error}). It is kept among the dead letters; "
        "tell the people who run the system",
    ),
}


def violation(code: str, **params: str | int) -> Violation:
    """Build the violation from the catalogue; an unknown code or a missing fact is a defect and raises LookupError.

    >>> violation("MESSAGE_ENCODING_UNKNOWN", found="'br'").en
    "the content_encoding 'br' is not known. Send gzip, or no content_encoding at all"
    """
    return Violation.from_text(code, CATALOGUE[code], params)


def poisonous(code: str, **params: str | int) -> Poisonous:
    """Build the error that sends a message to the dead letters."""
    return Poisonous(violation(code, **params))
