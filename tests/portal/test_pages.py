import asyncio
import hashlib
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from libsubsidy import Money, Policy
from services.portal.pages.assets import Assets, AssetsMissingError
from services.portal.passwords import Passwords
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.reconciler.worker import Worker
from services.store import approvals, users
from services.store.database import Actor, Connection, Pool, Role, acting
from services.store.users import NewUser
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import ACCOUNT, Town, VisitorOf
from tests.reconciler.bank import Bank, Payment
from tests.reconciler.town import deliver
from tests.store import fund

PASSWORD = "green-apple-tree-7"
AUTH = Actor(role=Role.AUTH, name="tests", origin="tests")


async def approved(db: Connection, town: Town, person: int = 0, seed: int = 1) -> str:
    """Order and approve one employee's month; gives the memo."""
    order = await fund.submitted(db, town.employer, fund.line(town.people[person], fund.START + seed))
    return str((await fund.approve(db, order, seed=seed)).memo)


async def reconcile(pool: Pool, *payments: Payment) -> None:
    """Let the bank send a statement, and the reconciler work it off."""
    await deliver(pool, Bank(account=ACCOUNT).statement(payments), source="ofx-generic", filename="day.ofx")
    await Worker(pool, "worker/1", policy=Policy()).drain()


async def test_somebody_logs_in_looks_and_logs_out(browser: Browser, db: Connection, town: Town, server: str) -> None:
    """A wrong password is told in words and keeps what was typed; the right one opens the page; 退出 closes it."""
    async with acting(db, AUTH):
        await users.add(
            db,
            NewUser(
                role="employer",
                name="王会计",
                login="75256",
                password_hash=await Passwords().hash(PASSWORD),
                employer_id=town.employer.id,
            ),
        )
    async with window(browser) as opened:
        page = opened.page
        await page.goto(f"{server}/")
        await page.get_by_label("账号").fill("75256")
        await page.get_by_label("密码").fill("yellow-apple-tree-7")
        await page.get_by_role("button", name="登录").click()
        await expect(page.get_by_role("alert")).to_contain_text("密码")
        await expect(page.get_by_label("账号")).to_have_value("75256")
        opened.faults.clear()  # The browser itself notes the 401.
        await page.get_by_label("密码").fill(PASSWORD)
        await page.get_by_label("密码").press("Enter")
        await expect(page.get_by_role("heading", name="缴费通知")).to_be_visible()
        await expect(page.get_by_role("button", name="当前用户 王会计")).to_be_visible()
        await page.get_by_role("button", name="退出").click()
        await expect(page.get_by_role("button", name="登录")).to_be_visible()
        assert [] == opened.faults


async def test_whoever_is_faster_than_the_scripts_is_heard_once_they_are_there(
    browser: Browser, town: Town, server: str
) -> None:
    """Over a slow line a form is sent before its scripts have come: it waits for them, and nothing is typed anew."""
    come = asyncio.Event()

    async def late(route: Route) -> None:
        await come.wait()
        await route.continue_()

    async with window(browser) as opened:
        page = opened.page
        await page.route("**/htmx*.js", late)
        await page.goto(f"{server}/", wait_until="commit")
        await page.get_by_label("账号").fill(town.employer.code)
        await page.get_by_label("密码").fill(PASSWORD)
        await page.get_by_role("button", name="登录").click()
        come.set()
        await expect(page.get_by_role("alert")).to_contain_text("密码")
        await expect(page.get_by_label("账号")).to_have_value(town.employer.code)


