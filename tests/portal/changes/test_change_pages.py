"""The pages of changes, in a real browser: the manual's steps from 新增变更信息 to what the approval made of it."""

from typing import Any

from playwright.async_api import Browser, Page, expect

from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store import application_decisions, applications
from services.store.applications import Application
from services.store.database import Connection, acting
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.portal.papers import PHOTO, jpeg, upload
from tests.portal.visitors import Visitor
from tests.store.fund import BUREAU, attach, clerk_of, id_number

LONG = "示范市国有资产经营管理集团有限责任公司第十二分公司人力资源与社会保障部" * 5


async def hand_in(page: Page, slot: str) -> None:
    """Choose a file for a slot, and wait until it is stored."""
    paper: Any = {"name": PHOTO, "mimeType": "application/octet-stream", "buffer": jpeg()}
    await page.get_by_label(f"选择文件：{slot}").set_input_files([paper])
    await expect(page.get_by_role("table", name=slot).get_by_text("上传成功")).to_be_visible()


async def last(db: Connection) -> Application:
    """Give the application that was made last."""
    async with acting(db, BUREAU):
        return await applications.get(db, await db.fetchval("SELECT max(id) FROM application"))


async def test_the_card_is_changed_as_the_manual_tells(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F36-F40: list, 新增变更信息 with what is on file, what changes is marked, 立即提交, 查看, in force once approved."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.locator("#side").get_by_role("link", name="单位信息变更", exact=True).click()
        await expect(page.get_by_text("还没有变更申请")).to_be_visible()
        await page.get_by_role("link", name="新增变更信息").first.click()
        await expect(page.get_by_label("单位名称")).to_have_value("单位1")
        await expect(page.locator("[data-changed]")).to_have_text("还没有改动。")
        await page.get_by_label("单位地址").fill("迎宾路 1 号")
        await page.get_by_label("单位性质").select_option(label="事业单位")
        await expect(page.locator("[data-changed]")).to_have_text("将变更 2 项：单位性质、单位地址。")
        await expect(page.get_by_text("变更前：（空）")).to_have_count(2)
        await expect(page.get_by_text("变更单位名称或代码：请上传")).to_be_hidden()
        await page.get_by_label("单位名称").fill("新单位")
        await expect(page.get_by_text("变更单位名称或代码：请上传")).to_be_visible()
        await hand_in(page, "变更申请表")
        await expect(page.get_by_text("还不能提交：缺少必需的附件“变更证明材料”")).to_be_visible()
        await expect(page.get_by_role("button", name="立即提交")).to_be_disabled()
        await page.get_by_label("单位名称").fill("单位1")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_role("heading", name="查看单位信息变更")).to_be_visible()
        await expect(page.get_by_text("待审核")).to_be_visible()
        await expect(page.get_by_role("row", name="单位地址")).to_contain_text("迎宾路 1 号")
        assert "" == await db.fetchval("SELECT address FROM employer WHERE id = $1", town.employer.id)
        await decide(browser, portal, await visitor(PortalRole.REVIEWER), await last(db))
        await page.get_by_role("link", name="返回列表").click()
        await expect(page.get_by_text("已通过")).to_be_visible()
        await page.get_by_role("link", name="查看").click()
        await expect(page.get_by_text("已通过")).to_be_visible()
        await expect(page.get_by_role("button", name="撤回")).to_have_count(0)
        assert "迎宾路 1 号" == await db.fetchval("SELECT address FROM employer WHERE id = $1", town.employer.id)
        assert [] == opened.faults


