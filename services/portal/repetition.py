"""What is asked for under an Idempotency-Key is done once; asked again, the same request gets the same answer.

The answer is kept in the transaction of what it tells. For a body that comes with the call `dispatch` sees to that; a
handler that reads a file piece by piece does, once the file has come whole:

    once = await Once.of_file(call.request, await receiving.whole(body))
    async with call.working() as connection:
        await once.begin(connection)
        return await once.keep(connection, view(await store.receive(connection, …)))
"""

import asyncio
import hashlib
import re
from http import HTTPStatus
from typing import Final, TypeVar

import attrs
from aiohttp import web

from services.portal.answers import answered, saved
from services.portal.endpoints import ENDPOINT, Endpoint
from services.portal.problems import Problem
from services.store import saved_answers
from services.store.database import Connection
from services.store.saved_answers import SavedAnswer

T = TypeVar("T")

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
_KEY: Final = re.compile("[!-~]{1,255}")


class RepeatedError(Exception):
    """It was done before, under the same key; `dispatch` gives that answer again."""

    def __init__(self, kept: SavedAnswer) -> None:
        self.kept = kept
        super().__init__("done before")


@attrs.frozen(kw_only=True)
class Once:
    """A request of a call that creates; without a key it may be done as often as it comes.

    Attributes:
        request_hash: of everything that says what is asked for: the call, its path, its parameters and its body.
    """

    endpoint: Endpoint
    key: str | None
    request_hash: bytes

    @classmethod
    def of(cls, request: web.Request, body: bytes) -> "Once":
        """Take a request whose body, or what stands for it, such as its digest, is known.

        Raises:
            Problem: 400 IDEMPOTENCY_KEY_WRONG.
        """
        endpoint = request[ENDPOINT]
        key = idempotency_key(request) if endpoint.creates else None
        hashed = (
            b"" if key is None else hashlib.sha256(f"{request.method} {request.path_qs}\n".encode() + body).digest()
        )
        return cls(endpoint=endpoint, key=key, request_hash=hashed)

    @classmethod
    async def of_file(cls, request: web.Request, file: bytes) -> "Once":
        """Take a request whose body is a large file; it is hashed in a thread, and not copied.

        Raises:
            Problem: as `of`.
        """
        if idempotency_key(request) is None:
            return cls.of(request, b"")
        digest = await asyncio.to_thread(hashlib.sha256, file)
        return cls.of(request, digest.digest())

    async def begin(self, connection: Connection) -> None:
        """Look whether it was done before, in the transaction in which it is to be done; one under way is waited for.

        Raises:
            RepeatedError: it was.
            RefusedError: IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_BUSY.
        """
        if self.key is not None and (kept := await saved_answers.find(connection, self.key, self.request_hash)):
            raise RepeatedError(kept)

    async def keep(self, connection: Connection, given: T) -> T:
        """Keep the answer, what the handler gives, in the same transaction."""
        if self.key is not None:
            await saved_answers.save(connection, self.key, self.request_hash, saved(answered(self.endpoint, given)))
        return given


def idempotency_key(request: web.Request) -> str | None:
    """Read the key under which a request may be repeated.

    Raises:
        Problem: 400 IDEMPOTENCY_KEY_WRONG.
    """
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is not None and not _KEY.fullmatch(key):
        raise Problem.of(HTTPStatus.BAD_REQUEST, "IDEMPOTENCY_KEY_WRONG")
    return key
