"""The line that says on what a run was measured; without it an absolute number means nothing."""

import os
import platform
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

_SYNCS = 50
_PAGE = b"\0" * 8192


def machine() -> str:
    """Name processor, cores, memory and Python."""
    model = _field(Path("/proc/cpuinfo"), "model name") or platform.processor() or platform.machine()
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return (
        f"{model}, {os.cpu_count()} cores, {memory_bytes / 2**30:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def syncs_per_second() -> float:
    """Measure how often the disk below the temporary files can be made to remember a page.

    A disk that claims far more than some thousands keeps nothing through a power cut, and commits on it are no measure.
    """
    with TemporaryDirectory() as folder, (Path(folder) / "page").open("wb", buffering=0) as file:
        took = []
        for _ in range(_SYNCS):
            started = time.perf_counter()
            file.write(_PAGE)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - started)
    return 1 / median(took)


def _field(path: Path, name: str) -> str:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
