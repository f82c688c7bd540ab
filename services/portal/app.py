"""The application: every feature's calls under /api/v1, and what lies around all of them."""

from collections.abc import Iterator
from typing import Final

from aiohttp import web

from services.portal import health
from services.portal.dispatch import handler_of
from services.portal.endpoints import Endpoint, Endpoints
from services.portal.middleware.surroundings import surround
from services.portal.portal import PORTAL, Portal

API: Final = "/api/v1"
# The features, in the order of the API document.
FEATURES: Final[tuple[Endpoints, ...]] = ()


def endpoints() -> Iterator[Endpoint]:
    """Give every call of the API."""
    for feature in FEATURES:
        yield from feature


def make_app(portal: Portal) -> web.Application:
    """Build the application; what it serves is the table of endpoints and the pages."""
    app = web.Application(client_max_size=0)
    app[PORTAL] = portal
    surround(app, secure=portal.settings.secure, proxies=portal.settings.proxies)
    health.add_routes(app)
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
