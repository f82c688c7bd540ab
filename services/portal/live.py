"""Live news as server-sent events: what changed its state, and how far statements are.

    event: order
    id: 812.4711
    data: {"id": "17", "state": "approved", "at": "2026-11-23T12:00:00+08:00"}

The id is a place in the trail. Whoever comes back with it as Last-Event-ID, as browsers do by themselves, goes on right
behind it: nothing is lost and nothing is told twice. How far a statement is has no id: it is not a piece of news but the
present, and told anew to whoever comes. The news say that something changed; what it is now is asked by the other calls.
"""

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import attrs
import structlog
from aiohttp import web

from services.portal import authentication
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.portal import BUREAU_ZONE
from services.portal.problems import Problem
from services.portal.roles import EMPLOYEES, EMPLOYERS, EVERYBODY, PortalRole, Roles
from services.portal.watchers import WATCHERS, Watcher, Watchers
from services.store import news
from services.store.database import Actor, Role, working
from services.store.news import AtWork, News, Place
from services.store.outages import OUTAGES

HEARTBEAT_SECONDS: Final = 15.0
# Who does not read is cut off: after this time with a full buffer, or with data that the other end never confirms.
WRITE_SECONDS_MAX: Final = 10.0
_BUFFER_BYTES_MAX: Final = 64 * 1024
# Whoever was away for longer reads the lists; going through months of other employers' news would cost too much.
AWAY_MAX: Final = timedelta(days=7)
# A session that was ended elsewhere ends its streams within this time.
PROVEN_SECONDS_MAX: Final = 30.0
_RETRY_MS: Final = 2_000
_PLACE: Final = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")

# An employee's ledger changes once a month: a stream for each of them would cost much and tell nothing.
WATCHING: Final[Roles] = EVERYBODY - EMPLOYEES
# Who hears of statements and cases is who may read them.
_OF_FUND: Final = ("order", "notice", "application", "withdrawal", "case", "statement")
KINDS: Final[Mapping[PortalRole, tuple[str, ...]]] = {
    **dict.fromkeys(EMPLOYERS, ("order", "notice", "application", "withdrawal", "case")),
    PortalRole.REVIEWER: ("order", "notice", "application", "registration", "withdrawal"),
    PortalRole.FINANCE_MAKER: _OF_FUND,
    PortalRole.FINANCE_CHECKER: _OF_FUND,
    PortalRole.AUDITOR: _OF_FUND,
}

live = Endpoints(tag="动态 live")
log = structlog.get_logger()


@live.get(
    "/events",
    who=WATCHING,
    scope="events:read",
    transaction=False,
    seconds_max=None,
    media="text/event-stream",
    also=(410,),
)
async def follow(call: Call) -> web.StreamResponse:
    """Follow what happens, as server-sent events (text/event-stream).

    Events are named order, notice, application, registration, withdrawal, case or statement; each has the id, the new state
    and the time. A withdrawal is told as its application until it is approved, and by itself from then on. The finance
    officers' statement events without an SSE id tell how far the reconciler is: staged_lines and matched_lines.
    Send the last SSE id as Last-Event-ID to go on behind it. The stream ends with the session or token.
    """
    watchers = call.request.app[WATCHERS]
    place = await _begin(call)
    with watchers.admit(call.request, call.identity) as watcher:
        response = web.StreamResponse()
        response.content_type = "text/event-stream"
        response.charset = "utf-8"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        _limit_buffers(call.request)
        await response.prepare(call.request)
        try:
            await _Stream(call, watchers, watcher, response, place).run()
        except _CutOffError:
            log.info("stream cut off", user=call.identity.actor_name)
            if call.request.transport is not None:
                call.request.transport.abort()
        except ConnectionResetError:
            pass  # The other end has gone.
        return response


async def _begin(call: Call) -> Place:
    """Give the place to begin at: here and now, or where the asker was.

    Raises:
        Problem: 400 LAST_EVENT_ID_WRONG, 410 LAST_EVENT_ID_OLD.
    """
    text = call.request.headers.get("Last-Event-ID")
    reader = Actor(role=Role.WORKER, name=call.identity.actor_name, origin=call.origin)
    async with working(call.portal.pool, reader, reads_only=True) as connection:
        present = await news.horizon(connection)
        if not text:
            return present
        place = read_place(text)
        if place > present:
            # Of another database, such as one that was set up anew from a backup.
            raise Problem.of(HTTPStatus.GONE, "LAST_EVENT_ID_OLD", days=AWAY_MAX.days)
        began = await news.began(connection, place)
    if began is not None and call.now - began > AWAY_MAX:
        raise Problem.of(HTTPStatus.GONE, "LAST_EVENT_ID_OLD", days=AWAY_MAX.days)
    return place


