"""How passwords are kept: argon2id, with the parameters of ASVS 5.0, Appendix C (m ≥ 46 MiB, t = 1, p = 1).

A hash takes some 40 ms of a core and 46 MiB, on purpose: never compute one on the event loop. The portal verifies them, as
many at once as there are cores (`services/portal/passwords.py`).
"""

from typing import Final
from unicodedata import normalize

from argon2 import PasswordHasher, Type

MEMORY_KIB: Final = 46 * 1024
PASSES: Final = 1
LANES: Final = 1
SALT_BYTES: Final = 16
HASH_BYTES: Final = 32

HASHER: Final = PasswordHasher(
    time_cost=PASSES,
    memory_cost=MEMORY_KIB,
    parallelism=LANES,
    hash_len=HASH_BYTES,
    salt_len=SALT_BYTES,
    type=Type.ID,
)


def plain_password(text: str) -> bytes:
    r"""Give the bytes that are hashed: the same for full-width and composed characters, however they were typed.

    >>> plain_password("ｐａｓｓ") == plain_password("pass"), plain_password("e\u0301") == plain_password("\u00e9")
    (True, True)
    """
    return normalize("NFKC", text).encode("utf-8", "surrogatepass")


def hashed(password: str) -> str:
    """Hash a password, in argon2's own notation."""
    return HASHER.hash(plain_password(password))
