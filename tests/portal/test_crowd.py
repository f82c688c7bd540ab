"""Promises of services/portal/crowd.py: so many connections and no more, and a stop that loses no answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import attrs

from services.portal.crowd import Crowd
from services.portal.http_metrics import CONNECTIONS
from services.portal.limits import Limits
from services.portal.middleware.client_address import TrustedProxies
from tests.patience import eventually
from tests.portal.raw_http import Wire, wire
from tests.portal.small_server import SHORT, Small, small_server

FEW = attrs.evolve(SHORT, header_seconds_max=30.0, idle_seconds_max=30.0)


async def test_one_connection_too_many_is_told_when_to_come_again() -> None:
    """It gets an answer, and its place is not counted: one that ends makes room."""
    async with small_server(attrs.evolve(FEW, connections_max=3)) as small, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(wire(small.port)) for _ in range(3)]
        assert [200] * 3 == [(await client.ask("GET /hello HTTP/1.1")).status for client in clients]
        async with wire(small.port) as late:
            reply = await late.reply()
            assert b"" == await late.rest()
        clients[0].writer.close()

        async def has_room() -> bool:
            async with wire(small.port) as later:
                return 200 == (await later.ask("GET /hello HTTP/1.1")).status

        await eventually(has_room, seconds_max=5)

    assert (503, "SERVER_FULL", "10") == (reply.status, json.loads(reply.body)["code"], reply.headers["Retry-After"])


async def test_one_address_does_not_take_every_place() -> None:
    """The next one from the same address is answered 429."""
    async with small_server(attrs.evolve(FEW, connections_per_address_max=2)) as small, AsyncExitStack() as stack:
        for _ in range(2):
            await (await stack.enter_async_context(wire(small.port))).ask("GET /hello HTTP/1.1")
        async with wire(small.port) as late:
            reply = await late.reply()

    assert (429, "TOO_MANY_CONNECTIONS") == (reply.status, json.loads(reply.body)["code"])


async def test_an_address_gets_its_places_back() -> None:
    """However many connections come from it, one after the other."""
    async with small_server(attrs.evolve(FEW, connections_per_address_max=1)) as small:
        for _ in range(5):
            async with wire(small.port) as client:
                assert 200 == (await client.ask("GET /hello HTTP/1.1")).status

            async def nobody() -> bool:
                return bool(0 == CONNECTIONS._value.get())

            await eventually(nobody, seconds_max=5)


async def test_a_trusted_proxy_has_no_limit_of_its_own() -> None:
    """Everybody's connections come from it."""
    limits = attrs.evolve(FEW, connections_per_address_max=1)
    async with small_server(limits, proxies="127.0.0.0/8") as small, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(wire(small.port)) for _ in range(3)]
        assert [200] * 3 == [(await client.ask("GET /hello HTTP/1.1")).status for client in clients]


async def test_connections_that_end_are_forgotten() -> None:
    """However they end, nothing of them is kept."""
    async with small_server() as small:
        for head in ("GET /hello HTTP/1.1", "GET /hello HTTP/1.0"):
            async with wire(small.port) as client:
                await client.ask(head)
        async with wire(small.port) as client:
            await client.send("GET /he")

        async def nobody() -> bool:
            return bool(0 == CONNECTIONS._value.get())

        await eventually(nobody, seconds_max=5)


@asynccontextmanager
async def waiting(stack: AsyncExitStack, limits: Limits = SHORT) -> AsyncIterator[tuple[Small, Wire]]:
    """A client whose request is under way, at a server that the stack stops."""
    small = await stack.enter_async_context(small_server(limits))
    async with wire(small.port) as client:
        await client.send("GET /wait HTTP/1.1\r\nHost: test\r\n\r\n")
        await asyncio.wait_for(small.entered.wait(), 5)
        yield small, client


async def test_a_stop_finishes_what_is_under_way() -> None:
    """Whoever was being answered is answered; who comes later is not let in."""
    async with AsyncExitStack() as stack, waiting(stack, attrs.evolve(SHORT, stop_seconds_max=20.0)) as (small, client):
        stopping = asyncio.create_task(stack.aclose())
        await asyncio.sleep(2.3)  # Longer than aiohttp waits by itself.
        small.leave.set()
        reply = await client.reply()
        await stopping

    assert (200, ["answered"]) == (reply.status, small.ended)


async def test_a_stop_cancels_what_takes_too_long() -> None:
    """The end does not wait for ever, and a handler learns of it."""
    began = asyncio.get_running_loop().time()
    async with AsyncExitStack() as stack, waiting(stack) as (small, _):
        await stack.aclose()

    assert ["cancelled"] == small.ended
    assert asyncio.get_running_loop().time() - began < SHORT.stop_seconds_max + 5


async def test_a_stop_closes_idle_connections_at_once() -> None:
    """Nobody waits for a browser that may ask again some time."""
    async with AsyncExitStack() as stack:
        small = await stack.enter_async_context(small_server(FEW))
        async with wire(small.port) as client:
            await client.ask("GET /hello HTTP/1.1")
            await asyncio.wait_for(stack.aclose(), 2)
            assert b"" == await client.rest()


@attrs.define(eq=False)
class Faulty:
    """A connection whose look fails, or is counted."""

    fails: bool
    busy: bool = False
    looks: int = 0

    def look(self, limits: Limits) -> None:
        """Count, then fail."""
        self.looks += limits is not None
        if self.fails:
            raise LookupError


async def test_a_defect_in_one_look_does_not_end_the_watch() -> None:
    """The limits of all the others hold."""
    crowd = Crowd(attrs.evolve(SHORT, look_every_seconds=0.01), secure=False, proxies=TrustedProxies())
    faulty, good = Faulty(fails=True), Faulty(fails=False)
    assert crowd.enter(faulty, "a") is crowd.enter(good, "b") is None
    watch = asyncio.create_task(crowd.watch())

    async def looked() -> bool:
        return faulty.looks > 1 and good.looks > 1

    await eventually(looked, seconds_max=5)
    watch.cancel()
    crowd.leave(faulty, "a")
    crowd.leave(good, "b")
