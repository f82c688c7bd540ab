"""Somebody at the portal of the demonstration, who does by its API what a browser would do."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any, Final

import aiohttp
import attrs
from PIL import Image, ImageDraw

from libsubsidy import SLOTS, SubsidyError

_API: Final = "/api/v1"
_PAPER: Final = (900, 640)


class NotTakenError(SubsidyError):
    """The portal refused what the demonstration asked of it, which is a defect of one of the two."""

    def __init__(self, method: str, path: str, status: int, text: str) -> None:
        super().__init__(f"{method} {path}: {status} {text}")


@attrs.define
class Guest:
    """One visitor with cookies of the own."""

    _http: aiohttp.ClientSession
    _address: str
    _csrf_token: str = ""

    async def ask(self, method: str, path: str, **how: Any) -> Any:  # noqa: ANN401 - JSON values.
        """Send a request and read the answer.

        Raises:
            NotTakenError: it was refused.
        """
        headers = {"Origin": self._address, "X-CSRF-Token": self._csrf_token}
        async with self._http.request(method, f"{self._address}{_API}{path}", headers=headers, **how) as response:
            if not response.ok:
                raise NotTakenError(method, path, response.status, await response.text())
            answer = await response.json() if "json" in response.headers.get("Content-Type", "") else None
        if isinstance(answer, Mapping) and "csrf_token" in answer:
            self._csrf_token = answer["csrf_token"]
        return answer

    async def log_in(self, login: str, password: str) -> None:
        """Come in by the login page."""
        await self.ask("POST", "/session", json={"login": login, "password": password})

    async def hand_in(self, purpose: str, path: str = "/attachments") -> list[str]:
        """Upload a paper for every slot that a purpose requires; gives the ids."""
        ids = []
        for slot in SLOTS[purpose]:
            if slot.required:
                params = {"purpose": purpose, "slot": slot.name, "filename": f"{slot.zh}.jpg"}
                ids.append((await self.ask("POST", path, params=params, data=BytesIO(_paper())))["id"])
        return ids


@asynccontextmanager
async def guest(address: str) -> AsyncIterator[Guest]:
    """Let somebody in."""
    # The address is a number: browsers take its cookies, and so does this.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Guest(http, address)


def _paper() -> bytes:
    """Draw a paper that says it is none: light, with lines of writing and a seal."""
    width, height = _PAPER
    drawn = Image.new("RGB", _PAPER, "#f7f3ea")
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((24, 24, width - 24, height - 24), outline="#3b4a5c", width=3)
    pen.text((width // 2 - 130, 60), "SPECIMEN", fill="#3b4a5c", font_size=54)
    for line in range(8):
        pen.line((80, 190 + line * 46, width - 80 - (line % 3) * 90, 190 + line * 46), fill="#b8c0c8", width=4)
    pen.ellipse((width - 290, height - 260, width - 110, height - 80), outline="#c23b32", width=7)
    output = BytesIO()
    drawn.save(output, "JPEG", quality=80)
    return output.getvalue()
