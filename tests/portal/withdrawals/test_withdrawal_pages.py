"""The pages of 支取申请 and 支取支付, in a real browser: from the picker to the employee's own ledger (F113-F115)."""

import re
from html import unescape
from typing import Any

import attrs
import pytest
from playwright.async_api import Browser, Page, expect

from libsubsidy import Money, Month, WithdrawalState
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.portal.withdrawals.bureau_pages import TABS
from services.store import application_decisions, posting
from services.store.database import Connection, acting
from services.store.posting import OpeningBalance
from tests.portal.browser import NARROW, enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.portal.papers import PHOTO, jpeg, upload
from tests.portal.visitors import Visitor
from tests.store.fund import BUREAU, START, approve, id_number, line, pay, submitted

LONG = "示范市国有资产经营管理集团有限责任公司第十二分公司人力资源与社会保障部" * 5


@pytest.fixture
async def funded(db: Connection, town: Town) -> Town:
    """The town, after the first employee's ledger was credited 500 yuan."""
    await pay(db, await approve(db, await submitted(db, town.employer, line(town.people[0], START))))
    return town


async def hand_in(page: Page, *slots: str) -> None:
    """Choose a file for each slot, and wait until it is stored."""
    for slot in slots:
        paper: Any = {"name": PHOTO, "mimeType": "application/octet-stream", "buffer": jpeg()}
        await page.get_by_label(f"选择文件：{slot}").set_input_files([paper])
        await expect(page.get_by_role("table", name=slot).get_by_text("上传成功")).to_be_visible()


async def decide(browser: Browser, portal: Portal, reviewer: Visitor, reason: str = "") -> None:
    """Let the reviewer take the first application of the queue, look at it, and approve it, or return it."""
    async with window(browser) as opened:
        page = await enter(opened, portal, reviewer)
        await page.get_by_role("link", name="的支取申请").first.click()
        await expect(page.get_by_text("支取内容")).to_be_visible()
        await expect(page.locator("[data-available]")).to_have_text("500.00")
        await expect(page.get_by_text("购买住房需要的证明：购房合同")).to_be_visible()
        if reason:
            await page.get_by_role("button", name="退回", exact=True).click()
            await page.get_by_label("退回原因").fill(reason)
            await page.get_by_role("button", name="确认退回").click()
        else:
            await page.get_by_role("button", name="通过", exact=True).click()
        await expect(page.get_by_role("heading", name="待审核", exact=True)).to_be_visible()
        assert [] == opened.faults


async def asked(visitor: Visitor, town: Town, amount: str = "300", **other: Any) -> dict[str, Any]:
    """Ask by the API."""
    slots = ("id_card", "proof", *other.pop("slots", ()))
    papers = [(await upload(visitor, jpeg(), purpose="withdrawal", slot=slot))["id"] for slot in slots]
    payee = {"payee_name": "员工1", "payee_bank": "某银行", "payee_account": "622200000000123"}
    body = {"employee_id": str(town.people[0]), "reason": "01", "amount": amount, "attachments": papers}
    made: dict[str, Any] = await visitor.post("/withdrawals", body | payee | other)
    return made


