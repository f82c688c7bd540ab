"""Promises of services/portal/middleware: what every answer carries, whatever becomes of the request."""

import json
import re
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from services.portal.http_metrics import OUTAGES, REQUEST_SECONDS, REQUESTS, UNEXPECTED
from services.portal.middleware import security_headers
from tests.portal.raw_http import Reply, wire
from tests.portal.small_server import SHORT, Small, small_server

# Nobody of the log, the metrics or an answer may see these.
CANARY = "440101199001010018"


@pytest.fixture
async def small() -> AsyncIterator[Small]:
    """A server, reached without a proxy."""
    async with small_server() as server:
        yield server


@pytest.fixture
def logged() -> Iterator[list[dict[str, object]]]:
    """Everything that is logged meanwhile."""
    capture = structlog.testing.LogCapture()
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries  # type: ignore[misc]
    structlog.configure(processors=before)


async def ask(server: Small, head: str, body: bytes = b"") -> Reply:
    """Send one request over a connection of its own."""
    async with wire(server.port) as client:
        return await client.ask(head, body)


ANSWERS = [
    ("GET /hello HTTP/1.1", 200),
    ("GET /nowhere HTTP/1.1", 404),
    ("PUT /hello HTTP/1.1", 405),
    ("GET /away HTTP/1.1", 503),
    ("POST /fail HTTP/1.1", 500),
    ("POST /ignore HTTP/1.1", 413),
    ("GET /hello HTTP/1.1\r\nExpect: miracles", 417),
    ("GET /hello HTTP/9.1", 400),
]


@pytest.mark.parametrize(("head", "status"), ANSWERS)
async def test_every_answer_has_the_security_headers(small: Small, head: str, status: int) -> None:
    """Successes, refusals, outages, defects and requests that are none: all of them alike."""
    reply = await ask(small, head)

    assert status == reply.status
    for name, value in security_headers.ALWAYS.items():
        assert value == reply.headers[name]
    assert ("no-store", "subsidy") == (reply.headers["Cache-Control"], reply.headers["Server"])
    assert "Strict-Transport-Security" not in reply.headers


@pytest.mark.parametrize(("head", "status"), ANSWERS)
async def test_beyond_this_machine_browsers_keep_to_https(head: str, status: int) -> None:
    """HSTS for at least a year, on every answer."""
    async with small_server(secure=True) as small:
        reply = await ask(small, head)

    assert (status, "max-age=31536000; includeSubDomains") == (reply.status, reply.headers["Strict-Transport-Security"])


def test_the_content_policy_has_no_exception() -> None:
    """Nothing inline, nothing evaluated, no other site, no frame."""
    policy = security_headers.CONTENT_SECURITY_POLICY

    assert not re.search(r"unsafe-|\*|http", policy)
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


async def test_every_request_has_an_id_of_its_own(small: Small) -> None:
    """Also on one connection."""
    async with wire(small.port) as client:
        ids = [(await client.ask("GET /hello HTTP/1.1")).headers["X-Request-Id"] for _ in range(3)]

    assert 3 == len(set(ids))
    assert all(re.fullmatch(r"[0-9a-f]{16}", each) for each in ids)


@pytest.mark.parametrize(
    ("proxies", "brought", "kept"),
    [
        ("127.0.0.1", "abcdef-0123456789", True),
        ("", "abcdef-0123456789", False),
        ("192.0.2.1", "abcdef-0123456789", False),
        ("127.0.0.1", "short", False),
        ("127.0.0.1", "with blank in it", False),
        ("127.0.0.1", "a" * 65, False),
    ],
)
async def test_only_a_trusted_proxy_brings_an_id(proxies: str, brought: str, *, kept: bool) -> None:
    """What anybody else sends never comes into the log as an id."""
    async with small_server(proxies=proxies) as small:
        reply = await ask(small, f"GET /hello HTTP/1.1\r\nX-Request-Id: {brought}")

    assert kept == (brought == reply.headers["X-Request-Id"])