async def test_an_employees_file_is_changed_after_picking_and_again_after_a_return(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F53-F60: picked by name, an amount asks for its month, returned with a reason, mended, handed in again, in force."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.locator("#side").get_by_role("link", name="职工信息变更", exact=True).click()
        await page.get_by_role("link", name="新增变更信息").first.click()
        await expect(page.get_by_role("dialog", name="选择员工")).to_be_visible()
        await page.get_by_label("搜索员工").fill(str(id_number(2)))
        await page.get_by_role("button", name="选择 员工2").click()
        await expect(page.get_by_label("姓名")).to_have_value("员工2")
        await page.get_by_label("每月缴费金额").fill("600")
        await hand_in(page, "变更证明")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_role("alert").filter(has_text="生效月份")).to_be_visible()
        await page.get_by_label("生效月份").fill("2020-10")
        await page.get_by_role("button", name="立即提交").press("Enter")
        row = page.get_by_role("row", name="每月缴费金额")
        await expect(row).to_contain_text("500.00")
        await expect(row).to_contain_text("600.00")
        application = await last(db)
        reviewer = await visitor(PortalRole.REVIEWER)
        await decide(browser, portal, reviewer, application, reason="金额应为 650 元")
        await page.reload()
        await expect(page.get_by_text("退回原因：金额应为 650 元")).to_be_visible()
        await page.get_by_role("link", name="修改后重新提交").click()
        await expect(page.get_by_label("生效月份")).to_have_value("2020-10")
        await expect(page.get_by_label("每月缴费金额")).to_have_value("600.00")
        await expect(page.get_by_text("变更前：500.00")).to_be_visible()
        await page.get_by_label("每月缴费金额").fill("650")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_role("row", name="每月缴费金额")).to_contain_text("650.00")
        again = await last(db)
        assert application.id == again.id
        await decide(browser, portal, reviewer, again)
        await page.goto(f"{portal.settings.origin}/employer/employee-changes")
        await page.get_by_label("姓名或身份证号码").fill("员工3")
        await page.get_by_role("button", name="搜索").click()
        await expect(page.get_by_text("没有找到“员工3”的变更申请")).to_be_visible()
        await page.get_by_label("姓名或身份证号码").fill("员工2")
        await page.get_by_role("button", name="搜索").click()
        await expect(page.get_by_role("row", name="员工2")).to_contain_text("已通过")
        assert 65000 == await db.fetchval("SELECT amount_fen FROM file_amount WHERE effective_month = '2020-10-01'")
        assert [] == opened.faults


async def test_the_file_of_an_employee_leads_to_its_change(
    browser: Browser, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F55: whoever finds something wrong in 详细资料 is one step from its form, with that employee's values."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/employees/{town.people[0]}")
        await page.locator("main").get_by_role("link", name="职工信息变更").first.click()
        await expect(page.get_by_label("姓名")).to_have_value("员工1")
        assert [] == opened.faults


async def test_what_is_wrong_is_said_where_it_was_typed_and_nothing_is_lost(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F41: every fault of 信息变更 at once, at its field; mended, handed in, taken back, and open in its form again."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.locator("#side").get_by_role("link", name="信息变更", exact=True).click()
        await page.get_by_role("link", name="新增变更信息").first.click()
        await page.get_by_label("联系电话").fill("12")
        await page.locator("form[data-change]").get_by_label("账号").fill("1")
        await hand_in(page, "变更申请表")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_label("联系电话")).to_have_attribute("aria-invalid", "true")
        await expect(page.locator("form[data-change]").get_by_label("账号")).to_have_attribute("aria-invalid", "true")
        await expect(page.get_by_text("有 2 处需要更正")).to_be_visible()
        opened.faults.clear()  # The browser itself notes the 422.
        await page.get_by_label("联系电话").fill("139 0000 0000")
        await page.locator("form[data-change]").get_by_label("账号").fill("")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_role("row", name="联系电话")).to_contain_text("13900000000")
        await page.get_by_role("button", name="撤回").click()
        await page.get_by_role("dialog").get_by_role("button", name="撤回").click()
        await expect(page.get_by_text("已撤回").first).to_be_visible()
        await page.get_by_role("link", name="修改后重新提交").click()
        await expect(page.get_by_label("联系电话")).to_have_value("13900000000")
        await expect(page.get_by_role("table", name="变更申请表")).to_contain_text(PHOTO)
        assert [] == opened.faults


