"""One reconciler worker in a process of its own: works until nothing is left and says what that took.

    python -m bench.one_worker postgresql://…

A process of its own, because the memory of a process is only known as its highest ever, and because the measuring process
must not share its processor time with the measured one.
"""

import asyncio
import json
import logging
import resource
import sys
import time
from pathlib import Path

import attrs
import structlog
import uvloop

from libsubsidy import Policy
from services.collecting import collect_seldom
from services.reconciler.worker import Worker
from services.store.database import open_pool

_CONNECTIONS = 4  # As many as a worker of the service has for itself.


class WorkerFailedError(Exception):
    """The worker's process did not come to its end."""


@attrs.frozen(kw_only=True)
class Work:
    """What the worker did.

    Attributes:
        steps: stages it took statements through.
        seconds: from the first claim to the last commit; starting Python and connecting are not counted.
        cpu_seconds: of this process alone, not of the server.
        peak_bytes: the most memory the process ever had, since its first instruction.
    """

    steps: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int


async def work(url: str) -> Work:
    """Work on whatever waits in the database."""
    async with open_pool(url, application="subsidy bench", connections_max=_CONNECTIONS) as pool:
        worker = Worker(pool, "bench", policy=Policy())
        collect_seldom()  # As the service does.
        started, cpu_started = time.perf_counter(), time.process_time()
        steps = await worker.drain()
        return Work(
            steps=steps,
            seconds=time.perf_counter() - started,
            cpu_seconds=time.process_time() - cpu_started,
            peak_bytes=_peak_bytes(),
        )


def _peak_bytes() -> int:
    """The kernel's high-water mark; `getrusage` would count the parent's memory in, from before the program began."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


async def in_own_process(url: str) -> Work:
    """Run a worker as a process and return what it says.

    Raises:
        WorkerFailedError: it failed; its own words were printed to standard error.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.one_worker", url, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise WorkerFailedError(f"the worker ended with status {process.returncode}")
    return Work(**json.loads(said))


def main() -> None:
    """Work, and say what it took as JSON."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(attrs.asdict(runner.run(work(sys.argv[1])))))  # noqa: T201 -- its parent reads this.


if __name__ == "__main__":
    main()
