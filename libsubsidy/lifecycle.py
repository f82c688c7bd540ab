"""A state machine as one table: what happens to a thing in a state when an event comes.

>>> from enum import Enum
>>> Lamp = Enum("Lamp", "ON OFF"); Press = Enum("Press", "PRESS")
>>> lamp = Lifecycle("lamp", {(Lamp.OFF, Press.PRESS): Lamp.ON})
>>> lamp.transition(Lamp.OFF, Press.PRESS)
<Lamp.ON: 1>
>>> lamp.transition(Lamp.ON, Press.PRESS)
Traceback (most recent call last):
libsubsidy.errors.TransitionRefused: lamp: the event 'PRESS' is not allowed in the state 'ON'
"""

from collections.abc import Mapping
from enum import Enum
from typing import Generic, TypeVar

from attrs import field, frozen

from libsubsidy.errors import TransitionRefused

State = TypeVar("State", bound=Enum)
Event = TypeVar("Event", bound=Enum)


@frozen
class Lifecycle(Generic[State, Event]):
    """A named table of transitions (I21).

    Attributes:
        name: what kind of thing it is, for errors.
        table: (state, event) to the next state; whatever is not in it is refused.
    """

    name: str
    table: Mapping[tuple[State, Event], State] = field(hash=False)

    def transition(self, state: State, event: Event) -> State:
        """Give the next state.

        Raises:
            TransitionRefused: the state does not allow the event.
        """
        try:
            return self.table[state, event]
        except KeyError:
            raise TransitionRefused(self.name, state.name, event.name) from None

    def events(self, state: State) -> frozenset[Event]:
        """Give the events a state allows; none means that the state is final."""
        return frozenset(event for at, event in self.table if at is state)
