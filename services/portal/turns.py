"""Turns: one employer's requests take some of the database connections, never all of them.

Whoever asks more at once waits for the own requests before, without a connection, within the call's own time limit.
"""

import asyncio
from typing import Final
from weakref import WeakValueDictionary

import attrs

from services.portal.identity import Identity

# A page asks for a few things at once; sixteen connections are a portal's usual number.
AT_ONCE_MAX: Final = 4


@attrs.define
class Turns:
    """The transactions under way, by whose they are: an employer's users count together, others each alone.

    Attributes:
        at_once_max: transactions of one employer, or of one user of the bureau.
    """

    at_once_max: int = AT_ONCE_MAX
    # A semaphore lives as long as somebody holds it or waits for it.
    _places: WeakValueDictionary[str, asyncio.Semaphore] = attrs.field(factory=WeakValueDictionary, init=False)

    def turn(self, identity: Identity) -> asyncio.Semaphore:
        """Give what `async with` waits at until fewer than `at_once_max` are under way, to be one of them."""
        key = f"user/{identity.user_id}" if identity.employer_id is None else f"employer/{identity.employer_id}"
        return self.turn_of(key)

    def turn_of(self, key: str) -> asyncio.Semaphore:
        """As above, for whoever the key stands for."""
        places = self._places.get(key)
        if places is None:
            places = self._places[key] = asyncio.Semaphore(self.at_once_max)
        return places
