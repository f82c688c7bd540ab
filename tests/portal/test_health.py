"""Promises of services/portal/health.py: probes that tell the truth, and metrics that not everybody reads."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest

from services.portal import health
from services.portal.app import make_app
from services.portal.health import Readiness
from services.portal.portal import Portal
from services.portal.server import serving
from services.portal.settings import PortalSettings, Proxies
from services.store.database import Connection, Pool, open_pool
from tests.portal.raw_http import Reply, wire
from tests.servers.postgres import TestDatabases


@asynccontextmanager
async def portal_of(portal: Portal, **changed: object) -> AsyncIterator[Portal]:
    """Serve a portal with other settings."""
    settings: PortalSettings = attrs.evolve(portal.settings, **changed)  # type: ignore[arg-type]
    other = attrs.evolve(portal, settings=settings)
    async with serving(make_app(other), settings):
        yield other


async def get(portal: Portal, path: str, *fields: str) -> Reply:
    """Ask for one address over a connection of its own."""
    async with wire(portal.settings.http_port) as client:
        return await client.ask("\r\n".join([f"GET {path} HTTP/1.1", *fields]))


async def test_a_portal_with_its_database_is_ready(server: str, portal: Portal) -> None:
    """Both probes say so, to everybody, and no cache keeps it."""
    live, ready = await get(portal, "/healthz"), await get(portal, "/readyz")

    assert (200, b'{"status": "ok"}') == (live.status, live.body)
    assert (200, b'{"status": "ready"}') == (ready.status, ready.body)
    assert "no-store" == ready.headers["Cache-Control"]


async def test_a_portal_whose_database_is_gone_lives_and_is_not_ready(
    server: str, portal: Portal, postgres: TestDatabases, db: Connection
) -> None:
    """A restart would not mend the database, so it is not asked for; no address or password is told."""
    name = await db.fetchval("SELECT current_database()")
    await postgres.command(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    try:
        await postgres.command(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND usename = 'subsidy_app'"
        )
        live, ready = await get(portal, "/healthz"), await get(portal, "/readyz")
    finally:
        await postgres.command(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    assert (200, 503) == (live.status, ready.status)
    assert b"subsidy" not in ready.body


async def test_a_database_of_yesterday_is_not_ready(server: str, portal: Portal, db: Connection) -> None:
    """The probe names the migration that is missing."""
    await db.execute("DELETE FROM migration WHERE name = '0002_the_portal'")
    ready = await get(portal, "/readyz")

    assert 503 == ready.status
    assert b"0002_the_portal" in ready.body


async def test_a_database_without_any_table_is_not_ready(portal: Portal, db: Connection) -> None:
    """It is somebody else's, or nobody has migrated it yet."""
    await db.execute("DROP TABLE migration")

    assert "database: UndefinedTableError" == await Readiness().problem(portal.pool)


async def test_readiness_is_known_in_time_when_no_connection_is_free(login_url: str) -> None:
    """A probe has an answer before its own caller gives up, and takes no place in a queue."""
    async with open_pool(login_url, connections_max=1) as pool, pool.acquire():
        async with asyncio.timeout(5):
            assert "database: TimeoutError" == await Readiness(seconds_max=0.2).problem(pool)


async def test_the_database_is_not_asked_for_every_probe(pool: Pool, db: Connection) -> None:
    """Everybody may ask; that must not cost a query each."""
    readiness = Readiness()
    assert "" == await readiness.problem(pool)
    await db.execute("DROP TABLE migration")

    assert "" == await readiness.problem(pool)
    await asyncio.sleep(health.READY_AGAIN_SECONDS + 0.05)
    assert "database: UndefinedTableError" == await readiness.problem(pool)


async def test_this_machine_reads_the_metrics(server: str, portal: Portal) -> None:
    """In the form that Prometheus reads, with those of HTTP among them."""
    await get(portal, "/healthz")
    metrics = await get(portal, "/metrics")

    assert (200, True) == (metrics.status, metrics.headers["Content-Type"].startswith("text/plain"))
    assert b'subsidy_http_requests_total{method="GET",route="/healthz",status="200"}' in metrics.body


@pytest.mark.parametrize(
    ("proxies", "token", "fields", "status"),
    [
        ("", "", ["X-Forwarded-For: 192.0.2.7"], 403),
        ("", "", ["X-Forwarded-For: 127.0.0.1"], 403),
        ("127.0.0.1", "", ["X-Forwarded-For: 192.0.2.7"], 403),
        ("127.0.0.1", "", ["X-Forwarded-For: 192.0.2.7", "Authorization: Bearer "], 403),
        ("127.0.0.1", "let-me", ["X-Forwarded-For: 192.0.2.7", "Authorization: Bearer let-m"], 403),
        ("127.0.0.1", "let-me", ["X-Forwarded-For: 192.0.2.7", "Authorization: Bearer let-me"], 200),
        ("192.0.2.1", "let-me", ["X-Forwarded-For: 192.0.2.7", "Authorization: Bearer let-me"], 200),
    ],
)
async def test_nobody_else_reads_the_metrics_without_the_token(
    portal: Portal, proxies: str, token: str, fields: list[str], status: int
) -> None:
    """Whoever comes through a proxy of this machine, listed or not, is not this machine."""
    async with portal_of(portal, trusted_proxies=Proxies(proxies), metrics_token=token) as other:
        assert status == (await get(other, "/metrics", *fields)).status
