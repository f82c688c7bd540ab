"""From a thousand lines to a million: how the time grows, and how much memory the reconciler's process takes.

Each size has as many open orders as lines, so that the mix of outcomes stays the same and nothing gets easier by growing.
"""

import math
from collections.abc import Sequence
from statistics import median
from typing import ClassVar, Self

import attrs

from bench.figure import Limit, Note, Row, Sense
from bench.fund import Fund
from bench.pairs import seconds
from bench.prepared import prepare
from bench.reconciling import Case, Outcome, measure_both, pairs_for, row_of
from bench.server import BenchServer

MEMORY_LIMIT = Limit(Sense.AT_MOST, 300)
SLOPE_LIMIT = Limit(Sense.AT_MOST, 1.1)
_MEGABYTE = 1_000_000
_MILLION = 1_000_000


@attrs.frozen
class Growth:
    """Reconcile 1,000 to 1,000,000 lines: ratio to the floor and memory at the largest, slope of time over lines."""

    name: ClassVar[str] = "growth"

    sizes: tuple[int, ...] = (1_000, 10_000, 100_000, _MILLION)

    def quick(self) -> Self:
        """Leave the million out."""
        return attrs.evolve(self, sizes=tuple(size for size in self.sizes if size < _MILLION))

    async def measure(self, server: BenchServer, note: Note) -> list[Row]:
        """Measure every size, the smallest first."""
        if self.sizes[-1] < _MILLION:
            note("growth: 1,000,000 lines are left out")
        measured: list[tuple[Outcome, ...]] = []
        floors: list[tuple[Outcome, ...]] = []
        for lines in self.sizes:
            # A slope over three decades needs fewer repeats than a ratio; 100,000 lines are `reconcile`'s too.
            case = Case(lines=lines, fund=Fund(orders=lines, employees=1), pairs=max(1, pairs_for(lines) - 2))
            prepared = await prepare(server, case.fund, lines)
            ours, floor = await measure_both(server, prepared, case, note)
            await server.forget(prepared.key)
            measured.append(ours)
            floors.append(floor)
        largest = Case(lines=self.sizes[-1], fund=Fund(orders=self.sizes[-1], employees=1), pairs=1)
        return [
            row_of(self.name, largest, measured[-1], floors[-1]),
            self._memory(measured),
            self._slope(measured, floors),
        ]

    def _memory(self, measured: Sequence[tuple[Outcome, ...]]) -> Row:
        peaks = [[outcome.work.peak_bytes / _MEGABYTE for outcome in ours if outcome.work] for ours in measured]
        return Row(
            figure=self.name,
            what=f"{self.sizes[-1]:,} lines: peak memory of the reconciler's process",
            compared_with="the kernel's high-water mark",
            values=tuple(peaks[-1]),
            limit=MEMORY_LIMIT,
            unit="MB",
            detail=", ".join(
                f"{lines:,}: {median(each):.0f} MB" for lines, each in zip(self.sizes, peaks, strict=True)
            ),
        )

    def _slope(self, measured: Sequence[tuple[Outcome, ...]], floors: Sequence[tuple[Outcome, ...]]) -> Row:
        ours = [_median_seconds(outcomes) for outcomes in measured]
        floor = [_median_seconds(outcomes) for outcomes in floors]
        took = ", ".join(
            f"{lines:,}: {seconds((one,))} : {seconds((other,))}"
            for lines, one, other in zip(self.sizes, ours, floor, strict=True)
        )
        return Row(
            figure=self.name,
            what=f"{self.sizes[0]:,} to {self.sizes[-1]:,} lines: log-log slope of the time",
            compared_with="1 is linear",
            values=(slope(self.sizes, ours),),
            limit=SLOPE_LIMIT,
            unit="",
            detail=f"last step {slope(self.sizes[-2:], ours[-2:]):.2f}; floor's slope {slope(self.sizes, floor):.2f}; {took}",
        )


def _median_seconds(outcomes: tuple[Outcome, ...]) -> float:
    return median(outcome.seconds for outcome in outcomes)


def slope(sizes: Sequence[float], times: Sequence[float]) -> float:
    """Fit a straight line through the logarithms and return how steep it is.

    >>> round(slope((1, 10, 100), (3, 30, 300)), 6), round(slope((1, 10, 100), (1, 100, 10_000)), 6)
    (1.0, 2.0)
    """
    x = [math.log(size) for size in sizes]
    y = [math.log(took) for took in times]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    over = sum((one - middle_x) * (other - middle_y) for one, other in zip(x, y, strict=True))
    return over / sum((one - middle_x) ** 2 for one in x)
