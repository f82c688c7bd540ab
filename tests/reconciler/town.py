"""A small town for the tests: employers with approved orders, each waiting for its money."""

from collections.abc import Mapping, Sequence
from datetime import date

import asyncpg
import attrs

from services.store.accounts import register_account
from services.store.database import Actor, Connection, Pool, Role, acting
from services.store.statements import Received, receive
from tests.reconciler.bank import ACCOUNT

BUREAU = Actor(role=Role.BUREAU, name="user/1", origin="tests")
CHECKER = Actor(role=Role.BUREAU, name="user/2", origin="tests")
INTAKE = Actor(role=Role.WORKER, name="intake", origin="tests")
MONTH = date(2026, 1, 1)


@attrs.frozen(kw_only=True)
class Due:
    """A notice that waits: so many people with so much each."""

    employer_code: str = "75256"
    order_code: str = "A7W5"
    people: int = 2
    each_fen: int = 500_50
    state: str = "awaiting"

    @property
    def memo(self) -> str:
        """What the payer must write."""
        return f"{self.employer_code}x{self.order_code}o"

    @property
    def fen(self) -> int:
        """What the payer must pay."""
        return self.people * self.each_fen


async def deliver(
    pool: Pool,
    body: bytes,
    *,
    message_id: str | None = None,
    source: str = "demo-bank",
    uploaded_by: str | None = None,
    filename: str = "day.ofx",
) -> Received:
    """Store a file as the queue would."""
    async with pool.acquire() as connection, acting(connection, INTAKE):
        return await receive(
            connection,
            source=source,
            message_id=message_id,
            filename=filename,
            body=body,
            received_from="tests",
            uploaded_by=uploaded_by,
        )


async def settle_down(db: Connection, dues: Sequence[Due], *, accounts: Sequence[str] = (ACCOUNT,)) -> None:
    """Register the accounts, the employers, their people, and one approved order with its notice for each due.

    The rows are written at once and past the triggers that guard the way there: that way has tests of its own.
    """
    async with acting(db, BUREAU):
        for number in accounts:
            await register_account(db, number=number, name="住房补贴专户", source="demo-bank")
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")
        codes = sorted({due.employer_code for due in dues})
        await db.executemany(
            "INSERT INTO employer (code, org_code, name, initialised_at) VALUES ($1, $2, $3, now())",
            [(code, f"PDY{code}0", f"单位{code}") for code in codes],
        )
        employers = {row["code"]: row["id"] for row in await db.fetch("SELECT code, id FROM employer")}
        people = max((due.people for due in dues), default=0)
        await db.executemany(
            "INSERT INTO person (id_number, id_number_given, name) VALUES ($1, $1, $2)",
            [(f"{number:017d}0", f"职工{number}") for number in range(people)],
        )
        ids = [row["id"] for row in await db.fetch("SELECT id FROM person ORDER BY id")]
        await _await_money(db, dues, employers, ids)


async def _await_money(
    db: Connection, dues: Sequence[Due], employers: Mapping[str, int], people: Sequence[int]
) -> None:
    rows = await db.fetch(
        """
        INSERT INTO payment_notice (employer_id, employer_code, order_code, amount_fen, state, decided_at)
        SELECT d.employer_id, d.employer_code, d.order_code, d.fen, d.state, CASE WHEN d.state <> 'awaiting' THEN now() END
        FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[]) WITH ORDINALITY
            AS d (employer_id, employer_code, order_code, fen, state, place)
        ORDER BY d.place RETURNING id, employer_code, order_code
        """,
        [employers[due.employer_code] for due in dues],
        [due.employer_code for due in dues],
        [due.order_code for due in dues],
        [due.fen for due in dues],
        [due.state for due in dues],
    )
    notices = {(row["employer_code"], row["order_code"]): row["id"] for row in rows}
    orders = await db.fetch(
        """
        INSERT INTO remittance_order (employer_id, kind, first_month, last_month, state, total_fen, line_count,
                                      person_count, notice_id)
        SELECT d.employer_id, 'regular', $6, $6, d.state, d.fen, d.people, d.people, d.notice_id
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::integer[]) WITH ORDINALITY
            AS d (employer_id, notice_id, fen, state, people, place)
        ORDER BY d.place RETURNING id, notice_id
        """,
        [employers[due.employer_code] for due in dues],
        [notices[due.employer_code, due.order_code] for due in dues],
        [due.fen for due in dues],
        ["cancelled" if due.state == "cancelled" else "approved" for due in dues],
        [due.people for due in dues],
        MONTH,
    )
    order_of = {row["notice_id"]: row["id"] for row in orders}
    await db.copy_records_to_table(
        "order_line",
        columns=["order_id", "employer_id", "person_id", "month", "amount_fen", "source"],
        records=[
            (
                order_of[notices[due.employer_code, due.order_code]],
                employers[due.employer_code],
                person,
                MONTH,
                due.each_fen,
                "file",
            )
            for due in dues
            for person in people[: due.people]
        ],
    )


