"""Promises of services/portal/cases.py, lines.py and assignments.py, over HTTP with real sessions."""

from typing import Any

import attrs
import pytest

from libsubsidy import Money
from services.portal.roles import PortalRole
from services.store.database import Connection
from services.store.notices import Notice
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import AMOUNT, START, approve, line, pay, submitted
from tests.store.unsettled import flag

ACCOUNT = "6222021234567890"
NOTE = {"note": "与单位电话核对"}


@attrs.frozen(kw_only=True)
class Near:
    """A notice, and the money that was meant for it: its memo has a blank before it."""

    notice: Notice
    case_id: int
    line_id: int


@pytest.fixture
async def near(db: Connection, town: Town) -> Near:
    """Money that came with a near miss of a memo."""
    notice = await approve(db, await submitted(db, town.employer, line(town.people[0], START)))
    case_id = await flag(db, AMOUNT, f" {notice.memo}", payer_name="单位1", payer_account=ACCOUNT)
    line_id = await db.fetchval("SELECT line_id FROM line_case WHERE id = $1", case_id)
    return Near(notice=notice, case_id=case_id, line_id=line_id)


@pytest.fixture
async def maker(visitor: VisitorOf) -> Visitor:
    """Who finds the notice."""
    return await visitor(PortalRole.FINANCE_MAKER)


@pytest.fixture
async def checker(visitor: VisitorOf) -> Visitor:
    """Who confirms it."""
    return await visitor(PortalRole.FINANCE_CHECKER)


async def ask(maker: Visitor, near: Near, **body: Any) -> Any:
    """Ask for the line's money to pay the notice."""
    return await maker.ask(
        "POST", f"/lines/{near.line_id}/assign", json={"notice_id": str(near.notice.id)} | NOTE | body
    )


async def test_cases_come_with_their_sums(db: Connection, near: Near, maker: Visitor) -> None:
    """Oldest first, accounts masked, the reason in words; each currency has a sum of its own, told with the first page."""
    await flag(db, Money(fen=100), "没有支付码")
    await flag(db, Money(fen=200), "没有支付码", currency="USD")
    page = await maker.get("/cases", limit="1", state="open")
    (case,) = page["items"]
    assert {
        "id": str(near.case_id),
        "kind": "refund",
        "reason": "MEMO_NOT_AT_START",
        "reason_zh": "列入退款：支付码不在摘要开头。",
        "next_zh": "住建局财务核对无误后可以入账，否则原路退回：下次请把摘要放在最前面，前面不要有任何文字或空格。",
        "amount": "500.00",
        "payer_account": "****7890",
        "proposed_memo": str(near.notice.memo),
    }.items() <= case.items()
    assert "75256" == case["employer"]["code"]
    assert {
        ("MEMO_NOT_AT_START", "CNY", 1, "500.00"),
        ("MEMO_MISSING", "CNY", 1, "1.00"),
        ("CURRENCY_WRONG", "USD", 1, "2.00"),
    } == {(each["reason"], each["currency"], each["cases"], each["amount"]) for each in page["sums"]}
    rest = await maker.get("/cases", limit="2", cursor=page["next"])
    assert (2, None, []) == (len(rest["items"]), rest["next"], rest["sums"])
    assert ["MEMO_MISSING"] == [each["reason"] for each in (await maker.get("/cases", reason="MEMO_MISSING"))["items"]]
    assert [] == (await maker.get("/cases", kind="hold"))["items"]


async def test_an_employer_reads_why_its_money_did_not_arrive(
    db: Connection, near: Near, visitor: VisitorOf, town: Town
) -> None:
    """Its own cases with every check, the account masked; others' cases are absent, and so are the candidates."""
    others = await flag(db, AMOUNT, "没有支付码")
    clerk = await visitor(PortalRole.EMPLOYER)
    assert [str(near.case_id)] == [each["id"] for each in (await clerk.get("/cases"))["items"]]
    detail = await clerk.get(f"/cases/{near.case_id}")
    assert (f" {near.notice.memo}", "****7890", "2020-09-15") == (
        detail["memo"], detail["payer_account"], detail["booked"],
    )  # fmt: skip
    assert ["MEMO_LEADING_BLANK"] == [each["code"] for each in detail["decision"]["problems"]]
    assert ["memo"] == [each["name"] for each in detail["decision"]["checks"] if not each["passed"]]
    foreign = await clerk.ask("GET", f"/cases/{others}")
    nobodys = await clerk.ask("GET", "/cases/4711")
    assert 404 == foreign.status == nobodys.status
    assert str(nobodys.body).replace("4711", str(others)) == str(foreign.body)
    stranger = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    assert [] == (await stranger.get("/cases"))["items"]
    assert 404 == (await stranger.ask("GET", f"/cases/{near.case_id}")).status
    assert 403 == (await clerk.ask("GET", f"/cases/{near.case_id}/candidates")).status


@pytest.mark.parametrize(
    ("role", "account"),
    [
        (PortalRole.FINANCE_MAKER, ACCOUNT),
        (PortalRole.FINANCE_CHECKER, ACCOUNT),
        (PortalRole.AUDITOR, ACCOUNT),
        (PortalRole.REVIEWER, "****7890"),
    ],
)
async def test_finance_reads_the_whole_account(near: Near, visitor: VisitorOf, role: PortalRole, account: str) -> None:
    """Money goes back to it; everybody else reads its end."""
    assert account == (await (await visitor(role)).get(f"/cases/{near.case_id}"))["payer_account"]


