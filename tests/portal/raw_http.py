"""HTTP by hand, over a real socket: for clients that are slow, silent, greedy or wrong."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import attrs
from multidict import CIMultiDict

PATIENCE_SECONDS = 10.0


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@attrs.frozen
class Reply:
    """An answer, as it stood on the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@attrs.frozen
class Wire:
    """One connection of a client that knows no manners."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes | str) -> None:
        """Send something, all of it that the server takes."""
        self.writer.write(data.encode() if isinstance(data, str) else data)
        await asyncio.wait_for(self.writer.drain(), PATIENCE_SECONDS)

    async def reply(self) -> Reply:
        """Read one answer."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            status_line, *lines = head.strip().split("\r\n")
            headers: CIMultiDict[str] = CIMultiDict(line.partition(": ")[::2] for line in lines)
            body = await self.reader.readexactly(int(headers.get("Content-Length", 0)))
            return Reply(int(status_line.split()[1]), headers, body)

    async def ask(self, head: str, body: bytes = b"") -> Reply:
        """Send a request whole, and read the answer."""
        await self.send(f"{head}\r\nHost: test\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        return await self.reply()

    async def rest(self) -> bytes:
        """Read until the server closes; fails when it does not."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


@asynccontextmanager
async def wire(port: int, *, receive_bytes: int = 0) -> AsyncIterator[Wire]:
    """Open a connection; `receive_bytes` makes the client's own buffer small."""
    client = socket.socket()
    client.setblocking(False)  # noqa: FBT003 - the standard library's.
    if receive_bytes:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    try:
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port))
    except OSError:
        client.close()
        raise
    limit = receive_bytes or 2**16
    reader, writer = await asyncio.open_connection(sock=client, limit=limit)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), PATIENCE_SECONDS)
