"""Promises of the pages of 缴费通知, in a real browser."""

from playwright.async_api import Browser, expect

from libsubsidy import Money, Policy
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.reconciler.worker import Worker
from services.store import notices
from services.store.database import Connection, acting
from services.store.notices import Notice
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import ACCOUNT, Town, VisitorOf
from tests.portal.notices.test_printouts import read
from tests.reconciler.bank import Bank, Payment
from tests.reconciler.town import deliver
from tests.store import fund
from tests.store.unsettled import flag

LONG = "示范市国有资产经营管理集团有限责任公司第十二分公司人力资源与社会保障部"


async def noticed(db: Connection, town: Town, number: int = 0) -> Notice:
    """Let the bureau approve one employee's month."""
    order = await fund.submitted(db, town.employer, fund.line(town.people[number], fund.START))
    return await fund.approve(db, order, seed=number + 1)


async def statement(portal: Portal, *payments: Payment, bank: Bank | None = None) -> None:
    """Let the bank send a statement, and the reconciler work it off; the same bank goes on from its last balance."""
    data = (bank or Bank(account=ACCOUNT)).statement(payments)
    await deliver(portal.pool, data, source="ofx-generic", filename="day.ofx")
    await Worker(portal.pool, "worker/1", policy=Policy()).drain()


