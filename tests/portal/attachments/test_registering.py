"""Promises of the calls by which who registers hands papers in, before there is an employer (F6)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from io import BytesIO
from typing import TypeAlias

import aiohttp
import attrs
import pytest

from libsubsidy import SLOTS, Mobile
from services.portal import csrf
from services.portal.portal import Portal
from services.portal.registration import sessions
from services.portal.roles import PortalRole
from services.store import attachments, registration_sessions, registrations
from services.store.attachments import Subject
from services.store.database import Connection, acting
from tests.portal.conftest import Town, VisitorOf
from tests.portal.papers import jpeg
from tests.portal.visitors import Given, Visitor
from tests.store.test_registrations import VISITOR, who

PATH = "/registrations/attachments"
Registering: TypeAlias = Callable[[str], Awaitable[tuple[int, Visitor]]]


@pytest.fixture
async def registering(server: str, portal: Portal, db: Connection, town: Town) -> AsyncIterator[Registering]:
    """A way to let a telephone be proven; gives the registration and who goes on with it."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))

        async def proven(mobile: str) -> tuple[int, Visitor]:
            async with acting(db, VISITOR):
                registration = await registrations.begin(db, Mobile(mobile))
                token = await registration_sessions.open_session(db, registration.id)
            headers = {
                "Cookie": f"{sessions.cookie_name(portal.settings)}={token}",
                "X-CSRF-Token": csrf.token_of(token),
                "Origin": server,
            }
            return registration.id, Visitor(http=http, origin=server, user=None, headers=headers)

        yield proven


async def send(someone: Visitor, body: bytes = b"", purpose: str = "registration") -> Given:
    """Try to upload a certificate."""
    params = {"purpose": purpose, "slot": "credit_code_certificate", "filename": "证书.jpg"}
    return await someone.ask("POST", PATH, params=params, data=BytesIO(body or jpeg()))


async def test_papers_of_a_registration(registering: Registering, db: Connection) -> None:
    """F6, F108, F110: uploaded, looked at, downloaded, deleted; and bound to the registration when it is submitted."""
    registration_id, applicant = await registering("13800000000")
    given = await send(applicant)
    assert (201, f"/api/v1{PATH}/{given.body['id']}", "stored") == (
        given.status, given.headers["Location"], given.body["state"],
    )  # fmt: skip
    path = f"{PATH}/{given.body['id']}"
    assert given.body == await applicant.get(path)
    assert jpeg() == (await applicant.ask("GET", f"{path}/content")).body
    assert 200 == (await applicant.ask("GET", f"{path}/pages/1", params={"size": "thumbnail"})).status
    other = (await send(applicant)).body["id"]
    assert 204 == (await applicant.ask("DELETE", f"{PATH}/{other}")).status
    async with acting(db, VISITOR):
        registration = (await registrations.of_mobile(db, Mobile("13800000000")))[0]
    subject = Subject("registration", registration_id)
    (agent,) = [slot for slot in SLOTS["registration"] if slot.name == "agent_authorisation"]
    async with acting(db, who(registration)):
        begun = await attachments.begin(db, "registration", agent.name, "授权书.jpg")
        stored = (await attachments.get(db, int(given.body["id"]))).stored
        assert stored is not None
        await attachments.finish(db, begun.id, stored)
        bound = await attachments.bind(db, "registration", subject, [int(given.body["id"]), begun.id])
    assert ["证书.jpg", "授权书.jpg"] == [each.filename for each in bound]
    deleted = await applicant.ask("DELETE", path)
    assert (409, ["ATTACHMENT_BOUND"]) == (deleted.status, deleted.codes)


async def test_papers_of_other_registrations_are_absent(registering: Registering, visitor: VisitorOf) -> None:
    """I31: neither another telephone nor an employer sees them; without a session, or its token, nothing is answered."""
    _, applicant = await registering("13800000000")
    _, stranger = await registering("13900000000")
    number = (await send(applicant)).body["id"]
    clerk = await visitor(PortalRole.EMPLOYER)
    for rest in ("", "/content", "/pages/1"):
        assert 404 == (await stranger.ask("GET", f"{PATH}/{number}{rest}")).status
        assert 404 == (await clerk.ask("GET", f"/attachments/{number}{rest}")).status
        assert 401 == (await clerk.ask("GET", f"{PATH}/{number}{rest}")).status
    assert 404 == (await stranger.ask("DELETE", f"{PATH}/{number}")).status
    nobody = attrs.evolve(applicant, headers={"Origin": applicant.origin})
    assert 401 == (await send(nobody)).status
    forged = attrs.evolve(applicant, headers={**applicant.headers, "X-CSRF-Token": "0" * 64})
    assert (403, ["CSRF_TOKEN"]) == ((await send(forged)).status, (await send(forged)).codes)
