"""Requests that no good client sends, over real sockets to the real application: told so, and nothing else happens."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final
from urllib.parse import quote, urlencode

import attrs
import pytest

from services.portal.app import API, endpoints, make_app
from services.portal.cursors import write_cursor
from services.portal.endpoints import Endpoint, Streamed
from services.portal.http_metrics import UNEXPECTED
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.portal.server import serving
from services.portal.settings import PortalSettings
from services.store.database import Connection, Pool
from tests.portal.conftest import VisitorOf
from tests.portal.raw_http import Reply, Wire, wire
from tests.portal.samples import request_of
from tests.portal.small_server import SHORT
from tests.portal.visitors import Visitor

CALLS: Final = tuple(endpoints())
GOOD: Final = b'{"kind": "regular", "months": {"first": "2020-04", "last": "2020-04"}}'
JSON: Final = "Content-Type: application/json"


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """An employer's user."""
    return await visitor(PortalRole.EMPLOYER)


def head_of(visitor: Visitor, method: str, path: str, *fields: str) -> str:
    """Write the head of a request as this visitor's browser would."""
    own = [f"{name}: {value}" for name, value in visitor.headers.items()]
    return "\r\n".join([f"{method} {API}{path} HTTP/1.1", *own, *fields])


async def send(portal: Portal, head: str, body: bytes = b"") -> Reply:
    """Send a whole request over a connection of its own."""
    async with wire(portal.settings.http_port) as client:
        return await client.ask(head, body)


def told(reply: Reply) -> tuple[int, str]:
    """Give the status and the code of a problem document."""
    assert "application/problem+json" == reply.headers["Content-Type"]
    return reply.status, json.loads(reply.body)["code"]


async def test_the_good_one_is_taken(portal: Portal, clerk: Visitor) -> None:
    """What the tests below spoil is right before."""
    reply = await send(portal, head_of(clerk, "POST", "/orders", JSON), GOOD)

    assert 201 == reply.status


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "BODY_EXPECTED"),
        (b" ", "JSON_WRONG"),
        (b"{", "JSON_WRONG"),
        (GOOD[:-1], "JSON_WRONG"),
        (GOOD + b"{}", "JSON_WRONG"),
        (b"\xff\xfe" + GOOD, "JSON_WRONG"),
        (b"\xef\xbb\xbf" + GOOD, "JSON_WRONG"),
        (GOOD.replace(b"regular", b"\xe6\xb1"), "JSON_WRONG"),
        (GOOD.decode().encode("utf-16"), "JSON_WRONG"),
        (b'{"kind": NaN}', "JSON_WRONG"),
        (b'{"kind": Infinity}', "JSON_WRONG"),
        (b'{"kind": -Infinity}', "JSON_WRONG"),
        (b'{"kind": 1.5}', "JSON_WRONG"),
        (b'{"kind": 1e400}', "JSON_WRONG"),
        (b'{"kind": ' + b"9" * 5000 + b"}", "JSON_WRONG"),
        (b'{"kind": 1, "kind": 2}', "JSON_WRONG"),
        (b'{"a": {"b": 1, "b": 1}}', "JSON_WRONG"),
        (b"[" * 17 + b"]" * 17, "JSON_WRONG"),
        (b"[" * 60_000, "JSON_WRONG"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "JSON_WRONG"),
        (b'{"kind": "\x01"}', "JSON_WRONG"),
        (b"{'kind': 1}", "JSON_WRONG"),
        (b'{"kind": 1,}', "JSON_WRONG"),
        (b'{"kind": 1} // why', "JSON_WRONG"),
        (GOOD[:-1] + b', "colour": 1}', "UNKNOWN_FIELD"),
        (GOOD[:-1] + b', "__class__": 1}', "UNKNOWN_FIELD"),
    ],
)
async def test_what_is_no_proper_json_is_refused(portal: Portal, clerk: Visitor, body: bytes, code: str) -> None:
    """400, with the reason, whatever is wrong with it."""
    assert (400, code) == told(await send(portal, head_of(clerk, "POST", "/orders", JSON), body))


