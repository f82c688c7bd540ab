"""The events the fund tells the world: past tense, one class each, with the name and version they have on the wire.

They carry ids and amounts and no personal data: who may see more asks the portal. On the wire ids are strings (a
bigint does not fit into every language's number), amounts are yuan with two decimals ("23662.50"), months "2020-04",
dates "2020-04-01". A field is only ever added, with a default, within a version; anything else is a new version beside
the old one.
"""

from datetime import date
from typing import ClassVar, Final, Literal, NewType

import attrs

from libsubsidy import Memo, Money, Month

# An id of ours; a string on the wire.
Id = NewType("Id", int)
# The stable name of a reason or rule, such as AMOUNT_SHORT.
Code = NewType("Code", str)
# The name of a bank profile, such as icbc.
Source = NewType("Source", str)

OrderKind = Literal["regular", "monthly", "lump_difference", "lump_missed"]
Outcome = Literal["approved", "returned", "rejected"]


@attrs.frozen(kw_only=True)
class Event:
    """What all events share: a wire name, and the one thing they are about.

    `ABOUT` names the noun and the field that identify it; the CloudEvents subject is made of them.
    """

    TYPE: ClassVar[str]
    ABOUT: ClassVar[tuple[str, str]]

    @property
    def subject(self) -> str:
        """What the event is about, such as ``notice/17``."""
        noun, field = self.ABOUT
        return f"{noun}/{getattr(self, field)}"


@attrs.frozen(kw_only=True)
class OrderApproved(Event):
    """The bureau approved an order; a payment notice asks for its money.

    Attributes:
        order_id: the order.
        employer_id: the employer whose order it is.
        kind: the kind of order.
        amount: the sum of its lines.
        first_month: the first month it remits for.
        last_month: the last month it remits for.
        people: how many employees are in it.
        notice_id: the payment notice, once there is one.
    """

    TYPE: ClassVar[str] = "order.approved.v1"
    ABOUT: ClassVar[tuple[str, str]] = ("order", "order_id")

    order_id: Id
    employer_id: Id
    kind: OrderKind
    amount: Money
    first_month: Month
    last_month: Month
    people: int
    notice_id: Id | None = None


@attrs.frozen(kw_only=True)
class OrderCancelled(Event):
    """An approved order was cancelled before it was paid; its memo settles nothing any more.

    Attributes:
        order_id: the order.
        employer_id: the employer whose order it was.
        amount: the sum of its lines.
        notice_id: the payment notice that asked for it, if there was one.
    """

    TYPE: ClassVar[str] = "order.cancelled.v1"
    ABOUT: ClassVar[tuple[str, str]] = ("order", "order_id")

    order_id: Id
    employer_id: Id
    amount: Money
    notice_id: Id | None = None


@attrs.frozen(kw_only=True)
class RemittanceSettled(Event):
    """A bank line paid a notice; every employee of its orders has been credited.

    Attributes:
        notice_id: the payment notice.
        employer_id: the employer whose notice it is.
        memo: what the payer had to write, such as 75256xA7W5o.
        line_id: the bank line that settled it.
        amount: the amount of the notice and of the line.
    """

    TYPE: ClassVar[str] = "remittance.settled.v1"
    ABOUT: ClassVar[tuple[str, str]] = ("notice", "notice_id")

    notice_id: Id
    employer_id: Id
    memo: Memo
    line_id: Id
    amount: Money


@attrs.frozen(kw_only=True)
class RefundFlagged(Event):
    """A bank line could not be settled and waits to be refunded or assigned by a person.

    Attributes:
        case_id: the case that was opened.
        line_id: the bank line.
        amount: the amount of the line.
        reason: why, such as AMOUNT_SHORT.
    """

    TYPE: ClassVar[str] = "refund.flagged.v1"
    ABOUT: ClassVar[tuple[str, str]] = ("case", "case_id")

    case_id: Id
    line_id: Id
    amount: Money
    reason: Code


@attrs.frozen(kw_only=True)
class RefundApproved(Event):
    """A second person approved a refund; it will be sent to the bank.

    Attributes:
        case_id: the case.
        line_id: the bank line whose money goes back.
        amount: the amount that goes back.
        batch_id: the refund batch it goes with.
    """

    TYPE: ClassVar[str] = "refund.approved.v1"
    ABOUT: ClassVar[tuple[str, str]] = ("case", "case_id")

    case_id: Id
    line_id: Id
    amount: Money
    batch_id: Id | None = None


