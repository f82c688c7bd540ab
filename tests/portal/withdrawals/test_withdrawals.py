"""The calls of 支取申请 and of its payment, over the real server (F113-F115)."""

from contextlib import AsyncExitStack
from typing import Any

import pytest

from libsubsidy import Money, Month
from services.portal.portal import Portal
from services.portal.roles import BUREAU, PortalRole
from services.store import posting
from services.store.database import Connection, acting
from services.store.posting import OpeningBalance
from tests.portal.conftest import Town, VisitorOf
from tests.portal.event_stream import stream
from tests.portal.papers import jpeg, upload
from tests.portal.visitors import Visitor
from tests.store import fund
from tests.store.fund import START, approve, line, pay, submitted

ACCOUNT = "622200000000123"


@pytest.fixture
async def funded(db: Connection, town: Town) -> Town:
    """The town, after the first employee's ledger was credited 500 yuan."""
    await pay(db, await approve(db, await submitted(db, town.employer, line(town.people[0], START))))
    return town


async def papers(visitor: Visitor, *slots: str) -> list[str]:
    """Upload a file for each slot."""
    return [(await upload(visitor, jpeg(), purpose="withdrawal", slot=slot))["id"] for slot in slots]


async def body(visitor: Visitor, town: Town, amount: str = "300", **other: Any) -> dict[str, Any]:
    """What a clerk sends."""
    known = {
        "employee_id": str(town.people[0]),
        "reason": "01",
        "amount": amount,
        "payee_name": "员工1",
        "payee_bank": "某银行江门支行",
        "payee_account": ACCOUNT,
        "attachments": await papers(visitor, "id_card", "proof"),
    }
    return known | other


async def test_from_asking_to_the_ledger(db: Connection, funded: Town, visitor: VisitorOf) -> None:
    """F113-F115: asked for once under its key, approved, paid by finance, and everybody sees what they may."""
    clerk, reviewer = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.REVIEWER)
    finance, employee = await visitor(PortalRole.FINANCE_MAKER), await visitor(PortalRole.EMPLOYEE)
    assert "500.00" == (await clerk.get(f"/employees/{funded.people[0]}/withdrawable"))["available"]
    assert "01" == (await clerk.get("/withdrawal-reasons"))["items"][0]["code"]
    asked = await body(clerk, funded)
    made = await clerk.post("/withdrawals", asked, Idempotency_Key="once")
    assert made == await clerk.post("/withdrawals", asked, Idempotency_Key="once")
    assert ("submitted", "300.00", ACCOUNT) == (made["state"], made["amount"], made["payee_account"])
    shown = await clerk.get(f"/employees/{funded.people[0]}/withdrawable")
    assert ("200.00", "300.00") == (shown["available"], shown["reserved"])
    application = await reviewer.get(f"/applications/{made['application']}")
    told = {each["label"]: each["after"] for each in application["changes"]}
    assert ("员工1", "300.00", ACCOUNT) == (told["姓名"], told["支取金额（元）"], told["银行账号"])
    asks = application["asks"]
    assert ("500.00", "0.00") == (asks["funds"]["available"], asks["funds"]["reserved"])
    assert ("购买住房", True) == (asks["reason_zh"], "购房合同" in asks["proof_zh"])
    assert (await clerk.get(f"/applications/{made['application']}"))["asks"] is None
    await reviewer.post(f"/applications/{made['application']}/approve", {"version": 1})
    path = f"/withdrawals/{made['id']}"
    version = (await finance.get(path))["withdrawal"]["version"]
    under_way = await finance.post(f"{path}/pay", {"version": version})
    booked = await db.fetchval("SELECT current_date::text")
    wrong = {"version": under_way["version"], "booked": "2020-01-01", "bank_reference": "x" * 65}
    refused = await finance.ask("POST", f"{path}/paid", json=wrong)
    assert [("WITHDRAWAL_BOOKED_EARLY", "/booked"), ("FIELD_TOO_LONG", "/bank_reference")] == [
        (each["code"], each["pointer"]) for each in refused.body["violations"]
    ]
    done = await finance.post(f"{path}/paid", {"version": under_way["version"], "booked": booked})
    assert ("paid", booked) == (done["state"], done["paid_on"])
    own = await employee.get("/me/withdrawals")
    assert ("200.00", "300.00") == (own["funds"]["available"], own["funds"]["withdrawn"])
    assert [("paid", "****0123")] == [(each["state"], each["payee_account"]) for each in own["items"]]
    assert "-300.00" == (await employee.get("/me/ledger"))["items"][0]["amount"]
    again = await finance.ask("POST", f"{path}/paid", json={"version": under_way["version"], "booked": booked})
    assert (409, ["WITHDRAWAL_STATE"]) == (again.status, again.codes)


