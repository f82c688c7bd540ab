"""The portal's settings; see `services/settings.py` for how they are read."""

from typing import Self
from urllib.parse import urlsplit

import attrs

from services.settings import Count, PostgresUrl

_PORT = Count(8080)
_CONNECTIONS = Count(16)
_IDLE_MINUTES = Count(30)
_SESSION_HOURS = Count(12)
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


@attrs.frozen(kw_only=True)
class PortalSettings:
    """What a portal process is told.

    Attributes:
        database_url: ``SUBSIDY_DATABASE_URL``; there is no default, so that a typo never shows a throw-away database.
        http_host: ``SUBSIDY_HTTP_HOST``, the address to listen on; by default this machine only.
        http_port: ``SUBSIDY_HTTP_PORT``.
        public_origin: ``SUBSIDY_PUBLIC_ORIGIN``, how browsers name the portal; needed beyond this machine, where cookies
            are Secure and requests of other origins are refused. By default what the portal listens on.
        trusted_proxies: ``SUBSIDY_TRUSTED_PROXIES``, addresses separated by commas whose X-Forwarded-For is believed.
        connections: ``SUBSIDY_HTTP_DATABASE_CONNECTIONS``, the most connections to PostgreSQL.
        session_idle_minutes: ``SUBSIDY_SESSION_IDLE_MINUTES``, after which a person logs in again.
        session_hours: ``SUBSIDY_SESSION_HOURS``, after which even a busy person logs in again.
        metrics_token: ``SUBSIDY_METRICS_TOKEN``, with which /metrics may be read from elsewhere than this machine.
    """

    database_url: PostgresUrl = attrs.field(repr=False)
    http_host: str = "127.0.0.1"
    http_port: Count = _PORT
    public_origin: Origin | None = None
    trusted_proxies: str = ""
    http_database_connections: Count = _CONNECTIONS
    session_idle_minutes: Count = _IDLE_MINUTES
    session_hours: Count = _SESSION_HOURS
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
