"""Promises of services/reconciler/__main__.py: each command does its work or says in one message why it cannot."""

import asyncio
import json
import os
import sys
from pathlib import Path

import aio_pika
import pytest

from services.bus import topology
from services.reconciler.worker import Worker
from services.store.database import Connection, connect
from tests.patience import PATIENCE_SECONDS
from tests.reconciler.bank import ACCOUNT, Bank, Payment
from tests.reconciler.conftest import Deliver
from tests.reconciler.processes import command
from tests.reconciler.town import Due, count, settle_down
from tests.servers.postgres import TestDatabases


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A statement file of one exact payment and one without a memo."""
    due = Due()
    path = tmp_path / "day.ofx"
    path.write_bytes(Bank().statement([Payment(fen=due.fen, memo=due.memo), Payment(fen=1, memo="")]))
    return path


async def test_feed_stores_a_file_once(db: Connection, database_url: str, file: Path) -> None:
    """With a database and no broker it goes straight into the store; the second time nothing changes."""
    settings = {"SUBSIDY_DATABASE_URL": database_url}
    first = await command("feed", str(file), "--source", "demo-bank", settings=settings)
    second = await command("feed", str(file), "--source", "demo-bank", settings=settings)

    assert (0, 0) == (first[0], second[0])
    assert "stored" in first[1]
    assert "known already" in second[1]
    row = await db.fetchrow("SELECT source, filename, received_from FROM statement")
    assert ("demo-bank", "day.ofx", "command line") == tuple(row or ())


async def test_feed_sends_a_file_through_the_broker_where_one_is_set(vhost_url: str, file: Path) -> None:
    """It arrives in the queue, which need not have been there."""
    status, said, _ = await command("feed", str(file), settings={"SUBSIDY_AMQP_URL": vhost_url})

    assert (0, True) == (status, "broker" in said)
    async with await aio_pika.connect(vhost_url, timeout=10) as connection:
        queue = await (await connection.channel()).declare_queue(topology.STATEMENTS_QUEUE, passive=True)
        message = await queue.get(timeout=10)
        assert message is not None
        assert ("ofx-generic", "day.ofx") == (message.headers["source"], message.headers["filename"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("feed", "{file}"), "SUBSIDY_AMQP_URL"),
        (("feed", "{missing}"), "missing.ofx"),
        (("feed", "{file}", "--source", "no-bank"), "no-bank"),
        (("explain", "{missing}"), "missing.ofx"),
        (("explain", "{bad}"), "bad.ofx"),
        (("explain", "{file}", "--source", "no-bank"), "no-bank"),
        (("migrate",), "SUBSIDY_DATABASE_URL"),
        (("account", "1", "--name", "x", "--source", "demo-bank"), "SUBSIDY_DATABASE_URL"),
        (("release", "1", "--by", "x", "--note", "y"), "SUBSIDY_DATABASE_URL"),
    ],
)
async def test_what_cannot_be_done_is_said_in_one_message(
    tmp_path: Path, file: Path, arguments: tuple[str, ...], words: str
) -> None:
    """Status 1, the name of what is wrong, and no traceback."""
    (tmp_path / "bad.ofx").write_bytes(b"%PDF")
    names = {"file": str(file), "missing": str(tmp_path / "missing.ofx"), "bad": str(tmp_path / "bad.ofx")}
    status, said, complained = await command(*(argument.format(**names) for argument in arguments))

    assert (1, "") == (status, said)
    assert words in complained
    assert "Traceback" not in complained


async def test_migrate_brings_an_empty_database_to_today_and_leaves_it_there(postgres: TestDatabases) -> None:
    """The second run has nothing to do."""
    await postgres.command("CREATE DATABASE fresh")
    settings = {"SUBSIDY_DATABASE_URL": postgres.url_of("fresh")}
    try:
        first, second = await command("migrate", settings=settings), await command("migrate", settings=settings)
        assert (0, True) == (first[0], "applied 0001" in first[1])
        assert (0, True) == (second[0], "nothing to do" in second[1])
        db = await connect(postgres.url_of("fresh"))
        assert 0 == (await count(db))["statement"]
        await db.close(timeout=10)
    finally:
        await postgres.drop("fresh")


async def test_an_account_is_registered_with_its_balance_once(db: Connection, database_url: str) -> None:
    """The second time it is refused in words; a balance that is no amount is, too."""
    settings = {"SUBSIDY_DATABASE_URL": database_url}
    wanted = ("account", ACCOUNT, "--name", "专户", "--source", "demo-bank", "--balance")

    assert 0 == (await command(*wanted, "100.50", settings=settings))[0]
    again = await command(*wanted, "7", settings=settings)
    wrong = await command(*wanted, "1,000", settings=settings)

    assert (1, True) == (again[0], ACCOUNT in again[2])
    assert (1, True) == (wrong[0], "1,000" in wrong[2])
    assert [(ACCOUNT, "demo-bank", 100_50)] == [
        tuple(row) for row in await db.fetch("SELECT number, source, proven_closing_fen FROM bank_account")
    ]


async def test_an_account_of_a_source_that_is_not_there_is_refused(db: Connection, database_url: str) -> None:
    """A slip of the pen would hold every statement of the account."""
    status, _, said = await command(
        *("account", ACCOUNT, "--name", "专户", "--source", "demo-bnak"),
        settings={"SUBSIDY_DATABASE_URL": database_url},
    )
    assert (1, True) == (status, "demo-bnak" in said)
    assert 0 == await db.fetchval("SELECT count(*) FROM bank_account")


async def test_release_lets_a_held_statement_go_on(db: Connection, database_url: str) -> None:
    """It needs a name and a reason; what is not held, or not there, is refused with its state."""
    settings = {"SUBSIDY_DATABASE_URL": database_url}
    await settle_down(db, [])
    await db.execute(
        "INSERT INTO statement (source, sha256, filename, size_bytes, received_from, state) "
        "VALUES ('demo-bank', '\\x01', 'x', 1, 't', 'held')"
    )
    wanted = ("release", "1", "--by", "user/2", "--note", "checked")

    assert 0 == (await command(*wanted, settings=settings))[0]
    again = await command(*wanted, settings=settings)

    assert (1, True) == (again[0], "staged" in again[2])
    assert ("user/2", "checked") == tuple(await db.fetchrow("SELECT released_by, note FROM statement_release") or ())


async def test_explain_prints_a_document_for_each_line(file: Path) -> None:
    """Without a database every memo is read, and the last document is the file's own."""
    status, said, _ = await command("explain", str(file), "--source", "demo-bank", "--json")

    assert 0 == status
    first, second, summary = [json.loads(line) for line in said.splitlines()]
    assert (1, "75256xA7W5o", None) == (first["line"], first["memo"], first["decision"])
    assert "MEMO" not in second["verdict"]
    assert (2, ACCOUNT) == (summary["lines"], summary["account"])


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("dance",),
        ("feed",),
        ("release", "x", "--by", "b", "--note", "n"),
        ("release", "0", "--by", "b", "--note", "n"),
        ("release", str(2**63), "--by", "b", "--note", "n"),
        ("release", "9" * 5_000, "--by", "b", "--note", "n"),
        ("release", "1", "--by", " ", "--note", "n"),
        ("release", "1", "--by", "b", "--note", ""),
        ("release", "1", "--by", "b\udcff", "--note", "n"),
        ("account", " ", "--name", "x", "--source", "demo-bank"),
        ("account", "1", "--name", "", "--source", "demo-bank"),
    ],
)
async def test_a_command_line_that_is_wrong_shows_how_it_should_be(arguments: tuple[str, ...]) -> None:
    """The usage goes to the error output, with status 2."""
    status, said, complained = await command(*arguments)
    assert (2, "", True) == (status, said, "usage:" in complained)