async def test_an_employer_sees_its_notice_come_and_be_paid(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """What the bureau approves and the bank books appears by itself; the memo is copied with one press."""
    async with window(browser, permissions=["clipboard-read", "clipboard-write"]) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await expect(page.get_by_text("实时更新")).to_be_visible()
        await expect(page.get_by_text("还没有缴费通知")).to_be_visible()
        memo = await approved(db, town)
        await page.get_by_role("button", name=f"复制摘要 {memo}").click()
        await expect(page.get_by_text(f"已复制：{memo}")).to_be_visible()
        notices, orders = page.locator("#section-notices"), page.locator("#section-orders")
        await expect(notices.get_by_text("待缴款")).to_be_visible()
        notice = await db.fetchrow("SELECT id, amount_fen FROM payment_notice")
        assert notice is not None
        await reconcile(portal.pool, Payment(fen=notice["amount_fen"], memo=f"{memo} 九月"))
        await expect(notices.get_by_text("已缴款")).to_be_visible()
        await expect(orders.get_by_text("已入账")).to_be_visible()
        assert [] == opened.faults


async def test_a_reviewer_approves_and_returns(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """By keyboard: 通过 issues the notice, 退回 needs a reason, and the list empties by itself."""
    first = await fund.submitted(db, town.employer, fund.line(town.people[0], fund.START + 1))
    second = await fund.submitted(db, town.employer, fund.line(town.people[1], fund.START + 1))
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))
        await expect(page.get_by_text("实时更新")).to_be_visible()
        approve = page.get_by_role("button", name=f"order-{first.id}").first
        await approve.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("已通过：单位1")).to_be_visible()
        await expect(page.locator(".row-item")).to_have_count(1)
        assert "approved" == await db.fetchval("SELECT state FROM remittance_order WHERE id = $1", first.id)
        give_back = page.locator("summary", has_text="退回")
        await give_back.focus()
        await page.keyboard.press("Enter")
        reason = page.get_by_label("退回原因")
        await reason.fill("金额与档案不符")
        await page.get_by_role("button", name="确认退回").press("Enter")
        await expect(page.get_by_text("没有待审核的申请")).to_be_visible()
        row = await db.fetchrow("SELECT state, remark FROM remittance_order WHERE id = $1", second.id)
        assert row is not None
        assert ("returned", "金额与档案不符") == tuple(row)
        assert [] == opened.faults


async def test_what_somebody_writes_is_not_taken_away_by_news(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """While a reason is being written, new applications wait; they come when it is closed."""
    await fund.submitted(db, town.employer, fund.line(town.people[0], fund.START + 1))
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))
        await expect(page.get_by_text("实时更新")).to_be_visible()
        buttons = page.get_by_role("button", name="通过"), page.locator("summary", has_text="退回")
        places = [await each.bounding_box() for each in buttons]
        await buttons[1].click()
        await page.get_by_label("退回原因").fill("半句话")
        assert places == [await each.bounding_box() for each in buttons], "a second click would hit another button"
        await expect(page.get_by_text("展开时暂停更新")).to_be_visible()
        await fund.submitted(db, town.other, fund.line(town.strangers[0], fund.START + 1))
        await expect(page.locator("#section-applications")).to_have_attribute("data-stale", "true")
        await expect(page.get_by_label("退回原因")).to_have_value("半句话")
        await page.locator("details").evaluate("each => { each.open = false }")
        await expect(page.locator(".row-item")).to_have_count(2)


async def test_a_decision_that_came_too_late_is_told(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """Somebody else has decided meanwhile: the sentence of the API is shown, and nothing happens twice."""
    order = await fund.submitted(db, town.employer, fund.line(town.people[0], fund.START + 1))
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))
        await page.route("**/sections/*", lambda route: route.abort())  # It does not learn of the other's decision.
        await fund.approve(db, order)
        await page.get_by_role("button", name=f"order-{order.id}").first.click()
        await expect(page.get_by_role("alert")).to_contain_text("订单")
        assert 1 == await db.fetchval("SELECT count(*) FROM payment_notice")


