"""补缴 in a real browser: a page per month, the first page for all, missed months per person (F89-F95)."""

from playwright.async_api import Browser, Page, expect

from libsubsidy import Month
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.store.fund import START, employ, line, new_employee, submitted


async def type_amount(page: Page, who: str, column: str, yuan: str) -> None:
    """Type an amount into the sheet, and leave the field."""
    field = page.get_by_role("textbox", name=f"{who} 的{column}")
    await field.fill(yuan)
    await field.press("Tab")


async def test_a_long_back_payment_is_filled_in_once(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F89, F90, F93-F95: 14 months over a year's end are two orders; 全部应用第一页信息 asks first, names who cannot."""
    await employ(db, town.employer, new_employee(7, name="起缴早", start_month=START - 2))
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/orders/new")
        await page.get_by_role("radio", name="补以前月份没有缴的补贴").check()
        await page.get_by_label("补缴开始月份").fill("2018-11")
        await page.get_by_label("补缴结束月份").fill("2019-10")
        await expect(page.get_by_text("2018-11 至 2019-10，共 12 个月（首尾月份都算）。")).to_be_visible()
        split = page.get_by_role("button", name="分成 2 张补缴单")
        await expect(split).to_be_hidden()
        await page.get_by_label("补缴结束月份").fill("2019-12")
        await expect(page.get_by_text("按月补缴包含 14 个月，每次不可超过 12 个月")).to_be_visible()
        await expect(page.get_by_text("2019-11 至 2019-12（2 个月）")).to_be_visible()
        await split.click()
        await expect(page.get_by_role("tab")).to_have_count(12)
        first, second = await db.fetch("SELECT id FROM remittance_order ORDER BY first_month")
        for who, yuan in (("员工1", "400"), ("起缴早", "612.5")):
            await type_amount(page, who, "指定汇缴", yuan)
        await expect(page.get_by_role("tab", name="2018-11 2 人 1,012.50")).to_have_attribute("aria-selected", "true")
        march = page.get_by_role("tab", name="2019-03")
        await march.click()
        await expect(march).to_have_attribute("aria-selected", "true")
        await type_amount(page, "员工2", "指定汇缴", "1")
        await expect(page.get_by_role("tab", name="2019-03 1 人 1.00")).to_be_visible()
        apply = page.get_by_role("button", name="全部应用第一页信息")
        await apply.click()
        question = page.get_by_role("dialog", name="2019-03（共 1 个月）已填写的人员或金额与第一页不同")
        await question.get_by_role("button", name="取消").click()
        await expect(page.get_by_role("tab", name="2018-12 未填写")).to_be_visible()
        await apply.click()
        await question.get_by_role("button", name="覆盖").click()
        pages = page.get_by_role("region", name="补缴月份")
        # Eleven months of two people, the line that goes, and two months of one person in the second order.
        await expect(pages.get_by_text("已应用第一页（2018-11）：改动 25 行。")).to_be_visible()
        await expect(
            pages.get_by_text("起缴早在本单位没有进行过汇缴，汇缴开始月份是 2019-11，补缴的月份最晚为 2019-10")
        ).to_have_count(2)
        await expect(page.get_by_role("tab", name="2 人 1,012.50")).to_have_count(12)
        opened.faults.clear()  # The browser itself notes what was refused before the question.
        await apply.click()
        # Nothing more could be done, and yet not all months are like the first.
        await expect(
            pages.get_by_text("没有改动：第一页的人有 2 人次不能补缴，其他月份仍与第一页不同。")
        ).to_be_visible()
        await page.get_by_role("button", name="立即提交").click()
        await page.get_by_role("dialog").get_by_role("button", name="提交").click()
        await expect(page.get_by_text("待审核").first).to_be_visible()
        await page.get_by_role("link", name="第 2 张 2019-11 至 2019-12").click()
        await expect(pages.get_by_text("第 1 张 2018-11 至 2019-10")).to_be_visible()
        await expect(page.get_by_role("tab", name="2019-12 1 人 400.00")).to_be_visible()
        assert [] == opened.faults
    lines = await db.fetch("SELECT month, sum(amount_fen)::bigint AS fen FROM order_line GROUP BY 1 ORDER BY 1")
    assert [101250] * 12 + [40000] * 2 == [row["fen"] for row in lines]
    assert [(first["id"], "submitted"), (second["id"], "draft")] == [
        (row["id"], row["state"])
        for row in await db.fetch("SELECT id, state FROM remittance_order ORDER BY first_month")
    ]


async def test_a_range_is_judged_as_it_is_typed(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F89-F92: reversed, a lump sum's one month, whom the start-month rule binds; 查询 opens what was chosen."""
    await submitted(db, town.employer, *(line(each, START) for each in town.people[:4]))
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/orders/new")
        await page.get_by_role("radio", name="补以前月份没有缴的补贴").check()
        await page.get_by_label("补缴开始月份").fill("2020-03")
        await expect(page.get_by_label("补缴结束月份")).to_have_value("2020-03")
        await expect(
            page.get_by_text("员工5在本单位没有进行过汇缴，汇缴开始月份是 2020-01，补缴的月份最晚为 2019-12")
        ).to_be_visible()
        await page.get_by_label("补缴结束月份").fill("2020-01")
        await expect(page.get_by_text("起始月份 2020-03 晚于终止月份 2020-01")).to_be_visible()
        await page.get_by_label("一次性补缴（差额）").check()
        await expect(page.get_by_label("补缴结束月份")).to_be_hidden()
        await page.get_by_label("补缴月份").fill("2018-12")
        await page.get_by_role("radio", name="逐月补缴").check()
        await expect(page.get_by_label("补缴结束月份")).to_have_value("2020-01")  # As it was chosen.
        await page.get_by_label("一次性补缴（差额）").check()
        await page.get_by_label("补缴月份").fill("2019-12")
        await expect(page.get_by_text("2019-12，1 个月。")).to_be_visible()
        await page.get_by_role("button", name="查询").click()
        await expect(page.get_by_role("textbox", name="员工5 的补缴金额")).to_be_visible()
        assert [] == opened.faults
    (order,) = await db.fetch(
        "SELECT kind, first_month, last_month, line_count FROM remittance_order WHERE state = 'draft'"
    )
    assert ("lump_difference", START - 1, START - 1, 0) == (
        order["kind"],
        Month.of(order["first_month"]),
        Month.of(order["last_month"]),
        order["line_count"],
    )


async def test_the_offer_to_split_is_there_whenever_it_is_needed(
    browser: Browser, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F90: the same months again are judged again, and whoever presses 查询 for too many of them is led to the way out."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/orders/new")
        back = page.get_by_role("radio", name="补以前月份没有缴的补贴")
        await back.check()
        await page.get_by_label("补缴开始月份").fill("2018-11")
        await page.get_by_label("补缴结束月份").fill("2019-12")
        split = page.get_by_role("button", name="分成 2 张补缴单")
        await expect(split).to_be_visible()
        await page.get_by_role("radio", name="缴某一个月的补贴").check()
        await back.check()
        await expect(split).to_be_visible()
        await page.get_by_label("补缴结束月份").fill("")
        await expect(split).to_be_hidden()
        await page.get_by_label("补缴结束月份").fill("2019-12")
        await expect(split).to_be_visible()
        await page.get_by_role("button", name="查询").click()
        await expect(split).to_be_focused()


async def test_missed_months_are_chosen_for_each_person(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F91, F92, F95: 一次性补缴（漏缴）: an amount, then its months, by keyboard; why others cannot be; the same for all."""
    await submitted(db, town.employer, line(town.people[1], START))
    clerk = await visitor(PortalRole.EMPLOYER)
    order = await clerk.post("/orders", {"kind": "lump_missed", "months": {"first": "2019-12", "last": "2019-12"}})
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{portal.settings.origin}/employer/orders/{order['id']}")
        await expect(page.get_by_role("button", name="员工1 的漏缴月份：还没有选择")).to_be_disabled()
        for who in ("员工1", "员工2"):
            await type_amount(page, who, "补缴金额", "900")
        button = page.get_by_role("button", name="员工1 的漏缴月份")
        await button.focus()
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="员工1 的漏缴月份")
        await dialog.get_by_role("checkbox", name="11月").focus()
        await page.keyboard.press("Space")
        await dialog.get_by_role("button", name="下一年").click()
        await expect(dialog.get_by_text("2020 年")).to_be_visible()
        await expect(dialog.get_by_role("checkbox", name="1月", exact=True)).to_be_disabled()
        await dialog.get_by_text("有 12 个月不能选，为什么").click()
        await expect(dialog.get_by_text("补缴的月份最晚为 2019-12，2020-01不能补缴")).to_be_visible()
        await dialog.get_by_role("button", name="上一年").click()
        await dialog.get_by_role("checkbox", name="12月").check()
        await expect(dialog.get_by_text("已选 2 个月：2019-11、2019-12")).to_be_visible()
        await dialog.get_by_role("button", name="确定并应用到所有已选的人").click()
        await expect(dialog).to_be_hidden()
        await expect(page.get_by_role("button", name="员工2 的漏缴月份：2019-11、2019-12")).to_be_visible()
        await expect(button).to_be_focused()
        # Somebody else of them has another month, too.
        await page.get_by_role("button", name="员工2 的漏缴月份").click()
        other = page.get_by_role("dialog", name="员工2 的漏缴月份")
        await other.get_by_role("button", name="下一年").click()
        await expect(other.get_by_text("2020 年")).to_be_visible()
        await other.get_by_role("checkbox", name="2月", exact=True).check()
        await other.get_by_role("button", name="确定", exact=True).click()
        await expect(page.get_by_role("button", name="员工2 的漏缴月份：2019-11、2019-12、2020-02")).to_be_visible()
        await page.get_by_role("button", name="立即提交").click()
        await page.get_by_role("dialog").get_by_role("button", name="提交").click()
        await expect(page.get_by_text("待审核").first).to_be_visible()
        await expect(page.get_by_role("row", name="员工2").get_by_text("2019-11、2019-12、2020-02")).to_be_visible()
        assert [] == opened.faults
    claims = await db.fetch(
        "SELECT person_id, count(*) AS months FROM claim WHERE order_id = $1 GROUP BY 1 ORDER BY 1", int(order["id"])
    )
    assert [(town.people[0], 2), (town.people[1], 3)] == [tuple(row) for row in claims]


async def test_a_row_that_keeps_an_order_back_says_so_and_is_seen_whole(
    browser: Browser, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F91: whoever has no months yet is listed with the reason; at 1280 px no column is cut, nor is the reason."""
    clerk = await visitor(PortalRole.EMPLOYER)
    order = await clerk.post("/orders", {"kind": "lump_missed", "months": {"first": "2019-12", "last": "2019-12"}})
    async with window(browser, (1280, 800)) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{portal.settings.origin}/employer/orders/{order['id']}")
        frame = page.locator("#sheet-frame")
        await expect(page.get_by_role("row", name="员工1")).to_be_visible()
        assert await frame.evaluate("frame => frame.scrollWidth <= frame.clientWidth")
        await type_amount(page, "员工2", "补缴金额", "900")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_role("alert").get_by_text("有职工还没有选择漏缴月份，已列出")).to_be_visible()
        await expect(frame.get_by_role("row")).to_have_count(2)  # The heads, and who lacks them.
        why = page.get_by_role("row", name="员工2").get_by_text("还没有选择漏缴月份：请选择补的是哪些月份。")
        await expect(why).to_be_visible()
        await expect(page.get_by_role("button", name="员工2 的漏缴月份：还没有选择月份")).to_be_focused()
        # Less than half a line: letters may be higher than their line.
        assert await why.evaluate(
            "why => why.scrollHeight - why.clientHeight < 7 && why.scrollWidth <= why.clientWidth"
        )


async def test_months_without_anybody_are_named_before_they_are_submitted(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F93, F95: the confirmation says which months nobody is paid for; the heading says which month is being filled in."""
    clerk = await visitor(PortalRole.EMPLOYER)
    months = {"first": "2019-10", "last": "2019-12"}
    order = await clerk.post("/orders", {"kind": "monthly", "months": months})
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{portal.settings.origin}/employer/orders/{order['id']}")
        heading = page.get_by_role("heading", name="按月补缴 2019-10 至 2019-12")
        await expect(heading).to_contain_text("正在填写 2019-10")
        await page.get_by_role("tab", name="2019-11").click()
        await expect(heading).to_contain_text("正在填写 2019-11")
        await type_amount(page, "员工1", "指定汇缴", "400")
        await page.get_by_role("button", name="立即提交").click()
        dialog = page.get_by_role("dialog", name="2019-10、2019-12 没有职工，不会缴款。")
        await dialog.get_by_role("button", name="确认提交").click()
        await expect(page.locator("#order-title")).to_be_visible()
        assert [] == opened.faults
    assert 1 == await db.fetchval("SELECT line_count FROM remittance_order WHERE state = 'submitted'")


@in_every_look
async def test_the_pages_are_for_everybody(
    browser: Browser, portal: Portal, visitor: VisitorOf, size: tuple[int, int], scheme: str
) -> None:
    """Nothing that axe finds, nothing wider than the window: months with their parts, what was left out, the dialog."""
    clerk = await visitor(PortalRole.EMPLOYER)
    split = await clerk.post("/orders/split", {"months": {"first": "2019-01", "last": "2020-01"}})
    lump = await clerk.post("/orders", {"kind": "lump_missed", "months": {"first": "2019-12", "last": "2019-12"}})
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, clerk)
        await page.goto(f"{portal.settings.origin}/employer/orders/new")
        await page.get_by_role("radio", name="补以前月份没有缴的补贴").check()
        await page.get_by_label("补缴开始月份").fill("2018-12")
        await page.get_by_label("补缴结束月份").fill("2020-01")
        await expect(page.get_by_text("有 5 名职工受起缴月规则限制")).to_be_visible()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await page.goto(f"{portal.settings.origin}/employer/orders/{split['orders'][0]['id']}")
        await type_amount(page, "员工1", "指定汇缴", "400")
        await page.get_by_role("button", name="全部应用第一页信息").click()
        await expect(page.get_by_text("有 1 人次不能补缴，没有应用")).to_be_visible()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await page.goto(f"{portal.settings.origin}/employer/orders/{lump['id']}")
        await type_amount(page, "员工1", "补缴金额", "900")
        await page.get_by_role("button", name="员工1 的漏缴月份").click()
        await page.get_by_role("dialog").get_by_role("button", name="下一年").click()
        await page.get_by_text("有 12 个月不能选，为什么").click()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
