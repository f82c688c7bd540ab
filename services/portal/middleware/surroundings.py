"""Put around an application what every answer needs, in the one order that works."""

from aiohttp import web

from services.portal.middleware import request_ids, security_headers, time_limits
from services.portal.middleware.client_address import PROXIES, TrustedProxies
from services.portal.middleware.failures import failures


def surround(
    app: web.Application,
    *,
    secure: bool,
    proxies: TrustedProxies,
    page_seconds_max: float = time_limits.PAGE_SECONDS_MAX,
) -> None:
    """Add ids, failures, time limits and headers to an application that is not frozen yet.

    The id comes first, because failures tell it; headers are added when an answer is sent, because then it is known
    that there is one, whoever made it.
    """
    app[PROXIES] = proxies
    app[security_headers.SECURE] = secure
    app[time_limits.SECONDS_MAX] = page_seconds_max
    app.middlewares.extend([request_ids.request_ids, failures, time_limits.time_limits])
    app.on_response_prepare.extend([security_headers.on_response_prepare, request_ids.on_response_prepare])