async def test_a_line_is_explained_check_by_check(near: Near, maker: Visitor) -> None:
    """In both languages, with file, account, payer and case; an absent one is absent."""
    shown = await maker.get(f"/lines/{near.line_id}")
    assert ("day.ofx", "4405", ACCOUNT, "open", None) == (
        shown["statement"]["filename"],
        shown["account"]["number"],
        shown["payer"]["account"],
        shown["case"]["state"],
        shown["settlement"],
    )
    assert all(each["zh"] and each["en"] for each in shown["decision"]["checks"])
    assert str(near.notice.memo) == shown["decision"]["proposal"]
    assert 404 == (await maker.ask("GET", "/lines/4711")).status


async def test_money_is_assigned_by_maker_and_checker(
    db: Connection, near: Near, maker: Visitor, checker: Visitor
) -> None:
    """Candidates, the maker's 202, the checker's list and confirmation; then line, case and notice tell the same."""
    found = await maker.get(f"/cases/{near.case_id}/candidates")
    (candidate,) = found["items"]
    assert (str(near.notice.id), True, True) == (candidate["notice_id"], candidate["proposed"], candidate["named"])
    asked = await ask(maker, near)
    assert (202, f"/api/v1/assignments/{asked.body['id']}", "asked") == (
        asked.status, asked.headers["Location"], asked.body["state"],
    )  # fmt: skip
    assert [asked.body] == (await checker.get("/assignments"))["items"]
    confirmed = await checker.post(f"/assignments/{asked.body['id']}/confirm", {})
    assert "confirmed" == confirmed["state"]
    assert confirmed == await maker.get(f"/assignments/{asked.body['id']}")
    assert [] == (await checker.get("/assignments"))["items"]
    line_now = await maker.get(f"/lines/{near.line_id}")
    assert ("assigned", str(near.notice.memo), confirmed["decided_by"]) == (
        line_now["case"]["state"], line_now["settlement"]["memo"], line_now["settlement"]["settled_by"],
    )  # fmt: skip
    assert [confirmed] == line_now["assignments"]
    assert "paid" == await db.fetchval("SELECT state FROM payment_notice WHERE id = $1", near.notice.id)
    assert [] == (await maker.get(f"/cases/{near.case_id}/candidates"))["items"]
    again = await checker.ask("POST", f"/assignments/{asked.body['id']}/confirm", json={})
    assert (409, ["ASSIGNMENT_STATE"]) == (again.status, again.codes)


async def test_money_assigned_to_another_employer_stays_visible_to_its_payer(
    db: Connection, near: Near, maker: Visitor, checker: Visitor, *, visitor: VisitorOf, town: Town
) -> None:
    """Whose memo it is sees the case as before; who is credited sees its notice paid, and nothing of the case."""
    other = await approve(db, await submitted(db, town.other, line(town.strangers[0], START)))
    payer = await visitor(PortalRole.EMPLOYER)
    credited = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    asked = (await ask(maker, near, notice_id=str(other.id))).body

    await checker.post(f"/assignments/{asked['id']}/confirm", {})

    assert "assigned" == (await payer.get(f"/cases/{near.case_id}"))["case"]["state"]
    assert 404 == (await credited.ask("GET", f"/cases/{near.case_id}")).status
    assert [] == (await credited.get("/cases"))["items"]
    told = (await credited.get(f"/notices/{other.id}/timeline"))["events"]
    assert ("notice", "paid", "住建局") in [(each["subject"], each["to_state"], each["who_zh"]) for each in told]
    assert str(near.notice.memo) not in str(told)


async def test_each_of_the_two_keeps_to_the_own_part(near: Near, maker: Visitor, checker: Visitor) -> None:
    """A checker asks for nothing, a maker confirms nothing; both may say no, with a reason."""
    assert 403 == (await ask(checker, near)).status
    asked = (await ask(maker, near)).body
    assert 403 == (await maker.ask("POST", f"/assignments/{asked['id']}/confirm", json={})).status
    second = await ask(maker, near)
    assert (409, ["ASSIGNMENT_ASKED"]) == (second.status, second.codes)
    unsaid = await checker.ask("POST", f"/assignments/{asked['id']}/decline", json={"note": ""})
    assert (422, ["REASON_MISSING"]) == (unsaid.status, unsaid.codes)
    declined = await checker.post(f"/assignments/{asked['id']}/decline", {"note": "不是这笔"})
    assert ("declined", "不是这笔") == (declined["state"], declined["decision_note"])
    assert 202 == (await ask(maker, near)).status
    assert ["declined"] == [each["state"] for each in (await checker.get("/assignments", state="declined"))["items"]]


async def test_what_does_not_fit_is_refused_at_once(db: Connection, town: Town, near: Near, maker: Visitor) -> None:
    """Another amount, a notice that is not there, a line without a case, a note that says nothing."""
    order = await submitted(db, town.employer, line(town.people[1], START, Money.parse("500.01")))
    other = await approve(db, order, seed=2)
    await pay(db, other)
    settled = await db.fetchval("SELECT line_id FROM allocation")
    third = await approve(db, await submitted(db, town.employer, line(town.people[2], START, Money(fen=7))), seed=3)
    for body, status, code in (
        ({"notice_id": str(third.id)}, 422, "PAID_AMOUNT_DIFFERS"),
        ({"notice_id": str(other.id)}, 409, "NOTICE_NOT_OPEN"),
        ({"notice_id": "4711"}, 409, "NOTICE_NOT_OPEN"),
        ({"note": "\t"}, 422, "REASON_MISSING"),
    ):
        given = await ask(maker, near, **body)
        assert (status, [code]) == (given.status, given.codes)
    given = await ask(maker, attrs.evolve(near, line_id=settled))
    assert (409, ["CASE_NOT_OPEN"]) == (given.status, given.codes)
    assert 404 == (await ask(maker, attrs.evolve(near, line_id=4711))).status
    assert 0 == await db.fetchval("SELECT count(*) FROM case_assignment")
