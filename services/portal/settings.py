"""The portal's settings; see `services/settings.py` for how they are read."""

import sys
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import attrs

from services.portal.attachments.storage import AttachmentPlace
from services.portal.limits import Limits
from services.portal.middleware.client_address import TrustedProxies
from services.settings import Count, PostgresUrl

_PORT = Count(8080)
_CONNECTIONS = Count(16)
_ASSETS = Path(sys.prefix) / "npm" / "node_modules"
_ATTACHMENTS = AttachmentPlace("var/attachments")
_IDLE_MINUTES = Count(30)
_SESSION_HOURS = Count(12)
_HTTP_CONNECTIONS = Count(1000)
_OF_ONE_ADDRESS = Count(200)
_STOP_SECONDS = Count(20)
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class Origin(str):
    """Scheme, host and port as a browser names them, such as ``https://fund.example``."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the form.

        >>> Origin("https://fund.example")
        'https://fund.example'
        >>> Origin("fund.example/")
        Traceback (most recent call last):
            ...
        ValueError: should look like / 格式应为 https://fund.example
        """
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.username:
            raise ValueError("should look like / 格式应为 https://fund.example")
        return super().__new__(cls, text.lower())


class Proxies(str):
    """Addresses and networks separated by commas, such as ``10.0.0.7, 10.1.0.0/16``."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the form.

        >>> Proxies("10.0.0.7, 10.1.0.0/16")
        '10.0.0.7, 10.1.0.0/16'
        >>> Proxies("proxy.example")
        Traceback (most recent call last):
            ...
        ValueError: should look like / 格式应为 10.0.0.7, 10.1.0.0/16
        """
        try:
            TrustedProxies.parse(text)
        except ValueError:
            raise ValueError("should look like / 格式应为 10.0.0.7, 10.1.0.0/16") from None
        return super().__new__(cls, text)


_NO_PROXIES = Proxies("")


class GatewayUrl(str):
    """Where messages by SMS are handed over, such as ``https://sms.example/send``."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the form; what holds codes goes encrypted, or stays on this machine.

        >>> GatewayUrl("https://sms.example/send")
        'https://sms.example/send'
        >>> GatewayUrl("http://sms.example/send")
        Traceback (most recent call last):
            ...
        ValueError: should look like / 格式应为 https://sms.example/send
        """
        parts = urlsplit(text)
        plain = parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
        if not parts.hostname or parts.username or not (parts.scheme == "https" or plain):
            raise ValueError("should look like / 格式应为 https://sms.example/send")
        return super().__new__(cls, text)


@attrs.frozen(kw_only=True)
class PortalSettings:
    """What a portal process is told.

    Attributes:
        database_url: ``SUBSIDY_DATABASE_URL``; there is no default, so that a typo never shows a throw-away database.
        http_host: ``SUBSIDY_HTTP_HOST``, the address to listen on; by default this machine only.
        http_port: ``SUBSIDY_HTTP_PORT``.
        public_origin: ``SUBSIDY_PUBLIC_ORIGIN``, how browsers name the portal; needed beyond this machine, where cookies
            are Secure and requests of other origins are refused. By default what the portal listens on.
        http_reuse_port: ``SUBSIDY_HTTP_REUSE_PORT``, whether several portals share the port on this machine.
        http_connections: ``SUBSIDY_HTTP_CONNECTIONS``, the most connections of clients at once; more are answered 503.
        http_connections_per_address: ``SUBSIDY_HTTP_CONNECTIONS_PER_ADDRESS``, as above from one address that is no
            trusted proxy (an office shares one); more are answered 429.
        http_stop_seconds: ``SUBSIDY_HTTP_STOP_SECONDS``, in which requests under way are finished when the portal stops;
            whoever supervises it should wait longer before it kills.
        trusted_proxies: ``SUBSIDY_TRUSTED_PROXIES``, addresses and networks separated by commas whose X-Forwarded-For is
            believed.
        http_database_connections: ``SUBSIDY_HTTP_DATABASE_CONNECTIONS``, the most connections to PostgreSQL.
        session_idle_minutes: ``SUBSIDY_SESSION_IDLE_MINUTES``, after which a person logs in again.
        session_hours: ``SUBSIDY_SESSION_HOURS``, after which even a busy person logs in again.
        assets: ``SUBSIDY_ASSETS``, the folder node_modules with the pages' style sheets and scripts; `make` puts it into the
            environment that runs this.
        sms_url: ``SUBSIDY_SMS_URL``, where messages by SMS are handed over (`services/portal/sms/gateway.py`).
        sms_token: ``SUBSIDY_SMS_TOKEN``, the bearer token for it.
        sms_box: ``SUBSIDY_SMS_BOX``, show messages on /development/sms instead of sending them; for demonstrations and
            development, and only on this machine's loopback address.
        attachments: ``SUBSIDY_ATTACHMENTS``, where uploaded files lie: a folder, by default below the one the portal is
            started in, or ``s3://bucket/prefix`` with obstore's own settings for address and keys.
        metrics_token: ``SUBSIDY_METRICS_TOKEN``, with which /metrics may be read from elsewhere than this machine.
    """

    database_url: PostgresUrl = attrs.field(repr=False)
    http_host: str = "127.0.0.1"
    http_port: Count = _PORT
    public_origin: Origin | None = None
    http_reuse_port: bool = False
    http_connections: Count = _HTTP_CONNECTIONS
    http_connections_per_address: Count = _OF_ONE_ADDRESS
    http_stop_seconds: Count = _STOP_SECONDS
    trusted_proxies: Proxies = _NO_PROXIES
    http_database_connections: Count = _CONNECTIONS
    session_idle_minutes: Count = _IDLE_MINUTES
    session_hours: Count = _SESSION_HOURS
    assets: Path = _ASSETS
    sms_url: GatewayUrl | None = None
    sms_token: str = attrs.field(default="", repr=False)
    sms_box: bool = False
    attachments: AttachmentPlace = _ATTACHMENTS
    metrics_token: str = attrs.field(default="", repr=False)

    @property
    def origin(self) -> str:
        """The one origin whose pages may send requests with cookies."""
        if self.public_origin is not None:
            return self.public_origin
        host = f"[{self.http_host}]" if ":" in self.http_host else self.http_host
        return f"http://{host}:{self.http_port}"

    @property
    def secure(self) -> bool:
        """Whether browsers reach the portal by https; only on the loopback address it may be otherwise."""
        return self.origin.startswith("https://")

    @property
    def shows_sms_box(self) -> bool:
        """Whether messages are shown to whoever looks; never where others than this machine's own people could."""
        return self.sms_box and self.sms_url is None and self.http_host in LOOPBACK_HOSTS and self.public_origin is None

    @property
    def proxies(self) -> TrustedProxies:
        """Whose word is taken on where a request comes from."""
        return TrustedProxies.parse(self.trusted_proxies)

    @property
    def limits(self) -> Limits:
        """How long and how much a client may take."""
        return Limits(
            connections_max=self.http_connections,
            connections_per_address_max=self.http_connections_per_address,
            stop_seconds_max=float(self.http_stop_seconds),
        )