@pytest.mark.parametrize(
    ("proxies", "headers", "address"),
    [
        ("", "", "127.0.0.1"),
        ("", "X-Forwarded-For: 192.0.2.7", "127.0.0.1"),
        ("10.0.0.0/8", "X-Forwarded-For: 192.0.2.7", "127.0.0.1"),
        ("127.0.0.1", "X-Forwarded-For: 192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "X-Forwarded-For: 1.1.1.1, 192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 192.0.2.7", "192.0.2.7"),
        ("127.0.0.1, 10.0.0.0/8", "X-Forwarded-For: 192.0.2.7, 10.1.2.3", "192.0.2.7"),
        ("127.0.0.1", "X-Forwarded-For: [2001:db8::1]:4711", "2001:db8::1"),
        ("127.0.0.1", "X-Forwarded-For: 192.0.2.7, <script>", "127.0.0.1"),
        ("127.0.0.1", "X-Forwarded-For: " + ", ".join(["1.1.1.1"] * 30 + ["192.0.2.7"]), "192.0.2.7"),
        ("127.0.0.1", "X-Forwarded-For: ", "127.0.0.1"),
        ("127.0.0.1", "Forwarded: for=192.0.2.7", "127.0.0.1"),
        ("127.0.0.1, 10.0.0.0/8", "X-Forwarded-For: " + ", ".join(["10.0.0.1"] * 50), "10.0.0.1"),
    ],
)
async def test_only_trusted_proxies_say_where_a_request_comes_from(proxies: str, headers: str, address: str) -> None:
    """The first address from the end that is no trusted proxy; a header of anybody else changes nothing."""
    async with small_server(proxies=proxies) as small:
        reply = await ask(small, f"GET /whence HTTP/1.1\r\n{headers}" if headers else "GET /whence HTTP/1.1")

    assert {"address": address} == json.loads(reply.body)


async def test_a_defect_is_logged_once_with_its_stack_and_without_what_was_sent(
    small: Small, logged: list[dict[str, object]]
) -> None:
    """The answer tells the id under which the log tells more, and neither repeats the request."""
    before = UNEXPECTED._value.get()
    reply = await ask(small, f"POST /fail?name={CANARY} HTTP/1.1\r\nX-Other: {CANARY}", CANARY.encode())
    document = json.loads(reply.body)
    (defect,) = [entry for entry in logged if "error" == entry["log_level"]]

    assert (500, "INTERNAL", 1) == (reply.status, document["code"], UNEXPECTED._value.get() - before)
    assert reply.headers["X-Request-Id"] == defect["request_id"] == document["violations"][0]["params"]["request_id"]
    assert "LookupError" in str(defect["stack"])
    assert "small_server.py" in str(defect["stack"])
    assert CANARY not in reply.body.decode() + str(logged)


async def test_an_outage_of_the_database_is_answered_503_with_the_next_step(
    small: Small, logged: list[dict[str, object]]
) -> None:
    """In both languages, with the time to wait, and without the database's address; it is no defect."""
    before = OUTAGES.labels("ConnectionRefusedError")._value.get()
    reply = await ask(small, "GET /away HTTP/1.1")
    document = json.loads(reply.body)

    assert (503, "UNAVAILABLE") == (reply.status, document["code"])
    assert int(reply.headers["Retry-After"]) > 0
    assert "请" in document["violations"][0]["zh"]
    assert "please" in document["violations"][0]["en"]
    assert "192.0.2.77" not in reply.body.decode() + str(logged)
    assert 1 == OUTAGES.labels("ConnectionRefusedError")._value.get() - before
    assert not [entry for entry in logged if "error" == entry["log_level"]]


async def test_a_client_that_vanishes_is_neither_an_outage_nor_a_defect(
    small: Small, logged: list[dict[str, object]]
) -> None:
    """It is counted as 499, which tells an operator that nobody read the answer."""
    async with wire(small.port) as client:
        await client.send("POST /read HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\nsome")
    async with wire(small.port) as client:
        await client.ask("GET /hello HTTP/1.1")

    assert [499, 200] == [entry["status"] for entry in logged if "answered" == entry["event"]]
    assert {"info"} == {entry["log_level"] for entry in logged}


async def test_unknown_methods_and_paths_are_problems(small: Small) -> None:
    """Each with its code, and with what would be allowed."""
    unknown = await ask(small, "GET /nowhere HTTP/1.1")
    wrong = await ask(small, "BREW /hello HTTP/1.1")

    assert (404, "PATH_UNKNOWN") == (unknown.status, json.loads(unknown.body)["code"])
    assert (400, "HTTP_MALFORMED") == (wrong.status, json.loads(wrong.body)["code"])
    patched = await ask(small, "PATCH /hello HTTP/1.1")
    assert (405, "METHOD_NOT_ALLOWED", "GET, HEAD") == (
        patched.status,
        json.loads(patched.body)["code"],
        patched.headers["Allow"],
    )


async def test_the_access_log_tells_what_and_how_long_and_nobody_s_data(
    small: Small, logged: list[dict[str, object]]
) -> None:
    """The pattern of the path, not the path; no query, no header, no body."""
    await ask(small, f"GET /people/{CANARY}?id={CANARY} HTTP/1.1\r\nReferer: https://x/{CANARY}", b"")
    await ask(small, f"GET /{CANARY} HTTP/1.1")
    await ask(small, f"POST /read HTTP/1.1\r\nUser-Agent: {CANARY}", CANARY.encode())
    await ask(small, f"GET /{CANARY} HTTP/7.7")

    lines = [entry for entry in logged if "answered" == entry["event"]]
    assert [("/people/{number}", 200), ("-", 404), ("/read", 200), ("-", 400)] == [
        (line["route"], line["status"]) for line in lines
    ]
    assert all("127.0.0.1" == line["address"] for line in lines)
    assert CANARY not in str(logged)


async def test_requests_are_counted_by_pattern(small: Small) -> None:
    """A thousand employees are one label, and so are a thousand made-up methods and paths."""
    counted = REQUESTS.labels("GET", "/people/{number}", "200")
    before = counted._value.get()
    for number in range(3):
        await ask(small, f"GET /people/{number} HTTP/1.1")

    assert 3 == counted._value.get() - before
    routes = {sample.labels["route"] for metric in REQUEST_SECONDS.collect() for sample in metric.samples}
    assert not [route for route in routes if re.search(r"/\d", route)]


async def test_two_requests_at_once_keep_their_ids_apart(logged: list[dict[str, object]]) -> None:
    """The id of one is never logged for the other."""
    async with small_server(SHORT) as small, wire(small.port) as slow, wire(small.port) as quick:
        await slow.send("GET /wait HTTP/1.1\r\nHost: test\r\n\r\n")
        await small.entered.wait()
        quick_id = (await quick.ask("GET /hello HTTP/1.1")).headers["X-Request-Id"]
        small.leave.set()
        slow_id = (await slow.reply()).headers["X-Request-Id"]

    told = {entry["route"]: entry["request_id"] for entry in logged if "answered" == entry["event"]}
    assert {"/hello": quick_id, "/wait": slow_id} == told


async def test_a_page_that_takes_too_long_is_broken_off() -> None:
    """What has no limit of its own has this one, and its handler ends."""
    async with small_server(page_seconds_max=0.1) as small:
        reply = await ask(small, "GET /wait HTTP/1.1")

    assert (503, "TOO_SLOW", ["cancelled"]) == (reply.status, json.loads(reply.body)["code"], small.ended)
