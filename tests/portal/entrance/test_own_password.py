"""修改密码 in a real browser, as the manual has it (L474-L478)."""

from playwright.async_api import Browser, expect

from services.portal.portal import Portal
from services.store.database import Connection
from tests.portal.browser import enter, window
from tests.portal.conftest import VisitorOf
from tests.portal.entrance.conftest import OWN
from tests.portal.entrance.test_pages import log_in, somebody


async def test_the_own_password_is_changed(
    browser: Browser, portal: Portal, db: Connection, visitor: VisitorOf
) -> None:
    """F12: 输入当前密码、输入新密码，确认即可: a wrong present one changes nothing; afterwards only the new one opens."""
    someone = await somebody(db, portal, visitor)
    new = "又一个不相关的词 pear 8"
    async with window(browser) as opened, window(browser) as elsewhere:
        page = await enter(opened, portal, someone)
        await page.get_by_role("button", name="当前用户").click()
        await page.locator("#who").get_by_role("link", name="修改密码").click()
        for typed in ("yellow-apple-tree-7", OWN):
            await page.get_by_label("当前密码").fill(typed)
            await page.get_by_label("新密码", exact=True).fill(new)
            await page.get_by_label("再输入一次新密码").fill(new)
            await page.get_by_role("button", name="确认").click()
            if typed != OWN:
                await expect(page.get_by_role("alert").filter(has_text="密码")).to_be_visible()
        await expect(page.get_by_text("密码已修改")).to_be_visible()
        await elsewhere.page.goto(f"{someone.origin}/")
        await log_in(elsewhere.page, "wang", OWN)
        await expect(elsewhere.page.get_by_role("alert")).to_be_visible()
        await log_in(elsewhere.page, "wang", new)
        await elsewhere.page.wait_for_url("**/employer/**")
