"""职工批量导入 in a real browser: a real template, filled in by openpyxl, uploaded, corrected, submitted."""

import asyncio
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect

from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store import application_decisions
from services.store.database import Connection, acting
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.portal.importing.lists import checked, filled_in, in_csv, person
from tests.portal.papers import jpeg
from tests.store.fund import BUREAU

PATH = "/employer/imports"


async def downloaded(page: Page, name: str) -> bytes:
    """Follow a link that gives a file."""
    async with page.expect_download() as coming:
        await page.get_by_role("link", name=name).click()
    return await asyncio.to_thread(Path(await (await coming.value).path()).read_bytes)


async def choose(page: Page, name: str, body: bytes) -> None:
    """Choose a list; it goes up by itself, and its page opens when it has come."""
    chosen: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": body}
    await page.locator("#importing-file").set_input_files(chosen)
    await page.wait_for_url("**/imports/*")


async def hand_in(page: Page) -> None:
    """Upload the stamped list and submit."""
    await page.get_by_label("选择文件：盖章的职工名单").set_input_files(
        {"name": "名单.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    )
    await expect(page.get_by_text("附件已全部上传成功，可以提交。")).to_be_visible()
    await page.get_by_role("button", name="立即提交").click()


async def test_a_template_is_filled_in_corrected_and_submitted(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F48-F52: template, upload with errors, marked file, corrected, papers, submitted; returned, uploaded again, approved."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}{PATH}")
        template = await downloaded(page, "下载批量导入模版")
        wrong = [person(301), person(302, mobile="12"), person(303, id_number=440782198001010017)]
        await choose(page, "九月.xlsx", filled_in(template, *wrong))
        await expect(page.get_by_role("heading", name="有错误的行")).to_be_visible()
        await expect(page.get_by_text("C4 手机号码")).to_be_visible()
        await expect(page.get_by_text("4.40782E+17").last).to_be_visible()
        await expect(page.get_by_text("1,951.50")).to_be_visible()
        await expect(page.get_by_text("只导入没有错误的 1 行（650.50 元）")).to_be_visible()
        marked = await downloaded(page, "下载标出错误的名单")
        await page.get_by_role("link", name="重新上传").click()
        await choose(page, "改正.xlsx", filled_in(marked, person(302), person(303)))
        await expect(page.get_by_text("将提交 3 人")).to_be_visible()
        await hand_in(page)
        await expect(page.get_by_role("heading", name="查看批量导入")).to_be_visible()
        number = await db.fetchval("SELECT id FROM application")
        async with acting(db, BUREAU):
            await application_decisions.send_back(db, number, 1, "名单未盖章")
        await page.reload()
        await page.get_by_role("link", name="更正后重新上传").click()
        submitted = await downloaded(page, "下载已提交的名单")
        await choose(page, "再次.xlsx", filled_in(submitted, person(304), first=5))
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_text("待审核")).to_be_visible()
        async with acting(db, BUREAU):
            version = await db.fetchval("SELECT version FROM application")
            await application_decisions.approve(db, number, version)
        assert [] == opened.faults
    assert 9 == await db.fetchval("SELECT count(*) FROM employment WHERE employer_id = $1", town.employer.id)


async def test_many_errors_are_paged_and_jumped_to(browser: Browser, portal: Portal, visitor: VisitorOf) -> None:
    """F50: every error has a place: by page, by the number of its row; and the check goes on while nobody looks."""
    clerk = await visitor(PortalRole.EMPLOYER)
    rows = (person(1000 + serial, mobile="12" if serial % 2 else "13800000000") for serial in range(300))
    found = await checked(clerk, in_csv(*rows), filename="很多.csv")
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{portal.settings.origin}{PATH}/{found['id']}?size=20")
        await expect(page.get_by_text("共 150 条")).to_be_visible()
        await page.get_by_label("跳到表格第").fill("200")
        await page.get_by_role("button", name="跳转").click()
        await expect(page.locator("#row-201")).to_be_visible()
        await page.get_by_role("link", name="全部行（300）").click()
        await expect(page.locator("#row-2")).to_be_visible()
        assert [] == opened.faults


async def test_a_file_that_is_none_says_what_to_do(browser: Browser, portal: Portal, visitor: VisitorOf) -> None:
    """Refused as a whole, in words, with the way back to the upload."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}{PATH}")
        await choose(page, "照片.xlsx", jpeg())
        await expect(page.get_by_text("不是可以读取的表格")).to_be_visible()
        await page.get_by_role("button", name="删除").click()
        await page.get_by_role("dialog").get_by_role("button", name="删除").click()
        await expect(page.get_by_text("还没有提交过批量导入")).to_be_visible()
        assert [] == opened.faults


@in_every_look
async def test_the_pages_stand_up_to_axe(
    browser: Browser, portal: Portal, visitor: VisitorOf, size: tuple[int, int], scheme: str
) -> None:
    """List, errors, submission and refusal, wide and narrow, light and dark: no violation, nothing wider than the window."""
    clerk = await visitor(PortalRole.EMPLOYER)
    broken = await checked(
        clerk,
        in_csv(person(301), person(302, mobile="12", joined_on="?", remark="注" * 201), person(303, name="长" * 99)),
        filename="错.csv",
    )
    refused = await checked(clerk, b"%PDF", filename="一个名字很长的文件" * 10)
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, clerk)
        for path in (PATH, f"{PATH}/{broken['id']}", f"{PATH}/{broken['id']}?rows=all", f"{PATH}/{refused['id']}"):
            await page.goto(f"{portal.settings.origin}{path}")
            assert (path, [], 0) == (path, await opened.violations(), await opened.overhang())
        assert [] == opened.faults