async def test_money_is_asked_for_and_paid_as_the_manual_tells(
    browser: Browser, funded: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F113-F115: the employee, what there is, reason, payee, papers; returned, mended, approved, paid, seen by whose it is."""
    reviewer, employee = await visitor(PortalRole.REVIEWER), await visitor(PortalRole.EMPLOYEE)
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await picked(page)
        await expect(page.locator("[data-available]")).to_have_text("500.00")
        await expect(page.get_by_label("收款人")).to_have_value("员工1")
        await expect(page.get_by_role("button", name="立即提交")).to_be_disabled()
        await page.get_by_label("支取原因").select_option(label="死亡")
        await expect(page.get_by_label("收款人")).to_have_value("")
        await hand_in(page, "职工身份证", "支取证明材料")
        await expect(page.get_by_text("缺少必需的附件“继承关系证明”")).to_be_visible()
        await page.get_by_label("支取原因").select_option(label="购买住房")
        await expect(page.get_by_text("需要的证明：购房合同")).to_be_visible()
        await expect(page.get_by_label("收款人")).to_have_value("员工1")
        await page.get_by_role("button", name="全部支取").click()
        await expect(page.get_by_label("支取金额")).to_have_value("500.00")
        await page.get_by_label("支取金额").fill("500.01")
        await page.get_by_label("开户银行").fill("某银行江门支行")
        await page.get_by_label("银行账号").fill("6222 0000 0000 123")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_role("alert").filter(has_text="可支取 500.00 元")).to_be_visible()
        opened.faults.clear()  # The browser itself notes the 422.
        await page.get_by_label("支取金额").fill("300")
        await page.get_by_role("button", name="立即提交").press("Enter")
        await expect(page.get_by_role("heading", name="查看支取申请")).to_be_visible()
        await expect(page.get_by_text("622200000000123")).to_be_visible()
        await decide(browser, portal, reviewer, reason="购房合同不清晰")
        await page.reload()
        await expect(page.get_by_text("退回原因：购房合同不清晰")).to_be_visible()
        await page.get_by_role("link", name="修改后重新提交").click()
        await page.get_by_label("支取金额").fill("250")
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_role("heading", name="查看支取申请")).to_be_visible()
        await decide(browser, portal, reviewer)
        await paid_by_finance(browser, portal, await visitor(PortalRole.FINANCE_MAKER))
        await page.get_by_role("link", name="返回列表").click()
        await expect(page.get_by_role("row", name="员工1")).to_contain_text("已支付")
        assert [] == opened.faults
    async with window(browser, NARROW) as opened:
        page = await enter(opened, portal, employee)
        own = page.locator("#section-withdrawals")
        await expect(own.get_by_text("已支付")).to_be_visible()
        await expect(own).to_contain_text("可支取金额（元）")
        await expect(page.locator("#section-ledger").get_by_text("−250.00")).to_be_visible()
        assert [] == opened.faults


async def picked(page: Page) -> None:
    """Go from the menu to the form of the first employee."""
    await page.locator("#side").get_by_role("link", name="支取申请", exact=True).click()
    await expect(page.get_by_text("还没有支取申请")).to_be_visible()
    await page.get_by_role("link", name="新增支取申请").first.click()
    await expect(page.get_by_role("dialog", name="选择员工")).to_be_visible()
    await page.get_by_label("搜索员工").fill(str(id_number(1)))
    await page.get_by_role("button", name="选择 员工1").click()


async def paid_by_finance(browser: Browser, portal: Portal, finance: Visitor) -> None:
    """Let finance tell the bank, hear that it failed, try again, and note that it is booked; by buttons alone."""
    async with window(browser) as opened:
        page = await enter(opened, portal, finance)
        await page.locator("#side").get_by_role("link", name="支取支付").click()
        await page.get_by_role("link", name="办理 员工1").click()
        await page.get_by_role("button", name="开始支付").click()
        await page.get_by_role("button", name="已提交银行").click()
        await page.get_by_role("button", name="登记支付失败").click()
        await page.get_by_label("失败原因").fill("账号与户名不符")
        await page.get_by_role("button", name="确认登记支付失败").click()
        await expect(page.get_by_role("note").filter(has_text="账号与户名不符")).to_be_visible()
        await page.get_by_role("button", name="重新支付").click()
        await page.get_by_role("dialog").get_by_role("button", name="重新支付").click()
        await page.get_by_role("button", name="开始支付").click()
        await page.get_by_role("button", name="已提交银行").click()
        await page.get_by_role("button", name="登记已支付").click()
        await page.get_by_label("银行流水号").fill("B-20200915-1")
        await page.get_by_role("button", name="确认已支付").click()
        await expect(page.get_by_role("row", name="B-20200915-1")).to_contain_text("已支付")
        await expect(page.get_by_role("button", name="登记银行退票")).to_be_visible()
        assert [] == opened.faults


async def test_finance_confirms_openings(
    browser: Browser, db: Connection, funded: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """Design §12: the maker sees what waits, the checker confirms the sum, and it can be withdrawn."""
    async with acting(db, BUREAU):
        balance = OpeningBalance(month=Month(2019, 12), amount=Money.parse("51"))
        await posting.open_balances(db, funded.employer.id, {funded.people[0]: balance})
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.FINANCE_MAKER))
        await page.locator("#side").get_by_role("link", name="期初余额确认").click()
        await expect(page.get_by_role("row", name="单位1")).to_contain_text("由财务复核确认")
        assert [] == opened.faults
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.FINANCE_CHECKER))
        await page.goto(f"{portal.settings.origin}/bureau/opening-balances")
        await page.get_by_role("button", name="确认 单位1 的期初余额").click()
        await expect(page.get_by_role("dialog")).to_contain_text("51.00 元已在资金专户中吗")
        await page.get_by_role("dialog").get_by_role("button", name="确认").click()
        await expect(page.get_by_text("没有待确认的期初余额")).to_be_visible()
        assert [] == opened.faults
    clerk = await visitor(PortalRole.EMPLOYER)
    assert "551.00" == (await clerk.get(f"/employees/{funded.people[0]}/withdrawable"))["available"]


@in_every_look
async def test_every_page_of_withdrawals_is_for_everybody(
    browser: Browser,
    db: Connection,
    funded: Town,
    portal: Portal,
    visitor: VisitorOf,
    *,
    size: tuple[int, int],
    scheme: str,
) -> None:
    """With the longest names: no violation for axe, nothing beyond the edge, no error in any script."""
    clerk, finance = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.FINANCE_CHECKER)
    heir = {"reason": "08", "payee_name": LONG[:100], "payee_bank": LONG[:200], "remark": LONG[1:201]}
    await db.execute("UPDATE employer SET name = $1", LONG[:200])
    await db.execute("UPDATE person SET name = $1", LONG[100:200].ljust(100, "长"))
    returned = await asked(clerk, funded, "1.00", slots=["heir_proof"], **heir)
    given_back = await asked(clerk, funded, "2.00", slots=["heir_proof"], **heir)
    waits = await asked(clerk, funded, "3.00", slots=["heir_proof"], **heir)
    # Not by the user whose number the tests' bureau has.
    async with acting(db, attrs.evolve(BUREAU, name="user/777")):
        await application_decisions.send_back(db, int(returned["id"]), 1, LONG[:500])
        await application_decisions.approve(db, int(given_back["id"]), 1)
        opening = OpeningBalance(month=Month(2019, 12), amount=Money(fen=10**12))
        await posting.open_balances(db, funded.employer.id, {funded.people[0]: opening})
    desk = f"/bureau/withdrawals/{given_back['id']}"
    for act, facts in (("pay", {}), ("failed", {"reason": LONG[:500]})):
        version = (await finance.get(f"/withdrawals/{given_back['id']}"))["withdrawal"]["version"]
        await finance.post(f"/withdrawals/{given_back['id']}/{act}", {"version": version, **facts})
    own, listed = "/employer/withdrawals", f"/employer/withdrawals/{returned['id']}"
    for somebody, paths in (
        (clerk, (own, f"{own}/new", f"{own}/new?employee={funded.people[0]}", listed, f"{listed}/edit")),
        (clerk, (f"{own}/{given_back['id']}",)),
        (finance, ("/bureau/withdrawals?state=failed", desk, "/bureau/opening-balances")),
        (await visitor(PortalRole.REVIEWER), (f"/bureau/applications/{waits['application']}",)),
        (await visitor(PortalRole.EMPLOYEE), ("/",)),
    ):  # fmt: skip
        async with window(browser, size, scheme) as opened:
            page = await enter(opened, portal, somebody)
            for path in paths:
                await page.goto(f"{portal.settings.origin}{path}")
                assert ([], 0) == (await opened.violations(), await opened.overhang()), path
            assert [] == opened.faults


async def test_nobody_fills_in_a_form_in_vain(funded: Town, visitor: VisitorOf, portal: Portal) -> None:
    """F114: whose account has nothing, or nothing left, is told so at once, with the way out, and there is no form."""
    clerk = await visitor(PortalRole.EMPLOYER)
    await asked(clerk, funded, "500")
    for person, told in ((funded.people[0], "500.00 元正在支取办理中"), (funded.people[1], "请等缴款入账后再办")):
        address = f"{portal.settings.origin}/employer/withdrawals/new?employee={person}"
        async with clerk.http.get(address, headers=clerk.headers) as response:
            text = await response.text()
        assert (True, False) == (told in text, "立即提交" in text)


async def test_pages_of_another_employers_withdrawals_do_not_exist(
    funded: Town, visitor: VisitorOf, portal: Portal
) -> None:
    """I31: view and form answer 404, and so does the form for another employer's employee; what waits has no form."""
    ours, theirs = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.EMPLOYER, employer_id=funded.other.id)
    path = f"/employer/withdrawals/{(await asked(ours, funded))['id']}"
    for someone, address, status in (
        (ours, path, 200),
        (theirs, path, 404),
        (theirs, f"{path}/edit", 404),
        (theirs, f"/employer/withdrawals/new?employee={funded.people[0]}", 404),
        (ours, f"{path}/edit", 409),
    ):
        async with ours.http.get(portal.settings.origin + address, headers=someone.headers) as response:
            assert (address, status) == (address, response.status)


