"""Whose registration a request is about: the cookie of who has proven a telephone, beside that of who has logged in (F3).

It opens the calls and pages of registration and the files of one registration, and nothing else. Its requests that change
something come from our own pages and name a token that follows from the cookie, as everywhere (`services.portal.csrf`).
"""

import hmac
import re
from http import HTTPStatus
from typing import Final

import attrs
from aiohttp import web

from services.portal import csrf
from services.portal.authentication import is_plain, origin_of
from services.portal.portal import Portal
from services.portal.problems import Problem
from services.portal.settings import PortalSettings
from services.store import registration_sessions
from services.store.database import Actor, Connection, Role, looking_as, working
from services.store.registration_sessions import RegistrationSession

COOKIE: Final = "registration"
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@attrs.frozen(kw_only=True)
class Registering:
    """Somebody who registers.

    Attributes:
        token: the cookie's, from which the CSRF token follows.
    """

    session: RegistrationSession
    token: str = attrs.field(repr=False)

    def actor(self, origin: str) -> Actor:
        """Give the database role of this one's transactions, and the registration whose files they may see."""
        registration_id = self.session.registration_id
        return Actor(
            role=Role.AUTH,
            name=f"registration/{registration_id}",
            origin=origin,
            registration_id=registration_id,
        )


def visitor(request: web.Request) -> Actor:
    """Give the database role of who has proven nothing yet."""
    return Actor(role=Role.AUTH, name="registration", origin=origin_of(request))


def cookie_name(settings: PortalSettings) -> str:
    """Name the cookie; browsers take the prefix for a promise that no other host can have set it."""
    return COOKIE if is_plain(settings) else f"__Host-{COOKIE}"


def session_cookie(settings: PortalSettings, token: str) -> str:
    """Write the Set-Cookie that gives a browser its registration session, until the browser ends."""
    return f"{cookie_name(settings)}={token}; {_terms(settings)}"


def no_cookie(settings: PortalSettings) -> str:
    """Write the Set-Cookie that takes it away."""
    return f"{cookie_name(settings)}=; Max-Age=0; {_terms(settings)}"


def token_of(portal: Portal, request: web.Request) -> str:
    """Give the cookie's token; empty for what cannot be one of ours."""
    token = request.cookies.get(cookie_name(portal.settings), "")
    return token if _SECRET.fullmatch(token) else ""


async def registering(portal: Portal, request: web.Request, connection: Connection) -> Registering | None:
    """Find out who registers; None without a session, or with one that has ended.

    Args:
        portal: whose sessions.
        request: with the cookie.
        connection: inside a transaction of any role.
    """
    token = token_of(portal, request)
    if not token:
        return None
    async with looking_as(connection, Role.AUTH):
        session = await registration_sessions.resolve(connection, token)
    return None if session is None else Registering(session=session, token=token)


async def prove(portal: Portal, request: web.Request) -> Registering:
    """Find out who registers, for a call.

    Raises:
        Problem: 401 REGISTRATION_SESSION: there is no session, or no longer; 403 CSRF_TOKEN.
    """
    async with working(portal.pool, visitor(request)) as connection:
        found = await registering(portal, request, connection)
        if found is not None:
            await registration_sessions.seen(connection, found.token)
    if found is None:
        raise Problem.of(HTTPStatus.UNAUTHORIZED, "REGISTRATION_SESSION")
    if request.method not in {"GET", "HEAD"}:
        given = request.headers.get(csrf.HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, csrf.token_of(found.token).encode()):
            raise Problem.of(HTTPStatus.FORBIDDEN, "CSRF_TOKEN", header=csrf.HEADER)
    return found


def _terms(settings: PortalSettings) -> str:
    return "Path=/; HttpOnly; SameSite=Lax" + ("" if is_plain(settings) else "; Secure")
