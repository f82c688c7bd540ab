"""职工管理 in a browser: found, narrowed, sorted, opened, taken away; by people and for everybody."""

import io
import re

import openpyxl
from playwright.async_api import Browser, Page, expect

from libsubsidy import EmploymentState, FileAmount, Money
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store import change_records, employees
from services.store.change_records import NewRecord
from services.store.database import Connection, acting
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.store import fund
from tests.store.fund import BUREAU, START, id_number, new_employee

# Of the supplementary ideographic plane, as some names are.
RARE = "𠮷野𫞩"
LONG_NAME = "买买提·吐尔逊·阿卜杜热西提·" * 6


async def furnish(db: Connection, town: Town) -> None:
    """Let there be people of all kinds: rare and equal names, states, ranks, a start month that is missing."""
    await fund.employ(
        db,
        town.employer,
        new_employee(21, name="张伟", name_pinyin="zhang wei", rank="正科", mobile="13800000021"),
        new_employee(22, name="张伟", name_pinyin="zhang wei", rank="副科"),
        new_employee(23, name=RARE, name_pinyin="ji ye", state=EmploymentState.SEALED),
        new_employee(24, name="买买提·吐尔逊", name_pinyin="mai mai ti tu er xun", start_month=None, file_amount=None),
    )
    lines = [fund.line(person, START, Money.parse("123.45")) for person in town.people[:2]]
    await fund.pay(db, await fund.approve(db, await fund.submitted(db, town.employer, *lines)))
    async with acting(db, BUREAU):
        await db.execute(
            "INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen) VALUES ($1, $2, $3, 'backfill', 5)",
            town.people[0],
            town.employer.id,
            (START - 1).first_day,
        )


async def opened_list(page: Page, portal: Portal, query: str = "") -> None:
    """Open 职工管理."""
    await page.goto(f"{portal.settings.origin}/employer/employees{query}")