@pytest.mark.parametrize("body", [b"null", b"1", b'"text"', b"[]", b"true", b"{}", b"[[]]"])
async def test_what_is_json_of_another_kind_is_refused(portal: Portal, clerk: Visitor, body: bytes) -> None:
    """422: it can be read, and is not what the call takes."""
    assert 422 == (await send(portal, head_of(clerk, "POST", "/orders", JSON), body)).status


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ([], "CONTENT_TYPE"),
        (["Content-Type: text/plain"], "CONTENT_TYPE"),
        (["Content-Type: application/x-www-form-urlencoded"], "CONTENT_TYPE"),
        (["Content-Type: multipart/form-data; boundary=x"], "CONTENT_TYPE"),
        (["Content-Type: application/json-patch+json"], "CONTENT_TYPE"),
        (["Content-Type: nonsense"], "CONTENT_TYPE"),
        ([JSON, "Content-Encoding: gzip"], "CONTENT_ENCODED"),
        ([JSON, "Content-Encoding: br"], "CONTENT_ENCODED"),
        ([JSON, "Content-Encoding: identity"], "CONTENT_ENCODED"),
    ],
)
async def test_other_kinds_of_bodies_are_refused(portal: Portal, clerk: Visitor, fields: list[str], code: str) -> None:
    """415: a form of another site is none of ours, and nothing is unpacked."""
    assert (415, code) == told(await send(portal, head_of(clerk, "POST", "/orders", *fields), GOOD))


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/orders?limit=1&limit=2", 400, "QUERY_TWICE"),
        ("/orders?colour=red", 400, "UNKNOWN_FIELD"),
        ("/orders?limit=0x10", 422, "FIELD_WRONG"),
        ("/orders?limit=-1", 422, "FIELD_WRONG"),
        ("/orders?limit=0", 422, "FIELD_WRONG"),
        ("/orders?limit=201", 422, "FIELD_WRONG"),
        ("/orders?limit=%EF%BC%91", 422, "FIELD_WRONG"),
        ("/orders?state=%00", 422, "FIELD_WRONG"),
        ("/orders?cursor=%FF", 400, "CURSOR_WRONG"),
        ("/orders?cursor=" + "A" * 5000, 400, "CURSOR_WRONG"),
        ("/orders?cursor=W10%3D", 400, "CURSOR_WRONG"),
        (f"/orders/1/lines?cursor={quote(write_cursor((1, '2020-13')))}", 400, "CURSOR_WRONG"),
        ("/me?x=1", 400, "UNKNOWN_FIELD"),
    ],
)
async def test_queries_are_read_strictly(portal: Portal, clerk: Visitor, path: str, status: int, code: str) -> None:
    """What is not known is not passed over in silence."""
    assert (status, code) == told(await send(portal, head_of(clerk, "GET", path)))


@pytest.mark.parametrize("key", ["a" * 256, "a b", "\x7f", "ä"])
async def test_a_wrong_idempotency_key_is_refused(portal: Portal, clerk: Visitor, key: str) -> None:
    """Rather than being cut or ignored, after which a repetition would be done twice."""
    head = head_of(clerk, "POST", "/orders", JSON, f"Idempotency-Key: {key}")

    assert 400 == (await send(portal, head, GOOD)).status


async def test_an_announced_body_is_refused_before_a_byte_of_it_comes(
    portal: Portal, server: str, visitor: VisitorOf
) -> None:
    """For every call, by its own limit; the answer does not wait for the body."""
    visitors = {role: await visitor(role) for role in PortalRole}
    found = []
    for call in CALLS:
        if call.body is not None:
            someone = visitors[role_of(call)]
            made = request_of(call)
            kind = "application/octet-stream" if call.body is Streamed else "application/json"
            fields = (f"Content-Type: {kind}", f"Content-Length: {call.body_bytes_max + 1}")
            async with wire(portal.settings.http_port) as client:
                path = f"{made['path']}?{urlencode(made.get('params', {}))}"
                await client.send(head_of(someone, call.method, path, "Host: test", *fields) + "\r\n\r\n")
                reply = await client.reply()
            # Where nobody has logged in, a session of another kind is asked for first; it needs no byte of the body, either.
            refused = {(413, "BODY_TOO_LARGE"), (413, "ATTACHMENT_TOO_LARGE"), (401, "REGISTRATION_SESSION")}
            if told(reply) not in refused:
                found.append((call.method, call.path, told(reply)))

    assert [] == found


def role_of(call: Endpoint) -> PortalRole:
    """Give a role that may make a call."""
    return next(role for role in PortalRole if call.who is None or role in call.who)


# Texts that PostgreSQL, UTF-8 or a terminal stumbles over.
BAD_TEXTS: Final = (
    "\x00",
    "a\x00b",
    "\ud800",
    "\uffff",
    "\u202e",
    "",
    " ",
    "x" * 50_000,
    "'; DROP TABLE person; --",
    "😀" * 300,
)
BAD_NUMBERS: Final = (-1, 0, 2**31 - 1, 2**31, 2**63, 2**64, -(2**63), True)