async def test_everything_wrong_is_told_where_it_is(funded: Town, visitor: VisitorOf) -> None:
    """F114, F115: every field at once with its place; the amount against what there is; a paper that is missing."""
    clerk = await visitor(PortalRole.EMPLOYER)
    wrong = await body(clerk, funded, "0", reason="", payee_account="12", payee_bank="")
    given = await clerk.ask("POST", "/withdrawals", json=wrong)
    assert 422 == given.status
    assert {
        ("FIELD_MISSING", "/reason"),
        ("WITHDRAWAL_AMOUNT_NOT_POSITIVE", "/amount"),
        ("FIELD_MISSING", "/payee_bank"),
        ("BANK_ACCOUNT_FORMAT", "/payee_account"),
    } == {(each["code"], each["pointer"]) for each in given.body["violations"]}
    given = await clerk.ask("POST", "/withdrawals", json=await body(clerk, funded, "500.01", payee_name="别人"))
    assert [("WITHDRAWAL_PAYEE_NOT_OWN", "/payee_name"), ("WITHDRAWAL_EXCEEDS", "/amount")] == [
        (each["code"], each["pointer"]) for each in given.body["violations"]
    ]
    missing = await body(clerk, funded, attachments=await papers(clerk, "id_card"))
    given = await clerk.ask("POST", "/withdrawals", json=missing)
    assert [("ATTACHMENT_MISSING", "/attachments")] == [
        (each["code"], each["pointer"]) for each in given.body["violations"]
    ]
    empty = dict.fromkeys(("amount", "payee_name", "payee_bank", "payee_account"), "")
    given = await clerk.ask("POST", "/withdrawals", json=missing | empty | {"reason": "08", "attachments": []})
    assert ["/amount", "/payee_name", "/payee_bank", "/payee_account", *["/attachments"] * 3] == [
        each["pointer"] for each in given.body["violations"]
    ]
    too_much = await body(clerk, funded, "9" * 20, attachments=[])
    given = await clerk.ask("POST", "/withdrawals", json=too_much)
    assert ["AMOUNT_OUT_OF_BOUNDS", *["ATTACHMENT_MISSING"] * 2] == given.codes
    assert [] == (await clerk.get("/withdrawals"))["items"]


async def test_a_returned_one_is_handed_in_anew(funded: Town, visitor: VisitorOf) -> None:
    """F114: returned with the reason, mended with the same papers, and waiting again; lists find it by name and state."""
    clerk, reviewer = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.REVIEWER)
    asked = await body(clerk, funded)
    made = await clerk.post("/withdrawals", asked)
    answer = {"version": 1, "reason": "金额缺少依据"}
    await reviewer.post(f"/applications/{made['application']}/return", answer)
    shown = (await clerk.get(f"/withdrawals/{made['id']}"))["withdrawal"]
    assert ("returned", "金额缺少依据") == (shown["state"], shown["answer"])
    again = {key: value for key, value in asked.items() if key != "employee_id"} | {"amount": "250"}
    stale = await clerk.ask("PUT", f"/withdrawals/{made['id']}", json=again | {"version": 1})
    assert (409, ["STALE_VERSION"]) == (stale.status, stale.codes)
    mended = await clerk.put(f"/withdrawals/{made['id']}", again | {"version": shown["version"]})
    assert ("submitted", "250.00") == (mended["state"], mended["amount"])
    assert [made["id"]] == [each["id"] for each in (await clerk.get("/withdrawals", search="员工1"))["items"]]
    assert [] == (await clerk.get("/withdrawals", state="returned"))["items"]


async def test_what_waits_for_a_colleague_is_reserved(funded: Town, visitor: VisitorOf, db: Connection) -> None:
    """复核: a clerk's application reserves the money while a colleague looks at it, who hands it in."""
    await db.execute("UPDATE employer SET checker_needed = true WHERE id = $1", funded.employer.id)
    clerk, colleague = await visitor(PortalRole.EMPLOYER_CLERK), await visitor(PortalRole.EMPLOYER_CHECKER)
    made = await clerk.post("/withdrawals", await body(clerk, funded, "400"))
    assert "draft" == made["state"]
    assert "100.00" == (await clerk.get(f"/employees/{funded.people[0]}/withdrawable"))["available"]
    given = await clerk.ask("POST", "/withdrawals", json=await body(clerk, funded, "100.01"))
    assert ["WITHDRAWAL_EXCEEDS"] == given.codes
    # The employee hears of it once the bureau does.
    employee = await visitor(PortalRole.EMPLOYEE)
    assert [] == (await employee.get("/me/withdrawals"))["items"]
    await colleague.post(f"/applications/{made['application']}/submit", {"version": made["version"]})
    assert "submitted" == (await clerk.get(f"/withdrawals/{made['id']}"))["withdrawal"]["state"]
    assert ["submitted"] == [each["state"] for each in (await employee.get("/me/withdrawals"))["items"]]


