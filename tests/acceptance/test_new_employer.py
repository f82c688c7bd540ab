"""A new employer from 注册 to a full roster, as the manual tells it (L1-L109): its order, its words, real browsers.

Who registers, the reviewer and the employer each have a browser of their own; codes are read where a developer reads them.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, expect

from services.store.database import Connection
from tests.acceptance.portal_process import PASSWORD, PortalProcess, portal_process
from tests.patience import eventually
from tests.portal.browser import Window, chromium, window
from tests.portal.conftest import login_url as login_url  # noqa: PLC0414 - a fixture.
from tests.portal.importing.lists import filled_in, person
from tests.portal.papers import PHOTO, jpeg
from tests.store.fund import id_number

NUMBER: Final = "13800000000"
# The organisation code of PDY00001, which is reserved for private use, and the credit code that holds it.
ORG_CODE: Final = "PDY00001-X"
INITIAL: Final = "00001X"
NEW_PASSWORD: Final = "几个不相关的词 apple 7"


@pytest.fixture
async def portal(db: Connection, login_url: str) -> AsyncIterator[PortalProcess]:
    """The portal of a fund without any employer, whose messages can be read."""
    async with portal_process(login_url, SUBSIDY_SMS_BOX="true") as running:
        yield running


async def code_of(browser: Browser, portal: PortalProcess, others: int) -> str:
    """Read the code that has come beside so many others, where a developer reads messages (开发短信箱)."""
    async with window(browser) as opened:
        codes: list[str] = []

        async def come() -> bool:
            await opened.page.goto(f"{portal.origin}/development/sms")
            told = await opened.page.locator(".sms-text").all_inner_texts()
            codes[:] = [found[1] for text in told if (found := re.search(r"验证码是 ([0-9]{6})", text))]
            return len(codes) > others

        await eventually(come)
        return codes[0]


async def attach(page: Page, *slots: str) -> None:
    """Choose a photograph for each paper; it goes up by itself, which the manual has to ask for eight times (F109)."""
    for slot in slots:
        photo: Any = {"name": PHOTO, "mimeType": "image/jpeg", "buffer": jpeg()}
        await page.get_by_label(f"选择文件：{slot}").set_input_files(photo)
    await expect(page.get_by_text("附件已全部上传成功，可以提交。")).to_be_visible()


async def register(page: Page, browser: Browser, portal: PortalProcess) -> None:
    """L2-L7 单位注册."""
    await page.goto(portal.origin)
    await page.get_by_role("link", name="注册新单位").click()
    await page.get_by_label("单位管理员的联系电话").fill(NUMBER)
    await page.get_by_role("button", name="获取验证码").click()
    await expect(page.get_by_role("button", name="秒后可重新获取")).to_be_visible()
    await page.get_by_label("手机验证码").fill(await code_of(browser, portal, 0))
    await page.get_by_role("button", name="登录", exact=True).click()
    await page.get_by_label("单位名称").fill("示范市第一中学")
    await page.get_by_label("组织机构代码").fill(ORG_CODE)
    await page.get_by_label("单位性质").select_option(label="事业单位")
    await page.get_by_label("法定代表人").fill("张三")
    await page.get_by_label("单位地址").fill("示范市迎宾路 1 号")
    await page.get_by_label("单位管理员姓名").fill("李四")
    await attach(page, "统一社会信用代码证书", "经办人身份证、授权书")
    await page.get_by_role("button", name="立即提交").click()
    await expect(page.get_by_text("请等待住建局批复")).to_be_visible()


async def approve(desk: Page, kind: str, seen: str) -> None:
    """The reviewer opens what waits, looks at it, and lets it through."""
    await desk.get_by_role("link", name=re.compile(f"^审核 示范市第一中学 的{kind}申请")).click()
    await expect(desk.get_by_text(seen).first).to_be_visible()
    await expect(desk.get_by_role("list", name="附件").locator("img").first).to_be_visible()
    await desk.get_by_role("button", name="通过").click()
    await expect(desk.get_by_text("没有待审核的申请")).to_be_visible()


async def first_login(page: Page, browser: Browser, portal: PortalProcess) -> None:
    """L8-L14 单位登陆: the initial password with a code besides, 修改初始密码, 员工初始化 by itself, then home."""
    await page.reload()
    await expect(page.get_by_text("单位交易代码 10000")).to_be_visible()
    await page.get_by_role("link", name="返回登录").click()
    await page.get_by_label("账号").fill(ORG_CODE)
    await page.get_by_label("密码", exact=True).fill(INITIAL)
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_label("短信验证码")).to_be_focused()
    await page.get_by_label("短信验证码").fill(await code_of(browser, portal, 1))
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_role("heading", name="修改初始密码")).to_be_visible()
    await page.get_by_label("新密码", exact=True).fill(NEW_PASSWORD)
    await page.get_by_label("再输入一次新密码").fill(NEW_PASSWORD)
    await page.get_by_role("button", name="确认修改").click()
    await expect(page.get_by_role("heading", name="员工初始化")).to_be_visible()
    await page.get_by_role("button", name="立即提交").click()
    await page.get_by_role("dialog").get_by_role("button").filter(has_not_text="取消").click()
    await expect(page.get_by_text("员工初始化已经提交").or_(page.get_by_role("heading", name="首页"))).to_be_visible()


async def open_account(page: Page) -> None:
    """L93-L102 职工开户."""
    await page.get_by_role("link", name="职工开户", exact=True).first.click()
    await page.get_by_role("link", name="新增职工").first.click()
    await page.get_by_label("姓名").fill("王五")
    await page.get_by_label("身份证号码").fill(str(id_number(201)))
    await page.get_by_label("手机号码").fill("13800000001")
    await page.get_by_label("级别").fill("科员")
    await page.get_by_label("每月缴费金额（元）").fill("1,500.50")
    await page.get_by_label("汇缴开始月份").fill("2020-04")
    await attach(page, "职工身份证")
    await page.get_by_role("button", name="立即提交").click()
    await expect(page.get_by_text("待审核").first).to_be_visible()


async def import_list(page: Page) -> None:
    """L103-L109 职工批量导入: the template, filled in, uploaded, the stamped list beside it."""
    await page.get_by_role("link", name="职工批量导入", exact=True).first.click()
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="下载批量导入模版").click()
    template = Path(await (await coming.value).path()).read_bytes()  # noqa: ASYNC240 - nothing else runs here.
    body = filled_in(template, *(person(serial) for serial in range(301, 321)))
    filled: Any = {"name": "职工名单.xlsx", "mimeType": "application/octet-stream", "buffer": body}
    await page.locator("#importing-file").set_input_files(filled)
    await expect(page.get_by_text("将提交 20 人")).to_be_visible()
    await attach(page, "盖章的职工名单")
    await page.get_by_role("button", name="立即提交").click()
    await expect(page.get_by_text("待审核").first).to_be_visible()


async def log_in(opened: Window, portal: PortalProcess, login: str) -> Page:
    """Log in with a password, as somebody of the bureau."""
    page = opened.page
    await page.goto(portal.origin)
    await page.get_by_label("账号").fill(login)
    await page.get_by_label("密码", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_role("heading", name="待审核", exact=True)).to_be_visible()
    return page


async def test_a_new_employer_registers_and_has_its_whole_roster(portal: PortalProcess) -> None:
    """F1-F11, F15, F19, F25, F31, F43-F52, F108-F112, F116: 注册, 批复, 首次登录, 初始化, 开户, 批量导入, 职工管理."""
    await portal.add_user("--role", "reviewer", "--login", "shenhe", "--name", "审核员")
    async with chromium() as browser, window(browser) as ours, window(browser) as theirs:
        page, desk = ours.page, await log_in(theirs, portal, "shenhe")
        await register(page, browser, portal)
        await approve(desk, "单位注册", "示范市迎宾路 1 号")
        await first_login(page, browser, portal)
        await open_account(page)
        await approve(desk, "职工开户", "王五")
        await import_list(page)
        await approve(desk, "职工批量导入", "员工301")
        await page.get_by_role("link", name="职工管理", exact=True).first.click()
        await expect(page.get_by_text("共 21 条").first).to_be_visible()
        await expect(page.get_by_text("王五").first).to_be_visible()
        refused = [fault for fault in ours.faults if "403" not in fault]  # The first login is asked for the code.
        assert ([], []) == (refused, theirs.faults)
