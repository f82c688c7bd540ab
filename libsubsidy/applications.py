"""The lives of applications, orders, notices and refund cases, each as one table (domain §6.1, design §4).

An application of any kind is submitted, looked at, and approved, returned for correction, or rejected; while no
reviewer has taken it, the employer may retract it, and revise what was retracted like what was returned. An order is an
application whose approval creates exactly one notice (I26); it is paid once and credited in the same breath, and only
the bureau cancels it while nothing has been paid. Credited is final: a correction is a new entry, never an edit (D-14).

>>> ORDER_LIFE.transition(OrderState.SUBMITTED, OrderEvent.APPROVE)
<OrderState.APPROVED: 'approved'>
>>> ORDER_LIFE.transition(OrderState.PAID, OrderEvent.CANCEL)
Traceback (most recent call last):
libsubsidy.errors.TransitionRefused: order: the event 'CANCEL' is not allowed in the state 'PAID'
>>> ORDER_LIFE.events(OrderState.CREDITED)
frozenset()
"""

from enum import Enum
from typing import Final

from libsubsidy.bank_lines import NoticeState
from libsubsidy.lifecycle import Lifecycle


class ApplicationState(Enum):
    """The states of an application."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    RETRACTED = "retracted"
    REJECTED = "rejected"
    APPROVED = "approved"


class ApplicationEvent(Enum):
    """What happens to an application; RETURN and REJECT need a reason."""

    SUBMIT = "submit"
    TAKE = "take"
    RETURN = "return"
    REVISE = "revise"
    RETRACT = "retract"
    REJECT = "reject"
    APPROVE = "approve"


APPLICATION_LIFE: Final = Lifecycle(
    "application",
    {
        (ApplicationState.DRAFT, ApplicationEvent.SUBMIT): ApplicationState.SUBMITTED,
        # A draft waits for a colleague where the employer wants that (复核), who may find something to mend, or no use.
        (ApplicationState.DRAFT, ApplicationEvent.REVISE): ApplicationState.DRAFT,
        (ApplicationState.DRAFT, ApplicationEvent.RETRACT): ApplicationState.RETRACTED,
        (ApplicationState.SUBMITTED, ApplicationEvent.TAKE): ApplicationState.IN_REVIEW,
        # Once a reviewer has taken it, it can no longer be retracted.
        (ApplicationState.SUBMITTED, ApplicationEvent.RETRACT): ApplicationState.RETRACTED,
        (ApplicationState.SUBMITTED, ApplicationEvent.APPROVE): ApplicationState.APPROVED,
        (ApplicationState.SUBMITTED, ApplicationEvent.RETURN): ApplicationState.RETURNED,
        (ApplicationState.SUBMITTED, ApplicationEvent.REJECT): ApplicationState.REJECTED,
        (ApplicationState.IN_REVIEW, ApplicationEvent.APPROVE): ApplicationState.APPROVED,
        (ApplicationState.IN_REVIEW, ApplicationEvent.RETURN): ApplicationState.RETURNED,
        (ApplicationState.IN_REVIEW, ApplicationEvent.REJECT): ApplicationState.REJECTED,
        (ApplicationState.RETURNED, ApplicationEvent.REVISE): ApplicationState.DRAFT,
        (ApplicationState.RETRACTED, ApplicationEvent.REVISE): ApplicationState.DRAFT,
    },
)


class OrderState(Enum):
    """The states of an order; APPROVED awaits its payment."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    RETRACTED = "retracted"
    REJECTED = "rejected"
    APPROVED = "approved"
    CANCELLED = "cancelled"
    PAID = "paid"
    CREDITED = "credited"

    @property
    def is_live(self) -> bool:
        """Whether the order's lines hold their (person, month): claimed on submit, released on return and the like."""
        return self in _LIVE


class OrderEvent(Enum):
    """What happens to an order; RETURN, REJECT and CANCEL need a reason."""

    SUBMIT = "submit"
    RETURN = "return"
    REVISE = "revise"
    RETRACT = "retract"
    REJECT = "reject"
    APPROVE = "approve"
    CANCEL = "cancel"
    PAY = "pay"
    CREDIT = "credit"


_LIVE: Final = frozenset({OrderState.SUBMITTED, OrderState.APPROVED, OrderState.PAID, OrderState.CREDITED})

ORDER_LIFE: Final = Lifecycle(
    "order",
    {
        (OrderState.DRAFT, OrderEvent.SUBMIT): OrderState.SUBMITTED,
        (OrderState.SUBMITTED, OrderEvent.RETURN): OrderState.RETURNED,
        (OrderState.SUBMITTED, OrderEvent.RETRACT): OrderState.RETRACTED,
        (OrderState.SUBMITTED, OrderEvent.REJECT): OrderState.REJECTED,
        (OrderState.SUBMITTED, OrderEvent.APPROVE): OrderState.APPROVED,
        (OrderState.RETURNED, OrderEvent.REVISE): OrderState.DRAFT,
        # Twenty thousand lines are not typed again because one of them was wrong.
        (OrderState.RETRACTED, OrderEvent.REVISE): OrderState.DRAFT,
        (OrderState.APPROVED, OrderEvent.CANCEL): OrderState.CANCELLED,
        (OrderState.APPROVED, OrderEvent.PAY): OrderState.PAID,
        (OrderState.PAID, OrderEvent.CREDIT): OrderState.CREDITED,
    },
)


class NoticeEvent(Enum):
    """What happens to a payment notice; MERGE: its orders go into another notice (合并缴款)."""

    PAY = "pay"
    CANCEL = "cancel"
    MERGE = "merge"


NOTICE_LIFE: Final = Lifecycle(
    "notice",
    {
        (NoticeState.AWAITING, NoticeEvent.PAY): NoticeState.PAID,
        (NoticeState.AWAITING, NoticeEvent.CANCEL): NoticeState.CANCELLED,
        (NoticeState.AWAITING, NoticeEvent.MERGE): NoticeState.MERGED,
    },
)


class CaseState(Enum):
    """The states of an unsettled credit's case."""

    OPEN = "open"
    ASSIGNED = "assigned"
    BATCHED = "batched"
    APPROVED = "approved"
    SENT = "sent"
    RETURNED = "returned"
    COMPLETED = "completed"


class CaseEvent(Enum):
    """What happens to a case; UNBATCH: the second person refuses the batch; REOPEN: a 退票 is tried again."""

    ASSIGN = "assign"
    BATCH = "batch"
    UNBATCH = "unbatch"
    APPROVE = "approve"
    SEND = "send"
    COMPLETE = "complete"
    COME_BACK = "come_back"
    REOPEN = "reopen"


CASE_LIFE: Final = Lifecycle(
    "case",
    {
        # Only an open case can still become a settlement: a batched one may be on its way back to the payer.
        (CaseState.OPEN, CaseEvent.ASSIGN): CaseState.ASSIGNED,
        (CaseState.OPEN, CaseEvent.BATCH): CaseState.BATCHED,
        (CaseState.BATCHED, CaseEvent.UNBATCH): CaseState.OPEN,
        (CaseState.BATCHED, CaseEvent.APPROVE): CaseState.APPROVED,
        (CaseState.APPROVED, CaseEvent.SEND): CaseState.SENT,
        (CaseState.SENT, CaseEvent.COMPLETE): CaseState.COMPLETED,
        (CaseState.SENT, CaseEvent.COME_BACK): CaseState.RETURNED,
        (CaseState.RETURNED, CaseEvent.REOPEN): CaseState.OPEN,
    },
)
