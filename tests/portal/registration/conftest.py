"""What the tests of registration share: a portal whose messages can be read, and somebody without a login."""

from collections.abc import AsyncIterator

import aiohttp
import attrs
import pytest

from services.portal.settings import PortalSettings
from tests.portal.contract import Contract
from tests.portal.registration.applicants import nobody
from tests.portal.visitors import Visitor


@pytest.fixture
def settings(settings: PortalSettings) -> PortalSettings:
    """Messages go to the development box."""
    return attrs.evolve(settings, sms_box=True)


@pytest.fixture
async def someone(server: str, promised: Contract) -> AsyncIterator[Visitor]:
    """Somebody without a login."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield attrs.evolve(nobody(http, server), promised=promised)
