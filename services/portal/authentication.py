"""Who asks, and from where: from a request's headers to an identity.

People send a session's cookie, machines a bearer token, nobody both. One short transaction as `Role.AUTH`, which reads
nothing else, finds either; what has not the form of a secret of ours is not looked for at all.
"""

import re
from datetime import timedelta
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from services.portal.identity import NOBODY, Credentials, Identity
from services.portal.portal import Portal
from services.portal.problems import Problem
from services.portal.roles import PortalRole
from services.portal.settings import LOOPBACK_HOSTS, PortalSettings
from services.store import sessions, tokens
from services.store.database import Actor, Role, working

COOKIE: Final = "subsidy"
# More hops than this are made up.
HOPS_MAX: Final = 10
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_BEARER: Final = re.compile(rf"[Bb]earer +({tokens.PREFIX}[A-Za-z0-9_-]{{43}})")


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


async def identify(portal: Portal, request: web.Request) -> Credentials:
    """Find out who asks; `NOBODY` without a session, or with one that has ended.

    Raises:
        Problem: 400 TWO_CREDENTIALS; 401 TOKEN_WRONG.
    """
    bearers = request.headers.getall("Authorization", ())
    cookie = request.cookies.get(cookie_name(portal.settings))
    if bearers:
        if cookie is not None or len(bearers) > 1:
            raise Problem.of(HTTPStatus.BAD_REQUEST, "TWO_CREDENTIALS")
        return Credentials(identity=await _of_bearer(portal, request, bearers[0]))
    if cookie is None:
        return NOBODY
    identity = await _of_session(portal, request, cookie)
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


def origin_of(portal: Portal, request: web.Request) -> str:
    """Give the address that the request came from; of what proxies tell, only what a trusted one has seen itself."""
    address = request.remote or "unknown"
    trusted = _networks(portal.settings.trusted_proxies)
    if not trusted:
        return address
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")[-HOPS_MAX:]
    for hop in (address, *reversed(forwarded)):
        parsed = _address(hop.strip())
        if parsed is None:
            break
        address = str(parsed)
        if not any(parsed in network for network in trusted):
            break
    return address


async def _of_session(portal: Portal, request: web.Request, token: str, *, noted: bool = True) -> Identity | None:
    if not _SECRET.fullmatch(token):
        return None
    async with working(portal.pool, _finder(portal, request)) as connection:
        found = await sessions.resolve(connection, token, idle_limit(portal.settings), noted=noted)
    if found is None:
        return None
    return Identity(
        user_id=found.user.id,
        role=PortalRole(found.user.role),
        name=found.user.name,
        employer_id=found.user.employer_id,
        person_id=found.user.person_id,
        scopes=None,
        ends_at=found.ends_at,
    )


async def _of_bearer(portal: Portal, request: web.Request, header: str) -> Identity:
    secret = _BEARER.fullmatch(header)
    found = None
    if secret is not None:
        async with working(portal.pool, _finder(portal, request)) as connection:
            found = await tokens.resolve(connection, secret[1])
    if found is None:
        raise Problem.of(HTTPStatus.UNAUTHORIZED, "TOKEN_WRONG")
    return Identity(
        user_id=found.user.id,
        role=PortalRole(found.user.role),
        name=found.user.name,
        employer_id=found.user.employer_id,
        person_id=found.user.person_id,
        scopes=found.scopes,
        ends_at=found.expires_at,
    )


def _finder(portal: Portal, request: web.Request) -> Actor:
    return Actor(role=Role.AUTH, name="authentication", origin=origin_of(portal, request))


@lru_cache(maxsize=8)
def _networks(trusted: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip(), strict=False) for part in trusted.split(",") if part.strip())


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
