"""Promises of services/reconciler/explaining.py: what it says is what would happen, and nothing happens."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.reconciler.explaining import explain
from services.reconciler.statements.refusals import StatementRefused
from services.reconciler.worker import Worker
from services.store.database import Connection
from tests.reconciler.bank import ACCOUNT, Bank, Payment
from tests.reconciler.conftest import Deliver
from tests.reconciler.outcomes import DUES, OUTCOMES, PAYMENTS
from tests.reconciler.town import count, settle_down, state_of, statements_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A varied day."""
    path = tmp_path / "day.ofx"
    path.write_bytes(Bank().statement(PAYMENTS))
    return path


async def documents(file: Path, database_url: str | None) -> list[dict[str, Any]]:
    """Explain as JSON, the line's documents first and the file's own last."""
    out = io.StringIO()
    await explain(file, "demo-bank", database_url, as_json=True, out=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


async def test_each_decision_is_the_one_that_the_reconciler_then_makes(
    db: Connection, database_url: str, deliver: Deliver, worker: Worker, file: Path
) -> None:
    """Line by line the same record, check by check; and explaining before changed nothing."""
    await settle_down(db, DUES)
    explained = await documents(file, database_url)

    await deliver(Bank().statement(PAYMENTS))
    await worker.drain()

    rows = await db.fetch("SELECT ordinal, decision, memo, raw_memo FROM bank_line ORDER BY ordinal")
    assert [row["decision"] for row in rows] == [line["decision"] for line in explained[:-1]]
    assert [row["ordinal"] + 1 for row in rows] == [line["line"] for line in explained[:-1]]
    assert [(row["memo"], row["raw_memo"] or row["memo"]) for row in rows] == [
        (line["memo"], line["raw_memo"]) for line in explained[:-1]
    ]


@pytest.mark.parametrize("as_json", [False, True])
async def test_explaining_writes_nothing(db: Connection, database_url: str, file: Path, *, as_json: bool) -> None:
    """Not one row of any table is added or changed."""
    await settle_down(db, DUES)
    before = await count(db), await state_of(db)

    await explain(file, "demo-bank", database_url, as_json=as_json, out=io.StringIO())

    assert before == (await count(db), await state_of(db))


async def test_every_line_is_said_in_both_languages(db: Connection, database_url: str, file: Path) -> None:
    """A verdict for each; a line that does not settle says what is wrong with it."""
    await settle_down(db, DUES)
    *lines, summary = await documents(file, database_url)

    for outcome, line in zip(OUTCOMES, lines, strict=True):
        assert any("\u4e00" <= character <= "\u9fff" for character in line["verdict"])
        assert any("a" <= character <= "z" for character in line["verdict"])
        assert bool(line["words"]) == (outcome.disposition in {"refund", "hold", "other"}), line
    assert len(PAYMENTS) == summary["lines"]


async def test_without_a_database_memos_are_read_and_nothing_is_decided(file: Path) -> None:
    """An exact memo is exact; whether it would pay anything is left open."""
    *lines, _ = await documents(file, None)

    assert {None} == {line["decision"] for line in lines}
    verdicts = {line["memo"]: line["verdict"] for line in lines}
    assert "exact memo" in verdicts["75256xB2B2o"]
    assert "near miss of 75256xA7W5o" in verdicts["75256xA7W50"]
    assert "no remittance" in verdicts["结息"]


async def test_the_text_for_people_has_every_line_and_the_sums(file: Path) -> None:
    """Without a database it says so."""
    out = io.StringIO()
    await explain(file, "demo-bank", None, as_json=False, out=out)

    said = out.getvalue()
    assert f"{len(PAYMENTS)} lines" in said
    assert "SUBSIDY_DATABASE_URL" in said
    assert not [
        payment.memo for payment in PAYMENTS if payment.memo.removeprefix("附言:").removeprefix("转账汇入|") not in said
    ]


async def test_a_file_that_is_wrong_as_a_whole_is_refused(tmp_path: Path) -> None:
    """With the reader's own reason."""
    bad = tmp_path / "bad.ofx"
    bad.write_bytes(b"%PDF")
    with pytest.raises(StatementRefused, match=r"bad\.ofx"):
        await explain(bad, "demo-bank", None, as_json=False, out=io.StringIO())


async def fate_by(file: Path, database_url: str | None) -> tuple[str, list[str]]:
    """What is said of the file as a whole: its fate, and the codes of what was found."""
    summary = (await documents(file, database_url))[-1]
    return summary["fate"], [found["code"] for found in summary["findings"]]


@pytest.mark.parametrize(
    ("write", "alone", "proven", "state"),
    [
        (lambda bank, paid: bank.write(paid), ("open", []), ("matched", []), "reconciled"),
        (
            lambda bank, paid: bank.write(paid, opening_fen=1),
            ("refused", ["STATEMENT_DOES_NOT_BALANCE"]),
            ("refused", ["STATEMENT_DOES_NOT_BALANCE"]),
            "refused",
        ),
        (
            lambda bank, paid: bank.write(paid, closing_fen=bank.balance_fen + 1),
            ("open", []),
            ("waits", ["STATEMENT_GAP"]),
            "held",
        ),
        (
            lambda bank, paid: bank.write(paid).replace(ACCOUNT.encode(), b"999"),
            ("open", []),
            ("held", ["ACCOUNT_UNKNOWN"]),
            "held",
        ),
        (
            lambda bank, paid: bank.write(paid).replace(b"<FITID>N00000002", b"<FITID>"),
            ("held", ["LINE_ID_MISSING"]),
            ("held", ["LINE_ID_MISSING"]),
            "held",
        ),
    ],
)
async def test_the_fate_of_the_file_is_the_one_that_production_then_finds(  # noqa: PLR0917 -- a table and fixtures.
    db: Connection,
    database_url: str,
    deliver: Deliver,
    worker: Worker,
    tmp_path: Path,
    write: Callable[[Bank, list[Payment]], bytes],
    alone: tuple[str, list[str]],
    proven: tuple[str, list[str]],
    state: str,
) -> None:
    """Refused, held with each finding, or matched; without a database what the file itself shows."""
    await settle_down(db, DUES)
    bank = Bank()
    file = tmp_path / "day.ofx"
    file.write_bytes(write(bank, bank.book(PAYMENTS)))

    assert alone == await fate_by(file, None)
    assert proven == await fate_by(file, database_url)

    await deliver(file.read_bytes())
    await worker.drain()
    assert [(state, proven[1])] == list((await statements_of(db)).values())


async def test_lines_that_are_there_already_keep_what_was_decided(
    db: Connection, database_url: str, deliver: Deliver, worker: Worker, tmp_path: Path
) -> None:
    """A line that settled is not told as paying what is paid; what is new is decided, and the balance still chains."""
    await settle_down(db, DUES)
    bank = Bank()
    first = bank.book(PAYMENTS)
    await deliver(bank.write(first))
    await worker.drain()
    stored = [row["decision"] for row in await db.fetch("SELECT decision FROM bank_line ORDER BY ordinal")]
    file = tmp_path / "longer.ofx"
    # Two lines that are equal in all but their number among equals.
    more = bank.book([Payment(fen=1, memo="", fitid="TWIN")] * 2)
    file.write_bytes(bank.write([*first, *more]))

    *lines, summary = await documents(file, database_url)

    assert [1] * len(first) + [None] * 2 == [line["known_from"] for line in lines]
    assert stored == [line["decision"] for line in lines[: len(first)]]
    assert "已入账" in lines[0]["verdict"]
    assert lines[0]["words"] == []
    assert ("held", ["LINE_ID_REPEATED"]) == (summary["fate"], [found["code"] for found in summary["findings"]])
    assert 2 == summary["new_lines"]


async def test_a_file_that_is_here_already_is_told_with_its_state(
    db: Connection, database_url: str, deliver: Deliver, worker: Worker, file: Path
) -> None:
    """Every line is known, and feeding it again would change nothing."""
    await settle_down(db, DUES)
    await deliver(Bank().statement(PAYMENTS))
    await worker.drain()

    *lines, summary = await documents(file, database_url)
    out = io.StringIO()
    await explain(file, "demo-bank", database_url, as_json=False, out=out)

    assert {1} == {line["known_from"] for line in lines}
    assert ("matched", 0, {"id": 1, "state": "reconciled"}) == (
        summary["fate"],
        summary["new_lines"],
        summary["statement"],
    )
    assert "here already" in out.getvalue()
