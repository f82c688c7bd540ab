"""Promises of services/portal/statements.py: files come in over HTTP, and two people let them through."""

from io import BytesIO
from typing import Any, TypeAlias

import aiohttp
import pytest

from libsubsidy import Policy
from services.portal.roles import FINANCE, PortalRole
from services.reconciler.worker import Worker
from services.store.accounts import register_account
from services.store.database import Connection, Pool, acting
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Given, Visitor
from tests.reconciler.bank import ACCOUNT, Bank, Payment
from tests.reconciler.outcomes import DUES, OUTCOMES, PAYMENTS
from tests.reconciler.town import BUREAU, settle_down
from tests.store import fund

MAKER, CHECKER, AUDITOR = PortalRole.FINANCE_MAKER, PortalRole.FINANCE_CHECKER, PortalRole.AUDITOR
BODY = Bank().statement(PAYMENTS)


@pytest.fixture
async def town(db: Connection) -> Town:
    """A town where notices wait for the money of the reconciler's tests."""
    await settle_down(db, DUES)
    employer, other = await fund.register(db, 1, "10160"), await fund.register(db, 2, "10161")
    people = await fund.employ(db, employer, fund.new_employee(1))
    strangers = await fund.employ(db, other, fund.new_employee(11))
    return Town(employer=employer, other=other, people=people, strangers=strangers)


async def send(visitor: Visitor, body: Any, path: str = "/statements", **how: Any) -> Given:
    """Send a file as the body itself."""
    params = how.pop("params", {"source": "demo-bank", "filename": "day.ofx"})
    return await visitor.ask("POST", path, data=body, params=params, **how)


async def work(pool: Pool) -> None:
    """Let a worker do what there is to do."""
    await Worker(pool, "worker/1", policy=Policy()).drain()


async def test_a_file_goes_in_is_released_by_another_person_and_is_matched(visitor: VisitorOf, pool: Pool) -> None:
    """The whole way, as a maker, a checker and an auditor see it."""
    maker, checker, auditor = await visitor(MAKER), await visitor(CHECKER), await visitor(AUDITOR)

    given = await send(maker, BODY)
    assert (201, f"/api/v1/statements/{given.body['id']}") == (given.status, given.headers["Location"])
    path = f"/statements/{given.body['id']}"
    assert maker.user is not None
    assert ("received", "portal", f"user/{maker.user.id}", maker.user.name, len(BODY)) == tuple(
        given.body[name] for name in ("state", "received_from", "uploaded_by", "uploaded_by_name", "size_bytes")
    )

    await work(pool)
    held = await checker.get(path)
    assert ("held", ["UPLOADED_BY_PERSON"]) == (held["state"], [found["code"] for found in held["findings"]])
    assert (ACCOUNT, "CNY", len(PAYMENTS)) == tuple(held["contents"][name] for name in ("account", "currency", "lines"))
    lines = (await checker.get(f"{path}/lines", limit=200))["items"]
    assert [(None, None)] * len(PAYMENTS) == [(line["id"], line["disposition"]) for line in lines]

    refused = await maker.ask("POST", f"{path}/release", json={"version": held["version"], "note": "compared"})
    assert (403, ["SECOND_PERSON_NEEDED"]) == (refused.status, refused.codes)
    released = await checker.post(f"{path}/release", {"version": held["version"], "note": "compared"})
    assert checker.user is not None
    assert ("staged", f"user/{checker.user.id}", "compared") == (
        released["state"],
        released["release"]["by"],
        released["release"]["note"],
    )

    await work(pool)
    done = await auditor.get(path)
    assert ("reconciled", len(PAYMENTS), len(PAYMENTS)) == (done["state"], done["matched_lines"], done["new_lines"])
    assert len(PAYMENTS) == sum(group["lines"] for group in done["outcomes"])