async def test_a_reader_who_has_seen_enough_ends_a_command_quietly(tmp_path: Path) -> None:
    """`explain FILE | head -1` complains of nothing."""
    path = tmp_path / "day.ofx"
    path.write_bytes(Bank().statement([Payment(fen=1, memo=f"line {number}") for number in range(2_000)]))
    piped = f"set -o pipefail; '{sys.executable}' -m services.reconciler explain '{path}' | head -1"

    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", piped),
        cwd=Path(__file__).parents[2],
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)

    assert (141, b"") == (process.returncode, complained)
    assert 1 == len(said.splitlines())


async def test_a_terminal_without_chinese_gets_the_numbers_of_the_characters(file: Path) -> None:
    """Nothing that a payer writes ends a command."""
    status, said, complained = await command("explain", str(file), settings={"PYTHONIOENCODING": "ascii"})
    assert (0, "") == (status, complained)
    assert r"\u6458" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("feed", "{file}", "--source", "demo-bank"),
        ("account", "1", "--name", "x", "--source", "demo-bank"),
        ("release", "1", "--by", "x", "--note", "y"),
        ("run",),
    ],
)
async def test_a_database_without_the_schema_says_what_to_run(
    postgres: TestDatabases, file: Path, arguments: tuple[str, ...]
) -> None:
    """One message, no traceback."""
    await postgres.command("CREATE DATABASE bare")
    try:
        status, said, complained = await command(
            *(argument.format(file=file) for argument in arguments),
            settings={"SUBSIDY_DATABASE_URL": postgres.url_of("bare")},
        )
    finally:
        await postgres.drop("bare")
    assert 1 == status, said
    assert "services.reconciler migrate" in complained
    assert "Traceback" not in complained


