"""单位登录: the bureau's page for employers who cannot log in."""

import attrs

from services.portal.calls import Call
from services.portal.pages.registry import Facts, Pages
from services.portal.roles import REVIEWERS
from services.store import employer_logins

pages = Pages()


@attrs.frozen(kw_only=True)
class SearchQuery:
    """Which employers.

    Attributes:
        q: a part of the name, or a code.
    """

    q: str = ""


@pages.page("/bureau/logins", who=REVIEWERS, title="单位登录", template="entrance/templates/logins.html")
async def logins_page(call: Call, query: SearchQuery) -> Facts:
    """Show employers, with what helps the one who has called."""
    return {
        "logins": await employer_logins.find(call.connection, query.q),
        "found_max": employer_logins.FOUND_MAX,
        "query": query,
        "now": call.now,
    }
