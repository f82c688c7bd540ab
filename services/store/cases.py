"""Cases: every credit that did not settle, and what a person must look at; lists, sums, and which notice was meant.

A case is opened by posting.open_cases and moved by posting.assign and by refunds; here it is only read. Whose cases are
seen is the role's: an employer sees those whose memo names it.
"""

from datetime import date, datetime
from enum import Enum
from typing import Any, Final

import attrs
from asyncpg import Record

from libsubsidy import Direction, Memo, Money
from services.store.database import Connection, Role, looking_as
from services.store.refusals import absent

CASES_PER_PAGE_MAX: Final = 201
CANDIDATES_MAX: Final = 50

_COLUMNS: Final = """c.id, c.line_id, c.kind, c.reason, c.state, c.direction, c.amount_fen, c.currency, c.payer_name,
    c.payer_account, c.payer_bank, c.employer_id, c.proposed_memo, c.opened_at"""


class CaseStage(Enum):
    """The states of a case in the store: libsubsidy.CaseState, and closed for a debit that was looked at."""

    OPEN = "open"
    ASSIGNED = "assigned"
    BATCHED = "batched"
    APPROVED = "approved"
    SENT = "sent"
    COMPLETED = "completed"
    RETURNED = "returned"
    CLOSED = "closed"


# Nobody waits for anything any more.
OVER: Final = frozenset({CaseStage.ASSIGNED, CaseStage.COMPLETED, CaseStage.CLOSED})


class CaseKind(Enum):
    """Money to send back, or a line that waits for a person."""

    REFUND = "refund"
    HOLD = "hold"


@attrs.frozen(kw_only=True)
class CaseFilter:
    """Which cases; None takes all."""

    state: CaseStage | None = None
    kind: CaseKind | None = None
    reason: str | None = None
    employer_id: int | None = None


@attrs.frozen(kw_only=True)
class LineCase:
    """A case, and the employer that its memo names.

    Attributes:
        kind: refund or hold.
        reason: libsubsidy.RefundReason or HoldReason.
        amount: of the bank's line, in its own currency.
        employer_id: whom the memo names, exactly or probably; None when it names nobody.
        proposed_memo: what a near miss was probably meant to be.
    """

    id: int
    line_id: int
    kind: CaseKind
    reason: str
    state: CaseStage
    direction: Direction
    amount: Money
    currency: str
    payer_name: str
    payer_account: str
    payer_bank: str
    employer_id: int | None
    employer_code: str | None
    employer_name: str | None
    proposed_memo: str | None
    opened_at: datetime


@attrs.frozen(kw_only=True)
class CaseSum:
    """What the cases of one kind, reason, direction and currency come to."""

    kind: CaseKind
    reason: str
    direction: Direction
    currency: str
    cases: int
    amount: Money


@attrs.frozen(kw_only=True)
class CaseLine:
    """What the bank said, and what was decided about it (libsubsidy.explain_record)."""

    booked: date
    memo: str
    decision: dict[str, Any]


@attrs.frozen(kw_only=True)
class Candidate:
    """A notice that waits for exactly a case's amount.

    Attributes:
        proposed: its memo is the one that the payer probably meant.
        named: it belongs to the employer that the payer's memo names.
    """

    notice_id: int
    memo: Memo
    amount: Money
    employer_id: int
    employer_code: str
    employer_name: str
    created_at: datetime
    proposed: bool
    named: bool


async def matching(
    connection: Connection, wanted: CaseFilter, *, after: int = 0, limit: int = CASES_PER_PAGE_MAX
) -> tuple[LineCase, ...]:
    """Return cases, oldest first, from after an id on."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}, e.code AS employer_code, e.name AS employer_name
        FROM line_case c LEFT JOIN employer e ON e.id = c.employer_id
        WHERE ($1::text IS NULL OR c.state = $1) AND ($2::text IS NULL OR c.kind = $2)
          AND ($3::text IS NULL OR c.reason = $3) AND ($4::bigint IS NULL OR c.employer_id = $4) AND c.id > $5
        ORDER BY c.id LIMIT $6
        """,
        *_asked(wanted),
        after,
        min(limit, CASES_PER_PAGE_MAX),
    )
    return tuple(_case(row) for row in rows)


