"""Files that prove what an employer asks for: uploaded, deleted before they are handed in, looked at, downloaded.

A file is uploaded for a slot of a purpose first; the call that submits something names the files, and binds them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import quote

import attrs
from aiohttp import web

from libsubsidy import Policy
from services.portal.attachments.decoding import UndrawableError
from services.portal.attachments.receiving import UploadQuery, receive
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.endpoints import Endpoints, Streamed
from services.portal.middleware.security_headers import SANDBOX
from services.portal.problems import Problem
from services.portal.roles import EMPLOYERS, REVIEWERS, Roles
from services.portal.wire import Id
from services.store import attachments as kept
from services.store.attachments import Attachment, AttachmentState, Stored
from services.store.refusals import absent

# F112: whose it is, and who decides by it. An auditor is told by the application that there is one, and no more.
READERS: Final[Roles] = EMPLOYERS | REVIEWERS
# The largest file on the slowest line that the server bears (services/portal/limits.py), opened and stored.
UPLOAD_SECONDS_MAX: Final = 1_500.0
DOWNLOAD_SECONDS_MAX: Final = 120.0
DRAWING_SECONDS_MAX: Final = 60.0
BINARY: Final = "application/octet-stream"
JPEG: Final = "image/jpeg"

attachments = Endpoints(tag="附件 attachments")


class PictureSize(Enum):
    """How large a page is drawn: the longer side has 320 or 1,600 pixels at most."""

    THUMBNAIL = "thumbnail"
    PAGE = "page"

    @property
    def pixels(self) -> int:
        """The longer side."""
        return 320 if self is PictureSize.THUMBNAIL else 1_600


@attrs.frozen(kw_only=True)
class WaitingQuery(PageQuery):
    """Which of the files that are not handed in.

    Attributes:
        purpose: only those uploaded for it.
    """

    purpose: str | None = None


@attrs.frozen(kw_only=True)
class PictureQuery:
    """How a page is drawn."""

    size: PictureSize = PictureSize.PAGE


@attrs.frozen(kw_only=True)
class AttachmentView:
    """A file.

    Attributes:
        slot: name of the slot of the purpose.
        filename: how people know it.
        size: in bytes; this and what follows is known once it is stored.
        media_type: what it is by its contents.
        sha256: of its bytes, in hexadecimal digits.
        pages: how many there are to be looked at.
        state: ``uploading``, ``stored``, ``bound`` (handed in), ``replaced`` (handed in, and then another instead).
    """

    id: Id
    purpose: str
    slot: str
    filename: str
    size: int | None
    media_type: str | None
    sha256: str | None
    pages: int | None
    state: AttachmentState
    uploaded_at: datetime


@attachments.post(
    "/attachments",
    who=EMPLOYERS,
    scope="attachments:write",
    status=HTTPStatus.CREATED,
    location="/attachments/{id}",
    creates=True,
    body_bytes_max=Policy().attachment_bytes_max,
    seconds_max=UPLOAD_SECONDS_MAX,
)
async def upload(call: Call, body: Streamed, query: UploadQuery) -> AttachmentView:
    """Upload a file: a JPEG, PNG or WebP picture, or a PDF, at most 20 MiB, as the body itself.

    What it is, is told by its contents; it is opened, and what cannot be looked at is refused. It counts as stored once the
    store has given back the bytes that were sent. What is not handed in within a day is forgotten.
    """
    return await receive(call.portal, call.working, body.request, query, attachment_view)


@attachments.get("/attachments", who=EMPLOYERS, scope="attachments:read")
async def list_waiting(call: Call, query: WaitingQuery) -> Page[AttachmentView]:
    """List what was stored and is not handed in yet, the newest first."""
    found = await kept.waiting(call.connection, query.purpose, before=query.after_id(), limit=query.limit + 1)
    return page_of(found, query, attachment_view, lambda each: (each.id,))


@attachments.get("/attachments/{attachment_id}", who=READERS, scope="attachments:read")
async def get_attachment(call: Call, attachment_id: int) -> AttachmentView:
    """Show what is known of a file."""
    return attachment_view(await kept.get(call.connection, attachment_id))


@attachments.delete("/attachments/{attachment_id}", who=EMPLOYERS, scope="attachments:write")
async def delete_attachment(call: Call, attachment_id: int) -> None:
    """Delete a file that was not handed in.

    Raises:
        ATTACHMENT_BOUND: it was, and is evidence.
    """
    await kept.delete(call.connection, attachment_id)


@attachments.get(
    "/attachments/{attachment_id}/content",
    who=READERS,
    scope="attachments:read",
    transaction=False,
    seconds_max=DOWNLOAD_SECONDS_MAX,
    media=BINARY,
)
async def download(call: Call, attachment_id: int) -> web.StreamResponse:
    """Download a file as it was sent; to be saved, never to be shown within a page."""
    return await send(call, *await _stored(call, attachment_id))


@attachments.get(
    "/attachments/{attachment_id}/pages/{page}",
    who=READERS,
    scope="attachments:read",
    transaction=False,
    seconds_max=DRAWING_SECONDS_MAX,
    media=JPEG,
)
async def draw_page(call: Call, attachment_id: int, page: int, query: PictureQuery) -> web.StreamResponse:
    """Look at a page of a file, the first is 1: drawn anew from its pixels, upright, without what else the file carries."""
    return await picture(call, *await _stored(call, attachment_id), page, query)


def attachment_view(attachment: Attachment) -> AttachmentView:
    """Show a file."""
    stored = attachment.stored
    return AttachmentView(
        id=Id(attachment.id),
        purpose=attachment.purpose,
        slot=attachment.slot,
        filename=attachment.filename,
        size=None if stored is None else stored.size_bytes,
        media_type=None if stored is None else stored.media_type.value,
        sha256=None if stored is None else stored.sha256.hex(),
        pages=None if stored is None else stored.pages,
        state=attachment.state,
        uploaded_at=attachment.begun_at,
    )


async def send(call: Call, attachment: Attachment, stored: Stored) -> web.StreamResponse:
    """Send the bytes of a file, for a call that has found it as whoever asks; nothing is held open meanwhile."""
    response = web.StreamResponse(
        headers={
            "Content-Type": BINARY,
            "Content-Disposition": disposition_of(attachment.filename),
            "Content-Security-Policy": SANDBOX,
        }
    )
    response.content_length = stored.size_bytes
    pieces = aiter(call.portal.storage.read(attachment.storage_key))
    first = await anext(pieces)  # Before anything is said: a store that is away can still be told.
    await response.prepare(call.request)
    try:
        await response.write(first)
        async for piece in pieces:
            await response.write(piece)
        await response.write_eof()
    except BaseException:
        # A download that breaks off is noticed; one that goes on with the words of a problem is a spoilt file.
        if call.request.transport is not None:
            call.request.transport.abort()
        raise
    return response


async def picture(
    call: Call, attachment: Attachment, stored: Stored, page: int, query: PictureQuery
) -> web.StreamResponse:
    """Draw a page, for a call that has found the file as whoever asks.

    Raises:
        Problem: 404 ABSENT, 422 PAGE_UNDRAWABLE.
    """
    if page > stored.pages:
        raise absent("页", "page", page)
    async with _fetched(call, attachment) as file:
        try:
            drawn = await call.portal.decoders.draw(file, stored.media_type, page, query.size.pixels, whose=call.origin)
        except UndrawableError:
            raise Problem.of(HTTPStatus.UNPROCESSABLE_ENTITY, "PAGE_UNDRAWABLE", page=page) from None
    return web.Response(body=drawn, content_type=JPEG, headers={"Content-Security-Policy": SANDBOX})


def whole(attachment: Attachment) -> tuple[Attachment, Stored]:
    """Give a file with what is known of it since it was stored.

    Raises:
        RefusedError: ABSENT; it is on its way.
    """
    if attachment.stored is None:
        raise absent("附件", "attachment", attachment.id)
    return attachment, attachment.stored


def disposition_of(filename: str) -> str:
    r"""Name a download: in ASCII for whoever knows no other, and whole (RFC 6266, RFC 8187).

    >>> disposition_of('证书 "副本".PDF')
    'attachment; filename="__ ____.PDF"; filename*=UTF-8\'\'%E8%AF%81%E4%B9%A6%20%22%E5%89%AF%E6%9C%AC%22.PDF'
    """
    plain = "".join(each if each.isascii() and each.isprintable() and each not in '"\\%' else "_" for each in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


async def _stored(call: Call, attachment_id: int) -> tuple[Attachment, Stored]:
    async with call.working(reads_only=True) as connection:
        return whole(await kept.get(connection, attachment_id))


@asynccontextmanager
async def _fetched(call: Call, attachment: Attachment) -> AsyncIterator[Path]:
    with TemporaryDirectory(prefix="subsidy-attachment-") as folder:
        file = Path(folder) / "file"
        await call.portal.storage.fetch(attachment.storage_key, file)
        yield file
