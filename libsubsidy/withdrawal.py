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

The manual's list of reasons is unreadable (OCR L415); the ten of domain §2.1 are what a fund begins with, and the bureau
changes them (D-17). They are vocabulary only: no ground of withdrawal is claimed as local law.

>>> WITHDRAWAL_LIFE.transition(WithdrawalState.PAYING, WithdrawalEvent.FAIL).value
'failed'
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

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import Enum
from typing import Final

from attrs import evolve, frozen

from libsubsidy.applications import ApplicationState
from libsubsidy.employer_card import CardField, read_account, read_field
from libsubsidy.employment import EmploymentState
from libsubsidy.errors import ParseError
from libsubsidy.lifecycle import Lifecycle
from libsubsidy.money import ZERO, Money
from libsubsidy.violations import Violation

REMARK_CHARACTERS_MAX: Final = 200


class WithdrawalState(Enum):
    """The states of a withdrawal: until it is approved those of its application, then those of its payment."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    RETRACTED = "retracted"
    REJECTED = "rejected"
    APPROVED = "approved"
    PAYING = "paying"
    PAID = "paid"
    FAILED = "failed"
    GIVEN_BACK = "given_back"

    @property
    def reserves(self) -> bool:
        """Whether its money is kept for it: it can still be paid as it stands.

        >>> [state.value for state in WithdrawalState if state.reserves]
        ['draft', 'submitted', 'approved', 'paying', 'failed']
        """
        return self in _RESERVING


_RESERVING: Final = frozenset(
    {
        WithdrawalState.DRAFT,
        WithdrawalState.SUBMITTED,
        WithdrawalState.APPROVED,
        WithdrawalState.PAYING,
        WithdrawalState.FAILED,
    }
)


class WithdrawalEvent(Enum):
    """What happens to a withdrawal; RETURN, REJECT, FAIL, BOUNCE and GIVE_BACK need a reason.

    Attributes:
        PAY: the order to pay goes to the bank.
        SUCCEED: the bank has booked it.
        FAIL: the bank has refused it.
        BOUNCE: the bank has booked it and sends the money back (退票).
        RETRY: it is to be paid again.
        GIVE_BACK: its money goes back to the balance.
    """

    SUBMIT = "submit"
    RETURN = "return"
    REVISE = "revise"
    RETRACT = "retract"
    REJECT = "reject"
    APPROVE = "approve"
    PAY = "pay"
    SUCCEED = "succeed"
    FAIL = "fail"
    BOUNCE = "bounce"
    RETRY = "retry"
    GIVE_BACK = "give_back"


WITHDRAWAL_LIFE: Final = Lifecycle(
    "withdrawal",
    {
        (WithdrawalState.DRAFT, WithdrawalEvent.SUBMIT): WithdrawalState.SUBMITTED,
        (WithdrawalState.DRAFT, WithdrawalEvent.REVISE): WithdrawalState.DRAFT,
        (WithdrawalState.DRAFT, WithdrawalEvent.RETRACT): WithdrawalState.RETRACTED,
        (WithdrawalState.SUBMITTED, WithdrawalEvent.RETRACT): WithdrawalState.RETRACTED,
        (WithdrawalState.SUBMITTED, WithdrawalEvent.RETURN): WithdrawalState.RETURNED,
        (WithdrawalState.SUBMITTED, WithdrawalEvent.REJECT): WithdrawalState.REJECTED,
        (WithdrawalState.SUBMITTED, WithdrawalEvent.APPROVE): WithdrawalState.APPROVED,
        (WithdrawalState.RETURNED, WithdrawalEvent.REVISE): WithdrawalState.DRAFT,
        (WithdrawalState.RETRACTED, WithdrawalEvent.REVISE): WithdrawalState.DRAFT,
        (WithdrawalState.APPROVED, WithdrawalEvent.PAY): WithdrawalState.PAYING,
        # Nothing has left yet, and what was approved must not be paid any more.
        (WithdrawalState.APPROVED, WithdrawalEvent.GIVE_BACK): WithdrawalState.GIVEN_BACK,
        (WithdrawalState.PAYING, WithdrawalEvent.SUCCEED): WithdrawalState.PAID,
        (WithdrawalState.PAYING, WithdrawalEvent.FAIL): WithdrawalState.FAILED,
        (WithdrawalState.PAID, WithdrawalEvent.BOUNCE): WithdrawalState.FAILED,
        (WithdrawalState.FAILED, WithdrawalEvent.RETRY): WithdrawalState.APPROVED,
        (WithdrawalState.FAILED, WithdrawalEvent.GIVE_BACK): WithdrawalState.GIVEN_BACK,
    },
)


def state_of_application(state: ApplicationState) -> WithdrawalState:
    """Give the state of a withdrawal whose application has come to a state; who looks at it changes nothing.

    >>> state_of_application(ApplicationState.IN_REVIEW).value
    'submitted'
    """
    return WithdrawalState.SUBMITTED if state is ApplicationState.IN_REVIEW else WithdrawalState(state.value)


class PayeeKind(Enum):
    """Whose account the money goes to: the employee's own; or an heir's, when the employee has died."""

    OWN = "own"
    HEIR = "heir"


@frozen(kw_only=True)
class WithdrawalReason:
    """支取原因, an entry of the bureau's list.

    Attributes:
        code: stable; two digits.
        zh: its name on pages.
        proof_zh: which papers prove it.
        active: it is offered; what was asked for earlier keeps its reason.
    """

    code: str
    zh: str
    en: str
    payee: PayeeKind = PayeeKind.OWN
    proof_zh: str
    proof_en: str
    active: bool = True


# The ten of domain §2.1, with which a fund begins.
WITHDRAWAL_REASONS: Final[tuple[WithdrawalReason, ...]] = (
    WithdrawalReason(
        code="01",
        zh="购买住房",
        en="Purchase of a home",
        proof_zh="购房合同、付款发票或不动产权证书",
        proof_en="contract of purchase, and invoice or certificate of ownership",
    ),
    WithdrawalReason(
        code="02",
        zh="建造、翻修、大修住房",
        en="Building or renovating a home",
        proof_zh="规划或建设批准文件、工程费用票据",
        proof_en="permit to build, and bills of the works",
    ),
    WithdrawalReason(
        code="03",
        zh="离休、退休",
        en="Retirement",
        proof_zh="离休、退休证或审批表",
        proof_en="certificate of retirement",
    ),
    WithdrawalReason(
        code="04",
        zh="丧失劳动能力",
        en="Inability to work",
        proof_zh="劳动能力鉴定结论、终止劳动关系证明",
        proof_en="finding on the ability to work, and end of the employment",
    ),
    WithdrawalReason(
        code="05",
        zh="户口迁出或出境定居",
        en="Moving away or abroad for good",
        proof_zh="户口迁移证明或出境定居证明",
        proof_en="proof of the new residence",
    ),
    WithdrawalReason(
        code="06",
        zh="偿还购房贷款",
        en="Repayment of a home loan",
        proof_zh="购房借款合同、还款明细",
        proof_en="contract of the loan, and statement of the repayments",
    ),
    WithdrawalReason(
        code="07",
        zh="房租超过规定比例",
        en="Rent above the limit",
        proof_zh="租赁合同、租金发票、家庭收入证明",
        proof_en="contract and bills of the rent, and proof of income",
    ),
    WithdrawalReason(
        code="08",
        zh="死亡",
        en="Death",
        payee=PayeeKind.HEIR,
        proof_zh="死亡证明",
        proof_en="certificate of death",
    ),
    WithdrawalReason(
        code="09",
        zh="大病医疗",
        en="Serious illness",
        proof_zh="诊断证明、医疗费用票据",
        proof_en="diagnosis, and bills of the treatment",
    ),
    WithdrawalReason(
        code="99",
        zh="其他",
        en="Other",
        proof_zh="情况说明及相关证明",
        proof_en="an account of the circumstances, with papers",
    ),
)


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

    @property
    def also_required(self) -> tuple[str, ...]:
        """The slots that it needs beyond those that every withdrawal does (F115)."""
        return ("heir_proof",) if self.reason.payee is PayeeKind.HEIR else ()


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


def offered(reasons: Sequence[WithdrawalReason]) -> tuple[WithdrawalReason, ...]:
    """Give the reasons that a form offers, in their order."""
    return tuple(each for each in reasons if each.active)


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
    own = _letters(asked.payee_name) == _letters(holder.name)
    if asked.reason.payee is PayeeKind.OWN and not own:
        yield _FIELDS["payee_name"].refused(
            Violation.of("WITHDRAWAL_PAYEE_NOT_OWN", name=holder.name, payee=asked.payee_name)
        )
    if asked.reason.payee is PayeeKind.HEIR and own:
        yield _FIELDS["payee_name"].refused(Violation.of("WITHDRAWAL_PAYEE_NO_HEIR", name=holder.name))


def _letters(name: str) -> str:
    """Give a name without blanks and dots, of which there are many (domain §4.2 Data)."""
    return "".join(character for character in name if not character.isspace() and character not in "·•・‧.")


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
