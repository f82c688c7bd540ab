"""The whole month as its people live it: over HTTP, with passwords, news as they happen, and the bank's file by queue."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

from demo.people import People
from libsubsidy import Money, Month, OrganizationCode
from services.bus.publish import OutgoingStatement, publish_statement
from services.store import employers
from services.store.accounts import register_account
from services.store.database import Actor, Connection, Role, acting
from services.store.employers import NewEmployer
from tests.acceptance.portal_process import PortalProcess, portal_process, texts
from tests.patience import eventually
from tests.portal.conftest import login_url as login_url  # noqa: PLC0414 - a fixture.
from tests.portal.event_stream import EventStream, stream
from tests.portal.papers import hand_in
from tests.portal.visitors import Visitor
from tests.reconciler.bank import ACCOUNT, Bank, Payment
from tests.reconciler.processes import reconciling
from tests.reconciler.town import money_of, proves

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
MONTH = Month.of(TODAY)
_BUREAU = Actor(role=Role.BUREAU, name="tests", origin="tests")


@attrs.frozen(kw_only=True)
class Cast:
    """Everybody who takes part, logged in."""

    clerk: Visitor
    reviewer: Visitor
    maker: Visitor
    checker: Visitor
    auditor: Visitor


@pytest.fixture
async def portal(db: Connection, login_url: str) -> AsyncIterator[PortalProcess]:
    """The portal of a fund that has an account, and one employer without employees."""
    async with acting(db, _BUREAU):
        await register_account(db, number=ACCOUNT, name="住房补贴专户", source="demo-bank")
        await employers.register(
            db,
            NewEmployer(name="示范学校", org_code=OrganizationCode.parse("PDY00001-X"), code="75256", initialised=True),
        )
    async with portal_process(login_url) as running:
        yield running


async def everybody(portal: PortalProcess) -> Cast:
    """Make the users by command, and let them log in: the clerk by the organisation code, as the manual tells."""
    await portal.add_user("--role", "employer", "--employer", "75256", "--name", "示范学校人事")
    people = {}
    for role in ("reviewer", "finance_maker", "finance_checker", "auditor"):
        login = role.replace("_", ".")
        await portal.add_user("--role", role, "--login", login, "--name", role)
        people[role.removeprefix("finance_")] = await portal.log_in(login)
    return Cast(clerk=await portal.log_in("pdy00001-x"), **people)


async def hire(cast: Cast, count: int) -> list[str]:
    """Ask for accounts, approve, and give the employees' ids with the ID number of the first."""
    hired = People(Random(1))  # noqa: S311 - made-up people.
    rows = []
    for person in (hired.hire(start_month=MONTH - 2, paid_through=None) for _ in range(count)):
        assert person.file_amount is not None
        rows.append(
            {
                "name": person.name,
                "id_number": str(person.id_number),
                "mobile": str(person.mobile) or "13800000000",
                "monthly_amount": str(person.file_amount.amount),
                "start_month": str(MONTH - 2),
            }
        )
    body = {"employees": rows, "attachments": await hand_in(cast.clerk, "employee_opening")}
    opening = await cast.clerk.post("/employees", body, Idempotency_Key="hire")
    assert opening["id"] == (await cast.clerk.post("/employees", body, Idempotency_Key="hire"))["id"]
    assert [] == (await cast.clerk.get("/employees"))["items"]
    await cast.reviewer.post(f"/applications/{opening['id']}/approve", {"version": opening["version"]})
    employees = (await cast.clerk.get("/employees", limit=200))["items"]
    assert count == len(employees)
    return [row["id_number"] for row in rows]


async def order_and_approve(cast: Cast, body: dict[str, Any]) -> dict[str, Any]:
    """Make an order, submit it, let the reviewer approve it; give the notice as the clerk sees it."""
    order = await cast.clerk.post("/orders", body)
    if not body.get("fill"):
        (first, *_) = (await cast.clerk.get("/employees"))["items"]
        line = {"employee_id": first["id"], "amount": "88.75"}
        order = await cast.clerk.put(f"/orders/{order['id']}/lines", {"version": order["version"], "lines": [line]})
    order = await cast.clerk.post(
        f"/orders/{order['id']}/submit", {"version": order["version"], "total": order["total"]}
    )
    (waiting,) = (await cast.reviewer.get("/applications"))["items"]
    assert (f"order-{order['id']}", order["total"]) == texts(waiting, "id", "total")
    approved = await cast.reviewer.post(f"/applications/{waiting['id']}/approve", {"version": waiting["version"]})
    notice: dict[str, Any] = await cast.clerk.get(f"/notices/{approved['issued']['id']}")
    assert ("awaiting", order["total"]) == texts(notice, "state", "amount")
    return notice


