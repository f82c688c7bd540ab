"""The Excel of amounts, who is missing, what differs, and a submitted order, in a real browser."""

import asyncio
import io
from pathlib import Path
from typing import Any

import openpyxl
from playwright.async_api import Browser, Page, expect

from libsubsidy import Money, MonthRange, OrderKind
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store import approvals, orders, submissions
from services.store.database import Connection, acting
from tests.portal.amounts.files import changed, in_csv, row, upload
from tests.portal.browser import NARROW, WIDE, enter, window
from tests.portal.comparing.test_comparisons import send_here
from tests.portal.conftest import Town, VisitorOf
from tests.portal.importing.lists import ask_to_open
from tests.store.fund import (
    BUREAU,
    START,
    approve,
    clerk_of,
    draft,
    employ,
    id_number,
    line,
    new_employee,
    pay,
    submit,
    submitted,
)

PATH = "/employer/orders"


async def downloaded(page: Page, name: str) -> bytes:
    """Follow a link that gives a file."""
    async with page.expect_download() as coming:
        await page.get_by_role("link", name=name).click()
    return await asyncio.to_thread(Path(await (await coming.value).path()).read_bytes)


async def choose(page: Page, name: str, body: bytes) -> None:
    """Choose a file of amounts; it goes up by itself, and what it would change opens when it has been read."""
    chosen: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": body}
    await page.locator("#importing-file").set_input_files(chosen)
    await expect(page.get_by_role("heading", name=name)).to_be_visible()


async def test_the_months_amounts_go_out_to_excel_and_come_back(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """P2: out, changed, in; differences and control totals before anything happens; an error mended; taken by one click."""
    one, two, three, *_ = town.people
    order = await draft(db, town.employer, line(one, START), line(two, START), line(three, START))

    def work(sheet: Any) -> None:
        sheet["C2"] = 512.5
        sheet.delete_rows(4)
        sheet.append([str(id_number(4)), "别人", None, "是"])

    def mend(sheet: Any) -> None:
        sheet["B4"] = "员工4"

    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}{PATH}/{order.id}")
        await page.get_by_role("link", name="上传金额表").click()
        exported = await downloaded(page, "导出Excel")
        await choose(page, "一月.xlsx", changed(exported, work))
        await expect(page.get_by_text("B4 姓名")).to_be_visible()
        await expect(page.get_by_role("button", name="只套用没有错误的 2 行")).to_be_visible()
        marked = await downloaded(page, "下载标出错误的金额表")
        assert "档案中的姓名" in str(openpyxl.load_workbook(io.BytesIO(marked)).worksheets[0]["E4"].value)
        await choose(page, "一月改正.xlsx", changed(marked, mend))
        await expect(page.get_by_text("增加 1 人，去掉 1 人，有变化 1 人，没有变化 1 人。")).to_be_visible()
        await expect(page.get_by_text("1,512.50 元")).to_be_visible()
        await page.get_by_role("link", name="保持不变").click()
        await expect(page.get_by_text("2,012.50 元")).to_be_visible()
        await page.get_by_role("link", name="从名单中去掉").click()
        await page.get_by_role("link", name="有变化").click()
        await expect(page.get_by_role("row", name="员工1")).to_contain_text("512.50")
        await page.get_by_role("button", name="套用到草稿").click()
        await page.wait_for_url(f"**{PATH}/{order.id}?month={START}")
        assert [] == opened.faults
    async with acting(db, clerk_of(town.employer)):
        changed_order = await orders.get(db, order.id)
    assert (Money.parse("1512.50"), 3) == (changed_order.total, changed_order.person_count)


async def test_whoever_is_missing_is_explained_and_ticked(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """为什么没有这个人: by name, by number, by reason; ticked where that is all; a stranger is told what to do."""
    await employ(db, town.employer, new_employee(22, start_month=START + 3))
    order = await draft(db, town.employer, line(town.people[0], START))
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}{PATH}/{order.id}")
        await page.get_by_label("搜索员工").fill("员工22")
        await page.locator("#sheet-absent").click()
        search = page.get_by_label("姓名、拼音或身份证号码")
        await expect(search).to_have_value("员工22")
        await expect(page.get_by_text("员工22的汇缴开始月份是 2020-04")).to_be_visible()
        await search.fill(str(id_number(11)))
        await page.get_by_role("button", name="查找").click()
        await expect(page.get_by_text(f"本单位没有“{id_number(11)}”")).to_be_visible()
        await page.get_by_role("link", name="显示全部不在名单中的人").click()
        await page.get_by_role("link", name="没有勾选 4").click()
        await page.get_by_role("button", name="勾选 员工2").click()
        await expect(page.get_by_text("已勾选：员工2")).to_be_visible()
        await expect(page.get_by_role("link", name="没有勾选 3")).to_be_visible()
        assert [] == opened.faults
    assert 2 == await db.fetchval("SELECT person_count FROM remittance_order WHERE id = $1", order.id)


