"""A gateway of the kind that a bureau has, on a real port, which answers as it is told and remembers what came."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
from aiohttp import web

from tests.portal.raw_http import free_port


@attrs.define
class Provider:
    """One gateway.

    Attributes:
        url: where it takes messages.
        status: what it answers.
        came: authorization and body of everything that came.
    """

    url: str
    status: int = 200
    came: list[tuple[str, Any]] = attrs.field(factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Answer one message."""
        self.came.append((request.headers.get("Authorization", ""), await request.json()))
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})


@asynccontextmanager
async def serving() -> AsyncIterator[Provider]:
    """Run one."""
    port = free_port()
    provider = Provider(f"http://127.0.0.1:{port}/send")
    app = web.Application()
    app.router.add_post("/send", provider.take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield provider
    finally:
        await runner.cleanup()
