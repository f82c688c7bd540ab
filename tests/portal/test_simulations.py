"""Promises of services/portal/simulations.py: what would become of a file is told, and nothing becomes of it."""

from typing import Any

import pytest

from libsubsidy import Policy
from services.portal.roles import PortalRole
from services.reconciler.simulating import Simulator
from services.store import simulations
from services.store.database import Connection, Pool
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Given, Visitor
from tests.reconciler.bank import ACCOUNT, Bank
from tests.reconciler.outcomes import DUES, OUTCOMES, PAYMENTS
from tests.reconciler.town import settle_down
from tests.store import fund

MAKER, AUDITOR = PortalRole.FINANCE_MAKER, PortalRole.AUDITOR
BODY = Bank().statement(PAYMENTS)


@pytest.fixture
async def town(db: Connection) -> Town:
    """A town where notices wait for the money of the reconciler's tests."""
    await settle_down(db, DUES)
    employer, other = await fund.register(db, 1, "10160"), await fund.register(db, 2, "10161")
    return Town(employer=employer, other=other, people=(), strangers=())


async def ask(visitor: Visitor, body: Any, **params: str) -> Given:
    """Ask what would become of a file."""
    params = {"source": "demo-bank", "filename": "day.ofx", **params}
    return await visitor.ask("POST", "/statements/simulate", data=body, params=params)


async def answer(pool: Pool) -> None:
    """Let the reconciler answer."""
    await Simulator(pool, "simulator/1", policy=Policy()).drain()


async def test_a_file_is_simulated_and_its_lines_can_be_looked_at(
    visitor: VisitorOf, db: Connection, pool: Pool
) -> None:
    """Asked by the maker, answered by the reconciler, read by the auditor; no statement comes of it."""
    maker, auditor = await visitor(MAKER), await visitor(AUDITOR)
    given = await ask(maker, BODY)
    path = f"/simulations/{given.body['id']}"
    assert maker.user is not None
    assert (202, f"/api/v1{path}", "waiting", None, f"user/{maker.user.id}") == (
        given.status,
        given.headers["Location"],
        given.body["state"],
        given.body["summary"],
        given.body["asked_by"],
    )
    assert {"items": [], "next": None} == await maker.get(f"{path}/lines")

    await answer(pool)

    done = await auditor.get(path)
    summary = done["summary"]
    assert ("done", [], "matched", None, len(PAYMENTS), len(PAYMENTS)) == (
        done["state"],
        done["findings"],
        summary["fate"],
        summary["statement_id"],
        summary["new_lines"],
        summary["lines_kept"],
    )
    assert (ACCOUNT, "CNY") == (summary["contents"]["account"], summary["contents"]["currency"])
    assert len(PAYMENTS) == sum(group["lines"] for group in summary["outcomes"])
    lines = (await auditor.get(f"{path}/lines", limit=200))["items"]
    assert [(outcome.disposition, outcome.reason) for outcome in OUTCOMES if outcome.disposition != "other"] == [
        (line["disposition"], line["verdict"]["reason"]) for line in lines if line["disposition"] != "other"
    ]
    assert all(line["verdict"]["zh"] and line["verdict"]["en"] for line in lines)
    assert 0 == await db.fetchval("SELECT count(*) FROM statement")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, len(OUTCOMES)),
        ({"disposition": "hold"}, sum(each.disposition == "hold" for each in OUTCOMES)),
        ({"reason": "MEMO_MALFORMED"}, sum(each.reason == "MEMO_MALFORMED" for each in OUTCOMES)),
    ],
)
async def test_lines_come_in_pages(visitor: VisitorOf, pool: Pool, filters: dict[str, str], expected: int) -> None:
    """In the order of the file, none twice and none missing."""
    maker = await visitor(MAKER)
    path = f"/simulations/{(await ask(maker, BODY)).body['id']}/lines"
    await answer(pool)

    found: list[int] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        cursor = {"cursor": page["next"]} if page["next"] else {}
        page = await maker.get(path, limit=2, **filters, **cursor)
        found.extend(line["ordinal"] for line in page["items"])
    assert expected == len(found)
    assert sorted(set(found)) == found


@pytest.mark.parametrize(
    ("body", "source", "code"),
    [(b"%PDF", "demo-bank", "STATEMENT_NOT_A_STATEMENT"), (BODY, "no-such-bank", "SOURCE_UNKNOWN")],
)
async def test_a_file_that_cannot_be_read_is_refused_in_both_languages(
    visitor: VisitorOf, pool: Pool, body: bytes, source: str, code: str
) -> None:
    """Without a summary."""
    maker = await visitor(MAKER)
    path = f"/simulations/{(await ask(maker, body, source=source)).body['id']}"
    await answer(pool)

    given = await maker.get(path)

    assert ("refused", [code], None) == (given["state"], [each["code"] for each in given["findings"]], given["summary"])
    assert all(each["zh"] and each["en"] for each in given["findings"])


async def test_the_same_request_again_asks_once(visitor: VisitorOf, db: Connection, pool: Pool) -> None:
    """Under one key with one file; another file under it is refused, and no bytes are kept in vain."""
    maker = await visitor(MAKER)
    key = {"Idempotency-Key": "k1"}
    first = await maker.ask("POST", "/statements/simulate?source=demo-bank", data=BODY, headers=key)
    await answer(pool)
    again = await maker.ask("POST", "/statements/simulate?source=demo-bank", data=BODY, headers=key)
    other = await maker.ask("POST", "/statements/simulate?source=demo-bank", data=b"x", headers=key)

    assert (202, 202, first.body["id"], "done") == (first.status, again.status, again.body["id"], again.body["state"])
    assert first.headers["Location"] == again.headers["Location"]
    assert ["IDEMPOTENCY_KEY_REUSED"] == other.codes
    assert (1, 0) == (
        await db.fetchval("SELECT count(*) FROM simulation"),
        await db.fetchval("SELECT count(*) FROM upload"),
    )


async def test_one_person_does_not_fill_the_queue(visitor: VisitorOf, db: Connection, pool: Pool) -> None:
    """So many wait at once; others go on, and so does everybody when they are answered."""
    maker, other = await visitor(MAKER), await visitor(MAKER)
    for _ in range(simulations.WAITING_MAX):
        assert 202 == (await ask(maker, b"x")).status
    for key in ({}, {"Idempotency-Key": "k1"}):
        given = await maker.ask("POST", "/statements/simulate?source=demo-bank", data=b"x", headers=key)
        assert (429, ["SIMULATIONS_WAITING"]) == (given.status, given.codes)
    assert simulations.WAITING_MAX == await db.fetchval("SELECT count(*) FROM upload")
    assert 202 == (await ask(other, b"x")).status
    await answer(pool)
    assert 202 == (await ask(maker, b"x")).status


async def test_what_holds_a_file_is_told_with_its_lines(visitor: VisitorOf, pool: Pool) -> None:
    """An unknown account is no reason not to look at the lines."""
    maker = await visitor(MAKER)
    path = f"/simulations/{(await ask(maker, BODY.replace(ACCOUNT.encode(), b'999'))).body['id']}"
    await answer(pool)

    given = await maker.get(path)

    assert ("done", "held", ["ACCOUNT_UNKNOWN"]) == (
        given["state"],
        given["summary"]["fate"],
        [each["code"] for each in given["findings"]],
    )
