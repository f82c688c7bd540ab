"""Months and amounts of rows, as values that are shared: a fund has a few hundred of each, and twenty thousand people.

Python's garbage collector stops everything for as long as it takes to look at all values that there are.
"""

from datetime import date
from functools import lru_cache

from libsubsidy import Money, Month


@lru_cache(maxsize=4096)
def month_of(day: date) -> Month:
    """Read a month from its first day."""
    return Month.of(day)


def month_if_any(day: date | None) -> Month | None:
    """Read a month that may not be known."""
    return None if day is None else month_of(day)


@lru_cache(maxsize=4096)
def money_of(fen: int) -> Money:
    """Read an amount."""
    return Money(fen=fen)
