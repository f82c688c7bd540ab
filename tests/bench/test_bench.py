"""The figures measure what they say: on tiny sizes every one of them runs, and its proof of equality can fail."""

import sys

import attrs
import pytest

from bench.__main__ import FIGURES, main, table_of
from bench.big_order import BigOrder
from bench.changes import changes_since, mark
from bench.equality import contents, differences
from bench.figure import Limit, ResultsDifferError, Row, Sense
from bench.floor import write_rows
from bench.fund import Fund
from bench.growth import Growth
from bench.one_worker import WorkerFailedError, in_own_process
from bench.prepared import prepare
from bench.reading import Reading, chunked, read_ofxparse, read_ours, statement_of
from bench.reconciling import Case, Reconciling, measure_both
from bench.redelivery import Redelivery
from bench.server import BenchServer
from services.store.database import connect

FUND = Fund(orders=80, employees=2)
LINES = 60


def quiet(_: str) -> None:
    """Say nothing of how far a measurement is."""


async def test_reconciler_and_floor_leave_the_same_rows(server: BenchServer) -> None:
    """The floor writes exactly what the reconciler writes, or its time would be no floor."""
    [row] = await Reconciling((Case(lines=LINES, fund=FUND, pairs=2),)).measure(server, quiet)

    assert 2 == len(row.values)
    assert "56 settled, 4 cases, 112 ledger entries, 9 tables equal" in row.detail


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("bank_line", "UPDATE bank_line SET memo = memo || ' ' WHERE ordinal = 7"),
        ("payment_notice", "UPDATE payment_notice SET state = 'paid', decided_at = now() WHERE state = 'awaiting'"),
        ("outbox", "DELETE FROM outbox WHERE id = (SELECT max(id) FROM outbox WHERE type = 'refund.flagged.v1')"),
        ("line_case", "UPDATE line_case SET amount_fen = amount_fen + 1 WHERE id = (SELECT min(id) FROM line_case)"),
    ],
)
async def test_a_difference_in_any_table_is_named(server: BenchServer, table: str, change: str) -> None:
    """One row that differs is enough to make the comparison fail, and the failure names its table."""
    prepared = await prepare(server, FUND, LINES)
    async with server.copy_of(prepared.template) as url:
        await write_rows(url, prepared.lines, account_id=prepared.account_id, statement_id=prepared.statement_id)
        connection = await connect(url)
        before = await contents(connection)
        await connection.execute(change)
        after = await contents(connection)
        await connection.close()
    await server.forget(prepared.key)

    assert [table] == [found.partition(":")[0] for found in differences(before, after)]


async def test_a_floor_that_writes_less_is_not_compared(server: BenchServer) -> None:
    """A ratio of different work is refused, not printed."""
    prepared = await prepare(server, FUND, LINES)
    shorter = attrs.evolve(prepared, lines=prepared.lines[1:])

    with pytest.raises(ResultsDifferError, match=r"bank_line: 60 rows and 59 rows"):
        await measure_both(server, shorter, Case(lines=LINES, fund=FUND, pairs=1), quiet)
    await server.forget(prepared.key)


async def test_growth_tells_ratio_memory_and_slope(server: BenchServer) -> None:
    """Growth has three rows: the largest size's ratio and memory, and the slope over all sizes."""
    rows = await Growth(sizes=(20, 40)).measure(server, quiet)

    assert ["×", "MB", ""] == [row.unit for row in rows]
    assert all(10 < megabytes < 300 for megabytes in rows[1].values)


def test_quick_growth_leaves_the_million_out() -> None:
    """What takes minutes is left to the full run."""
    assert (1_000, 10_000, 100_000) == Growth().quick().sizes


async def test_redelivery_changes_no_row(server: BenchServer) -> None:
    """Nothing changes when a file comes again, and no money moves when its lines come in another file."""
    rows = await Redelivery(lines=LINES, repeats=1).measure(server, quiet)

    assert ["rows", "×"] * 3 == [row.unit for row in rows]
    assert [(0.0,)] * 3 == [row.values for row in rows if row.unit == "rows"]


async def test_changes_are_counted(server: BenchServer) -> None:
    """Rows added, changed and taken away are all seen, table by table."""
    prepared = await prepare(server, FUND, LINES)
    async with server.copy_of(prepared.template) as url:
        connection = await connect(url)
        before = await mark(connection)
        await connection.execute("UPDATE person SET name = name WHERE id <= 3")
        await connection.execute("INSERT INTO statement_delivery VALUES ('s', 'm', $1)", prepared.statement_id)
        await connection.execute("DELETE FROM statement_chunk")
        changes = await changes_since(connection, before)
        await connection.close()
    await server.forget(prepared.key)

    assert {"person": 3, "statement_delivery": 1, "statement_chunk": 1} == changes


async def test_both_readers_read_the_same(server: BenchServer) -> None:
    """Ids, amounts and memos are equal, whole and in documents of a few lines."""
    rows = await Reading(lines=300, pairs=1, whole_sizes=(50, 400)).measure(server, quiet)
    file = statement_of(25)

    assert ["ofxparse in documents of 200 lines", "ofxparse whole, EXTRAPOLATED"] == [row.compared_with for row in rows]
    assert read_ours(file)[1] == [line for document in chunked(file, 10) for line in read_ofxparse(document)]


async def test_big_order_credits_everybody(server: BenchServer) -> None:
    """The floor's ledger and the reconciler's are equal, entry by entry."""
    [row] = await BigOrder(employees=50, pairs=2).measure(server, quiet)

    assert "ledgers equal" in row.detail


async def test_a_worker_that_fails_is_told(server: BenchServer, capfd: pytest.CaptureFixture[str]) -> None:
    """A worker's process that ends in an error gives no time."""
    with pytest.raises(WorkerFailedError):
        await in_own_process("postgresql://nobody@127.0.0.1:1/nothing")

    assert "Error" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("limit", "values", "held"),
    [
        (Limit(Sense.AT_MOST, 2.0), (1.0, 2.0, 9.0), True),
        (Limit(Sense.AT_MOST, 2.0), (1.0, 2.1, 9.0), False),
        (Limit(Sense.AT_LEAST, 20), (1.0, 20.0, 21.0), True),
        (Limit(Sense.AT_LEAST, 20), (19.0, 19.9, 25.0), False),
    ],
)
def test_the_median_is_held_against_the_limit(limit: Limit, values: tuple[float, ...], *, held: bool) -> None:
    """One lucky or unlucky repeat decides nothing."""
    row = Row(figure="f", what="w", compared_with="c", values=values, limit=limit)

    assert held is row.is_held
    assert 1 == table_of([row]).row_count


def test_the_help_lists_every_figure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asks for help learns what can be measured."""
    monkeypatch.setattr(sys, "argv", ["bench", "--help"])
    with pytest.raises(SystemExit):
        main()
    printed = capsys.readouterr().out

    assert [] == [figure.name for figure in FIGURES if f"  {figure.name} " not in printed]


def test_an_unknown_figure_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt name is told, with the names there are, before anything is started."""
    monkeypatch.setattr(sys, "argv", ["bench", "readin"])
    with pytest.raises(SystemExit):
        main()

    assert "reading, big-order" in capsys.readouterr().err
