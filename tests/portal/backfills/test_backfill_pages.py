"""缴款历史补录 in a browser: rows of chosen employees, a file with errors mended in place, the bureau's desk, both ledgers."""

import pytest
from playwright.async_api import Browser, Dialog, Page, expect

from libsubsidy import Money, Month
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store.database import Connection, acting
from services.store.posting import OpeningBalance, open_balances
from tests.portal.backfills.histories import record, typed, workbook_of
from tests.portal.browser import Window, enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.portal.papers import PHOTO, jpeg
from tests.store.fund import BUREAU, id_number

FILE = workbook_of(
    [str(id_number(3)), "员工3", "2019-07", 500.5, "记-12", None],
    [4.40782e17, "员工4", "2019-07", 600, None, None],
    [str(id_number(5)), "员工5", None, 600, None, "没有月份"],
)


@pytest.fixture
async def opening(db: Connection, town: Town) -> None:
    """Let the first employee have an opening balance of two months."""
    async with acting(db, BUREAU):
        await db.execute(
            "UPDATE employment SET opening_periods = 2, paid_through = '2019-05-01' WHERE person_id = $1",
            town.people[0],
        )
        balance = OpeningBalance(Month(2019, 5), Money.parse("1000"))
        await open_balances(db, town.employer.id, {town.people[0]: balance})


async def fill(page: Page, origin: str) -> None:
    """Fill the list as the manual's clerk would: two employees' months by choosing them, the rest by the template."""
    await page.goto(f"{origin}/employer/backfills")
    await page.get_by_role("link", name="新增补录").first.click()
    await page.get_by_label("起始月份").fill("2019-05")
    await page.get_by_label("终止月份").fill("2019-06")
    await page.get_by_label("每月金额（元）").fill("500")
    await page.get_by_role("button", name="添加职工").click()
    picker = page.get_by_role("dialog", name="选择员工")
    await picker.get_by_role("checkbox", name="选择 员工1").check()
    await picker.get_by_role("checkbox", name="选择 员工2").check()
    await picker.get_by_role("button", name="选择员工").click()
    await expect(
        page.get_by_text("共 4 行，2 人，合计 2,000.00 元，其中期初明细 500.00 元不增加累计。")
    ).to_be_visible()
    await page.get_by_label("上传补录信息").set_input_files(
        {"name": "历史.xlsx", "mimeType": "application/octet-stream", "buffer": FILE}
    )
    await expect(page.get_by_text("已读取 历史.xlsx，加入 3 行。")).to_be_visible()
    await expect(page.get_by_text("2 行需要改正。")).to_be_visible()


@pytest.mark.usefixtures("opening")
async def test_history_is_recorded_from_the_form_to_the_ledgers(
    browser: Browser, db: Connection, portal: Portal, visitor: VisitorOf
) -> None:
    """F107: rows and upload in one list, each error at its cell, mended in place, 立即提交, 通过, 历史补录 in both ledgers."""
    origin = portal.settings.origin
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await fill(page, origin)
        rows = page.get_by_role("region", name="补录列表")
        await rows.get_by_label("只看需要改正的行").check()
        await expect(rows.get_by_role("row", name="文件第 3 行")).to_contain_text("第 15 位以后的数字已经丢失")
        await expect(rows.get_by_role("row", name="文件第 4 行")).to_contain_text("没有填写：这一项必填")
        await rows.get_by_label("第 6 行 证件号码").fill(str(id_number(4)))
        await rows.get_by_label("第 7 行 月份").fill("2019-13")
        await expect(rows.get_by_role("row", name="文件第 4 行")).to_contain_text("没有 2019 年 13 月")
        await rows.get_by_label("第 7 行 月份").fill("2019-07")
        await expect(
            page.get_by_text("共 7 行，5 人，合计 3,700.50 元，其中期初明细 500.00 元不增加累计。")
        ).to_be_visible()
        submit = page.get_by_role("button", name="立即提交")
        await expect(submit).to_be_disabled()
        await page.get_by_label("选择文件：缴款凭证").set_input_files(
            {"name": PHOTO, "mimeType": "image/jpeg", "buffer": jpeg()}
        )
        await submit.click()
        await page.get_by_role("button", name="提交", exact=True).click()
        await expect(page.get_by_text("已提交，请等待批复")).to_be_visible()
        await expect(page.get_by_role("row", name="员工1").first).to_contain_text("期初明细，不增加累计")
        assert [] == [fault for fault in opened.faults if "422" not in fault]
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))
        await page.get_by_role("link", name="缴款历史补录").first.click()
        await expect(page.get_by_text("补录只列出期初的明细，不增加期数和金额")).to_be_visible()
        await expect(page.get_by_role("row", name="员工3")).to_contain_text("500.50")
        await page.get_by_role("button", name="通过").click()
        await expect(page.get_by_text("已通过：单位1")).to_be_visible()
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYEE))
        await expect(page.get_by_role("row", name="期初明细 历史补录")).to_be_visible()
        await expect(page.get_by_role("row", name="期初转为明细 历史补录")).to_contain_text("−500.00")
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{origin}/employer/employees")
        await page.get_by_role("link", name="员工2").first.click()
        await expect(page.locator("#ledger").get_by_text("历史补录")).to_have_count(2)
    assert 0 == await db.fetchval("SELECT count(*) FROM payment_notice")


