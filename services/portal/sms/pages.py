"""开发短信箱: the page where a developer, or whoever watches the demonstration, reads what would have been sent."""

from typing import Final

from aiohttp import web

from services.portal.calls import Call
from services.portal.pages.registry import Facts, Pages
from services.store import sms_messages
from services.store.database import Role, stepping_in_as

MESSAGES_MAX: Final = 50
pages = Pages()


@pages.page("/development/sms", who=None, title="开发短信箱", template="sms/templates/box.html", first=True)
async def box(call: Call) -> Facts:
    """Show the newest messages; where there is no development box, there is no such page."""
    if not call.portal.settings.shows_sms_box:
        raise web.HTTPNotFound
    async with stepping_in_as(call.connection, Role.AUTH):
        return {
            "messages": await sms_messages.newest(call.connection, limit=MESSAGES_MAX),
            "messages_max": MESSAGES_MAX,
        }
