"""Reconciling a whole statement, from stored bytes to the last event, against the floor of writing the same rows."""

import time
from statistics import median
from typing import ClassVar, Self

import attrs

from bench.equality import Contents, contents, differences
from bench.figure import Limit, Note, ResultsDifferError, Row, Sense
from bench.floor import write_rows
from bench.fund import Fund
from bench.one_worker import Work, in_own_process
from bench.pairs import ratios, seconds, take_turns
from bench.prepared import Prepared, prepare
from bench.server import BenchServer
from services.store.database import connect

LIMIT = Limit(Sense.AT_MOST, 2.0)
_SMALL_LINES, _LARGE_LINES = 10_000, 100_000


def pairs_for(lines: int) -> int:
    """Say how often a size is repeated: what lasts minutes evens out its own noise.

    >>> pairs_for(10_000), pairs_for(100_000), pairs_for(1_000_000)
    (5, 3, 1)
    """
    if lines <= _SMALL_LINES:
        return 5
    return 3 if lines <= _LARGE_LINES else 1


@attrs.frozen(kw_only=True)
class Case:
    """One size: the statement's lines, the fund, and how often both sides are measured."""

    lines: int
    fund: Fund
    pairs: int

    def __str__(self) -> str:
        return f"{self.lines:,} lines, {self.fund}"


@attrs.frozen(kw_only=True)
class Outcome:
    """What one side took and left behind; the processor time is the server's and the client's together."""

    seconds: float
    cpu_seconds: float
    left: Contents = attrs.field(repr=False)
    work: Work | None = None


@attrs.frozen
class Reconciling:
    """Reconcile: read, stage, prove, match, settle, finish, by one worker; the floor is COPY and one statement."""

    name: ClassVar[str] = "reconcile"

    cases: tuple[Case, ...] = tuple(
        Case(lines=100_000, fund=Fund(orders=orders, employees=employees), pairs=pairs_for(100_000))
        for orders in (10_000, 100_000)
        for employees in (1, 20)
    )

    def quick(self) -> Self:
        """Take a tenth of the lines and orders."""
        return attrs.evolve(
            self,
            cases=tuple(
                Case(
                    lines=case.lines // 10,
                    fund=Fund(orders=case.fund.orders // 10, employees=case.fund.employees),
                    pairs=pairs_for(case.lines // 10),
                )
                for case in self.cases
            ),
        )

    async def measure(self, server: BenchServer, note: Note) -> list[Row]:
        """Measure every size; all tables are compared after every pair."""
        rows = []
        for case in self.cases:
            prepared = await prepare(server, case.fund, case.lines)
            ours, floor = await measure_both(server, prepared, case, note)
            await server.forget(prepared.key)
            rows.append(row_of(self.name, case, ours, floor))
        return rows


async def measure_both(
    server: BenchServer, prepared: Prepared, case: Case, note: Note
) -> tuple[tuple[Outcome, ...], tuple[Outcome, ...]]:
    """Let the reconciler and the floor take turns.

    Raises:
        ResultsDifferError: they did not leave the same rows.
    """

    async def reconcile() -> Outcome:
        async with server.copy_of(prepared.template) as url:
            before = await server.cpu_seconds()
            work = await in_own_process(url)
            cpu_seconds = await server.cpu_seconds() - before + work.cpu_seconds
            note(f"{case}: reconciler {work.seconds:.2f} s, processor {cpu_seconds:.2f} s")
            return Outcome(seconds=work.seconds, cpu_seconds=cpu_seconds, left=await _left(url), work=work)

    async def floor() -> Outcome:
        async with server.copy_of(prepared.template) as url:
            before = await server.cpu_seconds() + time.process_time()
            took = await write_rows(
                url, prepared.lines, account_id=prepared.account_id, statement_id=prepared.statement_id
            )
            cpu_seconds = await server.cpu_seconds() + time.process_time() - before
            note(f"{case}: floor {took:.2f} s, processor {cpu_seconds:.2f} s")
            return Outcome(seconds=took, cpu_seconds=cpu_seconds, left=await _left(url))

    pairs = await take_turns(reconcile, floor, case.pairs)
    for one, other in zip(pairs.ours, pairs.theirs, strict=True):
        if found := differences(one.left, other.left):
            raise ResultsDifferError(f"{case}: reconciler and floor differ in {'; '.join(found)}")
        if one.left["bank_line"][0] != case.lines:
            raise ResultsDifferError(f"{case}: {one.left['bank_line'][0]:,} lines were reconciled")
    return pairs.ours, pairs.theirs


def row_of(name: str, case: Case, ours: tuple[Outcome, ...], floor: tuple[Outcome, ...]) -> Row:
    """Give the line of the table."""
    took = tuple(outcome.seconds for outcome in ours)
    floor_took = tuple(outcome.seconds for outcome in floor)
    left = ours[0].left
    cpu = median(ratios(tuple(each.cpu_seconds for each in ours), tuple(each.cpu_seconds for each in floor)))
    client = tuple(outcome.work.cpu_seconds for outcome in ours if outcome.work is not None)
    return Row(
        figure=name,
        what=str(case),
        compared_with="floor: COPY + one statement",
        values=ratios(took, floor_took),
        limit=LIMIT,
        detail=f"{seconds(took)} : {seconds(floor_took)}; processor time {cpu:.2f}×, of which Python {seconds(client)}; "
        f"{left['settlement'][0]:,} settled, {left['line_case'][0]:,} cases, {left['ledger_entry'][0]:,} ledger entries, "
        f"{len(left)} tables equal",
    )


async def _left(url: str) -> Contents:
    connection = await connect(url, application="subsidy bench")
    try:
        return await contents(connection)
    finally:
        await connection.close(timeout=10)
