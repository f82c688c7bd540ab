"""接口 document: what the API is, for programs and for people, and what each code of its problems means."""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.openapi import ApiDocument

_JSON: Final = "application/json"
_KEEP_SECONDS: Final = 300

api_document = Endpoints(tag="接口 document")


DOCUMENT: Final = web.AppKey("document", ApiDocument)


@api_document.get("/openapi.json", who=None, transaction=False, also=(304,), media=_JSON)
async def openapi(call: Call) -> web.Response:
    """Read this document: OpenAPI 3.1, for tools and for generating clients."""
    document = call.request.app[DOCUMENT]
    return unchanging(call.request, document.body, document.etag, _JSON)


def unchanging(request: web.Request, body: bytes, etag: str, media: str) -> web.Response:
    """Answer with something that stays the same as long as the process runs; 304 to whoever has it already."""
    known = {each.value for each in request.if_none_match or ()}
    headers = {"ETag": f'"{etag}"', "Cache-Control": f"public, max-age={_KEEP_SECONDS}"}
    if etag in known or "*" in known:
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    charset = None if media == _JSON else "utf-8"
    return web.Response(body=body, content_type=media, charset=charset, headers=headers)
