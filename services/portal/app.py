"""The application: every feature's calls under /api/v1, and what lies around all of them."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from services.portal.dispatch import handler_of
from services.portal.endpoints import Endpoint, Endpoints
from services.portal.portal import PORTAL, Portal
from services.portal.problems import Problem
from services.portal.refusals import problem_of

API: Final = "/api/v1"
# The features, in the order of the API document.
FEATURES: Final[tuple[Endpoints, ...]] = ()

log = structlog.get_logger()


def endpoints() -> Iterator[Endpoint]:
    """Give every call of the API."""
    for feature in FEATURES:
        yield from feature


def make_app(portal: Portal) -> web.Application:
    """Build the application; what it serves is the table of endpoints and the pages."""
    app = web.Application(middlewares=[problems], client_max_size=0)
    app[PORTAL] = portal
    for endpoint in endpoints():
        app.router.add_route(endpoint.method, API + _pattern(endpoint), handler_of(endpoint), name=endpoint.name)
    return app


def _pattern(endpoint: Endpoint) -> str:
    """Limit what the path's names match: ids to what a bigint holds, words to short ones."""
    path = endpoint.path
    for name, kind in endpoint.path_types.items():
        form = r"[1-9][0-9]{0,17}" if issubclass(kind, int) else r"[0-9A-Za-z_-]{1,40}"
        path = path.replace(f"{{{name}}}", f"{{{name}:{form}}}")
    return path


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever is raised into a problem document."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPNotFound:
        return Problem.of(HTTPStatus.NOT_FOUND, "PATH_UNKNOWN").response()
    except web.HTTPMethodNotAllowed as error:
        response = Problem.of(HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", method=request.method).response()
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
    except Exception as error:
        known = problem_of(error)
        if known is None:
            raise
        return known.response()
