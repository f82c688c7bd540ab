"""Months as employers live them: 汇缴 by a clerk with five staff, by Excel with 20,000, and 补缴 across a year's end.

Each goes from a browser over the bureau's review to a bank statement that a reconciler reads, and ends with a page that
shows the money without being loaded anew (domain §5, P1 and P2; manual L366-L393).
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs
import openpyxl
import pytest
from playwright.async_api import Browser, Page, expect

from libsubsidy import FileAmount, Money, Month, OrganizationCode
from services.bus.publish import OutgoingStatement, publish_statement
from services.store import employees, employers
from services.store.accounts import register_account
from services.store.database import Connection, acting
from services.store.employers import NewEmployer
from tests.acceptance.portal_process import PASSWORD, PortalProcess, portal_process
from tests.portal.browser import Window, chromium, window
from tests.portal.conftest import login_url as login_url  # noqa: PLC0414 - a fixture.
from tests.portal.visitors import Visitor
from tests.reconciler.bank import ACCOUNT, Bank, Payment
from tests.reconciler.processes import reconciling
from tests.reconciler.town import money_of, proves
from tests.store.fund import BUREAU, new_employee

TODAY: Final = datetime.now(ZoneInfo("Asia/Shanghai")).date()
MONTH: Final = Month.of(TODAY)
LOGIN: Final = "PDY00001-X"
# P1 has ten minutes a month: repeating the last month and reading what to pay takes fewer clicks than this.
CLICKS_MAX: Final = 10
_COUNT_CLICKS: Final = """
addEventListener('click', function (event) {
  if (event.isTrusted) { sessionStorage.clicks = Number(sessionStorage.clicks || 0) + 1; }
}, true);
"""


@attrs.frozen(kw_only=True)
class Fund:
    """The portal of a fund with an account, one employer, a reviewer, and a bank that sends statements by queue."""

    portal: PortalProcess
    database: Connection
    reviewer: Visitor
    vhost_url: str
    bank: Bank

    async def hire(self, count: int, start: Month) -> None:
        """Open accounts for so many people, who are to be paid from a month on."""
        amount = FileAmount(effective=start - 24, amount=Money.parse("500"))
        people = [new_employee(serial, start_month=start, file_amount=amount) for serial in range(count)]
        async with acting(self.database, BUREAU):
            employer_id = await self.database.fetchval("SELECT id FROM employer WHERE code = '75256'")
            await employees.add(self.database, employer_id, people)

    async def remit(self, month: Month, *, typed: str) -> None:
        """Let the clerk remit a month for everybody, with another amount for the first, and the bureau approve it."""
        own = await self.portal.log_in(LOGIN)
        months = {"first": str(month), "last": str(month)}
        order = await own.post("/orders", {"kind": "regular", "months": months, "fill": True})
        (first, *_) = (await own.get("/employees"))["items"]
        lines = [{"employee_id": first["id"], "amount": typed}]
        order = await own.put(f"/orders/{order['id']}/lines", {"version": order["version"], "lines": lines})
        await own.post(f"/orders/{order['id']}/submit", {"version": order["version"], "total": order["total"]})
        await self.approve()

    async def approve(self) -> None:
        """Let the bureau approve the one order that waits."""
        (waiting,) = (await self.reviewer.get("/applications"))["items"]
        await self.reviewer.post(f"/applications/{waiting['id']}/approve", {"version": waiting["version"]})

    async def transfer(self, memo: str, amount: str) -> None:
        """Send the bank's statement of one payment, as the bank does: by the queue."""
        payment = Payment(fen=Money.parse(amount).fen, memo=memo, day=TODAY)
        statement = OutgoingStatement(
            source="demo-bank", filename="day.ofx", body=self.bank.statement([payment]), packed=True
        )
        await publish_statement(self.vhost_url, statement)


@pytest.fixture
async def fund(db: Connection, login_url: str, vhost_url: str) -> AsyncIterator[Fund]:
    """The fund, with a reconciler beside the portal."""
    async with acting(db, BUREAU):
        await register_account(db, number=ACCOUNT, name="住房补贴专户", source="demo-bank")
        code = OrganizationCode.parse(LOGIN)
        await employers.register(db, NewEmployer(name="示范学校", org_code=code, code="75256", initialised=True))
    async with portal_process(login_url) as portal, reconciling(login_url, amqp_url=vhost_url):
        await portal.add_user("--role", "employer", "--employer", "75256", "--name", "示范学校人事")
        await portal.add_user("--role", "reviewer", "--login", "shenhe", "--name", "审核员")
        yield Fund(portal=portal, database=db, reviewer=await portal.log_in("shenhe"), vhost_url=vhost_url, bank=Bank())


@asynccontextmanager
async def clerk(fund: Fund, browser: Browser) -> AsyncIterator[Window]:
    """Open a browser in which the employer's clerk has logged in; nothing may go wrong in it."""
    async with window(browser, accept_downloads=True) as opened:
        page = opened.page
        await page.goto(fund.portal.origin)
        await page.get_by_label("账号").fill(LOGIN)
        await page.get_by_label("密码", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="登录", exact=True).click()
        await expect(page.get_by_role("heading", name="首页", exact=True)).to_be_visible()
        yield opened
        assert [] == opened.faults


async def begin(page: Page) -> None:
    """点击导航栏的【汇缴申请】，点击新增汇缴申请 (manual L366-L367)."""
    await page.get_by_role("link", name="汇缴申请", exact=True).first.click()
    await page.get_by_role("link", name="新增汇缴申请").first.click()


