"""The headers that every answer carries, whatever its status (ASVS 5.0, 3.4 and 14.3.2).

Nothing of a page is inline and nothing is evaluated, so the policy needs no exception; images within style sheets are
the icons of Tabler.
"""

from collections.abc import Mapping, MutableMapping
from typing import Final

from aiohttp import web
from multidict import istr

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Names that know how they compare: every answer has all of them.
ALWAYS: Final[Mapping[str, str]] = {
    istr("Content-Security-Policy"): CONTENT_SECURITY_POLICY,
    istr("X-Content-Type-Options"): "nosniff",
    istr("Referrer-Policy"): "same-origin",  # Under no-referrer browsers hide the origin of our own forms from us.
    istr("Cross-Origin-Opener-Policy"): "same-origin",
    istr("Cross-Origin-Resource-Policy"): "same-origin",
    istr("Permissions-Policy"): "camera=(), geolocation=(), microphone=(), payment=()",
}
# For what a stranger sent: whatever it turns out to be, nothing of it runs and nothing of it is shown within a page.
SANDBOX: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
SECURE: Final = web.AppKey("secure", bool)
TRANSPORT_SECURITY: Final = "max-age=31536000; includeSubDomains"


def add(headers: MutableMapping[str, str], *, secure: bool) -> None:
    """Add what every answer carries; only an unchanging file says itself how long it may be kept.

    Only a stranger's file has another policy than our own, and it is stricter.

    >>> headers = {"Cache-Control": "public, max-age=3600"}
    >>> add(headers, secure=True)
    >>> headers["Cache-Control"], headers["X-Content-Type-Options"], headers["Strict-Transport-Security"]
    ('public, max-age=3600', 'nosniff', 'max-age=31536000; includeSubDomains')
    """
    policy = headers.get("Content-Security-Policy")
    headers.update(ALWAYS)
    if policy == SANDBOX:
        headers["Content-Security-Policy"] = SANDBOX
    headers.setdefault("Cache-Control", "no-store")
    headers["Server"] = "subsidy"  # Neither the language nor the versions.
    if secure:
        headers["Strict-Transport-Security"] = TRANSPORT_SECURITY


async def on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Add them to an answer that is about to be sent."""
    add(response.headers, secure=request.app[SECURE])
