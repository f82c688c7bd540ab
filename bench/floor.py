"""The floor under reconciling: COPY and one statement, which write the same rows into the same tables in one commit.

Same role, same constraints, triggers and indexes, same server. What it leaves out is what the reconciler is there for:
reading the file, asking for a second opinion, storing lines unproven first, proving the balance, deciding by the library,
leases, and a cursor to go on from after a crash.
"""

import time
from datetime import date
from pathlib import Path

from libsubsidy.version import VERSION
from services.store.database import Actor, Role, acting, connect

_SQL = (Path(__file__).parent / "floor.sql").read_text(encoding="utf-8")
_SECONDS_MAX = 3_600.0
# The same as the worker's name and origin, so that the audit trails are equal too.
ACTOR = Actor(role=Role.WORKER, name="bench", origin="reconciler")

ReadLine = tuple[bytes, int, date, str, int, str, str, str, str, str]
"""Fingerprint, ordinal, day, bank's id, fen, memo, memo as written, payer's name, account and bank."""


async def write_rows(url: str, lines: list[ReadLine], *, account_id: int, statement_id: int) -> float:
    """Write everything that follows from the lines and return the seconds from BEGIN to the end of COMMIT."""
    connection = await connect(url, application="subsidy bench")
    try:
        started = time.perf_counter()
        async with acting(connection, ACTOR):
            await connection.execute(
                """
                CREATE TEMP TABLE read_line (
                    fingerprint bytea, ordinal integer, booked date, bank_ref text, amount_fen bigint, memo text,
                    raw_memo text, payer_name text, payer_account text, payer_bank text) ON COMMIT DROP
                """
            )
            await connection.copy_records_to_table("read_line", records=lines, timeout=_SECONDS_MAX)
            await connection.execute("ANALYZE read_line", timeout=_SECONDS_MAX)
            await connection.execute(_SQL, account_id, statement_id, VERSION, timeout=_SECONDS_MAX)
        return time.perf_counter() - started
    finally:
        await connection.close(timeout=10)
