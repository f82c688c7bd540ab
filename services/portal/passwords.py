"""Passwords: hashed off the event loop, as many at once as there are cores.

A hash made with other parameters than `services/store/password_hashes.py` has is replaced when its password is next seen.
For a login that nobody has, a hash that no password fits is tried, so that the answer takes as long. A crowd of tries
waits in a line of limited length; who comes later is told to come back.
"""

import asyncio
import base64
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final, TypeVar

import attrs
from argon2.exceptions import VerificationError

from services.portal.problems import Problem
from services.store.password_hashes import (
    HASH_BYTES,
    HASHER,
    LANES,
    MEMORY_KIB,
    PASSES,
    SALT_BYTES,
    hashed,
    plain_password,
)

T = TypeVar("T")

# At some 40 ms each, those at the end of the line wait for a few seconds.
WAITING_MAX: Final = 100
_RETRY_SECONDS: Final = "5"


def _base64(count: int) -> str:
    return base64.b64encode(secrets.token_bytes(count)).decode("ascii").rstrip("=")


# Of random bits, so that no password is known to fit it.
_NOBODYS: Final = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${_base64(SALT_BYTES)}${_base64(HASH_BYTES)}"


def cores() -> int:
    """How many hashes can be computed at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def is_outdated(password_hash: str) -> bool:
    """Say whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(password_hash)


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
        return await self._run(lambda: hashed(password))

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
        return HASHER.verify(password_hash, password)
    except VerificationError:
        return False
