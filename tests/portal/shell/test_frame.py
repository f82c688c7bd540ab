"""扩展栏, by hand and by keyboard: the menu that folds, its search, the colours, the notes, the home page."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.portal.shell.menu import EMPLOYER_MENU
from services.store import approvals
from services.store.database import Connection, acting
from services.store.preferences import COLOURS
from tests.portal.browser import NARROW, SCHEMES, WIDE, enter, window
from tests.portal.conftest import Town, VisitorOf
from tests.store import fund


async def test_the_menu_folds_and_stays_so(browser: Browser, portal: Portal, visitor: VisitorOf) -> None:
    """F20: 侧边导航伸缩 by mouse or keyboard; the next page has it as it was left, and so has another machine."""
    somebody = await visitor(PortalRole.EMPLOYER)
    async with window(browser) as opened:
        page = await enter(opened, portal, somebody)
        fold = page.get_by_role("button", name="侧边导航伸缩")
        await expect(fold).to_have_attribute("aria-expanded", "true")
        wide = await page.locator("#side").bounding_box()
        await fold.focus()
        async with page.expect_response("**/me/preferences"):
            await page.keyboard.press("Enter")
        await expect(fold).to_have_attribute("aria-expanded", "false")
        narrow = await page.locator("#side").bounding_box()
        assert wide is not None
        assert narrow is not None
        assert narrow["width"] < wide["width"] / 2
        await expect(page.locator("#side").get_by_role("link", name="缴费通知")).to_be_visible()
    async with window(browser) as opened:
        page = await enter(opened, portal, somebody)
        await expect(page.get_by_role("button", name="侧边导航伸缩")).to_have_attribute("aria-expanded", "false")
        assert narrow == await page.locator("#side").bounding_box()
        assert [] == opened.faults


async def test_on_a_telephone_the_menu_comes_over_the_page(
    browser: Browser, portal: Portal, visitor: VisitorOf
) -> None:
    """F20: it is out of the way, and of the tab order, until it is asked for; Escape and a touch beside it close it."""
    async with window(browser, NARROW) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        fold = page.get_by_role("button", name="侧边导航伸缩")
        side = page.get_by_role("navigation", name="侧边导航")
        await expect(side).to_have_count(0)
        await fold.click()
        await expect(fold).to_have_attribute("aria-expanded", "true")
        await expect(side.get_by_role("link", name="缴费通知")).to_be_visible()
        await expect(side).to_be_focused()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await page.keyboard.press("Escape")
        await expect(side).to_have_count(0)
        await expect(fold).to_be_focused()
        await fold.click()
        await page.mouse.click(380, 600)
        await expect(side).to_have_count(0)
        await fold.click()
        await side.get_by_role("link", name="缴费通知").click()
        await expect(page.get_by_role("heading", level=1, name="缴费通知")).to_be_visible()
        assert [] == opened.faults


async def found(page: Page, query: str) -> list[str]:
    """Type into the search, and read what it lists, without the groups."""
    await page.get_by_role("combobox", name="搜索菜单").fill(query)
    texts = await page.locator("#menu-found [role=option]").evaluate_all("all => all.map(each => each.firstChild.data)")
    return [str(text) for text in texts]


async def test_the_menu_is_searched(browser: Browser, portal: Portal, visitor: VisitorOf) -> None:
    """F21: by characters, initials, pinyin and other names; by keyboard alone; choosing jumps there."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        for query in ("缴费通知", "缴费 通知", "jftz", "JFTZ", "jiaofei", "汇缴通知", "hjtz"):
            assert ["缴费通知"] == await found(page, query), query
        assert ["汇缴申请", "缴费通知"] == await found(page, "hj"), "in the order of the menu"
        for query in ("登陆密码", "登录密码", "dlmm"):
            assert ["修改密码"] == await found(page, query), query
        assert [] == await found(page, "没有这个")
        await expect(page.get_by_role("status").filter(has_text="没有找到“没有这个”")).to_be_visible()
        await page.get_by_role("heading", level=1).click()
        await page.keyboard.press("/")
        box = page.get_by_role("combobox", name="搜索菜单")
        await expect(box).to_be_focused()
        await box.fill("hj")
        await expect(box).to_have_attribute("aria-activedescendant", "menu-found-0")
        await page.keyboard.press("ArrowUp")
        await expect(page.get_by_role("option", name="缴费通知")).to_have_attribute("aria-selected", "true")
        assert [] == await opened.violations()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1, name="缴费通知")).to_be_visible()
        await page.keyboard.press("Control+k")
        await expect(page.get_by_role("combobox", name="搜索菜单")).to_be_focused()
        assert [] == opened.faults


