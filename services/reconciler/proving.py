"""Prove a statement before a single line of it counts.

A payer writes the memo, and a bank that does not escape it would let a memo forge lines. So a statement is believed only
when it is complete, when its account is one of the bureau's, when it comes from the one source that is believed for that
account, and when the money adds up twice:

- within the file: opening + credits - debits = closing, where the file says so (I37);
- from file to file: the account's last proven closing + the lines that are new = this closing.

What contradicts itself is refused. What cannot be proven, and what a person uploaded (policy), waits until another
person releases it; a statement that only misses the one before it is examined again as soon as that one is through.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

import attrs

from libsubsidy import Money, Policy, Violation
from services.reconciler.findings import finding
from services.store.accounts import BankAccount
from services.store.releases import Seen
from services.store.staging import Sums

# What no person can let through: the lines of one account would be taken for another's.
_NEVER_RELEASED = frozenset({"STATEMENT_SEVERAL_ACCOUNTS"})


@attrs.frozen(kw_only=True)
class Claims:
    """What the statement says of itself, as the reader found it; balances are signed."""

    account: str
    currency: str
    first_booked: date | None
    last_day: date | None
    opening_fen: int | None
    closing_fen: int | None
    closing_day: date | None
    lines: int
    credit_fen: int
    debit_fen: int
    holds: tuple[Violation, ...]


@attrs.frozen(kw_only=True)
class Proven:
    """Every line may be matched; the account's balance goes on from here."""

    closing_fen: int
    through: date | None


@attrs.frozen(kw_only=True)
class Held:
    """Waits for another person, or only for the statement before it."""

    findings: tuple[Violation, ...]
    waits_for_gap: bool


@attrs.frozen(kw_only=True)
class Refused:
    """Wrong as a whole."""

    findings: tuple[Violation, ...]


Proof: TypeAlias = Proven | Held | Refused


def examine(
    claims: Claims,
    account: BankAccount | None,
    sums: Sums,
    *,
    source: str,
    uploaded_by: str | None,
    released: Collection[Seen],
    policy: Policy,
) -> Proof:
    """Prove one statement against itself and against its account.

    A release lets through what could not be proven and what the person who released it saw (`released`): a gap of
    another size, because another statement came in between, is seen again. It lets nothing through that contradicts
    itself, and no file whose account is unknown, because its money would belong nowhere.
    """
    wrong = _wrong(claims)
    if wrong:
        return Refused(findings=wrong)
    if account is None:
        return Held(findings=(finding("ACCOUNT_UNKNOWN", account=claims.account),), waits_for_gap=False)

    gap = _gap(claims, account, sums)
    reasons = _unproven(claims, account, source)
    if uploaded_by is not None and policy.upload_needs_release:
        reasons.append(finding("UPLOADED_BY_PERSON", person=uploaded_by))
    if gap is not None:
        reasons.append(gap)
    unseen = [reason for reason in reasons if (reason.code, dict(reason.params)) not in released]
    if unseen:
        return Held(findings=tuple(reasons), waits_for_gap=unseen == [gap])
    return Proven(closing_fen=_goes_on_from(claims, account, sums), through=claims.last_day or claims.closing_day)


def _goes_on_from(claims: Claims, account: BankAccount, sums: Sums) -> int:
    """The balance from which the next statement must go on.

    A file without new lines moves nothing, whatever its closing balance: it may be an old one. Nor does one that ends
    before the day to which the account is proven, and was released: that later balance has its lines in it.
    """
    last_day = claims.closing_day or claims.last_day
    older = last_day is not None and account.proven_through is not None and last_day < account.proven_through
    if sums.new_lines == 0 or older:
        return account.proven_closing_fen
    return account.proven_closing_fen + sums.new_fen if claims.closing_fen is None else claims.closing_fen


def _wrong(claims: Claims) -> tuple[Violation, ...]:
    wrong = [hold for hold in claims.holds if hold.code in _NEVER_RELEASED]
    contradiction = _contradiction(claims)
    return (*wrong, contradiction) if contradiction is not None else tuple(wrong)


def _unproven(claims: Claims, account: BankAccount, source: str) -> list[Violation]:
    reasons = list(claims.holds)
    if source != account.source:
        reasons.append(
            finding("SOURCE_NOT_AUTHORITATIVE", account=account.number, source=source, expected=account.source)
        )
    if claims.currency != account.currency:
        reasons.append(
            finding("STATEMENT_CURRENCY", account=account.number, found=claims.currency, expected=account.currency)
        )
    if claims.closing_fen is None:
        reasons.append(finding("STATEMENT_WITHOUT_BALANCE", account=account.number))
    return reasons


def _contradiction(claims: Claims) -> Violation | None:
    if claims.opening_fen is None or claims.closing_fen is None:
        return None
    expected_fen = claims.opening_fen + claims.credit_fen - claims.debit_fen
    if expected_fen == claims.closing_fen:
        return None
    return Violation.of(
        "STATEMENT_DOES_NOT_BALANCE",
        opening=str(Money(fen=claims.opening_fen)),
        credits=str(Money(fen=claims.credit_fen)),
        debits=str(Money(fen=claims.debit_fen)),
        expected=str(Money(fen=expected_fen)),
        closing=str(Money(fen=claims.closing_fen)),
    )


def _gap(claims: Claims, account: BankAccount, sums: Sums) -> Violation | None:
    """Say how the balance fails to chain; a file without new lines changes nothing and needs no chain."""
    if claims.closing_fen is None or sums.new_lines == 0:
        return None
    expected_fen = account.proven_closing_fen + sums.new_fen
    if expected_fen == claims.closing_fen:
        return None
    return Violation.of(
        "STATEMENT_GAP",
        account=account.number,
        proven=str(Money(fen=account.proven_closing_fen)),
        through=account.proven_through.isoformat() if account.proven_through else "-",
        new=str(Money(fen=sums.new_fen)),
        expected=str(Money(fen=expected_fen)),
        closing=str(Money(fen=claims.closing_fen)),
    )


def claims_of(facts: Mapping[str, Any]) -> Claims:
    """Read back what the reader's stage stored (`reading.facts_record`)."""
    return Claims(
        account=facts["account"],
        currency=facts["currency"],
        first_booked=_day(facts["first_booked"]),
        last_day=_day(facts["last_day"]),
        opening_fen=facts["opening_fen"],
        closing_fen=facts["closing_fen"],
        closing_day=_day(facts["closing_day"]),
        lines=facts["lines"],
        credit_fen=facts["credit_fen"],
        debit_fen=facts["debit_fen"],
        holds=tuple(Violation(**hold) for hold in facts["holds"]),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def records(findings: Sequence[Violation]) -> list[dict[str, object]]:
    """Findings as they are stored: code, facts and both texts."""
    return [
        {"code": finding.code, "params": dict(finding.params), "zh": finding.zh, "en": finding.en}
        for finding in findings
    ]
