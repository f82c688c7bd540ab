"""Promises of the upload widget and the viewer, in a real browser with real files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import attrs
import pytest
from aiohttp import web
from jinja2 import FileSystemLoader
from playwright.async_api import Browser, Page, expect

from libsubsidy import SLOTS
from services.portal import server as servers
from services.portal.app import make_app
from services.portal.calls import Call
from services.portal.pages import routes
from services.portal.pages.registry import Facts, Pages
from services.portal.portal import Portal
from services.portal.roles import EMPLOYERS
from services.store import attachments
from services.store.attachments import Subject
from services.store.database import Connection
from tests.portal.browser import Window, enter, in_every_look, window
from tests.portal.conftest import VisitorOf
from tests.portal.papers import PHOTO, jpeg, kept_files, pdf, png, upload
from tests.portal.test_employees import NEWCOMER
from tests.portal.visitors import Visitor

FORM = "/employer/a-form-with-files"
SUBMIT = "立即提交"

pages = Pages()


@attrs.frozen(kw_only=True)
class FormQuery:
    """Whether the form is that of the newest application, which was returned."""

    again: bool = False


@pages.page(FORM, who=EMPLOYERS, title="职工开户", template="form.html")
async def form(call: Call, query: FormQuery) -> Facts:
    """Show a form with files, and those of the newest application."""
    newest = await call.connection.fetchval("SELECT max(id) FROM application")
    handed_in = await attachments.of_subject(call.connection, Subject("application", newest or 0))
    attached = handed_in if query.again else ()
    return {"slots": SLOTS["employee_opening"], "row": NEWCOMER, "handed_in": handed_in, "attached": attached}


@pytest.fixture
async def server(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The real server with one page more."""
    monkeypatch.setattr(routes.all_pages, "__defaults__", ((*routes.PAGES, pages),))
    app: web.Application = make_app(portal)
    loader = aiohttp_jinja2.get_env(app).loader
    assert isinstance(loader, FileSystemLoader)
    loader.searchpath.append(str(Path(__file__).parent / "templates"))
    async with servers.serving(app, portal.settings):
        yield portal.settings.origin


@asynccontextmanager
async def looking(browser: Browser, portal: Portal, visitor: Visitor, **how: Any) -> AsyncIterator[tuple[Page, Window]]:
    """Open the form; nothing goes wrong in the window unseen."""
    async with window(browser, **how) as opened:
        page = await enter(opened, portal, visitor)
        await page.goto(f"{visitor.origin}{FORM}")
        yield page, opened
        assert [] == opened.faults


