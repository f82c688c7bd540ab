"""支取申请: an employer asks for money of an employee's account, the bureau approves, its finance pays (F113-F115, I6).

    支取申请 点击左侧住房基金管理的支取申请 … 填写好资料 注意要按开始上传提示上传成功状态以后才能提交        manual L404-L460

What can be withdrawn is money that a bank has seen: what was credited from remittances, and openings that the bureau's
finance has confirmed, less what was paid out and what is on its way (design §12). What an employer typed (累计, 补录)
raises the totals that are shown, never this. A withdrawal in process reserves its money from the moment it is asked for,
while it waits for a colleague too, until it is paid, taken back, returned, rejected or given back (I6), so that two at once
never exceed the balance.

The bureau approves, and another person pays (domain §6.1). A payment that fails, or that the bank sends back later (退票), is
paid again or given back to the balance. While the employee is on the way to another employer nobody asks: afterwards the
new employer does, for the balance goes with the person (F75); what was asked for before goes on. Who has left and works
nowhere is asked for by the last employer. Of somebody who has died the heirs are paid, and nothing else is asked for any more.

>>> from libsubsidy.withdrawal_reasons import WITHDRAWAL_REASONS
>>> funds = Funds(credited=Money.parse("1000"), reserved=Money.parse("400"))
>>> str(funds.available)
'600.00'
>>> zhang = Holder(name="张三", state=EmploymentState.ACTIVE)
>>> typed = TypedWithdrawal(reason="01", amount="600", payee_name="张三", payee_bank="某银行", payee_account="6222000000001234")
>>> asked, broken = read_withdrawal(typed, WITHDRAWAL_REASONS)
>>> broken, check_withdrawal(asked, zhang, funds)
((), ())
>>> from attrs import evolve
>>> (too_much,) = check_withdrawal(evolve(asked, amount=Money.parse("600.01")), zhang, funds)
>>> print(too_much.zh)
张三现在可支取 600.00 元（另有 400.00 元正在支取办理中），申请的 600.01 元超出：请改为不超过 600.00 元。
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from attrs import evolve, frozen

from libsubsidy.employer_card import CardField, read_account, read_field
from libsubsidy.employment import EmploymentState
from libsubsidy.errors import ParseError
from libsubsidy.identity import same_name
from libsubsidy.money import ZERO, Money
from libsubsidy.violations import Violation
from libsubsidy.withdrawal_reasons import PayeeKind, WithdrawalReason

REMARK_CHARACTERS_MAX: Final = 200


@frozen(kw_only=True)
class Funds:
    """What somebody's account has, of money that a bank has seen.

    Attributes:
        credited: from remittances and back-payments, corrections counted.
        confirmed: openings that the bureau's finance has confirmed.
        withdrawn: what was paid out.
        reserved: what withdrawals in process keep for themselves.
    """

    credited: Money = ZERO
    confirmed: Money = ZERO
    withdrawn: Money = ZERO
    reserved: Money = ZERO

    @property
    def available(self) -> Money:
        """可支取金额."""
        return self.credited + self.confirmed - self.withdrawn - self.reserved


@frozen(kw_only=True)
class Holder:
    """Whose money it is, as the employer that asks has them.

    Attributes:
        state: of the employment with that employer.
        employed_elsewhere: another employer has them, or was the last one to have them.
        deceased: money was asked for because they have died, and was not refused.
    """

    name: str
    state: EmploymentState
    employed_elsewhere: bool = False
    deceased: bool = False


@frozen(kw_only=True)
class TypedWithdrawal:
    """A withdrawal as somebody typed it.

    Attributes:
        reason: code of a 支取原因.
        amount: 支取金额 in yuan.
        payee_name: 收款人.
        payee_bank: 开户银行.
        payee_account: 银行账号.
        remark: 备注.
    """

    reason: str
    amount: str
    payee_name: str
    payee_bank: str
    payee_account: str
    remark: str = ""


@frozen(kw_only=True)
class Withdrawal:
    """A withdrawal that was read."""

    reason: WithdrawalReason
    amount: Money
    payee_name: str
    payee_bank: str
    payee_account: str
    remark: str = ""


def _amount(text: str) -> str:
    amount = Money.parse(text)
    if amount <= ZERO:
        raise ParseError(Violation.of("WITHDRAWAL_AMOUNT_NOT_POSITIVE"))
    return str(amount)


# In the order of the form.
WITHDRAWAL_FIELDS: Final[tuple[CardField, ...]] = (
    CardField(name="reason", zh="支取原因", en="Reason", required=True),
    CardField(name="amount", zh="支取金额", en="Amount", required=True, characters_max=30, read=_amount),
    CardField(name="payee_name", zh="收款人", en="Payee", required=True, characters_max=100),
    CardField(name="payee_bank", zh="开户银行", en="Payee's bank", required=True),
    CardField(
        name="payee_account", zh="银行账号", en="Payee's account", required=True, characters_max=64, read=read_account
    ),
    CardField(name="remark", zh="备注", en="Remark", characters_max=REMARK_CHARACTERS_MAX),
)
_FIELDS: Final = {field.name: field for field in WITHDRAWAL_FIELDS}


def read_withdrawal(
    typed: TypedWithdrawal, reasons: Iterable[WithdrawalReason]
) -> tuple[Withdrawal | None, tuple[Violation, ...]]:
    """Read what was typed: every field that is wrong is named, and nothing is given while one is.

    >>> from libsubsidy.withdrawal_reasons import WITHDRAWAL_REASONS
    >>> empty = TypedWithdrawal(reason="77", amount="0", payee_name=" ", payee_bank="", payee_account="1")
    >>> [(each.code, each.params["field"]) for each in read_withdrawal(empty, WITHDRAWAL_REASONS)[1]]
    [('WITHDRAWAL_REASON_UNKNOWN', 'reason'), ('WITHDRAWAL_AMOUNT_NOT_POSITIVE', 'amount'), ('FIELD_MISSING', 'payee_name'), \
('FIELD_MISSING', 'payee_bank'), ('BANK_ACCOUNT_FORMAT', 'payee_account')]
    """
    kept: dict[str, str] = {}
    broken: list[Violation] = []
    known = {each.code: each for each in reasons if each.active}
    for field in WITHDRAWAL_FIELDS:
        text, wrong = read_field(field, getattr(typed, field.name))
        if wrong is None and field.name == "reason" and text not in known:
            wrong = Violation.of("WITHDRAWAL_REASON_UNKNOWN")
        kept[field.name] = text
        if wrong is not None:
            broken.append(field.refused(wrong))
    if broken:
        return None, tuple(broken)
    reason, amount = known[kept.pop("reason")], Money.parse(kept.pop("amount"))
    return Withdrawal(reason=reason, amount=amount, **kept), ()


def check_holder(holder: Holder, funds: Funds) -> tuple[Violation, ...]:
    """Say why nothing at all can be asked for: what is known before anybody has typed anything.

    >>> [each.code for each in check_holder(Holder(name="张三", state=EmploymentState.TRANSFERRING), Funds())]
    ['WITHDRAWAL_TRANSFERRING', 'WITHDRAWAL_NOTHING']
    """
    found = [*_may_ask(holder)]
    if funds.available <= ZERO:
        found.append(_nothing(holder, funds))
    return tuple(found)


def check_withdrawal(asked: Withdrawal, holder: Holder, funds: Funds) -> tuple[Violation, ...]:
    """Say everything that keeps money from being asked for; each violation has its `field` where one field is wrong.

    Args:
        asked: what was read.
        holder: whose money it is.
        funds: what the account has; what this very withdrawal reserves is not counted among `reserved`.
    """
    return (*_may_ask(holder), *_payee(asked, holder), *check_withdrawal_approval(asked, holder, funds))


def check_withdrawal_approval(asked: Withdrawal, holder: Holder, funds: Funds) -> tuple[Violation, ...]:
    """Say what keeps a withdrawal from being approved or paid: the fund has moved on since it was asked for.

    Where the employee works by now is no matter: the balance goes with the person (F75), and the money is theirs.
    """
    return (*_after_death(asked, holder), *_money(asked, holder, funds))


def check_withdrawal_booked(booked: date, approved: date, today: date) -> tuple[Violation, ...]:
    """Judge the day on which the bank has booked a payment.

    >>> april = date(2020, 4, 1)
    >>> check_withdrawal_booked(april, april, april)
    ()
    >>> [each.code for each in check_withdrawal_booked(april, date(2020, 4, 2), date(2020, 3, 31))]
    ['WITHDRAWAL_BOOKED_EARLY', 'WITHDRAWAL_BOOKED_LATE']
    """
    found: list[Violation] = []
    if booked < approved:
        found.append(Violation.of("WITHDRAWAL_BOOKED_EARLY", booked=str(booked), approved=str(approved)))
    if booked > today:
        found.append(Violation.of("WITHDRAWAL_BOOKED_LATE", booked=str(booked), today=str(today)))
    return tuple(evolve(each, params={**each.params, "field": "booked"}) for each in found)


def advise_withdrawal(asked: Withdrawal, holder: Holder, funds: Funds) -> tuple[Violation, ...]:
    """Say what is allowed and yet worth a reviewer's look; `funds` as in `check_withdrawal`.

    >>> from libsubsidy.withdrawal_reasons import WITHDRAWAL_REASONS
    >>> zhang = Holder(name="张三", state=EmploymentState.ENDED, employed_elsewhere=True)
    >>> asked = Withdrawal(reason=WITHDRAWAL_REASONS[7], amount=Money.parse("5"), payee_name="李四", payee_bank="某银行",
    ...                    payee_account="6222000000001234")
    >>> [each.code for each in advise_withdrawal(asked, zhang, Funds(credited=Money.parse("5")))]
    ['WITHDRAWAL_WHOLE', 'WITHDRAWAL_TO_HEIR', 'WITHDRAWAL_OF_LEAVER']
    """
    found: list[Violation] = []
    if asked.amount == funds.available:
        found.append(Violation.of("WITHDRAWAL_WHOLE", name=holder.name, amount=str(asked.amount)))
    if asked.reason.payee is PayeeKind.HEIR:
        found.append(Violation.of("WITHDRAWAL_TO_HEIR", name=holder.name, payee=asked.payee_name))
    if holder.employed_elsewhere or holder.state is EmploymentState.TRANSFERRING:
        found.append(Violation.of("WITHDRAWAL_OF_LEAVER", name=holder.name))
    return tuple(found)


def _may_ask(holder: Holder) -> Iterator[Violation]:
    match holder.state:
        case EmploymentState.PENDING:
            yield Violation.of("WITHDRAWAL_NOT_OPEN", name=holder.name)
        case EmploymentState.TRANSFERRING:
            yield Violation.of("WITHDRAWAL_TRANSFERRING", name=holder.name)
        case EmploymentState.ENDED if holder.employed_elsewhere:
            yield Violation.of("WITHDRAWAL_ELSEWHERE", name=holder.name)
        case _:
            return


def _payee(asked: Withdrawal, holder: Holder) -> Iterator[Violation]:
    own = same_name(asked.payee_name, holder.name)
    if asked.reason.payee is PayeeKind.OWN and not own:
        yield _FIELDS["payee_name"].refused(
            Violation.of("WITHDRAWAL_PAYEE_NOT_OWN", name=holder.name, payee=asked.payee_name)
        )
    if asked.reason.payee is PayeeKind.HEIR and own:
        yield _FIELDS["payee_name"].refused(Violation.of("WITHDRAWAL_PAYEE_NO_HEIR", name=holder.name))


def _after_death(asked: Withdrawal, holder: Holder) -> Iterator[Violation]:
    if holder.deceased and asked.reason.payee is not PayeeKind.HEIR:
        yield _FIELDS["reason"].refused(Violation.of("WITHDRAWAL_AFTER_DEATH", name=holder.name))


def _money(asked: Withdrawal, holder: Holder, funds: Funds) -> Iterator[Violation]:
    available, reserved = funds.available, funds.reserved
    if asked.amount <= available:
        return
    if available <= ZERO:
        yield _FIELDS["amount"].refused(_nothing(holder, funds))
        return
    facts = {"name": holder.name, "available": str(available), "amount": str(asked.amount)}
    if reserved > ZERO:
        found = Violation.of("WITHDRAWAL_EXCEEDS/reserved", reserved=str(reserved), **facts)
    else:
        found = Violation.of("WITHDRAWAL_EXCEEDS", **facts)
    yield _FIELDS["amount"].refused(found)


def _nothing(holder: Holder, funds: Funds) -> Violation:
    if funds.reserved > ZERO:
        return Violation.of("WITHDRAWAL_NOTHING/reserved", name=holder.name, reserved=str(funds.reserved))
    return Violation.of("WITHDRAWAL_NOTHING", name=holder.name)