async def test_finance_sees_lines_as_they_are_decided(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """The statement, its progress and each line with the reason in words; a payer's markup stays text."""
    memo = await approved(db, town)
    notice = await db.fetchrow("SELECT id, amount_fen FROM payment_notice")
    assert notice is not None
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.FINANCE_MAKER))
        await expect(page.get_by_text("还没有收到银行对账单")).to_be_visible()
        async with acting(db, fund.WORKER):
            statement = await db.fetchval(
                "INSERT INTO statement (source, sha256, filename, size_bytes, received_from, state, staged_lines, account_id) "
                "SELECT 'ofx-generic', '\\x00', 'half.ofx', 1, 'test', 'proven', 300, id FROM bank_account RETURNING id"
            )
            await db.execute("SELECT pg_notify('statement', '')")
        await expect(page.get_by_role("progressbar", name="half.ofx")).to_have_attribute("value", "0")
        await db.execute("UPDATE statement SET matched_lines = 120 WHERE id = $1", statement)
        await expect(page.get_by_text("120 / 300 行")).to_be_visible()
        await db.execute("DELETE FROM statement")
        await reconcile(
            portal.pool,
            Payment(fen=notice["amount_fen"], memo=memo),
            Payment(
                fen=notice["amount_fen"] - 1, memo=f"{memo} <img src=x onerror=alert(1)>", payer_name="甲&乙<b>公司</b>"
            ),
        )
        lines = page.locator("#section-lines")
        await expect(lines.get_by_text("核销", exact=True)).to_be_visible()
        await expect(lines.get_by_text("甲&乙<b>公司</b>")).to_be_visible()
        await expect(page.get_by_text("已对账")).to_be_visible()
        why = lines.locator("details").first
        await why.locator("summary").press("Enter")
        await expect(why.locator("li").first).to_be_visible()
        assert [] == opened.faults


async def test_an_employee_sees_the_own_ledger(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """Entries and totals; no stream is opened."""
    order = await fund.submitted(db, town.employer, fund.line(town.people[0], fund.START, Money.parse("1234.50")))
    await fund.pay(db, await fund.approve(db, order))
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYEE))
        await expect(page.locator("#section-ledger .figures").first).to_contain_text("1,234.50")
        await expect(page.get_by_role("row")).to_have_count(2)
        await expect(page.locator("#live")).to_have_count(0)
        assert [] == opened.faults


async def test_when_the_session_ends_the_page_asks_to_log_in(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """A page left open shows nothing more once its session is over."""
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))
        await expect(page.get_by_text("实时更新")).to_be_visible()
        await db.execute("DELETE FROM portal_session")
        await fund.submitted(db, town.employer, fund.line(town.people[0], fund.START + 1))
        await expect(page.get_by_role("button", name="登录")).to_be_visible()


async def test_what_goes_wrong_is_shown_as_a_page(
    browser: Browser, db: Connection, portal: Portal, visitor: VisitorOf
) -> None:
    """A defect is told as one, with the number to report, in a page that is for everybody, too."""
    async with window(browser) as opened:
        somebody = await visitor(PortalRole.REVIEWER)
        await db.execute("ALTER TABLE remittance_order RENAME TO away")
        page = await enter(opened, portal, somebody)
        await expect(page.get_by_role("heading", name="页面暂时打不开")).to_be_visible()
        await expect(page.get_by_text("没有任何改动")).to_be_visible()
        assert [] == await opened.violations()
        await db.execute("ALTER TABLE away RENAME TO remittance_order")
        await page.get_by_role("link", name="重新打开").click()
        await expect(page.get_by_role("heading", name="待审核的申请")).to_be_visible()


async def test_where_there_is_no_page_a_page_says_so(browser: Browser, portal: Portal, visitor: VisitorOf) -> None:
    """Mistyped, or another role's: people read it on a page, programs get their problem document."""
    clerk = await visitor(PortalRole.EMPLOYER_CLERK)
    async with window(browser) as opened:
        page = await enter(opened, portal, clerk)
        for path in ("/employer/colleagues", "/login"):
            answer = await page.goto(f"{portal.settings.origin}{path}")
            assert answer is not None
            assert (404, "text/html; charset=utf-8") == (answer.status, answer.headers["content-type"])
            await expect(page.get_by_text("没有这个页面")).to_be_visible()
            assert [] == await opened.violations()
    given = await clerk.ask("GET", "/nothing", headers={"Accept": "text/html"})
    assert (404, "PATH_UNKNOWN") == (given.status, given.body["code"])