async def test_the_desk_answers_every_address(funded: Town, visitor: VisitorOf, portal: Portal) -> None:
    """A state that has no tab, or is none, shows what is to be paid, whatever was asked for, returned or taken back."""
    clerk, reviewer = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.REVIEWER)
    returned, retracted = await asked(clerk, funded, "1.00"), await asked(clerk, funded, "2.00")
    await reviewer.post(f"/applications/{returned['application']}/return", {"version": 1, "reason": "不清晰"})
    await clerk.post(f"/applications/{retracted['application']}/retract", {"version": 1})
    await asked(clerk, funded, "3.00")
    finance = await visitor(PortalRole.FINANCE_MAKER)
    for state in (*(each.value for each in WithdrawalState), "all", ""):
        address = f"{portal.settings.origin}/bureau/withdrawals?state={state}"
        async with finance.http.get(address, headers=finance.headers) as response:
            assert (state, 200) == (state, response.status)
            tab = state if state in {each.value for each in TABS} else "approved"
            assert f'state={tab}" aria-current="page"' in await response.text()


async def test_pages_follow_a_withdrawal_by_themselves(
    browser: Browser, funded: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """From the approval to 退票 each step is on the employer's page and list, and on finance's desk, and nobody reloads."""
    clerk, reviewer = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.REVIEWER)
    finance = await visitor(PortalRole.FINANCE_MAKER)
    made = await asked(clerk, funded)
    path = f"/withdrawals/{made['id']}"

    async def act(name: str, **facts: str) -> None:
        version = (await finance.get(path))["withdrawal"]["version"]
        await finance.post(f"{path}/{name}", {"version": version, **facts})

    async with window(browser) as one, window(browser) as two, window(browser) as three, window(browser) as four:
        own, listed = await enter(one, portal, clerk), await enter(two, portal, clerk)
        desk, payment = await enter(three, portal, finance), await enter(four, portal, finance)
        views = {own: f"/employer{path}", listed: "/employer/withdrawals", desk: "/bureau/withdrawals"}
        for page, address in views.items():
            await page.goto(portal.settings.origin + address)
            await expect(page.locator("#live")).to_have_attribute("data-state", "open")
            await page.evaluate("document.body.dataset.stays = 'yes'")
        step = own.get_by_role("navigation", name="办理进度").locator("[aria-current=step]")
        await expect(step).to_have_text("审核")
        await expect(own.get_by_role("button", name="撤回")).to_be_visible()
        await reviewer.post(f"/applications/{made['application']}/approve", {"version": 1})
        await expect(step).to_have_text("支付")
        await expect(own.get_by_role("button", name="撤回")).to_have_count(0)
        await expect(listed.get_by_role("row", name="员工1")).to_contain_text("待支付")
        await expect(desk.get_by_role("row", name="员工1")).to_be_visible()
        await expect(desk.get_by_role("link", name="待支付 1")).to_be_visible()
        await payment.goto(f"{portal.settings.origin}/bureau{path}")
        await expect(payment.locator("#live")).to_have_attribute("data-state", "open")
        await payment.get_by_role("button", name="退回余额").click()
        await payment.get_by_label("退回原因").fill("写到一半")
        await act("pay")
        await expect(listed.get_by_role("row", name="员工1")).to_contain_text("支付中")
        await expect(desk.get_by_role("link", name="支付中 1")).to_be_visible()
        await expect(desk.get_by_text("没有“待支付”的支取")).to_be_visible()
        # What somebody is writing stays; it is looked at anew when the window is closed.
        await expect(payment.get_by_label("退回原因")).to_have_value("写到一半")
        await payment.get_by_role("dialog").get_by_role("button", name="取消").click()
        await expect(payment.get_by_role("button", name="登记已支付")).to_be_visible()
        await act("paid", booked=made["asked_at"][:10])
        await expect(step).to_have_text("已支付")
        await expect(payment.get_by_role("button", name="登记银行退票")).to_be_visible()
        await act("bounced", reason="账号与户名不符")
        await expect(own.get_by_role("note")).to_contain_text("账号与户名不符")
        await act("give-back", reason="账号与户名不符")
        await expect(listed.get_by_role("row", name="员工1")).to_contain_text("已退回余额")
        assert ["yes"] * 3 == [await page.evaluate("document.body.dataset.stays") for page in views]
        assert [] == [*one.faults, *two.faults, *three.faults, *four.faults]


async def test_what_is_shown_already_is_not_replaced(funded: Town, visitor: VisitorOf, portal: Portal) -> None:
    """Each part is named as on its page: nothing is taken from under a hand when the stream of news begins."""
    clerk, finance = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.FINANCE_MAKER)
    made = await asked(clerk, funded)
    for someone, path in (
        (clerk, "/employer/withdrawals"),
        (clerk, f"/employer/withdrawals/{made['id']}"),
        (finance, "/bureau/withdrawals"),
        (finance, f"/bureau/withdrawals/{made['id']}"),
    ):
        async with someone.http.get(portal.settings.origin + path, headers=someone.headers) as response:
            parts = re.findall(r'data-tag="(\w+)" hx-get="([^"]+)"', await response.text())
        assert parts
        for tag, address in parts:
            part = portal.settings.origin + unescape(address)
            async with someone.http.get(part, headers=someone.headers) as response:
                assert (address, tag) == (address, response.headers["X-Section-Tag"])