async def decide(
    browser: Browser, portal: Portal, reviewer: Visitor, application: Application, *, reason: str = ""
) -> None:
    """Let a reviewer look at every field before and after, and approve; or return it with a reason."""
    async with window(browser) as opened:
        page = await enter(opened, portal, reviewer)
        await page.goto(f"{portal.settings.origin}/bureau/applications/application-{application.id}")
        await expect(page.locator(".before-after")).to_be_visible()
        await expect(page.get_by_text(PHOTO)).to_be_visible()
        if reason:
            await page.get_by_role("button", name="退回", exact=True).click()
            await page.get_by_label("退回原因").fill(reason)
            await page.get_by_role("button", name="确认退回").click()
        else:
            await page.get_by_role("button", name="通过", exact=True).click()
        await expect(page).to_have_url(f"{portal.settings.origin}/bureau/")
        assert [] == opened.faults


@in_every_look
async def test_every_page_of_changes_is_for_everybody(
    browser: Browser,
    db: Connection,
    town: Town,
    portal: Portal,
    visitor: VisitorOf,
    *,
    size: tuple[int, int],
    scheme: str,
) -> None:
    """With the longest names: no violation for axe, nothing beyond the edge, no error in any script."""
    somebody = await visitor(PortalRole.EMPLOYER)
    await db.execute("UPDATE employer SET name = $1, address = $1", LONG[:200])
    await db.execute("UPDATE person SET name = $1", LONG[:100])
    changed = []
    for kind, slot, after in (
        ("employer", "application_form", {"address": LONG[1:201]}),
        ("employee", "proof", {"rank": "级" * 50}),
    ):
        paper = await upload(somebody, jpeg(), purpose=f"{kind}_change", slot=slot, filename=f"{LONG[:100]}.jpg")
        body = {"after": after, "remark": LONG[:500], "attachments": [paper["id"]]}
        asked = await somebody.post(
            f"/{kind}-changes", body | ({"employee_id": str(town.people[0])} if kind == "employee" else {})
        )
        changed.append(f"{kind}-changes/{asked['id']}")
        async with acting(db, BUREAU):
            await application_decisions.send_back(db, int(asked["id"]), 1, LONG[:500])
    paths = (
        "employer-changes", "employer-changes/new", "information-changes", "information-changes/new", "employee-changes",
        "employee-changes/new", f"employee-changes/new?employee={town.people[0]}", *changed, f"{changed[1]}/edit",
    )  # fmt: skip
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, somebody)
        for path in paths:
            await page.goto(f"{portal.settings.origin}/employer/{path}")
            assert ([], 0) == (await opened.violations(), await opened.overhang()), path
        await page.get_by_label("姓名").fill("张三")
        await expect(page.get_by_text("变更姓名或身份证号码：请上传")).to_be_visible()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        assert [] == opened.faults


async def test_pages_of_another_employers_changes_do_not_exist(
    db: Connection, town: Town, visitor: VisitorOf, portal: Portal
) -> None:
    """I31: view and form answer 404, and so does the form for another employer's employee; what waits has no form."""
    ours, theirs = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    papers = [str(each) for each in await attach(db, clerk_of(town.employer), "employer_change")]
    asked = await ours.post("/employer-changes", {"after": {"address": "新路"}, "attachments": papers})
    path = f"employer-changes/{asked['id']}"
    for someone, address, status in (
        (ours, path, 200),
        (ours, f"{path}/edit", 409),
        (ours, f"information-changes/{asked['id']}", 404),
        (theirs, path, 404),
        (theirs, f"{path}/edit", 404),
        (theirs, f"employee-changes/new?employee={town.people[0]}", 404),
    ):
        async with someone.http.get(f"{portal.settings.origin}/employer/{address}", headers=someone.headers) as answer:
            assert (address, status) == (address, answer.status)