LONG = "示范市国有资产经营管理集团有限责任公司第十二分公司人力资源与社会保障部" * 5


@in_every_look
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "full"])
async def test_every_page_is_for_everybody(
    browser: Browser,
    db: Connection,
    town: Town,
    portal: Portal,
    visitor: VisitorOf,
    *,
    size: tuple[int, int],
    scheme: str,
    filled: bool,
) -> None:
    """Empty or with the longest names: no violation for axe, nothing beyond the edge, no error in any script."""
    if filled:
        await fill(db, town, portal.pool)
    async with window(browser, size, scheme) as opened:
        await opened.page.goto(f"{portal.settings.origin}/")
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        assert [] == opened.faults
    for role in (PortalRole.EMPLOYER, PortalRole.REVIEWER, PortalRole.FINANCE_MAKER, PortalRole.EMPLOYEE):
        async with window(browser, size, scheme) as opened:
            somebody = await visitor(role)
            await db.execute("UPDATE portal_user SET name = $1", LONG[:100])
            page = await enter(opened, portal, somebody)
            if role is not PortalRole.EMPLOYEE:
                await expect(page.get_by_text("实时更新")).to_be_visible()
            for summary in await page.locator("summary").all():
                await summary.click()
            assert ([], 0) == (await opened.violations(), await opened.overhang()), role
            assert [] == opened.faults, role


async def fill(db: Connection, town: Town, pool: Pool) -> None:
    """Let there be something of everything, with the longest names that there are."""
    await db.execute("UPDATE employer SET name = $1", LONG[:200])
    memo = await approved(db, town, 0)
    paid = await fund.submitted(db, town.employer, fund.line(town.people[0], fund.START))
    await fund.pay(db, await fund.approve(db, paid, seed=9))
    returned = await fund.submitted(db, town.employer, fund.line(town.people[1], fund.START))
    async with acting(db, fund.BUREAU):
        await approvals.send_back(db, returned.id, returned.version, LONG[:500])
    await fund.submitted(db, town.employer, fund.line(town.people[2], fund.START))
    await reconcile(
        pool,
        Payment(fen=500_00, memo=memo),
        Payment(fen=499_00, memo="7" * 140, payer_name=LONG[:100]),
        Payment(fen=12_345_678_901_23, memo=f" \u200b{memo}", payer_name="x" * 200),
        Payment(fen=-1, memo="", payer_name="", kind="DEBIT"),
    )
    async with acting(db, fund.WORKER):
        await db.execute(
            """
            INSERT INTO statement (source, sha256, filename, size_bytes, received_from, state, staged_lines, matched_lines,
                                   findings, account_id)
            SELECT 'ofx-generic', sha256(s.state::bytea), repeat(s.state, 30) || '.ofx', 1, 'test', s.state, 1000000, 123456,
                   jsonb_build_array(jsonb_build_object('code', 'X', 'zh', $1::text, 'en', '')), a.id
            FROM unnest(ARRAY['received', 'staged', 'held', 'proven']) AS s (state), bank_account a WHERE a.number = $2
            """,
            LONG,
            ACCOUNT,
        )


async def test_assets_are_kept_for_good_under_the_hash_of_their_content(server: str, visitor: VisitorOf) -> None:
    """Browsers may keep them; they come compressed to whoever asks, and under no other name."""
    somebody = await visitor(PortalRole.AUDITOR)
    async with somebody.http.get(f"{server}/", headers=somebody.headers) as response:
        body = await response.text()
        assert "no-store" == response.headers["Cache-Control"]
    paths = set(re.findall(r"/assets/[^\"]+", body))
    shell = {"colours", "frame", "session", "signs"}
    assert shell | {
        "asking",
        "early",
        "forms",
        "icon",
        "lists",
        "page",
        "portal",
        "htmx",
        "sse",
        "tabler",
        "theme",
    } == {path.removeprefix("/assets/").partition(".")[0] for path in paths}
    for path in paths:
        async with somebody.http.get(f"{server}{path}") as response:
            content = await response.read()
            assert "public, max-age=31536000, immutable" == response.headers["Cache-Control"]
            assert "gzip" == response.headers["Content-Encoding"]
        assert hashlib.sha256(content).hexdigest()[:16] in path
        async with somebody.http.get(f"{server}{path.replace('.', '.0', 1)}") as response:
            assert 404 == response.status