@pytest.mark.parametrize(("balance", "fen"), [("-12.00", -12_00), ("0", 0), ("-0", 0), ("0.01", 1)])
async def test_an_account_may_start_overdrawn(db: Connection, database_url: str, balance: str, fen: int) -> None:
    """The sign is for balances only."""
    status, _, said = await command(
        *("account", ACCOUNT, "--name", "专户", "--source", "demo-bank", "--balance", balance),
        settings={"SUBSIDY_DATABASE_URL": database_url},
    )
    assert (0, "") == (status, said)
    assert fen == await db.fetchval("SELECT proven_closing_fen FROM bank_account")


@pytest.mark.parametrize("balance", ["--5", "-", "+1", "1,000", "- 1", ""])
async def test_a_balance_that_is_no_amount_is_refused_before_connecting(balance: str) -> None:
    """The database of the setting is not there, and nothing is said of it."""
    status, _, said = await command(
        *("account", "1", "--name", "x", "--source", "demo-bank", f"--balance={balance}"),
        settings={"SUBSIDY_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
    )
    assert 1 == status
    assert "127.0.0.1" not in said
    assert "MONEY" in said or "AMOUNT" in said, said


async def test_what_is_no_regular_file_is_not_fed(tmp_path: Path) -> None:
    """A folder and a device would be no statement, and a pipe could not be read twice."""
    for path in (tmp_path, Path("/dev/zero")):
        status, _, said = await command("feed", str(path), "--source", "demo-bank")
        assert (1, True) == (status, "no regular file" in said)


async def test_a_file_name_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    """The database could not keep it; explaining needs no name."""
    path = tmp_path / "day\udcff.ofx"
    path.write_bytes(Bank().statement([Payment(fen=1, memo="")]))

    fed = await command("feed", str(path), "--source", "demo-bank")
    explained = await command("explain", str(path), "--source", "demo-bank")

    assert (1, True, False) == (fed[0], "UTF-8" in fed[2], "Traceback" in fed[2])
    assert (0, "") == (explained[0], explained[2])


async def test_a_crash_point_that_is_none_is_told(database_url: str) -> None:
    """The setting is named."""
    settings = {"SUBSIDY_DATABASE_URL": database_url, "SUBSIDY_CRASH_POINT": "after commit"}
    status, _, said = await command("run", settings=settings)
    assert (1, True, False) == (status, "SUBSIDY_CRASH_POINT" in said, "Traceback" in said)


async def test_statements_are_listed_with_what_was_found_and_what_to_do(
    db: Connection, database_url: str, deliver: Deliver, worker: Worker
) -> None:
    """The newest first, of one state or of all, no more than asked for; a name cannot move the cursor."""
    settings = {"SUBSIDY_DATABASE_URL": database_url}
    assert "no statements" in (await command("statements", settings=settings))[1]
    await settle_down(db, [])
    bank = Bank()
    refused = bank.write(bank.book([Payment(fen=1, memo="")]), opening_fen=7, closing_fen=9)
    unknown = Bank(account="999").statement([Payment(fen=1, memo="")])
    await deliver(refused, filename="bad\x1b[2J.ofx")
    await deliver(unknown, filename="unknown.ofx")
    await worker.drain()

    both = (await command("statements", settings=settings))[1]
    held = (await command("statements", "--state", "held", settings=settings))[1]
    newest = (await command("statements", "--limit", "1", settings=settings))[1]

    assert "retry 1 --by" in both
    assert "release 2 --by" in both
    assert both.index("unknown.ofx") < both.index("bad")
    assert "STATEMENT_DOES_NOT_BALANCE" in both
    assert "\x1b" not in both
    assert (True, True, False) == ("ACCOUNT_UNKNOWN" in held, "999" in held, "refused" in held)
    assert (True, False) == ("unknown.ofx" in newest, "bad" in newest)


async def test_retry_reads_a_refused_statement_again(
    db: Connection, database_url: str, deliver: Deliver, worker: Worker
) -> None:
    """Only a refused one; who wanted it, and why, stands in the audit trail."""
    settings = {"SUBSIDY_DATABASE_URL": database_url}
    await deliver(b"%PDF")
    await worker.drain()
    wanted = ("retry", "1", "--by", "user/2", "--note", "profile mended")

    assert 0 == (await command(*wanted, settings=settings))[0]
    again = await command(*wanted, settings=settings)

    assert (1, True) == (again[0], "received" in again[2])
    assert ("user/2", "profile mended") == tuple(
        await db.fetchrow("SELECT actor, reason FROM audit_event WHERE from_state = 'refused'") or ()
    )


async def test_a_file_fed_again_tells_how_far_it_is(
    db: Connection, database_url: str, worker: Worker, tmp_path: Path
) -> None:
    """Refused, with its reason and the way on; held likewise; done, with how much of it was new."""
    settings = {"SUBSIDY_DATABASE_URL": database_url}
    await settle_down(db, [])
    bank = Bank()
    files = {
        "retry 1": b"%PDF",
        "release 2": Bank(account="999").statement([Payment(fen=1, memo="")]),
        "1 new lines of 1": bank.statement([Payment(fen=1, memo="")]),
    }
    for words, body in files.items():
        path = tmp_path / f"{words.split()[0]}.ofx"
        path.write_bytes(body)
        await command("feed", str(path), "--source", "demo-bank", settings=settings)
        await worker.drain()
        status, said, _ = await command("feed", str(path), "--source", "demo-bank", settings=settings)
        assert (0, True, True) == (status, "known already" in said, words in said), said


async def test_a_file_without_a_source_gets_that_of_its_account(
    db: Connection, database_url: str, tmp_path: Path, file: Path
) -> None:
    """And says so; an account that is nobody's, or a file that names none, gets the generic one."""
    settings = {"SUBSIDY_DATABASE_URL": database_url}
    await settle_down(db, [])
    stranger, garbage = tmp_path / "stranger.ofx", tmp_path / "garbage.ofx"
    stranger.write_bytes(Bank(account="999").statement([Payment(fen=1, memo="")]))
    garbage.write_bytes(b"%PDF")

    said = [(await command("feed", str(path), settings=settings))[1] for path in (file, stranger, garbage)]
    explained = (await command("explain", str(file), settings=settings))[1]

    assert ["demo-bank", "ofx-generic", "ofx-generic"] == [
        row["source"] for row in await db.fetch("SELECT source FROM statement ORDER BY id")
    ]
    why = (f"demo-bank (of account {ACCOUNT}", "999 is not registered", "names no account")
    assert [] == [text for words, text in zip(why, said, strict=True) if words not in text]
    assert f"demo-bank (of account {ACCOUNT}" in explained


async def test_a_file_that_is_there_is_told_before_it_goes_through_the_broker_again(
    database_url: str, vhost_url: str, file: Path
) -> None:
    """Where the database is set beside the broker."""
    stored = {"SUBSIDY_DATABASE_URL": database_url}
    await command("feed", str(file), "--source", "demo-bank", settings=stored)

    status, said, _ = await command(
        *("feed", str(file), "--source", "demo-bank"), settings=stored | {"SUBSIDY_AMQP_URL": vhost_url}
    )

    assert (0, True, True) == (status, "statement 1, known already" in said, "sent to the broker" in said)


async def test_a_file_goes_through_the_broker_while_the_database_is_away(vhost_url: str, file: Path) -> None:
    """With a source that was said: nothing else is asked of the database."""
    status, said, _ = await command(
        *("feed", str(file), "--source", "demo-bank"),
        settings={"SUBSIDY_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "SUBSIDY_AMQP_URL": vhost_url},
    )
    assert (0, True) == (status, "sent to the broker" in said)