async def sums(connection: Connection, wanted: CaseFilter) -> tuple[CaseSum, ...]:
    """Count and sum such cases by kind, reason, direction and currency; the largest sums of each kind first."""
    rows = await connection.fetch(
        """
        SELECT kind, reason, direction, currency, count(*) AS cases, sum(amount_fen)::bigint AS amount_fen
        FROM line_case
        WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR kind = $2)
          AND ($3::text IS NULL OR reason = $3) AND ($4::bigint IS NULL OR employer_id = $4)
        GROUP BY kind, reason, direction, currency ORDER BY kind DESC, sum(amount_fen) DESC, reason, direction, currency
        """,
        *_asked(wanted),
    )
    return tuple(
        CaseSum(
            kind=CaseKind(row["kind"]),
            reason=row["reason"],
            direction=Direction(row["direction"]),
            currency=row["currency"],
            cases=row["cases"],
            amount=Money(fen=row["amount_fen"]),
        )
        for row in rows
    )


async def get(connection: Connection, case_id: int) -> LineCase:
    """Return a case.

    Raises:
        RefusedError: ABSENT, also for one that names another employer (I31).
    """
    row = await connection.fetchrow(
        f"""
        SELECT {_COLUMNS}, e.code AS employer_code, e.name AS employer_name
        FROM line_case c LEFT JOIN employer e ON e.id = c.employer_id WHERE c.id = $1
        """,
        case_id,
    )
    if row is None:
        raise absent("待处理款项", "case", case_id)
    return _case(row)


async def line_of(connection: Connection, case: LineCase) -> CaseLine:
    """Return what the bank said of a case that the asker may see, and why it did not settle.

    An employer reads no lines of the bank; of the line of a case that names it, it may know what was written and decided.
    """
    async with looking_as(connection, Role.BUREAU):
        row = await connection.fetchrow("SELECT booked, memo, decision FROM bank_line WHERE id = $1", case.line_id)
    assert row is not None  # noqa: S101 -- the case refers to it.
    return CaseLine(booked=row["booked"], memo=row["memo"], decision=row["decision"])


async def candidates(connection: Connection, case: LineCase) -> tuple[Candidate, ...]:
    """Return the notices that a person may assign a case to: those that wait for exactly its amount (I36).

    First the one that the payer probably meant, then those of the employer that the memo names, then the newest. A case
    that cannot be assigned has none.
    """
    if case.state is not CaseStage.OPEN or case.direction is not Direction.CREDIT:
        return ()
    rows = await connection.fetch(
        """
        SELECT n.id, n.employer_id, n.employer_code, n.order_code, n.amount_fen, n.created_at, e.name,
               coalesce(n.employer_code || 'x' || n.order_code || 'o' = $3, false) AS proposed,
               coalesce(n.employer_id = $4, false) AS named
        FROM payment_notice n JOIN employer e ON e.id = n.employer_id
        WHERE n.state = 'awaiting' AND n.amount_fen = $1 AND n.currency = $2
        ORDER BY proposed DESC, named DESC, n.id DESC LIMIT $5
        """,
        case.amount.fen,
        case.currency,
        case.proposed_memo,
        case.employer_id,
        CANDIDATES_MAX,
    )
    return tuple(
        Candidate(
            notice_id=row["id"],
            memo=Memo(employer_code=row["employer_code"], order_code=row["order_code"]),
            amount=Money(fen=row["amount_fen"]),
            employer_id=row["employer_id"],
            employer_code=row["employer_code"],
            employer_name=row["name"],
            created_at=row["created_at"],
            proposed=row["proposed"],
            named=row["named"],
        )
        for row in rows
    )


def _asked(wanted: CaseFilter) -> tuple[str | int | None, ...]:
    return (
        None if wanted.state is None else wanted.state.value,
        None if wanted.kind is None else wanted.kind.value,
        wanted.reason,
        wanted.employer_id,
    )


def _case(row: Record) -> LineCase:
    facts = dict(row)
    return LineCase(
        kind=CaseKind(facts.pop("kind")),
        state=CaseStage(facts.pop("state")),
        direction=Direction(facts.pop("direction")),
        amount=Money(fen=facts.pop("amount_fen")),
        **facts,
    )
