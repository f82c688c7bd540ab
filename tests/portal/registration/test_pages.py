"""注册新单位 in a browser: the manual's order and words, nothing typed is lost, returned and edited, approved (F1-F7)."""

import asyncio

from playwright.async_api import Browser, Page, Route, expect

from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.browser import Window, enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.portal.papers import PHOTO, jpeg
from tests.portal.registration.applicants import CARD, NUMBER, code_sent
from tests.store.test_registrations import OTHER, decided, submitted

# The save that arrives late, and the one of the next page that it overtakes.
LATE_AND_NEXT = 2


async def log_in(page: Page, db: Connection, number: str = NUMBER, submit: str = "登录") -> None:
    """Prove a telephone on the page that asks for it (L4)."""
    await page.get_by_label("单位管理员的联系电话").fill(number)
    await page.get_by_role("button", name="获取验证码").click()
    await expect(page.get_by_role("button", name="秒后可重新获取")).to_be_visible()
    await page.get_by_label("手机验证码").fill(await code_sent(db, number))
    await page.get_by_role("button", name=submit, exact=True).click()


async def fill_in(page: Page) -> None:
    """Fill in all that has a red dot (L5)."""
    await page.get_by_label("单位名称").fill(CARD["name"])
    await page.get_by_label("统一社会信用代码", exact=True).fill(CARD["credit_code"])
    await page.get_by_label("单位性质").select_option(label="事业单位")
    await page.get_by_label("法定代表人").fill(CARD["legal_representative"])
    await page.get_by_label("单位地址").fill(CARD["address"])
    await page.get_by_label("单位管理员姓名").fill(CARD["contact_name"])


async def attach(page: Page) -> None:
    """Choose a photograph for each paper; it goes up by itself (L6, F109)."""
    for slot in ("统一社会信用代码证书", "经办人身份证、授权书"):
        photo = {"name": PHOTO, "mimeType": "image/jpeg", "buffer": jpeg()}
        await page.get_by_label(f"选择文件：{slot}").set_input_files(photo)  # type: ignore[arg-type]
    await expect(page.get_by_text("附件已全部上传成功，可以提交。")).to_be_visible()


async def test_f1_to_f7_a_new_employer_registers(
    browser: Browser, db: Connection, portal: Portal, town: Town, visitor: VisitorOf
) -> None:
    """F2-F7: 注册新单位, telephone and code, the form, the papers, 立即提交; returned with a reason, edited, approved."""
    async with window(browser) as ours, window(browser) as theirs:
        page, desk = ours.page, await enter(theirs, portal, await visitor(PortalRole.REVIEWER))
        await page.goto(portal.settings.origin)
        await page.get_by_role("link", name="注册新单位").click()
        await log_in(page, db)
        await fill_in(page)
        await expect(page.get_by_text("已自动保存")).to_be_visible()
        await attach(page)
        await page.reload()
        await expect(page.get_by_label("单位地址")).to_have_value(CARD["address"])
        await expect(page.get_by_text("附件已全部上传成功，可以提交。")).to_be_visible()
        submits: list[str] = []
        page.on("request", lambda asked: submits.append(asked.url) if asked.url.endswith("/submit") else None)
        await page.get_by_label("主管部门").fill("市教育局")
        await page.get_by_role("button", name="立即提交").dblclick()
        await expect(page.get_by_text("请等待住建局批复")).to_be_visible()
        assert 1 == len(submits)

        await desk.get_by_role("link", name="审核 市第一中学").click()
        await expect(desk.get_by_text("市教育局")).to_be_visible()
        await expect(desk.get_by_role("list", name="附件").get_by_role("listitem")).to_have_count(2)
        await desk.get_by_role("button", name="退回").click()
        await desk.get_by_label("常用原因").first.select_option(label="附件没有加盖单位公章，请盖章后重新上传。")
        await desk.get_by_role("button", name="确认退回").click()
        await expect(desk.get_by_text("没有待审核的申请")).to_be_visible()

        await page.reload()
        await expect(page.get_by_text("附件没有加盖单位公章")).to_be_visible()
        await page.get_by_label("单位名称").fill("市第一中学（本部）")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_text("请等待住建局批复")).to_be_visible()

        await desk.get_by_role("link", name="审核 市第一中学（本部）").click()
        await desk.get_by_role("button", name="通过").click()
        await expect(desk.get_by_text("已通过：市第一中学（本部）")).to_be_visible()
        await page.reload()
        await expect(page.get_by_text("单位交易代码 10000")).to_be_visible()
        await page.get_by_role("link", name="返回登录").click()
        await expect(page.get_by_label("密码")).to_be_visible()
        # A save that crosses the reload is got over without a word; the browser itself notes the 409.
        assert ([], []) == ([fault for fault in ours.faults if "409" not in fault], theirs.faults)
    assert "李四" == await db.fetchval("SELECT name FROM portal_user WHERE login = 'PDY00001X'")