async def test_the_bureau_sees_nothing_that_waits_for_a_colleague(
    funded: Town, visitor: VisitorOf, db: Connection, portal: Portal
) -> None:
    """复核: while a colleague looks at it, it is absent for the whole bureau, on pages too; handed in, it is there."""
    await db.execute("UPDATE employer SET checker_needed = true WHERE id = $1", funded.employer.id)
    clerk, colleague = await visitor(PortalRole.EMPLOYER_CLERK), await visitor(PortalRole.EMPLOYER_CHECKER)
    made = await clerk.post("/withdrawals", await body(clerk, funded))
    bureau = [await visitor(role) for role in PortalRole if role in BUREAU]
    path = f"/withdrawals/{made['id']}"

    async def seen() -> set[tuple[int, int, int]]:
        told = set()
        for someone in bureau:
            of_all, of_drafts = await someone.get("/withdrawals"), await someone.get("/withdrawals", state="draft")
            told.add(((await someone.ask("GET", path)).status, len(of_all["items"]), len(of_drafts["items"])))
        return told

    assert {(404, 0, 0)} == await seen()
    finance = await visitor(PortalRole.FINANCE_MAKER)
    address = f"{portal.settings.origin}/bureau{path}"
    async with finance.http.get(address, headers=finance.headers) as response:
        assert 404 == response.status
    own = await clerk.get("/withdrawals", state="draft")
    assert [made["id"]] == [each["id"] for each in own["items"]]
    await colleague.post(f"/applications/{made['application']}/submit", {"version": made["version"]})
    assert {(200, 1, 0)} == await seen()


async def test_the_auditor_is_told_nobodys_numbers(funded: Town, visitor: VisitorOf) -> None:
    """ID, account and telephone are masked by whichever call the auditor asks; the reviewer compares them whole."""
    clerk, auditor = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.AUDITOR)
    whole = (str(fund.id_number(1)), ACCOUNT, "13900001234")
    made = await clerk.post("/withdrawals", await body(clerk, funded, remark=f"本人电话 {whole[2]}"))
    application = f"/applications/{made['application']}"
    reviewed = str(await (await visitor(PortalRole.REVIEWER)).get(application))
    assert [True] * 3 == [number in reviewed for number in whole]
    for path in (application, f"/withdrawals/{made['id']}", "/withdrawals"):
        shown = str(await auditor.get(path))
        assert (path, [False] * 3) == (path, [number in shown for number in whole])
        assert (path, [True] * 3) == (path, [end in shown for end in (whole[0][14:], "****0123", "139****1234")])


async def test_payment_bounced_goes_back_to_the_balance(
    funded: Town, visitor: VisitorOf, db: Connection, portal: Portal
) -> None:
    """F114: failed with the reason, paid again, sent back by the bank, given back: each told to the employer."""
    clerk, reviewer = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.REVIEWER)
    finance, auditor = await visitor(PortalRole.FINANCE_CHECKER), await visitor(PortalRole.AUDITOR)
    employee = await visitor(PortalRole.EMPLOYEE)
    made = await clerk.post("/withdrawals", await body(clerk, funded))
    await reviewer.post(f"/applications/{made['application']}/approve", {"version": 1})
    booked = await db.fetchval("SELECT current_date::text")
    why = {"reason": "账号与户名不符"}
    for act, facts, state in (
        ("pay", {}, "paying"),
        ("failed", why, "failed"),
        ("retry", {}, "approved"),
        ("pay", {}, "paying"),
        ("paid", {"booked": booked, "bank_reference": "B-1"}, "paid"),
        ("bounced", why, "failed"),
        ("give-back", why, "given_back"),
    ):
        version = (await finance.get(f"/withdrawals/{made['id']}"))["withdrawal"]["version"]
        done = await finance.post(f"/withdrawals/{made['id']}/{act}", {"version": version, **facts})
        assert (act, state) == (act, done["state"])
    shown = (await clerk.get(f"/withdrawals/{made['id']}"))["withdrawal"]
    assert ("账号与户名不符", "已退回余额") == (shown["note"], shown["state_zh"])
    for ledger in (await employee.get("/me/ledger"), await clerk.get(f"/employees/{funded.people[0]}/ledger")):
        back, out, _ = ledger["items"]
        assert [(each["amount"], each["returned"]) for each in (back, out)] == [("300.00", True), ("-300.00", False)]
        assert {("withdrawal", made["id"])} == {(each["kind"], each["application_id"]) for each in (back, out)}
    async with employee.http.get(f"{portal.settings.origin}/", headers=employee.headers) as response:
        assert "支取退回" in await response.text()
    seen = await auditor.get(f"/withdrawals/{made['id']}")
    assert "****0123" == seen["withdrawal"]["payee_account"]
    assert ["failed", "bounced"] == [each["state"] for each in seen["payments"]]
    assert "500.00" == (await clerk.get(f"/employees/{funded.people[0]}/withdrawable"))["available"]


