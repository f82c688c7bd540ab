"""One line of the bank with everything that hangs on it: where it came from, why it was decided so, what became of it."""

from datetime import date, datetime
from typing import Any

import attrs

from libsubsidy import Direction, Memo, Money
from services.store.cases import CaseStage
from services.store.database import Connection
from services.store.refusals import absent


@attrs.frozen(kw_only=True)
class LineSettlement:
    """The notice that a line paid.

    Attributes:
        settled_by: the reconciler, or the person who confirmed an assignment.
    """

    notice_id: int
    memo: Memo
    employer_id: int
    settled_at: datetime
    settled_by: str


@attrs.frozen(kw_only=True)
class LineDetail:
    """A line of the bank.

    Attributes:
        account: number of the fund's account; `account_name` its name.
        occurrence: 0, or which of several equal lines of a day it is.
        memo: the payer's words; `raw_memo` is what the bank made of them, None when it added nothing.
        disposition: settled, refund, hold or other, as decided when it came.
        decision: the record of the decision (libsubsidy.explain_record).
        case_id: the case that was opened for it.
        settlement: the notice that it paid, at once or by an assignment.
    """

    id: int
    statement_id: int
    filename: str
    ordinal: int
    account: str
    account_name: str
    occurrence: int
    booked: date
    bank_ref: str
    direction: Direction
    amount: Money
    currency: str
    memo: str
    raw_memo: str | None
    payer_name: str
    payer_account: str
    payer_bank: str
    disposition: str
    decision: dict[str, Any]
    case_id: int | None
    case_state: CaseStage | None
    settlement: LineSettlement | None


async def get(connection: Connection, line_id: int) -> LineDetail:
    """Return a line.

    Raises:
        RefusedError: ABSENT.
    """
    row = await connection.fetchrow(
        """
        SELECT b.id, b.statement_id, s.filename, b.ordinal, a.number AS account, a.name AS account_name, b.occurrence,
               b.booked, b.bank_ref, b.direction, b.amount_fen, b.currency, b.memo, b.raw_memo, b.payer_name,
               b.payer_account, b.payer_bank, b.disposition, b.decision, c.id AS case_id, c.state AS case_state,
               n.id AS notice_id, n.employer_id, n.employer_code, n.order_code, p.settled_at, p.settled_by
        FROM bank_line b JOIN statement s ON s.id = b.statement_id JOIN bank_account a ON a.id = b.account_id
        LEFT JOIN line_case c ON c.line_id = b.id
        LEFT JOIN allocation l ON l.line_id = b.id
        LEFT JOIN settlement p ON p.notice_id = l.notice_id
        LEFT JOIN payment_notice n ON n.id = l.notice_id
        WHERE b.id = $1
        """,
        line_id,
    )
    if row is None:
        raise absent("银行流水", "bank line", line_id)
    facts = dict(row)
    paid = {name: facts.pop(name) for name in ("notice_id", "employer_id", "settled_at", "settled_by")}
    code, order_code = facts.pop("employer_code"), facts.pop("order_code")
    settlement = None
    if paid["notice_id"] is not None:
        settlement = LineSettlement(memo=Memo(employer_code=code, order_code=order_code), **paid)
    return LineDetail(
        direction=Direction(facts.pop("direction")),
        amount=Money(fen=facts.pop("amount_fen")),
        case_state=None if (stage := facts.pop("case_state")) is None else CaseStage(stage),
        settlement=settlement,
        **facts,
    )
