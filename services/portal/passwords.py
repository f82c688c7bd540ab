"""Passwords: argon2id, off the event loop, as many at once as there are cores.

Parameters are those of ASVS 5.0, Appendix C (m ≥ 46 MiB, t = 1, p = 1); a hash made with others is replaced when its
password is next seen. For a login that nobody has, a hash that no password fits is tried, so that the answer takes as
long. A crowd of tries waits in a line of limited length; who comes later is told to come back.
"""

import asyncio
import base64
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final, TypeVar
from unicodedata import normalize

import attrs
from argon2 import PasswordHasher, Type
from argon2.exceptions import VerificationError

from services.portal.problems import Problem

T = TypeVar("T")

MEMORY_KIB: Final = 46 * 1024
PASSES: Final = 1
LANES: Final = 1
SALT_BYTES: Final = 16
HASH_BYTES: Final = 32
# At some 40 ms each, those at the end of the line wait for a few seconds.
WAITING_MAX: Final = 100
_RETRY_SECONDS: Final = "5"

_HASHER: Final = PasswordHasher(
    time_cost=PASSES,
    memory_cost=MEMORY_KIB,
    parallelism=LANES,
    hash_len=HASH_BYTES,
    salt_len=SALT_BYTES,
    type=Type.ID,
)


def _base64(count: int) -> str:
    return base64.b64encode(secrets.token_bytes(count)).decode("ascii").rstrip("=")


# Of random bits, so that no password is known to fit it.
_NOBODYS: Final = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${_base64(SALT_BYTES)}${_base64(HASH_BYTES)}"


def cores() -> int:
    """How many hashes can be computed at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def plain_password(text: str) -> bytes:
    r"""Give the bytes that are hashed: the same for full-width and composed characters, however they were typed.

    >>> plain_password("ｐａｓｓ") == plain_password("pass"), plain_password("e\u0301") == plain_password("\u00e9")
    (True, True)
    """
    return normalize("NFKC", text).encode("utf-8", "surrogatepass")


def is_outdated(password_hash: str) -> bool:
    """Say whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


@attrs.define
class Passwords:
    """The hashing of one portal."""

    _threads: ThreadPoolExecutor = attrs.field(
        factory=lambda: ThreadPoolExecutor(max_workers=cores(), thread_name_prefix="password")
    )
    _waiting: int = 0

    async def hash(self, password: str) -> str:
        """Hash a new password, in argon2's own notation.

        Raises:
            Problem: 503 when too many wait.
        """
        return await self._run(lambda: _HASHER.hash(plain_password(password)))

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Say whether it is the password of this hash; None takes as long, and nothing fits.

        Raises:
            Problem: 503 when too many wait.
        """
        return await self._run(lambda: _fits(plain_password(password), password_hash or _NOBODYS))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_MAX:
            found = Problem.of(HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE").found
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, found, headers={"Retry-After": _RETRY_SECONDS})
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _fits(password: bytes, password_hash: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except VerificationError:
        return False
