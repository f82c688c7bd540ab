"""What a figure is: something measured, compared with something, held against a limit."""

from collections.abc import Callable
from enum import Enum
from statistics import median
from typing import ClassVar, Protocol, Self

import attrs

from bench.server import BenchServer


class ResultsDifferError(Exception):
    """The two sides of a ratio did not do the same, so that their times say nothing."""


class Sense(Enum):
    """Which side of a limit is the good one."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@attrs.frozen
class Limit:
    """What a figure must keep to.

    >>> Limit(Sense.AT_MOST, 2.0).is_held(2.0), Limit(Sense.AT_MOST, 2.0).is_held(2.01), str(Limit(Sense.AT_LEAST, 20))
    (True, False, '≥ 20')
    """

    sense: Sense
    number: float

    def is_held(self, value: float) -> bool:
        """Tell whether a value keeps to the limit; the limit itself does."""
        return value <= self.number if self.sense is Sense.AT_MOST else value >= self.number

    def __str__(self) -> str:
        return f"{self.sense.value} {self.number:g}"


@attrs.frozen(kw_only=True)
class Row:
    """One line of the printed table.

    Attributes:
        figure: name of the figure it belongs to.
        what: what was measured, and on how much.
        compared_with: the other side of the ratio, or what the number is.
        values: one per repeat.
        limit: what the median is held against.
        unit: behind the numbers; "×" for a ratio.
        detail: absolute numbers and how the results were proven equal; information, never a verdict.
    """

    figure: str
    what: str
    compared_with: str
    values: tuple[float, ...]
    limit: Limit
    unit: str = "×"
    detail: str = ""

    @property
    def median(self) -> float:
        """The number that is held against the limit."""
        return median(self.values)

    @property
    def is_held(self) -> bool:
        """Whether the figure keeps to its limit."""
        return self.limit.is_held(self.median)


Note = Callable[[str], None]
"""Says how far a measurement is, to whoever waits for it."""


class Figure(Protocol):
    """One figure, with the sizes it is measured on; its class docstring says what is measured and how.

    Attributes:
        name: what it is called on the command line.
    """

    name: ClassVar[str]

    def quick(self) -> Self:
        """Return the same figure on sizes that take seconds rather than minutes."""
        ...

    async def measure(self, server: BenchServer, note: Note) -> list[Row]:
        """Measure it.

        Raises:
            ResultsDifferError: the sides did not do the same.
        """
        ...
