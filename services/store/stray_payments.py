"""Money that came and did not settle, as the employer sees it whom the payer's memo names (F104, F105).

Which cases an employer sees is row security's to say. Of the bank's lines it reads nothing else than what was written and
decided on the lines of these.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

import attrs

from libsubsidy import Memo, Money, memo_key
from services.store.cases import CaseKind, CaseStage
from services.store.database import Connection, Role, looking_as

STRAYS_MAX: Final = 50


@attrs.frozen(kw_only=True)
class StrayPayment:
    """One payment.

    Attributes:
        reason: libsubsidy.RefundReason or HoldReason.
        state: what has been done about it.
        proposed_memo: what a near miss was probably meant to be.
        memo: the payer's words.
        booked: the bank's day.
        decision: libsubsidy.explain_record reads it.
    """

    case_id: int
    kind: CaseKind
    reason: str
    state: CaseStage
    amount: Money
    currency: str
    payer_name: str
    proposed_memo: str | None
    opened_at: datetime
    memo: str
    booked: date
    decision: Mapping[str, Any]


async def of_employer(connection: Connection, employer_id: int, *, limit: int = STRAYS_MAX) -> tuple[StrayPayment, ...]:
    """Return those that are still on their way first, then the others, each from the newest on."""
    rows = await connection.fetch(
        """
        SELECT id, line_id, kind, reason, state, amount_fen, currency, payer_name, proposed_memo, opened_at
        FROM line_case WHERE employer_id = $1 AND direction = 'credit'
        ORDER BY state IN ('assigned', 'completed', 'closed'), id DESC LIMIT $2
        """,
        employer_id,
        min(limit, STRAYS_MAX),
    )
    if not rows:
        return ()  # As nearly always: nothing is looked at with other eyes.
    async with looking_as(connection, Role.BUREAU):
        found = await connection.fetch(
            "SELECT id, memo, booked, decision FROM bank_line WHERE id = ANY ($1)", [row["line_id"] for row in rows]
        )
    lines = {line["id"]: line for line in found}
    return tuple(
        StrayPayment(
            case_id=row["id"],
            kind=CaseKind(row["kind"]),
            reason=row["reason"],
            state=CaseStage(row["state"]),
            amount=Money(fen=row["amount_fen"]),
            currency=row["currency"],
            payer_name=row["payer_name"],
            proposed_memo=row["proposed_memo"],
            opened_at=row["opened_at"],
            memo=lines[row["line_id"]]["memo"],
            booked=lines[row["line_id"]]["booked"],
            decision=lines[row["line_id"]]["decision"],
        )
        for row in rows
    )


def names_of(strays: Iterable[StrayPayment]) -> Mapping[int, Memo]:
    """Return the memos that payments name, exactly or probably, by case."""
    return {each.case_id: memo for each in strays if (memo := _name(each)) is not None}


def _name(stray: StrayPayment) -> Memo | None:
    key = memo_key(stray.proposed_memo or stray.memo)
    return None if key is None else Memo(employer_code=key[0], order_code=key[1])


def meant_for(strays: tuple[StrayPayment, ...], memo: Memo) -> tuple[StrayPayment, ...]:
    """Return those that name a notice, exactly or probably."""
    text = str(memo)
    return tuple(each for each in strays if each.memo.startswith(text) or each.proposed_memo == text)