async def test_a_section_is_shown_to_its_own_roles_only(server: str, visitor: VisitorOf) -> None:
    """For others there is no such section; without a session the browser is sent to the login."""
    names = {"notices", "strays", "orders", "applications", "statements", "lines", "ledger"}
    shown = {
        PortalRole.EMPLOYER: {"notices", "strays", "orders"},
        PortalRole.REVIEWER: {"applications"},
        PortalRole.FINANCE_MAKER: {"statements", "lines"},
        PortalRole.FINANCE_CHECKER: {"statements", "lines"},
        PortalRole.AUDITOR: {"statements", "lines"},
        PortalRole.EMPLOYEE: {"ledger"},
    }
    for role, expected in shown.items():
        somebody = await visitor(role)
        statuses = {}
        for name in names:
            async with somebody.http.get(f"{server}/sections/{name}", headers=somebody.headers) as response:
                statuses[name] = response.status
        assert dict.fromkeys(names, 404) | dict.fromkeys(expected, 200) == statuses
    nobody = await visitor(PortalRole.AUDITOR)
    async with nobody.http.get(f"{server}/sections/ledger") as response:
        assert (401, "/") == (response.status, response.headers["HX-Redirect"])


async def test_a_section_is_shown_to_people_only(server: str, visitor: VisitorOf) -> None:
    """A token opens what its scopes name; pages have no scopes."""
    clerk = await visitor(PortalRole.EMPLOYER)
    made = await clerk.post("/tokens", {"name": "payroll", "scopes": ["notices:read"], "days": 1})
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    async with clerk.http.get(f"{server}/sections/notices", headers=bearer) as response:
        assert (401, "/") == (response.status, response.headers["HX-Redirect"])


async def test_what_has_not_changed_is_not_drawn_again(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """A refresh that brings the same leaves the very same elements; one that brings something else keeps the focus."""
    order = await fund.submitted(db, town.employer, fund.line(town.people[0], fund.START + 1))
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))
        button = page.locator(f"#approve-order-{order.id}")
        await button.evaluate("each => { each.dataset.mine = 'yes' }")
        await button.focus()
        async with page.expect_response("**/sections/applications"):
            await db.execute(
                "INSERT INTO audit_event (subject_kind, subject_id, to_state) VALUES ('order', 1, 'draft')"
            )
        await expect(button).to_have_attribute("data-mine", "yes")
        await expect(button).to_be_focused()
        await fund.submitted(db, town.other, fund.line(town.strangers[0], fund.START + 1))
        await expect(page.locator(".row-item")).to_have_count(2)
        await expect(button).not_to_have_attribute("data-mine", "yes")
        await expect(button).to_be_focused()


async def test_what_a_page_asks_for_by_itself_keeps_no_session_open(
    db: Connection, server: str, visitor: VisitorOf
) -> None:
    """A section that refreshes is no sign of life; opening the page is."""
    somebody = await visitor(PortalRole.REVIEWER)
    await db.execute("UPDATE portal_session SET seen_at = now() - interval '20 minutes'")
    async with somebody.http.get(f"{server}/sections/applications", headers=somebody.headers) as response:
        assert 200 == response.status
    assert await db.fetchval("SELECT seen_at < now() - interval '19 minutes' FROM portal_session")
    async with somebody.http.get(f"{server}/", headers=somebody.headers) as response:
        assert 200 == response.status
    assert await db.fetchval("SELECT seen_at > now() - interval '1 minute' FROM portal_session")


def test_missing_assets_are_named(tmp_path: Path) -> None:
    """Without the files from npm the portal does not start, and says what would bring them."""
    with pytest.raises(AssetsMissingError, match="make assets"):
        Assets.load(tmp_path)