async def test_several_notices_are_joined_paid_and_credited(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F97-F102, F106: 合并缴款 by keyboard, the memo to copy, the slip; the page shows the credit without reload."""
    first, second = await noticed(db, town), await noticed(db, town, 1)
    async with window(browser, permissions=["clipboard-read", "clipboard-write"]) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/notices")
        await expect(page.get_by_text("实时更新")).to_be_visible()
        waiting = page.locator("#menu .menu-count")
        await expect(waiting).to_have_text("待缴款 2")
        await page.get_by_text("合并缴款", exact=True).press("Enter")
        confirm = page.get_by_role("button", name="确认合并")
        await expect(confirm).to_be_disabled()
        for notice in (first, second):
            await page.get_by_role("checkbox", name=str(notice.memo)).press("Space")
        await expect(page.get_by_text("合并 2 张通知，共 1,000.00 元")).to_be_visible()
        await confirm.press("Enter")

        await expect(page.get_by_text("人民币壹仟元整")).to_be_visible()
        memo = await db.fetchval(
            "SELECT employer_code || 'x' || order_code || 'o' FROM payment_notice ORDER BY id DESC"
        )
        await expect(page.locator(".memo-large")).to_have_text(memo)
        await page.get_by_role("button", name="复制摘要").click()
        await expect(page.get_by_text(f"已复制：{memo}")).to_be_visible()
        await expect(page.locator(".progress-line [aria-current=step]")).to_contain_text("待缴款")

        await page.get_by_role("link", name="返回").click()
        bank = Bank(account=ACCOUNT)
        await statement(portal, Payment(fen=500_00, memo=str(first.memo)), bank=bank)
        await expect(page.locator("#section-strays").get_by_text(f"现在的摘要是 {memo}")).to_be_visible()
        await page.get_by_role("link", name=f"缴款 {memo}").click()
        await expect(page.get_by_text("人民币壹仟元整")).to_be_visible()
        await expect(waiting).to_have_text("待缴款 1")
        await statement(portal, Payment(fen=1000_00, memo=f"{memo}，2020年1月份雇员汇缴款"), bank=bank)
        await expect(page.locator(".progress-line .progress-done")).to_have_count(5)
        await expect(waiting).to_have_count(0)
        await expect(page.get_by_text("到账日期")).to_be_visible()
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="下载回单").click()
        words, _ = read((await (await coming.value).path()).read_bytes())
        assert "人民币壹仟元整" in words
        assert memo in words
        assert [] == opened.faults


async def test_a_memo_is_checked_before_it_is_sent(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F101-F104: while it is typed, with the reconciler's own verdict, what is wrong, and what was probably meant."""
    notice = await noticed(db, town)
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/notices/{notice.id}")
        text = page.get_by_label("转账摘要（附言）")
        await text.fill(f"{notice.memo}，九月")
        await expect(page.get_by_text("可以自动入账。")).to_be_visible()
        await text.fill(f"转账{notice.memo}")
        await expect(page.get_by_text("不能自动入账。")).to_be_visible()
        await expect(page.get_by_text("支付码不在摘要开头")).to_be_visible()
        await expect(page.get_by_role("button", name=f"复制建议的摘要 {notice.memo}")).to_be_visible()
        await text.fill(str(notice.memo))
        await page.get_by_label("转账金额（元）").fill("499.99")
        await expect(page.get_by_text("应缴金额是 500.00 元，不是 499.99 元")).to_be_visible()
        await page.get_by_label("转账金额（元）").fill("1.234")
        await page.get_by_label("转账金额（元）").press("Enter")
        await expect(page.locator("[data-problem-of=amount]")).to_contain_text("金额")
        told = page.locator("[data-memo-check] [data-problems]")
        await expect(told).to_contain_text("金额")
        await page.get_by_label("转账金额（元）").fill("500")
        await expect(page.get_by_text("可以自动入账。")).to_be_visible()
        await expect(told).to_be_hidden()
        await text.fill("")
        await page.get_by_role("button", name="检查", exact=True).click()
        await expect(told).to_contain_text("请先填写或粘贴")
        await expect(page.locator("#problem")).to_be_hidden()
        await text.fill(str(notice.memo))
        await expect(page.get_by_text("可以自动入账。")).to_be_visible()
        await expect(told).to_be_hidden()
        assert all("422" in fault for fault in opened.faults), "but for what the browser itself notes"


async def test_money_that_could_not_be_booked_is_explained(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F104, F105: it appears by itself, with what was written, why it did not settle, and what to do; on the notice, too."""
    notice, bank = await noticed(db, town), Bank(account=ACCOUNT)
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/notices")
        await expect(page.get_by_text("没有未能入账的来款")).to_be_visible()
        await statement(portal, Payment(fen=499_99, memo=f"{notice.memo} <b>"), bank=bank)
        strays = page.locator("#section-strays")
        await expect(strays.get_by_text(f"{notice.memo} <b>")).to_be_visible()
        await expect(strays.get_by_text("到账金额少于通知金额")).to_be_visible()
        await expect(strays.get_by_text("请按通知金额一笔重新转账")).to_be_visible()
        await page.get_by_role("link", name=f"缴款 {notice.memo}").click()
        await expect(page.get_by_text("收到 499.99 元，没有入账")).to_be_visible()
        await statement(portal, Payment(fen=500_00, memo=str(notice.memo)), bank=bank)
        await expect(page.get_by_role("link", name="下载回单")).to_be_visible()
        assert [] == opened.faults


async def test_money_for_a_notice_that_is_over_is_given_no_hope(db: Connection, town: Town, visitor: VisitorOf) -> None:
    """F105: a near miss of a cancelled notice, or of another amount, cannot be booked by hand; page and API say so alike."""
    cancelled, waits = await noticed(db, town), await noticed(db, town, 1)
    cases = [
        await flag(db, Money(fen=50_00), f" {cancelled.memo}"),
        await flag(db, Money(fen=50_00), f" {waits.memo}"),
        await flag(db, waits.amount, f" {waits.memo}"),
    ]
    async with acting(db, fund.BUREAU):
        await notices.cancel(db, cancelled.id, "单位要求取消")
    clerk = await visitor(PortalRole.EMPLOYER)
    by_api = [case["next_zh"] for case in (await clerk.get("/cases"))["items"]]
    async with clerk.http.get(f"{clerk.origin}/employer/notices", headers=clerk.headers) as answer:
        page = await answer.text()
    for advice, words in zip(by_api, ("该通知已取消", "请按通知金额一笔重新转账", "核对无误后可以入账"), strict=True):
        assert words in advice
        assert advice in page
    assert [by_api[0]] == [(await clerk.get(f"/cases/{cases[0]}"))["case"]["next_zh"]]
    assert page.count("您可能想写的是") == page.count("请删除，让摘要直接以") == 2
    assert f"您可能想写的是 <code>{cancelled.memo}" not in page


async def test_the_bureau_cancels_what_nobody_has_paid(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F97: with a reason, which the employer's page shows without reload; other roles of the bureau only look."""
    notice = await noticed(db, town)
    async with window(browser) as ours, window(browser) as theirs:
        employer = await enter(ours, portal, await visitor(PortalRole.EMPLOYER))
        await employer.goto(f"{portal.settings.origin}/employer/notices/{notice.id}")
        await expect(employer.get_by_text("实时更新")).to_be_visible()
        page = await enter(theirs, portal, await visitor(PortalRole.REVIEWER))
        await page.get_by_role("link", name="缴费通知").click()
        await page.get_by_label("单位名称、单位交易代码或摘要").fill(str(notice.memo))
        await page.get_by_label("单位名称、单位交易代码或摘要").press("Enter")
        await page.get_by_text("取消通知").press("Enter")
        await page.get_by_label("取消原因").fill("单位要求取消")
        await page.get_by_role("button", name="确认取消").press("Enter")
        await expect(page.get_by_text(f"已取消：{notice.memo}")).to_be_visible()
        await expect(employer.get_by_text("住建局已取消：单位要求取消")).to_be_visible()
        await expect(employer.get_by_text("请不要再用这个摘要转账")).to_be_visible()
        assert [[], []] == [ours.faults, theirs.faults]
    await noticed(db, town, 1)
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.FINANCE_MAKER))
        await page.goto(f"{portal.settings.origin}/bureau/notices")
        await expect(page.get_by_text("待缴款").last).to_be_visible()
        await expect(page.get_by_text("取消通知")).to_have_count(0)


