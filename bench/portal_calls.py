"""A page and three calls of the portal against a bare handler that asks PostgreSQL the very same."""

import pickle
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar, Final, Self

import attrs
from aiohttp import web

from bench import staff
from bench.bare_server import READY, Bare, bare_app
from bench.figure import Limit, Note, ResultsDifferError, Row, Sense
from bench.http_client import HOST, Load, Request, ask, load
from bench.pairs import ratios, seconds, take_turns
from bench.recording import Recorded, logged_pool, record
from bench.server import BenchServer
from bench.server_process import ServerProcess, free_port, server_process
from bench.staff import Staff
from services.portal.app import make_app
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.portal.server import serving
from services.portal.settings import Origin, PortalSettings
from services.settings import Count
from services.store.database import connect

LIMIT: Final = Limit(Sense.AT_LEAST, 0.6)
_READY: Final = "/readyz"
_WARM_SECONDS: Final = 0.5
# An employer of some size after a year: as many orders and notices as the year has months.
_YEAR: Final = Staff(people=2_000, months=12, notices=12)


@attrs.frozen(kw_only=True)
class Measured:
    """One side of a pair: what it did under load, and the processor time of its process."""

    load: Load
    cpu_seconds: float

    @property
    def cpu_per_answer(self) -> float:
        """Seconds of the process's processor time for one answer."""
        return self.cpu_seconds / len(self.load.latencies)


@attrs.frozen
class PortalCalls:
    """Serve the page, a notice, 50 employees and a memo check; the floor is bare aiohttp with the same SQL and bytes."""

    name: ClassVar[str] = "portal"

    staff: Staff = _YEAR
    pairs: int = 7
    connections: int = 8
    seconds: float = 3.0
    requests_max: int = 50_000

    def quick(self) -> Self:
        """Take shorter turns."""
        return attrs.evolve(self, pairs=5, seconds=1.0)

    async def measure(self, server: BenchServer, note: Note) -> list[Row]:
        """Measure one call after the other, each in turns."""
        key = f"portal: {self.staff}"
        template = await server.template(key, self.fill)
        rows: list[Row] = []
        async with (
            server.copy_of(template) as url,
            _portal(staff.settings_of(url, free_port())) as (portal, settings),
        ):
            recorded = await self.recorded(url, settings)
            async with _bare(settings, recorded) as bare:
                for what, each in recorded.items():
                    await _prove_equal(portal, bare, each)
                    rows.append(await self._row(what, each, portal, bare, note))
        await server.forget(key)
        return rows

    async def fill(self, url: str) -> None:
        """Fill a database for it."""
        connection = await connect(url, application="subsidy bench")
        try:
            await staff.fill(connection, self.staff)
        finally:
            await connection.close(timeout=10)

    async def recorded(self, url: str, settings: PortalSettings) -> dict[str, Recorded]:
        """Let an employer log in, and record what each of its requests does.

        Raises:
            ResultsDifferError: replaying does other than what was recorded.
        """
        connection = await connect(url, application="subsidy bench")
        try:
            headers = await staff.log_in(connection, settings, PortalRole.EMPLOYER)
        finally:
            await connection.close(timeout=10)
        requests = requests_of(headers)
        # On another port than the portal's own process, under the origin that is the portal's.
        elsewhere = attrs.evolve(settings, http_port=Count(free_port()), public_origin=Origin(settings.origin))
        async with logged_pool(settings.database_url) as (pool, log):
            portal = Portal(pool=pool, settings=elsewhere)
            async with serving(make_app(portal), elsewhere):
                recorded = await record(elsewhere.http_port, log, list(requests.values()))
        async with logged_pool(settings.database_url) as (pool, log):
            runner = web.AppRunner(bare_app(pool, recorded), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, HOST, elsewhere.http_port).start()
            replayed = await record(elsewhere.http_port, log, list(requests.values()))
            await runner.cleanup()
        prove_replayed(recorded, replayed)
        return dict(zip(requests, recorded, strict=True))

    async def _row(self, what: str, recorded: Recorded, portal: ServerProcess, bare: ServerProcess, note: Note) -> Row:
        async def ours() -> Measured:
            return await self._measured(portal, recorded)

        async def theirs() -> Measured:
            return await self._measured(bare, recorded)

        pairs = await take_turns(ours, theirs, self.pairs)
        note(
            f"{self.name}: {what}: {_middle(pairs.ours)} : {_middle(pairs.theirs)}",
        )
        statements = sum(len(transaction) for transaction in recorded.transactions)
        cpu = ratios(
            tuple(each.cpu_per_answer for each in pairs.ours), tuple(each.cpu_per_answer for each in pairs.theirs)
        )
        return Row(
            figure=self.name,
            what=f"{what}: answers a second, {self.connections} connections",
            compared_with="floor: bare aiohttp, same SQL and bytes",
            values=ratios(
                tuple(each.load.per_second for each in pairs.ours), tuple(each.load.per_second for each in pairs.theirs)
            ),
            limit=LIMIT,
            detail=f"{_middle(pairs.ours)} : {_middle(pairs.theirs)}; processor time of the process "
            f"{sorted(cpu)[len(cpu) // 2]:.2f}×; {statements} statements in {len(recorded.transactions)} transactions, "
            f"{len(recorded.answer.body):,} bytes, all equal",
        )

    async def _measured(self, server: ServerProcess, recorded: Recorded) -> Measured:
        async def under_load(for_seconds: float) -> Load:
            return await load(
                server.port,
                recorded.request,
                recorded.answer.body,
                connections=self.connections,
                seconds=for_seconds,
                requests_max=self.requests_max,
            )

        await under_load(min(_WARM_SECONDS, self.seconds))
        before = server.cpu_seconds
        done = await under_load(self.seconds)
        return Measured(load=done, cpu_seconds=server.cpu_seconds - before)


