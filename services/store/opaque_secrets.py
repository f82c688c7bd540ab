"""Secrets that mean nothing by themselves: 256 random bits for whoever holds them, and their sha256 for the database.

What people read and type is shorter, and used once or hashed slowly (`new_password`).

A fast digest is enough, because nobody can guess 256 random bits; passwords, which people choose, are hashed slowly by
the portal. Whoever reads the tables can log in as nobody (ASVS 5.0, 7.2.3).
"""

import hashlib
import secrets
from typing import Final

SECRET_BYTES: Final = 32
# No secret of ours is longer; what somebody else made up is not hashed first.
CHARACTERS_MAX: Final = 100
# Without those that look alike, because people read them out to each other.
_GENERATED_FROM: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_GENERATED_GROUPS: Final = 4
_GENERATED_GROUP_CHARACTERS: Final = 4


def new_secret(prefix: str = "") -> str:
    """Draw a secret that can stand in a header or a cookie.

    >>> len(new_secret("subsidy_"))
    51
    """
    return prefix + secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> bytes:
    """Give the sha256 under which a secret is kept; what cannot be a secret of ours has one that no row has.

    >>> digest("a").hex()[:8], digest("长" * 20), digest("a" * 101)
    ('ca978112', b'', b'')
    """
    if not secret.isascii() or len(secret) > CHARACTERS_MAX:
        return b""
    return hashlib.sha256(secret.encode("ascii")).digest()


def new_password() -> str:
    """Make one up that nobody guesses, and that can be typed from paper (79 bits)."""
    groups = (
        "".join(secrets.choice(_GENERATED_FROM) for _ in range(_GENERATED_GROUP_CHARACTERS))
        for _ in range(_GENERATED_GROUPS)
    )
    return "-".join(groups)
