"""批量封存/启封 in a real browser: from 添加职工 to the records, as the manual tells it."""

import io

import pytest
import xlsxwriter
from playwright.async_api import Browser, Page, expect

from libsubsidy import EmploymentState
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.store.fund import employ, id_number, new_employee


@pytest.fixture
async def people(db: Connection, town: Town) -> tuple[int, ...]:
    """Let the employer have 45 people more, some sealed, some of the same name; gives those that it had before."""
    more = [
        new_employee(
            serial,
            name="欧阳·阿依古丽" if serial % 15 == 0 else f"职工{serial}",
            state=EmploymentState.SEALED if serial % 5 == 0 else EmploymentState.ACTIVE,
        )
        for serial in range(100, 145)
    ]
    await employ(db, town.employer, *more)
    return town.people


def workbook_of(*numbers: str) -> bytes:
    """Give a workbook with a column of ID numbers."""
    book = io.BytesIO()
    with xlsxwriter.Workbook(book, {"in_memory": True}) as workbook:
        workbook.add_worksheet().write_column(0, 0, ("身份证号码", *numbers))
    return book.getvalue()


async def open_list(page: Page, origin: str) -> None:
    """Open the page by the menu's entry, and the window by 添加职工."""
    await page.goto(f"{origin}/employer/seals")
    await page.get_by_role("button", name="添加职工").click()
    await expect(page.get_by_role("dialog", name="选择员工")).to_be_visible()


async def test_a_list_is_gathered_over_pages_and_searches_and_handed_in(
    browser: Browser, db: Connection, people: tuple[int, ...], portal: Portal, visitor: VisitorOf
) -> None:
    """F61-F65: 添加职工, ticks over pages and searches, a pasted list, each target shown, 立即提交, the record."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await open_list(page, portal.settings.origin)
        picker = page.get_by_role("dialog", name="选择员工")
        await picker.get_by_label("页面容量").select_option("10")
        await picker.get_by_label("本页全选").check()
        await picker.get_by_role("button", name="下一页").click()
        await expect(picker.get_by_text("第 2 / 5 页")).to_be_visible()
        await picker.get_by_role("row").nth(1).click()
        await picker.get_by_label("搜索员工").fill("阿依古丽")
        await expect(picker.get_by_text("第 1 / 1 页，共 3 人")).to_be_visible()
        await picker.get_by_role("checkbox", name="欧阳·阿依古丽").last.check()
        await picker.get_by_text("按名单选择").click()
        numbers = (str(id_number(120)), str(id_number(120)), "4.40782E+17", str(id_number(999)))
        await picker.get_by_label("上传名单").set_input_files(
            {"name": "名单.xlsx", "mimeType": "application/octet-stream", "buffer": workbook_of(*numbers)}
        )
        await expect(picker.get_by_text("2 行没有加入：", exact=True)).to_be_visible()
        await expect(picker.get_by_text("第 4 行：身份证号码被电子表格转成了科学计数法")).to_be_visible()
        await expect(picker.get_by_text("等待框")).to_contain_text("13")
        await picker.get_by_role("button", name="移出 员工2").click()
        await picker.get_by_role("button", name="选择员工").click()
        changes = page.get_by_role("region", name="待变更列表")
        await expect(changes.get_by_text("共 12 人：封存 8 人，启封 4 人。")).to_be_visible()
        await expect(changes.get_by_role("row", name="职工100").get_by_text("封存 → 正常")).to_be_visible()
        await expect(changes.get_by_role("row", name="员工5").get_by_text("正常 → 封存")).to_be_visible()
        await changes.get_by_label("原因", exact=True).fill("停薪留职")
        await changes.get_by_label("员工1 的原因").fill("借调")
        await changes.get_by_role("button", name="移出 员工3").click()
        await expect(changes.get_by_text("共 11 人：封存 7 人，启封 4 人。")).to_be_visible()
        await changes.get_by_role("button", name="立即提交").click()
        await page.get_by_role("button", name="提交", exact=True).click()
        await expect(page.get_by_text("已提交：共 11 人")).to_be_visible()
        record = page.get_by_role("region", name="变更记录")
        await record.get_by_role("link", name="查看").click()
        await expect(page.get_by_role("row", name="员工1").first).to_contain_text("借调")
        assert 7 == await db.fetchval("SELECT count(*) FROM seal_row WHERE to_state = 'sealed'")
        assert [] == opened.faults


async def test_everybody_is_chosen_at_once_and_what_has_changed_is_told(
    browser: Browser, db: Connection, people: tuple[int, ...], portal: Portal, visitor: VisitorOf
) -> None:
    """F63, D-9: 全选所有符合条件的; a state that was changed meanwhile is told at its row, and nobody is flipped."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await open_list(page, portal.settings.origin)
        picker = page.get_by_role("dialog", name="选择员工")
        await picker.get_by_label("状态").select_option("active")
        await picker.get_by_role("button", name="全选所有符合条件的 41 人").click()
        await expect(picker.get_by_text("已选 41 人")).to_be_visible()
        await picker.get_by_role("button", name="选择员工").click()
        changes = page.get_by_role("region", name="待变更列表")
        await expect(changes.get_by_text("共 41 人：封存 41 人，启封 0 人。")).to_be_visible()
        await db.execute("UPDATE employment SET state = 'sealed' WHERE person_id = $1", people[0])
        await changes.get_by_role("button", name="立即提交").click()
        await page.get_by_role("button", name="提交", exact=True).click()
        await expect(changes.get_by_text("1 行不能办理")).to_be_visible()
        await expect(changes.get_by_role("row", name="员工1").get_by_text("已由“正常”变为“封存”")).to_be_visible()
        assert 0 == await db.fetchval("SELECT count(*) FROM seal_batch")
        await changes.get_by_role("button", name="移出 员工1").click()
        await expect(changes.get_by_text("1 行不能办理")).to_be_hidden()
        opened.faults.clear()  # The browser itself notes the 422.
        await changes.get_by_role("button", name="立即提交").click()
        await page.get_by_role("button", name="提交", exact=True).click()
        await expect(page.get_by_text("已提交：共 40 人")).to_be_visible()
        assert [] == opened.faults