async def test_who_saw_an_older_version_is_told_in_one_language(funded: Town, visitor: VisitorOf) -> None:
    """STALE_VERSION names whose withdrawal it is, in Chinese and in English."""
    clerk, finance = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.FINANCE_MAKER)
    made = await clerk.post("/withdrawals", await body(clerk, funded))
    await (await visitor(PortalRole.REVIEWER)).post(f"/applications/{made['application']}/approve", {"version": 1})
    given = await finance.ask("POST", f"/withdrawals/{made['id']}/pay", json={"version": 99})
    (told,) = given.body["violations"]
    assert (409, "STALE_VERSION") == (given.status, told["code"])
    assert told["zh"].startswith("您打开页面之后，员工1的支取已被他人修改")
    assert told["en"].startswith("The withdrawal of 员工1 has been changed")


async def test_openings_are_confirmed_by_the_checker(funded: Town, visitor: VisitorOf, db: Connection) -> None:
    """Design §12: what an employer typed can be withdrawn once finance's checker has confirmed the sum that was shown."""
    async with acting(db, fund.BUREAU):
        opening = OpeningBalance(month=Month(2019, 12), amount=Money.parse("51"))
        await posting.open_balances(db, funded.employer.id, dict.fromkeys(funded.people[:2], opening))
    clerk, maker = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.FINANCE_MAKER)
    checker = await visitor(PortalRole.FINANCE_CHECKER)
    (waiting,) = (await maker.get("/opening-confirmations"))["items"]
    assert (2, "102.00") == (waiting["people"], waiting["amount"])
    sent = {"employer_id": waiting["id"], "amount": waiting["amount"]}
    assert 403 == (await maker.ask("POST", "/opening-confirmations", json=sent)).status
    assert {"people": 2} == await checker.post("/opening-confirmations", sent)
    shown = await clerk.get(f"/employees/{funded.people[0]}/withdrawable")
    assert ("551.00", "51.00") == (shown["available"], shown["confirmed"])
    given = await checker.ask("POST", "/opening-confirmations", json=sent)
    assert (409, ["OPENINGS_CONFIRMED"]) == (given.status, given.codes)
    given = await checker.ask("POST", "/opening-confirmations", json=sent | {"employer_id": "999"})
    assert (404, ["ABSENT"]) == (given.status, given.codes)


async def test_each_step_is_told_to_who_may_see_it(db: Connection, funded: Town, visitor: VisitorOf) -> None:
    """The employer, the bureau and nobody else hear of each step, of the payment's by the number of the withdrawal."""
    clerk, reviewer = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.REVIEWER)
    finance, auditor = await visitor(PortalRole.FINANCE_MAKER), await visitor(PortalRole.AUDITOR)
    stranger = await visitor(PortalRole.EMPLOYER, employer_id=funded.other.id)
    made = await clerk.post("/withdrawals", await body(clerk, funded))
    steps = [("application", "approved"), *(("withdrawal", state) for state in ("paying", "failed", "given_back"))]
    async with AsyncExitStack() as stack:
        everybody = (clerk, reviewer, finance, auditor, stranger)
        *told, strange = [await stack.enter_async_context(stream(each)) for each in everybody]
        await reviewer.post(f"/applications/{made['application']}/approve", {"version": 1})
        for act, facts in (("pay", {}), ("failed", {"reason": "户名不符"}), ("give-back", {"reason": "户名不符"})):
            version = (await finance.get(f"/withdrawals/{made['id']}"))["withdrawal"]["version"]
            await finance.post(f"/withdrawals/{made['id']}/{act}", {"version": version, **facts})
        for events in told:
            heard = await events.until("withdrawal", "given_back")
            # Finance hears of the statement that brought the money, too.
            of_it = [(*each.told, each.data["id"]) for each in heard if each.name != "statement"]
            assert [(*step, made["id"]) for step in steps] == of_it
        await fund.submitted(db, funded.other, fund.line(funded.strangers[0], START))
        event = await strange.event()
        assert event is not None
        assert ("order", "draft") == event.told