async def test_what_is_wrong_is_shown_where_it_was_typed(
    browser: Browser, db: Connection, town: Town, server: str
) -> None:
    """F5: everything that is missing at once, before anything is sent; what only the bureau's data tell, at its field."""
    await decided(db, await submitted(db, OTHER), "approve")
    async with window(browser) as opened:
        page = opened.page
        await page.goto(f"{server}/register")
        await page.get_by_label("单位管理员的联系电话").fill("12345678901")
        await page.get_by_role("button", name="获取验证码").click()
        await expect(page.get_by_text("手机号码应为 11 位数字")).to_have_count(2)
        await page.get_by_label("单位管理员的联系电话").fill(NUMBER)
        await page.get_by_role("button", name="获取验证码").click()
        await expect(page.get_by_text("验证码会在一分钟内发到手机")).to_be_visible()
        await expect(page.locator("[data-problems]")).to_be_hidden()
        await page.get_by_label("手机验证码").fill(await code_sent(db, NUMBER))
        await page.get_by_role("button", name="登录", exact=True).click()
        await attach(page)
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_text("有 5 处需要更正")).to_be_visible()
        await expect(page.get_by_label("单位名称")).to_be_focused()
        await fill_in(page)
        await page.get_by_role("button", name="立即提交").click()
        code = page.get_by_label("统一社会信用代码", exact=True)
        await expect(code).to_have_attribute("aria-invalid", "true")
        await expect(page.locator("#field-card-credit_code-problem")).to_contain_text("已经登记")


async def test_how_far_it_is_can_be_asked_by_telephone(
    browser: Browser, db: Connection, town: Town, server: str
) -> None:
    """F7: 查询进度 needs the telephone and a code; what was returned is opened from there."""
    await decided(db, await submitted(db), "return", "请补充主管部门")
    async with window(browser) as opened:
        page = opened.page
        await page.goto(f"{server}/register/status")
        await log_in(page, db, submit="查询")
        await expect(page.get_by_text("已退回")).to_be_visible()
        await expect(page.get_by_text("请补充主管部门")).to_be_visible()
        await page.get_by_role("button", name="修改后重新提交").click()
        await expect(page.get_by_label("单位名称")).to_have_value(CARD["name"])
        await page.get_by_role("button", name="退出").click()
        await expect(page.get_by_label("密码")).to_be_visible()
        await page.goto(f"{server}/register/status")
        await expect(page.get_by_label("手机验证码")).to_be_visible()
        assert [] == opened.faults


async def test_of_two_windows_the_later_one_is_told(browser: Browser, db: Connection, town: Town, server: str) -> None:
    """What another window has saved meanwhile is not written over."""
    async with window(browser) as opened:
        page = opened.page
        await page.goto(f"{server}/register")
        await log_in(page, db)
        await expect(page.get_by_label("单位名称")).to_be_visible()
        second = await page.context.new_page()
        await second.goto(f"{server}/register")
        await page.get_by_label("单位名称").fill("第一个窗口")
        await expect(page.get_by_text("已自动保存")).to_be_visible()
        await second.get_by_label("单位名称").fill("第二个窗口")
        await expect(second.get_by_role("alert").first).to_contain_text("已被他人修改")
    assert "第一个窗口" == await db.fetchval("SELECT card->>'name' FROM registration")


