"""A file as it comes in over HTTP: as the body itself, or as the one file of a form; stored piece by piece.

aiohttp's own reading of forms has no limit on parts and follows nested ones without end, and a part may say that it is
encoded; here parts are counted, nested and encoded ones are refused, and the file goes to the database as it comes.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from typing import Final

import attrs
from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from services.portal import sentences
from services.portal.calls import Call
from services.portal.endpoints import FORM, Streamed
from services.portal.problems import Found, Problem
from services.store import accounts, uploads
from services.store.outages import OUTAGES
from services.store.statements import STATEMENT_BYTES_MAX
from services.store.uploads import Upload

# The server lets a body come slowly, but not for longer; what must be done with a large file comes on top.
UPLOAD_SECONDS_MAX: Final = 4_000.0
SILENT_SECONDS_MAX: Final = 30.0
# A form is a little longer than its file.
BODY_BYTES_MAX: Final = STATEMENT_BYTES_MAX + 16 * 1024
_PART_BYTES: Final = 64 * 1024
_FIELD_BYTES_MAX: Final = 1024
_FIELDS: Final = ("source", "filename")
_FILE: Final = "file"
_PLAIN: Final = frozenset({"", "7bit", "8bit", "binary"})
_SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FILENAME_CHARACTERS_MAX: Final = 200
_UNNAMED: Final = "statement"


@attrs.frozen(kw_only=True)
class FileQuery:
    """What is said of a file beside its bytes; a form may say it in fields of the same names.

    Attributes:
        source: name of the bank profile; it may be left out while all registered accounts have the same.
        filename: how people know the file, at most 200 characters; a form's file brings its own.
    """

    source: str | None = None
    filename: str | None = None


@attrs.frozen(kw_only=True)
class IncomingFile:
    """A file that has come whole."""

    upload: Upload
    source: str
    filename: str


@contextlib.asynccontextmanager
async def incoming_file(call: Call, body: Streamed, query: FileQuery) -> AsyncIterator[IncomingFile]:
    """Store a file, and give it; it is dropped again when something goes wrong.

    Raises:
        Problem: 400, 408, 413, 422 with what is wrong; 415 of a part.
        RefusedError: FILE_EMPTY, STATEMENT_TOO_LARGE.
    """
    request = body.request
    if (request.content_length or 0) > BODY_BYTES_MAX:
        raise Problem.of(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "BODY_TOO_LARGE", limit=BODY_BYTES_MAX)
    form = _Form(call, query)
    try:
        if request.content_type == FORM:
            await form.read(request)
        else:
            await form.take(_raw(request))
        assert form.upload is not None  # noqa: S101 -- both ways end with one, or raise.
        source = await _source(call, form.said("source"))
        yield IncomingFile(upload=form.upload, source=source, filename=_filename(form.said("filename")))
    except BaseException:
        if form.upload is not None:
            with contextlib.suppress(*OUTAGES):
                async with call.working() as connection:
                    await uploads.drop(connection, form.upload.id)
        raise


class _Form:
    """What has come so far; a raw body is a form of the file alone."""

    def __init__(self, call: Call, query: FileQuery) -> None:
        self._call = call
        self._said = {name: value for name in _FIELDS if (value := getattr(query, name)) is not None}
        self._part_filename: str | None = None
        self.upload: Upload | None = None

    def said(self, name: str) -> str | None:
        """Give a field; the file's own name where no other was given."""
        own = self._part_filename if name == "filename" else None
        return self._said.get(name, own)

    async def take(self, body: AsyncIterator[bytes]) -> None:
        """Store the file."""
        self.upload = await uploads.take(self._call.working, body, bytes_max=STATEMENT_BYTES_MAX)

    async def read(self, request: web.Request) -> None:
        """Read a form: one file, and each field at most once."""
        with _malformed():
            reader = MultipartReader(request.headers, request.content)
        while (part := await _next(reader)) is not None:
            name = _name_of(part)
            if name == _FILE:
                if self.upload is not None:
                    raise _wrong("more than one file")
                self._part_filename = part.filename
                await self.take(_chunks(part))
            elif name in self._said:
                raise _wrong(f"{name} twice")
            else:
                self._said[name] = await _field(part)
        if self.upload is None:
            raise _wrong("no part named file")


