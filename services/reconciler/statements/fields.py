"""The values of single fields: an amount, a day, a text. Nothing is guessed: what is not certain is None."""

import re
import sys
import unicodedata
from datetime import date
from typing import Final

# At most thirteen digits of yuan keep an amount within libsubsidy's bound of 10**15 fen.
_AMOUNT: Final = re.compile(r"([+-]?)([0-9]{1,13})(?:[.,]([0-9]{1,2}))?")
_REFERENCE: Final = re.compile(r"&(?:(amp|lt|gt|quot|apos|nbsp)|#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6}));")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": "\u00a0"}
# What no text of a statement needs: controls, half surrogate pairs, line and paragraph separators …
_CONTROL: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
# … and marks that make a text read in another order than it is stored.
_REORDERING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_YEARS: Final = range(1900, 2200)


def fen_of(text: str) -> int | None:
    """Read a signed amount in yuan: digits, a point or comma before one or two decimals, and nothing else.

    Three digits after a separator are never read: `1,000` is a thousand to one bank and one to another (ofxparse: one).

    >>> fen_of("-1250.5"), fen_of("+0,01"), fen_of("120")
    (-125050, 1, 12000)
    >>> fen_of("1,000"), fen_of("NaN"), fen_of("1e3"), fen_of("1_000"), fen_of("１２"), fen_of("")
    (None, None, None, None, None, None)
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    sign, yuan, decimals = match.groups("")
    fen = int(yuan) * 100 + int(decimals.ljust(2, "0"))
    return -fen if sign == "-" else fen


def day_of(text: str) -> date | None:
    """Read the calendar day that a date begins with; the time and its zone are left alone.

    A bank prints its own local day. Shifting `20260105000000[+8:CST]` to UTC would book it on the day before.

    >>> day_of("20260105000000[+8:CST]"), day_of("20260230"), day_of("2026-01-05")
    (datetime.date(2026, 1, 5), None, None)
    """
    digits = text[:8]
    if len(digits) != len("YYYYMMDD") or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def is_control(character: str) -> bool:
    r"""Tell whether a character has no place in a text; a tab is a blank, and an unassigned character may be a new hanzi.

    >>> [is_control(c) for c in "\x07\u2028\u202e"], [is_control(c) for c in "\t　\u200b𰻞"]
    ([True, True, True], [False, False, False, False])
    """
    return (character != "\t" and unicodedata.category(character) in _CONTROL) or character in _REORDERING


def unescaped(text: str) -> str:
    """Replace the references that OFX and XML predefine, and those by number; everything else stays as it is written.

    Entities of a DTD are never expanded, nor are HTML's; a number that names no character of a text stays as well.

    >>> unescaped("A&amp;B &lt;3 &#x4e2d; &copy; &xxe; &#0; &lt"), unescaped("&amp;lt;")
    ('A&B <3 中 &copy; &xxe; &#0; &lt', '&lt;')
    """
    return _REFERENCE.sub(_character, text) if "&" in text else text


def escaped(text: str) -> str:
    """Write literal text so that `unescaped` gives it back.

    >>> escaped("a<b&lt;"), unescaped(escaped("a<b&lt;"))
    ('a&lt;b&amp;lt;', 'a<b&lt;')
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _character(reference: re.Match[str]) -> str:
    name, decimal, hexadecimal = reference.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    character = chr(code) if code <= sys.maxunicode else "\0"
    return reference[0] if is_control(character) or character == "\t" else character
