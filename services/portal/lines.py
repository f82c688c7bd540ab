"""Lines of the bank: the decision about each, check by check, and the way to say what a line was meant for."""

from datetime import date, datetime

import attrs

from libsubsidy import Direction, Explanation, Memo, Money, explain_record
from services.portal.assignments import AssignmentView, assignment_view
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.roles import AUDITORS, FINANCE, MAKERS
from services.portal.wire import Id
from services.store import case_assignments, line_details
from services.store.cases import CaseStage
from services.store.line_details import LineDetail
from services.store.refusals import refuse

lines = Endpoints(tag="银行流水 lines")


@attrs.frozen(kw_only=True)
class LineStatement:
    """The file that brought a line first.

    Attributes:
        ordinal: the line's place in the file, from 0.
    """

    id: Id
    filename: str
    ordinal: int


@attrs.frozen(kw_only=True)
class LineAccount:
    """The fund's account."""

    number: str
    name: str


@attrs.frozen(kw_only=True)
class LinePayer:
    """The other side of a line, as the bank named it."""

    name: str
    account: str
    bank: str


@attrs.frozen(kw_only=True)
class LineCaseView:
    """The case that was opened for a line."""

    id: Id
    state: CaseStage


@attrs.frozen(kw_only=True)
class LineSettlementView:
    """The notice that a line paid.

    Attributes:
        settled_by: the reconciler, or whoever confirmed its assignment.
    """

    notice_id: Id
    memo: Memo
    employer_id: Id
    settled_at: datetime
    settled_by: str


@attrs.frozen(kw_only=True)
class LineView:
    """A line of the bank with all that hangs on it.

    Attributes:
        occurrence: 0, or which of several equal lines of one day it is.
        booked: the bank's day.
        bank_ref: the bank's own number; empty when it gives none.
        memo: the payer's words.
        raw_memo: what the bank made of them; null when it added nothing.
        disposition: ``settled``, ``refund``, ``hold`` or ``other``, as decided when it came.
        decision: the verdict, every check that was run, in order, and what is wrong with the memo.
        case: null when the line settled at once or is no remittance.
        assignments: what people tried with it, newest first.
    """

    id: Id
    statement: LineStatement
    account: LineAccount
    occurrence: int
    booked: date
    bank_ref: str
    direction: Direction
    amount: Money
    currency: str
    memo: str
    raw_memo: str | None
    payer: LinePayer
    disposition: str
    decision: Explanation
    case: LineCaseView | None
    settlement: LineSettlementView | None
    assignments: tuple[AssignmentView, ...]


@attrs.frozen(kw_only=True)
class NewAssignment:
    """What the money of a line was meant for.

    Attributes:
        notice_id: a notice that waits for exactly the line's amount.
        note: why; the second person reads it.
    """

    notice_id: Id
    note: str


@lines.get("/lines/{line_id}", who=FINANCE | AUDITORS, scope="statements:read")
async def shown(call: Call, line_id: int) -> LineView:
    """Show a line and the decision about it, check by check, in both languages."""
    line = await line_details.get(call.connection, line_id)
    tried = () if line.case_id is None else await case_assignments.of_case(call.connection, line.case_id)
    return LineView(
        id=Id(line.id),
        statement=LineStatement(id=Id(line.statement_id), filename=line.filename, ordinal=line.ordinal),
        account=LineAccount(number=line.account, name=line.account_name),
        occurrence=line.occurrence,
        booked=line.booked,
        bank_ref=line.bank_ref,
        direction=line.direction,
        amount=line.amount,
        currency=line.currency,
        memo=line.memo,
        raw_memo=line.raw_memo,
        payer=LinePayer(name=line.payer_name, account=line.payer_account, bank=line.payer_bank),
        disposition=line.disposition,
        decision=explain_record(line.decision),
        case=_case(line),
        settlement=_settlement(line),
        assignments=tuple(assignment_view(each) for each in tried),
    )


@lines.post(
    "/lines/{line_id}/assign",
    who=MAKERS,
    scope="assignments:write",
    status=202,
    location="/assignments/{id}",
    creates=True,
)
async def assign(call: Call, line_id: int, body: NewAssignment) -> AssignmentView:
    """Ask for a line's money to pay a notice; another person confirms it."""
    line = await line_details.get(call.connection, line_id)
    if line.case_id is None:
        raise refuse("CASE_NOT_OPEN/line", line=line_id)
    return assignment_view(await case_assignments.ask(call.connection, line.case_id, body.notice_id, body.note))


def _case(line: LineDetail) -> LineCaseView | None:
    if line.case_id is None or line.case_state is None:
        return None
    return LineCaseView(id=Id(line.case_id), state=line.case_state)


def _settlement(line: LineDetail) -> LineSettlementView | None:
    if line.settlement is None:
        return None
    return LineSettlementView(
        notice_id=Id(line.settlement.notice_id),
        memo=line.settlement.memo,
        employer_id=Id(line.settlement.employer_id),
        settled_at=line.settlement.settled_at,
        settled_by=line.settlement.settled_by,
    )
