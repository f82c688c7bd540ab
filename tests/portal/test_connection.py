"""Promises of services/portal/connection.py: no client keeps a connection longer than its limits, however it behaves."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from time import monotonic

import attrs
import pytest

from services.portal.http_metrics import CONNECTIONS_ENDED, UNEXPECTED
from services.portal.middleware import security_headers
from tests.patience import eventually
from tests.portal.raw_http import Reply, Wire, wire
from tests.portal.small_server import ANSWER_BYTES, SHORT, Small, small_server

# What a busy machine may add to a limit.
SLACK_SECONDS = 3.0


@pytest.fixture
async def small() -> AsyncIterator[Small]:
    """A server with short limits."""
    async with small_server() as server:
        yield server


def code_of(reply: Reply) -> str:
    """Read the code of a problem document, which has the headers of every answer."""
    assert "application/problem+json" == reply.headers["Content-Type"]
    assert security_headers.CONTENT_SECURITY_POLICY == reply.headers["Content-Security-Policy"]
    code: str = json.loads(reply.body)["code"]
    return code


async def trickle(client: Wire, piece: bytes, every_seconds: float) -> None:
    """Send a piece again and again, until the server has had enough."""
    while True:
        await client.send(piece)
        await asyncio.sleep(every_seconds)


@pytest.mark.parametrize("sent", ["GET /hello HTTP/1.1\r\nHost: test\r\n", "G", "POST /read HTTP/1.1\r\nX: "])
async def test_a_header_that_does_not_end_is_answered_408_and_closed(small: Small, sent: str) -> None:
    """A half-sent header is not waited for longer than its limit."""
    began = monotonic()
    async with wire(small.port) as client:
        await client.send(sent)
        reply = await client.reply()
        assert b"" == await client.rest()

    assert (408, "HEADER_TOO_SLOW") == (reply.status, code_of(reply))
    assert SHORT.header_seconds_max <= monotonic() - began < SHORT.header_seconds_max + SLACK_SECONDS


async def test_a_header_that_trickles_is_not_waited_for_either(small: Small) -> None:
    """Each new byte does not begin the limit anew."""
    began = monotonic()
    async with wire(small.port) as client:
        await client.send("GET /hello HTTP/1.1\r\nX: ")
        sending = asyncio.create_task(trickle(client, b"X", 0.05))
        reply = await client.reply()
        sending.cancel()

    assert 408 == reply.status
    assert monotonic() - began < SHORT.header_seconds_max + SLACK_SECONDS


async def test_the_second_header_has_the_limit_of_the_first(small: Small) -> None:
    """A connection that was good once is watched all the same."""
    async with wire(small.port) as client:
        assert 200 == (await client.ask("GET /hello HTTP/1.1")).status
        await client.send("GET /hello HTTP/1.1\r\nHos")
        assert 408 == (await client.reply()).status
        assert b"" == await client.rest()


async def test_a_half_header_that_came_with_the_request_before_is_not_waited_for(small: Small) -> None:
    """Nobody hides a half header behind a whole one: at the latest the limit of idleness ends it."""
    async with wire(small.port) as client:
        await client.send("GET /hello HTTP/1.1\r\nHost: test\r\n\r\nGET /hello HTTP/1.1\r\nHos")
        assert 200 == (await client.reply()).status
        await client.rest()


async def test_a_connection_that_asks_nothing_is_closed_without_a_word(small: Small) -> None:
    """Browsers open connections that they may not need: nothing was asked, nothing is told."""
    async with wire(small.port) as client:
        assert b"" == await client.rest()


async def test_a_kept_connection_is_closed_when_it_has_been_idle_for_long(small: Small) -> None:
    """Idleness has its own limit, which is longer than that of a header."""
    async with wire(small.port) as client:
        assert 200 == (await client.ask("GET /hello HTTP/1.1")).status
        began = monotonic()
        assert b"" == await client.rest()

    assert SHORT.idle_seconds_max - 0.1 <= monotonic() - began < SHORT.idle_seconds_max + SLACK_SECONDS


async def test_a_slow_handler_is_no_slow_client(small: Small) -> None:
    """While the server itself works, no limit of the client's runs."""
    async with wire(small.port) as client:
        await client.send("GET /wait HTTP/1.1\r\nHost: test\r\n\r\n")
        await asyncio.sleep(SHORT.idle_seconds_max + 0.3)
        small.leave.set()
        assert 200 == (await client.reply()).status


async def test_a_body_that_stops_is_answered_408(small: Small) -> None:
    """Whoever reads a body learns that it comes too slowly, and the connection is closed."""
    async with wire(small.port) as client:
        await client.send("POST /read HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\nsome")
        reply = await client.reply()
        assert b"" == await client.rest()

    assert (408, "BODY_TOO_SLOW") == (reply.status, code_of(reply))


