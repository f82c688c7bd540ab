"""Promises of services/portal/middleware/access_log.py: it can be answered for who opened which file."""

from collections.abc import Iterator

import pytest
import structlog

from libsubsidy import Money
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.store.fund import AMOUNT, START, draft, line, submitted
from tests.store.unsettled import flag

CANARY = "440101199001010018"


@pytest.fixture
def logged() -> Iterator[list[dict[str, object]]]:
    """Everything that is logged meanwhile."""
    capture = structlog.testing.LogCapture()
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries  # type: ignore[misc]
    structlog.configure(processors=before)


def opened(logged: list[dict[str, object]]) -> list[tuple[object, ...]]:
    """Who opened what, with which answer."""
    return [
        (line["route"], line["status"], line.get("actor"), line.get("rows"))
        for line in logged
        if "answered" == line["event"]
    ]


async def test_it_tells_who_opened_which_file(
    db: Connection, town: Town, visitor: VisitorOf, logged: list[dict[str, object]]
) -> None:
    """The user's number and the numbers of the rows, also of what was refused; no name, no query, no ID number."""
    order = await submitted(db, town.employer, line(town.people[0], START, Money(fen=100)))
    case = await flag(db, AMOUNT, "没有备注", payer_name="付款人甲")
    line_id = await db.fetchval("SELECT line_id FROM line_case WHERE id = $1", case)
    clerk, reviewer = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.REVIEWER)
    finance = await visitor(PortalRole.FINANCE_MAKER)
    assert clerk.user is not None
    assert reviewer.user is not None
    assert finance.user is not None
    asked = [
        (clerk, f"/employees/{town.people[0]}", "/employees/{employee_id}", 200, {"employee_id": str(town.people[0])}),
        (clerk, "/employees/999999", "/employees/{employee_id}", 404, {"employee_id": "999999"}),
        (clerk, f"/employees?search={CANARY}", "/employees", 200, None),
        (clerk, f"/cases/{case}", "/cases/{case_id}", 404, {"case_id": str(case)}),
        (finance, f"/lines/{line_id}", "/lines/{line_id}", 200, {"line_id": str(line_id)}),
        (
            reviewer,
            f"/applications/order-{order.id}",
            "/applications/{application_id}",
            200,
            {"application_id": f"order-{order.id}"},
        ),
        (reviewer, f"/applications/{CANARY}", "/applications/{application_id}", 404, None),
    ]
    logged.clear()
    for who, path, _, status, _ in asked:
        assert (path, status) == (path, (await who.ask("GET", path)).status)

    assert [
        (f"/api/v1{route}", status, f"user/{who.user.id}", rows)
        for who, _, route, status, rows in asked
        if who.user is not None
    ] == opened(logged)
    told = str(logged)
    assert not [word for word in (CANARY, "付款人甲", clerk.user.name, reviewer.user.name) if word in told]


async def test_nobody_is_named_who_has_not_logged_in(
    db: Connection, town: Town, visitor: VisitorOf, logged: list[dict[str, object]]
) -> None:
    """Without a session there is no actor, and what the path holds is not told."""
    order = await draft(db, town.employer, line(town.people[0], START))
    clerk = await visitor(PortalRole.EMPLOYER)
    logged.clear()
    given = await clerk.ask("GET", f"/orders/{order.id}", headers={"Cookie": ""})
    assert 401 == given.status
    assert [("/api/v1/orders/{order_id}", 401, None, None)] == opened(logged)
