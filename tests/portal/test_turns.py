"""One employer's requests leave connections to the others."""

import asyncio
from datetime import UTC, datetime

import attrs

from services.portal.identity import Identity
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.portal.turns import AT_ONCE_MAX, Turns
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.store import fund

CLERK = Identity(
    user_id=1,
    role=PortalRole.EMPLOYER,
    name="clerk",
    employer_id=7,
    person_id=None,
    scopes=None,
    ends_at=datetime(2030, 1, 1, tzinfo=UTC),
)
REVIEWER = attrs.evolve(CLERK, user_id=3, role=PortalRole.REVIEWER, employer_id=None)


async def test_an_employers_users_count_together() -> None:
    """The third waits until one of the two has ended; another employer and the bureau do not."""
    turns = Turns(at_once_max=2)
    entered: list[int] = []
    end = asyncio.Event()

    async def work(identity: Identity) -> None:
        async with turns.turn(identity):
            entered.append(identity.user_id)
            await end.wait()

    async with asyncio.TaskGroup() as group:
        for user_id in (1, 2, 9):
            group.create_task(work(attrs.evolve(CLERK, user_id=user_id)))
        group.create_task(work(attrs.evolve(CLERK, user_id=4, employer_id=8)))
        group.create_task(work(REVIEWER))
        for _ in range(3):
            await asyncio.sleep(0)
        assert [1, 2, 4, 3] == entered
        end.set()
    assert [1, 2, 4, 3, 9] == entered


async def test_nothing_is_kept_of_who_has_gone() -> None:
    """The table does not grow with all who ever came."""
    turns = Turns()
    async with turns.turn(CLERK):
        assert 1 == len(turns._places)
    assert 0 == len(turns._places)


async def test_requests_that_wait_for_a_lock_hold_nobody_else_up(
    visitor: VisitorOf, portal: Portal, db: Connection, town: Town
) -> None:
    """As many as there are connections and more; the reviewer is answered meanwhile, and they all end well."""
    clerk, reviewer = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.REVIEWER)
    month = {"first": str(fund.START), "last": str(fund.START)}
    order = await clerk.post("/orders", {"kind": "regular", "months": month, "fill": True})
    lines = {"version": order["version"], "lines": []}
    async with db.transaction():
        await db.execute("SELECT FROM remittance_order WHERE id = $1 FOR UPDATE", int(order["id"]))
        waiting = [
            asyncio.create_task(clerk.ask("PUT", f"/orders/{order['id']}/lines", json=lines))
            for _ in range(portal.pool.get_max_size() + AT_ONCE_MAX)
        ]
        assert 200 == (await reviewer.ask("GET", "/me")).status
    statuses = sorted([given.status for given in await asyncio.gather(*waiting)])
    assert [200] == statuses[:1]
    assert {409} == set(statuses[1:])
