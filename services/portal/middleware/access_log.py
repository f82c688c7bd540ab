"""One line and one count per answer: what, how long, from where, by whom; no query, no body, no names.

The route is logged as its pattern: a path that matches none may hold anything that somebody typed. Of a request that has
proven to be somebody's, the user's number and the row numbers in the path are told, too, so that it can be answered for
who opened which file.
"""

import re
from functools import lru_cache
from typing import Final

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from prometheus_client import Counter, Histogram

from services.portal import http_metrics
from services.portal.middleware.client_address import PROXIES, client_address

UNMATCHED: Final = "-"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_STREAM: Final = "text/event-stream"
_PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
# A row number, with what kind of application it is before it; too short for somebody's ID or mobile number.
_ROW: Final = re.compile("(?:[a-z]{1,20}-)?[0-9]{1,10}")

# Who asks, such as user/17; set as soon as it is known.
ACTOR: Final = web.RequestKey("actor", str)

log = structlog.get_logger()


def route_of(request: web.BaseRequest) -> str:
    """Give the pattern of the path that a request matched."""
    if not isinstance(request, web.Request) or request._match_info is None:  # noqa: SLF001 - its property asserts it.
        return UNMATCHED
    resource = request.match_info.route.resource
    return UNMATCHED if resource is None else resource.canonical


class AccessLog(AbstractAccessLogger):
    """Called by aiohttp for every answer, those to malformed requests included."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Log and count one answer; the time is in seconds."""
        route = route_of(request)
        method = request.method if request.method in _METHODS else "other"
        _requests(method, route, response.status).inc()
        if response.content_type != _STREAM:
            _seconds(method, route).observe(time)
        if route in _PROBES:
            return  # Asked every few seconds; the counts tell enough.
        address = (
            client_address(request, request.app[PROXIES])
            if isinstance(request, web.Request) and route != UNMATCHED
            else request.remote
        )
        log.info(
            "answered",
            method=method,
            route=route,
            status=response.status,
            milliseconds=round(time * 1000, 1),
            bytes=response.body_length,
            address=address or "",
            **_whose(request),
        )


def _whose(request: web.BaseRequest) -> dict[str, object]:
    """Say who asked, and for which rows; nothing of a request that is nobody's."""
    if not isinstance(request, web.Request) or ACTOR not in request:
        return {}
    rows = {name: text for name, text in request.match_info.items() if _ROW.fullmatch(text)}
    return {"actor": request[ACTOR]} | ({"rows": rows} if rows else {})


# Finding a metric by its labels costs more than counting in it.
@lru_cache(maxsize=4096)
def _requests(method: str, route: str, status: int) -> Counter:
    return http_metrics.REQUESTS.labels(method, route, str(status))


@lru_cache(maxsize=1024)
def _seconds(method: str, route: str) -> Histogram:
    return http_metrics.REQUEST_SECONDS.labels(method, route)
