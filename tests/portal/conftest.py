"""What the portal's tests share: a fund, the real server on a free port, and a visitor for each role."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp
import attrs
import pytest
from playwright.async_api import Browser

from services.portal import server as servers
from services.portal.app import make_app
from services.portal.attachments.storage import AttachmentPlace
from services.portal.portal import Portal
from services.portal.roles import EMPLOYERS, PortalRole
from services.portal.settings import PortalSettings
from services.settings import Count, PostgresUrl
from services.store.accounts import register_account
from services.store.database import Connection, Pool, acting, open_pool
from services.store.employers import Employer
from tests.portal.browser import chromium
from tests.portal.contract import Contract, real
from tests.portal.visitors import Visitor, open_visitor
from tests.store import fund

LOGIN = "subsidy_app"
ACCOUNT = "44050100000000000001"

VisitorOf: TypeAlias = Callable[..., Awaitable[Visitor]]


@attrs.frozen(kw_only=True)
class Town:
    """Two employers with five employees each, and the bureau's account.

    Attributes:
        people: the person ids of `employer`.
        strangers: those of `other`.
    """

    employer: Employer
    other: Employer
    people: tuple[int, ...]
    strangers: tuple[int, ...]


@pytest.fixture
async def town(db: Connection) -> Town:
    """A small fund in the test's database."""
    employer, other = await fund.register(db, 1, "75256"), await fund.register(db, 2, "10160")
    people = await fund.employ(db, employer, *(fund.new_employee(serial) for serial in range(1, 6)))
    strangers = await fund.employ(db, other, *(fund.new_employee(serial) for serial in range(11, 16)))
    async with acting(db, fund.BUREAU):
        await register_account(db, number=ACCOUNT, name="住房补贴资金专户", source="ofx-generic")
    return Town(employer=employer, other=other, people=people, strangers=strangers)


@pytest.fixture
async def login_url(db: Connection, database_url: str) -> str:
    """The URL of the login that services use: a member of the roles, with no right of its own."""
    await db.execute(
        f"""
        DO $$ BEGIN CREATE ROLE {LOGIN} LOGIN NOINHERIT;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
        GRANT subsidy_employer, subsidy_bureau, subsidy_person, subsidy_auth, subsidy_worker TO {LOGIN};
        """
    )
    return database_url.replace("subsidy@", f"{LOGIN}@", 1)


@pytest.fixture
async def pool(login_url: str) -> AsyncIterator[Pool]:
    """A pool as the portal has it."""
    async with open_pool(login_url, application="subsidy portal") as opened:
        yield opened


@pytest.fixture
def settings(login_url: str, tmp_path: Path) -> PortalSettings:
    """The portal's settings, with a free port and a folder for attachments."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = AttachmentPlace(str(tmp_path / "attachments"))
    return PortalSettings(database_url=PostgresUrl(login_url), http_port=Count(port), attachments=place)


@pytest.fixture
def portal(pool: Pool, settings: PortalSettings) -> Portal:
    """What all requests share."""
    return Portal(pool=pool, settings=settings)


@pytest.fixture
async def server(portal: Portal) -> AsyncIterator[str]:
    """The real server, on a real port; gives its origin."""
    async with servers.serving(make_app(portal), portal.settings):
        yield portal.settings.origin


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser of the test's own."""
    async with chromium() as opened:
        yield opened


@pytest.fixture
def promised() -> Contract:
    """What the API document of the server promises, to which every answer is held."""
    return real()


@pytest.fixture
async def visitor(
    server: str, portal: Portal, db: Connection, town: Town, promised: Contract
) -> AsyncIterator[VisitorOf]:
    """A way to let somebody of a role in; of another employer than the town's first by `employer_id`."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))

        async def opened(role: PortalRole, **facts: Any) -> Visitor:
            if role in EMPLOYERS:
                facts.setdefault("employer_id", town.employer.id)
            if role is PortalRole.EMPLOYEE:
                facts.setdefault("person_id", town.people[0])
            someone = await open_visitor(http, server, portal, db, role, **facts)
            return attrs.evolve(someone, promised=promised)

        yield opened