async def test_the_search_offers_only_what_the_user_may_open(
    browser: Browser, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F21: 经办人管理 is the administrator's; a clerk's search does not find it."""
    async with window(browser) as opened:
        clerk = await visitor(PortalRole.EMPLOYER_CLERK, employer_id=town.employer.id)
        page = await enter(opened, portal, clerk)
        assert [] == await found(page, "经办人管理")
        assert ["缴费通知"] == await found(page, "缴费通知")


async def test_colours_are_chosen_and_kept(browser: Browser, portal: Portal, visitor: VisitorOf) -> None:
    """F22: 更改配色 shows at once; on the next machine the page is drawn in it from the first."""
    somebody = await visitor(PortalRole.EMPLOYER)
    async with window(browser) as opened:
        page = await enter(opened, portal, somebody)
        await page.get_by_role("button", name="更改配色").click()
        async with page.expect_response("**/me/preferences"):
            await page.get_by_role("radio", name="松绿").check()
        await expect(page.locator("html")).to_have_attribute("data-colour", "green")
        async with page.expect_response("**/me/preferences"):
            await page.get_by_role("radio", name="深色").check()
        await expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        await expect(page.get_by_text("已保存。")).to_be_visible()
    async with window(browser, java_script_enabled=False) as opened:
        page = await enter(opened, portal, somebody)
        await expect(page.locator("html")).to_have_attribute("data-colour", "green")
        await expect(page.locator("html")).to_have_attribute("data-scheme", "dark")
    async with window(browser) as opened:
        page = await enter(opened, portal, somebody)
        await expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        assert [] == opened.faults


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_every_colour_is_for_everybody(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf, *, scheme: str
) -> None:
    """F22: in each, with something of every tone on the page, axe finds nothing."""
    await show_something(db, town)
    async with window(browser, WIDE, scheme) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.get_by_role("button", name="更改配色").click()
        for colour in (*COLOURS[1:], COLOURS[0]):
            async with page.expect_response("**/me/preferences"):
                await page.locator(f"[name=colour][value={colour}]").check()
            assert [] == await opened.violations(), colour


async def test_notes_keep_themselves(browser: Browser, portal: Portal, visitor: VisitorOf) -> None:
    """F23: written and kept without any button, shown as text whatever it is, changed, and thrown away."""
    somebody = await visitor(PortalRole.EMPLOYER)
    evil = "<img src=x onerror=alert(1)> 月底前核对"
    async with window(browser) as opened:
        page = await enter(opened, portal, somebody)
        await page.get_by_role("button", name="便签").first.click()
        await expect(page.get_by_text("还没有便签")).to_be_visible()
        await page.get_by_role("button", name="新便签").click()
        note = page.get_by_role("textbox", name="便签")
        await expect(note).to_be_focused()
        await page.keyboard.insert_text(evil)
        await expect(page.get_by_text("已保存")).to_be_visible()
        await page.keyboard.insert_text("！")
        await page.get_by_role("link", name="汇缴申请").first.click()  # Before the pause is over.
        await expect(page.get_by_role("textbox", name="便签")).to_have_value(f"{evil}！")
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        assert [] == opened.faults
    async with window(browser) as opened:
        page = await enter(opened, portal, somebody)
        await page.get_by_role("button", name="便签").first.click()
        await expect(page.get_by_role("textbox", name="便签")).to_have_value(f"{evil}！")
        await page.get_by_role("button", name=re.compile("删除便签")).click()
        await page.get_by_role("dialog").get_by_role("button", name="删除").click()
        await expect(page.get_by_text("还没有便签")).to_be_visible()
        assert [] == (await somebody.get("/notes"))["items"]


async def test_the_menu_has_the_manuals_groups_and_order(browser: Browser, portal: Portal, visitor: VisitorOf) -> None:
    """F24: every entry that is shown stands under its group, in the manual's order, and leads to a page of its name."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        shown = await page.locator("#menu a").evaluate_all(
            "all => all.map(each => [each.dataset.group, each.title, each.getAttribute('href')])"
        )
        manual = [[group.title, entry.title, entry.path] for group in EMPLOYER_MENU for entry in group.entries]
        assert shown == [entry for entry in manual if entry in shown]
        assert {"基本信息", "业务办理", "单位管理", "设置"} <= {group for group, _, _ in shown}
        for _, title, path in shown:
            await page.goto(f"{portal.settings.origin}{path}")
            await expect(page.locator("#menu [aria-current=page]")).to_have_attribute("href", path)
            await expect(page.get_by_role("heading", level=1)).to_have_text(title)
            assert [] == opened.faults, path


async def show_something(db: Connection, town: Town) -> str:
    """Let there be a returned order, a draft, one to pay and one under review; gives the memo to pay with."""
    returned = await fund.submitted(db, town.employer, fund.line(town.people[1], fund.START))
    async with acting(db, fund.BUREAU):
        await approvals.send_back(db, returned.id, returned.version, "请核对张三的金额")
    await fund.submitted(db, town.employer, fund.line(town.people[2], fund.START))
    await fund.draft(db, town.employer, fund.line(town.people[3], fund.START))
    order = await fund.submitted(db, town.employer, fund.line(town.people[0], fund.START))
    return str((await fund.approve(db, order)).memo)


async def test_home_shows_what_is_to_do(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F25: what was returned with the reason, what is to be paid with amount and memo, and drafts, as they come."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        todo = page.locator("#section-todo")
        await expect(todo.get_by_text("没有待办事项")).to_be_visible()
        await expect(page.get_by_text("实时更新")).to_be_visible()
        memo = await show_something(db, town)
        await expect(todo.get_by_role("listitem")).to_have_count(3)
        rows = todo.get_by_role("listitem")
        await expect(rows.nth(0)).to_contain_text("被退回")
        await expect(rows.nth(0)).to_contain_text("请核对张三的金额")
        await expect(rows.nth(1)).to_contain_text(memo)
        await expect(rows.nth(1)).to_contain_text("500.00 元")
        await expect(rows.nth(2)).to_contain_text("草稿")
        await page.reload()
        await expect(page.get_by_role("link", name="缴费通知").first).to_contain_text("1")
        await rows.nth(0).get_by_role("link", name="汇缴申请").click()
        await expect(page.get_by_role("heading", level=1, name="汇缴申请")).to_be_visible()
        assert [] == opened.faults