@asynccontextmanager
async def watching(*visitors: Visitor) -> AsyncIterator[list[EventStream]]:
    """Follow the news as each of them."""
    if not visitors:
        yield []
        return
    first, *others = visitors
    async with stream(first) as one, watching(*others) as rest:
        yield [one, *rest]


async def test_a_month_over_http(db: Connection, portal: PortalProcess, login_url: str, vhost_url: str) -> None:
    """Hired, ordered, approved, paid, credited; a payment gone wrong is found, explained and put right by two people."""
    cast = await everybody(portal)
    id_numbers = await hire(cast, 12)

    preview = await cast.clerk.post(
        "/orders/preview", {"kind": "regular", "months": {"first": str(MONTH), "last": str(MONTH)}}
    )
    assert "12" in str(preview)
    month = {"first": str(MONTH), "last": str(MONTH)}
    regular = await order_and_approve(cast, {"kind": "regular", "months": month, "fill": True})
    lump = await order_and_approve(cast, {"kind": "lump_difference", "months": month})

    good = await cast.clerk.post("/memo/check", {"text": f"{regular['memo']}，汇缴款", "amount": regular["amount"]})
    bad = await cast.clerk.post("/memo/check", {"text": f" {lump['memo']}", "amount": lump["amount"]})
    assert (True, False, lump["memo"]) == (good["settles"], bad["settles"], bad["suggestion"])

    body = Bank().statement(
        [
            Payment(fen=Money.parse(regular["amount"]).fen, memo=f"{regular['memo']}，汇缴款", day=TODAY),
            Payment(fen=Money.parse(lump["amount"]).fen, memo=f" {lump['memo']}", day=TODAY),
        ]
    )
    async with watching(cast.clerk, cast.maker) as (clerks, makers), reconciling(login_url, amqp_url=vhost_url):
        await publish_statement(
            vhost_url, OutgoingStatement(source="demo-bank", filename="month.ofx", body=body, packed=True)
        )
        paid = await clerks.until("notice", "paid")
        assert regular["id"] == paid[-1].data["id"]
        await makers.until("statement", "reconciled")

        assert "paid" == (await cast.clerk.get(f"/notices/{regular['id']}"))["state"]
        (case,) = (await cast.maker.get("/cases", state="open"))["items"]
        assert ("MEMO_NOT_AT_START", lump["memo"]) == texts(case, "reason", "proposed_memo")
        line = await cast.maker.get(f"/lines/{case['line_id']}")
        assert not all(check["passed"] for check in line["decision"]["checks"])
        (candidate,) = (await cast.maker.get(f"/cases/{case['id']}/candidates"))["items"]
        assert (lump["id"], True) == texts(candidate, "notice_id", "proposed")

        asked = await cast.maker.post(
            f"/lines/{case['line_id']}/assign", {"notice_id": lump["id"], "note": "空格写错了位置"}
        )
        refused = await cast.maker.ask("POST", f"/assignments/{asked['id']}/confirm", json={"note": ""})
        assert 403 == refused.status
        await cast.checker.post(f"/assignments/{asked['id']}/confirm", {"note": ""})
        paid = await clerks.until("notice", "paid")
        assert lump["id"] == paid[-1].data["id"]

    states = [each["state"] for each in (await cast.clerk.get("/orders"))["items"]]
    assert ["credited", "credited"] == states
    timeline = await cast.clerk.get(f"/notices/{lump['id']}/timeline")
    assert timeline
    # The account came with a user (F45), whom no password fits.
    await portal.set_password(id_numbers[0])
    own = await (await portal.log_in(id_numbers[0])).get("/me/ledger")
    amounts = {entry["kind"]: entry["amount"] for entry in own["items"]}
    assert "regular" in amounts
    assert str(sum((Money.parse(amount) for amount in amounts.values()), Money(fen=0))) == own["balance"]
    assert 403 == (await cast.auditor.ask("POST", "/orders", json={})).status
    assert 2 == len((await cast.auditor.get(f"/statements/{line['statement']['id']}/lines"))["items"])
    await eventually(lambda: _is_told(db))
    assert proves(await money_of(db))


async def _is_told(db: Connection) -> bool:
    """Say whether the books are quiet."""
    return bool(await db.fetchval("SELECT bool_and(state = 'reconciled') FROM statement"))
