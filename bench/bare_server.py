"""The floor under the portal's calls: a bare aiohttp handler that replays what one request did in the database.

The same statements with the same arguments, each transaction on a connection that is borrowed for it from a pool with the
portal's settings, in the same role and tenant, which are set by statements, too; then a body of the same bytes. What it
leaves out is what the portal is there for: finding out who asks, rights, limits, parsing, views, headers, logs and counts.

    python -m bench.bare_server FILE
"""

import asyncio
import pickle
import signal
import sys
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import attrs
import uvloop
from aiohttp import web

from bench.http_client import HOST
from bench.recording import Recorded, Statement
from services.collecting import collect_seldom
from services.store.database import ACQUIRE_SECONDS_MAX, Connection, Pool, open_pool

READY: Final = "/ready"


@attrs.frozen(kw_only=True)
class Bare:
    """What the process is told: a URL and a number of connections as the portal's, and the requests that it answers."""

    url: str
    connections_max: int
    port: int
    recorded: tuple[Recorded, ...]


def bare_app(pool: Pool, recorded: Sequence[Recorded]) -> web.Application:
    """Give an application with a handler for each recorded request."""
    app = web.Application()

    async def ready(_: web.Request) -> web.Response:
        return web.Response(status=HTTPStatus.OK)

    app.router.add_get(READY, ready)
    for each in recorded:
        app.router.add_route(each.request.method, each.request.target.partition("?")[0], _handler_of(pool, each))
    return app


def _handler_of(pool: Pool, recorded: Recorded) -> Any:  # noqa: ANN401 -- a handler of aiohttp.
    content_type, _, charset = recorded.answer.content_type.partition(";")
    encoding = charset.partition("=")[2] or None

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        for transaction in recorded.transactions:
            async with pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as connection:
                for statement in transaction:
                    await _replay(connection, statement)
        return web.Response(body=recorded.answer.body, content_type=content_type, charset=encoding)

    return handle


async def _replay(connection: Connection, statement: Statement) -> None:
    sql, arguments = statement
    # BEGIN, COMMIT and the like are never prepared; everything else of the store is.
    if arguments or sql.lstrip().startswith(("SELECT", "WITH")):
        await connection.fetch(sql, *arguments)
    else:
        await connection.execute(sql)


async def _serve(told: Bare) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_pool(told.url, application="subsidy bench", connections_max=told.connections_max) as pool:
        runner = web.AppRunner(bare_app(pool, told.recorded), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, HOST, told.port).start()
        collect_seldom()  # As the portal does.
        await stop.wait()
        await runner.cleanup()


def main() -> None:
    """Serve until told to stop."""
    told = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301 -- written by the process that started this one.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(told))


if __name__ == "__main__":
    main()
