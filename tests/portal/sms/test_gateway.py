"""Promises of services/portal/sms/gateway.py: each answer of a gateway means sent, later, or never."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from services.portal.sms.gateway import HttpGateway
from services.portal.sms.port import SmsRefusedError, SmsUnavailableError
from tests.portal.raw_http import free_port
from tests.portal.sms.provider import Provider, serving

MOBILE, TEXT = "13800000001", "您的验证码是 123456"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """A gateway."""
    async with serving() as opened:
        yield opened


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_a_message_is_posted_with_the_token(http: aiohttp.ClientSession, provider: Provider) -> None:
    """As the docstring says it, and nothing more."""
    await HttpGateway(http, provider.url, "secret").send(MOBILE, TEXT)
    await HttpGateway(http, provider.url, "").send(MOBILE, TEXT)
    body = {"mobile": MOBILE, "text": TEXT}
    assert [("Bearer secret", body), ("", body)] == provider.came


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (408, SmsUnavailableError),
        (429, SmsUnavailableError),
        (500, SmsUnavailableError),
        (503, SmsUnavailableError),
        (301, SmsRefusedError),
        (400, SmsRefusedError),
        (401, SmsRefusedError),
        (422, SmsRefusedError),
    ],
)
async def test_what_is_not_taken_is_tried_again_or_never(
    http: aiohttp.ClientSession, provider: Provider, status: int, error: type[Exception]
) -> None:
    """Busy and broken is later, refused is never; the token follows no redirection to another address."""
    provider.status = status
    with pytest.raises(error) as caught:
        await HttpGateway(http, provider.url, "secret").send(MOBILE, TEXT)
    assert (str(status), 1) == (str(caught.value), len(provider.came))


async def test_a_gateway_that_is_not_there_is_tried_again(http: aiohttp.ClientSession) -> None:
    """Nobody listens there; and the error tells neither the text nor the mobile."""
    with pytest.raises(SmsUnavailableError) as caught:
        await HttpGateway(http, f"http://127.0.0.1:{free_port()}/", "").send(MOBILE, TEXT)
    assert "ClientConnectorError" == str(caught.value)
