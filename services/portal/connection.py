"""One connection that ends.

aiohttp waits without end for a body that trickles and for a client that does not take its answer, and closes on a header
that does not end only when the limit for idleness is over. Here a connection only notes what happens to it, and the one
watch over all of them (`services/portal/crowd.py`) ends those that take too long: no timer is armed and cancelled for
every request.
"""

import asyncio
from http import HTTPStatus
from time import monotonic
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader

from services.portal import http_metrics
from services.portal.crowd import Crowd
from services.portal.limits import BodyTooSlowError, Limits
from services.portal.middleware import security_headers
from services.portal.middleware.failures import problem_of_http
from services.portal.problems import Problem
from services.portal.unexpected import log_unexpected


class Connection(web.RequestHandler):
    """A connection, and what the watch needs to know of it.

    Attributes:
        busy: whether a request is being answered.
    """

    def __init__(self, manager: web.Server, *, crowd: Crowd, **arguments: Any) -> None:  # noqa: ANN401 - aiohttp's own.
        super().__init__(manager, **arguments)
        self.busy = False
        self._crowd = crowd
        self._wire: asyncio.Transport | None = None
        self._address = ""
        self._admitted = False
        self._answers = 0
        self._quiet_since = monotonic()  # The opening, or the end of the last answer.
        self._header_since: float | None = None
        self._header_bytes = 0
        self._body: StreamReader | None = None
        self._body_seconds = 0.0
        self._body_looked_at = 0.0
        self._blocked_since: float | None = None
        self._unsent_bytes = 0
        self._closing_since: float | None = None

    # What happens to it ----------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the connection, or say why not and close it."""
        self._wire = transport  # type: ignore[assignment] # uvloop's is one, and does not say so.
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) else ""
        refusal = self._crowd.enter(self, self._address)
        self._admitted = refusal is None
        if refusal is None:
            super().connection_made(transport)
        else:
            self._say(refusal)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget it."""
        self._crowd.leave(self, self._address)
        self._wire = None
        self._body = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Note when a header begins and how long it is; aiohttp reads it."""
        if not self._admitted:
            return
        if not self.busy and (self._body is None or self._body.is_eof()):
            if self._header_since is None:
                self._header_since = monotonic()
                self._header_bytes = 0
            self._header_bytes += len(data)
        super().data_received(data)

    def begin(self, body: StreamReader) -> None:
        """Note that a header is complete, and that its request is being answered."""
        self.busy = True
        self._header_since = None
        self._body = None if body.is_eof() else body
        self._body_seconds = 0.0
        self._body_looked_at = monotonic()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer, and note that the request is over."""
        if isinstance(resp, web.HTTPException) and resp.status >= HTTPStatus.BAD_REQUEST:
            resp = problem_of_http(resp, request.method).response()  # Raised beside the middlewares, as for Expect.
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self.busy = False
            self._answers += 1
            self._quiet_since = monotonic()
            self._crowd.answered()

    def pause_writing(self) -> None:
        """Note since when the client takes nothing."""
        super().pause_writing()
        self._blocked_since = monotonic()
        self._unsent_bytes = self._wire.get_write_buffer_size() if self._wire is not None else 0

    def resume_writing(self) -> None:
        """Note that it takes something."""
        super().resume_writing()
        self._blocked_since = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it repeats what was sent, which is not ours to tell or to log.
    ) -> web.StreamResponse:
        """Answer what never came to the middlewares: a malformed request, or a defect outside of them.

        Raises:
            ConnectionError: part of an answer has been sent.
        """
        if isinstance(exc, HttpProcessingError):
            problem = _malformed(exc)
        else:
            request_id = log_unexpected(exc, route="outside of the middlewares")
            problem = Problem.of(HTTPStatus(status), "INTERNAL", request_id=request_id)
        if request.writer.output_size > 0:
            raise ConnectionError("part of the answer has been sent")
        response = problem.response()
        security_headers.add(response.headers, secure=self._crowd.secure)
        response.force_close()
        return response

    def log_exception(self, *_: object, **facts: object) -> None:
        """Log as everything unexpected is: without what the client sent."""
        error = facts.get("exc_info")
        log_unexpected(error if isinstance(error, BaseException) else None, route="connection")

    # What the watch does with it -------------------------------------------------------------------------------------
    def look(self, limits: Limits) -> None:
        """End it where it has taken too long."""
        now = monotonic()
        if self._wire is None:
            return
        if self._wire.is_closing():
            self._closing_since = self._closing_since or now
            if now - self._closing_since > limits.close_seconds_max:
                self._abort("not closing")
        elif self._blocked_since is not None:
            self._look_at_answer(self._wire, self._blocked_since, limits, now)
        elif self._body is not None:
            self._look_at_body(self._body, limits, now)
        elif not self.busy:
            self._look_at_header(limits, now)

    def _look_at_header(self, limits: Limits, now: float) -> None:
        if self._header_since is None:
            if now - self._quiet_since > (limits.idle_seconds_max if self._answers else limits.header_seconds_max):
                self.force_close()  # It has asked nothing, so it is told nothing.
        elif now - self._header_since > limits.header_seconds_max:
            http_metrics.CONNECTIONS_ENDED.labels("header too slow").inc()
            seconds = int(limits.header_seconds_max)
            self._say(Problem.of(HTTPStatus.REQUEST_TIMEOUT, "HEADER_TOO_SLOW", seconds=seconds))
        elif self._header_bytes > limits.header_bytes_max:
            http_metrics.CONNECTIONS_ENDED.labels("header too long").inc()
            self._say(Problem.of(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "HEADER_TOO_LONG"))

    def _look_at_body(self, body: StreamReader, limits: Limits, now: float) -> None:
        if body.is_eof() or body.exception() is not None:
            self._body = None
            return
        if not self._reading_paused:
            self._body_seconds += now - self._body_looked_at
        self._body_looked_at = now
        due = (self._body_seconds - limits.body_grace_seconds) * limits.body_bytes_per_second_min
        if self._body_seconds > limits.body_seconds_max or body.total_bytes < due:
            http_metrics.CONNECTIONS_ENDED.labels("body too slow").inc()
            self._body = None
            self._lingering_time = 0.0  # After the answer, nothing more of it is waited for.
            body.set_exception(BodyTooSlowError(self._body_seconds))

    def _look_at_answer(self, wire: asyncio.Transport, since: float, limits: Limits, now: float) -> None:
        if now - since <= limits.send_seconds_max:
            return
        unsent_bytes = wire.get_write_buffer_size()
        if self._unsent_bytes - unsent_bytes < limits.send_bytes_min:
            self._abort("not reading")
        else:
            self._blocked_since, self._unsent_bytes = now, unsent_bytes

    def _abort(self, why: str) -> None:
        http_metrics.CONNECTIONS_ENDED.labels(why).inc()
        if self._wire is not None:
            self._wire.abort()

    def _say(self, problem: Problem) -> None:
        """Send an answer to no request, and close."""
        response = problem.response()
        security_headers.add(response.headers, secure=self._crowd.secure)
        body = response.body if isinstance(response.body, bytes) else b""
        fields = {**response.headers, "Content-Length": str(len(body)), "Connection": "close"}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        if self._wire is not None:
            self._wire.write(f"HTTP/1.1 {problem.status.value} {problem.status.phrase}\r\n{head}\r\n".encode() + body)
            self._wire.close()
        self.force_close()


class Connections(web.Server):
    """aiohttp's server, with such connections."""

    def __init__(self, server: web.Server, crowd: Crowd, **arguments: Any) -> None:  # noqa: ANN401 - aiohttp's own.
        super().__init__(server.request_handler, request_factory=self._begin, **arguments)
        self._make = server.request_factory
        self._crowd = crowd

    def __call__(self) -> Connection:
        """Make the protocol of a new connection."""
        return Connection(self, crowd=self._crowd, loop=self._loop, **self._kwargs)

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's own.
        """Let the requests under way finish, then cancel what is left."""
        await self._crowd.quiet()
        await super().shutdown(timeout)

    def _begin(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        if isinstance(protocol, Connection):
            protocol.begin(payload)
        return self._make(message, payload, protocol, writer, task)


def _malformed(error: HttpProcessingError) -> Problem:
    too_long = isinstance(error, LineTooLong)
    http_metrics.CONNECTIONS_ENDED.labels("header too long" if too_long else "malformed").inc()
    if too_long:
        return Problem.of(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "HEADER_TOO_LONG")
    return Problem.of(HTTPStatus.BAD_REQUEST, "HTTP_MALFORMED")
