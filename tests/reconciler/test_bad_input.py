"""What bad input gets: refused or held whole, with the reason in words, its bytes kept, and the next file goes through."""

import asyncio
import gzip
import io
import resource
from collections.abc import Callable
from typing import BinaryIO, cast

import attrs
import pytest
from aio_pika import Message
from aio_pika.abc import FieldValue

from services.bus import topology
from services.bus.broker import open_link
from services.bus.consume import StatementConsumer
from services.bus.messages import UNPACKED_BYTES_MAX
from services.reconciler.intake import Intake
from services.reconciler.worker import Worker
from services.store.database import Connection, Pool, acting
from services.store.statements import read_chunk, receive
from tests.patience import eventually
from tests.reconciler.bank import Bank, Payment
from tests.reconciler.conftest import Deliver
from tests.reconciler.town import INTAKE, Due, count, settle_down, state_of

DUE = Due()
PAYMENT = Payment(fen=DUE.fen, memo=DUE.memo)
BOOKED = tuple(Bank().book([PAYMENT]))
# A payer may write this much into a memo; the amount is that of a notice.
FORGED = f"</STMTTRN><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260105<TRNAMT>{DUE.fen / 100:.2f}<FITID>F1<MEMO>{DUE.memo}"


def good() -> bytes:
    """A file with nothing wrong."""
    return Bank().statement([PAYMENT, Payment(fen=5_00, memo="工资")])


def replaced(old: str, new: str, *, encoding: str = "utf-8") -> Callable[[], bytes]:
    """The good file with one thing wrong."""

    def made() -> bytes:
        text = good().decode()
        assert old in text
        return text.replace(old, new, 1).encode(encoding)

    return made


def amount(text: str) -> Callable[[], bytes]:
    """The good file with another amount in its first line."""
    return replaced("<TRNAMT>1001.00", f"<TRNAMT>{text}")


@attrs.frozen
class Bad:
    """A bad file, the state it ends in, the code of the first finding and what its words name."""

    make: Callable[[], bytes]
    state: str
    code: str
    names: tuple[str, ...] = ()


