"""Promises of services/portal/notices/notices.py, over HTTP with real sessions."""

import pytest

from services.portal.roles import PortalRole
from services.store import notices
from services.store.database import Connection, acting
from services.store.notices import Notice
from tests.portal.conftest import ACCOUNT, Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import BUREAU, START, approve, line, pay, submitted


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


async def noticed(db: Connection, town: Town, month: int = 0) -> Notice:
    """Let the bureau approve an order of two people."""
    lines = (line(person, START + month) for person in town.people[:2])
    return await approve(db, await submitted(db, town.employer, *lines), seed=month + 1)


async def test_a_notice_says_what_to_write_in_the_banks_form(clerk: Visitor, db: Connection, town: Town) -> None:
    """Payee, account, amount and memo, field by field, and what the money is for."""
    await db.execute("UPDATE bank_account SET bank_name = '工商银行江门分行'")
    notice = await noticed(db, town)
    shown = await clerk.get(f"/notices/{notice.id}")
    assert [
        ("收款人户名", "住房补贴资金专户"),
        ("收款账号", ACCOUNT),
        ("收款人开户行", "工商银行江门分行"),
        ("金额", "1000.00"),
        ("摘要（附言）", str(notice.memo)),
    ] == [(field["label_zh"], field["value"]) for field in shown["bank_form"]]
    assert {"name": "住房补贴资金专户", "account": ACCOUNT, "bank": "工商银行江门分行"} == shown["payee"]
    assert [("approved", "1000.00")] == [(order["state"], order["total"]) for order in shown["orders"]]
    assert ("awaiting", "待缴款", None, None) == (
        shown["state"],
        shown["state_zh"],
        shown["paid_on"],
        shown["settled_at"],
    )


async def test_a_paid_notice_asks_for_nothing_more(clerk: Visitor, db: Connection, town: Town) -> None:
    """The day of the bank, when it was credited, and no form to fill in: a second payment would come back."""
    notice = await noticed(db, town)
    await pay(db, notice)
    shown = await clerk.get(f"/notices/{notice.id}")
    assert ("paid", "2020-09-15", [], ["credited"]) == (
        shown["state"],
        shown["paid_on"],
        shown["bank_form"],
        [order["state"] for order in shown["orders"]],
    )
    assert shown["settled_at"] is not None


async def test_a_cancelled_notice_says_why(clerk: Visitor, db: Connection, town: Town) -> None:
    """The timeline has the bureau's reason, for the notice and for its order."""
    notice = await noticed(db, town)
    async with acting(db, BUREAU):
        await notices.cancel(db, notice.id, "单位要求取消")
    told = await clerk.get(f"/notices/{notice.id}/timeline")
    assert [("notice", "已取消"), ("order", "已取消")] == sorted(
        (each["subject"], each["state_zh"]) for each in told["events"] if each["reason"] == "单位要求取消"
    )


async def test_notices_are_listed_by_state_and_page(clerk: Visitor, db: Connection, town: Town) -> None:
    """The newest first; a state narrows them."""
    made = [await noticed(db, town, month) for month in range(3)]
    await pay(db, made[0])
    first = await clerk.get("/notices", limit="2")
    rest = await clerk.get("/notices", limit="2", cursor=first["next"])
    assert [str(each.memo) for each in reversed(made)] == [each["memo"] for each in first["items"] + rest["items"]]
    assert [str(made[0].id)] == [each["id"] for each in (await clerk.get("/notices", state="paid"))["items"]]


async def test_without_an_account_there_is_no_form(clerk: Visitor, db: Connection, town: Town) -> None:
    """An account of another currency is none to pay yuan to."""
    await db.execute("UPDATE bank_account SET currency = 'USD'")
    notice = await noticed(db, town)
    shown = await clerk.get(f"/notices/{notice.id}")
    assert (None, []) == (shown["payee"], shown["bank_form"])


async def test_notices_of_others_are_absent(visitor: VisitorOf, db: Connection, town: Town) -> None:
    """A foreign notice answers, byte by byte, as its number did before there was one."""
    stranger = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    paths = ("/notices/1", "/notices/1/timeline")
    before = [await stranger.ask("GET", path) for path in paths]
    assert 1 == (await noticed(db, town)).id
    after = [await stranger.ask("GET", path) for path in paths]
    assert [404, 404] == [each.status for each in before]
    assert [each.body for each in before] == [each.body for each in after]
    assert [] == (await stranger.get("/notices"))["items"]


