import asyncio
import socket
from contextlib import AsyncExitStack
from datetime import timedelta

import aiohttp
import attrs
import pytest

from services.portal import live, watchers
from services.portal.app import make_app
from services.portal.portal import Portal
from services.portal.roles import EMPLOYERS, PortalRole
from services.portal.server import serving
from services.portal.watchers import WATCHERS
from services.store import news, sessions
from services.store.database import Actor, Connection, Role, acting, connect
from tests.patience import eventually
from tests.portal.conftest import Town, VisitorOf
from tests.portal.event_stream import stream
from tests.portal.visitors import open_visitor
from tests.store import fund

AUTH = Actor(role=Role.AUTH, name="tests", origin="tests")


async def a_month(db: Connection, town: Town, months_on: int = 0) -> None:
    """Let the first employer order, pay and be credited for one employee's month."""
    line = fund.line(town.people[0], fund.START + months_on)
    await fund.pay(db, await fund.approve(db, await fund.submitted(db, town.employer, line), seed=months_on + 1))


MONTH = [("order", "draft"), ("order", "submitted"), ("notice", "awaiting"), ("order", "approved")]


async def test_an_employer_sees_its_month_as_it_happens(db: Connection, town: Town, visitor: VisitorOf) -> None:
    """Each state of order and notice comes once, in order, with the id and the time; nothing had to be asked for."""
    async with stream(await visitor(PortalRole.EMPLOYER)) as events:
        await events.heartbeat()
        await a_month(db, town)
        told = [await events.event() for _ in range(6)]
    assert all(told)
    assert MONTH == [each.told for each in told if each][:4]
    assert {("notice", "paid"), ("order", "credited")} == {each.told for each in told if each} - set(MONTH)
    order_id = await db.fetchval("SELECT id::text FROM remittance_order")
    assert {order_id} == {each.data["id"] for each in told if each and each.name == "order"}
    assert all(each.data["at"].endswith("+08:00") for each in told if each)


async def test_another_employer_sees_nothing_of_it(db: Connection, town: Town, visitor: VisitorOf) -> None:
    """While one employer's month passes, the other's stream stays quiet; its own news come."""
    async with stream(await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)) as events:
        await events.heartbeat()
        await a_month(db, town)
        await fund.submitted(db, town.other, fund.line(town.strangers[0], fund.START))
        event = await events.event()
    assert event is not None
    ours = await db.fetchval("SELECT id::text FROM remittance_order WHERE employer_id = $1", town.other.id)
    assert ("order", ours) == (event.name, event.data["id"])


async def test_whoever_comes_back_misses_nothing_and_hears_nothing_twice(
    db: Connection, town: Town, visitor: VisitorOf
) -> None:
    """Cut after every event and resumed with its id, the stream tells the same as one that was never cut."""
    watching = await visitor(PortalRole.REVIEWER)
    async with stream(watching) as events:
        await events.heartbeat()
        beginning = events.last_id
    await a_month(db, town)
    async with stream(watching, beginning) as events:
        whole = [await events.event() for _ in range(6)]
    pieces, last_id = [], beginning
    for _ in whole:
        async with stream(watching, last_id) as events:
            pieces.append(await events.event())
            last_id = events.last_id
    assert whole == pieces
    await a_month(db, town, 1)
    async with stream(watching, last_id) as events:
        event = await events.event()
    assert event is not None
    assert ("order", "draft") == event.told


async def test_each_role_hears_of_its_own_business(db: Connection, town: Town, visitor: VisitorOf) -> None:
    """Statements are told to the finance officers and the auditor, not to reviewers and employers."""
    async with AsyncExitStack() as stack:
        hearers = {
            role: await stack.enter_async_context(stream(await visitor(role)))
            for role in PortalRole
            if role is not PortalRole.EMPLOYEE
        }
        for events in hearers.values():
            await events.heartbeat()
        async with acting(db, fund.WORKER):
            await db.execute(
                "INSERT INTO audit_event (subject_kind, subject_id, to_state) VALUES ('statement', 1, 'proven')"
            )
        await fund.submitted(db, town.employer, fund.line(town.people[0], fund.START))
        first = {role: await events.event() for role, events in hearers.items()}
    statement, order = ("statement", "proven"), ("order", "draft")
    assert {
        **dict.fromkeys(EMPLOYERS, order),
        PortalRole.REVIEWER: order,
        PortalRole.FINANCE_MAKER: statement,
        PortalRole.FINANCE_CHECKER: statement,
        PortalRole.AUDITOR: statement,
    } == {role: event and event.told for role, event in first.items()}


