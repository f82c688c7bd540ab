"""A file on its way in: from a slow client to a file of this machine, opened and judged there, then into the store.

While it comes no transaction is open; what does not come to its end, is refused, or cannot be stored leaves nothing behind.
Only when the store has given back what was sent does the database say `stored` (I32).
"""

import asyncio
import contextlib
import hashlib
import re
import tempfile
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Final, TypeVar

import attrs
import structlog
from aiohttp import web

from libsubsidy import MediaType, Violation, check_kind, check_size, clean_file_name, media_type_of
from libsubsidy.attachments import SIGNATURE_BYTES
from services.portal import sentences
from services.portal.authentication import origin_of
from services.portal.portal import Portal
from services.portal.problems import Found, Problem
from services.portal.repetition import Once
from services.store import attachments
from services.store.attachments import Attachment, Stored
from services.store.outages import OUTAGES
from services.store.refusals import RefusedError
from services.store.uploads import Transaction

T = TypeVar("T")

_SILENT_SECONDS_MAX: Final = 30.0
_CLEANED_SECONDS_MAX: Final = 30.0
_PIECE_BYTES: Final = 256 * 1024
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

log = structlog.get_logger()


@attrs.frozen(kw_only=True)
class UploadQuery:
    """What is said of a file beside its bytes.

    Attributes:
        purpose: what it is for, such as ``employee_opening``.
        slot: one of that purpose's, such as ``id_card``.
        filename: how people know it; what would be a path is cut off, and what is too long is shortened.
        sha256: what the sender knows of its bytes, in small hexadecimal digits; what arrives otherwise is refused.
    """

    purpose: str
    slot: str
    filename: str
    sha256: str | None = None


async def receive(
    portal: Portal, transaction: Transaction, request: web.Request, query: UploadQuery, view: Callable[[Attachment], T]
) -> T:
    """Take a file in, once under its Idempotency-Key, and show it.

    Args:
        portal: with the store.
        transaction: opens one short transaction of whoever sends it: an employer, or a registration session.
        request: whose body is the file.
        query: what is said of it.
        view: shows it, as it is answered.

    Raises:
        Problem: 408, 422.
        RepeatedError: it was taken in before; what has come again leaves nothing behind.
        RefusedError: what keeps it from being stored.
        StorageError: the store is away.
    """
    if broken := check_size(request.content_length or 1, portal.policy):
        raise RefusedError(*broken)
    if query.sha256 is not None and not _DIGEST.fullmatch(query.sha256):
        raise _unreadable_digest()
    async with transaction() as connection:
        begun = await attachments.begin(connection, query.purpose, query.slot, clean_file_name(query.filename))
    try:
        with tempfile.TemporaryDirectory(prefix="subsidy-attachment-") as folder:
            file = Path(folder) / "file"
            come = await _take(portal, request, file, query.sha256)
            pages = await portal.decoders.examine(file, come.media_type, portal.policy, whose=origin_of(request))
            await portal.storage.put(begun.storage_key, file, come.sha256)
        once = Once.of(request, come.sha256)
        async with transaction() as connection:
            await once.begin(connection)
            stored = await attachments.finish(connection, begun.id, attrs.evolve(come, pages=pages))
            return await once.keep(connection, view(stored))
    except BaseException:
        await _clean_up(portal, transaction, begun)
        raise


async def _take(portal: Portal, request: web.Request, file: Path, sha256: str | None) -> Stored:
    """Write what comes to a file; what is no picture and no PDF is refused as soon as that is seen."""
    digest, size_bytes, head = hashlib.sha256(), 0, b""
    with file.open("wb") as opened:
        async for piece in _pieces(request):
            size_bytes += len(piece)
            if size_bytes > portal.policy.attachment_bytes_max:
                raise RefusedError(*check_size(size_bytes, portal.policy))
            if not head:
                head = piece[:SIGNATURE_BYTES]
                if broken := check_kind(head):
                    raise RefusedError(*broken)
            await asyncio.to_thread(opened.write, piece)
            await asyncio.to_thread(digest.update, piece)
    if broken := check_size(size_bytes, portal.policy):
        raise RefusedError(*broken)
    if sha256 is not None and sha256 != digest.hexdigest():
        raise RefusedError(Violation.of("ATTACHMENT_DIGEST"))
    kind = media_type_of(head)
    assert isinstance(kind, MediaType)  # noqa: S101 -- check_kind has just said so.
    return Stored(size_bytes=size_bytes, sha256=digest.digest(), media_type=kind, pages=0)


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    """Give the body in pieces large enough to be worth a thread each; only the last is smaller."""
    buffer = bytearray()
    while True:
        try:
            async with asyncio.timeout(_SILENT_SECONDS_MAX):
                piece = await request.content.readany()
        except TimeoutError:
            raise Problem.of(HTTPStatus.REQUEST_TIMEOUT, "BODY_TOO_SLOW", seconds=int(_SILENT_SECONDS_MAX)) from None
        buffer += piece
        if not piece or len(buffer) >= _PIECE_BYTES:
            if buffer:
                yield bytes(buffer)
                buffer.clear()
            if not piece:
                return


async def _clean_up(portal: Portal, transaction: Transaction, begun: Attachment) -> None:
    """Give the file up at once, the row before the bytes; where that is not possible, forgetting does it within a day."""
    try:
        with contextlib.suppress(RefusedError):  # Somebody else has deleted it.
            async with asyncio.timeout(_CLEANED_SECONDS_MAX), transaction() as connection:
                await attachments.delete(connection, begun.id)
        await portal.storage.delete(begun.storage_key)
    except OUTAGES as error:
        # Whoever lost the connection at the commit does not know whether it counts as stored: then its bytes stay.
        log.warning("attachment not given up yet", attachment=begun.id, error=type(error).__name__)


def _unreadable_digest() -> Problem:
    violation = sentences.violation(
        "FIELD_WRONG", field="sha256", expected_zh="64 位小写十六进制数", expected_en="64 small hexadecimal digits"
    )
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, [Found(violation=violation, pointer="/sha256")])
