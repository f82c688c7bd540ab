"""A small HTTP client for load: it costs little beside what it measures, because both share the machine.

A request is a few bytes that are made once, an answer is looked at no further than needed to know that it is the right one.
It knows no more of HTTP/1.1 than the measured servers answer with: a Content-Length, and connections that stay open.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import attrs

from bench.figure import ResultsDifferError

HOST: Final = "127.0.0.1"
_ANSWER_SECONDS_MAX: Final = 120.0
_CONNECT_SECONDS_MAX: Final = 10.0
_OK: Final = 200
_STATUS: Final = slice(9, 12)  # HTTP/1.1 200 OK
_HEAD_END: Final = b"\r\n\r\n"


@attrs.frozen(kw_only=True)
class Request:
    """A request as it is sent, again and again.

    Attributes:
        target: path and query.
        body: JSON, or nothing.
    """

    method: str
    target: str
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = b""

    def encode(self) -> bytes:
        r"""Give the bytes of the request.

        >>> Request(method="GET", target="/").encode()
        b'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
        """
        fields = {"Host": HOST, **self.headers}
        if self.body:
            fields |= {"Content-Type": "application/json", "Content-Length": str(len(self.body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"{self.method} {self.target} HTTP/1.1\r\n{head}\r\n".encode() + self.body


@attrs.frozen
class Answer:
    """What came back."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self.head[_STATUS])

    @property
    def content_type(self) -> str:
        """What the body is."""
        return _field(self.head, b"content-type").decode()


class Connection(asyncio.Protocol):
    """One connection that asks one thing at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._received = bytearray()
        self._answered: asyncio.Future[Answer] | None = None
        self._length = 0  # Of the head and the body that are being received; 0 until the head is there.
        self._head_length = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = transport  # type: ignore[assignment] # uvloop's is one, and does not say so.

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that nothing more comes."""
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionResetError("the server has closed the connection"))

    def data_received(self, data: bytes) -> None:
        """Collect an answer until it is complete."""
        received = self._received
        received += data
        if not self._length:
            end = received.find(_HEAD_END)
            if end < 0:
                return
            self._head_length = end + len(_HEAD_END)
            self._length = self._head_length + int(_field(bytes(received[:end]), b"content-length") or b"0")
        if len(received) < self._length or self._answered is None:
            return
        answer = Answer(bytes(received[: self._head_length]), bytes(received[self._head_length : self._length]))
        del received[: self._length]
        self._length = 0
        self._answered.set_result(answer)

    async def ask(self, request: bytes) -> Answer:
        """Send a request and wait for its whole answer."""
        if self._transport is None:
            raise ConnectionError("not connected")
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """Open a connection to a server of this machine."""
    async with asyncio.timeout(_CONNECT_SECONDS_MAX):
        _, connection = await asyncio.get_running_loop().create_connection(Connection, HOST, port)
    try:
        yield connection
    finally:
        connection.close()


async def ask(port: int, request: Request) -> Answer:
    """Ask once, on a connection of its own."""
    async with connected(port) as connection, asyncio.timeout(_ANSWER_SECONDS_MAX):
        return await connection.ask(request.encode())


@attrs.frozen(kw_only=True)
class Load:
    """What a server did under load.

    Attributes:
        seconds: from the first request to the last answer.
        latencies: of each answer in seconds, sorted.
    """

    seconds: float
    latencies: tuple[float, ...] = attrs.field(repr=False)

    @property
    def per_second(self) -> float:
        """Answers in a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """Give the latency in seconds that so many percent of the answers keep to.

        >>> Load(seconds=1, latencies=tuple(range(1, 101))).percentile(99)
        99
        """
        return self.latencies[max(0, -(-len(self.latencies) * percent // 100) - 1)]


async def load(
    port: int, request: Request, expected: bytes, *, connections: int, seconds: float, requests_max: int
) -> Load:
    """Ask the same over some connections, each as fast as it is answered, for a time or a number of requests.

    Raises:
        ResultsDifferError: an answer was another than the one expected.
    """
    latencies: list[float] = []
    encoded = request.encode()

    async def keep_asking(until: float) -> None:
        async with connected(port) as connection:
            while (began := time.perf_counter()) < until and len(latencies) < requests_max:
                answer = await connection.ask(encoded)
                latencies.append(time.perf_counter() - began)
                if answer.body != expected or answer.status != _OK:
                    raise ResultsDifferError(
                        f"{request.method} {request.target}: {answer.head!r} {answer.body[:500]!r}"
                    )

    started = time.perf_counter()
    try:
        async with asyncio.timeout(seconds + _ANSWER_SECONDS_MAX), asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(keep_asking(started + seconds))
    except* ResultsDifferError as errors:
        raise errors.exceptions[0] from None
    return Load(seconds=time.perf_counter() - started, latencies=tuple(sorted(latencies)))


def _field(head: bytes, name: bytes) -> bytes:
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return next((value.strip() for key, _, value in lines if key.lower() == name), b"")
