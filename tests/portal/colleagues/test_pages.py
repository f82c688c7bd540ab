"""An employer's own people in a real browser: users, checking, tokens, the trail; and the bureau's help with logging in."""

import os
import re
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from services.portal.app import endpoints
from services.portal.portal import Portal
from services.portal.roles import EMPLOYERS, PortalRole
from services.portal.scopes import SCOPES_ZH, scopes_of
from services.store.database import Connection
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.portal.importing import lists

SHOTS = os.environ.get("SUBSIDY_SHOTS")  # noqa: TID251 - for whoever wants to look; nothing depends on it.
LONG = "南山区实验教育集团人力资源与财务管理中心" * 5


async def shoot(page: Page, name: str) -> None:
    """Keep a picture, for whoever wants to look."""
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def test_every_scope_has_a_name() -> None:
    """A token's page tells people what they allow."""
    known = frozenset().union(*scopes_of(endpoints()).values())
    assert known <= SCOPES_ZH.keys()


async def test_an_administrator_adds_a_clerk_and_wants_the_work_checked(
    browser: Browser, portal: Portal, visitor: VisitorOf
) -> None:
    """The one-time password is shown once; faults are told in the dialog; the last administrator cannot be disabled."""
    admin = await visitor(PortalRole.EMPLOYER)
    async with window(browser) as opened:
        page = await enter(opened, portal, admin)
        await page.goto(f"{admin.origin}/employer/colleagues")
        await page.get_by_role("button", name="增加用户").click()
        dialog = page.get_by_role("dialog", name="增加用户")
        await dialog.get_by_label("账号").fill("x")
        await dialog.get_by_label("姓名").fill("李明")
        await dialog.get_by_role("button", name="增加").click()
        await expect(dialog.get_by_role("alert")).to_be_visible()
        await dialog.get_by_label("账号").fill("szzx.li")
        await dialog.get_by_label("手机号码").fill("13800001234")
        await shoot(page, "colleagues-add")
        await dialog.get_by_role("button", name="增加").click()
        secret = page.get_by_role("dialog", name="一次性密码")
        await expect(secret.get_by_text("SZZX.LI")).to_be_visible()
        await expect(secret.locator("code")).to_have_text(re.compile(r"^([0-9a-z]{4}-){3}[0-9a-z]{4}$"))
        await shoot(page, "colleagues-secret")
        await secret.get_by_role("button", name="我已记下").click()
        row = page.get_by_role("row").filter(has_text="SZZX.LI")
        await expect(row).to_contain_text("待修改密码")

        await page.get_by_role("button", name="开启复核").click()
        await expect(page.get_by_text("复核：已开启")).to_be_visible()
        await row.get_by_role("button", name="修改 李明").click()
        edit = page.get_by_role("dialog", name="修改 李明")
        await edit.get_by_label("角色").select_option(label="复核人")
        await edit.get_by_role("button", name="保存").click()
        await expect(row).to_contain_text("复核人")

        own = page.get_by_role("row").filter(has_text="（我）")
        await own.get_by_role("button", name="停用").click()
        await page.get_by_role("dialog").get_by_role("button", name="停用").click()
        await expect(page.get_by_role("alert").filter(has_text="最后一位可以登录的管理员")).to_be_visible()
        assert [] == [fault for fault in opened.faults if not re.search("409|422", fault)]


async def test_a_checker_hands_in_and_hands_back(
    browser: Browser, portal: Portal, visitor: VisitorOf, db: Connection, town: Town
) -> None:
    """The clerk sees what waits, the checker what to do with it; and the trail tells who did what."""
    await (await visitor(PortalRole.EMPLOYER)).put("/checking", {"needed": True})
    clerk = await visitor(PortalRole.EMPLOYER_CLERK)
    first = await lists.ask_to_open(clerk, 40)
    second = await lists.ask_to_open(clerk, 41)
    await db.execute("UPDATE portal_user SET name = '李明' WHERE role = 'employer_clerk'")
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{clerk.origin}/employer/checking")
        await expect(page.get_by_text("由您准备，须由另一位同事提交")).to_have_count(2)
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER_CHECKER))
        await page.goto(f"{clerk.origin}/employer/checking")
        await shoot(page, "checking")
        await page.get_by_role("button", name=f"复核无误，提交 {first['id']}").click()
        await expect(page.get_by_role("status").filter(has_text="已提交住建局")).to_be_visible()
        await page.get_by_label(f"退回经办人 {second['id']}").click()
        await page.get_by_label("退回原因").fill("手机号码不对")
        await page.get_by_role("button", name="确认退回").click()
        await expect(page.get_by_text("已退回经办人：手机号码不对")).to_be_visible()
        await page.goto(f"{clerk.origin}/employer/trail")
        await expect(page.get_by_role("row").filter(has_text="退回经办人")).to_contain_text("手机号码不对")
        await expect(page.get_by_role("row").filter(has_text="准备").filter(has_text="李明")).to_have_count(2)
        await page.get_by_label("操作人").select_option(label=f"李明（{(clerk.user and clerk.user.login)}）")
        await page.get_by_role("button", name="查询").click()
        await expect(page.get_by_role("row").filter(has_text="退回经办人")).to_have_count(0)
        assert [] == opened.faults


