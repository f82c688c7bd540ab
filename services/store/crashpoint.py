"""Named places at which a test may kill the process, to prove that a crash there loses and doubles nothing.

A crash that matters falls between two promises: after the broker confirmed and before the row is deleted, after
the commit and before the acknowledgement. Such a moment cannot be hit by killing from outside, so the code names
it with one call, and nothing happens there unless the process was armed:

>>> reach("relay.after_confirm")            # not armed: nothing happens
>>> arm("relay.after_confirm", nth=3)       # the third time it is reached, the process gets SIGKILL
>>> remaining("relay.after_confirm")
3
>>> reach("relay.after_confirm"); remaining("relay.after_confirm")
2
>>> disarm()

SIGKILL and not an exception: no ``finally`` runs, no buffer is flushed, no connection says good-bye, as when the
machine loses power. A process is armed by its settings (``relay.after_confirm:3``), never by what it receives.
"""

import os
import re
import signal
from typing import Final

_SETTING: Final = re.compile(r"(?P<name>[a-z_]+(\.[a-z_]+)+)(:(?P<nth>[1-9][0-9]{0,8}))?", re.ASCII)

# How many more times each armed point is reached before the process dies; empty in production.
_armed: dict[str, int] = {}


class CrashPointError(ValueError):
    """A setting that names no crash point."""

    def __init__(self, setting: str) -> None:
        """Keep the setting as it was written."""
        super().__init__(f"crash point {setting!r}: expected name[:n], such as relay.x:3")
        self.setting = setting


def reach(name: str) -> None:
    """Say that the process stands at the point `name`; kill it when this point is armed and its turn has come."""
    if not _armed:
        return
    left = _armed.get(name)
    if left is None:
        return
    if left == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    _armed[name] = left - 1


def arm(name: str, nth: int = 1) -> None:
    """Let the process die the `nth` time (from 1) that it reaches `name`."""
    if nth < 1:
        raise CrashPointError(f"{name}:{nth}")
    _armed[name] = nth


def arm_from_setting(setting: str) -> None:
    """Arm what a setting asks for: ``name``, ``name:n``, several with commas, or nothing when it is empty.

    >>> arm_from_setting("intake.after_commit:2,relay.before_publish")
    >>> remaining("intake.after_commit"), remaining("relay.before_publish"), remaining("intake.after_ack")
    (2, 1, None)
    >>> disarm()
    >>> arm_from_setting("after commit")
    Traceback (most recent call last):
        ...
    services.store.crashpoint.CrashPointError: crash point 'after commit': expected name[:n], such as relay.x:3
    """
    for item in filter(None, (item.strip() for item in setting.split(","))):
        found = _SETTING.fullmatch(item)
        if found is None:
            raise CrashPointError(item)
        arm(found["name"], int(found["nth"] or 1))


def remaining(name: str) -> int | None:
    """How many more times `name` is reached until the process dies; None when it is not armed."""
    return _armed.get(name)


def disarm() -> None:
    """Forget every armed point."""
    _armed.clear()
