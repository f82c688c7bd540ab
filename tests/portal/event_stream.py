"""A client of server-sent events, as a browser is one: it keeps the last id, and comes back with it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import attrs

from tests.portal.visitors import API, Visitor

SECONDS_MAX = 20.0


@attrs.frozen
class Event:
    """One event; `id` is "" for one that has none."""

    name: str
    id: str
    data: dict[str, Any]

    @property
    def told(self) -> tuple[str, str]:
        """What has which state."""
        return self.name, self.data["state"]


@attrs.define
class EventStream:
    """An open stream."""

    response: aiohttp.ClientResponse
    last_id: str = ""
    heartbeats: int = 0

    async def event(self) -> Event | None:
        """Wait for the next event; None at the end of the stream."""
        async with asyncio.timeout(SECONDS_MAX):
            while (fields := await self._block()) is not None:
                if "data" in fields:
                    return Event(fields.get("event", "message"), fields.get("id", ""), json.loads(fields["data"]))
        return None

    async def until(self, name: str, state: str) -> list[Event]:
        """Read up to the event with this name and state."""
        events: list[Event] = []
        while not events or events[-1].told != (name, state):
            event = await self.event()
            assert event is not None, f"the stream ended without {name} {state}: {events}"
            events.append(event)
        return events

    async def heartbeat(self) -> None:
        """Wait for a heartbeat; an event before it is a failure."""
        before = self.heartbeats
        async with asyncio.timeout(SECONDS_MAX):
            while self.heartbeats == before:
                fields = await self._block()
                assert fields is not None, "the stream ended"
                assert "data" not in fields, fields

    async def _block(self) -> Mapping[str, str] | None:
        fields: dict[str, str] = {}
        while line := await self.response.content.readline():
            text = line.decode().rstrip("\n")
            if not text:
                self.last_id = fields.get("id", self.last_id)
                self.heartbeats += "" in fields
                return fields
            name, _, value = text.partition(": ")
            fields[name.rstrip(":")] = value
        return None


@asynccontextmanager
async def stream(visitor: Visitor, last_id: str = "", *, expect: int = 200) -> AsyncIterator[EventStream]:
    """Open a stream, from a last id on if there is one."""
    headers = dict(visitor.headers) | ({"Last-Event-ID": last_id} if last_id else {})
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
    async with visitor.http.get(f"{visitor.origin}{API}/events", headers=headers, timeout=timeout) as response:
        assert expect == response.status, await response.text()
        yield EventStream(response)
