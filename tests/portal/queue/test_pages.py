"""The bureau's plain queue in a browser: everything that waits, by state, kind and employer, decided on one page (F116)."""

from playwright.async_api import Browser, expect

from libsubsidy import Money
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store import openings
from services.store.database import Connection, acting
from tests.portal import papers
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.store import fund
from tests.store.test_applications import TODAY, row
from tests.store.test_registrations import OTHER, decided, submitted


async def opening(db: Connection, town: Town, visitor: VisitorOf, *serials: int) -> str:
    """Let the employer ask for accounts, with a real paper; gives the application's name."""
    clerk = await visitor(PortalRole.EMPLOYER)
    files = [int(each) for each in await papers.hand_in(clerk, "employee_opening")]
    async with acting(db, fund.clerk_of(town.employer)):
        asked = await openings.open_employees(
            db, town.employer.id, [row(serial) for serial in serials], attachments=files, today=TODAY
        )
    return f"application-{asked.id}"


def without_papers(faults: list[str]) -> list[str]:
    """Leave out papers that were never uploaded and cannot be drawn: those of these registrations are rows alone."""
    return [fault for fault in faults if "503" not in fault]


async def test_a_reviewer_finds_what_waits_and_decides_it_on_one_page(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F116: people, paper with its picture, advice, the way so far; 通过 opens the accounts and leads back to the queue."""
    ref = await opening(db, town, visitor, 31, 32)
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))
        await page.get_by_role("link", name=f"的职工开户申请 {ref}").click()
        await expect(page.get_by_role("cell", name="员工31")).to_be_visible()
        picture = page.get_by_role("list", name="附件").locator("img")
        await expect(picture).to_be_visible()
        await expect(page.locator(".events")).to_contain_text("待审核")
        await page.get_by_role("button", name="通过").click()
        await expect(page.get_by_text("已通过：单位1")).to_be_visible()
        await expect(page.get_by_text("没有待审核的申请")).to_be_visible()
        assert [] == opened.faults
    assert 2 == await db.fetchval(
        "SELECT count(*) FROM employment e JOIN person p ON p.id = e.person_id WHERE p.name IN ('员工31', '员工32')"
    )


async def test_a_decision_about_something_that_has_changed_is_refused(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """Somebody else has decided meanwhile: the API's sentence is told, and nothing happens twice."""
    told = await submitted(db)
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))
        await page.route("**/api/v1/events", lambda route: route.abort())  # Whoever hears no news.
        await page.goto(f"{portal.settings.origin}/bureau/applications/registration-{told.id}")
        await expect(page.get_by_role("button", name="通过")).to_be_visible()
        await decided(db, told, "return")
        await page.get_by_role("button", name="通过").click()
        await expect(page.locator("#problem")).to_contain_text("已被他人修改")
        # The way on does not lie under what tells of it.
        await page.get_by_role("link", name="重新打开").click(trial=True)
        await page.reload()
        await expect(page.get_by_role("button", name="通过")).to_have_count(0)
    assert 0 == await db.fetchval("SELECT count(*) FROM employer WHERE name = $1", told.name)


async def test_what_is_taken_back_while_it_is_looked_at_cannot_be_decided(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """F116: an order that was retracted, changed and handed in again is no longer the one before the reviewer, and says so."""
    clerk = await visitor(PortalRole.EMPLOYER)
    order = await fund.submitted(db, town.employer, fund.line(town.people[0], fund.START))
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))
        await page.goto(f"{portal.settings.origin}/bureau/applications/order-{order.id}")
        await expect(page.locator("#live")).to_have_attribute("data-state", "open")
        approve = page.get_by_role("button", name="通过")
        await expect(approve).to_be_visible()
        seen = await clerk.post(f"/orders/{order.id}/retract", {"version": order.version})
        changed = page.get_by_role("alert").filter(has_text="这份申请在您打开以后有变化")
        await expect(changed).to_contain_text("当前为“已撤回”")
        await expect(approve).to_have_count(0)
        seen = await clerk.post(f"/orders/{order.id}/revise", {"version": seen["version"]})
        await expect(page.get_by_text("申请人已经收回这份申请，正在修改")).to_be_visible()
        await clerk.post(f"/orders/{order.id}/submit", {"version": seen["version"]})
        await expect(changed).to_contain_text("当前为“待审核”")
        await changed.get_by_role("link", name="重新打开").click()
        await expect(approve).to_be_visible()
        assert [] == opened.faults


