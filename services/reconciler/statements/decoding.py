"""Bytes to text, in pieces of bounded size, by evidence before hearsay.

Headers lie: real files say CHARSET:1252 over UTF-8 bytes, and `us-ascii` over accents. So, in this order:

1. a byte order mark;
2. as long as every byte is ASCII nothing needs deciding: all encodings in question agree there;
3. strict UTF-8: text of another encoding is almost never valid UTF-8 by accident;
4. what the XML declaration or the OFX header names (936, GBK, GB2312, GB18030 -> gb18030, a superset of all of them);
5. what the bank profile says;
6. cp1252, the encoding that OFX 1.x names by default.

The exception to 3: two or three hanzi in GBK can be valid UTF-8 by accident, but then they come out as two-byte letters
(Latin, Greek, Arabic), never as hanzi. Where the file or the profile says GBK and nothing above U+07FF appears, it is GBK.

The choice is made once, on the first piece that is not ASCII. Bytes that contradict it later are an error, not a reason to
guess again: lines have been read by then. What decodes but looks garbled holds the file.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Final

from services.reconciler.statements.limits import FILE_BYTES_MAX, HEAD_BYTES_MAX
from services.reconciler.statements.profile import Profile
from services.reconciler.statements.refusals import Holds, refused, too_large

# Work in pieces of this size, in bytes, whatever the size of the chunks that come in.
PIECE_BYTES: Final = 256 * 1024

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_XML_ENCODING: Final = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([\w.\-]+)[\"']", re.IGNORECASE)
_HEADER: Final = re.compile(rb"(?:ENCODING|CHARSET)\s*:\s*([A-Za-z0-9\-]+)", re.IGNORECASE)
_DECLARATION_BYTES_MAX: Final = 1_024
_CHINESE: Final = frozenset({"936", "cp936", "gbk", "gb2312", "gb18030"})
# Names that say nothing beyond ASCII, or nothing at all.
_SILENT: Final = frozenset({"usascii", "us-ascii", "none", "unicode", "utf-8", "utf-16", "utf8"})
_LATIN: Final = frozenset({"cp1252", "iso8859-1"})
# The first character that two bytes of UTF-8 cannot reach.
_THREE_BYTES: Final = re.compile("[\u0800-\U0010ffff]")
# Accented letters seldom come four in a row; GBK or UTF-8 bytes read as Latin text do.
_LATIN_RUN: Final = re.compile("[^\x00-\x7f]{4,}")
# UTF-8 that was read as cp1252 once and saved again.
_TWICE_ENCODED: Final = re.compile("[ãäåæçè][^\x00-\x7f]{2}|Ã[\u0080-\u00bf]")


def pieces(chunks: Iterable[bytes], file: str) -> Iterator[bytes]:
    """Cut or join chunks of any size to pieces of about PIECE_BYTES, and stop at the limit.

    Raises:
        StatementRefused: STATEMENT_TOO_LARGE.
    """
    gathered: list[bytes] = []
    size = total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > FILE_BYTES_MAX:
            raise too_large(file, 0, "bytes", FILE_BYTES_MAX)
        for start in range(0, len(chunk), PIECE_BYTES):
            part = chunk[start : start + PIECE_BYTES]
            gathered.append(part)
            size += len(part)
            if size >= PIECE_BYTES:
                yield b"".join(gathered)
                gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def declared_encoding(head: bytes) -> str:
    r"""Give the encoding that the XML declaration or the OFX header names, "" if they name none that says more than ASCII.

    >>> declared_encoding(b"ENCODING:USASCII\r\nCHARSET:936\r\n")
    'gb18030'
    >>> declared_encoding(b'<?xml version="1.0" encoding="UTF-8"?>')
    ''
    """
    # The declaration is the first thing of a file, so that no more than its beginning is searched.
    xml = _XML_ENCODING.search(head[:_DECLARATION_BYTES_MAX])
    names = [xml[1]] if xml else _HEADER.findall(head[: head.find(b"<")] if b"<" in head else head)
    for name in (name.decode("ascii").lower() for name in names):
        if name in _CHINESE:
            return "gb18030"
        if name in _SILENT:
            continue
        if name == "8859-1":
            return "iso8859-1"
        try:
            return codecs.lookup(f"cp{name}" if name.isdigit() else name).name
        except LookupError:
            continue
    return ""


def choose(data: bytes, *, final: bool, declared: str, configured: str) -> str:
    """Choose the encoding of data that are not ASCII.

    >>> choose("中文".encode(), final=True, declared="cp1252", configured="")
    'utf-8'
    >>> choose("中文".encode("gbk"), final=True, declared="gb18030", configured="")
    'gb18030'
    """
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data, final)
    except UnicodeDecodeError:
        # A declared Chinese encoding beats the profile; a declared Western one is what files say that know no better.
        if declared and (declared not in _LATIN or not configured):
            return declared
        return configured or "cp1252"
    told = declared if declared == "gb18030" else configured
    if told == "gb18030" and not _THREE_BYTES.search(text):
        return told
    return "utf-8"


class Decoding:
    """Decodes one file's pieces.

    Attributes:
        encoding: what was chosen; "ascii" until something else comes.
    """

    def __init__(self, profile: Profile, holds: Holds) -> None:
        self.encoding = "ascii"
        self._file = holds.file
        self._configured = profile.encoding
        self._errors = "replace" if profile.cuts_characters else "strict"
        self._holds = holds
        self._line = 1

    def texts(self, parts: Iterator[bytes]) -> Iterator[str]:
        """Decode piece by piece.

        Raises:
            StatementRefused: STATEMENT_EMPTY, STATEMENT_ENCODING, STATEMENT_NOT_A_STATEMENT (NUL characters).
        """
        first = next(parts, b"")
        if not first:
            raise refused("STATEMENT_EMPTY", file=self._file)
        declared = declared_encoding(first[:HEAD_BYTES_MAX])
        decoder: codecs.IncrementalDecoder | None = None
        for bom, encoding in _BOMS:
            if first.startswith(bom):
                first = first[len(bom) :]
                self.encoding = encoding
                decoder = codecs.getincrementaldecoder(encoding)(self._errors)
        part, coming = first, next(parts, None)
        while part:
            if decoder is None and not part.isascii():
                # The choice sees one piece more than the first that needs it, which may hold a single hanzi at its end.
                part += coming or b""
                coming = next(parts, None)
                self.encoding = choose(part, final=coming is None, declared=declared, configured=self._configured)
                decoder = codecs.getincrementaldecoder(self.encoding)(self._errors)
            yield self._decode(part, decoder, final=coming is None)
            part, coming = coming or b"", next(parts, None)

    def _decode(self, part: bytes, decoder: codecs.IncrementalDecoder | None, *, final: bool) -> str:
        if b"\0" in part and not self.encoding.startswith("utf-16"):
            raise refused("STATEMENT_NOT_A_STATEMENT", file=self._file, found="NUL")
        try:
            text = decoder.decode(part, final) if decoder else part.decode("ascii")
        except UnicodeDecodeError as error:
            wrong = error.object[error.start : error.end]
            line = self._line + error.object[: error.start].count(b"\n")
            raise refused(
                "STATEMENT_ENCODING", file=self._file, line=line, value=wrong.hex(" "), encoding=self.encoding
            ) from error
        if self.encoding.startswith("utf-16") and "\0" in text:
            raise refused("STATEMENT_NOT_A_STATEMENT", file=self._file, found="NUL")
        if not text.isascii():
            self._doubt(text)
        self._line += text.count("\n")
        return text

    def _doubt(self, text: str) -> None:
        at = max(text.find("\ufffd"), text.find("锟斤拷"))
        # Single characters are looked for first because that is some twenty times faster than the pattern.
        if at < 0 and any(letter in text for letter in "ãäåæçèÃ") and (found := _TWICE_ENCODED.search(text)):
            at = found.start()
        if at < 0 and self.encoding in _LATIN and (found := _LATIN_RUN.search(text)):
            at = found.start()
        if at >= 0:
            self._holds.note(
                "STATEMENT_ENCODING_DOUBTFUL",
                line=self._line + text.count("\n", 0, at),
                field="",
                value=text[at : at + 12],
                encoding=self.encoding,
            )
