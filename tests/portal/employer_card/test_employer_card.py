"""单位信息: the card, its figures and its history, by the API and in a browser (F26-F28)."""

from playwright.async_api import Browser, expect

from libsubsidy import Money
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store import change_records
from services.store.change_records import NewRecord
from services.store.database import Connection, acting
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.store.fund import BUREAU, START, approve, line, pay, submitted
from tests.store.unsettled import flag

LONG = "示范市国有资产经营管理集团有限责任公司第十二分公司人力资源与社会保障部" * 5


async def furnish(db: Connection, town: Town) -> None:
    """A paid month, a notice to pay, a stray payment, a sealed employee, an opening, and a change of the card."""
    await pay(
        db, await approve(db, await submitted(db, town.employer, line(town.people[0], START, Money.parse("123.45"))))
    )
    notice = await approve(db, await submitted(db, town.employer, line(town.people[1], START)), seed=2)
    await flag(db, Money(fen=499), str(notice.memo), payer_name="单位1")
    await db.execute("UPDATE employment SET state = 'sealed' WHERE person_id = $1", town.people[4])
    await db.execute(
        "UPDATE employer SET address = '迎宾路 1 号', kind = 'institution' WHERE id = $1", town.employer.id
    )
    async with acting(db, BUREAU):
        await db.execute(
            "INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen) VALUES ($1, $2, $3, 'opening', 100)",
            town.people[0],
            town.employer.id,
            START.first_day,
        )
        record = NewRecord(employer_id=town.employer.id, field="address", before="旧址", after="迎宾路 1 号")
        await change_records.add(db, [record])


async def test_the_card_its_figures_and_its_history(visitor: VisitorOf, db: Connection, town: Town) -> None:
    """F26-F28: the code, codes as certificates print them, every sum, and who changed what; nothing of another employer."""
    await furnish(db, town)
    clerk, stranger = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    card = await clerk.get("/employer")
    shown = {each["field"]: each["shown"] for each in card["fields"]}
    assert ("75256", True, "事业单位", "迎宾路 1 号") == (
        card["code"],
        card["initialised"],
        shown["kind"],
        shown["address"],
    )
    assert "-" in shown["org_code"]
    figures = await clerk.get("/employer/figures")
    assert {"active": 4, "sealed": 1} == {each["state"]: each["people"] for each in figures["people"] if each["people"]}
    assert {
        "credited": "123.45",
        "balance": "124.45",
        "cash": "123.45",
        "last_month": "2020-01",
        "unpaid_notices": 1,
        "unpaid": "500.00",
        "stray_payments": 1,
        "stray": "4.99",
    }.items() <= figures.items()
    (record,) = (await clerk.get("/employer/change-records"))["items"]
    assert ("单位地址", "旧址", "迎宾路 1 号", "住建局") == tuple(
        record[name] for name in ("label", "before", "after", "who")
    )
    others = await stranger.get("/employer/figures")
    assert ("0.00", 0, 0, "10160") == (
        others["balance"],
        others["unpaid_notices"],
        others["stray_payments"],
        (await stranger.get("/employer"))["code"],
    )
    assert [] == (await stranger.get("/employer/change-records"))["items"]


@in_every_look
async def test_the_card_is_for_everybody(
    browser: Browser,
    db: Connection,
    town: Town,
    portal: Portal,
    visitor: VisitorOf,
    *,
    size: tuple[int, int],
    scheme: str,
) -> None:
    """F26-F28: empty, and full with the longest texts: all there, nothing for axe, nothing beyond the edge."""
    async with window(browser, size, scheme) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        await page.goto(f"{portal.settings.origin}/employer/employer")
        await expect(page.get_by_text("还没有变更记录")).to_be_visible()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        await furnish(db, town)
        await db.execute("UPDATE employer SET name = $1, supervising_authority = $1", LONG[:200])
        await page.reload()
        await expect(page.locator("main code", has_text="75256")).to_be_visible()
        await expect(page.get_by_text("1 张，共 500.00 元")).to_be_visible()
        await expect(page.get_by_text("1 笔，共 4.99 元")).to_be_visible()
        await expect(page.locator("#records").get_by_text("旧址")).to_be_visible()
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        assert [] == opened.faults
