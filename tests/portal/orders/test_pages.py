"""汇缴申请 in a real browser, in the manual's order: the month, 查询, the sheet, 立即提交."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from libsubsidy import FileAmount, Money, OrderKind
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store import orders
from services.store.database import Connection
from services.store.orders import Order
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import START, approve, employ, line, new_employee, pay, submitted

APRIL = {"first": "2020-04", "last": "2020-04"}
PASTE = """(field, text) => {
    const copied = new DataTransfer();
    copied.setData("text/plain", text);
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: copied, bubbles: true, cancelable: true }));
}"""
LONG = "买买提·阿卜杜热合曼·吐尔逊江·" * 6


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


async def open_sheet(page: Page, clerk: Visitor, month: str = "2020-04") -> str:
    """Make a draft with everybody, open its sheet, and give its id."""
    months = {"first": month, "last": month}
    order = await clerk.post("/orders", {"kind": "regular", "months": months, "fill": True})
    await page.goto(f"{clerk.origin}/employer/orders/{order['id']}")
    await expect(page.locator(".sheet-row").first).to_be_visible()
    return str(order["id"])


async def saved(page: Page) -> None:
    """Wait until everything is saved."""
    await expect(page.locator("#sheet-saved")).to_have_attribute("data-state", "saved")


async def sums_of(db: Connection, order: str) -> tuple[int, int]:
    """Read how many lines an order has, and what they come to in fen."""
    (row,) = await db.fetch("SELECT line_count, total_fen FROM remittance_order WHERE id = $1", int(order))
    return row[0], row[1]


async def latest(db: Connection) -> Order:
    """Read the newest order."""
    return await orders.get(db, await db.fetchval("SELECT max(id) FROM remittance_order"))


async def submit(page: Page) -> None:
    """立即提交, and yes."""
    await page.get_by_role("button", name="立即提交").click()
    await page.get_by_role("button", name="确认提交").click()


async def test_last_month_is_repeated_in_five_clicks(
    browser: Browser, db: Connection, clerk: Visitor, portal: Portal, town: Town
) -> None:
    """F76-F80, F83, F87: the next month and 汇缴 are there already, everybody is ticked, the total is right."""
    await submitted(db, town.employer, *(line(person, START + 8, Money.parse("612.50")) for person in town.people))
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        await page.get_by_role("navigation", name="常用业务").get_by_role("link", name="汇缴申请").click()
        await page.get_by_role("link", name="新增汇缴申请").click()
        await expect(page.get_by_label("汇缴月份")).to_have_value("2020-10")
        # What waits for its review has not been paid.
        await expect(page.get_by_text("已申请至 2020-09（还没有入账），默认为下一个月")).to_be_visible()
        await expect(page.get_by_text("已缴至")).to_have_count(0)
        await page.get_by_role("button", name="查询").click()
        await expect(page.locator("#sheet-count")).to_have_text("5")
        await expect(page.locator("#sheet-total")).to_have_text("3,062.50")
        await expect(page.get_by_role("row", name="员工1").get_by_text("沿用上次")).to_be_visible()
        await submit(page)
        await expect(page.get_by_text("待审核").first).to_be_visible()
        assert 306_250 == await db.fetchval(
            "SELECT total_fen FROM remittance_order WHERE state = 'submitted' AND first_month = '2020-10-01'"
        )
        await page.goto(f"{portal.settings.origin}/employer/orders")
        await expect(page.get_by_role("row").nth(1)).to_contain_text("2020-10")
        await expect(page.get_by_role("row").nth(1)).to_contain_text("3,062.50")
        await expect(page.locator("#live")).to_have_attribute("data-state", "open")
        await approve(db, await latest(db))
        await expect(page.get_by_role("row").nth(1)).to_contain_text("待缴款")  # Without a reload.
        assert [] == opened.faults


async def test_a_month_that_cannot_be_paid_is_refused_at_its_field(
    browser: Browser, db: Connection, clerk: Visitor, portal: Portal, town: Town
) -> None:
    """F77-F80: too late a month, and one that everybody has paid: why, and no empty draft; how far the employer has come."""
    everybody = [line(person, START) for person in town.people]
    due = await submitted(db, town.employer, *everybody)
    await pay(db, await approve(db, due))
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{portal.settings.origin}/employer/orders/new")
        await expect(page.get_by_text("已缴至 2020-01，默认为下一个月")).to_be_visible()
        for month, told in (("2199-01", "2199-01 超出可以汇缴的最晚月份"), ("2020-01", "（5 人该月已缴）")):
            field = page.get_by_label("汇缴月份")
            await field.fill(month)
            await page.get_by_role("button", name="查询").click()
            await expect(page.get_by_role("alert").get_by_text(told)).to_be_visible()
            await expect(field).to_be_focused()
    assert 0 == await db.fetchval("SELECT count(*) FROM remittance_order WHERE state = 'draft'")


async def test_a_search_leads_from_hit_to_hit_and_keeps_every_tick(
    browser: Browser, db: Connection, clerk: Visitor, portal: Portal, town: Town
) -> None:
    """F81, F82, F86: hits are yellow and say so in words, too; 全选, 反选, 本页 and the sums follow at once."""
    people = (new_employee(serial, name=f"欧阳{serial}", name_pinyin=f"ou yang {serial}") for serial in range(100, 300))
    await employ(db, town.employer, *people)
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        order = await open_sheet(page, clerk)
        count, total, found = (page.locator(f"#sheet-{name}") for name in ("count", "total", "found"))
        await page.get_by_role("checkbox", name="选择 欧阳100").uncheck()
        await expect(count).to_have_text("204")
        await page.get_by_label("搜索员工").fill("oy29")
        await expect(found).to_have_text("没有找到“oy29”")
        await page.get_by_label("搜索员工").fill("欧阳29")
        await expect(found).to_have_text("第 1 个，共 10 个")
        current = page.get_by_role("row", name="欧阳290")
        await expect(current.get_by_text("▶ 当前结果")).to_be_visible()
        assert await current.evaluate("row => getComputedStyle(row).backgroundColor") == "rgb(255, 243, 163)"
        await page.get_by_role("button", name="下一个").click()
        await expect(page.get_by_role("row", name="欧阳291").get_by_text("▶ 当前结果")).to_be_visible()
        await expect(current.get_by_text("◆ 搜索结果")).to_be_visible()
        await page.get_by_role("button", name="上一个").click()
        await page.get_by_role("button", name="上一个").click()
        await expect(found).to_have_text("第 10 个，共 10 个")
        await page.get_by_label("搜索员工").fill("")
        await expect(count).to_have_text("204")
        await page.get_by_role("button", name="反选").click()
        await expect(count).to_have_text("1")
        await expect(total).to_have_text("500.00")
        await page.get_by_role("button", name="本页").click()
        seen = int(await count.inner_text())
        assert 5 < seen < 30
        await page.get_by_role("button", name="全选", exact=True).click()
        await expect(total).to_have_text("102,500.00")
        await page.get_by_role("button", name="反选").click()
        await expect(count).to_have_text("0")
        await page.get_by_role("checkbox", name="列出的人全选或全不选").check()
        await saved(page)
        assert (205, 10_250_000) == await sums_of(db, order)
        assert [] == opened.faults


async def test_a_designated_amount_carries_over_unless_it_is_for_this_month_only(
    browser: Browser, db: Connection, clerk: Visitor, portal: Portal, town: Town
) -> None:
    """F84, F85: typed in the row, summed at once; next month has it without being typed, but for 仅本月."""
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        await open_sheet(page, clerk)
        await page.get_by_label("员工1 的指定汇缴").fill("1,612.5")
        await page.get_by_label("员工2 的指定汇缴").fill("0.01")
        await page.get_by_role("checkbox", name="员工2 的金额仅本月使用").check()
        await page.get_by_label("员工3 的指定汇缴").fill("1,50")
        await expect(page.locator("#sheet-total")).to_have_text("3,112.51")  # A comma is no decimal point.
        await page.get_by_label("员工3 的指定汇缴").fill("五百")
        await expect(page.locator("#sheet-total")).to_have_text("3,112.51")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_role("alert")).to_contain_text("有金额需要更正")
        await expect(page.get_by_role("row", name="员工3")).to_contain_text("金额应大于 0，最多两位小数")
        await page.get_by_label("员工3 的指定汇缴").fill("")
        await page.get_by_label("显示").select_option("全部")
        await submit(page)
        await expect(page.get_by_text("待审核").first).to_be_visible()
        await open_sheet(page, clerk, "2020-05")
        await expect(page.get_by_role("row", name="员工1")).to_contain_text("1,612.50沿用上次")
        await expect(page.get_by_role("row", name="员工2")).to_contain_text("500.00档案")
        assert [] == opened.faults


async def test_a_reload_while_it_is_saved_loses_nothing_and_is_no_conflict(
    browser: Browser, db: Connection, clerk: Visitor, portal: Portal, town: Town
) -> None:
    """F88: the save of the page before arrives after the next page was read; both, and what is typed then, are kept."""
    late: list[Any] = []

    async def hold_up(route: Route) -> None:
        """Lose what the first page sends; what the next one sends is overtaken by it."""
        if not arrived.is_set():
            late.append(route.request.post_data_json)
            await route.abort()
            return
        await clerk.ask("PUT", f"/orders/{order}/lines", json=late[0])
        await route.continue_()

    arrived = asyncio.Event()
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        order = await open_sheet(page, clerk)
        await page.route("**/lines", hold_up)
        await page.get_by_label("员工1 的指定汇缴").fill("700")
        await page.get_by_role("checkbox", name="选择 员工2").uncheck()
        await expect(page.locator("#sheet-saved")).to_have_attribute("data-state", "failed")
        await page.reload(wait_until="commit")
        arrived.set()
        await expect(page.get_by_label("员工1 的指定汇缴")).to_have_value("700.00")
        await expect(page.get_by_role("checkbox", name="选择 员工2")).not_to_be_checked()
        await saved(page)
        await page.get_by_label("员工3 的指定汇缴").fill("800")
        await saved(page)
        await expect(page.locator("#sheet-total")).to_have_text("2,500.00")
        await expect(page.locator("#problem")).to_be_hidden()
        assert [(70_000, "员工1"), (80_000, "员工3"), (50_000, "员工4"), (50_000, "员工5")] == [
            tuple(row)
            for row in await db.fetch(
                "SELECT l.amount_fen, p.name FROM order_line l JOIN person p ON p.id = l.person_id ORDER BY p.name"
            )
        ]


async def test_of_two_clerks_the_second_sees_the_conflicts_and_takes_them_out(
    browser: Browser, db: Connection, visitor: VisitorOf, portal: Portal, town: Town
) -> None:
    """F87, I9: submitted twice it is one order; who drafted the same people is told which, and one click takes them out."""
    clerk, other = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.EMPLOYER_CLERK)
    named = "住房保障和房屋管理服务中心（城区第一分中心）"
    await db.execute("UPDATE employer SET name = $1 WHERE id = $2", named, town.employer.id)
    async with window(browser) as first, window(browser) as second:
        page = await enter(first, portal, clerk)
        await open_sheet(page, clerk)
        theirs = await enter(second, portal, other)
        await open_sheet(theirs, other)
        await page.get_by_role("checkbox", name="选择 员工4").uncheck()
        await page.get_by_role("checkbox", name="选择 员工5").uncheck()
        await page.get_by_role("button", name="立即提交").dblclick()
        await page.get_by_role("button", name="确认提交").dblclick()
        await expect(page.get_by_text("待审核").first).to_be_visible()
        assert 1 == await db.fetchval("SELECT count(*) FROM remittance_order WHERE state = 'submitted'")
        await submit(theirs)
        conflicts = theirs.get_by_role("group", name="有 3 人不能缴这个月，移出后才能提交：")
        await expect(conflicts.get_by_text(f"员工1的 2020-04 已由{named}的 #1 申请（待审核）")).to_be_visible()
        why = theirs.get_by_role("row", name="员工1").locator(".sheet-why")
        await expect(why).to_contain_text("同一职工同一月份只能缴一次，请去掉这一行。")
        # Less than half a line: letters may be higher than their line.
        assert await why.evaluate(
            "why => why.scrollHeight - why.clientHeight < 7 && why.scrollWidth <= why.clientWidth"
        )
        await conflicts.get_by_role("button", name="移出这 3 人").click()
        await expect(conflicts).to_be_hidden()
        await expect(theirs.locator("#sheet-total")).to_have_text("1,000.00")
        await submit(theirs)
        await expect(theirs.locator("#order-title")).to_be_visible()
        assert [100_000, 150_000] == sorted(
            row[0] for row in await db.fetch("SELECT total_fen FROM remittance_order WHERE state = 'submitted'")
        )


async def test_a_conflict_in_another_month_is_led_to(
    browser: Browser, db: Connection, clerk: Visitor, portal: Portal, town: Town
) -> None:
    """F87, F93: of a back-payment the month that somebody has taken meanwhile is shown, with who is to be taken out."""
    known = FileAmount(effective=START - 12, amount=Money.parse("500"))
    (person,) = await employ(db, town.employer, new_employee(60, name="新职工", file_amount=known))
    months = {"first": "2019-10", "last": "2019-11"}
    order = await clerk.post("/orders", {"kind": "monthly", "months": months, "fill": True})
    november = {"version": order["version"], "lines": [{"employee_id": str(person), "month": "2019-11"}]}
    await clerk.put(f"/orders/{order['id']}/lines", november)
    await submitted(db, town.employer, line(person, START - 2), kind=OrderKind.MONTHLY)
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{portal.settings.origin}/employer/orders/{order['id']}")
        await expect(page.locator("#sheet-order-count")).to_have_text("2")
        await submit(page)
        conflicts = page.get_by_role("group", name="有 1 人不能缴这个月，移出后才能提交：")
        await expect(conflicts).to_contain_text("新职工的 2019-11 已由")
        await conflicts.get_by_role("button", name="移出这 1 人").click()
        await expect(page.locator("#sheet-order-count")).to_have_text("1")
        await submit(page)
        await expect(page.locator("#order-title")).to_be_visible()


async def test_what_a_clerk_submits_waits_for_a_colleague_where_that_is_wanted(
    browser: Browser, db: Connection, visitor: VisitorOf, portal: Portal, town: Town
) -> None:
    """F87, 复核: the page says so before and after, and the colleague hands it in from the same sheet."""
    await db.execute("UPDATE employer SET checker_needed = true")
    clerk, checker = await visitor(PortalRole.EMPLOYER_CLERK), await visitor(PortalRole.EMPLOYER_CHECKER)
    async with window(browser) as first, window(browser) as second:
        page = await enter(first, portal, clerk)
        order = await open_sheet(page, clerk)
        await expect(page.get_by_text("本单位启用了复核")).to_be_visible()
        await submit(page)
        await expect(page.get_by_text("正在等待同事复核提交")).to_be_visible()
        theirs = await enter(second, portal, checker)
        await theirs.goto(f"{portal.settings.origin}/employer/orders/{order}")
        await expect(theirs.get_by_text("本单位启用了复核")).to_be_hidden()
        await submit(theirs)
        await expect(theirs.get_by_text("待审核").first).to_be_visible()
        assert [] == first.faults + second.faults


async def test_two_windows_on_one_draft_are_joined(
    browser: Browser, db: Connection, clerk: Visitor, portal: Portal, town: Town
) -> None:
    """F88: what somebody else has changed meanwhile is kept and told, and so is what was done here."""
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        order = await open_sheet(page, clerk)
        body = {"version": 2, "lines": [{"employee_id": str(town.people[0]), "amount": "1.00"}]}
        await clerk.put(f"/orders/{order}/lines", body)
        await page.get_by_role("checkbox", name="选择 员工5").uncheck()
        await expect(page.get_by_role("alert")).to_contain_text("这份草稿在别处有改动（1 人）")
        await page.locator("#sheet-total").click(trial=True)  # It does not lie under what tells of it.
        await expect(page.get_by_label("员工1 的指定汇缴")).to_have_value("1.00")
        await expect(page.locator("#sheet-total")).to_have_text("1,501.00")
        await saved(page)
        assert 150_100 == await db.fetchval("SELECT total_fen FROM remittance_order")


async def test_what_is_asked_is_what_the_portal_has_and_what_was_submitted_elsewhere_is_closed(
    browser: Browser, db: Connection, clerk: Visitor, portal: Portal, town: Town
) -> None:
    """F83, F88: a total that a colleague has changed is renewed before it is confirmed; an order that is gone says so, live."""
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        order = await open_sheet(page, clerk)
        await page.get_by_label("员工2 的指定汇缴").fill("600")
        await page.get_by_role("button", name="反选").focus()
        await saved(page)
        now = await clerk.get(f"/orders/{order}")
        lines = [{"employee_id": str(town.people[1]), "amount": "900.00"}]
        await clerk.put(f"/orders/{order}/lines", {"version": now["version"], "lines": lines})
        await expect(page.locator("#sheet-total")).to_have_text("2,600.00")
        await page.get_by_role("button", name="立即提交").click()
        question = page.get_by_role("dialog", name="5 人，合计 2,900.00 元")
        await question.get_by_role("button", name="取消").click()
        await expect(page.locator("#live")).to_have_attribute("data-state", "open")
        now = await clerk.get(f"/orders/{order}")
        await clerk.post(f"/orders/{order}/submit", {"version": now["version"]})
        told = page.get_by_role("alert").filter(has_text="这份草稿已在别处提交，订单")
        await expect(told).to_contain_text("当前为“待审核”，不能再修改。")
        for control in (page.get_by_label("员工1 的指定汇缴"), page.get_by_role("button", name="立即提交")):
            await expect(control).to_be_disabled()
        await told.get_by_role("link", name="查看订单").click()
        await expect(page.locator("#order-title")).to_be_visible()
        # Thrown away in another window.
        gone = await open_sheet(page, clerk, "2020-05")
        await expect(page.locator("#live")).to_have_attribute("data-state", "open")
        assert 204 == (await clerk.ask("DELETE", f"/orders/{gone}")).status
        await expect(page.get_by_role("alert").filter(has_text="这份草稿已经删除")).to_be_visible()
        await expect(page.get_by_label("员工1 的指定汇缴")).to_be_disabled()
        assert [] == opened.faults


async def test_a_draft_is_offered_again_and_thrown_away(
    browser: Browser, db: Connection, clerk: Visitor, portal: Portal, town: Town
) -> None:
    """F76, F88: 查询 for a month that is drafted offers that draft; it is deleted after a question."""
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        order = await open_sheet(page, clerk)
        await page.goto(f"{portal.settings.origin}/employer/orders/new")
        await page.get_by_label("汇缴月份").fill("2020-04")
        await page.get_by_role("button", name="查询").click()
        await expect(page.get_by_role("dialog")).to_contain_text("已有一份草稿")
        opened.faults.clear()  # The browser itself notes the 409.
        await page.get_by_role("button", name="继续填写草稿").click()
        await expect(page).to_have_url(f"{portal.settings.origin}/employer/orders/{order}")
        await page.get_by_role("button", name="删除草稿").click()
        await page.get_by_role("button", name="删除", exact=True).click()
        await expect(page.get_by_text("还没有汇缴申请")).to_be_visible()
        assert 0 == await db.fetchval("SELECT count(*) FROM remittance_order")
        assert [] == opened.faults


async def test_a_sheet_is_filled_by_keyboard_alone(
    browser: Browser, clerk: Visitor, portal: Portal, town: Town
) -> None:
    """F83, F84: arrows lead from row to row and control to control, the space bar ticks, one Tab leads out of the rows."""
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        await open_sheet(page, clerk)
        await page.get_by_role("checkbox", name="列出的人全选或全不选").focus()
        for key in ("Tab", "ArrowDown", "Space", "ArrowRight"):
            await page.keyboard.press(key)
        await expect(page.get_by_role("checkbox", name="选择 员工2")).not_to_be_checked()
        await expect(page.get_by_label("员工2 的指定汇缴")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.type("12.34")
        await page.keyboard.press("Control+End")
        await expect(page.get_by_label("员工5 的指定汇缴")).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="立即提交")).to_be_focused()
        await expect(page.locator("#sheet-sum")).to_have_text("已选 4 人，合计 1,512.34 元")
        assert [] == opened.faults


@pytest.mark.timeout(300)  # Twenty thousand accounts are opened first.
async def test_twenty_thousand_rows_are_drawn_like_twenty(
    browser: Browser, db: Connection, clerk: Visitor, portal: Portal, town: Town
) -> None:
    """F80-F84: only what is in sight is in the page, the last row is reached, a column is pasted, the sums are exact."""
    await employ(db, town.employer, *(new_employee(serial) for serial in range(100, 20_095)))
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        order = await open_sheet(page, clerk)
        await expect(page.locator("#sheet-total")).to_have_text("10,000,000.00")
        assert await page.locator(".sheet-row").count() < 60
        await page.get_by_label("搜索员工").fill("员工20094")
        await expect(page.get_by_role("row", name="员工20094").get_by_text("▶ 当前结果")).to_be_visible()
        await page.get_by_label("员工20094 的指定汇缴").fill("0.01")
        await page.get_by_role("button", name="反选").click()
        await expect(page.locator("#sheet-count")).to_have_text("0")
        await page.get_by_role("button", name="全选", exact=True).click()
        await expect(page.locator("#sheet-total")).to_have_text("9,999,500.01")
        await page.get_by_label("搜索员工").fill("员工2")
        await page.get_by_label("员工2 的指定汇缴").evaluate(PASTE, "612.50\n" * 1_500)
        await expect(page.locator("#sheet-total")).to_have_text("10,168,250.01")
        await saved(page)
        assert (20_000, 1_016_825_001) == await sums_of(db, order)
        await submit(page)
        await expect(page.get_by_text("待审核").first).to_be_visible()
        assert [] == opened.faults


@in_every_look
async def test_the_pages_are_for_everybody(
    browser: Browser,
    db: Connection,
    clerk: Visitor,
    portal: Portal,
    town: Town,
    *,
    size: tuple[int, int],
    scheme: str,
) -> None:
    """Nothing that axe finds, nothing wider than the window: empty, with the longest names, searched, in conflict."""
    await employ(db, town.employer, new_employee(90, name=LONG[:100]), new_employee(91, file_amount=None))
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{portal.settings.origin}/employer/orders")
        await expect(page.get_by_text("还没有汇缴申请")).to_be_visible()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await page.goto(f"{portal.settings.origin}/employer/orders/new")
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        order = await open_sheet(page, clerk)
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        lump = await clerk.post("/orders", {"kind": "lump_missed", "months": {"first": "2019-10", "last": "2019-10"}})
        await page.goto(f"{portal.settings.origin}/employer/orders/{lump['id']}")
        await expect(page.get_by_label("员工1 的补缴金额")).to_be_visible()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await submitted(db, town.employer, line(town.people[0], START + 3))
        await page.goto(f"{portal.settings.origin}/employer/orders/{order}")
        await page.get_by_label("搜索员工").fill("员工")
        await page.get_by_label("员工2 的指定汇缴").fill("x")
        await expect(page.get_by_text("▶ 当前结果")).to_be_visible()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await page.goto(f"{portal.settings.origin}/employer/orders")
        await expect(page.get_by_role("link", name=f"编号 {order}")).to_be_visible()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        assert [] == opened.faults
