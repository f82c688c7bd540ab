"""Withdrawals as the API and the pages show them."""

from datetime import date, datetime

import attrs

from libsubsidy import Funds, Money, PayeeKind, WithdrawalReason, WithdrawalState
from services.portal.application_views import Applicant
from services.portal.masking import last_digits, masked_numbers
from services.portal.wire import Id
from services.store.withdrawal_payments import Payment
from services.store.withdrawals import STATES_ZH, WithdrawalApplication
from services.store.work_list import Ref, RefKind


@attrs.frozen(kw_only=True)
class WithdrawalHolder:
    """Whose money it is.

    Attributes:
        id: of the person, as in the lines of orders.
        id_number: with stars instead of the day of birth.
    """

    id: Id
    name: str
    id_number: str


@attrs.frozen(kw_only=True)
class WithdrawalView:
    """A withdrawal.

    Attributes:
        id: its number.
        application: its name among all applications, ``application-17``.
        state: until it is approved that of its application, then that of its payment.
        version: an act names the one it saw.
        employer: who asks.
        reason: code of the 支取原因.
        reason_zh: its name when it was asked for.
        to_heir: the employee has died, and an heir is paid.
        payee_account: in lists, and for whoever need not know it, the last four digits only.
        remark: 备注 of the employer.
        answer: why it was returned or rejected.
        note: why its payment failed, or why it was given back to the balance.
        approved_on: when it was approved.
        paid_on: the day on which the bank has booked it.
    """

    id: Id
    application: str
    state: WithdrawalState
    state_zh: str
    version: int
    employer: Applicant
    employee: WithdrawalHolder
    reason: str
    reason_zh: str
    to_heir: bool
    amount: Money
    payee_name: str
    payee_bank: str
    payee_account: str
    remark: str
    answer: str
    note: str
    asked_at: datetime
    approved_on: date | None
    paid_on: date | None


@attrs.frozen(kw_only=True)
class FundsView:
    """What an employee's account has, of money that a bank has seen.

    Attributes:
        credited: from remittances and back-payments, corrections counted.
        confirmed: openings that the bureau's finance has confirmed.
        withdrawn: what was paid out.
        reserved: what withdrawals in process keep for themselves.
        available: 可支取金额.
    """

    credited: Money
    confirmed: Money
    withdrawn: Money
    reserved: Money
    available: Money


@attrs.frozen(kw_only=True)
class ReasonView:
    """支取原因.

    Attributes:
        code: stable; two digits.
        payee: ``own`` for the employee's own account, ``heir`` when the employee has died.
        proof_zh: which papers prove it.
    """

    code: str
    zh: str
    en: str
    payee: PayeeKind
    proof_zh: str
    proof_en: str


@attrs.frozen(kw_only=True)
class PaymentView:
    """One try to pay a withdrawal.

    Attributes:
        state: paying, paid, failed, or bounced: it was paid and came back (退票).
        paid_by: who told the bank.
        booked: the bank's day.
        bank_reference: the bank's own number of it.
        reason: why it failed, or came back.
    """

    state: str
    amount: Money
    paid_by: str
    begun_at: datetime
    booked: date | None
    bank_reference: str
    reason: str
    ended_at: datetime | None


def withdrawal_view(found: WithdrawalApplication, *, whole: bool = False) -> WithdrawalView:
    """Show a withdrawal; `whole` with its payee's account, and whatever numbers its remark has."""
    return WithdrawalView(
        id=Id(found.id),
        application=str(Ref(RefKind.APPLICATION, found.id)),
        state=found.state,
        state_zh=STATES_ZH[found.state],
        version=found.version,
        employer=Applicant(id=Id(found.employer_id), code=found.employer_code, name=found.employer_name),
        employee=WithdrawalHolder(id=Id(found.person_id), name=found.person_name, id_number=found.id_number_masked),
        reason=found.reason,
        reason_zh=found.reason_zh,
        to_heir=found.to_heir,
        amount=found.amount,
        payee_name=found.payee_name,
        payee_bank=found.payee_bank,
        payee_account=found.payee_account if whole else last_digits(found.payee_account),
        remark=found.remark if whole else masked_numbers(found.remark),
        answer=found.answer,
        note=found.note,
        asked_at=found.asked_at,
        approved_on=found.approved_on,
        paid_on=found.paid_on,
    )


def funds_view(funds: Funds) -> FundsView:
    """Show what an account has."""
    return FundsView(
        credited=funds.credited,
        confirmed=funds.confirmed,
        withdrawn=funds.withdrawn,
        reserved=funds.reserved,
        available=funds.available,
    )


def reason_view(reason: WithdrawalReason) -> ReasonView:
    """Show a reason that can be chosen."""
    return ReasonView(
        code=reason.code,
        zh=reason.zh,
        en=reason.en,
        payee=reason.payee,
        proof_zh=reason.proof_zh,
        proof_en=reason.proof_en,
    )


def payment_view(payment: Payment) -> PaymentView:
    """Show a try to pay."""
    return PaymentView(
        state=payment.state,
        amount=payment.amount,
        paid_by=payment.paid_by,
        begun_at=payment.begun_at,
        booked=payment.booked,
        bank_reference=payment.bank_reference,
        reason=payment.reason,
        ended_at=payment.ended_at,
    )