async def test_progress_is_told_as_it_is_made(db: Connection, town: Town, visitor: VisitorOf) -> None:
    """How many lines are decided comes without an id, once for each step, and anew to whoever comes."""
    async with acting(db, fund.WORKER):
        statement = await db.fetchval(
            "INSERT INTO statement (source, sha256, filename, size_bytes, received_from, state, staged_lines) "
            "VALUES ('test', '\\x00', 'f', 1, 'test', 'staged', 300) RETURNING id"
        )
    finance = await visitor(PortalRole.FINANCE_MAKER)
    async with stream(finance) as events:
        steps = [await events.event()]
        for matched in (100, 200):
            await db.execute("UPDATE statement SET matched_lines = $2 WHERE id = $1", statement, matched)
            steps.append(await events.event())
    assert [(0, 300), (100, 300), (200, 300)] == [
        (each.data["matched_lines"], each.data["staged_lines"]) for each in steps if each
    ]
    assert {""} == {each.id for each in steps if each}
    async with stream(finance) as events:
        again = await events.event()
    assert again is not None
    assert 200 == again.data["matched_lines"]


async def test_a_late_commit_is_told_as_soon_as_nothing_holds_it_back(
    db: Connection, town: Town, visitor: VisitorOf, database_url: str
) -> None:
    """An event held back by an older transaction comes when that one ends, although nothing notifies of its end."""
    holder = await connect(database_url)
    async with stream(await visitor(PortalRole.REVIEWER)) as events:
        await events.heartbeat()
        held = holder.transaction()
        await held.start()
        await holder.execute("SELECT pg_current_xact_id()")
        await fund.draft(db, town.employer, fund.line(town.people[0], fund.START))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await events.event()
        await held.rollback()
        event = await events.event()
    await holder.close()
    assert event is not None
    assert ("order", "draft") == event.told


async def test_a_lost_connection_loses_no_news(db: Connection, town: Town, visitor: VisitorOf) -> None:
    """The server ends every connection of the portal: the stream goes on, and tells what happened meanwhile."""
    async with stream(await visitor(PortalRole.REVIEWER)) as events:
        await events.heartbeat()
        await db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'subsidy portal' "
            "AND datname = current_database()"
        )
        await fund.draft(db, town.employer, fund.line(town.people[0], fund.START))
        event = await events.event()
        assert event is not None
        assert ("order", "draft") == event.told
        await fund.draft(db, town.employer, fund.line(town.people[1], fund.START))
        again = await events.event()
    assert again is not None
    assert event.data["id"] != again.data["id"]


async def test_a_program_needs_the_scope(visitor: VisitorOf) -> None:
    """A token with events:read opens a stream, one without does not."""
    user = await visitor(PortalRole.REVIEWER)
    tokens = {
        scope: (await user.post("/tokens", {"name": scope, "scopes": [scope], "days": 1}))["secret"]
        for scope in ("events:read", "applications:read")
    }
    program = attrs.evolve(user, headers={"Authorization": f"Bearer {tokens['events:read']}"})
    async with stream(program) as events:
        await events.heartbeat()
    given = await attrs.evolve(user, headers={"Authorization": f"Bearer {tokens['applications:read']}"}).ask(
        "GET", "/events"
    )
    assert (403, ["SCOPE_MISSING"]) == (given.status, given.codes)


async def test_nobody_waits_in_a_transaction_or_with_a_connection(
    db: Connection, portal: Portal, visitor: VisitorOf
) -> None:
    """Twenty quiet streams hold no transaction, and only the look-out's connection is out of the pool."""
    async with AsyncExitStack() as stack:
        for _ in range(4):
            user = await visitor(PortalRole.REVIEWER)
            for _ in range(5):
                await (await stack.enter_async_context(stream(user))).heartbeat()

        async def quiet() -> bool:
            busy = await db.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'subsidy portal' AND state <> 'idle' "
                "AND datname = current_database()"
            )
            return busy == 0 and portal.pool.get_idle_size() == portal.pool.get_size() - 1

        await eventually(quiet)


async def test_a_user_has_so_many_streams_and_no_more(visitor: VisitorOf) -> None:
    """The next one is refused with 429 and a time to come back; another user gets one; a closed one makes room."""
    user, other = await visitor(PortalRole.REVIEWER), await visitor(PortalRole.REVIEWER)
    async with AsyncExitStack() as stack:
        for _ in range(watchers.STREAMS_PER_USER_MAX - 1):
            await stack.enter_async_context(stream(user))
        async with stream(user):
            given = await user.ask("GET", "/events")
            assert (429, ["STREAMS_OF_USER"]) == (given.status, given.codes)
            assert int(given.headers["Retry-After"]) > 0
            async with stream(other):
                pass

        async def room() -> bool:
            async with user.http.get(f"{user.origin}/api/v1/events", headers=user.headers) as response:
                return response.status == 200

        await eventually(room)


