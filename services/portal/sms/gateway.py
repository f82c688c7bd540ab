"""The HTTP gateway: one POST per message, to the address and with the token of the settings.

    POST SUBSIDY_SMS_URL
    Authorization: Bearer SUBSIDY_SMS_TOKEN
    {"mobile": "13800000000", "text": "您的验证码是 …"}

2xx: taken. 408, 429 and 5xx: later. Anything else: never. The sign in front of the text (【…】) is the gateway's own, because
the operators register it there. A provider with another protocol gets a few lines of adapter, or a sender of its own.
"""

from http import HTTPStatus
from typing import Final

import aiohttp
import attrs

from services.portal.sms.port import SmsRefusedError, SmsUnavailableError

SECONDS_MAX: Final = 10.0
_LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@attrs.frozen
class HttpGateway:
    """A gateway that takes JSON."""

    _http: aiohttp.ClientSession
    _url: str
    _token: str = attrs.field(repr=False)
    _seconds_max: float = SECONDS_MAX

    @property
    def keeps_texts(self) -> bool:
        """They may hold codes."""
        return False

    async def send(self, mobile: str, text: str) -> None:
        """Hand one message over.

        Raises:
            SmsUnavailableError: there is no answer, or one that says later.
            SmsRefusedError: it is refused for good; the answer is not repeated, because it may repeat the message.
        """
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        timeout = aiohttp.ClientTimeout(total=self._seconds_max)
        try:
            async with self._http.post(
                self._url,
                json={"mobile": mobile, "text": text},
                headers=headers,
                timeout=timeout,
                allow_redirects=False,  # The token is for this address only.
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SmsUnavailableError(type(error).__name__) from error
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER:
            raise SmsUnavailableError(str(status))
        raise SmsRefusedError(str(status))
