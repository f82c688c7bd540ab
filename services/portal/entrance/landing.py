"""Where a login leads somebody of an employer: to 员工初始化 until that is submitted, then to the home page (F11, manual L12).

The home page and everything else can be reached all the same; it is the login alone that leads there.
"""

from aiohttp import web

from services.portal import authentication
from services.portal.identity import Identity
from services.portal.portal import PORTAL
from services.store import employers
from services.store.database import working

HOME = "/employer/"
INITIALISATION = "/employer/initialisation"


async def landing_of(request: web.Request, identity: Identity) -> str:
    """Give the path."""
    assert identity.employer_id is not None  # noqa: S101 -- an employer's user has one, by a constraint.
    actor = identity.actor(authentication.origin_of(request))
    async with working(request.app[PORTAL].pool, actor, reads_only=True) as connection:
        employer = await employers.get(connection, identity.employer_id)
    return HOME if employer.initialised else INITIALISATION
