"""The entrance in a real browser: the first login as the manual tells it, a lost password, and a session that ends."""

import os
import re
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from libsubsidy import Policy
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store import employers, first_passwords, users
from services.store.database import Connection, acting
from services.store.employers import Employer
from tests.portal.browser import NARROW, enter, in_every_look, window
from tests.portal.conftest import VisitorOf
from tests.portal.entrance.conftest import INITIAL, MOBILE, OWN
from tests.portal.visitors import Visitor
from tests.store import fund
from tests.store.test_users import AUTH, CREDIT_CODE, ORG_CODE

SHOTS = os.environ.get("SUBSIDY_SHOTS")  # noqa: TID251 - for whoever wants to look; nothing depends on it.


async def shoot(page: Page, name: str) -> None:
    """Keep a picture, for whoever wants to look."""
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


async def newest_code(page: Page, server: str) -> str:
    """Read the newest code in the development box, in a window beside."""
    box = await page.context.new_page()
    await box.goto(f"{server}/development/sms")
    text = await box.locator(".sms-text").first.inner_text()
    await box.close()
    found = re.search(r"[0-9]{6}", text)
    assert found is not None
    return found[0]


async def log_in(page: Page, login: str, password: str) -> None:
    """Fill the login."""
    await page.get_by_label("账号").fill(login)
    await page.get_by_label("密码", exact=True).fill(password)
    await page.get_by_role("button", name="登录").click()


async def test_a_new_employer_logs_in_for_the_first_time(
    browser: Browser, server: str, db: Connection, newcomer: Employer
) -> None:
    """F8-F11: account and initial password, the code, the page that asks for a new password, 员工初始化, and home."""
    async with window(browser) as opened:
        page = opened.page
        await page.goto(f"{server}/employer/orders")
        await log_in(page, ORG_CODE.hyphenated, INITIAL[0])
        await expect(page.get_by_text("尾号 1234")).to_be_visible()
        await expect(page.get_by_role("button", name="秒后可重新获取")).to_be_disabled()
        await shoot(page, "login-code")
        code = page.get_by_label("短信验证码")
        await expect(code).to_be_focused()
        await code.fill("000000" if (sent := await newest_code(page, server)) != "000000" else "000001")
        await page.get_by_role("button", name="登录").click()
        await expect(page.get_by_role("alert")).to_contain_text("验证码不正确")
        await code.fill(sent)
        await code.press("Enter")

        await expect(page.get_by_role("heading", name="修改初始密码")).to_be_visible()
        await page.goto(f"{server}/employer/")
        await page.wait_for_url("**/employer/first-password")
        await page.get_by_label("新密码", exact=True).fill("short")
        await page.get_by_role("button", name="确认修改").click()
        await expect(page.get_by_role("alert")).to_contain_text("至少要有 8 个字符，现在是 5 个")
        await expect(page.get_by_role("alert")).to_contain_text("请把新密码再输入一次。")
        await page.get_by_label("新密码", exact=True).fill(OWN)
        await page.get_by_label("再输入一次新密码").fill("other")
        await page.get_by_role("button", name="确认修改").click()
        await expect(page.get_by_role("alert")).to_contain_text("两次输入的新密码不一样")
        await page.get_by_label("再输入一次新密码").fill(OWN)
        await page.get_by_role("button", name="确认修改").click()
        await page.wait_for_url("**/employer/initialisation")
        async with acting(db, fund.BUREAU):
            await employers.initialise(db, newcomer.id)

        # F14: out again, and in with the own password, by the other code.
        await page.get_by_role("button", name="退出").click()
        await log_in(page, str(CREDIT_CODE), INITIAL[1])
        await expect(page.get_by_role("alert")).to_contain_text("账号或密码不正确")
        await log_in(page, str(CREDIT_CODE), OWN)
        await page.wait_for_url("**/employer/")
        assert [] == [fault for fault in opened.faults if not re.search("40[13]|422", fault)]


async def test_the_bureaus_activation_code_is_asked_for_where_no_mobile_is_known(
    browser: Browser, server: str, db: Connection, newcomer: Employer
) -> None:
    """The same field takes it, under its own name, and there is nothing to send again."""
    async with acting(db, fund.BUREAU):
        made = await first_passwords.open_window(db, newcomer.id, mobile=None, policy=Policy())
    async with window(browser, NARROW) as opened:
        page = opened.page
        await page.goto(server)
        await log_in(page, str(ORG_CODE), INITIAL[0])
        await page.get_by_label("激活码").fill(made.activation_code)
        await expect(page.get_by_role("button", name="重新获取验证码")).to_be_hidden()
        await page.get_by_role("button", name="登录").click()
        await page.wait_for_url("**/employer/first-password")


async def test_a_forgotten_password_is_set_anew(
    browser: Browser, server: str, db: Connection, portal: Portal, newcomer: Employer
) -> None:
    """F13: by keyboard alone, from the login's own link and back to it."""
    async with acting(db, AUTH):
        known = await users.find(db, str(ORG_CODE))
        assert known is not None
        await users.set_password(db, known.user.id, await portal.passwords.hash("forgotten for ever"))
    async with window(browser) as opened:
        page = opened.page
        await page.goto(server)
        await page.get_by_role("link", name="忘记密码").click()
        await page.get_by_label("账号").fill(str(ORG_CODE))
        await page.get_by_label("登记的手机号码").fill("12")
        await page.get_by_role("button", name="获取验证码").click()
        await expect(page.get_by_role("alert")).to_contain_text("手机号")
        await page.get_by_label("登记的手机号码").fill(str(MOBILE))
        await page.get_by_role("button", name="获取验证码").press("Enter")
        await expect(page.get_by_text("验证码会在一分钟内发到手机")).to_be_visible()
        await page.get_by_label("短信验证码").fill(await newest_code(page, server))
        await page.get_by_label("新密码", exact=True).fill(OWN)
        await page.get_by_label("再输入一次新密码").fill(OWN)
        await page.get_by_label("再输入一次新密码").press("Enter")
        await page.wait_for_url(f"{server}/")
        await log_in(page, str(ORG_CODE), OWN)
        await page.wait_for_url("**/employer/**")


