"""What a handler gives, as the answer that is sent, kept under an Idempotency-Key, and sent again."""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from services.portal.endpoints import Answer, Endpoint
from services.portal.wire import write_json
from services.store.saved_answers import SavedAnswer

_API: Final = "/api/v1"
_JSON: Final = "application/json"


def answered(endpoint: Endpoint, given: object) -> web.Response:
    """Write what a handler of this endpoint gives."""
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


def saved(response: web.Response) -> SavedAnswer:
    """Give an answer as it is kept."""
    return SavedAnswer(
        status=response.status,
        location=response.headers.get("Location", ""),
        body=response.body if isinstance(response.body, bytes) else b"",
    )


def repeated(kept: SavedAnswer) -> web.Response:
    """Give a kept answer again."""
    headers = {"Idempotency-Replayed": "true"}
    if kept.location:
        headers["Location"] = kept.location
    content_type = _JSON if kept.body else None
    return web.Response(body=kept.body, status=kept.status, content_type=content_type, headers=headers)
