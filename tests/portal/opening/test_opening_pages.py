"""职工开户 in a real browser: as the manual tells it, with real files, corrected after a return, and pleasant for F46."""

from playwright.async_api import Browser, Page, expect

from libsubsidy import EmploymentState
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store import application_decisions, applications
from services.store.database import Connection, acting
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.portal.importing.lists import ask_to_open
from tests.portal.papers import jpeg
from tests.store.fund import BUREAU, employ, id_number, new_employee

PATH = "/employer/openings"


async def fill_in(page: Page, serial: int, name: str) -> None:
    """Fill in the form for one person, as a clerk types."""
    await page.get_by_label("姓名", exact=False).fill(name)
    await page.get_by_label("身份证号码").fill(f" {str(id_number(serial)).lower()}")
    await page.get_by_label("手机号码").fill("138 0000 0001")
    await page.get_by_label("级别").fill("科员")
    await page.get_by_label("每月缴费金额（元）").fill("1,500.50")
    await page.get_by_label("汇缴开始月份").fill("2020-04")
    await page.get_by_label("入职日期").fill("2019-07-01")
    await page.get_by_label("备注").fill("=试用期满")


async def hand_in_card(page: Page) -> None:
    """Choose the copy of the card; it goes up by itself."""
    await page.get_by_label("选择文件：职工身份证").set_input_files(
        {"name": "身份证.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    )
    await expect(page.get_by_text("附件已全部上传成功，可以提交。")).to_be_visible()


async def test_an_employee_is_added_returned_corrected_and_opened(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F43-F45, F47: 新增职工, sex and birth from the number, papers, 立即提交; returned with a reason, corrected, approved."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}{PATH}")
        await expect(page.get_by_text("还没有新增职工")).to_be_visible()
        await page.get_by_role("link", name="新增职工").first.click()
        submit = page.get_by_role("button", name="立即提交")
        await expect(submit).to_be_disabled()
        await fill_in(page, 201, "𠮷野·𪚥")
        await expect(page.locator("[data-born]")).to_have_text(id_number(201).born.isoformat())
        await expect(page.locator("[data-sex]")).to_have_text("男" if int(str(id_number(201))[16]) % 2 else "女")
        await page.get_by_label("手机号码").fill("138")
        await hand_in_card(page)
        await submit.click()
        await expect(page.get_by_label("手机号码")).to_have_attribute("aria-invalid", "true")
        opened.faults.clear()  # The browser itself notes the 422.
        await page.get_by_label("手机号码").fill("13800000001")
        await submit.click()
        await expect(page.get_by_role("heading", name="𠮷野·𪚥")).to_be_visible()
        await expect(page.get_by_text("1,500.50").first).to_be_visible()
        await expect(page.get_by_text("待审核")).to_be_visible()
        number = await db.fetchval("SELECT id FROM application")
        async with acting(db, BUREAU):
            await application_decisions.send_back(db, number, 1, "姓名请与身份证一致")
        await page.goto(f"{portal.settings.origin}{PATH}")
        await expect(page.get_by_text("姓名请与身份证一致")).to_be_visible()
        await page.get_by_role("link", name="查看 𠮷野·𪚥").click()
        await page.get_by_role("link", name="修改后重新提交").click()
        await expect(page.get_by_text("退回原因：")).to_be_visible()
        await page.get_by_label("姓名").fill("𠮷野·𪚥𠮷")
        await expect(page.get_by_text("身份证.jpg")).to_be_visible()
        await submit.click()
        await expect(page.get_by_role("heading", name="𠮷野·𪚥𠮷")).to_be_visible()
        async with acting(db, BUREAU):
            await application_decisions.approve(db, number, (await applications.get(db, number)).version)
        await page.reload()
        await expect(page.get_by_role("link", name="详细资料")).to_be_visible()
        assert [] == opened.faults
    row = await db.fetchrow(
        "SELECT p.name, e.rank, e.remark FROM employment e JOIN person p ON p.id = person_id WHERE p.id_number = $1",
        str(id_number(201)),
    )
    assert ("𠮷野·𪚥𠮷", "科员", "=试用期满") == tuple(row or ())


async def test_somebody_with_an_account_elsewhere_is_offered_a_transfer(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F46: told at the number, with the way out; here already is told, too; nothing is submitted."""
    await employ(db, town.other, new_employee(202, state=EmploymentState.SEALED))
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}{PATH}/new")
        await fill_in(page, 202, "员工202")
        await hand_in_card(page)
        await page.get_by_role("button", name="立即提交").click()
        offer = page.locator("[data-transfer]")
        await expect(offer.get_by_role("link", name="员工转入/转出")).to_be_visible()
        await expect(page.get_by_label("身份证号码")).to_be_focused()
        await page.get_by_label("姓名").fill("员工1")
        await page.get_by_label("身份证号码").fill(str(id_number(1)))
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_role("alert").get_by_text("已在本单位开户")).to_be_visible()
        await expect(offer).to_be_hidden()
    assert 0 == await db.fetchval("SELECT count(*) FROM application")


async def test_what_a_colleague_hands_back_is_mended_and_handed_in(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F45 with 复核: a clerk mends what was handed back, or takes it back; a colleague hands it in from its page."""
    await db.execute("UPDATE employer SET checker_needed = true")
    clerk, checker = await visitor(PortalRole.EMPLOYER_CLERK), await visitor(PortalRole.EMPLOYER_CHECKER)
    asked = (await ask_to_open(clerk, 221))["id"]
    other = (await ask_to_open(clerk, 222))["id"]
    await checker.post(f"/applications/{asked}/hand-back", {"version": 1, "reason": "手机号码请核对"})
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{portal.settings.origin}{PATH}/{asked}")
        await expect(page.get_by_text("待复核")).to_be_visible()
        await expect(page.get_by_text("手机号码请核对")).to_be_visible()
        await expect(page.get_by_role("button", name="复核通过，立即提交")).to_be_hidden()
        await page.get_by_role("link", name="修改后重新提交").click()
        await page.get_by_label("手机号码").fill("13800000009")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_text("13800000009")).to_be_visible()
        await page.goto(f"{portal.settings.origin}{PATH}/{other}")
        await page.get_by_role("button", name="撤回").click()
        await page.get_by_role("dialog").get_by_role("button", name="撤回").click()
        await expect(page.get_by_text("已撤回").first).to_be_visible()
        assert [] == opened.faults
    async with window(browser) as opened:
        page = await enter(opened, portal, checker)
        await page.goto(f"{portal.settings.origin}{PATH}/{asked}")
        await expect(page.get_by_text("手机号码请核对")).to_be_hidden()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await page.get_by_role("button", name="复核通过，立即提交").click()
        await expect(page.get_by_text("待审核")).to_be_visible()
        await expect(page.get_by_text("处理时间")).to_be_hidden()
        assert [] == opened.faults
    states = await db.fetch("SELECT state FROM application ORDER BY id")
    assert ["submitted", "retracted"] == [row["state"] for row in states]


@in_every_look
async def test_the_pages_stand_up_to_axe(
    browser: Browser, portal: Portal, visitor: VisitorOf, size: tuple[int, int], scheme: str
) -> None:
    """List, form and view, wide and narrow, light and dark: no violation, nothing wider than the window."""
    clerk = await visitor(PortalRole.EMPLOYER)
    await ask_to_open(clerk, 211)
    several = await ask_to_open(clerk, 212, 213)
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, clerk)
        for path in (PATH, f"{PATH}/new", f"{PATH}/{several['id']}", f"{PATH}/application-1", f"{PATH}?q=nobody"):
            await page.goto(f"{portal.settings.origin}{path}")
            assert (path, [], 0) == (path, await opened.violations(), await opened.overhang())
        assert [] == opened.faults