async def somebody(db: Connection, portal: Portal, visitor: VisitorOf) -> Visitor:
    """A clerk with a session, who can log in again as `wang` with the own password."""
    someone = await visitor(PortalRole.EMPLOYER_CLERK)
    assert someone.user is not None
    password_hash = await portal.passwords.hash(OWN)
    await db.execute(
        "UPDATE portal_user SET login = 'WANG', password_hash = $2 WHERE id = $1", someone.user.id, password_hash
    )
    return someone


async def test_a_half_filled_form_outlives_the_session(
    browser: Browser, portal: Portal, db: Connection, visitor: VisitorOf
) -> None:
    """F14: the answer is a login on top of the page; after it the same form goes out as it was filled."""
    someone = await somebody(db, portal, visitor)
    async with window(browser) as opened:
        page = await enter(opened, portal, someone)
        await page.goto(f"{someone.origin}/employer/password")
        new = "又一个不相关的词 pear 8"
        await page.get_by_label("当前密码").fill(OWN)
        await page.get_by_label("新密码", exact=True).fill(new)
        await page.get_by_label("再输入一次新密码").fill(new)
        await db.execute("DELETE FROM portal_session")
        await page.get_by_role("button", name="确认").click()

        dialog = page.get_by_role("dialog", name="登录已过期")
        await expect(dialog.get_by_label("账号")).to_be_focused()
        await shoot(page, "again")
        await dialog.get_by_label("账号").fill("wang")
        await dialog.get_by_label("密码").fill("wrong one")
        await dialog.get_by_role("button", name="登录").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("账号或密码不正确")
        await dialog.get_by_label("密码").fill(OWN)
        await dialog.get_by_label("密码").press("Enter")
        await expect(page.get_by_role("status").filter(has_text="填写的内容还在")).to_be_visible()
        await expect(page.get_by_label("新密码", exact=True)).to_have_value(new)
        await page.get_by_role("button", name="确认").click()
        await page.wait_for_url("**/employer/")
        assert await db.fetchval("SELECT password_set_at > created_at FROM portal_user WHERE login = 'WANG'")


async def test_whoever_has_typed_is_warned_before_the_session_ends(
    browser: Browser, portal: Portal, db: Connection, visitor: VisitorOf
) -> None:
    """F14: two minutes before the idle limit, and only with something to lose; 继续使用 keeps the session."""
    someone = await somebody(db, portal, visitor)
    async with window(browser) as opened:
        await opened.page.clock.install()
        page = await enter(opened, portal, someone)
        await page.goto(f"{someone.origin}/employer/password")
        warning = page.get_by_role("dialog", name="即将自动退出")
        await page.clock.fast_forward("29:00")
        await expect(warning).to_be_hidden()
        # This form is not guarded, because nobody minds to type a password again; what is typed elsewhere is.
        await page.evaluate("document.querySelector('form[hx-post]').removeAttribute('data-unguarded')")
        await page.get_by_label("当前密码").fill("typed")
        await page.clock.fast_forward("00:20")
        await expect(warning).to_contain_text("将自动退出")
        await db.execute("UPDATE portal_session SET seen_at = now() - interval '25 minutes'")
        await warning.get_by_role("button", name="继续使用").click()
        await expect(warning).to_be_hidden()
        assert await db.fetchval("SELECT seen_at > now() - interval '1 minute' FROM portal_session")


PAGES = {"login": "/", "forgotten": "/forgotten-password", "box": "/development/sms"}
PAGES_INSIDE = {"first-password": "/employer/first-password", "password": "/employer/password"}


@in_every_look
async def test_every_page_of_the_entrance_is_for_everybody(
    browser: Browser, portal: Portal, db: Connection, visitor: VisitorOf, *, size: tuple[int, int], scheme: str
) -> None:
    """No violation for axe, and nothing wider than a telephone."""
    someone = await visitor(PortalRole.EMPLOYER)
    server = someone.origin
    wrong: list[object] = []
    async with window(browser, size, scheme) as opened:
        for name, path in PAGES.items():
            await opened.page.goto(server + path)
            await shoot(opened.page, f"{name}-{size[0]}-{scheme}")
            wrong += [(name, each) for each in await opened.violations()]
            wrong += [(name, "wide")] * (await opened.overhang() > 0)
        await enter(opened, portal, someone)
        for name, path in PAGES_INSIDE.items():
            if name == "first-password":
                await db.execute("UPDATE portal_user SET password_kind = 'one_time', password_ends_at = now() + '1h'")
            await opened.page.goto(server + path)
            await db.execute("UPDATE portal_user SET password_kind = 'own', password_ends_at = NULL")
            await shoot(opened.page, f"{name}-{size[0]}-{scheme}")
            wrong += [(name, each) for each in await opened.violations()]
            wrong += [(name, "wide")] * (await opened.overhang() > 0)
    assert [] == wrong
