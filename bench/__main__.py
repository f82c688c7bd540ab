"""Print every performance figure: `python -m bench [NAME …] [--quick] [--strict]`.

It starts a durable PostgreSQL of its own, measures, and prints one table. Limits that do not hold are printed as such and
fail the run only with --strict; two sides that did not do the same always fail it, because then nothing was measured.
"""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Sequence

import structlog
import uvloop
from rich.console import Console
from rich.table import Table

from bench.big_order import BigOrder
from bench.big_submit import BigSubmit
from bench.figure import Figure, ResultsDifferError, Row
from bench.growth import Growth
from bench.machine import machine, syncs_per_second
from bench.one_worker import WorkerFailedError
from bench.portal_calls import PortalCalls
from bench.reading import Reading
from bench.reconciling import Reconciling
from bench.redelivery import Redelivery
from bench.server import BenchServer
from bench.server_process import ServerFailedError
from services.collecting import collect_seldom

FIGURES: tuple[Figure, ...] = (
    Reading(),
    BigOrder(),
    Reconciling(),
    Redelivery(),
    Growth(),
    PortalCalls(),
    BigSubmit(),
)

_WIDTH_MIN = 160


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {figure.name:12} {(type(figure).__doc__ or '').strip()}" for figure in FIGURES)
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure every performance figure as a ratio, in one run.",
        epilog=f"figures:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [figure.name for figure in FIGURES]
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these figures (default: all)")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, and no 1,000,000 lines")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a limit does not hold")
    parser.set_defaults(known=names)
    return parser


async def run(figures: Sequence[Figure], console: Console) -> tuple[list[Row], list[str]]:
    """Measure the figures one by one; return the rows, and what could not be measured and why."""
    rows: list[Row] = []
    faults: list[str] = []

    def note(text: str) -> None:
        console.print(f"{time.strftime('%H:%M:%S')} {text}", style="dim", highlight=False)

    async with BenchServer.started() as server:
        console.print(f"{machine()}; {syncs_per_second():,.0f} fdatasync/s", highlight=False)
        console.print(await server.describe(), highlight=False)
        for figure in figures:
            started = time.monotonic()
            try:
                rows += await figure.measure(server, note)
            except (ResultsDifferError, ServerFailedError, WorkerFailedError) as error:
                faults.append(f"{figure.name}: {error}")
            note(f"{figure.name} took {time.monotonic() - started:.0f} s")
    return rows, faults


def table_of(rows: Sequence[Row]) -> Table:
    """Lay the figures out for people."""
    table = Table(title="Figures", show_lines=True, title_justify="left")
    for heading in ("figure", "measured", "compared with"):
        table.add_column(heading, overflow="fold")
    for heading in ("median", "min–max", "limit", "verdict"):
        table.add_column(heading, no_wrap=True)
    table.add_column("for information", overflow="fold")
    for row in rows:
        unit = row.unit if row.unit in {"", "×"} else f" {row.unit}"
        table.add_row(
            row.figure,
            row.what,
            row.compared_with,
            f"{shown(row.median)}{unit}",
            f"{shown(min(row.values))}–{shown(max(row.values))} ({len(row.values)})",
            str(row.limit),
            "holds" if row.is_held else "DOES NOT HOLD",
            row.detail,
        )
    return table


def shown(value: float) -> str:
    """Give a number three digits that mean something.

    >>> shown(1.234), shown(0.0004), shown(812.3), shown(0)
    ('1.23', '0.0004', '812', '0')
    """
    return f"{value:.2f}" if 1 <= value < 10 else f"{value:.3g}"  # noqa: PLR2004 -- two decimals keep 1.10 apart from 1.1.


def main() -> int:
    """Measure what was asked for and print it."""
    parser = _parser()
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(arguments.known):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}; there are: {', '.join(arguments.known)}")
    chosen = [figure for figure in FIGURES if not arguments.names or figure.name in arguments.names]
    if arguments.quick:
        chosen = [figure.quick() for figure in chosen]
    collect_seldom()  # As our processes do; what they are compared with in here has the same of it.
    # A portal within this process would tell of every answer that it gives.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_MIN)
    started = time.monotonic()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rows, faults = runner.run(run(chosen, console))
    console.print(table_of(rows))
    left_out = "; --quick: smaller sizes, and 1,000,000 lines are left out" if arguments.quick else ""
    console.print(
        f"Each ratio is measured in one run, both sides in turns; the seconds are for information. "
        f"This took {time.monotonic() - started:.0f} s{left_out}.",
        highlight=False,
    )
    for fault in faults:
        console.print(f"NOT MEASURED: {fault}", style="bold red", highlight=False)
    return int(bool(faults) or (arguments.strict and not all(row.is_held for row in rows)))


if __name__ == "__main__":
    sys.exit(main())