@attrs.frozen(kw_only=True)
class RefundCompleted(Event):
    """The bank booked a refund: the money has left.

    Attributes:
        case_id: the case.
        line_id: the bank line whose money went back.
        amount: the amount that went back.
        batch_id: the refund batch it went with.
    """

    TYPE: ClassVar[str] = "refund.completed.v1"
    ABOUT: ClassVar[tuple[str, str]] = ("case", "case_id")

    case_id: Id
    line_id: Id
    amount: Money
    batch_id: Id | None = None


@attrs.frozen(kw_only=True)
class RefundReturned(Event):
    """A refund came back from the bank (退票); its case is open again.

    Attributes:
        case_id: the case.
        line_id: the bank line whose money came back.
        amount: the amount that came back.
        batch_id: the refund batch it had gone with.
    """

    TYPE: ClassVar[str] = "refund.returned.v1"
    ABOUT: ClassVar[tuple[str, str]] = ("case", "case_id")

    case_id: Id
    line_id: Id
    amount: Money
    batch_id: Id | None = None


@attrs.frozen(kw_only=True)
class StatementReconciled(Event):
    """Every line of a statement has its outcome; lines and amounts of the outcomes add up to the whole.

    Attributes:
        statement_id: the statement.
        source: the bank profile it was read with.
        lines: how many lines were new.
        settled: lines that settled a notice.
        refunds: lines flagged for refund.
        held: lines that wait for a person.
        others: lines that are no remittance, such as interest.
        settled_amount: the sum of the settled lines.
        refund_amount: the sum of the lines flagged for refund.
        held_amount: the sum of the credits held.
    """

    TYPE: ClassVar[str] = "statement.reconciled.v1"
    ABOUT: ClassVar[tuple[str, str]] = ("statement", "statement_id")

    statement_id: Id
    source: Source
    lines: int
    settled: int
    refunds: int
    held: int
    others: int
    settled_amount: Money
    refund_amount: Money
    held_amount: Money


@attrs.frozen(kw_only=True)
class StatementRefused(Event):
    """A statement was refused as a whole; nothing of it was settled.

    Attributes:
        statement_id: the statement.
        source: the bank profile it was read with.
        reason: the rule it broke, such as STATEMENT_DOES_NOT_BALANCE.
    """

    TYPE: ClassVar[str] = "statement.refused.v1"
    ABOUT: ClassVar[tuple[str, str]] = ("statement", "statement_id")

    statement_id: Id
    source: Source
    reason: Code


@attrs.frozen(kw_only=True)
class ApplicationDecided(Event):
    """A reviewer decided an application.

    Attributes:
        application_id: the application.
        employer_id: the employer who made it.
        kind: what it applies for, such as TRANSFER.
        outcome: the decision.
    """

    TYPE: ClassVar[str] = "application.decided.v1"
    ABOUT: ClassVar[tuple[str, str]] = ("application", "application_id")

    application_id: Id
    employer_id: Id
    kind: Code
    outcome: Outcome


@attrs.frozen(kw_only=True)
class WithdrawalPaid(Event):
    """The bank booked the payment of a withdrawal.

    Attributes:
        withdrawal_id: the withdrawal.
        amount: what was paid.
        booked: the bank's booking date.
    """

    TYPE: ClassVar[str] = "withdrawal.paid.v1"
    ABOUT: ClassVar[tuple[str, str]] = ("withdrawal", "withdrawal_id")

    withdrawal_id: Id
    amount: Money
    booked: date | None = None


@attrs.frozen(kw_only=True)
class WithdrawalReturned(Event):
    """The bank sent a withdrawal back that it had booked (退票); its money is on the ledger again.

    Attributes:
        withdrawal_id: the withdrawal.
        amount: what came back.
    """

    TYPE: ClassVar[str] = "withdrawal.returned.v1"
    ABOUT: ClassVar[tuple[str, str]] = ("withdrawal", "withdrawal_id")

    withdrawal_id: Id
    amount: Money


# By wire name, in the order of the contract.
EVENTS: Final[dict[str, type[Event]]] = {
    event.TYPE: event
    for event in (
        OrderApproved,
        OrderCancelled,
        RemittanceSettled,
        RefundFlagged,
        RefundApproved,
        RefundCompleted,
        RefundReturned,
        StatementReconciled,
        StatementRefused,
        ApplicationDecided,
        WithdrawalPaid,
        WithdrawalReturned,
    )
}
