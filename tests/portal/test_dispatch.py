"""What happens to every request alike, tried with calls made up for it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest

from services.portal import server as servers
from services.portal.app import make_app
from services.portal.calls import Call
from services.portal.cursors import PageQuery
from services.portal.endpoints import Answer, Endpoints
from services.portal.portal import Portal
from services.portal.roles import BUREAU, EMPLOYERS, EVERYBODY, PortalRole
from services.portal.wire import Id
from services.store.database import Connection
from services.store.refusals import refuse
from tests.portal.conftest import VisitorOf
from tests.portal.contract import Contract

notes = Endpoints(tag="tests")


@attrs.frozen(kw_only=True)
class Note:
    """What is made here."""

    text: str


@attrs.frozen(kw_only=True)
class Made:
    """What was made."""

    id: Id
    text: str


@attrs.frozen(kw_only=True)
class Seen:
    """What a transaction is."""

    role: str
    actor: str
    reads_only: bool


async def _add(connection: Connection, text: str) -> Made:
    number = await connection.fetchval(
        "INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state, reason) "
        "VALUES (current_employer_id(), 'note', 1, 'made', $1) RETURNING id",
        text,
    )
    return Made(id=Id(number), text=text)


@notes.post("/notes", who=EMPLOYERS, scope="notes:write", status=201, location="/notes/{id}", creates=True)
async def make(call: Call, body: Note) -> Made:
    """Make a note; `refuse` is refused after it was written, `crash` is a defect."""
    made = await _add(call.connection, body.text)
    if body.text == "refuse":
        raise refuse("NOTHING_CHOSEN")
    if body.text == "crash":
        raise LookupError("a secret of ours")
    return made


@notes.get("/notes/{note_id}", who=BUREAU | EMPLOYERS, scope="notes:read")
async def show(call: Call, note_id: int, query: PageQuery) -> Seen:
    """Say how the transaction runs; note 7 tries to write."""
    if note_id == 7:
        await _add(call.connection, str(query.limit))
    row = await call.connection.fetchrow(
        "SELECT current_user AS role, current_actor() AS actor, current_setting('transaction_read_only') = 'on' AS reads_only"
    )
    assert row is not None
    return Seen(**row)


@notes.post("/audit", who=BUREAU, scope="notes:write")
async def act(call: Call) -> Seen:
    """Say how a transaction that writes runs."""
    return await show(call, 1, PageQuery())


@notes.post("/slow", who=EVERYBODY, scope="notes:write", seconds_max=0.05)
async def dawdle(call: Call) -> None:
    """Never end."""
    await call.connection.execute("SELECT pg_sleep(20)")


@notes.get("/open", who=None)
async def greet(call: Call) -> Answer[Note]:
    """Greet whoever comes."""
    name = call.credentials.identity.name if call.credentials.identity else "stranger"
    return Answer(value=Note(text=name), headers={"X-Greeting": "yes"})


@pytest.fixture
def promised() -> Contract:
    """What the document of the calls above promises."""
    return Contract.of(notes)


@pytest.fixture
async def server(portal: Portal) -> AsyncIterator[str]:
    """The real server with nothing but the calls above."""
    async with servers.serving(make_app(portal, [notes]), portal.settings):
        yield portal.settings.origin


async def notes_in(db: Connection) -> list[str]:
    """Return what was really written."""
    return [row["reason"] for row in await db.fetch("SELECT reason FROM audit_event WHERE subject_kind = 'note'")]


async def test_what_is_created_is_found_where_the_answer_says(visitor: VisitorOf, db: Connection) -> None:
    """201, the place, and the row is committed before the answer."""
    clerk = await visitor(PortalRole.EMPLOYER)
    given = await clerk.ask("POST", "/notes", json={"text": "a"})
    assert (201, f"/api/v1/notes/{given.body['id']}", ["a"]) == (
        given.status,
        given.headers["Location"],
        await notes_in(db),
    )


async def test_a_transaction_is_the_askers(visitor: VisitorOf) -> None:
    """It runs in the database role of the user, under the user's name, and what reads cannot write."""
    clerk, reviewer, auditor = [
        await visitor(role) for role in (PortalRole.EMPLOYER, PortalRole.REVIEWER, PortalRole.AUDITOR)
    ]
    assert clerk.user is not None
    expected = {"role": "subsidy_employer", "actor": f"user/{clerk.user.id}", "reads_only": True}
    assert expected == await clerk.get("/notes/1")
    assert ("subsidy_bureau", False) == _how(await reviewer.post("/audit"))
    assert ("subsidy_bureau", True) == _how(await auditor.post("/audit"))


def _how(seen: Any) -> tuple[str, bool]:
    return seen["role"], seen["reads_only"]


