"""A folder that one living process holds.

The holder keeps a lock on a file in it. The kernel lets go of the lock when the process ends, however it ends; so a
lock that can be taken says that its holder is gone and that what it left behind may be cleared away.
"""

import fcntl
import os
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from attrs import frozen

_LOCK = "held"


class FolderHeld(RuntimeError):  # noqa: N818 - a state, not a fault
    """Another living process holds the folder."""


@frozen
class HeldFolder:
    """A folder and the lock on it."""

    path: Path
    _lock: int

    @classmethod
    def take(cls, path: Path) -> "HeldFolder":
        """Hold `path`, making it if it is missing.

        Raises:
            FolderHeld: another living process holds it.
        """
        path.mkdir(mode=0o755, parents=True, exist_ok=True)
        path = path.resolve()
        return cls(path, _locked(path / _LOCK))

    @classmethod
    def scratch(cls, prefix: str, within: Path | None = None) -> "HeldFolder":
        """Make and hold a new folder among the temporary files, or `within` another folder."""
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=within)).resolve()
        path.chmod(0o755)  # A server that runs as somebody else must get through to its own folders in it.
        # Locked under another name first: `abandoned` must never see this folder with a lock that is still free.
        lock = _locked(path / f"{_LOCK}.new")
        (path / f"{_LOCK}.new").rename(path / _LOCK)
        return cls(path, lock)

    def release(self) -> None:
        """Let go of the folder and leave it."""
        os.close(self._lock)

    def remove(self) -> None:
        """Delete the folder with all that is in it, and let go of it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.release()


def processes_in(folder: Path, program: str) -> list[int]:
    """Find the processes of `program` that work in `folder` or below it (on Linux; elsewhere none is found)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # It has ended meanwhile, or is somebody else's.
            if (process / "comm").read_text().startswith(program) and (process / "cwd").readlink().is_relative_to(
                folder
            ):
                found.append(int(process.name))
    return found


def kill_in(folder: Path, *programs: str) -> None:
    """End all processes of these programs that work in `folder`, and return when they are gone."""
    while found := [pid for program in programs for pid in processes_in(folder, program)]:
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def clear_abandoned(prefix: str, *programs: str, within: Path | None = None) -> None:
    """Delete this user's scratch folders whose holder is gone, and end the `programs` that still work in them."""
    for path in (within or Path(tempfile.gettempdir())).glob(f"{prefix}*"):
        try:
            if path.lstat().st_uid != os.geteuid() or not (path / _LOCK).exists():
                continue
            abandoned = HeldFolder.take(path)
        except (OSError, FolderHeld):
            continue
        kill_in(abandoned.path, *programs)
        abandoned.remove()


def _locked(path: Path) -> int:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise FolderHeld(f"{path.parent} is in use by another process.") from None
    return lock