def paper(name: str, body: bytes) -> Any:
    """A file as somebody chooses it."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": body}


async def test_files_go_up_by_themselves_and_the_form_waits_for_them(
    browser: Browser, portal: Portal, clerk: Visitor, db: Connection
) -> None:
    """F108, F109, F111: 文件名/大小/状态/操作, upload on choosing, submit only when all is stored, and told which is not."""
    async with looking(browser, portal, clerk) as (page, _):
        submit = page.get_by_role("button", name=SUBMIT)
        await expect(submit).to_be_disabled()
        await expect(
            page.get_by_text("身份证正反面复印件，须加盖单位公章；拍照上传须清晰完整，文字可辨")
        ).to_be_visible()
        await expect(page.get_by_text("还不能提交：缺少必需的附件“职工身份证”")).to_be_visible()
        await expect(page.get_by_role("button", name="保存草稿")).to_be_enabled()
        released = await _hold(page)
        await page.get_by_label("选择文件：职工身份证").set_input_files(
            [paper(PHOTO, jpeg()), paper("反面.png", png()), paper("合同.pdf", pdf(2))]
        )
        await expect(page.get_by_text(f"“{PHOTO}”还在上传")).to_be_visible()
        await expect(submit).to_be_disabled()
        released.set_result(None)
        rows = page.get_by_role("table", name="职工身份证").get_by_role("row")
        await expect(rows.nth(0)).to_have_text("文件名大小状态操作")
        await expect(page.get_by_text("上传成功", exact=True)).to_have_count(3)
        await expect(rows.nth(1)).to_contain_text(PHOTO)
        await expect(rows.nth(1)).to_contain_text("KB")
        await expect(submit).to_be_enabled()
        await submit.click()
        await expect(page.get_by_text("已提交，请等待批复")).to_be_visible()
        await expect(submit).to_be_disabled()
    assert [("bound", PHOTO), ("bound", "反面.png"), ("bound", "合同.pdf")] == [
        tuple(row) for row in await db.fetch("SELECT state, file_name FROM attachment ORDER BY file_name")
    ]


async def _hold(page: Page) -> "asyncio.Future[None]":
    """Keep uploads from arriving until the future that is given has a result."""
    released: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def wait(route: Any) -> None:
        await released
        await route.continue_()

    await page.route("**/api/v1/attachments?*", wait)
    return released


async def test_what_fails_is_told_in_words_and_tried_again(
    browser: Browser, portal: Portal, clerk: Visitor, db: Connection
) -> None:
    """F109, F110: a broken network, a file that is none, one too large: each says so in its row; 重传, 开始上传, 删除."""
    async with looking(browser, portal, clerk) as (page, opened):
        submit = page.get_by_role("button", name=SUBMIT)
        await page.route("**/api/v1/attachments?*", lambda route: route.abort())
        choose = page.get_by_label("选择文件：职工身份证")
        await choose.set_input_files([paper(PHOTO, jpeg()), paper("网页.jpg", b"<html>"), paper("空.pdf", b"")])
        await expect(page.locator("[data-why]", has_text="网络中断，没有上传成功")).to_have_count(2)
        await expect(page.locator("[data-why]", has_text="文件是空的（0 字节）")).to_be_visible()
        opened.faults.clear()  # The browser itself notes requests that failed.
        await page.unroute("**/api/v1/attachments?*")
        await page.get_by_role("button", name=f"重传 {PHOTO}").press("Enter")
        await expect(page.get_by_text("上传成功", exact=True)).to_have_count(1)
        await page.get_by_role("button", name="开始上传").click()
        await expect(page.locator("[data-why]", has_text="只接受 JPG、PNG、WebP 图片和 PDF 文件")).to_be_visible()
        opened.faults.clear()  # As above: the 422.
        await expect(page.locator("[data-gate]")).to_contain_text("“网页.jpg”没有上传成功，请重传或删除")
        await expect(submit).to_be_disabled()
        for name in ("网页.jpg", "空.pdf"):
            await page.get_by_role("button", name=f"删除 {name}").press("Enter")
        await expect(submit).to_be_enabled()
        await page.get_by_role("button", name=f"删除 {PHOTO}").press("Enter")
        await expect(submit).to_be_disabled()
        await expect(page.get_by_text("缺少必需的附件“职工身份证”")).to_be_visible()
        await expect(choose).to_be_focused()
        async with page.expect_response("**/api/v1/employees") as answered:
            await page.get_by_role("button", name="保存草稿").click()
        assert 422 == (await answered.value).status
        await expect(page.get_by_text("缺少必需的附件“职工身份证”：请选择文件并上传。").first).to_be_visible()
        opened.faults.clear()
    assert 0 == await db.fetchval("SELECT count(*) FROM attachment WHERE state = 'stored'")


async def test_a_file_of_21_megabytes_is_not_even_sent(browser: Browser, portal: Portal, clerk: Visitor) -> None:
    """The limit is told before the line is used; what is dropped on a slot goes up like what is chosen."""
    async with looking(browser, portal, clerk) as (page, _):
        await page.get_by_label("选择文件：职工身份证").set_input_files([paper("大.jpg", jpeg() + bytes(21 * 1024**2))])
        await expect(page.locator("[data-why]", has_text="文件超过 20 MB")).to_be_visible()
        await expect(page.get_by_role("button", name="重传 大.jpg")).to_be_hidden()
        slot = page.get_by_role("group", name="职工身份证")
        transfer = await page.evaluate_handle(
            """bytes => { const all = new DataTransfer();
            all.items.add(new File([Uint8Array.from(bytes)], '拖入.png', {type: 'image/png'})); return all; }""",
            list(png()),
        )
        await slot.dispatch_event("drop", {"dataTransfer": transfer})
        await expect(page.get_by_text("上传成功", exact=True)).to_have_count(1)
    assert 1 == len(kept_files(portal))


async def test_papers_are_looked_at_page_by_page(
    browser: Browser, portal: Portal, clerk: Visitor, visitor: VisitorOf
) -> None:
    """F112: small pictures; a click opens a large one, keys turn the pages of a PDF, Escape closes it."""
    papers = [await upload(clerk, jpeg(), filename=PHOTO), await upload(clerk, pdf(3), filename="合同.pdf")]
    await clerk.post("/employees", {"employees": [NEWCOMER], "attachments": [each["id"] for each in papers]})
    async with looking(browser, portal, clerk) as (page, _):
        for picture in await page.locator(".files-look img").all():
            await expect(picture).to_have_js_property("complete", value=True)
            assert 0 < await picture.evaluate("image => image.naturalWidth") <= 320
        look = page.get_by_role("link", name="查看 合同.pdf")
        await look.press("Enter")
        dialog = page.get_by_role("dialog", name="合同.pdf")
        await expect(dialog.get_by_text("第 1 页，共 3 页")).to_be_visible()
        await page.keyboard.press("ArrowRight")
        await dialog.get_by_role("button", name="下一页").click()
        await expect(dialog.get_by_text("第 3 页，共 3 页")).to_be_visible()
        await expect(dialog.get_by_role("img", name="合同.pdf，第 3 页")).to_be_visible()
        await page.keyboard.press("ArrowRight")
        await expect(dialog.get_by_text("第 3 页，共 3 页")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await expect(look).to_be_focused()
        async with page.expect_download() as loaded:
            await page.get_by_role("link", name="下载原件 合同.pdf").click()
        assert "合同.pdf" == (await loaded.value).suggested_filename


async def test_a_returned_application_keeps_its_files(
    browser: Browser, portal: Portal, clerk: Visitor, db: Connection
) -> None:
    """F110: what it has is in the list and is sent again; what is taken out is asked for anew, and stays evidence."""
    card = await upload(clerk, jpeg())
    await clerk.post("/employees", {"employees": [NEWCOMER], "attachments": [card["id"]]})
    async with looking(browser, portal, clerk) as (page, _):
        await page.goto(f"{clerk.origin}{FORM}?again=true")
        submit = page.get_by_role("button", name=SUBMIT)
        await expect(submit).to_be_enabled()
        assert [card["id"]] == await page.locator("input[name=attachments]").evaluate_all(
            "all => all.map(e => e.value)"
        )
        await page.get_by_role("button", name=f"删除 {PHOTO}").click()
        await expect(submit).to_be_disabled()
        assert 0 == await page.locator("input[name=attachments]").count()
        await page.get_by_label("选择文件：职工身份证").set_input_files([paper("新.png", png())])
        await expect(submit).to_be_enabled()
    assert "bound" == await db.fetchval("SELECT state FROM attachment WHERE id = $1", int(card["id"]))


@in_every_look
async def test_everybody_can_use_it(
    browser: Browser, portal: Portal, clerk: Visitor, size: tuple[int, int], scheme: str
) -> None:
    """Axe finds nothing in either theme, and nothing is wider than the window, with a name that is long."""
    paper_of_before = await upload(clerk, pdf(2), filename="关于调整住房补贴标准的通知" * 9 + ".pdf")
    await clerk.post("/employees", {"employees": [NEWCOMER], "attachments": [paper_of_before["id"]]})
    async with looking(browser, portal, clerk, size=size, scheme=scheme) as (page, opened):
        await page.get_by_label("选择文件：职工身份证").set_input_files(
            [paper("长" * 90 + ".jpg", jpeg()), paper("空.pdf", b"")]
        )
        await expect(page.get_by_text("上传成功", exact=True)).to_have_count(1)
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await page.get_by_role("link", name="查看 关于").click()
        await expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
