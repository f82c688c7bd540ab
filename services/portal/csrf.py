"""Requests that a page of somebody else makes a browser send: refused, however good the cookie (ASVS 5.0, 3.5.1-3.5.3).

An unsafe request by cookie comes from a page of our own origin, which browsers tell by Origin and Sec-Fetch-Site, and
names the token that our own pages alone can read, since it follows from the session's. Logging in needs the origin, too:
nobody is to work in a stranger's session without knowing. Machines with a bearer token carry nothing that a browser adds
by itself. Our pages must not be sent with `Referrer-Policy: no-referrer`, under which browsers hide the origin of forms.

>>> len(token_of("session")), token_of("session") == token_of("another")
(64, False)
"""

import hashlib
import hmac
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from aiohttp import web

from services.portal.identity import Credentials
from services.portal.portal import Portal
from services.portal.problems import Problem
from services.portal.settings import LOOPBACK_HOSTS, PortalSettings

HEADER: Final = "X-CSRF-Token"
_BYTES: Final = 32


def token_of(session_token: str) -> str:
    """Give the CSRF token of a session."""
    return hashlib.blake2b(b"subsidy csrf token", key=session_token.encode(), digest_size=_BYTES).hexdigest()


def own_origins(settings: PortalSettings) -> frozenset[str]:
    """Give the origins of our pages: one, or on this machine alone all the names that it has for itself.

    >>> from services.settings import PostgresUrl
    >>> settings = PortalSettings(database_url=PostgresUrl("postgresql://x/y"))
    >>> sorted(own_origins(settings))
    ['http://127.0.0.1:8080', 'http://[::1]:8080', 'http://localhost:8080']
    """
    if settings.public_origin is not None or settings.http_host not in LOOPBACK_HOSTS:
        return frozenset({settings.origin})
    hosts = (f"[{host}]" if ":" in host else host for host in LOOPBACK_HOSTS)
    return frozenset(f"http://{host}:{settings.http_port}" for host in hosts)


def refuse_foreign(portal: Portal, request: web.Request, credentials: Credentials, *, token_needed: bool) -> None:
    """Refuse an unsafe request that another site's page may have sent.

    Args:
        portal: whose pages may.
        request: of a method that changes something.
        credentials: what it proved itself with; a machine is let through, and who has to log in first is told so later.
        token_needed: false for logging in, when there is no token yet.

    Raises:
        Problem: 403 ORIGIN_FOREIGN or CSRF_TOKEN.
    """
    if credentials.session_token is None and (credentials.identity is not None or token_needed):
        return
    if not _is_own(request, own_origins(portal.settings)):
        raise Problem.of(HTTPStatus.FORBIDDEN, "ORIGIN_FOREIGN")
    if token_needed and credentials.session_token is not None:
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, token_of(credentials.session_token).encode()):
            raise Problem.of(HTTPStatus.FORBIDDEN, "CSRF_TOKEN", header=HEADER)


def _is_own(request: web.Request, own: frozenset[str]) -> bool:
    origins: Sequence[str] = request.headers.getall("Origin", ())
    sites: Sequence[str] = request.headers.getall("Sec-Fetch-Site", ())
    told = bool(origins or sites)
    return told and all(origin in own for origin in origins) and all(site == "same-origin" for site in sites)
