"""Every request has an id: in its answer, in every line of the log, and in what people are told to report."""

import re
import secrets
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from structlog.contextvars import bind_contextvars

from services.portal.middleware.client_address import PROXIES

HEADER: Final = "X-Request-Id"
REQUEST_ID: Final = web.RequestKey("request_id", str)
_FORM: Final = re.compile(r"[0-9A-Za-z_-]{8,64}")


def id_of(request: web.Request) -> str:
    """Give the request's id; a trusted proxy may bring its own, nobody else."""
    known = request.get(REQUEST_ID)
    if known is None:
        brought = request.headers.get(HEADER, "")
        believed = _FORM.fullmatch(brought) and (request.remote or "") in request.app[PROXIES]
        known = brought if believed else secrets.token_hex(8)
        request[REQUEST_ID] = known
    return known


@web.middleware
async def request_ids(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Bind the id to the log of this request; aiohttp gives each request a context of its own."""
    bind_contextvars(request_id=id_of(request))
    return await handler(request)


async def on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Put the id on the answer."""
    response.headers[HEADER] = id_of(request)
