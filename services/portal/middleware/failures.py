"""Whatever is raised becomes a problem document; what nobody expected is logged once and told as nothing but an id."""

from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from services.portal import http_metrics
from services.portal.attachments.storage import StorageError
from services.portal.limits import BodyTooSlowError
from services.portal.middleware.access_log import route_of
from services.portal.problems import Problem
from services.portal.refusals import problem_of
from services.portal.unexpected import log_unexpected
from services.store.outages import OUTAGES

# As other servers count it: the client closed the connection before there was an answer.
_CLIENT_GONE: Final = 499

log = structlog.get_logger()


@web.middleware
async def failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what a handler raises."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as error:
        return error if error.status < HTTPStatus.BAD_REQUEST else _answered(error, request)
    except BodyTooSlowError as error:
        return Problem.of(HTTPStatus.REQUEST_TIMEOUT, "BODY_TOO_SLOW", seconds=round(error.seconds)).response()
    except Exception as error:  # noqa: BLE001 - the last place that can answer it.
        return _failed(error, request)


def problem_of_http(error: web.HTTPException, method: str) -> Problem:
    """Give the problem document of an error of aiohttp's own."""
    status = HTTPStatus(error.status)
    match error:
        case web.HTTPNotFound():
            return Problem.of(status, "PATH_UNKNOWN")
        case web.HTTPMethodNotAllowed():
            found = Problem.of(status, "METHOD_NOT_ALLOWED", method=method[:20]).found
            return Problem(status, found, headers={"Allow": ", ".join(sorted(error.allowed_methods))})
        case _:
            return Problem.of(status, "HTTP_REFUSED", status=error.status)


def _answered(error: web.HTTPException, request: web.Request) -> web.StreamResponse:
    return problem_of_http(error, request.method).response()


def _failed(error: Exception, request: web.Request) -> web.StreamResponse:
    route = route_of(request)
    if isinstance(error, OSError) and request.transport is None:
        # The body ended with the connection, which is no outage of ours; nobody reads this answer.
        return web.Response(status=_CLIENT_GONE, reason="Client Closed Request")
    if isinstance(error, OUTAGES):
        kind = type(error).__name__
        http_metrics.OUTAGES.labels(kind).inc()
        stored_away = isinstance(error, StorageError)
        log.warning("attachments not available" if stored_away else "database not available", error=kind, route=route)
    known = problem_of(error)
    if known is not None:
        return known.response()
    request_id = log_unexpected(error, route=route)
    return Problem.of(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL", request_id=request_id).response()