async def test_people_are_found_narrowed_sorted_and_opened(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F29, F30, F32: by name, pinyin and number; the address keeps what is shown, so that 返回 comes back to it."""
    await furnish(db, town)
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.get_by_role("navigation", name="侧边导航").get_by_role("link", name="职工管理").click()
        rows = page.get_by_role("row")
        await expect(rows).to_have_count(1 + 9)
        search = page.get_by_label("姓名、拼音或身份证号码")
        for typed, names in (
            (RARE[0], [RARE]),
            ("mmt", ["买买提·吐尔逊"]),
            ("zhangwei", ["张伟", "张伟"]),
            (str(id_number(22))[-6:], ["张伟"]),
            ("·", ["买买提·吐尔逊"]),
        ):
            await search.fill(typed)
            await expect(page.get_by_role("rowheader")).to_have_text(names)
        await search.fill("张伟")
        await page.get_by_label("级别", exact=True).select_option("副科")
        await expect(page.get_by_role("rowheader")).to_have_count(1)
        await expect(page).to_have_url(re.compile("rank=%E5%89%AF%E7%A7%91"))
        await page.get_by_role("link", name=re.compile("详细资料 张伟")).click()
        await expect(page.get_by_text(str(id_number(22)))).to_be_visible()
        await page.go_back()
        await expect(page.get_by_role("rowheader")).to_have_text(["张伟"])
        await expect(page.get_by_label("级别", exact=True)).to_have_value("副科")
        await page.get_by_role("link", name="清除条件").click()
        await expect(rows).to_have_count(1 + 9)
        column = page.get_by_role("columnheader", name="累计缴纳金额")
        for direction in ("ascending", "descending"):
            await column.get_by_role("link").click()
            await expect(column).to_have_attribute("aria-sort", direction)
        await expect(page.get_by_role("rowheader").first).to_have_text("员工1")
        await search.fill("员工")
        await expect(rows).to_have_count(1 + 5)
        await expect(page.get_by_role("columnheader", name="累计缴纳金额")).to_have_attribute("aria-sort", "descending")
        assert [] == opened.faults


async def test_filters_that_make_no_sense_are_told(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F29: a wrong amount is named and passed over, the others count; whoever lacks the start month is found."""
    await furnish(db, town)
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await opened_list(page, portal)
        await page.get_by_text("更多条件").click()
        await page.get_by_label("每月缴费金额，从").fill("五百")
        await page.get_by_label("每月缴费金额，从").press("Tab")
        await expect(page.get_by_role("alert").filter(has_text="五百")).to_be_visible()
        await expect(page.get_by_role("rowheader")).to_have_count(9)
        await page.get_by_label("每月缴费金额，从").fill("")
        await page.get_by_label("每月缴费金额，从").press("Tab")
        await expect(page.get_by_role("alert").filter(has_text="五百")).to_have_count(0)
        await page.get_by_label("只看没有填写开始月份的").check()
        await expect(page.get_by_role("rowheader")).to_have_text(["买买提·吐尔逊"])
        await page.get_by_label("状态", exact=True).select_option("封存")
        await expect(page.get_by_text("没有符合条件的职工")).to_be_visible()
        assert [] == opened.faults


async def test_the_narrowed_list_is_taken_away(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F31: 导出EXCEL表 holds who is shown, on all pages, sorted as shown, with whole numbers and names of any script."""
    await furnish(db, town)
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await opened_list(page, portal, "?sort=-id_number&size=10")
        await page.get_by_label("姓名、拼音或身份证号码").fill("ji")
        await expect(page.get_by_role("rowheader")).to_have_text([RARE])
        async with page.expect_download() as started:
            await page.get_by_role("link", name="导出EXCEL表").click()
        download = await started.value
        assert download.suggested_filename.startswith("职工管理 单位1")
        sheet = openpyxl.load_workbook(io.BytesIO((await download.path()).read_bytes())).worksheets[0]
        assert [str(id_number(23)), RARE] == [cell.value for cell in sheet[2][:2]]
        assert 2 == sheet.max_row
        assert [] == opened.faults


async def test_the_file_of_one_employee_is_shown_whole(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F32, F33, F35: file, amounts by month, the ledger year by year with its orders, what was changed by whom."""
    await furnish(db, town)
    one = town.people[0]
    async with acting(db, BUREAU):
        amount = FileAmount(effective=START + 6, amount=Money.parse("600"))
        await employees.set_file_amounts(db, town.employer.id, {one: amount})
        employment = await db.fetchval("SELECT id FROM employment WHERE person_id = $1", one)
        await change_records.add(
            db,
            [
                NewRecord(
                    employer_id=town.employer.id, employment_id=employment, field="rank", before="科员", after="正科"
                )
            ],
        )
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/employees/{one}")
        await expect(page.get_by_text(str(id_number(1)))).to_be_visible()
        await expect(page.locator(".figures")).to_contain_text("123.50")
        ledger = page.locator("#ledger")
        await expect(ledger.get_by_role("row")).to_have_count(2)
        await expect(ledger.get_by_role("cell", name="2020-01")).to_be_visible()
        await expect(ledger.get_by_role("cell", name="汇缴")).to_be_visible()
        order_id = await db.fetchval("SELECT min(id) FROM remittance_order")
        await expect(ledger.get_by_role("link", name=str(order_id), exact=True)).to_be_visible()
        await ledger.get_by_role("link", name="2019 年").click()
        await expect(ledger.get_by_role("cell", name="历史补录")).to_be_visible()
        await expect(ledger.get_by_role("row")).to_have_count(2)
        records = page.locator("#records")
        await expect(records.get_by_text("正科")).to_be_visible()
        await expect(records.get_by_text("住建局")).to_be_visible()
        amounts = page.locator("section", has=page.get_by_role("heading", name="每月缴费金额"))
        await expect(amounts.get_by_text("现在使用")).to_be_visible()
        assert [] == opened.faults


async def test_a_forgotten_password_is_reset_once_and_told(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F34: after a confirmation, by keyboard; shown once, gone after a reload, told by SMS, and written into the history."""
    await furnish(db, town)
    one = await db.fetchval("SELECT id FROM person WHERE mobile = '13800000021'")
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/employees/{one}#password")
        await page.get_by_role("button", name="重置个人平台密码").press("Enter")
        await page.get_by_role("dialog").get_by_role("button", name="取消").press("Enter")
        assert 0 == await db.fetchval("SELECT count(*) FROM sms_message")
        await page.get_by_role("button", name="重置个人平台密码").press("Enter")
        await page.get_by_role("dialog").get_by_role("button", name="确认重置").press("Enter")
        await expect(page.locator("#password-once")).to_contain_text("138****0021")
        password = await page.locator("#password-text").text_content()
        assert password
        assert "13800000021" == await db.fetchval("SELECT mobile FROM sms_message")
        await page.reload()
        await expect(page.get_by_text(password)).to_have_count(0)
        await expect(page.locator("#records").get_by_text("个人平台密码")).to_be_visible()
        await page.goto(f"{portal.settings.origin}/employer/employees/{town.people[0]}")
        await expect(page.get_by_text("该职工没有登记手机号码")).to_be_visible()
        assert [] == opened.faults


async def test_employees_of_others_are_not_there(db: Connection, town: Town, visitor: VisitorOf) -> None:
    """I31: the page, the ledger and the records of a number are the same before anybody has it and when others do."""
    somebody = await visitor(PortalRole.EMPLOYER)
    number = max(*town.people, *town.strangers) + 1

    async def told() -> list[tuple[int, str]]:
        answers = []
        for part in ("", "/ledger", "/records"):
            path = f"{somebody.origin}/employer/employees/{number}{part}"
            async with somebody.http.get(path, headers=somebody.headers) as response:
                answers.append((response.status, await response.text()))
        return answers

    before = await told()
    assert (number,) == await fund.employ(db, town.other, new_employee(99))
    assert ([404, 404, 404], before) == ([status for status, _ in before], await told())


@in_every_look
async def test_the_pages_are_for_everybody(
    browser: Browser,
    db: Connection,
    town: Town,
    portal: Portal,
    visitor: VisitorOf,
    *,
    size: tuple[int, int],
    scheme: str,
) -> None:
    """Empty, full and with the longest names: nothing for axe, nothing beyond the edge."""
    somebody = await visitor(PortalRole.EMPLOYER)
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, somebody)
        await opened_list(page, portal, "?search=nobody")
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await furnish(db, town)
        await db.execute("UPDATE person SET name = $1 WHERE id = $2", LONG_NAME, town.people[0])
        await opened_list(page, portal)
        await page.get_by_text("更多条件").click()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await page.goto(f"{portal.settings.origin}/employer/employees/{town.people[0]}")
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        assert [] == opened.faults
