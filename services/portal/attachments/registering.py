"""The same calls for who registers and has no employer yet: the files of one registration, by its own session (F6).

{{ attachment_fields(SLOTS["registration"], "registration", at="/api/v1/registrations/attachments") }}
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

from aiohttp import web

from libsubsidy import Policy
from services.portal.attachments.files import (
    BINARY,
    DOWNLOAD_SECONDS_MAX,
    DRAWING_SECONDS_MAX,
    JPEG,
    UPLOAD_SECONDS_MAX,
    AttachmentView,
    PictureQuery,
    attachment_view,
    picture,
    send,
    whole,
)
from services.portal.attachments.receiving import UploadQuery, receive
from services.portal.calls import Call
from services.portal.endpoints import Endpoints, Streamed
from services.portal.registration import sessions
from services.store import attachments as kept
from services.store.attachments import Attachment, Stored
from services.store.database import Connection, working

_PATH: Final = "/registrations/attachments"
_OF_ONE: Final = _PATH + "/{attachment_id}"

registration_files = Endpoints(tag="注册附件 attachments of registrations")


@registration_files.post(
    _PATH,
    who=None,
    status=HTTPStatus.CREATED,
    location=_PATH + "/{id}",
    body_bytes_max=Policy().attachment_bytes_max,
    seconds_max=UPLOAD_SECONDS_MAX,
    also=(HTTPStatus.CONFLICT,),
)
async def upload_own(call: Call, body: Streamed, query: UploadQuery) -> AttachmentView:
    """Upload a file for the registration of the proven telephone; the purpose is ``registration``."""
    who = await sessions.prove(call.portal, call.request)

    @asynccontextmanager
    async def transaction() -> AsyncIterator[Connection]:
        async with working(call.portal.pool, who.actor(call.origin)) as connection:
            yield connection

    return await receive(call.portal, transaction, body.request, query, attachment_view)


@registration_files.get(_OF_ONE, who=None, transaction=False)
async def get_own(call: Call, attachment_id: int) -> AttachmentView:
    """Show what is known of an own file."""
    async with _acting(call, reads_only=True) as connection:
        return attachment_view(await kept.get(connection, attachment_id))


@registration_files.delete(_OF_ONE, who=None, transaction=False, also=(HTTPStatus.CONFLICT,))
async def delete_own(call: Call, attachment_id: int) -> None:
    """Delete an own file that was not handed in."""
    async with _acting(call) as connection:
        await kept.delete(connection, attachment_id)


@registration_files.get(
    _OF_ONE + "/content", who=None, transaction=False, seconds_max=DOWNLOAD_SECONDS_MAX, media=BINARY
)
async def download_own(call: Call, attachment_id: int) -> web.StreamResponse:
    """Download an own file as it was sent."""
    return await send(call, *await _stored(call, attachment_id))


@registration_files.get(
    _OF_ONE + "/pages/{page}", who=None, transaction=False, seconds_max=DRAWING_SECONDS_MAX, media=JPEG
)
async def draw_own_page(call: Call, attachment_id: int, page: int, query: PictureQuery) -> web.StreamResponse:
    """Look at a page of an own file, drawn anew."""
    return await picture(call, *await _stored(call, attachment_id), page, query)


@asynccontextmanager
async def _acting(call: Call, *, reads_only: bool = False) -> AsyncIterator[Connection]:
    who = await sessions.prove(call.portal, call.request)
    async with working(call.portal.pool, who.actor(call.origin), reads_only=reads_only) as connection:
        yield connection


async def _stored(call: Call, attachment_id: int) -> tuple[Attachment, Stored]:
    async with _acting(call, reads_only=True) as connection:
        return whole(await kept.get(connection, attachment_id))
