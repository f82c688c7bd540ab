"""员工初始化 in a browser: worked in like a spreadsheet, verified at once, taken out and in as a file, submitted (F15-F19)."""

import io
import re
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import Browser, Page, expect

from services.portal.portal import BUREAU_ZONE, Portal
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.store.fund import START, line, submitted

LONG_NAME = "买买提·吐尔逊·阿卜杜热西提·" * 6


@pytest.fixture
async def migrated(db: Connection, town: Town) -> Town:
    """The first employer has been migrated, and its people are not verified."""
    await db.execute("UPDATE employer SET initialised_at = NULL WHERE id = $1", town.employer.id)
    return town


async def opened_table(page: Page, portal: Portal, query: str = "") -> None:
    """Open 员工初始化."""
    await page.goto(f"{portal.settings.origin}/employer/initialisation{query}")


async def test_the_table_is_worked_in_and_submitted(
    browser: Browser, db: Connection, migrated: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F15, F16, F19: by keyboard alone; kept as typed, verified at once with jumps to the cells, submitted, closed."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await opened_table(page, portal)
        first, last = (f"#cell-{migrated.people[place]}-" for place in (0, 4))
        await page.locator(f"{first}mobile").fill("12")
        await page.keyboard.press("Enter")
        await expect(page.locator(f"#cell-{migrated.people[1]}-mobile")).to_be_focused()
        await expect(page.locator("#initial-state")).to_contain_text("都已保存")
        await expect(page.locator(f"{first}mobile-problem")).to_be_visible()
        assert "12" == await db.fetchval("SELECT mobile FROM initialisation_row")
        await page.get_by_role("button", name="校验").press("Enter")
        await expect(page.get_by_text("共有 10 处需要改正")).to_be_visible()
        await expect(page.locator("[aria-invalid=true]")).to_have_count(10)
        await page.get_by_role("link", name="第 5 行 员工5").last.press("Enter")
        await expect(page.locator(f"{last}rank")).to_be_focused()
        block = "\\n".join([f"138000000{number:02}\\t正科" for number in range(5)])
        await page.locator(f"{first}mobile").evaluate(
            f"""each => {{
                const given = new DataTransfer();
                given.setData('text/plain', '{block}');
                each.dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: given, bubbles: true, cancelable: true }}));
            }}"""
        )
        await expect(page.locator(f"{last}rank")).to_have_value("正科")
        await expect(page.locator("#initial-state")).to_contain_text("都已保存")
        assert 5 == await db.fetchval("SELECT count(*) FROM initialisation_row WHERE rank = '正科'")
        await page.get_by_role("button", name="校验").click()
        await expect(page.get_by_text("5 名职工全部通过校验")).to_be_visible()
        await page.get_by_role("button", name="立即提交").click()
        await page.get_by_role("dialog").get_by_role("button", name="立即提交").click()
        await page.wait_for_url("**/employer/")
        await opened_table(page, portal)
        await expect(page.get_by_text("员工初始化已经提交")).to_be_visible()
        assert "13800000004" == await db.fetchval("SELECT mobile FROM person WHERE id = $1", migrated.people[4])
        assert [] == opened.faults


async def test_a_table_with_errors_is_not_submitted(
    browser: Browser, db: Connection, migrated: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F16, F19: pressing 立即提交 too early leads to everything that is wrong; what was typed last is kept first."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await opened_table(page, portal)
        await page.locator(f"#cell-{migrated.people[0]}-rank").fill("副科")
        await page.get_by_role("button", name="立即提交").click()
        await page.get_by_role("dialog").get_by_role("button", name="立即提交").click()
        await expect(page.get_by_text("共有 9 处需要改正")).to_be_visible()
        await page.get_by_role("link", name="只看有问题的职工").click()
        await expect(page.get_by_role("rowheader")).to_have_count(5)
        assert "副科" == await db.fetchval("SELECT rank FROM initialisation_row")
        opened.faults[:] = [fault for fault in opened.faults if "422" not in fault]  # The browser itself notes it.
        assert [] == opened.faults


async def test_the_file_goes_out_and_comes_back(
    browser: Browser, db: Connection, migrated: Town, portal: Portal, visitor: VisitorOf, *, tmp_path: Path
) -> None:
    """F18, I33: 导出Excel, corrected in a spreadsheet, taken in again; unchanged it changes nothing, and says so."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await opened_table(page, portal)
        async with page.expect_download() as started:
            await page.get_by_role("link", name="导出Excel").click()
        path = tmp_path / "table.xlsx"
        await (await started.value).save_as(path)
        await page.get_by_label("导入改好的Excel").set_input_files(path)
        await expect(page.locator("#said")).to_contain_text("没有改动")
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
        book.worksheets[0]["D2"] = "13800000000"
        book.save(path)
        await page.get_by_label("导入改好的Excel").set_input_files(path)
        await expect(page.locator("#said")).to_contain_text("1 名职工的 1 个单元格有改动")
        await expect(page.locator(f"#cell-{migrated.people[0]}-mobile")).to_have_value("13800000000")
        book.worksheets[0]["A3"] = "440101196001019999"
        book.save(path)
        await page.get_by_label("导入改好的Excel").set_input_files(path)
        await expect(page.get_by_role("alert").filter(has_text=re.compile("第 3 行“身份证号码”"))).to_be_visible()
        assert 1 == await db.fetchval("SELECT count(*) FROM initialisation_row")


async def test_what_is_not_kept_is_told_and_kept_later(
    browser: Browser, db: Connection, migrated: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F19: without a network nothing is lost: the page says so, and 保存 keeps it once there is one; by the bureau's clock."""
    async with window(browser, timezone_id="Pacific/Honolulu") as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await opened_table(page, portal)
        await page.route("**/api/v1/initialisation/rows", lambda route: route.abort())
        await page.locator(f"#cell-{migrated.people[0]}-rank").fill("副科")
        await page.keyboard.press("Tab")
        await expect(page.locator("#initial-state")).to_contain_text("1 行没有保存成功")
        await page.unroute("**/api/v1/initialisation/rows")
        await page.get_by_role("button", name="保存").click()
        await expect(page.locator("#initial-state")).to_contain_text("都已保存")
        hour = int((await page.locator("#initial-state").inner_text()).partition("（")[2][:2])
        now = datetime.now(BUREAU_ZONE)
        assert hour in {now.hour, (now - timedelta(minutes=10)).hour}
        assert "副科" == await db.fetchval("SELECT rank FROM initialisation_row")


async def test_a_new_employer_submits_at_once(
    browser: Browser, db: Connection, migrated: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F15: with nobody to verify there is one button to press."""
    await db.execute(
        "UPDATE employment SET state = 'ended', state_from = '2020-02-01' WHERE employer_id = $1", migrated.employer.id
    )
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await opened_table(page, portal)
        await page.get_by_role("button", name="立即提交").press("Enter")
        await page.get_by_role("dialog").get_by_role("button", name="立即提交").press("Enter")
        await page.wait_for_url("**/employer/")
        assert await db.fetchval("SELECT initialised_at IS NOT NULL FROM employer WHERE id = $1", migrated.employer.id)
        assert [] == opened.faults


async def test_a_reviewer_opens_it_again(
    browser: Browser, db: Connection, migrated: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """D-13: found by the code, with a reason; the employer's page is open again. One that has ordered has no button."""
    await db.execute("UPDATE employer SET initialised_at = now()")
    await submitted(db, migrated.other, line(migrated.strangers[0], START))
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))
        await page.goto(f"{portal.settings.origin}/bureau/initialisations")
        await expect(page.get_by_text("已提交缴款订单，不能重新开放")).to_be_visible()
        await expect(page.locator("summary", has_text="重新开放")).to_have_count(1)
        await page.get_by_label("单位名称或交易代码").fill("75256")
        await page.get_by_role("button", name="搜索", exact=True).click()
        await page.locator("summary", has_text="重新开放").press("Enter")
        await page.get_by_label("原因").fill("期初金额有误")
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await page.get_by_role("button", name="确认重新开放").press("Enter")
        await expect(page.get_by_text("未提交")).to_be_visible()
        row = await db.fetchrow("SELECT to_state, reason FROM audit_event ORDER BY id DESC LIMIT 1")
        assert row is not None
        assert ("reopened", "期初金额有误") == tuple(row)
        assert [] == opened.faults


@in_every_look
async def test_the_page_is_for_everybody(
    browser: Browser,
    db: Connection,
    migrated: Town,
    portal: Portal,
    visitor: VisitorOf,
    *,
    size: tuple[int, int],
    scheme: str,
) -> None:
    """With everything that can be wrong, with the longest names, and closed: nothing for axe, nothing beyond the edge."""
    await db.execute("UPDATE person SET name = $1 WHERE id = $2", LONG_NAME, migrated.people[0])
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        for query in ("", "?check=1", "?search=nobody"):
            await opened_table(page, portal, query)
            assert ([], 0) == (await opened.violations(), await opened.overhang()), query
        await db.execute("UPDATE employer SET initialised_at = now()")
        await opened_table(page, portal)
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        assert [] == opened.faults
