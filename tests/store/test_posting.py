"""Promises of services/store/posting.py: money moves whole, once, and to the ledgers it is due to (I2, I4, I27, I36)."""

from datetime import date
from typing import Any

import attrs
import pytest

from services.store import posting
from services.store.database import Connection
from services.store.posting import Case, NotAssignableError, PostingError
from tests.reconciler.town import Due, count, settle_down, state_of
from tests.store import fund

FIRST, SECOND = Due(people=3), Due(order_code="B2B2", people=1, each_fen=7)


async def lines(db: Connection, *amounts_fen: int, direction: str = "credit", currency: str = "CNY") -> list[int]:
    """Put lines of these amounts on the account."""
    await db.execute(
        "INSERT INTO statement (source, sha256, filename, size_bytes, received_from) VALUES ('b', '\\x01', 'x', 1, 't')"
    )
    return [
        await db.fetchval(
            """
            INSERT INTO bank_line (account_id, fingerprint, occurrence, statement_id, ordinal, booked, bank_ref, direction,
                amount_fen, currency, memo, payer_name, payer_account, payer_bank, disposition, decision)
            VALUES (1, $1, 0, 1, $2, $3, '', $4, $5, $6, '', '付款人', '6228', '103', 'settled', '{}') RETURNING id
            """,
            bytes([number]) * 16,
            number,
            date(2026, 1, 5),
            direction,
            fen,
            currency,
        )
        for number, fen in enumerate(amounts_fen)
    ]


async def notices(db: Connection) -> list[int]:
    """The ids of the notices, in the order of their dues."""
    return [row["id"] for row in await db.fetch("SELECT id FROM payment_notice ORDER BY id")]


async def test_a_notice_is_paid_and_each_employee_credited(db: Connection) -> None:
    """One settlement, one allocation, one entry per line of the order, one event; notice and order move on."""
    await settle_down(db, [FIRST, SECOND])
    line_ids, notice_ids = await lines(db, FIRST.fen, SECOND.fen), await notices(db)

    assert 4 == await posting.settle(db, list(zip(line_ids, notice_ids, strict=True)))

    state = await state_of(db)
    assert ["paid", "paid"] == [notice[2] for notice in state["notices"]]
    assert ["credited", "credited"] == [order[1] for order in state["orders"]]
    assert [500_50, 500_50, 500_50, 7] == [
        row["amount_fen"] for row in await db.fetch("SELECT amount_fen FROM ledger_entry ORDER BY order_id, person_id")
    ]
    told = await db.fetch("SELECT subject, body FROM outbox ORDER BY id")
    body = {
        "notice_id": str(notice_ids[0]),
        "employer_id": "1",
        "memo": FIRST.memo,
        "line_id": str(line_ids[0]),
        "amount": "1501.50",
    }
    assert 2 == len(told)
    assert (f"notice/{notice_ids[0]}", body) == (told[0]["subject"], told[0]["body"])
    assert "0.07" == told[1]["body"]["amount"]


async def test_nothing_to_settle_is_nothing_done(db: Connection) -> None:
    """An empty batch asks the database for nothing."""
    assert 0 == await posting.settle(db, [])


@pytest.mark.parametrize("off_by_fen", [-1, 1])
async def test_another_amount_settles_nothing_at_all(db: Connection, off_by_fen: int) -> None:
    """One fen too much or too little breaks off the whole batch, with the pair beside it that was right."""
    await settle_down(db, [FIRST, SECOND])
    line_ids, notice_ids = await lines(db, FIRST.fen + off_by_fen, SECOND.fen), await notices(db)
    before = await count(db), await state_of(db)

    with pytest.raises(PostingError, match="2 lines were to settle, 1 notices"):
        async with db.transaction():
            await posting.settle(db, list(zip(line_ids, notice_ids, strict=True)))

    assert before == (await count(db), await state_of(db))


async def test_a_debit_pays_nothing(db: Connection) -> None:
    """Only money that came in settles, whatever its amount."""
    await settle_down(db, [FIRST])
    (line_id,) = await lines(db, FIRST.fen, direction="debit")

    with pytest.raises(PostingError):
        async with db.transaction():
            await posting.settle(db, [(line_id, (await notices(db))[0])])


