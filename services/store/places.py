"""Places: what tries and codes are counted by, where they come from.

>>> place_of("192.0.2.1"), place_of("::ffff:192.0.2.1"), place_of("2001:db8::1"), place_of("unknown")
('192.0.2.1', '192.0.2.1', '2001:db8::/64', 'unknown')
"""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

# Whoever has one IPv6 address has all of its network.
_IPV6_NETWORK_BITS: Final = 64


def place_of(address: str) -> str:
    """Give the place of an address: itself, or the network that it stands for."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), _IPV6_NETWORK_BITS), strict=False))
