"""A server with the portal's limits and surroundings, and a handler for each thing that can happen in one."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
from aiohttp import web

from services.portal.limits import Limits
from services.portal.middleware.client_address import TrustedProxies, client_address
from services.portal.middleware.surroundings import surround
from services.portal.server import serving
from services.portal.settings import PortalSettings
from services.settings import Count, PostgresUrl
from tests.portal.raw_http import free_port

# So short that a test takes a moment, and so long that a busy machine keeps to it.
SHORT = Limits(
    header_seconds_max=0.4,
    idle_seconds_max=0.8,
    body_seconds_max=20.0,
    body_grace_seconds=0.3,
    send_seconds_max=0.4,
    close_seconds_max=0.2,
    linger_seconds_max=0.3,
    stop_seconds_max=0.5,
    look_every_seconds=0.05,
)
ANSWER_BYTES = 64 * 1024 * 1024


@attrs.define
class Small:
    """The server, and what its handlers saw.

    Attributes:
        entered: set when `/wait` is being answered.
        leave: lets `/wait` answer.
        ended: what became of handlers: "cancelled", "gone", "answered".
    """

    port: int
    proxies: TrustedProxies
    entered: asyncio.Event = attrs.field(factory=asyncio.Event)
    leave: asyncio.Event = attrs.field(factory=asyncio.Event)
    ended: list[str] = attrs.field(factory=list)

    async def hello(self, _: web.Request) -> web.Response:
        """Answer at once."""
        return web.json_response({"hello": "world"})

    async def read(self, request: web.Request) -> web.Response:
        """Read the whole body."""
        return web.json_response({"bytes": len(await request.read())})

    async def later(self, request: web.Request) -> web.Response:
        """Read the body when the test says so."""
        await self.leave.wait()
        return await self.read(request)

    async def ignore(self, _: web.Request) -> web.Response:
        """Answer without reading the body."""
        return web.Response(status=413)

    async def big(self, _: web.Request) -> web.StreamResponse:
        """Answer with more than any buffer holds."""
        try:
            return web.Response(body=bytes(ANSWER_BYTES))
        finally:
            self.ended.append("answered")

    async def pieces(self, request: web.Request) -> web.StreamResponse:
        """Send pieces until the client is gone."""
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(65536))
        except ConnectionError:
            self.ended.append("gone")
            raise

    async def burst(self, request: web.Request) -> web.Response:
        """Leave behind what asyncio takes without a pause and the system's small buffer does not, and close."""
        assert request.transport is not None
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        response = web.Response(body=bytes(60_000))
        response.force_close()
        return response

    async def wait(self, _: web.Request) -> web.Response:
        """Answer when the test says so."""
        self.entered.set()
        try:
            await self.leave.wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        self.ended.append("answered")
        return web.json_response({"waited": True})

    async def fail(self, request: web.Request) -> web.Response:
        """Fail with a value that must not be told."""
        secret = await request.read()
        raise LookupError(f"no such person: {secret!r}")

    async def away(self, _: web.Request) -> web.Response:
        """Fail as a database does that is away."""
        raise ConnectionRefusedError("the database of 192.0.2.77")

    async def whence(self, request: web.Request) -> web.Response:
        """Say where the request comes from."""
        return web.json_response({"address": client_address(request, self.proxies)})


@asynccontextmanager
async def small_server(
    limits: Limits = SHORT, *, proxies: str = "", secure: bool = False, page_seconds_max: float = 30.0
) -> AsyncIterator[Small]:
    """Serve it on a free port."""
    small = Small(free_port(), TrustedProxies.parse(proxies))
    app = web.Application(client_max_size=0)
    surround(app, secure=secure, proxies=small.proxies, page_seconds_max=page_seconds_max)
    for name in ("hello", "big", "pieces", "burst", "wait", "away", "whence"):
        app.router.add_get(f"/{name}", getattr(small, name))
    for name in ("read", "later", "ignore", "fail"):
        app.router.add_post(f"/{name}", getattr(small, name))
    app.router.add_get("/people/{number}", small.hello)
    settings = PortalSettings(database_url=PostgresUrl("postgresql://nobody@nowhere/none"), http_port=Count(small.port))
    async with serving(app, settings, limits=limits):
        yield small
