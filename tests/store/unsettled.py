"""Money that came and did not settle, as the reconciler leaves it: a line with its decision, and the case opened for it."""

from datetime import date
from itertools import count
from typing import Any

from libsubsidy import BankLine, Direction, Found, FoundNotice, Hold, Money, Policy, decide, memo_key, to_record
from services.store import bank_lines, posting
from services.store.database import Connection, acting
from services.store.posting import Case
from tests.store.fund import WORKER

_ordinals = count()


async def flag(connection: Connection, amount: Money, memo: str, **facts: Any) -> int:
    """Let a credit of this amount and memo come that the rules do not settle; return the case's id."""
    line = BankLine(
        amount=amount,
        direction=facts.get("direction", Direction.CREDIT),
        currency=facts.get("currency", "CNY"),
        memo=memo,
        payer_name=facts.get("payer_name", "某单位"),
        payer_account=facts.get("payer_account", "6222021234567890"),
        reversal=facts.get("reversal", False),
    )
    key = memo_key(memo)
    found: dict[tuple[str, str], FoundNotice] = {}
    if key is not None:
        found = await bank_lines.find_notices(connection, [key])
    known = key is not None and bool(await bank_lines.employers_among(connection, [key[0]]))
    decision = decide(line, Found(employer_known=known, notice=found.get(key) if key else None), Policy())
    kind = "hold" if isinstance(decision.outcome, Hold) else "refund"
    line_id = await _booked(connection, line, kind, to_record(decision))
    proposal = None if decision.proposal is None else str(decision.proposal)
    named = key[0] if key is not None else proposal and proposal[:5]
    async with acting(connection, WORKER):
        await posting.open_cases(
            connection,
            [
                Case(
                    line_id=line_id,
                    kind=kind,
                    reason=to_record(decision)["reason"],
                    employer_code=named or None,
                    proposed_memo=proposal,
                )
            ],
        )
    case_id: int = await connection.fetchval("SELECT id FROM line_case WHERE line_id = $1", line_id)
    return case_id


async def _booked(connection: Connection, line: BankLine, disposition: str, decision: dict[str, Any]) -> int:
    ordinal = next(_ordinals)
    line_id: int = await connection.fetchval(
        """
        WITH account AS (
            INSERT INTO bank_account (number, name, source, proven_closing_fen) VALUES ('4405', '专户', 'test', 0)
            ON CONFLICT ON CONSTRAINT bank_account_number_once DO UPDATE SET name = excluded.name RETURNING id),
        statement AS (
            INSERT INTO statement (source, sha256, filename, size_bytes, received_from)
            VALUES ('test', '\\x00', 'day.ofx', 1, 'test')
            ON CONFLICT ON CONSTRAINT statement_once DO UPDATE SET filename = excluded.filename RETURNING id)
        INSERT INTO bank_line (account_id, fingerprint, occurrence, statement_id, ordinal, booked, bank_ref, direction,
            amount_fen, currency, memo, payer_name, payer_account, payer_bank, disposition, decision)
        SELECT account.id, $1, 0, statement.id, $2, $3, '', $4, $5, $6, $7, $8, $9, '', $10, $11 FROM account, statement
        RETURNING id
        """,
        ordinal.to_bytes(16, "big"),
        ordinal,
        date(2020, 9, 15),
        line.direction.value,
        line.amount.fen,
        line.currency,
        line.memo,
        line.payer_name,
        line.payer_account,
        disposition,
        decision,
    )
    return line_id
