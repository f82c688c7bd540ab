"""Where the bytes of attachments lie: a folder of this machine, or anything that speaks S3; obstore hides which.

An object is written whole or not at all, under a random key; nothing is ever written twice. A folder's file is on the disk
before it counts as written. Every wait has an end, and what goes wrong is an outage: asked again later, it may work.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Final, Self, TypeAlias

import attrs
import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from libsubsidy import SubsidyError

# For one piece to come or go; a store that takes longer is away.
SECONDS_MAX: Final = 30.0
_PIECE_BYTES: Final = 256 * 1024
# Of 5 MiB each, held in memory while they are sent to an S3 store.
_PARTS_AT_ONCE_MAX: Final = 2
_S3: Final = "s3://"
_RETRIES_MAX: Final = 2

# Enough to find the row by, too little to ask the store with.
_KEY_CHARACTERS_LOGGED: Final = 8

log = structlog.get_logger()

Store: TypeAlias = "LocalStore | S3Store"


class StorageError(SubsidyError, OSError):
    """The store does not answer, refuses, or has lost something; the cause says what."""


class AttachmentPlace(str):
    """A folder, or ``s3://bucket/prefix``."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the form.

        >>> AttachmentPlace("/var/lib/subsidy/attachments")
        '/var/lib/subsidy/attachments'
        >>> AttachmentPlace("https://bucket")
        Traceback (most recent call last):
            ...
        ValueError: should be a folder, or / 应为文件夹，或 s3://bucket/prefix
        """
        in_a_bucket = text.startswith(_S3) and not text.startswith(f"{_S3}/") and text != _S3
        in_a_folder = text.strip() and "\0" not in text and "://" not in text
        if not (in_a_bucket or in_a_folder):
            raise ValueError("should be a folder, or / 应为文件夹，或 s3://bucket/prefix")
        return super().__new__(cls, text)


@attrs.frozen(slots=False)
class Storage:
    """The objects of one place.

    Attributes:
        place: an S3 store's address and keys are obstore's own settings, ``AWS_ENDPOINT``, ``AWS_ACCESS_KEY_ID`` …
    """

    place: AttachmentPlace

    @cached_property
    def _folder(self) -> Path | None:
        return None if self.place.startswith(_S3) else Path(self.place).absolute()

    # Opened when it is first used: a portal that takes no file makes no folder.
    @cached_property
    def _store(self) -> Store:
        if self._folder is not None:
            # Other accounts of the machine have no business with people's papers.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return LocalStore(self._folder)
        return S3Store.from_url(
            self.place,
            client_options={
                "timeout": timedelta(seconds=SECONDS_MAX),
                "connect_timeout": timedelta(seconds=5),
                "allow_http": True,  # Whether it is plain says AWS_ENDPOINT, whose own permission would be lost here.
            },
            retry_config={"max_retries": _RETRIES_MAX, "retry_timeout": timedelta(seconds=SECONDS_MAX)},
        )

    async def put(self, key: str, file: Path, sha256: bytes) -> None:
        """Write a file, read it back, and compare.

        Raises:
            StorageError: it was not written, or is not what it should be; perhaps something lies there, to be deleted.
        """
        async with _reaching():
            await obstore.put_async(self._store, _path(key), file, max_concurrency=_PARTS_AT_ONCE_MAX)
            if self._folder is not None:
                await asyncio.to_thread(_settle, self._folder / _path(key))
        digest = hashlib.sha256()
        async for piece in self.read(key):
            await asyncio.to_thread(digest.update, piece)
        if digest.digest() != sha256:
            raise StorageError("what was stored is not what was sent")

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Give what was written, piece by piece.

        Raises:
            StorageError: it cannot be read, or is lost.
        """
        try:
            async with _reaching():
                pieces = aiter((await obstore.get_async(self._store, _path(key))).stream(min_chunk_size=_PIECE_BYTES))
        except StorageError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                log.warning("attachment lost", key=key[:_KEY_CHARACTERS_LOGGED])
            raise
        while True:
            async with _reaching():
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield bytes(piece)

    async def fetch(self, key: str, file: Path) -> None:
        """Copy what was written to a file of this machine.

        Raises:
            StorageError: it cannot be read, or is lost.
        """
        with file.open("wb") as opened:
            async for piece in self.read(key):
                await asyncio.to_thread(opened.write, piece)

    async def delete(self, key: str) -> None:
        """Delete what was written; that nothing is there is as good.

        Raises:
            StorageError: the store does not answer.
        """
        try:
            async with _reaching():
                await obstore.delete_async(self._store, _path(key))
        except StorageError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise


def _path(key: str) -> str:
    """Spread the objects over folders, because a folder of millions is slow to look through."""
    return f"{key[:2]}/{key}"


def _settle(file: Path) -> None:
    """Wait until a file, and its name in the folder, are on the disk."""
    for path in (file, file.parent, file.parent.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@asynccontextmanager
async def _reaching() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(SECONDS_MAX):
            yield
    except (BaseError, OSError) as error:
        raise StorageError(f"the store of attachments: {type(error).__name__}") from error
