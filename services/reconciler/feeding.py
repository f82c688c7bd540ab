"""Give a statement file to the reconciler from the command line: through the broker, or straight into the store."""

import asyncio
import contextlib
import hashlib
import stat
from pathlib import Path

from libsubsidy import SubsidyError
from services.bus.messages import IncomingStatement
from services.bus.publish import OutgoingStatement, publish_statement
from services.reconciler.arguments import is_utf8
from services.reconciler.intake import Intake
from services.reconciler.listing import find_statement
from services.reconciler.settings import ExplainSettings
from services.reconciler.sources import choose_source
from services.reconciler.statements.profile import load_profile
from services.store.database import Actor, DatabaseUnreachableError, Role, acting, connect, open_pool
from services.store.statements import STATEMENT_BYTES_MAX

_READER = Actor(role=Role.WORKER, name="feed", origin="command line")


class NowhereToFeedError(SubsidyError):
    """Neither a broker nor a database is set."""

    def __init__(self) -> None:
        super().__init__(
            "set SUBSIDY_AMQP_URL (to send the file through the broker) or SUBSIDY_DATABASE_URL (to store it directly) / "
            "请设置 SUBSIDY_AMQP_URL 或 SUBSIDY_DATABASE_URL"
        )


class NoFileError(SubsidyError):
    """What cannot be a statement's file: a folder, a pipe, a device, or a name that is not text."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path.name or path}: {why}")


class FileTooLargeError(SubsidyError):
    """A file larger than any statement; nothing of it was read."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        super().__init__(
            f"{path.name} has {size_bytes} bytes, more than {STATEMENT_BYTES_MAX}; split it by day / "
            "文件过大，请按日拆分"
        )


async def feed(path: Path, given_source: str | None, settings: ExplainSettings) -> str:
    """Send one file and say where it went, and how far it is if it was there; the same file sent twice is one statement."""
    if given_source is not None:
        load_profile(given_source)
    await asyncio.to_thread(_check, path)
    if settings.amqp_url is None and settings.database_url is None:
        raise NowhereToFeedError
    source = await choose_source(path, given_source, settings.database_url)
    body = await asyncio.to_thread(path.read_bytes)
    told = [] if given_source is not None else [source.words]
    digest = hashlib.sha256(body).digest()
    if settings.amqp_url is not None:
        # The broker keeps the file while the database is away.
        with contextlib.suppress(DatabaseUnreachableError):
            told.extend(
                [] if settings.database_url is None else await _known(settings.database_url, source.name, digest)
            )
        message_id = await publish_statement(
            settings.amqp_url, OutgoingStatement(source=source.name, filename=path.name, body=body, packed=True)
        )
        return "\n".join([*told, f"sent to the broker as message {message_id} / 已发送至消息服务器"])
    assert settings.database_url is not None  # noqa: S101 -- one of the two is set, as was just asked.
    async with open_pool(settings.database_url, application="subsidy feed", connections_max=1) as pool:
        incoming = IncomingStatement(source=source.name, message_id="", filename=path.name, content_type="", body=body)
        received = await Intake(pool).store(incoming, received_from="command line")
        if received.new:
            return "\n".join([*told, f"statement {received.statement_id}, stored / 已接收"])
    known = await _known(settings.database_url, source.name, digest)
    return "\n".join([*told, *known])


async def _known(database_url: str, source: str, digest: bytes) -> list[str]:
    """Say of a file that is there how far it is, and nothing of any other."""
    connection = await connect(database_url, application="subsidy feed")
    try:
        async with acting(connection, _READER):
            known = await find_statement(connection, source, digest)
    finally:
        await connection.close(timeout=10)
    if known is None:
        return []
    return [f"statement {known.id}, known already, nothing changed / 文件此前已接收，未作改动", str(known)]


def _check(path: Path) -> None:
    if not is_utf8(path.name):
        raise NoFileError(path, "its name is not UTF-8, please rename it / 文件名不是 UTF-8，请改名后重试")
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise NoFileError(path, "is no regular file / 不是普通文件")
    if found.st_size > STATEMENT_BYTES_MAX:
        raise FileTooLargeError(path, found.st_size)
