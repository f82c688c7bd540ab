"""The life of a withdrawal: from who asks over the bureau's approval to the bank, and back to the balance (F113, I6).

A withdrawal in process reserves its money from the moment it is asked for, while it waits for a colleague too, until it is
paid, taken back, returned, rejected or given back. A payment that fails, or that the bank sends back later (退票), is paid
again or given back to the balance.

>>> WITHDRAWAL_LIFE.transition(WithdrawalState.PAYING, WithdrawalEvent.FAIL).value
'failed'
"""

from enum import Enum
from typing import Final

from libsubsidy.applications import ApplicationState
from libsubsidy.lifecycle import Lifecycle


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