async def test_money_of_another_currency_pays_nothing(db: Connection) -> None:
    """A thousand dollars are no thousand yuan."""
    await settle_down(db, [FIRST])
    (line_id,) = await lines(db, FIRST.fen)
    await db.execute("UPDATE bank_line SET currency = 'USD'")

    with pytest.raises(PostingError):
        await posting.settle(db, [(line_id, (await notices(db))[0])])


async def test_a_notice_is_never_paid_twice(db: Connection) -> None:
    """Neither by two lines of one batch, nor by a later one."""
    await settle_down(db, [FIRST])
    line_ids, (notice_id,) = await lines(db, FIRST.fen, FIRST.fen), await notices(db)
    with pytest.raises(PostingError):
        async with db.transaction():
            await posting.settle(db, [(line_id, notice_id) for line_id in line_ids])

    await posting.settle(db, [(line_ids[0], notice_id)])
    with pytest.raises(PostingError):
        async with db.transaction():
            await posting.settle(db, [(line_ids[1], notice_id)])
    assert 1 == (await count(db))["settlement"]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE order_line SET amount_fen = amount_fen + 1 WHERE order_id = 1 AND person_id = 1",
        "DELETE FROM order_line WHERE order_id = 1 AND person_id = 1",
        "UPDATE remittance_order SET total_fen = total_fen + 1 WHERE id = 1",
        "UPDATE remittance_order SET state = 'cancelled' WHERE id = 1",
        # Two wrongs that would make a right if only the batch were summed.
        "UPDATE order_line SET amount_fen = amount_fen + CASE order_id WHEN 1 THEN 1 ELSE -1 END WHERE person_id = 1",
        "UPDATE remittance_order SET total_fen = total_fen + CASE id WHEN 1 THEN 1 ELSE -1 END",
    ],
)
async def test_an_order_that_does_not_add_up_is_not_credited(db: Connection, damage: str) -> None:
    """What the notice asks, the order says and the ledgers get is one sum, or nothing is written (I4)."""
    await settle_down(db, [FIRST, SECOND])
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")
        await db.execute(damage)
    line_ids, notice_ids = await lines(db, FIRST.fen, SECOND.fen), await notices(db)

    with pytest.raises(PostingError):
        async with db.transaction():
            await posting.settle(db, list(zip(line_ids, notice_ids, strict=True)))

    assert 0 == (await count(db))["ledger_entry"]


CASE = Case(
    line_id=1,
    kind="refund",
    reason="AMOUNT_SHORT",
    employer_code="75256",
    proposed_memo=None,
)


async def test_a_case_keeps_where_the_money_came_from(db: Connection) -> None:
    """Payer, account, bank, amount and reason; the employer that the memo names may see it; a refund is told."""
    await settle_down(db, [FIRST])
    (line_id,) = await lines(db, FIRST.fen)

    await posting.open_cases(db, [attrs.evolve(CASE, line_id=line_id)])

    row = await db.fetchrow("SELECT * FROM line_case")
    assert row is not None
    assert (line_id, "refund", "AMOUNT_SHORT", None) == (
        row["line_id"],
        row["kind"],
        row["reason"],
        row["proposed_memo"],
    )
    assert ("credit", FIRST.fen, "CNY", "付款人", "6228", "103") == (
        row["direction"],
        row["amount_fen"],
        row["currency"],
        row["payer_name"],
        row["payer_account"],
        row["payer_bank"],
    )
    assert ("open", 1) == (row["state"], row["employer_id"])
    told = await db.fetchrow("SELECT type, body FROM outbox")
    assert told is not None
    assert ("refund.flagged.v1", "AMOUNT_SHORT", "1501.50") == (
        told["type"],
        told["body"]["reason"],
        told["body"]["amount"],
    )


