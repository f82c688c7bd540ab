"""Somebody who registers, by the API: proves a telephone with the code that was sent to it."""

import re
from typing import Any

import aiohttp
import attrs

from services.portal.registration import sessions
from services.store.database import Connection
from tests.libsubsidy.test_registration import WHOLE
from tests.portal.visitors import Visitor

NUMBER = "13800000000"
# The card as the form sends it: the telephone is not asked for.
CARD = {name: text for name, text in attrs.asdict(WHOLE).items() if name != "contact_mobile"}


async def sent(db: Connection, number: str = NUMBER) -> list[str]:
    """Give the messages to a telephone, the oldest first."""
    rows = await db.fetch("SELECT text FROM sms_message WHERE mobile = $1 ORDER BY id", number)
    return [row["text"] for row in rows]


async def code_sent(db: Connection, number: str = NUMBER) -> str:
    """Give the last code that was sent to a telephone."""
    found = re.findall(r"\b[0-9]{6}\b", (await sent(db, number))[-1])
    return str(found[0])


def nobody(http: aiohttp.ClientSession, origin: str) -> Visitor:
    """Somebody without a login, on a page of our own."""
    return Visitor(http=http, origin=origin, user=None, headers={"Origin": origin})


async def prove(someone: Visitor, db: Connection, number: str = NUMBER, purpose: str = "registration") -> Visitor:
    """Prove a telephone, and give the same visitor with the session."""
    await someone.post("/registrations/codes", {"mobile": number, "purpose": purpose})
    return (await redeem(someone, await code_sent(db, number), number, purpose))[0]


async def redeem(
    someone: Visitor, code: str, number: str = NUMBER, purpose: str = "registration"
) -> tuple[Visitor, dict[str, Any]]:
    """Open a session with a code; gives the visitor with it, and the answer."""
    given = await someone.ask(
        "POST", "/registrations/session", json={"mobile": number, "code": code, "purpose": purpose}
    )
    assert 200 == given.status, given.body
    cookie = given.headers["Set-Cookie"].partition(";")[0]
    assert cookie.startswith(f"{sessions.COOKIE}=")
    assert "HttpOnly; SameSite=Lax" in given.headers["Set-Cookie"]
    headers = {**someone.headers, "Cookie": cookie, "X-CSRF-Token": given.body["csrf_token"]}
    return attrs.evolve(someone, headers=headers), given.body