async def matched(visitor: Visitor, checker: Visitor, pool: Pool) -> str:
    """Send the varied day in, release it, let it be matched, and give its path."""
    path = f"/statements/{(await send(visitor, BODY)).body['id']}"
    await work(pool)
    version = (await checker.get(path))["version"]
    await checker.post(f"{path}/release", {"version": version, "note": "compared"})
    await work(pool)
    return path


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, len(OUTCOMES)),
        ({"disposition": "refund"}, sum(each.disposition == "refund" for each in OUTCOMES)),
        ({"reason": "MEMO_MALFORMED"}, sum(each.reason == "MEMO_MALFORMED" for each in OUTCOMES)),
        ({"disposition": "settled", "reason": "MEMO_MALFORMED"}, 0),
    ],
)
async def test_lines_come_in_pages_with_their_verdicts(
    visitor: VisitorOf, pool: Pool, filters: dict[str, str], expected: int
) -> None:
    """None twice and none missing, in both languages; accounts of payers are masked."""
    maker, checker = await visitor(MAKER), await visitor(CHECKER)
    path = await matched(maker, checker, pool)

    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        cursor = {"cursor": page["next"]} if page["next"] else {}
        page = await checker.get(f"{path}/lines", limit=5, **filters, **cursor)
        found.extend(page["items"])

    assert expected == len({line["id"] for line in found}) == len(found)
    for line in found:
        assert line["verdict"]["zh"]
        assert line["verdict"]["en"]
        assert (line["disposition"] == "settled") == (line["notice_id"] is not None)
        assert set(line["payer_account"][:-4]) <= {"*"}


async def test_a_cursor_of_undecided_lines_is_none_of_decided_ones(visitor: VisitorOf, pool: Pool) -> None:
    """Whoever turned pages while it was released begins again."""
    maker, checker = await visitor(MAKER), await visitor(CHECKER)
    path = f"/statements/{(await send(maker, BODY)).body['id']}"
    await work(pool)
    held = await checker.get(path)
    cursor = (await checker.get(f"{path}/lines", limit=1))["next"]
    assert 1 == len((await checker.get(f"{path}/lines", limit=1, cursor=cursor))["items"])
    await checker.post(f"{path}/release", {"version": held["version"], "note": "compared"})
    await work(pool)

    given = await checker.ask("GET", f"{path}/lines", params={"cursor": cursor})
    assert (400, ["CURSOR_WRONG"]) == (given.status, given.codes)


async def test_the_same_file_is_one_statement(visitor: VisitorOf, db: Connection) -> None:
    """Sent again it is answered as it is now, under another key and by another person, too."""
    maker, checker = await visitor(MAKER), await visitor(CHECKER)
    first = await send(maker, BODY)
    for sender, key in ((maker, {}), (maker, {"Idempotency-Key": "k1"}), (checker, {"Idempotency-Key": "k2"})):
        again = await send(sender, BODY, headers=key)
        assert (200, first.body["id"]) == (again.status, again.body["id"])
    assert 1 == await db.fetchval("SELECT count(*) FROM statement")
    assert 0 == await db.fetchval("SELECT count(*) FROM upload")


async def test_the_idempotency_key_is_the_message_id(visitor: VisitorOf, db: Connection) -> None:
    """Used for another file of the same source it is refused, and nothing of that file is kept."""
    maker = await visitor(MAKER)
    await send(maker, BODY, headers={"Idempotency-Key": "k1"})
    assert maker.user is not None
    assert f"user/{maker.user.id}/k1" == await db.fetchval("SELECT message_id FROM statement_delivery")

    given = await send(maker, b"other", headers={"Idempotency-Key": "k1"})

    assert (409, ["MESSAGE_ID_REUSED"]) == (given.status, given.codes)
    assert (1, 0) == (
        await db.fetchval("SELECT count(*) FROM statement"),
        await db.fetchval("SELECT count(*) FROM upload"),
    )


@pytest.mark.parametrize("version", [-1, 1])
async def test_what_was_not_seen_is_not_released(visitor: VisitorOf, pool: Pool, version: int) -> None:
    """The reconciler may have found something else since."""
    maker, checker = await visitor(MAKER), await visitor(CHECKER)
    path = f"/statements/{(await send(maker, BODY)).body['id']}"
    await work(pool)
    seen = (await checker.get(path))["version"]

    given = await checker.ask("POST", f"{path}/release", json={"version": seen + version, "note": "compared"})

    assert (409, ["STALE_VERSION"]) == (given.status, given.codes)