async def test_the_process_has_so_many_streams_and_no_more(visitor: VisitorOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """When all places are taken, the next one is refused with 503."""
    monkeypatch.setattr(watchers, "STREAMS_MAX", 1)
    one, two = await visitor(PortalRole.REVIEWER), await visitor(PortalRole.AUDITOR)
    async with stream(one):
        given = await two.ask("GET", "/events")
    assert (503, ["STREAMS_IN_ALL"]) == (given.status, given.codes)


@pytest.mark.parametrize("last_id", ["yesterday", "1", "1.-1", "1.2.3", "9" * 19 + ".1"])
async def test_an_id_that_is_none_is_refused(visitor: VisitorOf, last_id: str) -> None:
    """What was never given as an id is a mistake that is told."""
    given = await (await visitor(PortalRole.REVIEWER)).ask("GET", "/events", headers={"Last-Event-ID": last_id})
    assert (400, ["LAST_EVENT_ID_WRONG"]) == (given.status, given.codes)


async def test_whoever_was_away_too_long_is_told_to_begin_anew(db: Connection, town: Town, visitor: VisitorOf) -> None:
    """After more than a week, or with a place of another database, the lists have to be read again."""
    reviewer = await visitor(PortalRole.REVIEWER)
    place = await news.horizon(db)
    await db.execute(
        "INSERT INTO audit_event (at, subject_kind, subject_id, to_state) VALUES (now() - $1::interval, 'order', 1, 'draft')",
        live.AWAY_MAX + timedelta(minutes=1),
    )
    for last_id in (f"{place.transaction}.0", f"{place.transaction + 1_000_000}.0"):
        given = await reviewer.ask("GET", "/events", headers={"Last-Event-ID": last_id})
        assert (410, ["LAST_EVENT_ID_OLD"]) == (given.status, given.codes)


async def test_an_employee_has_no_stream(visitor: VisitorOf) -> None:
    """The ledger is read when somebody looks at it."""
    given = await (await visitor(PortalRole.EMPLOYEE)).ask("GET", "/events")
    assert (403, ["FORBIDDEN"]) == (given.status, given.codes)


async def test_the_stream_ends_with_the_session(
    db: Connection, visitor: VisitorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Logged out elsewhere, the stream ends at its next proof."""
    monkeypatch.setattr(live, "PROVEN_SECONDS_MAX", 0.0)
    reviewer = await visitor(PortalRole.REVIEWER)
    async with stream(reviewer) as events:
        await events.heartbeat()
        assert reviewer.user is not None
        async with acting(db, AUTH):
            await sessions.end_all(db, reviewer.user.id)
        async with acting(db, fund.BUREAU):
            await db.execute("INSERT INTO audit_event (subject_kind, subject_id, to_state) VALUES ('user', 1, 'x')")
        assert await events.event() is None


async def test_the_stream_ends_when_the_portal_stops(
    portal: Portal, db: Connection, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop is not held up by streams: they end at once, and the server with them."""
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with serving(make_app(portal), portal.settings):
            reviewer = await open_visitor(http, portal.settings.origin, portal, db, PortalRole.REVIEWER)
            opened = await http.get(f"{portal.settings.origin}/api/v1/events", headers=reviewer.headers)
            assert 200 == opened.status
            stopping_at = loop.time()
        assert loop.time() - stopping_at < 5
        await opened.read()  # It came to a proper end.


async def test_who_does_not_read_is_cut_off(
    portal: Portal, db: Connection, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of news for one that never reads: its stream ends after the time limit, what waits for it stays small."""
    monkeypatch.setattr(live, "WRITE_SECONDS_MAX", 0.5)
    app = make_app(portal)
    async with aiohttp.ClientSession() as http, serving(app, portal.settings):
        reviewer = await open_visitor(http, portal.settings.origin, portal, db, PortalRole.REVIEWER)
        place = await news.horizon(db)
        await db.execute(
            "INSERT INTO audit_event (subject_kind, subject_id, to_state) "
            "SELECT 'order', n, 'draft' FROM generate_series(1, 20000) n"
        )
        headers = dict(reviewer.headers) | {"Host": "127.0.0.1", "Last-Event-ID": f"{place.transaction}.0"}
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", int(portal.settings.http_port)))
            deaf.sendall(f"GET /api/v1/events HTTP/1.1\r\n{fields}\r\n".encode())

            async def admitted() -> bool:
                return len(app[WATCHERS]) == 1

            async def cut_off() -> bool:
                return len(app[WATCHERS]) == 0

            await eventually(admitted)
            await eventually(cut_off)
        async with stream(reviewer) as events:
            await events.heartbeat()