async def test_a_save_that_arrives_after_the_page_was_left_is_no_conflict(
    browser: Browser, db: Connection, town: Town, server: str
) -> None:
    """A reload while a save is under way: the new page names an old version, and yet goes on with all that was typed."""
    late: list[Route] = []

    async def overtake(route: Route) -> None:
        if route.request.method != "PUT" or len(late) == LATE_AND_NEXT:
            return await route.continue_()
        late.append(route)
        if len(late) == LATE_AND_NEXT:
            await late[0].fetch()
            await route.continue_()
        return None

    async with window(browser) as opened:
        page = opened.page
        await page.goto(f"{server}/register")
        await log_in(page, db)
        await page.route("**/api/v1/registrations/*", overtake)
        async with page.expect_request(lambda request: request.method == "PUT"):
            await page.get_by_label("单位名称").fill("市第一中学")
        await page.reload()
        await expect(page.get_by_label("单位名称")).to_have_value("市第一中学")
        await expect(page.get_by_text("已自动保存")).to_be_visible()
        async with page.expect_response(lambda response: response.request.method == "PUT") as saved:
            await page.get_by_label("单位地址").fill("迎宾路 1 号")
        assert (await saved.value).ok
        assert LATE_AND_NEXT == len(late)
    assert ("市第一中学", "迎宾路 1 号") == tuple(
        await db.fetchrow("SELECT card->>'name', card->>'address' FROM registration") or ()
    )


async def test_what_is_typed_before_the_scripts_have_come_is_saved(
    browser: Browser, db: Connection, town: Town, server: str
) -> None:
    """Over a slow line: what was typed, and which kind was chosen, is saved by itself once the scripts are there."""
    come = asyncio.Event()

    async def late(route: Route) -> None:
        await come.wait()
        await route.continue_()

    async with window(browser) as opened:
        page = opened.page
        await page.goto(f"{server}/register")
        await log_in(page, db)
        await expect(page.get_by_label("单位名称")).to_be_visible()
        await page.route("**/registration*.js", late)
        await page.goto(f"{server}/register", wait_until="commit")
        await page.get_by_label("单位名称").fill("市第一中学")
        await page.get_by_label("单位性质").select_option(label="事业单位")
        come.set()
        await expect(page.get_by_text("已自动保存")).to_be_visible()
        assert [] == opened.faults
    assert ("市第一中学", "institution") == tuple(
        await db.fetchrow("SELECT card->>'name', card->>'kind' FROM registration") or ()
    )


async def test_what_is_typed_after_the_end_of_the_session_is_not_lost(
    browser: Browser, db: Connection, town: Town, server: str
) -> None:
    """F14, P1 "forms that lose data on timeout": told at once, and there again as soon as the telephone is proven anew."""
    async with window(browser) as opened:
        page = opened.page
        await page.goto(f"{server}/register")
        await log_in(page, db)
        await expect(page.get_by_label("单位名称")).to_be_visible()
        await db.execute("UPDATE registration_session SET ends_at = now(); DELETE FROM sms_code")
        await page.get_by_label("单位名称").fill("市第一中学")
        await expect(page.get_by_role("alert").first).to_contain_text("手机验证已过期")
        await page.get_by_label("单位地址").fill("迎宾路 1 号")
        await page.goto(f"{server}/register")
        await log_in(page, db)
        await expect(page.get_by_label("单位名称")).to_have_value("市第一中学")
        await expect(page.get_by_label("单位地址")).to_have_value("迎宾路 1 号")
        await expect(page.get_by_text("已自动保存")).to_be_visible()
    assert "迎宾路 1 号" == await db.fetchval("SELECT card->>'address' FROM registration")


@in_every_look
async def test_every_step_is_for_everybody(
    browser: Browser, db: Connection, town: Town, server: str, *, size: tuple[int, int], scheme: str
) -> None:
    """No violation for axe, nothing beyond the edge, no error in any script: each step, empty and with the longest texts."""
    await decided(db, await submitted(db), "return", "原因" * 200)
    async with window(browser, size, scheme) as opened:
        page = opened.page
        for path in ("/register", "/register/status"):
            await page.goto(f"{server}{path}")
            await sound(opened)
        await log_in(page, db, submit="查询")
        await expect(page.get_by_text("已退回")).to_be_visible()
        await sound(opened)
        await page.goto(f"{server}/register")
        await attach(page)
        await page.get_by_label("单位名称").fill("")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_text("请填写单位名称。").first).to_be_visible()
        await sound(opened)
        await page.get_by_label("单位名称").fill("示范市国有资产经营管理集团有限责任公司" * 10)
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_text("请等待住建局批复")).to_be_visible()
        await sound(opened)


async def sound(opened: Window) -> None:
    """Hold a window to what every page must stand up to."""
    assert ([], 0, []) == (await opened.violations(), await opened.overhang(), opened.faults), opened.page.url
