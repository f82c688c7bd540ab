"""What can go wrong between a service and the broker, told apart by what to do about it.

::

    BusError
    ├── BrokerLostError         the connection is gone or the broker is silent: connect again
    ├── TopologyMismatchError   a name is declared otherwise at the broker: a person must act
    └── NotDeliveredError       the broker answered, and did not take the message: its reason says what to do
    Poisonous                   this message can never be accepted, whoever reads it: to the dead letters
"""

from libsubsidy import SubsidyError, Violation


class BusError(SubsidyError):
    """The root of what the bus raises."""


class BrokerLostError(BusError):
    """The broker is out of reach or does not answer; whatever was asked of it may or may not have happened."""

    def __init__(self, doing: str, cause: str) -> None:
        """Keep what was being done and why it ended."""
        super().__init__(f"while {doing}: {cause}")
        self.doing = doing
        self.cause = cause


class TopologyMismatchError(BusError):
    """An exchange or queue of ours exists with other properties, or we may not declare it."""

    def __init__(self, name: str, answer: str, next_step: str) -> None:
        """Keep the name, the broker's own words and what a person should do."""
        super().__init__(f"{name}: {answer}. {next_step}")
        self.name = name
        self.answer = answer
        self.next_step = next_step


class NotDeliveredError(BusError):
    """The broker did not take a message; nothing was stored there."""

    def __init__(self, message_id: str, why: str, next_step: str) -> None:
        """Keep the id of the message, why it was not taken and what to do."""
        super().__init__(f"message {message_id}: {why}. {next_step}")
        self.message_id = message_id
        self.why = why
        self.next_step = next_step


class Poisonous(SubsidyError):  # noqa: N818 - the name that the handlers of the reconciler raise.
    """A message that can never be accepted; it goes to the dead letters with the violation as its reason."""

    def __init__(self, violation: Violation) -> None:
        """Keep the violation: its code, its texts in both languages."""
        super().__init__(f"{violation.code}: {violation.en}")
        self.violation = violation
