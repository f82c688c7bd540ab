"""Promises of services/reconciler/explaining.py: what it says is what would happen, and nothing happens."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from services.reconciler.explaining import explain
from services.reconciler.statements.refusals import StatementRefused
from services.reconciler.worker import Worker
from services.store.database import Connection
from tests.reconciler.bank import Bank
from tests.reconciler.conftest import Deliver
from tests.reconciler.outcomes import DUES, OUTCOMES, PAYMENTS
from tests.reconciler.town import count, settle_down, state_of


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
