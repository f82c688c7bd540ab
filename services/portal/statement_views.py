"""What the API shows of statements and their lines."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import attrs

from libsubsidy import Direction, Money
from services.portal.decisions import FindingView, VerdictView, finding_view, verdict_view
from services.portal.masking import masked_account
from services.portal.wire import Id
from services.store.simulations import SimulatedLine
from services.store.statement_lists import ListedLine, ListedStatement, OutcomeGroup, Release, StatementState


@attrs.frozen(kw_only=True)
class ContentsView:
    """What a file says of itself.

    Attributes:
        account: the account it is a statement of, empty where it gives none.
        currency: of the account.
        first_day: first day covered.
        last_day: last day covered.
        opening: signed balance before the first line, null where the file gives none.
        closing: signed balance after the last line, null where the file gives none.
        closing_day: the day of that balance.
        lines: how many, whatever their currency.
        credit: sum of the credits in the account's own currency.
        debit: sum of the debits in the account's own currency, without sign.
    """

    account: str
    currency: str
    first_day: date | None
    last_day: date | None
    opening: Money | None
    closing: Money | None
    closing_day: date | None
    lines: int
    credit: Money
    debit: Money


@attrs.frozen(kw_only=True)
class ReleaseView:
    """Who let a held statement through.

    Attributes:
        by: such as ``user/17``.
        name: of that user; empty for whoever is none.
        note: why.
        findings: what that person saw.
    """

    by: str
    name: str
    at: datetime
    note: str
    findings: tuple[FindingView, ...]


@attrs.frozen(kw_only=True)
class StatementView:
    """A statement file and how far it is.

    Attributes:
        source: name of the bank profile.
        received_from: queue, command line or portal.
        uploaded_by: such as ``user/17``; null when a machine delivered it.
        uploaded_by_name: of that user.
        state: received (stored), staged (read), held (waits for another person or the statement before it), proven (being
            matched), reconciled, refused (wrong as a whole).
        waits_for_gap: held only until the statement before it has come.
        findings: why it is held or refused.
        contents: null before it was read.
        staged_lines: read so far, in all.
        matched_lines: decided so far; with staged_lines the progress.
        new_lines: of these, lines that the account did not have yet.
        finished_at: when it was reconciled or refused.
        version: of what was found; a release names the one that was seen.
        release: null while nobody released it.
    """

    id: Id
    source: str
    filename: str
    size_bytes: int
    received_from: str
    received_at: datetime
    uploaded_by: str | None
    uploaded_by_name: str
    state: StatementState
    waits_for_gap: bool
    findings: tuple[FindingView, ...]
    contents: ContentsView | None
    staged_lines: int
    matched_lines: int
    new_lines: int
    finished_at: datetime | None
    version: int
    release: ReleaseView | None


@attrs.frozen(kw_only=True)
class OutcomeView:
    """Lines with one fate.

    Attributes:
        disposition: settled, refund, hold or other; in a simulation known, too: the account has the line already.
        reason: stable name of why a refund or a hold, or which other kind of money; empty of what settled.
        direction: money in (credit) or out (debit).
        lines: how many.
        total: their sum; yuan and dollars, in and out, are never added up.
    """

    disposition: str
    reason: str
    direction: Direction
    currency: str
    lines: int
    total: Money


@attrs.frozen(kw_only=True)
class StatementDetail(StatementView):
    """A statement with what became of its lines.

    Attributes:
        outcomes: of the lines that this file brought, as decided when they came.
    """

    outcomes: tuple[OutcomeView, ...]


@attrs.frozen(kw_only=True)
class StatementLineView:
    """A line of a statement.

    Attributes:
        id: null while the statement is not proven; GET /lines/{id} shows the line with every check.
        ordinal: place in the file, from 0.
        booked: the bank's posting day.
        bank_ref: the bank's own number, empty where it gives none.
        direction: money in (credit) or out (debit).
        memo: the payer's words.
        payer_account: masked; whole in GET /lines/{id}.
        disposition: settled, refund, hold or other; null while it is not decided.
        verdict: why; null while it is not decided.
        notice_id: the notice that it paid, at once or by an assignment.
        case_id: the case that was opened for it.
        case_state: how far that is.
    """

    id: Id | None
    ordinal: int
    booked: date
    bank_ref: str
    direction: Direction
    amount: Money
    currency: str
    memo: str
    payer_name: str
    payer_account: str
    disposition: str | None
    verdict: VerdictView | None
    notice_id: Id | None
    case_id: Id | None
    case_state: str | None


@attrs.frozen(kw_only=True)
class SimulatedLineView:
    """A line of a simulated file, and what would become of it.

    Attributes:
        ordinal: place in the file, from 0.
        booked: the bank's posting day.
        direction: money in (credit) or out (debit).
        memo: the payer's words.
        payer_account: masked.
        disposition: settled, refund, hold, other, or known: the account has the line already.
        verdict: why; of a known line what was decided when it came.
        known_from: the statement that brought a known line.
    """

    ordinal: int
    booked: date
    direction: Direction
    amount: Money
    currency: str
    memo: str
    payer_name: str
    payer_account: str
    disposition: str
    verdict: VerdictView
    known_from: Id | None


def contents_view(facts: Mapping[str, Any]) -> ContentsView:
    """Give what the reader found, which is stored as JSON (`services/reconciler/reading.py`)."""
    return ContentsView(
        account=facts["account"],
        currency=facts["currency"],
        first_day=_day(facts["first_day"]),
        last_day=_day(facts["last_day"]),
        opening=_money(facts["opening_fen"]),
        closing=_money(facts["closing_fen"]),
        closing_day=_day(facts["closing_day"]),
        lines=facts["lines"],
        credit=Money(fen=facts["credit_fen"]),
        debit=Money(fen=facts["debit_fen"]),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _money(fen: int | None) -> Money | None:
    return None if fen is None else Money(fen=fen)


def statement_view(statement: ListedStatement) -> StatementView:
    """Give a statement in a list."""
    return StatementView(**_facts(statement))


def statement_detail(statement: ListedStatement, outcomes: list[OutcomeGroup]) -> StatementDetail:
    """Give one statement."""
    return StatementDetail(
        **_facts(statement),
        outcomes=tuple(
            OutcomeView(
                disposition=group.disposition,
                reason=group.reason,
                direction=group.direction,
                currency=group.currency,
                lines=group.lines,
                total=group.total,
            )
            for group in outcomes
        ),
    )


def _facts(statement: ListedStatement) -> dict[str, Any]:
    facts = {name: getattr(statement, name) for name in _UNCHANGED}
    return {
        **facts,
        "id": Id(statement.id),
        "findings": tuple(finding_view(found) for found in statement.findings),
        "contents": None if statement.facts is None else contents_view(statement.facts),
        "release": None if statement.release is None else _release(statement.release),
    }


_UNCHANGED = attrs.fields_dict(StatementView).keys() & attrs.fields_dict(ListedStatement).keys()


def _release(release: Release) -> ReleaseView:
    return ReleaseView(
        by=release.released_by,
        name=release.released_by_name,
        at=release.released_at,
        note=release.note,
        findings=tuple(finding_view(found) for found in release.findings),
    )


def line_view(line: ListedLine) -> StatementLineView:
    """Give a line in a list."""
    return StatementLineView(
        id=_id(line.id),
        ordinal=line.ordinal,
        booked=line.booked,
        bank_ref=line.bank_ref,
        direction=line.direction,
        amount=line.amount,
        currency=line.currency,
        memo=line.memo,
        payer_name=line.payer_name,
        payer_account=masked_account(line.payer_account),
        disposition=line.disposition,
        verdict=None if line.decision is None else verdict_view(line.decision),
        notice_id=_id(line.notice_id),
        case_id=_id(line.case_id),
        case_state=line.case_state,
    )


def simulated_line_view(line: SimulatedLine) -> SimulatedLineView:
    """Give a line of a simulated file."""
    return SimulatedLineView(
        ordinal=line.ordinal,
        booked=line.booked,
        direction=Direction(line.direction),
        amount=Money(fen=line.amount_fen),
        currency=line.currency,
        memo=line.memo,
        payer_name=line.payer_name,
        payer_account=masked_account(line.payer_account),
        disposition=line.disposition,
        verdict=verdict_view(line.decision),
        known_from=_id(line.known_from),
    )


def _id(number: int | None) -> Id | None:
    return None if number is None else Id(number)
