"""Who watches, and when there is something to see: one look-out per process wakes those whom the news concern.

The look-out listens on one connection for the notifications of the trail and of statements, and looks by itself as well,
so that a lost notification costs seconds and no news. It reads only whom something concerns; what it was, each watcher
reads in its own role and tenant, in a transaction as short as the statement. Nobody holds one while waiting.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import Final

import attrs
import structlog
from aiohttp import web

from services.ending import end
from services.portal import sentences
from services.portal.identity import Identity
from services.portal.portal import PORTAL
from services.portal.problems import Found, Problem
from services.portal.unexpected import log_unexpected
from services.store import news
from services.store.database import ACQUIRE_SECONDS_MAX, Actor, Pool, Role, working
from services.store.news import AtWork, Place
from services.store.outages import OUTAGES

CHANNELS: Final = ("audit", "statement", "sms")
# A person has a few windows, and each of them one stream; a browser opens six connections at most.
STREAMS_PER_USER_MAX: Final = 6
STREAMS_MAX: Final = 500
# What comes meanwhile is told together. It is also the pace of a progress bar, and of waiting for an open transaction.
LOOK_SECONDS: Final = 0.25
POLL_SECONDS: Final = 5.0
# Watchers read a few at a time, so that requests always find a free connection.
LOOKS_AT_ONCE_MAX: Final = 4
_LISTEN_AGAIN_SECONDS: Final = 2.0
_PUT_IN_ORDER_SECONDS: Final = 2.0
_RETRY_AFTER_SECONDS: Final = "30"

log = structlog.get_logger()


@attrs.frozen(eq=False)
class Watcher:
    """One stream.

    Attributes:
        employer_id: whose news it waits for; None: everybody's.
        woken: there is something to see, or it is time to go.
    """

    request: web.Request
    user_id: int
    employer_id: int | None
    woken: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)

    @property
    def gone(self) -> bool:
        """Whether nobody is at the other end any more."""
        return self.request.transport is None or self.request.transport.is_closing()


@attrs.define(eq=False)
class Watchers:
    """All streams of this process.

    Attributes:
        ending: the process stops: everybody goes.
        looks: how many may read at once.
    """

    pool: Pool
    ending: bool = attrs.field(default=False, init=False)
    looks: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(LOOKS_AT_ONCE_MAX), init=False)
    _watching: set[Watcher] = attrs.field(factory=set, init=False)
    _notified: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    # Who else hears of a channel on the one connection that listens.
    _hearers: dict[str, Callable[[], None]] = attrs.field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self._watching)

    @contextmanager
    def admit(self, request: web.Request, identity: Identity) -> Iterator[Watcher]:
        """Take one more in, until the end of the block.

        Raises:
            Problem: 429 when this user has enough streams, 503 when the process has.
        """
        # Whoever closed a page is only noticed by writing; those who are back must not be counted against themselves.
        present = [watcher for watcher in self._watching if not watcher.gone]
        if sum(watcher.user_id == identity.user_id for watcher in present) >= STREAMS_PER_USER_MAX:
            raise _full(HTTPStatus.TOO_MANY_REQUESTS, "STREAMS_OF_USER", limit=STREAMS_PER_USER_MAX)
        if len(present) >= STREAMS_MAX:
            raise _full(HTTPStatus.SERVICE_UNAVAILABLE, "STREAMS_IN_ALL")
        watcher = Watcher(request, identity.user_id, identity.employer_id)
        self._watching.add(watcher)
        self._notified.set()
        try:
            yield watcher
        finally:
            self._watching.discard(watcher)

    @contextmanager
    def hearing(self, channel: str, heard: Callable[[], None]) -> Iterator[None]:
        """Call somebody at every notification of a channel, until the end of the block; one that is lost is lost."""
        self._hearers[channel] = heard
        try:
            yield
        finally:
            del self._hearers[channel]

    def end(self) -> None:
        """Let everybody go."""
        self.ending = True
        self._notified.set()
        for watcher in self._watching:
            watcher.woken.set()

    async def run(self) -> None:
        """Look out until the process stops."""
        while not self.ending:
            try:
                async with self._listening() as lost:
                    await self._look_out(lost)
            except OUTAGES as error:
                log.warning("notifications lost", error=type(error).__name__)
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    # Giving back a dead connection raises in place of the cancellation, which must not be lost.
                    raise asyncio.CancelledError from error
            except Exception as error:  # noqa: BLE001 - logged; watchers must not wait in vain for one that has ended.
                log_unexpected(error, route="look-out")
            if not self.ending:
                await asyncio.sleep(_LISTEN_AGAIN_SECONDS)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[asyncio.Event]:
        """Listen on a connection of the pool; the event is set when the connection is gone."""
        lost = asyncio.Event()

        def gone(*_: object) -> None:
            lost.set()
            self._notified.set()

        def notified(_connection: object, _pid: object, channel: object, _payload: object) -> None:
            hearer = self._hearers.get(str(channel))
            if hearer is None:
                self._notified.set()
            else:
                hearer()

        async with self.pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as connection:
            connection.add_termination_listener(gone)
            for channel in CHANNELS:
                await connection.add_listener(channel, notified)
            try:
                yield lost
            finally:
                connection.remove_termination_listener(gone)
                if not connection.is_closed():
                    for channel in CHANNELS:
                        await connection.remove_listener(channel, notified)

    async def _look_out(self, lost: asyncio.Event) -> None:
        place: Place | None = None
        seen: tuple[AtWork, ...] = ()
        while not lost.is_set() and not self.ending:
            self._notified.clear()
            again = False
            if self._watching:
                async with working(self.pool, _LOOKOUT, reads_only=True) as connection:
                    until = await news.horizon(connection)
                    stir = await news.stirred(connection, place or until, until)
                    now = await news.at_work(connection)
                # After a time without a look-out, nobody knows whom it concerns.
                everybody = place is None
                for watcher in self._watching:
                    of_fund = watcher.employer_id is None and (stir.any or now != seen)
                    if everybody or of_fund or watcher.employer_id in stir.employers:
                        watcher.woken.set()
                place, seen, again = until, now, stir.more or bool(now)
            else:
                place = None
            await asyncio.sleep(LOOK_SECONDS)
            if not again:
                # Not wait_for: before Python 3.12 it loses a cancellation that comes together with what it waits for.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._notified.wait()


def _full(status: HTTPStatus, key: str, **facts: int) -> Problem:
    found = Found(violation=sentences.violation(key, **facts))
    return Problem(status, [found], headers={"Retry-After": _RETRY_AFTER_SECONDS})


_LOOKOUT: Final = Actor(role=Role.WORKER, name="portal/lookout", origin="portal")

WATCHERS: Final = web.AppKey("watchers", Watchers)


def set_up(app: web.Application) -> None:
    """Let an application have watchers, as long as it runs."""
    app[WATCHERS] = Watchers(app[PORTAL].pool)
    app.cleanup_ctx.append(_look_out)
    # Before the server waits for its handlers: a stream would let it wait in vain.
    app.on_shutdown.append(_let_go)


async def _look_out(app: web.Application) -> AsyncIterator[None]:
    looking_out = asyncio.create_task(app[WATCHERS].run())
    yield
    # Told to end, it stops listening channel by channel and comes to its end. Broken off in between, it would give back a
    # connection that still listens.
    await asyncio.wait([looking_out], timeout=_PUT_IN_ORDER_SECONDS)
    await end(looking_out)


async def _let_go(app: web.Application) -> None:
    app[WATCHERS].end()
