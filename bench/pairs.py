"""Two things measured in turns: A B, B A, A B … so that a slow minute of the machine falls on both sides."""

from collections.abc import Awaitable, Callable
from statistics import median
from typing import Generic, TypeVar

import attrs

T = TypeVar("T")


@attrs.frozen
class Pairs(Generic[T]):
    """What both sides gave, pair by pair."""

    ours: tuple[T, ...]
    theirs: tuple[T, ...]


async def take_turns(ours: Callable[[], Awaitable[T]], theirs: Callable[[], Awaitable[T]], pairs: int) -> Pairs[T]:
    """Measure both sides `pairs` times each, and let every pair begin with the side that the last one ended with.

    >>> import asyncio
    >>> turns = []
    >>> async def side(name):
    ...     turns.append(name)
    >>> _ = asyncio.run(take_turns(lambda: side("A"), lambda: side("B"), 3))
    >>> "".join(turns)
    'ABBAAB'
    """
    first: list[T] = []
    second: list[T] = []
    for number in range(pairs):
        if number % 2 == 0:
            first.append(await ours())
            second.append(await theirs())
        else:
            second.append(await theirs())
            first.append(await ours())
    return Pairs(tuple(first), tuple(second))


def ratios(over: tuple[float, ...], under: tuple[float, ...]) -> tuple[float, ...]:
    """Divide pair by pair.

    >>> ratios((2.0, 3.0), (1.0, 2.0))
    (2.0, 1.5)
    """
    return tuple(one / other for one, other in zip(over, under, strict=True))


def seconds(values: tuple[float, ...]) -> str:
    """Give the middle one of some durations for people.

    >>> seconds((1.0, 3.26, 2.0)), seconds((0.0123,)), seconds((123.4,))
    ('2.00 s', '12.3 ms', '123 s')
    """
    value = median(values)
    if value < 1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g} s" if value >= 10 else f"{value:.2f} s"  # noqa: PLR2004 -- three digits say enough.