async def test_the_window_is_used_by_keyboard_alone(
    browser: Browser, db: Connection, people: tuple[int, ...], portal: Portal, visitor: VisitorOf
) -> None:
    """F56: the search has the focus, the space bar ticks, Escape leads back to where it was opened, nothing is lost."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/seals")
        opener = page.get_by_role("button", name="添加职工")
        await opener.focus()
        await page.keyboard.press("Enter")
        picker = page.get_by_role("dialog", name="选择员工")
        await expect(picker.get_by_label("搜索员工")).to_be_focused()
        await page.keyboard.type("职工101")
        await expect(picker.get_by_text("共 1 人")).to_be_visible()
        box = picker.get_by_role("checkbox", name="选择 职工101")
        await box.focus()
        await page.keyboard.press("Space")
        await expect(picker.get_by_role("status")).to_contain_text("选择 职工101。已选 1 人。")
        await page.keyboard.press("Escape")
        await expect(picker).to_be_hidden()
        await expect(opener).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(box).to_be_checked()
        assert [] == opened.faults


@in_every_look
@pytest.mark.usefixtures("people")
async def test_the_pages_are_for_everybody(
    browser: Browser, db: Connection, portal: Portal, visitor: VisitorOf, *, size: tuple[int, int], scheme: str
) -> None:
    """Nothing that axe finds, and nothing wider than the window: the empty page, the window, and the list with its words."""
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/seals")
        await expect(page.get_by_text("待变更列表还没有职工")).to_be_visible()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await page.get_by_role("button", name="添加职工").click()
        picker = page.get_by_role("dialog", name="选择员工")
        await picker.get_by_label("本页全选").check()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await picker.get_by_role("button", name="选择员工").click()
        await db.execute("UPDATE employment SET state = 'sealed' WHERE state = 'active'")
        await page.get_by_label("员工2 的生效月份").fill("2031-01")
        await expect(page.get_by_text("17 行不能办理")).to_be_visible()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