@pytest.mark.parametrize(("note", "code"), [("", "WHO_AND_WHY"), ("  ", "WHO_AND_WHY")])
@pytest.mark.parametrize("act", ["release", "retry"])
async def test_a_reason_must_be_given(visitor: VisitorOf, pool: Pool, act: str, note: str, code: str) -> None:
    """Somebody will ask for it."""
    maker, checker = await visitor(MAKER), await visitor(CHECKER)
    path = f"/statements/{(await send(maker, BODY)).body['id']}"
    await work(pool)
    version = {"version": (await checker.get(path))["version"]} if act == "release" else {}

    given = await checker.ask("POST", f"{path}/{act}", json={"note": note, **version})

    assert (422, [code]) == (given.status, given.codes)


async def test_a_refused_file_is_tried_again(visitor: VisitorOf, pool: Pool) -> None:
    """After what refused it was mended; its reason is told until then, and the trail keeps who asked."""
    maker = await visitor(MAKER)
    path = f"/statements/{(await send(maker, b'%PDF')).body['id']}"
    early = await maker.ask("POST", f"{path}/retry", json={"note": "again"})
    assert (409, ["STATEMENT_NOT_REFUSED"]) == (early.status, early.codes)
    await work(pool)
    refused = await maker.get(path)
    assert ("refused", ["STATEMENT_NOT_A_STATEMENT"]) == (
        refused["state"],
        [found["code"] for found in refused["findings"]],
    )
    assert all(found["zh"] and found["en"] for found in refused["findings"])

    again = await maker.post(f"{path}/retry", {"note": "the profile is mended"})

    assert ("received", [], None) == (again["state"], again["findings"], again["finished_at"])


async def test_statements_are_listed_newest_first(visitor: VisitorOf, pool: Pool) -> None:
    """In pages, of one state or account, or all."""
    maker = await visitor(MAKER)
    bank = Bank()
    ids = [
        (await send(maker, body)).body["id"]
        for body in (bank.statement([Payment(fen=1, memo="")]), bank.statement([Payment(fen=2, memo="")]), b"%PDF")
    ]
    await work(pool)

    first = await maker.get("/statements", limit=2)
    second = await maker.get("/statements", limit=2, cursor=first["next"])
    assert (ids[::-1], None) == ([each["id"] for each in (*first["items"], *second["items"])], second["next"])
    for filters, expected in (
        ({"state": "refused"}, [ids[2]]),
        ({"state": "held"}, [ids[1], ids[0]]),
        ({"account": ACCOUNT}, [ids[1], ids[0]]),
        ({"account": "999"}, []),
    ):
        assert expected == [each["id"] for each in (await maker.get("/statements", **filters))["items"]]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/statements/404", None),
        ("GET", "/statements/404/lines", None),
        ("POST", "/statements/404/release", {"version": 1, "note": "x"}),
        ("POST", "/statements/404/retry", {"note": "x"}),
        ("GET", "/simulations/404", None),
        ("GET", "/simulations/404/lines", None),
    ],
)
async def test_what_is_not_there_is_absent(visitor: VisitorOf, method: str, path: str, body: Any) -> None:
    """With the code that every absent thing has."""
    maker = await visitor(MAKER)
    given = await maker.ask(method, path, **({} if body is None else {"json": body}))
    assert (404, ["ABSENT"]) == (given.status, given.codes)


@pytest.mark.parametrize("role", [role for role in PortalRole if role not in FINANCE])
async def test_others_send_nothing_in_and_nothing_is_read_of_their_bodies(
    visitor: VisitorOf, db: Connection, role: PortalRole
) -> None:
    """Not even the auditor, who may look."""
    somebody = await visitor(role)
    for path in ("/statements", "/statements/simulate"):
        given = await send(somebody, BODY, path)
        assert (403, ["FORBIDDEN"]) == (given.status, given.codes)
    assert 0 == await db.fetchval("SELECT count(*) FROM upload")
    looked = await somebody.ask("GET", "/statements")
    assert (200 if role is AUDITOR else 403) == looked.status


