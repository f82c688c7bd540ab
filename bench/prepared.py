"""A statement that waits in a filled fund: the work that every repeat begins with, for both sides."""

import tempfile
from collections.abc import Iterator
from typing import BinaryIO

import attrs

from bench.floor import ReadLine
from bench.fund import SOURCE, Fund, fill
from bench.server import BenchServer
from bench.statement_file import Due, write_statement
from services.reconciler.statements import load_profile, open_statement
from services.store.database import Actor, Connection, Role, acting, connect
from services.store.statements import Received, receive

INTAKE = Actor(role=Role.WORKER, name="bench", origin="bench")
_PIECE_BYTES = 256 * 1024


@attrs.frozen(kw_only=True)
class Prepared:
    """A template database in which a statement is stored and nothing of it read, and its lines for the floor."""

    key: str
    template: str
    account_id: int
    statement_id: int
    size_bytes: int
    dues: list[Due] = attrs.field(repr=False)
    lines: list[ReadLine] = attrs.field(repr=False)


async def prepare(server: BenchServer, fund: Fund, lines: int) -> Prepared:
    """Fill a fund and store a statement of this many lines in it."""
    made: list[Prepared] = []
    key = f"{fund}, {lines} lines"

    async def fill_template(url: str) -> None:
        connection = await connect(url, application="subsidy bench")
        try:
            account_id = await fill(connection, fund)
            dues = await unpaid(connection)
            with tempfile.TemporaryFile() as file:
                write_statement(file, dues, lines)
                size_bytes = file.tell()
                received = await deliver(connection, file, message_id="first")
                file.seek(0)
                read = list(_read_lines(file))
        finally:
            await connection.close(timeout=10)
        made.append(
            Prepared(
                key=key,
                template="",
                account_id=account_id,
                statement_id=received.statement_id,
                size_bytes=size_bytes,
                dues=dues,
                lines=read,
            )
        )

    template = await server.template(key, fill_template)
    return attrs.evolve(made[0], template=template)


async def unpaid(connection: Connection) -> list[Due]:
    """Return what every open notice asks for."""
    rows = await connection.fetch(
        """
        SELECT employer_code || 'x' || order_code || 'o' AS memo, amount_fen FROM payment_notice
        WHERE state = 'awaiting' ORDER BY id
        """
    )
    return [Due(row["memo"], row["amount_fen"]) for row in rows]


async def deliver(connection: Connection, file: BinaryIO, *, message_id: str) -> Received:
    """Store a file's bytes as intake does."""
    async with acting(connection, INTAKE):
        return await receive(
            connection, source=SOURCE, message_id=message_id, filename="bench.ofx", body=file, received_from="bench"
        )


def _read_lines(file: BinaryIO) -> Iterator[ReadLine]:
    pieces = iter(lambda: file.read(_PIECE_BYTES), b"")
    for batch in open_statement(pieces, load_profile(SOURCE), "bench.ofx"):
        for line in batch:
            yield (
                line.fingerprint,
                line.ordinal,
                line.booked,
                line.bank_id,
                line.amount.fen,
                line.memo,
                line.raw_memo,
                line.payer_name,
                line.payer_account,
                line.payer_bank,
            )
