"""注册新单位, how a new employer comes to the fund (manual L2-L7, F1-F7): its form, and its life until the bureau's decision.

Whoever registers has proven a telephone by SMS (L4); that number is the administrator's 联系电话 on the card, and cannot be
another one (domain §4.2: phone changed mid-way). The form is the card (`libsubsidy.employer_card`), saved as a draft as often
as one likes, judged when it is submitted. While the bureau looks at it nothing changes (I25); what is returned is
edited and submitted again, what is rejected is over, and the same organisation may register anew (domain §6.1).

>>> REGISTRATION_LIFE.transition(RegistrationState.RETURNED, RegistrationEvent.SAVE)
<RegistrationState.DRAFT: 'draft'>
>>> REGISTRATION_LIFE.events(RegistrationState.SUBMITTED) == {RegistrationEvent.APPROVE, RegistrationEvent.RETURN,
...                                                           RegistrationEvent.REJECT}
True
>>> card, broken = read_registration(EmployerCard(name="市第一中学"), Mobile("13800000000"))
>>> card.contact_mobile, len(broken)
('13800000000', 5)
"""

from enum import Enum
from typing import Final

import attrs

from libsubsidy.employer_card import EmployerCard, read_card
from libsubsidy.identity import Mobile
from libsubsidy.lifecycle import Lifecycle
from libsubsidy.violations import Violation


class RegistrationState(Enum):
    """The states of a registration; until it is submitted only who registers knows of it."""

    PHONE_VERIFIED = "phone_verified"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REJECTED = "rejected"
    APPROVED = "approved"

    @property
    def is_open_to_edit(self) -> bool:
        """Whether the form can be saved."""
        return (self, RegistrationEvent.SAVE) in REGISTRATION_LIFE.table


class RegistrationEvent(Enum):
    """What happens to a registration; RETURN and REJECT need a reason."""

    SAVE = "save"
    SUBMIT = "submit"
    RETURN = "return"
    REJECT = "reject"
    APPROVE = "approve"


REGISTRATION_LIFE: Final = Lifecycle(
    "registration",
    {
        (RegistrationState.PHONE_VERIFIED, RegistrationEvent.SAVE): RegistrationState.DRAFT,
        (RegistrationState.DRAFT, RegistrationEvent.SAVE): RegistrationState.DRAFT,
        (RegistrationState.RETURNED, RegistrationEvent.SAVE): RegistrationState.DRAFT,
        # What is submitted has been saved just before, as what it is submitted as.
        (RegistrationState.DRAFT, RegistrationEvent.SUBMIT): RegistrationState.SUBMITTED,
        (RegistrationState.SUBMITTED, RegistrationEvent.RETURN): RegistrationState.RETURNED,
        (RegistrationState.SUBMITTED, RegistrationEvent.REJECT): RegistrationState.REJECTED,
        (RegistrationState.SUBMITTED, RegistrationEvent.APPROVE): RegistrationState.APPROVED,
    },
)


def read_registration(typed: EmployerCard, mobile: Mobile) -> tuple[EmployerCard, tuple[Violation, ...]]:
    """Read the form of a registration: `read_card`, with the proven number as the administrator's.

    Args:
        typed: the form; a number in it that is not the proven one does not count.
        mobile: that a code by SMS has proven.
    """
    return read_card(attrs.evolve(typed, contact_mobile=str(mobile)))