@pytest.mark.parametrize("sources", [("ofx-generic",), ("ofx-generic", "other-bank")])
async def test_the_source_may_be_left_out_while_there_is_one(
    visitor: VisitorOf, db: Connection, sources: tuple[str, ...]
) -> None:
    """Of several, one must be chosen."""
    await db.execute("UPDATE bank_account SET source = $1", sources[0])
    async with acting(db, BUREAU):
        for number, source in enumerate(sources[1:]):
            await register_account(db, number=str(number), name="other", source=source)
    maker = await visitor(MAKER)

    given = await send(maker, BODY, params={})

    if len(sources) == 1:
        assert (201, "ofx-generic", "statement") == (given.status, given.body["source"], given.body["filename"])
    else:
        assert (422, ["FIELD_MISSING"]) == (given.status, given.codes)
        assert 0 == await db.fetchval("SELECT count(*) FROM upload")


@pytest.mark.parametrize(
    ("params", "body", "headers", "status", "code"),
    [
        ({}, b"", {}, 422, "FILE_EMPTY"),
        ({"source": "No Bank"}, b"x", {}, 422, "FIELD_WRONG"),
        ({"source": "x" * 65}, b"x", {}, 422, "FIELD_WRONG"),
        ({"filename": "x" * 201}, b"x", {}, 422, "FIELD_WRONG"),
        ({"filename": "a\u202eb"}, b"x", {}, 422, "FIELD_WRONG"),
        ({"colour": "red"}, b"x", {}, 400, "UNKNOWN_FIELD"),
        ({}, b"x", {"Content-Encoding": "gzip"}, 415, "CONTENT_ENCODED"),
        ({}, b"x", {"Content-Type": "multipart/mixed; boundary=x"}, 415, "CONTENT_TYPE"),
        ({}, b"x", {"Idempotency-Key": "\u00e9"}, 400, "IDEMPOTENCY_KEY_WRONG"),
    ],
)
@pytest.mark.parametrize("path", ["/statements", "/statements/simulate"])
async def test_what_is_wrong_with_a_file_is_said_and_nothing_is_kept(  # noqa: PLR0917 -- a table and fixtures.
    visitor: VisitorOf,
    db: Connection,
    path: str,
    params: dict[str, str],
    body: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    """Neither an upload nor a statement nor a simulation."""
    maker = await visitor(MAKER)
    given = await send(maker, body, path, params={"source": "demo-bank", **params}, headers=headers)
    assert (status, [code]) == (given.status, given.codes)
    for table in ("upload", "statement", "simulation"):
        assert 0 == await db.fetchval(f"SELECT count(*) FROM {table}")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("C:\\bank\\day.ofx", "day.ofx"), ("../../etc/day.ofx", "day.ofx"), ("对账单.ofx", "对账单.ofx")],
)
async def test_a_file_is_known_by_its_last_name(visitor: VisitorOf, given: str, kept: str) -> None:
    """Where it lay on somebody's machine is nobody's business."""
    maker = await visitor(MAKER)
    sent = await send(maker, BODY, params={"source": "demo-bank", "filename": given})
    assert kept == sent.body["filename"]


def form(*parts: "Part", end: bytes = b"--B--\r\n") -> bytes:
    """Write a form by hand, right or wrong."""
    written = [
        b"--B\r\nContent-Disposition: form-data; name=%s\r\n%s\r\n%s\r\n"
        % (name.encode(), b"".join(f"{key}: {value}\r\n".encode() for key, value in headers.items()), body)
        for name, body, headers in parts
    ]
    return b"".join(written) + end


Part: TypeAlias = tuple[str, bytes, dict[str, str]]
FORM = {"Content-Type": "multipart/form-data; boundary=B"}
FILE: Part = ('"file"; filename="own.ofx"', BODY, {})
SOURCE: Part = ('"source"', b"demo-bank", {})


