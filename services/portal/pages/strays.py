"""Whoever opens an address where there is no page reads so on a page; a program still gets its problem document."""

from http import HTTPStatus
from typing import Final

import aiohttp_jinja2
from aiohttp import web
from aiohttp.typedefs import Handler

from services.portal.problems import Problem

_OF_PROGRAMS: Final = ("/api/", "/assets/")


@web.middleware
async def strays(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a browser's question for a page that is not there, or not there for the one who asks."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        if not _wants_page(request):
            raise
    found = Problem.of(HTTPStatus.NOT_FOUND, "PAGE_UNKNOWN").found
    response = aiohttp_jinja2.render_template("problem.html", request, {"found": found})
    response.set_status(HTTPStatus.NOT_FOUND)
    return response


def _wants_page(request: web.Request) -> bool:
    return "text/html" in request.headers.get("Accept", "") and not request.path.startswith(_OF_PROGRAMS)