BAD = {
    "empty": Bad(lambda: b"", "refused", "STATEMENT_EMPTY"),
    "no statement": Bad(lambda: b"%PDF-1.7 hello", "refused", "STATEMENT_NOT_A_STATEMENT", ("OFX",)),
    "a web page": Bad(lambda: b"<html><body>503</body></html>", "refused", "STATEMENT_NOT_A_STATEMENT"),
    "truncated in a line": Bad(
        lambda: good()[: good().index(b"<FITID>N00000002")], "refused", "STATEMENT_TRUNCATED", ("STMTTRN",)
    ),
    "truncated behind the lines": Bad(
        lambda: good()[: good().index(b"</BANKTRANLIST>")], "refused", "STATEMENT_TRUNCATED", ("BANKTRANLIST",)
    ),
    "truncated at the end": Bad(lambda: good()[: good().index(b"</OFX>")], "refused", "STATEMENT_TRUNCATED", ("OFX",)),
    "wrong balance": Bad(
        lambda: Bank().write(BOOKED, opening_fen=0, closing_fen=DUE.fen + 1),
        "refused",
        "STATEMENT_DOES_NOT_BALANCE",
        ("1001.01", "1001.00"),
    ),
    "wrong closing": Bad(
        lambda: Bank().write(BOOKED, closing_fen=DUE.fen + 1), "held", "STATEMENT_GAP", ("1001.01", "1001.00")
    ),
    "unknown account": Bad(lambda: Bank(account="999").statement([PAYMENT]), "held", "ACCOUNT_UNKNOWN", ("999",)),
    "no account": Bad(replaced("<ACCTID>440010000000000001", "<ACCTID>"), "held", "ACCOUNT_UNKNOWN"),
    **{
        f"amount {text}": Bad(amount(text), "refused", "LINE_AMOUNT_FORMAT", ("TRNAMT", text))
        for text in ("NaN", "Infinity", "1e3", "1001.005", "1,000", "1,001.00", "1001.00-", "١٠٠١.00", "--1", "0x3E9")
    },
    "no amount": Bad(replaced("<TRNAMT>1001.00\n", ""), "refused", "LINE_AMOUNT_FORMAT", ("TRNAMT",)),
    "amount too large": Bad(amount("9" * 14), "refused", "LINE_AMOUNT_FORMAT", ("TRNAMT",)),
    "a day that is none": Bad(
        replaced("<DTPOSTED>20260105", "<DTPOSTED>20260230"), "refused", "LINE_DATE_FORMAT", ("DTPOSTED", "20260230")
    ),
    "no day": Bad(replaced("<DTPOSTED>20260105120000[+8:CST]\n", ""), "refused", "LINE_DATE_FORMAT", ("DTPOSTED",)),
    "no bank id": Bad(replaced("<FITID>N00000001\n", ""), "held", "LINE_ID_MISSING", ("FITID",)),
    "a bank id twice": Bad(replaced("N00000002", "N00000001"), "held", "LINE_ID_REPEATED", ("FITID", "N00000001")),
    "a bank id too long": Bad(replaced("N00000002", "N" * 256), "refused", "LINE_ID_TOO_LONG", ("FITID",)),
    "a replacement character": Bad(replaced("工资", "\ufffd\ufffd"), "held", "STATEMENT_ENCODING_DOUBTFUL"),
    "bytes that are no UTF-8": Bad(replaced("工资", "工资", encoding="gb18030"), "refused", "STATEMENT_ENCODING"),
    "a NUL": Bad(replaced("工资", "工\x00资"), "refused", "STATEMENT_NOT_A_STATEMENT"),
    "a NUL by reference": Bad(replaced("工资", "工&#0;资"), "held", "READERS_DISAGREE", ("MEMO",)),
    "half a character by reference": Bad(replaced("工资", "工&#xD800;资"), "held", "READERS_DISAGREE", ("MEMO",)),
    "text that runs backwards": Bad(replaced("工资", "\u202e工资"), "held", "LINE_TEXT_CONTROL", ("MEMO",)),
    "a memo without end": Bad(replaced("工资", "工" * 5_000), "held", "LINE_TEXT_TOO_LONG", ("MEMO",)),
    "two statements in one file": Bad(lambda: good() + good(), "refused", "STATEMENT_STRUCTURE"),
    "two accounts in one file": Bad(
        replaced(
            "</STMTTRNRS>", "</STMTTRNRS><STMTTRNRS><STMTRS><BANKACCTFROM><ACCTID>2</BANKACCTFROM></STMTRS></STMTTRNRS>"
        ),
        "refused",
        "STATEMENT_SEVERAL_ACCOUNTS",
    ),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_a_bad_file_counts_in_nothing_and_stops_nobody(
    db: Connection, pool: Pool, deliver: Deliver, worker: Worker, bad: Bad
) -> None:
    """It is refused or held whole with the reason in both languages; its bytes stay; the next file is reconciled."""
    await settle_down(db, [DUE])
    before = await state_of(db)
    body = bad.make()
    received = await deliver(body, filename="bad.ofx")

    await worker.drain()

    row = await db.fetchrow("SELECT state, findings FROM statement")
    assert row is not None
    assert (bad.state, bad.code) == (row["state"], row["findings"][0]["code"])
    first = row["findings"][0]
    for words in (first["zh"], first["en"]):
        assert words
        assert not [name for name in bad.names if name not in words], words
    if bad.code.startswith(("STATEMENT_", "LINE_")) and bad.code not in {"STATEMENT_GAP", "STATEMENT_DOES_NOT_BALANCE"}:
        assert "bad.ofx" in first["zh"]
        assert "bad.ofx" in first["en"]
    assert before == await state_of(db)
    told = await db.fetch("SELECT type, body ->> 'reason' AS reason FROM outbox")
    assert ([("statement.refused.v1", bad.code)] if bad.state == "refused" else []) == [tuple(event) for event in told]
    assert 0 == (await count(db))["staged_line"] or bad.state == "held"
    async with pool.acquire() as connection:
        assert body == (await read_chunk(connection, received.statement_id, 0) or b"")

    await deliver(good(), filename="good.ofx")
    await worker.drain()
    assert "reconciled" == await db.fetchval("SELECT state FROM statement WHERE filename = 'good.ofx'")
    assert DUE.fen == await db.fetchval("SELECT sum(amount_fen) FROM ledger_entry")


MARKUP = {
    "begins with a bracket": f"<{DUE.memo}",
    "closes and opens a line": FORGED,
    "the same, escaped": FORGED.replace("<", "&lt;").replace(">", "&gt;"),
    "names another account": f"{DUE.memo}</MEMO><BANKACCTTO><ACCTID>6666</BANKACCTTO>",
    "says another amount": "工资<TRNAMT>1001.00<MEMO>75256xA7W5o",
    "ends the list": f"工资</STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>{DUE.fen / 100:.2f}</LEDGERBAL>",
    "a comment": f"<!-- {DUE.memo}",
    "an entity": "&xxe;",
    "a section": f"<![CDATA[{DUE.memo}]]>",
}


@pytest.mark.parametrize("memo", MARKUP.values(), ids=MARKUP.keys())
@pytest.mark.parametrize("place", [0, 2])
async def test_markup_in_a_memo_never_becomes_money(
    db: Connection, deliver: Deliver, worker: Worker, *, memo: str, place: int
) -> None:
    """It is text of its own line, or the file waits: no line appears, no amount and no account changes.

    What a payer would gain by it is a notice paid with his one fen.
    """
    await settle_down(db, [DUE])
    payments = [Payment(fen=7_00, memo="工资"), Payment(fen=8_00, memo="奖金")]
    payments.insert(place, Payment(fen=1, memo=memo, payer_account="6228"))
    await deliver(Bank().statement(payments))

    await worker.drain()

    assert [("75256", "A7W5", "awaiting")] == (await state_of(db))["notices"]
    state = await db.fetchval("SELECT state FROM statement")
    if state == "reconciled":
        lines = await db.fetch("SELECT amount_fen, payer_account FROM bank_line ORDER BY ordinal")
        assert [(payment.fen, payment.payer_account) for payment in payments] == [tuple(line) for line in lines]
    else:
        assert state in {"held", "refused"}
        assert 0 == await db.fetchval("SELECT count(*) FROM bank_line")


def gbk(header: str) -> bytes:
    """A file in GBK whose header says `header`."""
    text = good().decode().replace("ENCODING:UTF-8\nCHARSET:NONE", header)
    return text.encode("gb18030")


@pytest.mark.parametrize("header", ["ENCODING:GBK\nCHARSET:NONE", "ENCODING:USASCII\nCHARSET:936"])
async def test_a_header_that_names_gbk_is_read_as_gbk_where_the_bank_writes_it(
    db: Connection, deliver: Deliver, worker: Worker, header: str
) -> None:
    """`ENCODING:GBK` is no encoding of the standard, and what Chinese banks write: the profile knows."""
    await settle_down(db, [DUE])
    await db.execute("UPDATE bank_account SET source = 'demo-bank-gbk'")
    await deliver(gbk(header), source="demo-bank-gbk")

    await worker.drain()

    assert ["75256xA7W5o", "工资"] == [
        row["memo"] for row in await db.fetch("SELECT memo FROM bank_line ORDER BY ordinal")
    ]


async def test_a_source_that_nobody_knows_is_refused(db: Connection, deliver: Deliver, worker: Worker) -> None:
    """The reason names the sources there are."""
    await settle_down(db, [DUE])
    await deliver(good(), source="no-bank")

    await worker.drain()

    row = await db.fetchrow("SELECT state, findings FROM statement")
    assert row is not None
    assert ("refused", "SOURCE_UNKNOWN") == (row["state"], row["findings"][0]["code"])
    assert "demo-bank" in row["findings"][0]["zh"]


class Garbage(io.RawIOBase):
    """A file of any size that is never in memory."""

    def __init__(self, head: bytes, piece: bytes, size_bytes: int) -> None:
        """Begin with `head`, go on with `piece` again and again."""
        self._head, self._piece, self._size, self._place = head, piece * (65_536 // len(piece)), size_bytes, 0

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to a place, which is the beginning."""
        assert (0, 0) == (place, whence)
        self._place = 0
        return 0

    def read(self, size: int = -1) -> bytes:
        """Give the next piece, as large as asked for."""
        size = min(size, self._size - self._place)
        data = self._head if self._place == 0 else b""
        while len(data) < size:
            data += self._piece
        self._place += size
        return data[:size]


MEBIBYTE = 1_048_576
HEAD = good()[: good().index(b"<STMTTRN>")]


@pytest.mark.parametrize(
    ("head", "piece", "mebibytes", "code"),
    [
        (b"\x00\x01\x02", b"\xde\xad\xbe\xef", 20, "STATEMENT_NOT_A_STATEMENT"),
        (HEAD, b"A", 200, "STATEMENT_TOO_LARGE"),
        (HEAD, b"<STMTTRN>", 20, "STATEMENT_TOO_LARGE"),
    ],
    ids=["noise", "one endless text", "tags that never close"],
)
async def test_two_hundred_megabytes_of_garbage_cost_nothing_but_their_storage(
    db: Connection, pool: Pool, worker: Worker, *, head: bytes, piece: bytes, mebibytes: int, code: str
) -> None:
    """The file is refused, its bytes are kept in pieces, and neither storing nor reading it holds it in memory."""
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with pool.acquire() as connection, acting(connection, INTAKE):
        await receive(
            connection,
            source="demo-bank",
            message_id=None,
            filename="garbage.ofx",
            body=cast("BinaryIO", Garbage(head, piece, mebibytes * MEBIBYTE)),
            received_from="tests",
        )

    await worker.drain()

    row = await db.fetchrow("SELECT state, findings FROM statement")
    assert row is not None
    assert ("refused", code) == (row["state"], row["findings"][0]["code"])
    assert mebibytes == await db.fetchval("SELECT count(*) FROM statement_chunk")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 80 * 1024


async def test_a_packed_bomb_is_buried_and_the_next_message_goes_through(
    db: Connection, pool: Pool, vhost_url: str, worker: Worker
) -> None:
    """A message that unpacks past the limit lies among the dead letters with its reason; nothing of it is stored."""
    await settle_down(db, [DUE])
    stop = asyncio.Event()
    intake = Intake(pool)
    consuming = asyncio.create_task(StatementConsumer(vhost_url, intake.take, intake.ready).run(stop))
    bomb = gzip.compress(bytes(UNPACKED_BYTES_MAX + 1))
    async with open_link(vhost_url, "bank") as link:
        declared = await topology.declare(link.channel)
        headers: dict[str, FieldValue] = {"source": "demo-bank", "filename": "bomb.ofx"}
        await declared.statements.publish(
            Message(bomb, headers=headers, content_encoding="gzip"), topology.STATEMENTS_KEY
        )
        await declared.statements.publish(Message(good(), headers=headers), topology.STATEMENTS_KEY)
        await eventually(lambda: db.fetchval("SELECT EXISTS (SELECT FROM statement)"))
        letter = await declared.dead_queue.get(timeout=10)
        assert letter is not None
        await letter.ack()
    stop.set()
    await consuming
    await worker.drain()

    assert len(bomb) < 100_000
    assert ("GZIP_TOO_LARGE", bomb) == (letter.headers["subsidy-reason"], letter.body)
    assert 1 == await db.fetchval("SELECT count(*) FROM statement")
    assert DUE.fen == await db.fetchval("SELECT sum(amount_fen) FROM ledger_entry")
