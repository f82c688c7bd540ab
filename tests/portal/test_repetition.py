"""What is uploaded under an Idempotency-Key is taken in once: after a time-out a program may send it again."""

import asyncio
from io import BytesIO
from typing import Any

import attrs
import pytest

from services.portal.app import endpoints
from services.portal.endpoints import Streamed
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.amounts.files import in_csv as amounts_in_csv
from tests.portal.amounts.files import row as amount
from tests.portal.conftest import Town, VisitorOf
from tests.portal.importing.lists import in_csv, person
from tests.portal.papers import jpeg, kept_files, pdf
from tests.portal.visitors import Given, Visitor
from tests.store.fund import START, draft, line

PAPER = {"purpose": "employee_opening", "slot": "id_card", "filename": "a.jpg"}
# Those that do it by the bytes of the file; a statement is one by itself, and a simulation has a test of its own.
BY_DIGEST = {"files.upload", "amounts.upload", "imports.upload", "initialisations.take_file"}
BY_THEMSELVES = {"statements.send_in", "simulations.simulate"}


@attrs.frozen
class Upload:
    """A call that takes a file, two files that it takes, and the table that has a row of each."""

    path: str
    params: dict[str, str]
    one: bytes
    other: bytes
    table: str


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the town's employer."""
    return await visitor(PortalRole.EMPLOYER)


@pytest.fixture(params=["attachments", "amounts", "imports"])
async def upload(request: pytest.FixtureRequest, db: Connection, town: Town) -> Upload:
    """Each of them."""
    match request.param:
        case "attachments":
            return Upload("/attachments", PAPER, jpeg(), pdf(1), "attachment WHERE state <> 'deleted'")
        case "amounts":
            order = await draft(db, town.employer, line(town.people[0], START))
            one, other = (amounts_in_csv(amount(1, value)) for value in ("600", "700"))
            return Upload(f"/orders/{order.id}/amounts", {"filename": "四月.csv"}, one, other, "amount_list")
        case _:
            return Upload(
                "/imports", {"filename": "a.csv"}, in_csv(person(101)), in_csv(person(102)), "employee_import"
            )


async def send(clerk: Visitor, upload: Upload, body: bytes, key: str = "k", **said: str) -> Given:
    """Send a file under a key."""
    headers = {"Idempotency-Key": key, "Content-Type": "application/octet-stream"}
    return await clerk.ask("POST", upload.path, params=upload.params | said, data=BytesIO(body), headers=headers)


async def test_the_same_file_under_one_key_is_taken_once(clerk: Visitor, upload: Upload, db: Connection) -> None:
    """The second answer is the first one, word for word; under another key, or without one, it is another file."""
    first = await send(clerk, upload, upload.one)
    again = await send(clerk, upload, upload.one)
    assert (first.status, first.body, first.headers["Location"]) == (
        again.status,
        again.body,
        again.headers["Location"],
    )
    assert (None, "true") == tuple(each.headers.get("Idempotency-Replayed") for each in (first, again))
    assert 1 == await db.fetchval(f"SELECT count(*) FROM {upload.table}")
    assert first.body["id"] != (await send(clerk, upload, upload.one, "another")).body["id"]


async def test_another_file_under_the_same_key_is_refused(clerk: Visitor, upload: Upload, db: Connection) -> None:
    """422, also for the same bytes under another name; and the file that was taken in stays as it is."""
    first = await send(clerk, upload, upload.one)
    for given in (await send(clerk, upload, upload.other), await send(clerk, upload, upload.one, filename="b.csv")):
        assert (422, ["IDEMPOTENCY_KEY_REUSED"]) == (given.status, given.codes)
    assert [int(first.body["id"])] == [row[0] for row in await db.fetch(f"SELECT id FROM {upload.table}")]


async def test_what_was_refused_may_be_sent_again_under_its_key(clerk: Visitor, upload: Upload) -> None:
    """It changed nothing, so the key is free."""
    assert 400 <= (await send(clerk, upload, b"\x89PNG no such file")).status < 500 or upload.path == "/imports"
    key = "k" if upload.path != "/imports" else "free"
    assert 200 <= (await send(clerk, upload, upload.one, key)).status < 300


async def test_of_two_at_once_one_is_taken(clerk: Visitor, portal: Portal, db: Connection) -> None:
    """The one waits for the other and gets its answer; what it brought does not stay in the store."""
    paper = Upload("/attachments", PAPER, jpeg(), pdf(1), "attachment")
    answers = await asyncio.gather(*(send(clerk, paper, paper.one) for _ in range(2)))
    assert 1 == len({each.body["id"] for each in answers})
    assert [None, "true"] == sorted((each.headers.get("Idempotency-Replayed") for each in answers), key=str)
    assert 1 == len(kept_files(portal))
    assert ["stored"] == [row[0] for row in await db.fetch("SELECT state FROM attachment WHERE state <> 'deleted'")]


async def test_a_wrong_key_is_refused_before_the_file_comes(clerk: Visitor, upload: Upload) -> None:
    """400, as everywhere."""
    given = await send(clerk, upload, upload.one, "é")
    assert (400, ["IDEMPOTENCY_KEY_WRONG"]) == (given.status, given.codes)


def test_a_key_is_offered_where_it_counts() -> None:
    """Who takes one in the document does something once by it: no call ignores the key that it offers."""
    calls: dict[str, Any] = {call.name: call for call in endpoints() if call.creates and not call.transaction}
    assert BY_DIGEST | BY_THEMSELVES == calls.keys()
    assert {Streamed} == {call.body for call in calls.values()}
