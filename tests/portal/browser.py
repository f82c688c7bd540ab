"""A real browser: Debian's chromium, driven by playwright; and what every page must stand up to."""

import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from services.portal import authentication
from services.portal.portal import Portal
from tests.portal.visitors import Visitor

WIDE: Final = (1440, 900)
NARROW: Final = (390, 844)
SCHEMES: Final = ("light", "dark")
# What is wrong with a page lies in a width or in a colour: each of them is seen, and no page four times.
in_every_look: Final = pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide-light", "narrow-dark"]
)
_NAMES: Final = ("chromium-headless-shell", "chromium", "google-chrome")
_AXE: Final = Path(sys.prefix) / "npm" / "node_modules" / "axe-core" / "axe.min.js"
# A machine that runs all tests at once is slow now and then; what does not come at all is told all the same.
_PATIENCE_MS: Final = 20_000
expect.set_options(timeout=_PATIENCE_MS)
_RUN_AXE: Final = """
axe.run({ resultTypes: ['violations'], preload: false }).then(found => JSON.stringify(found.violations.map(each => ({
    rule: each.id, where: each.nodes.map(node => node.html.slice(0, 200))}))))
"""


@attrs.frozen
class Window:
    """A window of the browser, and everything that went wrong in it.

    Attributes:
        faults: errors of scripts, whatever the console was told as an error, and what the policy of contents refused.
    """

    page: Page
    faults: list[str] = attrs.field(factory=list)

    async def violations(self) -> list[dict[str, Any]]:
        """Ask axe what is wrong for whoever cannot see, or cannot use a mouse."""
        # Through the debugger: the page's own policy lets nothing be evaluated, and stays on.
        session = await self.page.context.new_cdp_session(self.page)
        expression = f"{_AXE.read_text(encoding='utf-8')};{_RUN_AXE}"
        answer = await session.send(
            "Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True}
        )
        await session.detach()
        found: list[dict[str, Any]] = json.loads(answer["result"]["value"])
        return found

    async def overhang(self) -> int:
        """Give the pixels by which the page is wider than its window."""
        session = await self.page.context.new_cdp_session(self.page)
        expression = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        answer = await session.send("Runtime.evaluate", {"expression": expression, "returnByValue": True})
        await session.detach()
        wider: int = answer["result"]["value"]
        return wider


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the browser."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    assert program is not None, "no chromium: tests/servers/install.sh installs it"
    async with async_playwright() as playwright:
        # As root in a container there is no sandbox; these pages are our own.
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def window(
    browser: Browser, size: tuple[int, int] = WIDE, scheme: str = "light", **how: Any
) -> AsyncIterator[Window]:
    """Open a window with cookies of its own."""
    context: BrowserContext = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type] # Its literals.
        locale="zh-CN",
        **how,
    )
    opened = Window(await context.new_page())
    opened.page.on("pageerror", lambda error: opened.faults.append(str(error)))
    opened.page.on("console", lambda said: opened.faults.append(said.text) if said.type == "error" else None)
    opened.page.set_default_timeout(_PATIENCE_MS)
    try:
        yield opened
    finally:
        await context.close()


async def enter(opened: Window, portal: Portal, visitor: Visitor) -> Page:
    """Open the page in a visitor's session."""
    name, _, value = visitor.headers["Cookie"].partition("=")
    assert authentication.cookie_name(portal.settings) == name
    await opened.page.context.add_cookies([{"name": name, "value": value, "url": visitor.origin}])
    await opened.page.goto(f"{visitor.origin}/")
    return opened.page