async def hand_in(page: Page, count: int, total: str) -> None:
    """人员和金额核对正确后，点击【立即提交】即可 (manual L376)."""
    await expect(page.locator("#sheet-count")).to_have_text(f"{count:,}")
    await expect(page.locator("#sheet-total")).to_have_text(total)
    await page.get_by_role("button", name="立即提交").click()
    await page.get_by_role("button", name="确认提交").click()
    await expect(page.get_by_text("待审核").first).to_be_visible()


async def pay(fund: Fund, page: Page, total: str) -> None:
    """The bureau approves; the notice tells what to pay; the bank's statement comes, and the page shows what became of it."""
    await fund.approve()
    await page.get_by_role("link", name=re.compile("^缴费通知")).first.click()
    await page.get_by_role("link", name=re.compile("75256x")).first.click()
    await page.get_by_role("button", name="复制摘要").click()
    await expect(page.get_by_text(f"{total} 元").first).to_be_visible()
    memo = await page.locator(".memo-large").inner_text()
    await fund.transfer(f"{memo}，{MONTH.year}年{MONTH.month}月份雇员汇缴款", total.replace(",", ""))
    await expect(page.get_by_role("heading", name="已入账", exact=True)).to_be_visible(timeout=60_000)
    assert proves(await money_of(fund.database))


async def test_p1_repeats_last_month_and_pays_in_under_ten_clicks(fund: Fund) -> None:
    """F76-F88, F96-F106: five staff, amounts as last month, everybody ticked: submitted, approved, paid, credited."""
    await fund.hire(5, MONTH - 2)
    await fund.remit(MONTH - 1, typed="620")
    async with chromium() as browser, clerk(fund, browser) as opened:
        page = opened.page
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await page.add_init_script(_COUNT_CLICKS)
        await page.reload()
        await begin(page)
        await page.get_by_role("button", name="查询").click()
        await hand_in(page, 5, "2,620.00")
        await pay(fund, page, "2,620.00")
        assert CLICKS_MAX > int(await page.evaluate("sessionStorage.clicks"))


@pytest.mark.timeout(400)
async def test_p2_pays_twenty_thousand_by_excel(fund: Fund) -> None:
    """F80-F87, P2: the month's amounts go out to Excel, come back changed, are compared with the draft, and are paid."""
    await fund.hire(20_000, MONTH - 2)
    async with chromium() as browser, clerk(fund, browser) as opened:
        page = opened.page
        await begin(page)
        await page.get_by_role("button", name="查询").click()
        await expect(page.locator("#sheet-count")).to_have_text("20,000")
        await page.get_by_role("link", name="上传金额表").click()
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="导出Excel").click()
        body = changed(Path(await (await coming.value).path()), {2: "620.50", 20_001: "480"})
        file: Any = {"name": "金额.xlsx", "mimeType": "application/octet-stream", "buffer": body}
        await page.locator("#importing-file").set_input_files(file)
        await expect(page.get_by_text("有变化 2 人")).to_be_visible(timeout=60_000)
        await page.get_by_role("button", name="套用到草稿").click()
        await hand_in(page, 20_000, "10,000,100.50")
        await pay(fund, page, "10,000,100.50")
    assert 20_000 == await fund.database.fetchval("SELECT count(*) FROM ledger_entry")


async def test_twelve_months_across_a_years_end_are_back_paid(fund: Fund) -> None:
    """F89-F95: a page per month, 全部应用第一页信息, one order; every month stands in the ledgers once."""
    last = MONTH - 1 if MONTH.month > 1 else MONTH - 2
    await fund.hire(3, MONTH)
    async with chromium() as browser, clerk(fund, browser) as opened:
        page = opened.page
        await begin(page)
        await page.get_by_role("radio", name=re.compile("^补缴")).check()
        await page.get_by_label("补缴开始月份").fill(str(last - 11))
        await page.get_by_label("补缴结束月份").fill(str(last))
        await expect(page.get_by_text("共 12 个月")).to_be_visible()
        await page.get_by_role("button", name="查询").click()
        await expect(page.locator("#sheet-count")).to_have_text("3")
        await page.get_by_label("员工1 的指定汇缴").fill("450")
        await page.get_by_role("button", name="全部应用第一页信息").click()
        await expect(page.locator("#sheet-order-total")).to_have_text("17,400.00")
        await page.get_by_role("tab", name=re.compile(f"^{last}")).click()
        await hand_in(page, 3, "1,450.00")
        await pay(fund, page, "17,400.00")
    credited = await fund.database.fetch(
        "SELECT month, sum(amount_fen) FROM ledger_entry GROUP BY month ORDER BY month"
    )
    assert [((last - 11 + step).first_day, 145_000) for step in range(12)] == [tuple(row) for row in credited]


def changed(file: Path, amounts: dict[int, str]) -> bytes:
    """Type other amounts (指定汇缴) into the rows of a list, as a person does, and save it."""
    book = openpyxl.load_workbook(BytesIO(file.read_bytes()))
    sheet = book.worksheets[0]
    heads = {str(cell.value).strip("* "): number for number, cell in enumerate(sheet[1], start=1)}
    for row, amount in amounts.items():
        sheet.cell(row=row, column=heads["指定汇缴"], value=float(amount))
    output = BytesIO()
    book.save(output)
    return output.getvalue()