async def test_a_token_is_shown_once_and_revoked(browser: Browser, portal: Portal, visitor: VisitorOf) -> None:
    """What it may do is said in words; the secret opens the API until the token is revoked."""
    clerk = await visitor(PortalRole.EMPLOYER_CLERK)
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{clerk.origin}/employer/tokens")
        await page.get_by_label("用途").fill("人事系统")
        await page.get_by_role("button", name="新建令牌").click()
        await expect(page.get_by_role("alert")).to_contain_text("权限")
        await page.get_by_label("查看当前身份").check()
        await page.get_by_role("button", name="新建令牌").click()
        secret = page.get_by_role("dialog", name="令牌")
        token = await secret.locator("code").inner_text()
        async with clerk.http.get(f"{clerk.origin}/api/v1/me", headers={"Authorization": f"Bearer {token}"}) as answer:
            assert 200 == answer.status
        await secret.get_by_role("button", name="我已记下").click()
        await page.get_by_role("button", name="撤销 人事系统").click()
        await page.get_by_role("dialog").get_by_role("button", name="撤销").click()
        await expect(page.get_by_role("row").filter(has_text="人事系统")).to_contain_text("已撤销")
        async with clerk.http.get(f"{clerk.origin}/api/v1/me", headers={"Authorization": f"Bearer {token}"}) as answer:
            assert 401 == answer.status


async def test_the_bureau_opens_a_first_login(browser: Browser, portal: Portal, visitor: VisitorOf, town: Town) -> None:
    """F9: found by its code; without a mobile the activation code is shown once, to be handed over."""
    reviewer = await visitor(PortalRole.REVIEWER)
    async with window(browser) as opened:
        page = await enter(opened, portal, reviewer)
        await page.goto(f"{reviewer.origin}/bureau/logins")
        await page.get_by_label("单位名称或代码").fill(town.employer.code)
        await page.get_by_role("button", name="搜索").click()
        await page.get_by_role("button", name=f"开通首次登录 {town.employer.name}", exact=True).click()
        dialog = page.get_by_role("dialog", name=f"开通首次登录：{town.employer.name}")
        await dialog.get_by_label("管理员姓名").fill("王芳")
        await dialog.get_by_role("button", name="开通").click()
        secret = page.get_by_role("dialog", name="请交给单位管理员")
        await expect(secret.locator("code")).to_have_text(re.compile(r"^([0-9a-z]{4}-){3}[0-9a-z]{4}$"))
        await secret.get_by_role("button", name="我已记下").click()
        await expect(page.get_by_text("等待首次登录")).to_be_visible()
        await expect(page.get_by_role("button", name=f"重新开通首次登录 {town.employer.name}")).to_be_visible()
        assert [] == opened.faults


PAGES = ("colleagues", "checking", "tokens", "trail")


@in_every_look
async def test_the_pages_are_for_everybody(
    browser: Browser,
    portal: Portal,
    visitor: VisitorOf,
    db: Connection,
    town: Town,
    *,
    size: tuple[int, int],
    scheme: str,
) -> None:
    """With the longest names: no violation for axe, and nothing wider than a telephone."""
    admin = await visitor(PortalRole.EMPLOYER)
    clerk = await visitor(PortalRole.EMPLOYER_CLERK)
    await admin.put("/checking", {"needed": True})
    await lists.ask_to_open(clerk, 40)
    await admin.post("/tokens", {"name": LONG[:100], "scopes": ["orders:read", "employees:read"], "days": 1})
    reviewer = await visitor(PortalRole.REVIEWER)
    await db.execute("UPDATE portal_user SET name = $1 WHERE employer_id IS NOT NULL", LONG[:100])
    wrong: list[object] = []
    for someone, paths in (
        (admin, [f"/employer/{name}" for name in PAGES]),
        (reviewer, ["/bureau/logins"]),
    ):
        async with window(browser, size, scheme) as opened:
            page = await enter(opened, portal, someone)
            for path in paths:
                await page.goto(admin.origin + path)
                await shoot(page, f"{path.rpartition('/')[2]}-{size[0]}-{scheme}")
                wrong += [(path, each) for each in await opened.violations()]
                wrong += [(path, "wide")] * (await opened.overhang() > 0)
            wrong += opened.faults
    assert [] == wrong


async def test_a_clerk_manages_nobody(server: str, visitor: VisitorOf) -> None:
    """For other roles the page does not exist; the employer's other pages are everybody's."""
    for role in EMPLOYERS:
        someone = await visitor(role)
        statuses = []
        for name in PAGES:
            async with someone.http.get(f"{server}/employer/{name}", headers=someone.headers) as answer:
                statuses.append(answer.status)
        assert [200 if role is PortalRole.EMPLOYER else 404, 200, 200, 200] == statuses