async def test_a_body_that_trickles_is_answered_408(small: Small) -> None:
    """It is the rate that counts, not whether anything comes."""
    async with wire(small.port) as client:
        await client.send("POST /read HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
        sending = asyncio.create_task(trickle(client, b"1\r\nx\r\n", 0.02))
        reply = await client.reply()
        sending.cancel()

    assert 408 == reply.status


async def test_a_body_at_a_good_rate_may_take_longer_than_the_grace() -> None:
    """A long body over an ordinary line is no attack."""
    async with small_server(attrs.evolve(SHORT, body_bytes_per_second_min=1000.0)) as small, wire(small.port) as client:
        await client.send("POST /read HTTP/1.1\r\nHost: test\r\nContent-Length: 8000\r\n\r\n")
        for _ in range(8):
            await client.send(bytes(1000))
            await asyncio.sleep(0.1)
        reply = await client.reply()

    assert (200, b'{"bytes": 8000}') == (reply.status, reply.body)


async def test_even_a_steady_body_ends() -> None:
    """The whole of a body has a limit, however good its rate."""
    limits = attrs.evolve(SHORT, body_bytes_per_second_min=1.0, body_seconds_max=0.5)
    async with small_server(limits) as small, wire(small.port) as client:
        await client.send("POST /read HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
        sending = asyncio.create_task(trickle(client, b"1\r\nx\r\n", 0.02))
        assert 408 == (await client.reply()).status
        sending.cancel()


async def test_a_body_that_nobody_wants_is_not_read_to_its_end(small: Small) -> None:
    """After an early answer the rest is thrown away for a moment, so that the answer arrives, and then the line is cut."""
    async with wire(small.port) as client:
        await client.send("POST /ignore HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000000\r\n\r\n")
        reply = await client.reply()
        await client.rest()

    assert 413 == reply.status


def broken_off(reason: str) -> float:
    """Count what the server of this process broke off so far."""
    return float(CONNECTIONS_ENDED.labels(reason)._value.get())


@pytest.mark.parametrize(("path", "end"), [("/big", "answered"), ("/pieces", "gone")])
async def test_a_client_that_does_not_take_its_answer_is_cut_off(small: Small, path: str, end: str) -> None:
    """What is left of an answer does not wait in memory for somebody who reads nothing, and its handler ends."""
    before = broken_off("not reading")
    async with wire(small.port, receive_bytes=4096) as client:
        await client.send(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")

        async def cut_off() -> bool:
            return broken_off("not reading") == before + 1 and [end] == small.ended

        took = await eventually(cut_off, seconds_max=SHORT.send_seconds_max + SLACK_SECONDS)
        received = await client.rest()

    assert took >= SHORT.send_seconds_max - 0.1
    assert len(received) < ANSWER_BYTES


async def test_a_client_that_takes_a_long_answer_slowly_gets_all_of_it() -> None:
    """It may take many times the limit, as long as it goes on, and then ask for more: a slow line is no attack."""
    patient = attrs.evolve(SHORT, idle_seconds_max=20.0)
    async with small_server(patient) as small, wire(small.port, receive_bytes=65536) as client:
        await client.send("GET /big HTTP/1.1\r\nHost: test\r\n\r\n")
        await client.reader.readuntil(b"\r\n\r\n")
        began, received = monotonic(), 0
        while received < ANSWER_BYTES:
            received += len(await asyncio.wait_for(client.reader.readexactly(1024 * 1024), 10))
            await asyncio.sleep(0.025)
        assert monotonic() - began > SHORT.send_seconds_max * 3

        await asyncio.sleep(SHORT.send_seconds_max * 2 + 0.3)
        assert 200 == (await client.ask("GET /hello HTTP/1.1")).status


async def test_a_client_that_takes_next_to_nothing_is_cut_off() -> None:
    """A little now and then does not keep an answer in memory."""
    before = broken_off("not reading")
    limits = attrs.evolve(SHORT, send_bytes_min=ANSWER_BYTES)
    async with small_server(limits) as small, wire(small.port, receive_bytes=65536) as client:
        await client.send("GET /big HTTP/1.1\r\nHost: test\r\n\r\n")

        async def cut_off() -> bool:
            await client.reader.read(65536)
            return broken_off("not reading") == before + 1

        await eventually(cut_off, seconds_max=SHORT.send_seconds_max * 2 + SLACK_SECONDS)


async def test_a_server_that_does_not_read_yet_has_no_slow_client() -> None:
    """What waits in the buffers because we are busy is not counted against who sent it."""
    limits = attrs.evolve(SHORT, body_bytes_per_second_min=8.0 * 1024 * 1024)
    async with small_server(limits) as busy, wire(busy.port) as client:
        await client.send(b"POST /later HTTP/1.1\r\nHost: test\r\nContent-Length: 1500000\r\n\r\n")
        sending = asyncio.create_task(client.send(bytes(1_500_000)))
        await asyncio.sleep(SHORT.body_grace_seconds + 0.7)
        busy.leave.set()
        reply = await client.reply()
        await sending

    assert (200, b'{"bytes": 1500000}') == (reply.status, reply.body)


async def test_after_a_slow_body_nothing_more_of_it_is_waited_for() -> None:
    """The connection is closed at once, and that is no defect."""
    before = UNEXPECTED._value.get()
    async with small_server(attrs.evolve(SHORT, linger_seconds_max=8.0)) as small, wire(small.port) as client:
        await client.send("POST /read HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\nsome")
        assert 408 == (await client.reply()).status
        began = monotonic()
        await client.rest()

    assert (True, before) == (monotonic() - began < 3, UNEXPECTED._value.get())


async def test_no_body_is_unpacked(small: Small) -> None:
    """A limit of a body's size is one of what was sent, and a bomb stays what it is."""
    packed = gzip.compress(bytes(1_000_000))
    async with wire(small.port) as client:
        reply = await client.ask("POST /read HTTP/1.1\r\nContent-Encoding: gzip", packed)

    assert {"bytes": len(packed)} == json.loads(reply.body)


async def test_the_last_bytes_of_a_closing_connection_are_not_waited_for_long(small: Small) -> None:
    """A connection that is over is over, even when its client never takes what is left."""
    before = broken_off("not closing")
    async with wire(small.port, receive_bytes=4096) as client:
        await client.send("GET /burst HTTP/1.1\r\nHost: test\r\n\r\n")

        async def cut_off() -> bool:
            return broken_off("not closing") == before + 1

        await eventually(cut_off, seconds_max=SHORT.close_seconds_max + SLACK_SECONDS)


async def test_a_client_that_vanishes_within_its_body_leaves_nothing(small: Small) -> None:
    """The handler ends, and nothing of it is logged as a defect or an outage."""
    async with wire(small.port) as client:
        await client.send("POST /read HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\nsome")
    async with wire(small.port) as client:
        assert 200 == (await client.ask("GET /hello HTTP/1.1")).status


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"GARBAGE\r\n\r\n", 400, "HTTP_MALFORMED"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "HTTP_MALFORMED"),
        (b"GET /hello HTTP/1.1\r\nHost : test\r\n\r\n", 400, "HTTP_MALFORMED"),
        (b"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "HTTP_MALFORMED"),
        (b"GET /hello HTTP/1.1\r\nX: a\x00b\r\n\r\n", 400, "HTTP_MALFORMED"),
        (b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400, "HTTP_MALFORMED"),
        (
            b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
            "HTTP_MALFORMED",
        ),
        (b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400, "HTTP_MALFORMED"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431, "HEADER_TOO_LONG"),
        (b"GET /hello HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431, "HEADER_TOO_LONG"),
        (b"GET /hello HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 100 + b"\r\n", 400, "HTTP_MALFORMED"),
        (b"GET /hello HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417, "HTTP_REFUSED"),
        (b"POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417, "HTTP_REFUSED"),
    ],
)
async def test_what_is_no_proper_request_is_told_so(small: Small, sent: bytes, status: int, code: str) -> None:
    """The server's own refusals are problem documents with all headers, and repeat nothing of what was sent."""
    async with wire(small.port) as client:
        await client.send(sent)
        reply = await client.reply()

    assert (status, code) == (reply.status, code_of(reply))
    assert b"aaaa" not in reply.body


async def test_a_header_that_grows_without_end_is_refused() -> None:
    """Fields that are each short enough are counted together."""
    limits = attrs.evolve(SHORT, header_seconds_max=20.0, header_bytes_max=4000)
    async with small_server(limits) as small, wire(small.port) as client:
        await client.send("GET /hello HTTP/1.1\r\nHost: test\r\n")
        sending = asyncio.create_task(trickle(client, b"X: " + b"a" * 997 + b"\r\n", 0.05))
        reply = await client.reply()
        sending.cancel()

    assert (431, "HEADER_TOO_LONG") == (reply.status, code_of(reply))


async def test_pipelined_requests_are_answered_in_order(small: Small) -> None:
    """The limits do not mistake a good client for a bad one."""
    async with wire(small.port) as client:
        await client.send("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n" * 5)
        assert [200] * 5 == [(await client.reply()).status for _ in range(5)]