async def test_applications_are_found_by_state_kind_and_employer(
    browser: Browser, db: Connection, town: Town, portal: Portal, visitor: VisitorOf
) -> None:
    """P3 "answer phone calls about status": what was decided, the last one first, by a part of the name or by the code."""
    ref = await opening(db, town, visitor, 31)
    order = await fund.submitted(db, town.other, fund.line(town.strangers[0], fund.START))
    await decided(db, await submitted(db), "reject", "不属于本市")
    waiting = await submitted(db, OTHER)
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))

        async def found(**chosen: str) -> list[str]:
            await page.goto(f"{portal.settings.origin}/bureau/applications")
            await page.get_by_label("单位名称或交易代码").fill(chosen.get("q", ""))
            await page.get_by_label("类型").select_option(label=chosen.get("kind", "全部类型"))
            await page.get_by_label("状态").select_option(label=chosen.get("state", "全部待办"))
            await page.get_by_role("button", name="查询").click()
            await page.wait_for_url("**/bureau/applications?**")
            links = await page.locator("main table a").all()
            return [str(await link.get_attribute("href")).rpartition("/")[2] for link in links]

        assert [ref, f"order-{order.id}", f"registration-{waiting.id}"] == await found()
        assert [f"order-{order.id}"] == await found(q="10160")
        assert [f"registration-{waiting.id}"] == await found(q="第一中学")
        assert [ref] == await found(kind="职工开户")
        assert [f"registration-{waiting.id - 1}"] == await found(state="已拒绝", kind="单位注册")
        assert [] == await found(q="%")
        await expect(page.get_by_text("没有符合条件的申请")).to_be_visible()
        # Who reads the new one sees that there was another.
        await page.goto(f"{portal.settings.origin}/bureau/applications/registration-{waiting.id}")
        await expect(page.get_by_role("listitem").filter(has_text="不属于本市")).to_be_visible()
        assert [] == without_papers(opened.faults)


@in_every_look
async def test_every_page_of_the_queue_is_for_everybody(
    browser: Browser,
    db: Connection,
    town: Town,
    portal: Portal,
    visitor: VisitorOf,
    *,
    size: tuple[int, int],
    scheme: str,
) -> None:
    """No violation for axe, nothing beyond the edge, no error in any script, with the longest names."""
    ref = await opening(db, town, visitor, 31)
    order = await fund.submitted(db, town.employer, fund.line(town.people[0], fund.START, Money.parse("499.75")))
    rejected = await decided(db, await submitted(db), "reject", "原因" * 200)
    waiting = await submitted(db, OTHER)
    await db.execute("UPDATE employer SET name = $1", "示范市国有资产经营管理集团有限责任公司" * 10)
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.REVIEWER))
        for path in (
            "",
            "applications",
            "applications?state=rejected",
            "applications?q=nobody",
            f"applications/{ref}",
            f"applications/order-{order.id}",
            f"applications/registration-{waiting.id}",
            f"applications/registration-{rejected.id}",
        ):
            await page.goto(f"{portal.settings.origin}/bureau/{path}")
            faults = without_papers(opened.faults)
            assert ([], 0, []) == (await opened.violations(), await opened.overhang(), faults), path
        await page.goto(f"{portal.settings.origin}/bureau/applications/order-{order.id}")
        await page.get_by_role("button", name="拒绝").click()
        await expect(page.get_by_label("拒绝原因")).to_be_visible()
        assert [] == await opened.violations()


async def test_the_queue_is_the_reviewers_own(server: str, visitor: VisitorOf) -> None:
    """To everybody else these pages do not exist; a reviewer's first page is the queue."""
    for role in PortalRole:
        somebody = await visitor(role)
        for path in ("/bureau/", "/bureau/applications", "/bureau/applications/order-1"):
            async with somebody.http.get(f"{server}{path}", headers=somebody.headers) as response:
                found = response.status
            expected = {404} if role is not PortalRole.REVIEWER or path.endswith("-1") else {200}
            assert found in expected, (role, path, found)
    reviewer = await visitor(PortalRole.REVIEWER)
    async with reviewer.http.get(f"{server}/", headers=reviewer.headers, allow_redirects=False) as response:
        assert (303, "/bureau/") == (response.status, response.headers["Location"])
