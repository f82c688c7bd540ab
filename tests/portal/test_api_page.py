"""The API document in a browser: within the strict policy, for everybody, on every screen."""

from playwright.async_api import Browser

from services.portal.app import endpoints
from tests.portal.browser import WIDE, in_every_look, window


@in_every_look
async def test_the_page_is_for_everybody_on_every_screen(
    browser: Browser, server: str, size: tuple[int, int], scheme: str
) -> None:
    """Nothing is refused by the policy, nothing hangs over, and axe finds nothing."""
    async with window(browser, size, scheme) as opened:
        await opened.page.goto(f"{server}/api/v1/docs")
        assert [] == await opened.violations()
        assert 0 == await opened.overhang()
        assert [] == opened.faults


async def test_the_page_needs_no_script(browser: Browser, server: str) -> None:
    """Whoever lets none run reads the same."""
    async with window(browser, WIDE, "light", java_script_enabled=False) as opened:
        await opened.page.goto(f"{server}/api/v1/docs")
        assert len(list(endpoints())) <= await opened.page.locator("section.api-call").count()
        await opened.page.get_by_role("link", name="POST /orders/preview").click()
        assert opened.page.url.endswith("#call-POST-orders-preview")