async def test_rows_of_chosen_people_are_not_left_unasked(browser: Browser, portal: Portal, visitor: VisitorOf) -> None:
    """People of the picker, nothing typed, and then another menu entry: the browser asks, and the rows stay."""
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        page.on("dialog", stay)
        await page.goto(f"{portal.settings.origin}/employer/backfills/new")
        await page.get_by_role("button", name="添加职工").click()
        picker = page.get_by_role("dialog", name="选择员工")
        await picker.get_by_role("checkbox", name="选择 员工1").check()
        await picker.get_by_role("button", name="选择员工").click()
        await expect(page.get_by_text("共 1 行，1 人")).to_be_visible()
        await page.get_by_role("navigation").get_by_role("link", name="汇缴申请").click()
        await expect(page.get_by_text("共 1 行，1 人")).to_be_visible()
        assert ["beforeunload"] == asked


async def test_what_came_back_is_changed_and_handed_in_again(
    browser: Browser, portal: Portal, visitor: VisitorOf
) -> None:
    """F107: returned with its reason, the rows stand in the form; a row is deleted by the keyboard, and it goes again."""
    clerk, reviewer = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.REVIEWER)
    asked = await record(clerk, typed(1), typed(2))
    refusal = {"version": asked["version"], "reason": "员工2 的凭证不清晰"}
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{portal.settings.origin}/employer/backfills/{asked['id']}")
        await expect(page.locator("#live")).to_have_attribute("data-state", "open")
        await reviewer.post(f"/applications/{asked['id']}/return", refusal)
        await page.get_by_role("link", name="修改后重新提交").click()  # Which is there without a reload.
        await expect(page.get_by_text("退回原因：员工2 的凭证不清晰")).to_be_visible()
        drop = page.get_by_role("button", name="删除第 2 行 员工2")
        await drop.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="删除第 1 行 员工1")).to_be_focused()
        await expect(page.get_by_text("共 1 行，1 人，合计 500.00 元。")).to_be_visible()
        await page.get_by_role("button", name="立即提交").click()
        await page.get_by_role("button", name="提交", exact=True).click()
        await expect(page.get_by_text("已提交，请等待批复")).to_be_visible()
        await expect(page.get_by_text("员工2")).to_have_count(0)
        await page.get_by_role("link", name="返回列表").click()
        await expect(page.get_by_role("row", name=asked["id"])).to_contain_text("待审核")
        await expect(page.locator("#live")).to_have_attribute("data-state", "open")
        (again,) = (await reviewer.get("/applications"))["items"]
        await reviewer.post(f"/applications/{asked['id']}/approve", {"version": again["version"]})
        await expect(page.get_by_role("row", name=asked["id"])).to_contain_text("已通过")
        assert [] == opened.faults
    assert 1 == (await clerk.get("/backfills"))["items"][0]["row_count"]


async def sound(opened: Window) -> None:
    """Nothing that axe finds, and nothing wider than the window."""
    assert ([], 0) == (await opened.violations(), await opened.overhang())


@pytest.mark.usefixtures("opening")
@in_every_look
async def test_the_pages_are_for_everybody(
    browser: Browser, portal: Portal, visitor: VisitorOf, size: tuple[int, int], scheme: str
) -> None:
    """The empty list, the form with errors, what was handed in, and the bureau's desk: in each size and each scheme."""
    clerk, origin = await visitor(PortalRole.EMPLOYER), portal.settings.origin
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{origin}/employer/backfills")
        await sound(opened)
        await fill(page, origin)
        await sound(opened)
        asked = await record(clerk, typed(1, name="员工1"), typed(2, remark="补发" * 60))
        for path in ("/employer/backfills", f"/employer/backfills/{asked['id']}"):
            await page.goto(f"{origin}{path}")
            await sound(opened)
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))
        await page.goto(f"{origin}/bureau/applications/{asked['id']}")
        await sound(opened)