def requests_of(headers: dict[str, str]) -> dict[str, Request]:
    """Give the requests that are measured, each with the words for it."""
    memo = '{"text":"75256xYYYZo，2020年1月份补缴款","amount":"500.01"}'.encode()
    return {
        "the page": Request(method="GET", target="/employer/notices", headers=headers),
        "a notice": Request(method="GET", target="/api/v1/notices/1", headers=headers),
        "50 employees": Request(method="GET", target="/api/v1/employees?limit=50", headers=headers),
        "a memo check": Request(method="POST", target="/api/v1/memo/check", headers=headers, body=memo),
    }


@asynccontextmanager
async def _portal(settings: PortalSettings) -> AsyncIterator[tuple[ServerProcess, PortalSettings]]:
    told = {"SUBSIDY_DATABASE_URL": settings.database_url, "SUBSIDY_HTTP_PORT": str(settings.http_port)}
    async with server_process(
        "services.portal", "run", port=settings.http_port, ready=_READY, settings=told
    ) as process:
        yield process, settings


@asynccontextmanager
async def _bare(settings: PortalSettings, recorded: dict[str, Recorded]) -> AsyncIterator[ServerProcess]:
    told = Bare(
        url=settings.database_url,
        connections_max=settings.http_database_connections,
        port=free_port(),
        recorded=tuple(recorded.values()),
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "recorded"
        file.write_bytes(pickle.dumps(told))
        async with server_process("bench.bare_server", str(file), port=told.port, ready=READY, settings={}) as process:
            yield process


def prove_replayed(recorded: Sequence[Recorded], replayed: Sequence[Recorded]) -> None:
    """Prove that the bare handler asks PostgreSQL what the portal asked it, statement by statement.

    Raises:
        ResultsDifferError: it asks something else, or there is nothing to ask.
    """
    for one, other in zip(recorded, replayed, strict=True):
        if one.transactions != other.transactions or not one.transactions:
            raise ResultsDifferError(f"{one.request}: {one.transactions} became {other.transactions}")


async def _prove_equal(portal: ServerProcess, bare: ServerProcess, recorded: Recorded) -> None:
    for server in (portal, bare):
        answer = await ask(server.port, recorded.request)
        if (answer.status, answer.content_type, answer.body) != (
            recorded.answer.status,
            recorded.answer.content_type,
            recorded.answer.body,
        ):
            raise ResultsDifferError(f"{recorded.request}: {answer.head!r} {answer.body[:500]!r}")


def _middle(measured: Sequence[Measured]) -> str:
    per_second = sorted(each.load.per_second for each in measured)[len(measured) // 2]
    p99 = seconds(tuple(each.load.percentile(99) for each in measured))
    return f"{per_second:,.0f}/s, p99 {p99}"
