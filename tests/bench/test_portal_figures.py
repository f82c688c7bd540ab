"""The portal's figures measure what they say, and refuse to compare what is not the same."""

import asyncio
import time

import attrs
import pytest

from bench import staff
from bench.big_submit import BigSubmit, Handing, Stall, prove_equal
from bench.figure import ResultsDifferError, Row
from bench.http_client import Answer, Request, load
from bench.portal_calls import PortalCalls, prove_replayed
from bench.recording import Recorded
from bench.server import BenchServer
from bench.server_process import ServerFailedError, free_port, server_process
from bench.staff import Staff
from bench.stalls import Probe, probed_portal
from services.store.database import Role

CALLS = PortalCalls(staff=Staff(people=60, months=2, notices=2), pairs=1, connections=2, seconds=0.1)
STALL_SECONDS = 0.08


def quiet(_: str) -> None:
    """Say nothing of how far a measurement is."""


async def test_a_page_and_three_calls_are_measured(server: BenchServer) -> None:
    """Each is a row of its own, and both sides have given the same bytes."""
    rows = await CALLS.measure(server, quiet)

    assert ["the page", "a notice", "50 employees", "a memo check"] == [row.what.partition(":")[0] for row in rows]
    assert all("all equal" in row.detail and row.values[0] > 0 for row in rows)


async def test_the_floor_works_in_the_same_role(server: BenchServer) -> None:
    """What is replayed are whole transactions, the first as the one that finds who asks, the others as the employer."""
    template = await server.template("recorded", CALLS.fill)
    async with server.copy_of(template) as url:
        recorded = await CALLS.recorded(url, staff.settings_of(url, free_port()))
    await server.forget("recorded")

    for each in recorded.values():
        assert all(transaction[0][0].startswith("BEGIN") for transaction in each.transactions)
        assert all(transaction[-1][0].startswith("COMMIT") for transaction in each.transactions)
        roles = [transaction[1][1][0] for transaction in each.transactions]
        assert [Role.AUTH.value, *[Role.EMPLOYER.value] * (len(roles) - 1)] == roles


def test_a_replay_of_less_is_not_compared() -> None:
    """One statement that is missing makes the ratio one of different work."""
    whole = Recorded(
        request=Request(method="GET", target="/"),
        answer=Answer(b"", b""),
        transactions=((("BEGIN;", ()), ("SELECT $1", (1,)), ("COMMIT;", ())),),
    )
    less = attrs.evolve(whole, transactions=((("BEGIN;", ()), ("COMMIT;", ())),))

    prove_replayed([whole], [whole])
    with pytest.raises(ResultsDifferError, match="became"):
        prove_replayed([whole], [less])


async def test_another_answer_under_load_is_told(server: BenchServer) -> None:
    """Every answer is compared, not only the first."""
    template = await server.template("answers", CALLS.fill)
    async with server.copy_of(template) as url:
        settings = staff.settings_of(url, free_port())
        async with probed_portal(settings):
            request = Request(method="GET", target="/healthz")
            with pytest.raises(ResultsDifferError, match="healthz"):
                await load(settings.http_port, request, b"{}", connections=2, seconds=1, requests_max=10)
    await server.forget("answers")


async def test_a_server_that_fails_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    """A process that does not come up gives no figure."""
    with pytest.raises(ServerFailedError):
        async with server_process("bench.bare_server", "/nothing", port=free_port(), ready="/ready", settings={}):
            pass

    assert "FileNotFoundError" in capfd.readouterr().err


async def test_portal_and_floor_write_the_same_order(server: BenchServer) -> None:
    """A submit over HTTP and the floor leave the same claims, order and trail; stalls are told for each kind of request."""
    rows: list[Row] = await BigSubmit(lines=30, pairs=2).measure(server, quiet)

    assert ["×", *5 * ["ms"]] == [row.unit for row in rows]
    assert "3 tables equal" in rows[0].detail
    assert all(len(row.values) == 2 and min(row.values) > 0 for row in rows)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"claim": (30, "7"), "audit_event": (2, "5")}, "audit_event"),
        ({"claim": (29, "6"), "audit_event": (1, "5")}, "claim"),
    ],
)
def test_a_floor_that_writes_something_else_is_not_compared(written: dict[str, tuple[int, str]], told: str) -> None:
    """The table that differs is named."""
    ours = Handing(seconds=1, written={"claim": (30, "7"), "audit_event": (1, "5")})

    prove_equal([ours], [ours], 30)
    with pytest.raises(ResultsDifferError, match=f"differ in {told}"):
        prove_equal([ours], [attrs.evolve(ours, written=written)], 30)


def test_an_order_that_is_not_whole_is_not_measured() -> None:
    """Both sides may have done the same, and yet too little."""
    ours = Handing(seconds=1, written={"claim": (29, "7")})

    with pytest.raises(ResultsDifferError, match="29 months"):
        prove_equal([ours], [ours], 30)


async def test_the_probe_sees_what_holds_the_loop_up() -> None:
    """The longest stall is told, once."""
    probe = Probe()
    task = asyncio.create_task(probe.run())
    await asyncio.sleep(0)
    time.sleep(STALL_SECONDS)  # noqa: ASYNC251 -- this is the stall.
    async with asyncio.timeout(5):
        while not probe.longest_seconds:  # noqa: ASYNC110 -- a probe tells nobody.
            await asyncio.sleep(0)
    longest = probe.take()
    task.cancel()

    assert STALL_SECONDS / 2 < longest
    assert 0.0 == probe.take()
    assert "80 ms (idle 1 ms)" == str(Stall(portal=STALL_SECONDS, idle=0.001))
