"""The output of commands: to whoever reads on, as far as they read."""

import contextlib
import os
import sys
from io import TextIOWrapper
from typing import TextIO

from libsubsidy import SubsidyError


class OutputClosedError(SubsidyError):
    """Whoever read the output has seen enough (``… | head``): an end, and no fault."""


def prepare() -> None:
    """Let every character be printed: where the terminal has none for it, its number in its place."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str, out: TextIO | None = None) -> None:
    """Print one text and the end of its line.

    A connection that breaks raises the same error as a closed pipe; only here it means the pipe.

    Raises:
        OutputClosedError: nobody reads it any more.
    """
    out = sys.stdout if out is None else out
    try:
        out.write(f"{text}\n")
    except BrokenPipeError as error:
        raise OutputClosedError from error


def finish() -> None:
    """Give out what is still kept back.

    Raises:
        OutputClosedError: nobody reads it any more.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise OutputClosedError from error


def leave() -> None:
    """Let what was not read go nowhere: the interpreter would try to give it out once more, and complain."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