async def test_a_submitted_order_is_followed_taken_back_and_supplemented(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F87, F96, F106: 撤回 and 修改, approval and money shown without reload, 补充订单 with only those who were missed."""
    one, two, *_ = town.people
    order = await submit(db, town.employer, await draft(db, town.employer, line(one, START), line(two, START)))
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}{PATH}/{order.id}")
        await page.get_by_role("button", name="撤回").click()
        await page.get_by_role("dialog").get_by_role("button", name="撤回").click()
        await expect(page.get_by_text("已撤回，修改后可以再次提交")).to_be_visible()
        await page.get_by_role("button", name="修改").click()
        await expect(page.get_by_role("link", name="上传金额表")).to_be_visible()
        async with acting(db, clerk_of(town.employer)):
            present = await orders.get(db, order.id)
        present = await submit(db, town.employer, present)
        await page.goto(f"{portal.settings.origin}{PATH}/{order.id}")
        await expect(page.get_by_text("等待住建局审核")).to_be_visible()
        await expect(page.get_by_text("实时更新")).to_be_visible()
        notice = await approve(db, present)
        await expect(page.get_by_role("link", name="查看缴费通知")).to_be_visible()
        await pay(db, notice)
        await expect(page.get_by_text("已记入每位职工的明细账")).to_be_visible()
        await page.get_by_label("姓名、拼音或身份证号码").fill("员工2")
        await page.get_by_role("button", name="搜索").click()
        await expect(page.get_by_role("row", name="员工2")).to_be_visible()
        await expect(page.get_by_role("row", name="员工1")).to_have_count(0)
        await page.get_by_role("button", name="新增补充订单").click()
        await page.wait_for_url(f"**{PATH}/{order.id + 1}")
        assert [] == opened.faults
    rest = await db.fetchrow("SELECT state, person_count FROM remittance_order WHERE id <> $1", order.id)
    assert rest is not None
    assert ("draft", 3) == tuple(rest)


async def test_the_pages_stand_up_to_axe(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """Every state of every page, wide and narrow, light and dark: no violation, nothing wider than the window."""
    clerk = await visitor(PortalRole.EMPLOYER)
    one, two, three, four, five = town.people
    await employ(db, town.employer, new_employee(22, name="欧阳" * 15, start_month=START + 9))
    await submitted(db, town.employer, line(one, START), line(two, START), line(five, START, Money.parse("9")))
    order = await draft(
        db, town.employer, line(one, START + 1), line(three, START + 1), line(two, START + 1, Money.parse("7"))
    )
    wrong = await draft(db, town.employer, line(one, START + 2))
    await upload(clerk, order.id, in_csv(row(1, "9"), row(4, "8", "是")), filename="名字很长的文件" * 20)
    await upload(clerk, wrong.id, in_csv(row(1, "0"), ("4.40E+17", "欧阳" * 15, "x", "?")), filename="错.csv")
    months = MonthRange(START - 2, START - 1)
    back = await submitted(db, town.employer, *(line(two, month) for month in months), kind=OrderKind.MONTHLY)
    async with acting(db, clerk_of(town.employer)):
        await submissions.retract(db, back.id, back.version)
    returned = await submitted(db, town.employer, line(four, START))
    async with acting(db, BUREAU):
        await approvals.send_back(db, returned.id, returned.version, "金额与工资表不符，请核对后重新提交")
    due = await submitted(db, town.employer, line(three, START))
    await approve(db, due)
    empty = await draft(db, town.employer, line(one, START + 3))
    await ask_to_open(clerk, 41)
    await send_here(await visitor(PortalRole.EMPLOYER, employer_id=town.other.id), town, town.strangers[4])
    paths = (
        f"{order.id}/comparison",
        f"{order.id}/missing",
        f"{order.id}/missing?q=员工",
        f"{order.id}/missing?q=没有",
        f"{order.id}/amounts",
        f"{order.id}/amounts?kind=left",
        f"{wrong.id}/amounts",
        f"{empty.id}/amounts",
        f"{returned.id}",
        f"{due.id}",
        f"{back.id}",
        f"{back.id}/missing",
        f"{back.id}/amounts",
    )
    for size, scheme in ((WIDE, "light"), (NARROW, "dark")):
        async with window(browser, size, scheme) as opened:
            page = await enter(opened, portal, clerk)
            for path in paths:
                await page.goto(f"{portal.settings.origin}{PATH}/{path}")
                assert (path, [], 0) == (path, await opened.violations(), await opened.overhang())
                number = page.locator(".importing-number").first
                if path.startswith(f"{wrong.id}/"):  # The number of a row stays in one piece.
                    assert "nowrap" == await number.evaluate("cell => getComputedStyle(cell).whiteSpace")
            await page.goto(f"{portal.settings.origin}{PATH}/{order.id}/missing?q=员工")
            for text in ("正在等待住建局审核", "正在把员工15转到本单位", "已勾选", "只是没有勾选"):
                await expect(page.get_by_text(text).first).to_be_visible()
            assert [] == opened.faults
