"""The statement message: how a bank's file arrives (design: the message contract).

====================  ==================================================================================================
body                  the bytes of the statement file, at most 16 MiB, as they are or packed by gzip
``message_id``        the sender's id; a file is known by (source, message_id). Without one, the sha256 of the file
``content_type``      optional, kept
``content_encoding``  absent or ``gzip``
header ``source``     the name of the bank profile, such as ``icbc``
header ``filename``   optional: a bare file name, shown to people and never used as a path
====================  ==================================================================================================

Reading is tolerant where nothing depends on it (unknown headers, content types and properties are passed over) and
strict where something does. What is refused is `Poisonous` with the reason, and goes whole to the dead letters.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Final, cast

import attrs
from aio_pika.abc import AbstractMessage

from services.bus.inflate import inflate
from services.bus.refusals import poisonous

# RabbitMQ 4 takes no bigger message by default (3.x: 128 MiB).
STATEMENT_BYTES_MAX: Final = 16 * 1024 * 1024
# A bank's text packs about ten to one; what is bigger comes by HTTP, where no message has to fit into memory.
UNPACKED_BYTES_MAX: Final = 64 * 1024 * 1024
SOURCE_BYTES_MAX: Final = 64
FILENAME_BYTES_MAX: Final = 255
# AMQP 0-9-1 §4.2.5.3: a short string.
MESSAGE_ID_BYTES_MAX: Final = 255
FILENAME_UNKNOWN: Final = "statement"

_SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.ASCII)
_PATH_PARTS: Final = re.compile(r"[/\\]")
# Control, format (text direction among them), half surrogates, separators of lines and paragraphs.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@attrs.frozen(kw_only=True)
class IncomingStatement:
    """A statement file as it came by message, unpacked, its labels checked; what is in it nobody has read yet."""

    source: str
    message_id: str
    filename: str
    content_type: str
    body: bytes = attrs.field(repr=False)


def read_statement(message: AbstractMessage) -> IncomingStatement:
    """Read the contract out of a message; unpacking may take a second, so call it in a thread.

    Raises:
        Poisonous: the message breaks the contract; the violation names the header or limit.
    """
    headers = cast("Mapping[str, object]", message.headers)
    source = _source(headers)
    filename = _filename(headers)
    message_id = _text("message_id", message.message_id or "", MESSAGE_ID_BYTES_MAX)
    content_type = _text("content_type", message.content_type or "", MESSAGE_ID_BYTES_MAX)
    body = _body(message.body, message.content_encoding)
    return IncomingStatement(
        source=source,
        message_id=message_id or hashlib.sha256(body).hexdigest(),
        filename=filename,
        content_type=content_type,
        body=body,
    )


def _source(headers: Mapping[str, object]) -> str:
    meaning = {"meaning_zh": "银行对账单来源名称，如 icbc", "meaning_en": "the name of the bank profile, such as icbc"}
    if headers.get("source") is None:
        raise poisonous("MESSAGE_HEADER_MISSING", header="source", **meaning)
    source = _text("source", headers["source"], SOURCE_BYTES_MAX)
    if _SOURCE.fullmatch(source) is None:
        raise poisonous("MESSAGE_HEADER_MALFORMED", header="source", found=ascii(source), **meaning)
    return source


def _filename(headers: Mapping[str, object]) -> str:
    if headers.get("filename") is None:
        return FILENAME_UNKNOWN
    filename = _text("filename", headers["filename"], FILENAME_BYTES_MAX)
    # A path would be harmless here, where it is a mere label, and not in every tool that this label reaches.
    if not filename.strip() or filename in {".", ".."} or _PATH_PARTS.search(filename):
        raise poisonous(
            "MESSAGE_HEADER_MALFORMED",
            header="filename",
            found=ascii(filename),
            meaning_zh="不带目录的文件名，如 20200401.ofx",
            meaning_en="a bare file name without folders, such as 20200401.ofx",
        )
    return filename


def _text(header: str, value: object, length_max: int) -> str:
    """Check one label: text, not too long, nothing invisible, which forges lines in logs and names on screens."""
    if not isinstance(value, str):
        # The client hands bytes over where it could not decode them.
        found = "bytes in another encoding" if isinstance(value, bytes | bytearray) else type(value).__name__
        raise poisonous("MESSAGE_HEADER_NOT_TEXT", header=header, found=found)
    length = len(value.encode("utf-8", "surrogatepass"))
    if length > length_max:
        raise poisonous("MESSAGE_HEADER_TOO_LONG", header=header, length=length, length_max=length_max)
    if any(unicodedata.category(character) in _INVISIBLE for character in value):
        raise poisonous(
            "MESSAGE_HEADER_MALFORMED",
            header=header,
            found=ascii(value),
            meaning_zh="不含控制字符等不可见字符的文本",
            meaning_en="text without control or other invisible characters",
        )
    return value


def _body(body: bytes, encoding: str | None) -> bytes:
    if not body:
        raise poisonous("MESSAGE_EMPTY")
    if len(body) > STATEMENT_BYTES_MAX:
        raise poisonous("MESSAGE_TOO_LARGE", length=len(body), length_max=STATEMENT_BYTES_MAX)
    match (encoding or "").strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            unpacked = inflate(body, UNPACKED_BYTES_MAX)
            if not unpacked:
                raise poisonous("MESSAGE_EMPTY")
            return unpacked
        case other:
            raise poisonous("MESSAGE_ENCODING_UNKNOWN", found=ascii(other[:40]))
