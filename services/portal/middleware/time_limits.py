"""How long an answer beside the API may take; calls of the API have each their own limit (`Endpoint.seconds_max`)."""

import asyncio
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from services.portal.problems import Problem

SECONDS_MAX: Final = web.AppKey("seconds_max", float)
PAGE_SECONDS_MAX: Final = 20.0
_API: Final = "/api/"


@web.middleware
async def time_limits(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Break a page off that takes too long.

    Raises:
        Problem: 503 TOO_SLOW.
    """
    if request.path.startswith(_API):
        return await handler(request)
    seconds_max = request.app[SECONDS_MAX]
    deadline = asyncio.timeout(seconds_max)
    try:
        async with deadline:
            return await handler(request)
    except TimeoutError:
        if not deadline.expired():
            raise
        raise Problem.of(HTTPStatus.SERVICE_UNAVAILABLE, "TOO_SLOW", seconds=round(seconds_max)) from None
