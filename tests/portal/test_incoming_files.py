"""Promises of services/portal/incoming_files.py: clients that are slow, break off or never end hold nothing."""

from collections.abc import Mapping

import pytest

from services.portal import incoming_files
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store.database import Connection
from services.store.uploads import PIECE_BYTES_MAX
from tests.patience import eventually
from tests.portal.conftest import VisitorOf
from tests.portal.raw_http import wire

PATHS = ("/statements", "/statements/simulate")
FORM_HEAD = b'--B\r\nContent-Disposition: form-data; name="file"; filename="day.ofx"\r\n\r\n'


def request(path: str, headers: Mapping[str, str]) -> bytes:
    """Write the beginning of a request that says a body of 3 MiB comes."""
    lines = [f"POST /api/v1{path}?source=demo-bank HTTP/1.1", "Host: test", f"Content-Length: {3 * PIECE_BYTES_MAX}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()


async def pieces(db: Connection) -> int:
    """Count the pieces of uploads."""
    count: int = await db.fetchval("SELECT count(*) FROM upload_chunk")
    return count


async def transactions(db: Connection) -> int:
    """Count the transactions of others in this database."""
    count: int = await db.fetchval(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
        """
    )
    return count


@pytest.mark.parametrize("form", [False, True])
@pytest.mark.parametrize("path", PATHS)
async def test_a_client_that_vanishes_leaves_nothing(
    visitor: VisitorOf, portal: Portal, db: Connection, path: str, *, form: bool
) -> None:
    """While it is silent it holds no transaction; when it is gone its pieces are, and half a file is no file."""
    maker = await visitor(PortalRole.FINANCE_MAKER)
    kind = {"Content-Type": "multipart/form-data; boundary=B" if form else "application/octet-stream"}
    async with wire(portal.settings.http_port) as client:
        await client.send(request(path, {**maker.headers, **kind}))
        await client.send((FORM_HEAD if form else b"") + bytes(PIECE_BYTES_MAX + 200_000))

        async def one_piece_has_come() -> bool:
            return await pieces(db) == 1

        await eventually(one_piece_has_come)
        assert 0 == await transactions(db)

    async def gone() -> bool:
        return bool(0 == await db.fetchval("SELECT count(*) FROM upload"))

    await eventually(gone)
    assert 0 == await pieces(db)
    for table in ("statement", "simulation"):
        assert 0 == await db.fetchval(f"SELECT count(*) FROM {table}")


@pytest.mark.parametrize("path", PATHS)
async def test_a_client_that_falls_silent_is_told_and_forgotten(
    visitor: VisitorOf, portal: Portal, db: Connection, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is waited for without end."""
    monkeypatch.setattr(incoming_files, "SILENT_SECONDS_MAX", 0.3)
    maker = await visitor(PortalRole.FINANCE_MAKER)
    async with wire(portal.settings.http_port) as client:
        await client.send(request(path, maker.headers))
        await client.send(b"x")
        reply = await client.reply()
    assert 408 == reply.status
    assert b"BODY_TOO_SLOW" in reply.body
    assert 0 == await db.fetchval("SELECT count(*) FROM upload")


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_file_that_is_too_large_is_refused_at_once(
    visitor: VisitorOf, portal: Portal, db: Connection, monkeypatch: pytest.MonkeyPatch, *, chunked: bool
) -> None:
    """Where the size is said, before a byte is read; where it is not, as soon as it is too much."""
    monkeypatch.setattr(incoming_files, "BODY_BYTES_MAX", 2 * PIECE_BYTES_MAX)
    monkeypatch.setattr(incoming_files, "STATEMENT_BYTES_MAX", 2 * PIECE_BYTES_MAX)
    maker = await visitor(PortalRole.FINANCE_MAKER)
    async with wire(portal.settings.http_port) as client:
        head = request("/statements", maker.headers)
        if chunked:
            length = f"Content-Length: {3 * PIECE_BYTES_MAX}".encode()
            await client.send(head.replace(length, b"Transfer-Encoding: chunked"))
            size = 2 * PIECE_BYTES_MAX + 1
            await client.send(f"{size:x}\r\n".encode() + bytes(size))
        else:
            await client.send(head)
        reply = await client.reply()
    assert 413 == reply.status
    assert (b"STATEMENT_TOO_LARGE" if chunked else b"BODY_TOO_LARGE") in reply.body
    assert 0 == await db.fetchval("SELECT count(*) FROM upload")


async def test_a_chunked_body_that_breaks_off_is_no_file(visitor: VisitorOf, portal: Portal, db: Connection) -> None:
    """Its length was never said, so only its end says that it is whole."""
    maker = await visitor(PortalRole.FINANCE_MAKER)
    async with wire(portal.settings.http_port) as client:
        length = f"Content-Length: {3 * PIECE_BYTES_MAX}".encode()
        await client.send(request("/statements", maker.headers).replace(length, b"Transfer-Encoding: chunked"))
        await client.send(f"{PIECE_BYTES_MAX:x}\r\n".encode() + bytes(PIECE_BYTES_MAX) + b"\r\n")

        async def one_piece_has_come() -> bool:
            return await pieces(db) == 1

        await eventually(one_piece_has_come)

    async def gone() -> bool:
        return bool(0 == await db.fetchval("SELECT count(*) FROM upload"))

    await eventually(gone)
    assert 0 == await db.fetchval("SELECT count(*) FROM statement")
