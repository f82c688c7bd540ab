"""The demonstration: `python -m demo`, or `python -m demo --once` to end after the summary.

It starts a PostgreSQL of its own that goes when it ends, sets up the demo month, and lets the reconciler work before your
eyes. It never uses a database that is set in the environment: what it shows is made up.
"""

import argparse
import asyncio
import signal
import sys

import uvloop
from rich.console import Console

from demo.postgres_programs import PostgresUnavailable
from demo.show import Show
from libsubsidy import SubsidyError

_STOPPED_EARLY = 130


async def _run(*, once: bool, every_line: bool) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    show = Show(every_line=every_line)
    work = asyncio.create_task(show.run(None if once else stop))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
    if not work.done() and not show.staying:
        work.cancel()
    try:
        return await work
    except asyncio.CancelledError:
        return _STOPPED_EARLY
    finally:
        stopped.cancel()


def main() -> int:
    """Show it; 0 when every sum proves, 1 when one does not or the demonstration cannot run."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="Show the demo month.")
    parser.add_argument("--once", action="store_true", help="end after the summary")
    parser.add_argument("--all", action="store_true", help="show every line, not a few of each kind")
    arguments = parser.parse_args()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_run(once=arguments.once, every_line=arguments.all))
    except BrokenPipeError:
        return 1  # Whoever read this has gone.
    except (PostgresUnavailable, SubsidyError, OSError) as error:
        Console(stderr=True).print(f"{type(error).__name__}: {error}", markup=False, soft_wrap=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
