"""Who asks, and from where: from a request's headers to an identity.

People send a session's cookie, machines a bearer token, nobody both. One short transaction as `Role.AUTH`, which reads
nothing else, finds either; what has not the form of a secret of ours is not looked for at all.
"""

import re
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from services.portal.identity import NOBODY, Credentials, Identity
from services.portal.middleware.access_log import ACTOR
from services.portal.middleware.client_address import PROXIES, client_address
from services.portal.portal import Portal
from services.portal.problems import Problem
from services.portal.roles import PortalRole
from services.portal.settings import LOOPBACK_HOSTS, PortalSettings
from services.store import sessions, tokens
from services.store.database import Actor, Role, working
from services.store.users import User

COOKIE: Final = "subsidy"
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_BEARER: Final = re.compile(rf"(?i:bearer) +({tokens.PREFIX}[A-Za-z0-9_-]{{43}})")


def is_plain(settings: PortalSettings) -> bool:
    """Say whether cookies go without Secure: only where nothing but this machine's own loopback is involved."""
    host = urlsplit(settings.origin).hostname
    return not settings.secure and host in LOOPBACK_HOSTS and settings.http_host in LOOPBACK_HOSTS


def cookie_name(settings: PortalSettings) -> str:
    """Name the session's cookie; browsers take the prefix for a promise that no other host can have set it."""
    return COOKIE if is_plain(settings) else f"__Host-{COOKIE}"


def session_cookie(settings: PortalSettings, token: str) -> str:
    """Write the Set-Cookie that gives a browser its session, until the browser ends."""
    return f"{cookie_name(settings)}={token}; {_terms(settings)}"


def no_cookie(settings: PortalSettings) -> str:
    """Write the Set-Cookie that takes the session away."""
    return f"{cookie_name(settings)}=; Max-Age=0; {_terms(settings)}"


def _terms(settings: PortalSettings) -> str:
    return "Path=/; HttpOnly; SameSite=Lax" + ("" if is_plain(settings) else "; Secure")


def idle_limit(settings: PortalSettings) -> timedelta:
    """How long a session lives without a request."""
    return timedelta(minutes=settings.session_idle_minutes)


async def identify(portal: Portal, request: web.Request, *, noted: bool = True) -> Credentials:
    """Find out who asks; `NOBODY` without a session, or with one that has ended.

    Args:
        portal: whose users.
        request: with a session's cookie or a bearer token.
        noted: false for what a page asks for by itself: that is no sign of life, and does not keep a session open.

    Raises:
        Problem: 400 TWO_CREDENTIALS; 401 TOKEN_WRONG.
    """
    credentials = await _prove(portal, request, noted=noted)
    if credentials.identity is not None:
        request[ACTOR] = credentials.identity.actor_name
    return credentials


async def _prove(portal: Portal, request: web.Request, *, noted: bool) -> Credentials:
    bearers = request.headers.getall("Authorization", ())
    cookie = request.cookies.get(cookie_name(portal.settings))
    if bearers:
        if cookie is not None or len(bearers) > 1:
            raise Problem.of(HTTPStatus.BAD_REQUEST, "TWO_CREDENTIALS")
        return Credentials(identity=await _of_bearer(portal, request, bearers[0]))
    if cookie is None:
        return NOBODY
    identity = await _of_session(portal, request, cookie, noted=noted)
    return NOBODY if identity is None else Credentials(identity=identity, session_token=cookie)


async def still_valid(portal: Portal, request: web.Request, credentials: Credentials) -> bool:
    """Say whether what a long request proved itself with at its start still holds; that is no sign of life."""
    if credentials.session_token is not None:
        return await _of_session(portal, request, credentials.session_token, noted=False) is not None
    try:
        return credentials.identity is not None and bool(
            await _of_bearer(portal, request, request.headers.get("Authorization", ""))
        )
    except Problem:
        return False


def origin_of(request: web.Request) -> str:
    """Give the address that the request came from, for the audit trail."""
    return client_address(request, request.app[PROXIES]) or "unknown"


def identity_of(user: User, *, scopes: frozenset[str] | None = None, ends_at: datetime) -> Identity:
    """Give the identity of a user who has proven to be one; the scopes are those of a token."""
    return Identity(
        user_id=user.id,
        role=PortalRole(user.role),
        name=user.name,
        employer_id=user.employer_id,
        person_id=user.person_id,
        scopes=scopes,
        ends_at=ends_at,
        must_change=user.must_change,
    )


async def _of_session(portal: Portal, request: web.Request, token: str, *, noted: bool = True) -> Identity | None:
    if not _SECRET.fullmatch(token):
        return None
    async with working(portal.pool, _finder(request)) as connection:
        found = await sessions.resolve(connection, token, idle_limit(portal.settings), noted=noted)
    return None if found is None else identity_of(found.user, ends_at=found.ends_at)


async def _of_bearer(portal: Portal, request: web.Request, header: str) -> Identity:
    secret = _BEARER.fullmatch(header)
    found = None
    if secret is not None:
        async with working(portal.pool, _finder(request)) as connection:
            found = await tokens.resolve(connection, secret[1])
    if found is None:
        raise Problem.of(HTTPStatus.UNAUTHORIZED, "TOKEN_WRONG")
    return identity_of(found.user, scopes=found.scopes, ends_at=found.expires_at)


def _finder(request: web.Request) -> Actor:
    return Actor(role=Role.AUTH, name="authentication", origin=origin_of(request))