def read_place(text: str) -> Place:
    """Read an SSE id.

    >>> read_place("812.4711")
    Place(transaction=812, event=4711)

    Raises:
        Problem: 400 LAST_EVENT_ID_WRONG.
    """
    found = _PLACE.fullmatch(text)
    if found is None:
        raise Problem.of(HTTPStatus.BAD_REQUEST, "LAST_EVENT_ID_WRONG")
    return Place(int(found[1]), int(found[2]))


def write_place(place: Place) -> str:
    """Write a place as an SSE id."""
    return f"{place.transaction}.{place.event}"


def _limit_buffers(request: web.Request) -> None:
    transport = request.transport
    if transport is None:
        return
    transport.set_write_buffer_limits(high=_BUFFER_BYTES_MAX)
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES_MAX)  # The kernel's own grows to megabytes.
    with contextlib.suppress(OSError, AttributeError):  # Only Linux knows this option.
        milliseconds = int((HEARTBEAT_SECONDS + WRITE_SECONDS_MAX) * 1000)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)


class _CutOffError(Exception):
    """The other end does not read."""


@attrs.frozen
class _Look:
    """What one look found; `more` when it did not find the end."""

    news: tuple[News, ...]
    at_work: tuple[AtWork, ...]
    place: Place
    more: bool


@attrs.define
class _Stream:
    """One stream under way."""

    _call: Call
    _watchers: Watchers
    _watcher: Watcher
    _response: web.StreamResponse
    _place: Place
    _told: frozenset[AtWork] = frozenset()
    _proven_at: float = 0.0

    async def run(self) -> None:
        """Tell news until the session or the process ends.

        Raises:
            _CutOffError: the other end does not read.
            ConnectionResetError: the other end has gone.
        """
        await self._write(f"retry: {_RETRY_MS}\n\n")
        while await self._may_go_on():
            self._watcher.woken.clear()
            look = await self._look()
            if look is not None:
                await self._write("".join(self._texts(look)))
                self._place, self._told = look.place, frozenset(look.at_work)
            if look is None or not look.more:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await self._watcher.woken.wait()

    async def _may_go_on(self) -> bool:
        if self._watchers.ending or self._call.portal.clock() >= self._call.identity.ends_at:
            return False
        now = asyncio.get_running_loop().time()
        if self._proven_at == 0.0:
            self._proven_at = now  # The request itself has just been proven.
        elif now - self._proven_at > PROVEN_SECONDS_MAX:
            if not await authentication.still_valid(self._call.portal, self._call.request, self._call.credentials):
                return False
            self._proven_at = now
        return True

    async def _look(self) -> _Look | None:
        """Look once, in a transaction of its own; None when the database cannot be asked now."""
        kinds = KINDS[self._call.identity.role]
        try:
            async with self._watchers.looks, self._call.working(reads_only=True) as connection:
                until = await news.horizon(connection)
                found = await news.between(connection, self._place, until, kinds)
                at_work = await news.at_work(connection) if "statement" in kinds else ()
        except OUTAGES as error:
            log.warning("news not read", error=type(error).__name__)
            return None
        more = len(found) == news.NEWS_MAX
        return _Look(found, at_work, found[-1].place if more else until, more)

    def _texts(self, look: _Look) -> Iterator[str]:
        for each in look.news:
            facts = {"id": str(each.subject_id), "state": each.state, "at": each.at.astimezone(BUREAU_ZONE).isoformat()}
            yield f"event: {each.kind}\nid: {write_place(each.place)}\ndata: {json.dumps(facts)}\n\n"
        at = self._call.portal.clock().isoformat(timespec="seconds")
        for place in look.at_work:
            if place not in self._told:
                facts = {"id": str(place.statement_id), "state": place.state, "at": at}
                counts = {"staged_lines": place.staged_lines, "matched_lines": place.matched_lines}
                yield f"event: statement\ndata: {json.dumps(facts | counts)}\n\n"
        # A heartbeat; it takes a quiet listener's place along, so that it never falls behind.
        yield f": {at}\nid: {write_place(look.place)}\n\n"

    async def _write(self, text: str) -> None:
        try:
            async with asyncio.timeout(WRITE_SECONDS_MAX):
                # It waits for the other end whenever as much again as the buffer takes has been written.
                await self._response.write(text.encode())
        except TimeoutError:
            raise _CutOffError from None