async def test_an_employer_joins_its_own_notices(clerk: Visitor, db: Connection, town: Town) -> None:
    """F97: one memo for the sum; the old memos end; who did it stands in the trail; done once, however often it is sent."""
    made = [await noticed(db, town, month) for month in range(3)]
    chosen = [str(notice.id) for notice in made[:2]]
    issued = await clerk.post("/notices/merge", {"notice_ids": chosen}, Idempotency_Key="once")
    again = await clerk.post("/notices/merge", {"notice_ids": chosen}, Idempotency_Key="once")
    assert issued == again
    assert ("2000.00", "awaiting") == (issued["notice"]["amount"], issued["notice"]["state"])
    shown = await clerk.get(f"/notices/{issued['id']}")
    assert ("贰仟元整", 2) == (shown["amount_zh"], len(shown["orders"]))
    states = {each["id"]: (each["state"], each["merged_into"]) for each in (await clerk.get("/notices"))["items"]}
    assert {("merged", issued["id"])} == {states[each] for each in chosen}
    assert ("awaiting", None) == states[str(made[2].id)]
    actor = await db.fetchval(
        "SELECT actor FROM audit_event WHERE subject_kind = 'notice' AND to_state = 'merged' LIMIT 1"
    )
    assert clerk.user is not None
    assert f"user/{clerk.user.id}" == actor


async def test_what_cannot_be_joined_stays_as_it_is(
    clerk: Visitor, visitor: VisitorOf, db: Connection, town: Town
) -> None:
    """Another employer's notice is as absent as none; a paid one is refused; one alone is nothing to join."""
    mine, paid = await noticed(db, town), await noticed(db, town, 1)
    await pay(db, paid)
    theirs = await approve(db, await submitted(db, town.other, line(town.strangers[0], START)))
    for other, code in (
        (theirs.id, "ABSENT"),
        (999999, "ABSENT"),
        (paid.id, "NOTICE_STATE"),
        (mine.id, "NOTHING_TO_MERGE"),
    ):
        given = await clerk.ask("POST", "/notices/merge", json={"notice_ids": [str(mine.id), str(other)]})
        assert [code] == given.codes
    assert 2 == await db.fetchval("SELECT count(*) FROM payment_notice WHERE state = 'awaiting'")
    token = await clerk.post("/tokens", {"name": "payroll", "scopes": ["notices:decide"], "days": 1})
    bearer = {"Authorization": f"Bearer {token['secret']}", "Cookie": "", "X-CSRF-Token": ""}
    cancelled = await clerk.ask("POST", f"/notices/{mine.id}/cancel", json={"reason": "不付了"}, headers=bearer)
    assert 403 == cancelled.status, "an employer joins, and cancels nothing"


async def test_the_bureau_lists_the_notices_of_all(visitor: VisitorOf, db: Connection, town: Town) -> None:
    """Of every employer, or of one; each row says whose it is."""
    mine = await noticed(db, town)
    theirs = await approve(db, await submitted(db, town.other, line(town.strangers[0], START)))
    reviewer = await visitor(PortalRole.REVIEWER)
    assert [str(theirs.id), str(mine.id)] == [each["id"] for each in (await reviewer.get("/notices"))["items"]]
    listed = await reviewer.get("/notices", employer_id=str(town.other.id), state="awaiting")
    assert [str(town.other.id)] == [each["employer_id"] for each in listed["items"]]
    clerk = await visitor(PortalRole.EMPLOYER)
    listed = await clerk.get("/notices", employer_id=str(town.other.id))
    assert [str(mine.id)] == [each["id"] for each in listed["items"]], "an employer sees its own in any case"


async def test_the_timeline_tells_how_far_it_is(clerk: Visitor, db: Connection, town: Town) -> None:
    """F96, F106: the stages beside the events, for the notice and for its order alike."""
    notice = await noticed(db, town)
    order = (await clerk.get(f"/notices/{notice.id}"))["orders"][0]["id"]
    for path in (f"/notices/{notice.id}/timeline", f"/orders/{order}/timeline"):
        progress = (await clerk.get(path))["progress"]
        assert ["done", "done", "now", "to_come", "to_come"] == [step["mark"] for step in progress]
    await pay(db, notice)
    progress = (await clerk.get(f"/orders/{order}/timeline"))["progress"]
    assert ("received", "2020-09-15") == (progress[3]["stage"], progress[3]["on"])
    assert {"done"} == {step["mark"] for step in progress}
