"""From a request to its answer, the same way for every call.

Who asks is found first, then the rights, then the body is read and parsed, and only then a transaction is opened: a slow
or vanishing client holds none. The answer is sent after the commit.
"""

import asyncio
import hashlib
import re
from http import HTTPStatus
from typing import Any, Final

import attrs
from aiohttp import web

from services.portal import authentication, csrf
from services.portal.calls import Call
from services.portal.endpoints import Answer, Endpoint, Streamed
from services.portal.identity import Credentials
from services.portal.portal import PORTAL, Portal
from services.portal.problems import Problem
from services.portal.roles import PortalRole
from services.portal.wire import read_json, read_query, write_json
from services.store import saved_answers
from services.store.database import working
from services.store.refusals import RefusedError
from services.store.saved_answers import SavedAnswer

BODY_SECONDS_MAX: Final = 30.0
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
# What is longer is parsed in a thread, so that the loop goes on meanwhile.
_PARSED_AT_ONCE_BYTES: Final = 16 * 1024
_RETRY_SECONDS: Final = "10"
_KEY: Final = re.compile("[!-~]{1,255}")
_API: Final = "/api/v1"
_JSON: Final = "application/json"

CALL: Final = web.RequestKey("call", Call)
ENDPOINT: Final = web.RequestKey("endpoint", Endpoint)


def handler_of(endpoint: Endpoint) -> Any:  # noqa: ANN401 - a handler of aiohttp.
    """Give the aiohttp handler of an endpoint."""

    async def handle(request: web.Request) -> web.StreamResponse:
        request[ENDPOINT] = endpoint
        return await answer(endpoint, request)

    return handle


async def answer(endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
    """Answer a request.

    Raises:
        Problem: with whatever keeps it from success.
        RefusedError: the rules of the library or the store refuse it; nothing was written.
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
            return _answered(endpoint, await endpoint.handler(call, **path))
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
    key = idempotency_key(call.request) if endpoint.creates else None
    actor = call.identity.actor(call.origin)
    async with (
        call.portal.turns.turn(call.identity),
        working(call.portal.pool, actor, reads_only=reads_only) as connection,
    ):
        if key is None:
            return _answered(endpoint, await endpoint.handler(call.over(connection), **arguments))
        request_hash = hashlib.sha256(f"{call.request.method} {call.request.path_qs}\n".encode() + body).digest()
        saved = await saved_answers.find(connection, key, request_hash)
        if saved is not None:
            return _repeated(saved)
        response = _answered(endpoint, await endpoint.handler(call.over(connection), **arguments))
        await saved_answers.save(
            connection,
            key,
            request_hash,
            SavedAnswer(
                status=response.status,
                location=response.headers.get("Location", ""),
                body=response.body if isinstance(response.body, bytes) else b"",
            ),
        )
        return response


def idempotency_key(request: web.Request) -> str | None:
    """Read the key under which a request may be repeated.

    Raises:
        Problem: 400 IDEMPOTENCY_KEY_WRONG.
    """
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is not None and not _KEY.fullmatch(key):
        raise Problem.of(HTTPStatus.BAD_REQUEST, "IDEMPOTENCY_KEY_WRONG")
    return key


def _answered(endpoint: Endpoint, given: object) -> web.Response:
    if isinstance(given, web.StreamResponse):
        return given  # type: ignore[return-value] # Such a handler has written it itself.
    whole = given if isinstance(given, Answer) else Answer(value=given)
    headers = dict(whole.headers)
    if endpoint.location:
        names = {name: getattr(whole.value, name) for name in _fields_of(endpoint.location)}
        headers["Location"] = _API + endpoint.location.format_map(names)
    status = whole.status or endpoint.status
    if endpoint.gives is None:
        response = web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)
    else:
        body = write_json(whole.value, endpoint.gives) if whole.written is None else whole.written
        response = web.Response(body=body, status=status, content_type=_JSON, headers=headers)
    for cookie in whole.cookies:
        response.headers.add("Set-Cookie", cookie)
    return response


def _fields_of(location: str) -> list[str]:
    return [part.strip("{}") for part in location.split("/") if part.startswith("{")]


def _repeated(saved: SavedAnswer) -> web.Response:
    headers = {"Idempotency-Replayed": "true"}
    if saved.location:
        headers["Location"] = saved.location
    content_type = _JSON if saved.body else None
    return web.Response(body=saved.body, status=saved.status, content_type=content_type, headers=headers)


@attrs.frozen
class _NoQuery:
    """A call without query parameters."""
