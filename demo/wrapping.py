"""Breaking Chinese text into lines: between any two characters, but not inside a word or between a number and its unit.

A word is a run of letters and digits. rich breaks at blanks alone, and Chinese has none.
"""

import re
from collections.abc import Iterator
from typing import Final

import attrs
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

_PIECE: Final = re.compile(r"[!-~]*[0-9] ?[元分位期个笔行张份年月日号]|[!-~]+|.", re.DOTALL)
# What must not begin a line, and what must not end one.
_CLOSING: Final = frozenset("，。：；！？、）”》")
_OPENING: Final = frozenset("（“《")
_NARROWEST: Final = 12


def wrapped(text: str, width: int) -> Iterator[str]:
    """Break a text into lines of at most `width` cells; only a word longer than a line is broken inside.

    >>> list(wrapped("请写成 10160x4F6Wo。谢谢", 14))
    ['请写成', '10160x4F6Wo。', '谢谢']
    >>> list(wrapped("少付，应缴 1446.25 元。", 20))
    ['少付，应缴', '1446.25 元。']
    """
    line = ""
    for piece in _pieces(text, width):
        if line and cell_len(line) + cell_len(piece) > width:
            if line.strip(" "):
                yield line.rstrip(" ")
            line = piece.lstrip(" ")
        else:
            line += piece
    if line:
        yield line


def _pieces(text: str, width: int) -> Iterator[str]:
    """Give what must stay together: a word, or a character, with the punctuation around it."""
    held = ""
    for piece in _PIECE.findall(text):
        if held and piece not in _CLOSING and held[-1] not in _OPENING:
            yield from _cut(held, width)
            held = ""
        held += piece
    yield from _cut(held, width)


def _cut(piece: str, width: int) -> Iterator[str]:
    while cell_len(piece) > width:
        end = len(piece)
        while cell_len(piece[:end]) > width and end > 1:
            end -= 1
        yield piece[:end]
        piece = piece[end:]
    if piece:
        yield piece


@attrs.frozen
class Wrapped:
    """A text that fills its column; no character of it is markup."""

    text: str
    style: str = ""

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        for line in wrapped(self.text, options.max_width):
            yield Text(line, self.style, no_wrap=True, overflow="crop")

    def __rich_measure__(self, _console: Console, options: ConsoleOptions) -> Measurement:
        width = min(cell_len(self.text), options.max_width)
        return Measurement(min(_NARROWEST, width), width)
