"""员工转入/转出 in a real browser, with two employers: as the manual tells it, and what it does not tell."""

from playwright.async_api import Browser, Page, expect

from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.portal.papers import jpeg
from tests.store.fund import id_number


async def fill_in(page: Page, *, many: bool) -> None:
    """Fill in a transfer of one or of all, to the other employer, with its paper."""
    await page.get_by_role("button", name="选择员工").click()
    picker = page.get_by_role("dialog", name="选择员工")
    if many:
        await picker.get_by_label("本页全选").check()
        await picker.get_by_role("button", name="选择员工").click()
    else:
        await picker.get_by_label("搜索员工").fill("员工1")
        await picker.get_by_role("button", name="选择 员工1").click()
    await page.get_by_role("button", name="选择单位").click()
    targets = page.get_by_role("dialog", name="选择要转出的单位")
    await targets.get_by_label("搜索单位").fill("单位")
    await targets.get_by_role("button", name="选择 单位2").click()
    await expect(page.get_by_text("单位2（10160）")).to_be_visible()
    await page.get_by_label("选择文件：调动证明").set_input_files(
        {"name": "IMG_2626(20200110-211129).JPG", "mimeType": "image/jpeg", "buffer": jpeg()}
    )
    await expect(page.get_by_text("上传成功", exact=True)).to_be_visible()


async def test_one_employee_goes_and_is_taken_in(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F66-F70, F74: 新增职工转出, 选择单位, 附件, 立即提交; the other: 审阅, 立即提交; both lists say 已完成."""
    ours = await visitor(PortalRole.EMPLOYER)
    theirs = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    origin = portal.settings.origin
    async with window(browser) as mine, window(browser) as other:
        page = await enter(mine, portal, ours)
        await page.goto(f"{origin}/employer/transfers")
        await page.get_by_role("link", name="新增职工转出").click()
        await fill_in(page, many=False)
        await page.get_by_label("转出原因").fill("调动")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_role("row", name="员工1")).to_contain_text("待转入单位确认")
        there = await enter(other, portal, theirs)
        await there.goto(f"{origin}/employer/transfers")
        await there.get_by_role("link", name="审阅 员工1 的转移").click()
        await expect(there.get_by_text(str(id_number(1)))).to_be_visible()
        await expect(there.get_by_role("list", name="附件").get_by_text("IMG_2626")).to_be_visible()
        await there.get_by_label("级别").fill("科员")
        await there.get_by_label("每月缴费金额").fill("1500")
        await there.get_by_role("button", name="立即提交").click()
        await expect(there.get_by_role("row", name="员工1")).to_contain_text("已完成")
        await page.reload()
        await expect(page.get_by_role("row", name="员工1")).to_contain_text("已完成")
        states = await db.fetch("SELECT state FROM employment WHERE person_id = $1 ORDER BY id", town.people[0])
        assert ["ended", "active"] == [row[0] for row in states]
        assert [] == mine.faults + other.faults


async def test_many_go_one_is_withdrawn_and_one_refused(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F71-F74: 批量操作员工转出 with the box of those who wait; 撤回 by the one, 拒绝 with a reason by the other."""
    ours = await visitor(PortalRole.EMPLOYER)
    theirs = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    origin = portal.settings.origin
    async with window(browser) as mine, window(browser) as other:
        page = await enter(mine, portal, ours)
        await page.goto(f"{origin}/employer/transfers")
        await page.get_by_role("link", name="批量操作员工转出").click()
        await fill_in(page, many=True)
        await expect(page.get_by_text("等待框中共 5 人。")).to_be_visible()
        await page.get_by_role("button", name="移出 员工5").click()
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_text("已提交 4 人转出")).to_be_visible()
        await page.get_by_role("link", name="查看 员工2 的转移").click()
        await page.get_by_role("button", name="撤回").click()
        await page.get_by_role("dialog").get_by_role("button", name="撤回").click()
        await expect(page.get_by_role("row", name="员工2")).to_contain_text("已撤回")
        there = await enter(other, portal, theirs)
        await there.goto(f"{origin}/employer/transfers")
        await there.get_by_role("link", name="审阅 员工3 的转移").click()
        await there.get_by_label("拒绝原因").fill("不是本单位职工")
        await there.get_by_role("button", name="拒绝").click()
        await expect(there.get_by_role("row", name="员工3")).to_contain_text("已拒绝")
        await page.reload()
        await expect(page.get_by_role("row", name="员工3")).to_contain_text("不是本单位职工")
        states = await db.fetch(
            "SELECT state FROM employment WHERE employer_id = $1 ORDER BY person_id", town.employer.id
        )
        assert ["transferring", "active", "active", "transferring", "active"] == [row[0] for row in states]
        assert [] == mine.faults + other.faults


@in_every_look
async def test_the_pages_are_for_everybody(
    browser: Browser, town: Town, portal: Portal, visitor: VisitorOf, *, size: tuple[int, int], scheme: str
) -> None:
    """Nothing that axe finds, and nothing wider than the window: both lists, the form with its dialog, one transfer."""
    ours = await visitor(PortalRole.EMPLOYER)
    theirs = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    origin = portal.settings.origin
    async with window(browser, size, scheme) as mine, window(browser, size, scheme) as other:
        page = await enter(mine, portal, ours)
        await page.goto(f"{origin}/employer/transfers")
        await expect(page.get_by_text("没有其他单位转来的员工")).to_be_visible()
        assert ([], 0) == (await mine.violations(), await mine.overhang())
        await page.goto(f"{origin}/employer/transfers/new?many=true")
        await page.get_by_role("button", name="选择单位").click()
        await page.get_by_label("搜索单位").fill("单位")
        await expect(page.get_by_role("button", name="选择 单位2")).to_be_visible()
        assert ([], 0) == (await mine.violations(), await mine.overhang())
        await page.get_by_role("dialog", name="选择要转出的单位").get_by_role("button", name="关闭").click()
        await fill_in(page, many=True)
        assert ([], 0) == (await mine.violations(), await mine.overhang())
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_role("row", name="员工1")).to_be_visible()
        assert ([], 0) == (await mine.violations(), await mine.overhang())
        there = await enter(other, portal, theirs)
        await there.goto(f"{origin}/employer/transfers")
        await there.get_by_role("link", name="审阅 员工1 的转移").click()
        await expect(there.get_by_role("heading", name="确认转入")).to_be_visible()
        assert ([], 0) == (await other.violations(), await other.overhang())
