"""All open connections: how many there may be, and the watch that ends those which take too long."""

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import Final, Protocol

import structlog

from services.portal import http_metrics
from services.portal.limits import Limits
from services.portal.middleware.client_address import TrustedProxies
from services.portal.problems import Problem
from services.portal.unexpected import log_unexpected

_RETRY_SECONDS: Final = "10"

log = structlog.get_logger()


class Watched(Protocol):
    """What the watch needs of a connection."""

    busy: bool

    def look(self, limits: Limits) -> None:
        """End it where it has taken too long."""


class Crowd:
    """The connections of one server.

    Attributes:
        limits: how long and how much.
        secure: whether browsers reach the portal by https.
    """

    def __init__(self, limits: Limits, *, secure: bool, proxies: TrustedProxies) -> None:
        self.limits = limits
        self.secure = secure
        self._proxies = proxies
        self._open: set[Watched] = set()
        self._by_address: Counter[str] = Counter()
        self._changed = asyncio.Event()

    def enter(self, connection: Watched, address: str) -> Problem | None:
        """Count a new connection, or say why there is one too many."""
        if len(self._open) >= self.limits.connections_max:
            http_metrics.CONNECTIONS_ENDED.labels("too many").inc()
            return _full(HTTPStatus.SERVICE_UNAVAILABLE, "SERVER_FULL")
        if self._by_address[address] >= self.limits.connections_per_address_max and address not in self._proxies:
            http_metrics.CONNECTIONS_ENDED.labels("too many of one address").inc()
            return _full(HTTPStatus.TOO_MANY_REQUESTS, "TOO_MANY_CONNECTIONS")
        self._open.add(connection)
        self._by_address[address] += 1
        http_metrics.CONNECTIONS.set(len(self._open))
        return None

    def leave(self, connection: Watched, address: str) -> None:
        """Count a connection that has ended."""
        if connection not in self._open:
            return
        self._open.remove(connection)
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
        http_metrics.CONNECTIONS.set(len(self._open))
        self._changed.set()

    def answered(self) -> None:
        """Note that a request is over."""
        self._changed.set()

    async def watch(self) -> None:
        """Look at every connection again and again; a defect in one look does not end the others' limits."""
        while True:
            await asyncio.sleep(self.limits.look_every_seconds)
            for connection in tuple(self._open):
                try:
                    connection.look(self.limits)
                except Exception as error:  # noqa: BLE001 - logged, and the next ones are looked at.
                    log_unexpected(error, route="connection watch")

    async def quiet(self) -> None:
        """Wait until no request is under way, at most `Limits.stop_seconds_max`."""
        try:
            async with asyncio.timeout(self.limits.stop_seconds_max):
                while any(connection.busy for connection in self._open):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            under_way = sum(connection.busy for connection in self._open)
            log.warning("requests cancelled because the server stops", requests=under_way)


def _full(status: HTTPStatus, key: str) -> Problem:
    return Problem(status, Problem.of(status, key).found, headers={"Retry-After": _RETRY_SECONDS})
