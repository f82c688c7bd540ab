"""The same statement once more: nothing may change, and it may not take longer than the first time."""

import tempfile
import time
from typing import ClassVar, Self

import attrs

from bench.changes import Changes, changes_since, mark
from bench.figure import Limit, Note, ResultsDifferError, Row, Sense
from bench.fund import Fund
from bench.one_worker import in_own_process
from bench.pairs import ratios, seconds
from bench.prepared import Prepared, deliver, prepare
from bench.server import BenchServer
from bench.statement_file import write_statement
from services.store.database import connect

NOTHING = Limit(Sense.AT_MOST, 0)
NO_SLOWER = Limit(Sense.AT_MOST, 1.0)
# What a further file with lines that are known already may add: itself, and the trail of its own way.
_OF_THE_FILE = frozenset(
    {"statement", "statement_delivery", "statement_chunk", "audit_event", "outbox", "bank_account"}
)


@attrs.frozen(kw_only=True)
class _Again:
    """One more delivery: what it took and what it changed."""

    seconds: float
    changes: Changes


@attrs.frozen
class Redelivery:
    """Deliver a reconciled file again: under its id, under another id, and with the same lines in another file."""

    name: ClassVar[str] = "redelivery"

    lines: int = 100_000
    repeats: int = 3

    def quick(self) -> Self:
        """Take a tenth of the lines."""
        return attrs.evolve(self, lines=self.lines // 10)

    async def measure(self, server: BenchServer, note: Note) -> list[Row]:
        """Repeat the whole sequence on fresh copies."""
        prepared = await prepare(server, Fund(orders=self.lines, employees=1), self.lines)
        firsts: list[float] = []
        same_id: list[_Again] = []
        other_id: list[_Again] = []
        other_file: list[_Again] = []
        for _ in range(self.repeats):
            async with server.copy_of(prepared.template) as url:
                firsts.append((await in_own_process(url)).seconds)
                note(f"redelivery: first time {firsts[-1]:.2f} s")
                same_id.append(await self._again(url, prepared, message_id="first", made=1))
                other_id.append(await self._again(url, prepared, message_id="second", made=1))
                other_file.append(await self._again(url, prepared, message_id="third", made=2))
                note(f"redelivery: the same lines in another file {other_file[-1].seconds:.2f} s")
        await server.forget(prepared.key)
        money = [
            {table: rows for table, rows in again.changes.items() if table not in _OF_THE_FILE} for again in other_file
        ]
        return [
            *self._rows("same file, same message id", tuple(firsts), same_id, [again.changes for again in same_id]),
            *self._rows(
                "same file, another message id",
                tuple(firsts),
                other_id,
                [_without_its_delivery(again.changes) for again in other_id],
                also="besides its own row of statement_delivery",
            ),
            *self._rows(
                "same lines, another file",
                tuple(firsts),
                other_file,
                money,
                also=f"besides the file's own in {', '.join(sorted(_OF_THE_FILE))}",
            ),
        ]

    async def _again(self, url: str, prepared: Prepared, *, message_id: str, made: int) -> _Again:
        connection = await connect(url, application="subsidy bench")
        try:
            before = await mark(connection)
            with tempfile.TemporaryFile() as file:
                write_statement(file, prepared.dues, self.lines, made=made)
                started = time.perf_counter()
                await deliver(connection, file, message_id=message_id)
                took = time.perf_counter() - started
            work = await in_own_process(url)
            return _Again(seconds=took + work.seconds, changes=await changes_since(connection, before))
        finally:
            await connection.close(timeout=10)

    def _rows(
        self, what: str, firsts: tuple[float, ...], again: list[_Again], changes: list[Changes], *, also: str = ""
    ) -> list[Row]:
        took = tuple(each.seconds for each in again)
        return [
            Row(
                figure=self.name,
                what=f"{self.lines:,} lines, {what}: rows changed",
                compared_with="every row's version before",
                values=tuple(float(sum(each.values())) for each in changes),
                limit=NOTHING,
                unit="rows",
                detail=also,
            ),
            Row(
                figure=self.name,
                what=f"{self.lines:,} lines, {what}: time",
                compared_with="the first time",
                values=ratios(took, firsts),
                limit=NO_SLOWER,
                detail=f"{seconds(took)} : {seconds(firsts)}",
            ),
        ]


def _without_its_delivery(changes: Changes) -> Changes:
    if changes.get("statement_delivery") != 1:
        raise ResultsDifferError(f"another message id is one more delivery, but changed were {changes}")
    return {table: rows for table, rows in changes.items() if table != "statement_delivery"}
