"""What operators and their tools ask: does it live, can it work, how is it doing."""

import asyncio
import hmac
from http import HTTPStatus
from ipaddress import ip_address
from time import monotonic
from typing import Final

import asyncpg
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.portal.middleware.client_address import HEADER, PROXIES, client_address
from services.portal.portal import PORTAL
from services.portal.problems import Problem
from services.store.database import Pool
from services.store.migrate import missing_migrations
from services.store.outages import OUTAGES

READY_SECONDS_MAX: Final = 3.0
# Everybody may ask; the database is asked no more often than this.
READY_AGAIN_SECONDS: Final = 1.0


class Readiness:
    """Whether requests can be answered, looked up at most once a second whoever asks.

    Attributes:
        seconds_max: for the look.
    """

    def __init__(self, *, seconds_max: float = READY_SECONDS_MAX) -> None:
        self._seconds_max = seconds_max
        self._lock = asyncio.Lock()
        self._found: str = ""
        self._looked_at: float | None = None

    async def problem(self, pool: Pool) -> str:
        """Say what is missing; empty when nothing is."""
        async with self._lock:
            if self._looked_at is None or monotonic() - self._looked_at > READY_AGAIN_SECONDS:
                self._found = await self._look(pool)
                self._looked_at = monotonic()
            return self._found

    async def _look(self, pool: Pool) -> str:
        try:
            async with asyncio.timeout(self._seconds_max), pool.acquire(timeout=self._seconds_max) as connection:
                missing = await missing_migrations(connection)
        except _NOT_READY as error:
            return f"database: {type(error).__name__}"
        return f"migrations missing: {', '.join(missing)}" if missing else ""


# A database that has no table of migrations is none of ours yet.
_NOT_READY: Final[tuple[type[Exception], ...]] = (*OUTAGES, asyncpg.PostgresError)

READINESS: Final = web.AppKey("readiness", Readiness)


async def healthz(_: web.Request) -> web.Response:
    """Say that the process answers; no database is needed, because a restart would not mend one."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Say whether requests can be answered: the database is there, and of today."""
    problem = await request.app[READINESS].problem(request.app[PORTAL].pool)
    if problem:
        return web.json_response({"status": "not ready", "why": problem}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return web.json_response({"status": "ready"})


async def metrics(request: web.Request) -> web.Response:
    """Give the process's metrics to this machine, or to whoever has the token.

    Raises:
        Problem: 403.
    """
    if not _may_read_metrics(request):
        raise Problem.of(HTTPStatus.FORBIDDEN, "METRICS_CLOSED")
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _may_read_metrics(request: web.Request) -> bool:
    token = request.app[PORTAL].settings.metrics_token
    if token and hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        return True
    peer = request.remote or ""
    if HEADER in request.headers and peer not in request.app[PROXIES]:
        return False  # Somebody else's request, handed on by a program of this machine that is not listed.
    try:
        return ip_address(client_address(request, request.app[PROXIES])).is_loopback
    except ValueError:
        return False


def add_routes(app: web.Application) -> None:
    """Add the three addresses to the application."""
    app[READINESS] = Readiness()
    app.router.add_get("/healthz", healthz, name="health.healthz")
    app.router.add_get("/readyz", readyz, name="health.readyz")
    app.router.add_get("/metrics", metrics, name="health.metrics")