async def _raw(request: web.Request) -> AsyncIterator[bytes]:
    while True:
        async with _in_time():
            piece = await request.content.readany()
        if not piece:
            return
        yield piece


async def _next(reader: MultipartReader) -> BodyPartReader | None:
    async with _in_time():
        with _malformed():
            part = await reader.next()
    if part is None:
        return None
    if not isinstance(part, BodyPartReader):
        raise _wrong("nested multipart")
    return part


def _name_of(part: BodyPartReader) -> str:
    """Give the part's name, of those that we know; a name that comes again is noticed when it does."""
    encoding = part.headers.get("Content-Encoding", "") or part.headers.get("Content-Transfer-Encoding", "")
    if encoding.lower() not in _PLAIN:
        raise Problem.of(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "CONTENT_ENCODED", found=encoding)
    with _malformed():
        name = part.name or ""
    if name not in {_FILE, *_FIELDS}:
        raise _wrong(f"unknown part {name[:60]!r}")
    return name


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while True:
        async with _in_time():
            with _malformed():
                piece = await part.read_chunk(_PART_BYTES)
        if not piece:
            return
        yield piece


async def _field(part: BodyPartReader) -> str:
    value = bytearray()
    async for piece in _chunks(part):
        value += piece
        if len(value) > _FIELD_BYTES_MAX:
            raise _wrong(f"a field of more than {_FIELD_BYTES_MAX} bytes")
    with _malformed():
        return value.decode()


@contextlib.asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Wait for the client, but not for ever.

    Raises:
        Problem: 408.
    """
    try:
        async with asyncio.timeout(SILENT_SECONDS_MAX):
            yield
    except TimeoutError:
        raise Problem.of(HTTPStatus.REQUEST_TIMEOUT, "BODY_TOO_SLOW", seconds=int(SILENT_SECONDS_MAX)) from None


@contextlib.contextmanager
def _malformed() -> Iterator[None]:
    try:
        yield
    # What aiohttp raises on forms that are none; it asserts what it does not find.
    except (ValueError, RuntimeError, AssertionError, HttpProcessingError) as error:
        raise _wrong("malformed") from error


def _wrong(why: str) -> Problem:
    return Problem.of(HTTPStatus.BAD_REQUEST, "MULTIPART_WRONG", why=why)


async def _source(call: Call, given: str | None) -> str:
    """Take the source that was given, or the one that all registered accounts have.

    Raises:
        Problem: 422 when it is needed, or is none.
    """
    if given is None:
        async with call.working(reads_only=True) as connection:
            known = await accounts.sources(connection)
        if len(known) == 1:
            return known[0]
        raise _unprocessable("FIELD_MISSING", field="source")
    if not _SOURCE.fullmatch(given):
        raise _unprocessable(
            "FIELD_WRONG", field="source", expected_zh="银行来源名称", expected_en="the name of a bank source"
        )
    return given


def _filename(given: str | None) -> str:
    name = re.split(r"[/\\]", given or "")[-1] or _UNNAMED
    if len(name) > _FILENAME_CHARACTERS_MAX or not name.isprintable():
        raise _unprocessable(
            "FIELD_WRONG",
            field="filename",
            expected_zh=f"最多 {_FILENAME_CHARACTERS_MAX} 个可显示的字符",
            expected_en=f"at most {_FILENAME_CHARACTERS_MAX} printable characters",
        )
    return name


def _unprocessable(key: str, **facts: str) -> Problem:
    found = Found(violation=sentences.violation(key, **facts), pointer=f"/{facts['field']}")
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, [found])
