"""What a token may be allowed: the scopes of the calls that its user's role may make, read from the table of calls."""

from collections.abc import Iterable, Mapping
from typing import Final

from aiohttp import web

from services.portal.endpoints import Endpoint
from services.portal.roles import PortalRole

ScopesOfRoles = Mapping[PortalRole, frozenset[str]]
SCOPES: Final[web.AppKey[ScopesOfRoles]] = web.AppKey("scopes")


def scopes_of(endpoints: Iterable[Endpoint]) -> ScopesOfRoles:
    """Give the scopes that each role can give to a token."""
    calls = tuple(endpoints)
    return {
        role: frozenset(call.scope for call in calls if call.scope and call.who is not None and role in call.who)
        for role in PortalRole
    }
