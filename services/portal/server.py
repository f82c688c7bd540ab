"""The portal as a process: a server with limits, and an end that loses no answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from aiohttp import web

from services.collecting import collect_seldom
from services.ending import end
from services.portal.app import make_app
from services.portal.connection import Connections
from services.portal.crowd import Crowd
from services.portal.limits import LIMITS, Limits
from services.portal.middleware.access_log import AccessLog
from services.portal.middleware.client_address import PROXIES
from services.portal.middleware.security_headers import SECURE
from services.portal.portal import Portal
from services.portal.settings import PortalSettings
from services.store.database import open_pool

# A request that was cancelled rolls back and goes; aiohttp waits so long for it, twice.
_CANCEL_SECONDS: Final = 1.0
_BACKLOG: Final = 256
# Longer than a batch of the reconciler holds its notices; whoever waits longer is told to try again (503).
LOCK_SECONDS_MAX: Final = 15

log = structlog.get_logger()


class _Runner(web.AppRunner):
    """aiohttp's runner, with connections that end."""

    def __init__(self, app: web.Application, crowd: Crowd) -> None:
        super().__init__(app, shutdown_timeout=_CANCEL_SECONDS)
        self._crowd = crowd

    async def _make_server(self) -> web.Server:
        limits = self._crowd.limits
        return Connections(
            await super()._make_server(),
            self._crowd,
            access_log_class=AccessLog,
            keepalive_timeout=max(limits.idle_seconds_max, limits.header_seconds_max),
            lingering_time=limits.linger_seconds_max,
            max_line_size=limits.line_bytes_max,
            max_field_size=limits.field_bytes_max,
            max_headers=limits.fields_max,
            # No body may come compressed, so that no limit of its size is one of something else.
            auto_decompress=False,
        )


@asynccontextmanager
async def serving(app: web.Application, settings: PortalSettings, *, limits: Limits = LIMITS) -> AsyncIterator[None]:
    """Serve the application; at the end accept nothing more, finish what is under way, and cancel what takes too long."""
    crowd = Crowd(limits, secure=app[SECURE], proxies=app[PROXIES])
    runner = _Runner(app, crowd)
    await runner.setup()
    watch = asyncio.create_task(crowd.watch())
    try:
        site = web.TCPSite(
            runner,
            settings.http_host,
            settings.http_port,
            backlog=_BACKLOG,
            reuse_port=settings.http_reuse_port or None,
        )
        await site.start()
        yield
    finally:
        await runner.cleanup()
        await end(watch)


async def run(settings: PortalSettings, stop: asyncio.Event) -> None:
    """Run the portal until `stop` is set."""
    async with (
        open_pool(
            settings.database_url,
            application="subsidy portal",
            connections_max=settings.http_database_connections,
            lock_seconds_max=LOCK_SECONDS_MAX,
        ) as pool,
        serving(make_app(Portal(pool=pool, settings=settings)), settings, limits=settings.limits),
    ):
        collect_seldom()
        log.info("portal started", address=f"http://{settings.http_host}:{settings.http_port}")
        await stop.wait()
        log.info("portal stopping")
    log.info("portal stopped")