@pytest.mark.parametrize(("text", "status"), [("refuse", 422), ("crash", 500)])
async def test_what_fails_leaves_nothing(visitor: VisitorOf, db: Connection, text: str, status: int) -> None:
    """Neither a broken rule nor a defect of ours writes half, and a defect tells nothing of itself."""
    clerk = await visitor(PortalRole.EMPLOYER)
    given = await clerk.ask("POST", "/notes", json={"text": text}, headers={"Idempotency-Key": "k"})
    assert (status, []) == (given.status, await notes_in(db))
    assert "secret" not in str(given.body)


async def test_a_read_that_writes_is_a_defect(visitor: VisitorOf, db: Connection) -> None:
    """PostgreSQL itself refuses it, as a server does that has become a standby: nothing else can be told."""
    clerk = await visitor(PortalRole.EMPLOYER)
    given = await clerk.ask("GET", "/notes/7")
    assert (503, []) == (given.status, await notes_in(db))


async def test_under_one_key_it_is_done_once(visitor: VisitorOf, db: Connection) -> None:
    """Ten times at once: one note, and ten times the same answer."""
    clerk = await visitor(PortalRole.EMPLOYER)
    given = await asyncio.gather(
        *(clerk.ask("POST", "/notes", json={"text": "a"}, headers={"Idempotency-Key": "once"}) for _ in range(10))
    )
    assert 1 == len({(each.status, each.body["id"], each.headers["Location"]) for each in given})
    assert 9 == sum("Idempotency-Replayed" in each.headers for each in given)
    assert ["a"] == await notes_in(db)


async def test_a_key_is_of_one_request_and_one_user(visitor: VisitorOf, db: Connection) -> None:
    """Another body under it is refused; another user may choose the same one; a refused try may be repeated."""
    clerk, colleague = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.EMPLOYER)
    await clerk.post("/notes", {"text": "a"}, Idempotency_Key="k")
    await colleague.post("/notes", {"text": "b"}, Idempotency_Key="k")
    given = await clerk.ask("POST", "/notes", json={"text": "c"}, headers={"Idempotency-Key": "k"})
    assert ["IDEMPOTENCY_KEY_REUSED"] == given.codes
    assert ["a", "b"] == await notes_in(db)


async def test_what_takes_too_long_is_stopped_and_undone(visitor: VisitorOf) -> None:
    """Also in the database, whose connection is free again at once."""
    clerk = await visitor(PortalRole.EMPLOYER)
    given = await clerk.ask("POST", "/slow")
    assert (503, ["TOO_SLOW"]) == (given.status, given.codes)
    assert 200 == (await clerk.ask("GET", "/notes/1")).status


async def test_an_open_call_knows_who_comes_if_they_say(visitor: VisitorOf, server: str) -> None:
    """It needs no login, and takes one."""
    clerk = await visitor(PortalRole.EMPLOYER)
    nobody = attrs.evolve(clerk, headers={})
    assert clerk.user is not None
    assert {"text": clerk.user.name} == await clerk.get("/open")
    given = await nobody.ask("GET", "/open")
    assert ({"text": "stranger"}, "yes") == (given.body, given.headers["X-Greeting"])


@pytest.mark.parametrize(
    ("method", "path", "how", "status", "code"),
    [
        ("GET", "/nothing", {}, 404, "PATH_UNKNOWN"),
        ("GET", "/notes/0", {}, 404, "PATH_UNKNOWN"),
        ("GET", "/notes/1234567890123456789", {}, 404, "PATH_UNKNOWN"),
        ("GET", "/notes/x", {}, 404, "PATH_UNKNOWN"),
        ("DELETE", "/notes", {}, 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/notes/1?colour=red", {}, 400, "UNKNOWN_FIELD"),
        ("GET", "/notes/1?limit=ten", {}, 422, "FIELD_WRONG"),
        ("GET", "/open?x=1", {}, 400, "UNKNOWN_FIELD"),
        ("POST", "/notes", {}, 400, "BODY_EXPECTED"),
        ("POST", "/notes", {"data": b"{}"}, 415, "CONTENT_TYPE"),
        ("POST", "/notes", {"json": {"text": "x" * 70_000}}, 413, "BODY_TOO_LARGE"),
        ("POST", "/notes", {"json": {"texts": "x"}}, 400, "UNKNOWN_FIELD"),
        ("POST", "/audit", {"json": {}}, 403, "FORBIDDEN"),
        ("POST", "/notes", {"json": {"text": "x"}, "headers": {"Idempotency-Key": "é"}}, 400, "IDEMPOTENCY_KEY_WRONG"),
    ],
)
async def test_a_wrong_request_is_told_what_is_wrong(  # noqa: PLR0917 - a table.
    visitor: VisitorOf, method: str, path: str, how: dict[str, Any], status: int, code: str
) -> None:
    """With a status, a code, and the way out in both languages."""
    clerk = await visitor(PortalRole.EMPLOYER)
    given = await clerk.ask(method, path, **how)
    assert (status, "application/problem+json", code) == (
        given.status,
        given.headers["Content-Type"].partition(";")[0],
        given.body["code"],
    )
    assert all(each["zh"] and each["en"] for each in given.body["violations"])