_TABLES = (
    *("statement", "statement_delivery", "statement_chunk", "staged_line", "bank_line", "allocation", "settlement"),
    *("ledger_entry", "line_case", "outbox", "audit_event"),
)


async def count(db: Connection) -> dict[str, int]:
    """Count the rows of every table that a statement touches."""
    return {table: await db.fetchval(f"SELECT count(*) FROM {table}") for table in _TABLES}


async def state_of(db: Connection) -> dict[str, list[tuple[object, ...]]]:
    """What must be the same however the files came: lines, settlements, ledgers, cases, notices, balances."""
    questions = {
        "lines": "SELECT bank_ref, occurrence, booked, amount_fen, memo, disposition FROM bank_line",
        "settled": "SELECT b.bank_ref, b.occurrence, n.employer_code, n.order_code, a.amount_fen FROM allocation a "
        "JOIN bank_line b ON b.id = a.line_id JOIN payment_notice n ON n.id = a.notice_id",
        "ledger": "SELECT person_id, employer_id, month, kind, amount_fen, order_id FROM ledger_entry",
        "cases": "SELECT b.bank_ref, b.occurrence, c.kind, c.reason, c.state, c.amount_fen, c.payer_name, "
        "c.payer_account, c.employer_id, c.proposed_memo FROM line_case c JOIN bank_line b ON b.id = c.line_id",
        "notices": "SELECT employer_code, order_code, state FROM payment_notice",
        "orders": "SELECT id, state FROM remittance_order",
        "accounts": "SELECT number, proven_closing_fen, proven_through FROM bank_account",
    }
    return {
        name: sorted((tuple(row) for row in await db.fetch(question)), key=repr) for name, question in questions.items()
    }


async def events_of(db: Connection) -> list[tuple[object, ...]]:
    """The facts that are told about money, without the numbers that rows happen to get."""
    rows = await db.fetch(
        "SELECT type, body ->> 'amount', body ->> 'reason', count(*) FROM outbox "
        "WHERE type IN ('remittance.settled.v1', 'refund.flagged.v1') GROUP BY 1, 2, 3"
    )
    return sorted((tuple(row) for row in rows), key=repr)


async def statements_of(db: Connection) -> dict[str, tuple[str, list[str]]]:
    """Each statement by its file name: its state and the codes of what was found."""
    rows = await db.fetch("SELECT filename, state, findings FROM statement")
    return {row["filename"]: (row["state"], [found["code"] for found in row["findings"]]) for row in rows}


async def is_worked_off(db: Connection) -> bool:
    """Say whether nothing is left that a worker could go on with, and nothing waits for a file before it."""
    return not await db.fetchval(
        "SELECT EXISTS (SELECT FROM statement WHERE state IN ('received', 'staged', 'proven') OR waits_for_gap)"
    )


async def expire_leases(db: Connection) -> None:
    """Let every lease run out now, as time would."""
    await db.execute("UPDATE statement SET lease_until = clock_timestamp() WHERE lease_until IS NOT NULL")
    await db.execute("SELECT pg_notify('statement', '')")


def proves(money: asyncpg.Record) -> bool:
    """I2, I3: every fen that came in is settled, in a case, or no remittance; every settled fen is in a ledger."""
    return bool(
        money["credits"] == money["settled"] + money["cases"] + money["others"] and money["settled"] == money["ledger"]
    )


async def money_of(db: Connection) -> asyncpg.Record:
    """Sum the credits and what became of them."""
    row = await db.fetchrow(
        """
        SELECT (SELECT coalesce(sum(amount_fen), 0) FROM bank_line WHERE direction = 'credit') AS credits,
               (SELECT coalesce(sum(amount_fen), 0) FROM allocation) AS settled,
               (SELECT coalesce(sum(amount_fen), 0) FROM line_case WHERE direction = 'credit' AND state <> 'assigned')
                   AS cases,
               (SELECT coalesce(sum(amount_fen), 0) FROM bank_line WHERE direction = 'credit' AND disposition = 'other')
                   AS others,
               (SELECT coalesce(sum(amount_fen), 0) FROM ledger_entry) AS ledger
        """
    )
    assert row is not None
    return row
