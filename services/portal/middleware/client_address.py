"""Where a request comes from: the other end of the connection, or what a trusted proxy says of it.

Anybody can send ``X-Forwarded-For``; only what a listed proxy appended is believed. The list is read from its end: each
entry was written by the one to its right, so that the first address which is no trusted proxy is the client's.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, Self

import attrs
from aiohttp import web

HEADER: Final = "X-Forwarded-For"
_HOPS_MAX: Final = 16


def _networks(texts: Iterable[str]) -> Iterator[IPv4Network | IPv6Network]:
    return (ip_network(text.strip()) for text in texts if text.strip())


@attrs.frozen
class TrustedProxies:
    """Addresses and networks whose word is taken."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a list separated by commas.

        >>> "10.0.3.4" in TrustedProxies.parse("10.0.0.0/16, ::1")
        True
        >>> TrustedProxies.parse("10.0.0.1/16")
        Traceback (most recent call last):
            ...
        ValueError: 10.0.0.1/16 has host bits set
        """
        return cls(tuple(_networks(text.split(","))))

    def __contains__(self, text: object) -> bool:
        if not self.networks:
            return False
        try:
            address = ip_address(str(text))
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)  # A socket of both families names IPv4 clients so.
        return any((mapped or address) in network for network in self.networks)

    def client(self, peer: str, forwarded: Iterable[str]) -> str:
        """Give the client's address: the first from the end of the chain that is no trusted proxy.

        >>> proxies = TrustedProxies.parse("10.0.0.1")
        >>> proxies.client("10.0.0.1", ["203.0.113.9, 192.0.2.7"])
        '192.0.2.7'
        >>> proxies.client("198.51.100.1", ["192.0.2.7"])
        '198.51.100.1'
        """
        hops = [hop.strip() for line in forwarded for hop in line.split(",")][-_HOPS_MAX:]
        client = peer
        while client in self and hops:
            said = _address(hops.pop())
            if said is None:
                break
            client = said
        return client


PROXIES: Final = web.AppKey("trusted_proxies", TrustedProxies)


def _address(text: str) -> str | None:
    """Read one entry; some proxies write a port behind the address.

    >>> _address("192.0.2.7:4711"), _address("[2001:db8::1]:80"), _address("2001:db8::1"), _address("unknown")
    ('192.0.2.7', '2001:db8::1', '2001:db8::1', None)
    """
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return None


_ADDRESS: Final = web.RequestKey("client_address", str)


def client_address(request: web.BaseRequest, proxies: TrustedProxies) -> str:
    """Give the address a request comes from; empty when it is not known, as over a Unix socket."""
    known = request.get(_ADDRESS)
    if known is None:
        known = request[_ADDRESS] = proxies.client(request.remote or "", request.headers.getall(HEADER, ()))
    return known
