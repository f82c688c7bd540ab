"""Promises of services/portal/sms/: what a call queues arrives at the gateway, or in the development box, by itself."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import attrs
import pytest

from libsubsidy import Mobile
from services.portal import server as servers
from services.portal.app import make_app
from services.portal.portal import Portal
from services.portal.settings import GatewayUrl, Origin, PortalSettings
from services.store import sms_messages
from services.store.database import Connection, acting
from tests.patience import eventually
from tests.portal.sms.provider import Provider, serving
from tests.store import fund

MOBILE = Mobile.parse("13800000001")


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """A gateway."""
    async with serving() as opened:
        yield opened


async def queue(db: Connection, text: str) -> None:
    """Queue a message in somebody's transaction."""
    async with acting(db, fund.BUREAU):
        await sms_messages.queue(db, MOBILE, text)


async def state(db: Connection) -> tuple[str, str, int]:
    """State, text and tries of the newest message."""
    row = await db.fetchrow("SELECT state, text, tries FROM sms_message ORDER BY id DESC LIMIT 1")
    assert row is not None
    return row["state"], row["text"], row["tries"]


async def came(db: Connection, provider: Provider, count: int) -> None:
    """Wait until so many messages have come, and what became of the last one has been noted."""

    async def noted() -> bool:
        left = await db.fetchval(
            "SELECT count(*) FROM sms_message WHERE state = 'queued' AND next_try_at <= clock_timestamp()"
        )
        done = provider.status == 503 or not await db.fetchval(
            "SELECT count(*) FROM sms_message WHERE state = 'queued'"
        )
        return len(provider.came) == count and left == 0 and done

    await eventually(noted)


async def test_messages_go_to_the_gateway_of_the_settings(portal: Portal, db: Connection, provider: Provider) -> None:
    """Those that were queued before the start, and each one after its commit; what was sent keeps no text."""
    await queue(db, "以前的")
    settings = attrs.evolve(portal.settings, sms_url=GatewayUrl(provider.url), sms_token="secret")
    async with servers.serving(make_app(attrs.evolve(portal, settings=settings)), settings):
        await came(db, provider, 1)
        await queue(db, "以后的")
        await came(db, provider, 2)
    assert [("Bearer secret", "以前的"), ("Bearer secret", "以后的")] == [
        (by, body["text"]) for by, body in provider.came
    ]
    assert [("sent", "")] * 2 == [tuple(row) for row in await db.fetch("SELECT state, text FROM sms_message")]


async def test_a_gateway_that_is_down_loses_nothing(portal: Portal, db: Connection, provider: Provider) -> None:
    """What it did not take waits and is tried again; what it refuses is not."""
    settings = attrs.evolve(portal.settings, sms_url=GatewayUrl(provider.url))
    provider.status = 503
    async with servers.serving(make_app(attrs.evolve(portal, settings=settings)), settings):
        await queue(db, "验证码")
        await came(db, provider, 1)
        assert ("queued", "验证码", 1) == await state(db)
        provider.status = 200
        await db.execute("UPDATE sms_message SET next_try_at = clock_timestamp()")
        await db.execute("NOTIFY sms")
        await came(db, provider, 2)
        provider.status = 400
        await queue(db, "不收的")
        await came(db, provider, 3)
    assert ("failed", "", 1) == await state(db)


async def page(settings: PortalSettings) -> tuple[int, str]:
    """Open the development box."""
    async with aiohttp.ClientSession() as http, http.get(f"{settings.origin}/development/sms") as answer:
        return answer.status, await answer.text()


async def test_the_development_box_shows_what_would_be_sent(portal: Portal, db: Connection) -> None:
    """Every message, text and all, to whoever opens the page."""
    settings = attrs.evolve(portal.settings, sms_box=True)
    async with servers.serving(make_app(attrs.evolve(portal, settings=settings)), settings):
        status, text = await page(settings)
        assert (200, True) == (status, "还没有短信" in text)
        await queue(db, "您的验证码是 123456")
        status, text = await page(settings)
    assert (200, True, True) == (status, str(MOBILE) in text, "您的验证码是 123456" in text)


@pytest.mark.parametrize(
    "facts",
    [
        {"sms_box": False},
        {"sms_box": True, "sms_url": GatewayUrl("https://sms.example/send")},
        {"sms_box": True, "public_origin": Origin("https://fund.example")},
        {"sms_box": True, "http_host": "0.0.0.0"},  # noqa: S104 - nothing listens there.
    ],
)
def test_the_box_is_shown_nowhere_else(settings: PortalSettings, facts: dict[str, Any]) -> None:
    """Not beside a gateway, and not where other machines could read it, whatever the setting says."""
    assert attrs.evolve(settings, sms_box=True).shows_sms_box
    assert not attrs.evolve(settings, **facts).shows_sms_box


async def test_without_the_box_there_is_no_page(server: str, portal: Portal) -> None:
    """It does not exist."""
    status, text = await page(portal.settings)
    assert (404, True) == (status, "PATH_UNKNOWN" in text)
    assert server