@pytest.mark.parametrize(
    ("kind", "employer_code", "events"), [("hold", "75256", 0), ("refund", "99999", 1), ("refund", None, 1)]
)
async def test_a_hold_is_told_to_nobody_and_an_unknown_employer_owns_no_case(
    db: Connection, kind: str, employer_code: str | None, events: int
) -> None:
    """Only a refund is flagged; a case whose memo names nobody is the bureau's alone."""
    await settle_down(db, [FIRST])
    (line_id,) = await lines(db, FIRST.fen)

    await posting.open_cases(db, [attrs.evolve(CASE, line_id=line_id, kind=kind, employer_code=employer_code)])

    assert events == (await count(db))["outbox"]
    assert (1 if employer_code == "75256" else None) == await db.fetchval("SELECT employer_id FROM line_case")


async def opened(
    db: Connection, *, employer_code: str | None = "75256", fen: int = FIRST.fen, **line: str
) -> tuple[int, int]:
    """Open a case, and give it and the notice that waits."""
    await settle_down(db, [FIRST])
    (line_id,) = await lines(db, fen, **line)
    await posting.open_cases(db, [attrs.evolve(CASE, line_id=line_id, employer_code=employer_code)])
    return await db.fetchval("SELECT id FROM line_case"), (await notices(db))[0]


async def test_a_person_assigns_a_case_to_the_notice_it_was_meant_for(db: Connection) -> None:
    """It settles as an exact line would; the case is over, and no second assignment is possible."""
    case_id, notice_id = await opened(db)

    assert 3 == await posting.assign(db, case_id, notice_id)

    assert "assigned" == await db.fetchval("SELECT state FROM line_case")
    assert "paid" == await db.fetchval("SELECT state FROM payment_notice")
    assert FIRST.fen == await db.fetchval("SELECT sum(amount_fen) FROM ledger_entry")
    with pytest.raises(NotAssignableError) as refused:
        await posting.assign(db, case_id, notice_id)
    assert "CASE_NOT_OPEN" == refused.value.violation.code


@pytest.mark.parametrize(("named", "reason"), [("75256", "notice/1"), ("10160", ""), (None, "notice/1")])
async def test_an_assigned_case_stays_that_of_whom_the_memo_names(
    db: Connection, named: str | None, reason: str
) -> None:
    """The employer that is credited learns nothing of another's memo, nor that one whose notice it became."""
    await fund.register(db, 2, "10160")
    case_id, notice_id = await opened(db, employer_code=named)
    before = await db.fetchval("SELECT employer_id FROM line_case")

    await posting.assign(db, case_id, notice_id)

    assert (named is None, before) == (before is None, await db.fetchval("SELECT employer_id FROM line_case"))
    told = await db.fetch("SELECT employer_id, reason FROM audit_event WHERE to_state = 'assigned'")
    assert [(before, reason)] == [tuple(each) for each in told]


@pytest.mark.parametrize(
    ("changes", "damage", "code"),
    [
        ({"direction": "debit"}, "", "CASE_NOT_OPEN"),
        ({}, "UPDATE line_case SET state = 'batched'", "CASE_NOT_OPEN"),
        ({"fen": FIRST.fen - 1}, "", "PAID_AMOUNT_DIFFERS"),
        ({"currency": "USD"}, "", "CURRENCY_DIFFERS"),
        ({}, "UPDATE payment_notice SET state = 'cancelled', decided_at = now()", "NOTICE_NOT_OPEN"),
    ],
)
async def test_what_does_not_fit_is_not_assigned(
    db: Connection, changes: dict[str, Any], damage: str, code: str
) -> None:
    """An exact amount and an open notice settle, for a person as for the machine (I36)."""
    case_id, notice_id = await opened(db, **changes)
    if damage:
        await db.execute(damage)

    with pytest.raises(NotAssignableError) as refused:
        await posting.assign(db, case_id, notice_id)

    assert code == refused.value.violation.code
    assert 0 == (await count(db))["ledger_entry"]


@pytest.mark.parametrize(("case", "notice"), [(404, 1), (1, 404)])
async def test_what_is_not_there_is_not_assigned(db: Connection, case: int, notice: int) -> None:
    """A number that nobody has is refused like one that does not fit."""
    await opened(db)
    with pytest.raises(NotAssignableError):
        await posting.assign(db, case, notice)
