"""接口 document: what the API is, for programs and for people, and what each code of its problems means."""

import asyncio
from http import HTTPStatus
from typing import Final

import attrs
from aiohttp import web

from services.portal.api_page import ASSETS_USED, page_of
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.openapi import ApiDocument
from services.portal.pages.assets import ASSETS
from services.portal.problem_codes import CodeMeaning, all_meanings, meaning_of
from services.portal.problems import Problem

_JSON: Final = "application/json"
_HTML: Final = "text/html"
_KEEP_SECONDS: Final = 300

api_document = Endpoints(tag="接口 document")


@attrs.frozen(kw_only=True)
class Codes:
    """Every code, in the order of the alphabet."""

    items: tuple[CodeMeaning, ...]


DOCUMENT: Final = web.AppKey("document", ApiDocument)


@api_document.get("/openapi.json", who=None, transaction=False, also=(304,), media=_JSON)
async def openapi(call: Call) -> web.Response:
    """Read this document: OpenAPI 3.1, for tools and for generating clients."""
    document = call.request.app[DOCUMENT]
    return unchanging(call.request, document.body, document.etag, _JSON)


@api_document.get("/docs", who=None, transaction=False, also=(304,), media=_HTML)
async def docs(call: Call) -> web.Response:
    """Read this document as a page, in Chinese and English."""
    app = call.request.app
    files = tuple((name, app[ASSETS].path(name)) for name in ASSETS_USED)
    # Drawn once; in a thread, so that others are answered meanwhile.
    page = await asyncio.to_thread(page_of, app[DOCUMENT], files)
    return unchanging(call.request, page.body, page.etag, _HTML)


@api_document.get("/problems", who=None, transaction=False)
async def list_codes(_: Call) -> Codes:
    """List every code that a problem may have, with its sentences."""
    return Codes(items=all_meanings())


@api_document.get("/problems/{code}", who=None, transaction=False)
async def explain_code(_: Call, code: str) -> CodeMeaning:
    """Say what a code means: the `type` of a problem leads here."""
    meaning = meaning_of(code)
    if meaning is None:
        raise Problem.of(HTTPStatus.NOT_FOUND, "CODE_UNKNOWN", code=code)
    return meaning


def unchanging(request: web.Request, body: bytes, etag: str, media: str) -> web.Response:
    """Answer with something that stays the same as long as the process runs; 304 to whoever has it already."""
    known = {each.value for each in request.if_none_match or ()}
    headers = {"ETag": f'"{etag}"', "Cache-Control": f"public, max-age={_KEEP_SECONDS}"}
    if etag in known or "*" in known:
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    charset = None if media == _JSON else "utf-8"
    return web.Response(body=body, content_type=media, charset=charset, headers=headers)
