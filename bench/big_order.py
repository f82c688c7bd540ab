"""One notice for very many employees: the whole way of its bank line against writing nothing but the ledger."""

import time
from typing import ClassVar, Self

import attrs

from bench.equality import contents
from bench.figure import Limit, Note, ResultsDifferError, Row, Sense
from bench.floor import ACTOR
from bench.fund import Fund
from bench.one_worker import in_own_process
from bench.pairs import ratios, seconds, take_turns
from bench.prepared import prepare
from bench.server import BenchServer
from services.store.database import Connection, acting, connect

LIMIT = Limit(Sense.AT_MOST, 3.0)
_COLUMNS = "person_id, employer_id, month, kind, amount_fen, order_id"


@attrs.frozen
class BigOrder:
    """Settle one order of very many employees; the floor is COPY and INSERT … SELECT of its ledger rows, one commit."""

    name: ClassVar[str] = "big-order"

    employees: int = 20_000
    pairs: int = 7

    def quick(self) -> Self:
        """Take the same: it lasts only seconds."""
        return self

    async def measure(self, server: BenchServer, note: Note) -> list[Row]:
        """Measure; the ledgers are compared after every pair."""
        prepared = await prepare(server, Fund(orders=1, employees=self.employees), 1)

        async def reconcile() -> tuple[float, tuple[int, int]]:
            async with server.copy_of(prepared.template) as url:
                took = (await in_own_process(url)).seconds
                note(f"{self.name}: reconciler {took:.3f} s")
                return took, await _ledger(url)

        async def floor() -> tuple[float, tuple[int, int]]:
            async with server.copy_of(prepared.template) as url:
                took = await _write_ledger(url)
                note(f"{self.name}: floor {took:.3f} s")
                return took, await _ledger(url)

        pairs = await take_turns(reconcile, floor, self.pairs)
        await server.forget(prepared.key)
        left = {ledger for _, ledger in (*pairs.ours, *pairs.theirs)}
        if len(left) != 1 or pairs.ours[0][1][0] != self.employees:
            raise ResultsDifferError(f"reconciler and floor left different ledgers: {left}")
        ours = tuple(took for took, _ in pairs.ours)
        theirs = tuple(took for took, _ in pairs.theirs)
        return [
            Row(
                figure=self.name,
                what=f"one order of {self.employees:,} employees, from the stored file to the last event",
                compared_with="floor: COPY + INSERT … SELECT of its ledger rows",
                values=ratios(ours, theirs),
                limit=LIMIT,
                detail=f"{seconds(ours)} : {seconds(theirs)}; ledgers equal",
            )
        ]


async def _write_ledger(url: str) -> float:
    connection = await connect(url, application="subsidy bench")
    try:
        rows = await _due_entries(connection)
        started = time.perf_counter()
        async with acting(connection, ACTOR):
            await connection.execute(
                f"CREATE TEMP TABLE entry ON COMMIT DROP AS SELECT {_COLUMNS} FROM ledger_entry WITH NO DATA"
            )
            await connection.copy_records_to_table("entry", records=rows)
            await connection.execute(f"INSERT INTO ledger_entry ({_COLUMNS}) SELECT * FROM entry")
        return time.perf_counter() - started
    finally:
        await connection.close(timeout=10)


async def _due_entries(connection: Connection) -> list[tuple[object, ...]]:
    rows = await connection.fetch(
        """
        SELECT l.person_id, l.employer_id, l.month, o.kind, l.amount_fen, l.order_id
        FROM order_line l JOIN remittance_order o ON o.id = l.order_id
        """
    )
    return [tuple(row) for row in rows]


async def _ledger(url: str) -> tuple[int, int]:
    connection = await connect(url, application="subsidy bench")
    try:
        return (await contents(connection))["ledger_entry"]
    finally:
        await connection.close(timeout=10)