def spoilt(value: Any) -> Iterator[Any]:
    """Give a body again and again, each time with one value in it replaced by a bad one."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from (value | {name: bad} for bad in spoilt(each))
    elif isinstance(value, list):
        yield from ([bad] for each in value for bad in spoilt(each))
        yield []
        yield value * 3
    elif isinstance(value, bool):
        yield from (0, "true", None)
    elif isinstance(value, int):
        yield from BAD_NUMBERS
    else:
        yield from BAD_TEXTS
        yield from (None, 1, [], {})


@pytest.fixture
def settings(settings: PortalSettings) -> PortalSettings:
    """A portal that has a place where messages go: without one it says that it has none (503)."""
    return attrs.evolve(settings, sms_box=True)


@pytest.mark.parametrize(
    "call", [call for call in CALLS if call.body not in {None, Streamed}], ids=lambda call: call.name
)
async def test_no_value_in_a_body_is_a_defect(visitor: VisitorOf, call: Endpoint) -> None:
    """Every field of every call takes every bad value and says what is wrong with it, or that its ids are not there."""
    someone = await visitor(role_of(call))
    before = UNEXPECTED._value.get()
    made = request_of(call)
    found = []
    for body in spoilt(made["json"]):
        reply = await someone.ask(
            call.method, made["path"], data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )
        if reply.status >= 500 or UNEXPECTED._value.get() != before:
            found.append((reply.status, json.dumps(body)[:300]))
            before = UNEXPECTED._value.get()

    assert [] == found


async def test_no_value_in_a_query_or_path_is_a_defect(visitor: VisitorOf) -> None:
    """As above, for what stands in the address."""
    visitors = {role: await visitor(role) for role in PortalRole}
    before = UNEXPECTED._value.get()
    found = []
    for call in CALLS:
        if call.query is None or call.method != "GET":
            continue
        for field in attrs.fields(call.query):
            for bad in ("\x00", "", " ", "x" * 3000, "-1", "0", "9" * 30, "%", "\udcff", "1", "'", "_", "\\", "张"):
                path = request_of(call)["path"]
                address = f"{path}?{field.name}={quote(bad, errors='surrogateescape')}"
                reply = await ask_raw(visitors[role_of(call)], call.method, address)
                if reply >= 500:
                    found.append((call.path, field.name, bad[:10], reply))
    assert [] == found
    assert before == UNEXPECTED._value.get()


async def ask_raw(visitor: Visitor, method: str, address: str) -> int:
    """Send an address exactly as it is written."""
    port = int(visitor.origin.rpartition(":")[2])
    async with wire(port) as client:
        return (await client.ask(head_of(visitor, method, address))).status


async def half(visitor: Visitor, client: Wire) -> None:
    """Send a good request but for the last byte of its body."""
    await client.send(
        head_of(visitor, "POST", "/orders", "Host: test", JSON, f"Content-Length: {len(GOOD)}") + "\r\n\r\n"
    )
    await client.send(GOOD[:-1])


class TestSlowClients:
    """Clients that take their time, against a server with short limits."""

    @pytest.fixture
    async def server(self, portal: Portal) -> AsyncIterator[str]:
        """The real application with a moment for each wait."""
        limits = attrs.evolve(SHORT, body_grace_seconds=1.0)
        async with serving(make_app(portal), portal.settings, limits=limits):
            yield portal.settings.origin

    async def test_slow_clients_hold_no_connection_and_no_transaction(
        self, portal: Portal, clerk: Visitor, db: Connection, pool: Pool
    ) -> None:
        """More of them than there are connections do not keep one honest client waiting, and each is told in time."""
        clients = [wire(portal.settings.http_port) for _ in range(pool.get_max_size() * 2)]
        opened = await asyncio.gather(*(client.__aenter__() for client in clients))
        await asyncio.gather(*(half(clerk, client) for client in opened))

        assert "employer" == (await asyncio.wait_for(clerk.get("/me"), 5))["role"]
        busy = await db.fetchval(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
                AND backend_type = 'client backend'
            """
        )
        assert 0 == busy

        replies = await asyncio.gather(*(client.reply() for client in opened))
        assert {(408, "BODY_TOO_SLOW")} == {told(reply) for reply in replies}
        assert 0 == await db.fetchval("SELECT count(*) FROM remittance_order")
        await asyncio.gather(*(client.__aexit__(None, None, None) for client in clients))

    async def test_clients_that_vanish_leave_nothing(self, portal: Portal, clerk: Visitor, db: Connection) -> None:
        """Before the end of the body nothing has begun; behind it, what was asked for is done once."""
        for _ in range(20):
            async with wire(portal.settings.http_port) as client:
                await half(clerk, client)
        assert 0 == await db.fetchval("SELECT count(*) FROM remittance_order")

        async with wire(portal.settings.http_port) as client:
            await half(clerk, client)
            await client.send(GOOD[-1:])
        assert "employer" == (await clerk.get("/me"))["role"]
