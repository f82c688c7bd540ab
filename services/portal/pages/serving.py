"""From the request of a page to its HTML, the same way for every page of the table.

Who asks is found first; a page of somebody else's does not exist, and who has not logged in is led to the login and back.
Everything is read in one transaction, which has ended before anything is rendered.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import aiohttp_jinja2
from aiohttp import web

from services.portal import authentication, csrf
from services.portal.calls import Call
from services.portal.entrance.paths import first_password_path
from services.portal.entrance.session_facts import SessionFacts
from services.portal.identity import Credentials, Identity
from services.portal.pages.registry import Page
from services.portal.pages.sections import tag_of
from services.portal.portal import PORTAL, Portal
from services.portal.shell.frame import Frame
from services.portal.wire import read_query
from services.store.database import Actor, Role, working

LOGIN: Final = "/"
# Tells a page whether what it shows has changed.
TAG: Final = "X-Section-Tag"
_FRAGMENT: Final = "HX-Request"


def handler_of(page: Page) -> Any:  # noqa: ANN401 - a handler of aiohttp.
    """Give the aiohttp handler of a page."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await show(page, request)

    return handle


async def show(page: Page, request: web.Request, credentials: Credentials | None = None) -> web.StreamResponse:
    """Show a page, or a part of one; who has found out already by what credentials brings them.

    Raises:
        Problem: with whatever keeps it from being shown.
        HTTPNotFound: it is another role's.
    """
    portal = request.app[PORTAL]
    if credentials is None:
        credentials = await authentication.identify(portal, request, noted=page.noted)
    identity = credentials.identity
    if page.who is not None:
        if identity is None or credentials.session_token is None:
            # The session is over, or there was none: pages are for people, and a token's scopes say nothing of them.
            return lead(request, f"{LOGIN}?next={quote(request.path_qs, safe='/')}", HTTPStatus.UNAUTHORIZED)
        if identity.must_change and not page.first:
            return lead(request, first_password_path(identity.role))
        if identity.role not in page.who:
            raise web.HTTPNotFound
    arguments: dict[str, Any] = {name: page.path_types[name](text) for name, text in request.match_info.items()}
    if page.query is not None:
        arguments["query"] = read_query(request.query, page.query)
    origin = authentication.origin_of(request)
    actor = Actor(role=Role.AUTH, name="visitor", origin=origin) if identity is None else identity.actor(origin)
    async with _turn(portal, identity), working(portal.pool, actor, reads_only=True) as connection:
        call = Call(
            portal=portal,
            request=request,
            credentials=credentials,
            origin=origin,
            now=portal.clock(),
            connection=connection,
        )
        facts = dict(await page.load(call, **arguments))
        frame = None if page.is_part else await Frame.load(call, page)
    response = aiohttp_jinja2.render_template(page.template, request, facts | _around(portal, credentials, frame))
    if page.is_part:
        response.headers[TAG] = tag_of((response.text or "").encode())
    return response


@asynccontextmanager
async def _turn(portal: Portal, identity: Identity | None) -> AsyncIterator[None]:
    if identity is None:
        yield
        return
    async with portal.turns.turn(identity):
        yield


def _around(portal: Portal, credentials: Credentials, frame: Frame | None) -> dict[str, Any]:
    token = credentials.session_token
    return {
        "frame": frame,
        "csrf_token": "" if token is None else csrf.token_of(token),
        "session": SessionFacts.of(portal.settings, credentials.identity),
    }


def lead(request: web.Request, path: str, status: HTTPStatus = HTTPStatus.FORBIDDEN) -> web.Response:
    """Lead a browser elsewhere: the whole page goes there, even where only a part of it was asked for."""
    if request.headers.get(_FRAGMENT):
        return web.Response(status=status, headers={"HX-Redirect": path.partition("?")[0]})
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": path})
