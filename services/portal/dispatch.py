"""From a request to its answer, the same way for every call.

Who asks is found first, then the rights, then the body is read and parsed, and only then a transaction is opened: a slow
or vanishing client holds none. The answer is sent after the commit.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

import attrs
from aiohttp import web

from services.portal import authentication, csrf
from services.portal.answers import answered, repeated
from services.portal.calls import Call
from services.portal.endpoints import ENDPOINT, FORM, OCTETS, Endpoint, Streamed
from services.portal.identity import Credentials
from services.portal.portal import PORTAL, Portal
from services.portal.problems import Problem
from services.portal.repetition import Once, RepeatedError, idempotency_key
from services.portal.roles import PortalRole
from services.portal.wire import read_json, read_query
from services.store.database import working
from services.store.refusals import RefusedError

BODY_SECONDS_MAX: Final = 30.0
# What is longer is parsed in a thread, so that the loop goes on meanwhile.
_PARSED_AT_ONCE_BYTES: Final = 16 * 1024
_RETRY_SECONDS: Final = "10"
_JSON: Final = "application/json"

CALL: Final = web.RequestKey("call", Call)


def handler_of(endpoint: Endpoint) -> Any:  # noqa: ANN401 - a handler of aiohttp.
    """Give the aiohttp handler of an endpoint."""

    async def handle(request: web.Request) -> web.StreamResponse:
        request[ENDPOINT] = endpoint
        try:
            return await answer(endpoint, request)
        except RepeatedError as error:
            return repeated(error.kept)

    return handle


async def answer(endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
    """Answer a request.

    Raises:
        Problem: with whatever keeps it from success.
        RefusedError: the rules of the library or the store refuse it; nothing was written.
        RepeatedError: it was done before, under the same key.
    """
    portal = request.app[PORTAL]
    credentials = await authentication.identify(portal, request)
    authorise(endpoint, portal, request, credentials)
    path = read_path(endpoint, request)
    if endpoint.query is not None:
        path["query"] = read_query(request.query, endpoint.query)
    elif request.query:
        read_query(request.query, _NoQuery)
    body = b""
    if endpoint.body is Streamed:
        refuse_wrapped(endpoint, request)
        path["body"] = Streamed(request)
    else:
        body = await read_body(endpoint, request)
        if endpoint.body is not None:
            path["body"] = await _parse(body, endpoint.body)
    call = Call(
        portal=portal,
        request=request,
        credentials=credentials,
        origin=authentication.origin_of(request),
        now=portal.clock(),
    )
    deadline = asyncio.timeout(endpoint.seconds_max)
    try:
        async with deadline:
            if endpoint.transaction and credentials.identity is not None:
                try:
                    return await _in_transaction(endpoint, call, path, body)
                except RefusedError as error:
                    if endpoint.refused is not None:
                        await endpoint.refused(call, error)
                    raise
            return answered(endpoint, await endpoint.handler(call, **path))
    except TimeoutError:
        if not deadline.expired():
            raise  # No connection was free, or the database did not answer: an outage.
        found = Problem.of(HTTPStatus.SERVICE_UNAVAILABLE, "TOO_SLOW", seconds=int(endpoint.seconds_max or 0)).found
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, found, headers={"Retry-After": _RETRY_SECONDS}) from None


def authorise(endpoint: Endpoint, portal: Portal, request: web.Request, credentials: Credentials) -> None:
    """Refuse who may not make this call.

    Raises:
        Problem: 401, 403.
    """
    identity = credentials.identity
    if request.method not in {"GET", "HEAD"}:
        csrf.refuse_foreign(portal, request, credentials, token_needed=endpoint.who is not None)
    if endpoint.who is None:
        return
    if identity is None:
        raise Problem.of(HTTPStatus.UNAUTHORIZED, "NOT_LOGGED_IN")
    if identity.must_change and not endpoint.first:
        raise Problem.of(HTTPStatus.FORBIDDEN, "PASSWORD_CHANGE_NEEDED")
    if identity.role not in endpoint.who:
        raise Problem.of(HTTPStatus.FORBIDDEN, "FORBIDDEN", role=identity.role.value)
    if identity.scopes is not None and not endpoint.scope:
        raise Problem.of(HTTPStatus.FORBIDDEN, "PEOPLE_ONLY")
    if not identity.may(endpoint.scope):
        raise Problem.of(HTTPStatus.FORBIDDEN, "SCOPE_MISSING", scope=endpoint.scope)


def read_path(endpoint: Endpoint, request: web.Request) -> dict[str, Any]:
    """Read what the path names; its pattern has limited it to digits or a short word."""
    types = endpoint.path_types
    return {name: types[name](text) for name, text in request.match_info.items()}


def refuse_wrapped(endpoint: Endpoint, request: web.Request) -> None:
    """Refuse a file that does not come as the body itself, or in a form where the endpoint takes one; and a wrong key.

    Raises:
        Problem: 400, 415.
    """
    if endpoint.creates:
        idempotency_key(request)
    if encoding := request.headers.get("Content-Encoding"):
        raise Problem.of(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "CONTENT_ENCODED", found=encoding)
    found = request.content_type
    if found.startswith("multipart/") and not (endpoint.takes_form and found == FORM):
        expected = FORM if endpoint.takes_form else OCTETS
        raise Problem.of(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "CONTENT_TYPE", expected=expected, found=found)


async def read_body(endpoint: Endpoint, request: web.Request) -> bytes:
    """Read a body within the endpoint's limits.

    Raises:
        Problem: 400, 408, 413, 415.
    """
    if endpoint.body is None:
        if request.body_exists and (request.content_length or await _limited(request, endpoint.body_bytes_max)):
            raise Problem.of(HTTPStatus.BAD_REQUEST, "BODY_NOT_EXPECTED")
        return b""
    if encoding := request.headers.get("Content-Encoding"):
        raise Problem.of(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "CONTENT_ENCODED", found=encoding)
    if request.body_exists and request.content_type != _JSON:
        found = request.headers.get("Content-Type", "")
        raise Problem.of(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "CONTENT_TYPE", expected=_JSON, found=found)
    body = await _limited(request, endpoint.body_bytes_max)
    if not body:
        raise Problem.of(HTTPStatus.BAD_REQUEST, "BODY_EXPECTED")
    return body


async def _limited(request: web.Request, bytes_max: int) -> bytes:
    if (request.content_length or 0) > bytes_max:
        raise Problem.of(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "BODY_TOO_LARGE", limit=bytes_max)
    if request.content.is_eof():
        # It has come with the header, as nearly every body does: nothing is waited for.
        body = request.content.read_nowait()
        if len(body) > bytes_max:
            raise Problem.of(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "BODY_TOO_LARGE", limit=bytes_max)
        return body
    pieces = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            async for piece in request.content.iter_any():
                pieces += piece
                if len(pieces) > bytes_max:
                    raise Problem.of(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "BODY_TOO_LARGE", limit=bytes_max)
    except TimeoutError:
        raise Problem.of(HTTPStatus.REQUEST_TIMEOUT, "BODY_TOO_SLOW", seconds=int(BODY_SECONDS_MAX)) from None
    return bytes(pieces)


async def _parse(body: bytes, kind: type) -> Any:  # noqa: ANN401 - an instance of `kind`.
    if len(body) <= _PARSED_AT_ONCE_BYTES:
        return read_json(body, kind)
    return await asyncio.to_thread(read_json, body, kind)


async def _in_transaction(endpoint: Endpoint, call: Call, arguments: dict[str, Any], body: bytes) -> web.StreamResponse:
    reads_only = endpoint.reads_only or call.identity.role is PortalRole.AUDITOR
    once = Once.of(call.request, body)
    actor = call.identity.actor(call.origin)
    async with (
        call.portal.turns.turn(call.identity),
        working(call.portal.pool, actor, reads_only=reads_only) as connection,
    ):
        await once.begin(connection)
        given = await endpoint.handler(call.over(connection), **arguments)
        return await once.keep(connection, answered(endpoint, given))


@attrs.frozen
class _NoQuery:
    """A call without query parameters."""