@in_every_look
async def test_the_pages_of_one_notice_are_for_everybody(
    browser: Browser,
    db: Connection,
    town: Town,
    portal: Portal,
    visitor: VisitorOf,
    *,
    size: tuple[int, int],
    scheme: str,
) -> None:
    """F98: with the longest names: nothing for axe to find, nothing beyond the edge; printed it is one sheet."""
    await db.execute("UPDATE employer SET name = $1", (LONG * 6)[:200])
    await db.execute("UPDATE bank_account SET bank_name = $1", LONG)
    notice, paid = await noticed(db, town), await noticed(db, town, 1)
    await fund.pay(db, paid)
    await statement(portal, Payment(fen=12_345_678_901_23, memo=f"{notice.memo}{'7' * 120}", payer_name="x" * 100))
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        for path in (f"{notice.id}", f"{paid.id}", f"{notice.id}/slip"):
            await page.goto(f"{portal.settings.origin}/employer/notices/{path}")
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            if path == str(notice.id):
                await page.get_by_label("转账摘要（附言）").fill(LONG)
                await expect(page.get_by_text("不能自动入账。")).to_be_visible()
            assert ([], 0) == (await opened.violations(), await opened.overhang()), path
        assert 1 == read(await page.pdf(format="A4"))[1]
        assert [] == opened.faults


async def test_all_notices_there_ever_were_are_found(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F97: beyond the newest the list goes on page by page, by state; another employer's are not in it."""
    made = [await noticed(db, town, number) for number in range(3)]
    await fund.pay(db, made[0])
    theirs = await fund.submitted(db, town.other, fund.line(town.strangers[0], fund.START))
    await fund.approve(db, theirs)
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/notices/all?size=20")
        await expect(page.get_by_text("共 3 条")).to_be_visible()
        await page.get_by_label("状态").select_option("已缴款")
        await page.get_by_role("button", name="查询").click()
        await expect(page.get_by_text("共 1 条")).to_be_visible()
        await page.get_by_role("link", name=f"查看 {made[0].memo}").click()
        await expect(page.get_by_role("link", name="下载回单")).to_be_visible()
        assert [] == opened.faults