@pytest.mark.parametrize(
    ("parts", "filename"),
    [
        ((SOURCE, FILE), "own.ofx"),
        ((FILE, SOURCE), "own.ofx"),
        ((FILE, SOURCE, ('"filename"', "改名.ofx".encode(), {})), "改名.ofx"),
        ((('"file"', BODY, {"Content-Transfer-Encoding": "binary"}), SOURCE), "statement"),
    ],
)
async def test_a_form_brings_one_file_and_its_fields(
    visitor: VisitorOf, db: Connection, parts: Any, filename: str
) -> None:
    """As a browser sends it, in any order; the bytes are those of the file."""
    maker = await visitor(MAKER)
    given = await send(maker, form(*parts), params={}, headers=FORM)
    assert (201, "demo-bank", filename, len(BODY)) == (
        given.status,
        given.body["source"],
        given.body["filename"],
        given.body["size_bytes"],
    )
    assert BODY == await db.fetchval("SELECT bytes FROM statement_chunk")


async def test_a_real_clients_form_is_understood(visitor: VisitorOf, db: Connection) -> None:
    """Larger than a piece, as a client library writes it."""
    maker = await visitor(MAKER)
    body = bytes(number % 253 for number in range(1_300_000))
    data = aiohttp.FormData()
    data.add_field("source", "demo-bank")
    data.add_field("file", BytesIO(body), filename="day.ofx", content_type="application/x-ofx")
    given = await send(maker, data, params={})
    assert (201, "day.ofx", len(body)) == (given.status, given.body["filename"], given.body["size_bytes"])
    pieces = [row["bytes"] for row in await db.fetch("SELECT bytes FROM statement_chunk ORDER BY seq")]
    assert body == b"".join(pieces)


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (form(), {}, 400, "MULTIPART_WRONG"),
        (form(SOURCE), {}, 400, "MULTIPART_WRONG"),
        (form(FILE, FILE), {}, 400, "MULTIPART_WRONG"),
        (form(SOURCE, SOURCE, FILE), {}, 400, "MULTIPART_WRONG"),
        (form(FILE, ('"colour"', b"red", {})), {}, 400, "MULTIPART_WRONG"),
        (form(*[(f'"p{number}"', b"", {}) for number in range(1000)]), {}, 400, "MULTIPART_WRONG"),
        (form(FILE, ('"source"', b"x" * 2000, {})), {}, 400, "MULTIPART_WRONG"),
        (form(FILE, ('"source"', b"\xff", {})), {}, 400, "MULTIPART_WRONG"),
        (form(SOURCE, ('"file"', b"QQ==", {"Content-Transfer-Encoding": "base64"})), {}, 415, "CONTENT_ENCODED"),
        (form(SOURCE, ('"file"', b"x", {"Content-Encoding": "gzip"})), {}, 415, "CONTENT_ENCODED"),
        (form(('"file"', form(), {"Content-Type": "multipart/mixed; boundary=B"})), {}, 400, "MULTIPART_WRONG"),
        (form(SOURCE, FILE, end=b""), {}, 400, "MULTIPART_WRONG"),
        (form(SOURCE, FILE, end=b"--"), {}, 400, "MULTIPART_WRONG"),
        (form(SOURCE, FILE)[:-300], {}, 400, "MULTIPART_WRONG"),
        (form(SOURCE, FILE), {"Content-Type": "multipart/form-data"}, 400, "MULTIPART_WRONG"),
        (b"no form", {}, 400, "MULTIPART_WRONG"),
        (b"", {}, 400, "MULTIPART_WRONG"),
        (form(SOURCE, ('"file"', b"", {})), {}, 422, "FILE_EMPTY"),
    ],
)
async def test_a_form_that_is_none_is_refused_and_nothing_is_kept(  # noqa: PLR0917 -- a table and fixtures.
    visitor: VisitorOf, db: Connection, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    """Parts are counted, nested and encoded ones refused, and what breaks off is no file."""
    maker = await visitor(MAKER)
    given = await send(maker, body, params={}, headers=FORM | headers)
    assert (status, [code]) == (given.status, given.codes)
    for table in ("upload", "statement"):
        assert 0 == await db.fetchval(f"SELECT count(*) FROM {table}")
