"""What is wrong with a memo that is not exact: the diagnosis that a person and a payer can act on.

Levels of resemblance (domain §4.3), each weaker than the one before. None of them settles money by itself (I36):

    L0  exact      the memo stands at position 0                                                -> Exact
    L1  normalised blanks, invisible or full-width characters, capitals exchanged               -> NearMiss
    L2  embedded   the form stands later in the text                                            -> NearMiss
    L3  repaired   exactly one confusable (0 for o, × for x, I for 1) or one missing x or o      -> NearMiss
    -   malformed  resembles a memo but cannot be repaired by one step: problems, no proposal    -> NoMemo
    -   missing    no resemblance                                                               -> NoMemo

Only the first 256 characters are looked at and every pattern has a bounded length, so the time is linear in the text
and limited altogether, whatever a hostile payer writes.

>>> read_memo("75256xA7W5o4月")
Exact(memo=Memo(employer_code='75256', order_code='A7W5'))
>>> near = read_memo("转账75256xA7W50")
>>> near.level, str(near.memo), [problem.code for problem in near.problems]
('L3', '75256xA7W5o', ['MEMO_NOT_AT_START', 'MEMO_TERMINATOR_CONFUSED'])
>>> read_memo("7525xA7W5o").problems[0].code, read_memo("货款").problems[0].code
('MEMO_EMPLOYER_DIGITS', 'MEMO_MISSING')
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal
from unicodedata import normalize

from attrs import field, frozen

from libsubsidy.memo import SEPARATOR, TERMINATOR, Memo, memo_key
from libsubsidy.policy import EMPLOYER_CODE_DIGITS, ORDER_CODE_CHARACTERS
from libsubsidy.violations import Violation

CHARACTERS_LOOKED_AT: Final = 256
EXCERPT_CHARACTERS_MAX: Final = 24

Level = Literal["L1", "L2", "L3"]


@frozen
class Exact:
    """The text begins with this memo."""

    memo: Memo


@frozen
class NearMiss:
    """The text resembles a memo; a person may accept the proposal.

    Attributes:
        memo: what the payer probably meant.
        problems: what differs from the exact form, each with the way to write it.
        level: "L1", "L2" or "L3"; the weakest of the problems decides.
    """

    memo: Memo
    problems: tuple[Violation, ...]
    level: Level = field(kw_only=True)


@frozen
class NoMemo:
    """There is no memo: none at all (MEMO_MISSING), or one that cannot be repaired by one step."""

    problems: tuple[Violation, ...]


MISSING: Final = NoMemo((Violation.of("MEMO_MISSING"),))


def read_memo(text: str | None) -> Exact | NearMiss | NoMemo:
    """Read the memo of a transfer, or say what is wrong with it.

    No text makes it raise. A field that the bank left out, None, is a memo that the payer left out:

    >>> read_memo(None) == read_memo("")
    True

    Raises:
        TypeError: what was given is neither a text nor None; bytes must be decoded first.
    """
    if text is None:
        return MISSING
    if not isinstance(text, str):
        raise TypeError(f"a memo is a str or None, not {type(text).__name__}")
    key = memo_key(text)
    if key is not None:
        return Exact(Memo(employer_code=key[0], order_code=key[1]))
    return diagnose(text)


def diagnose(text: str) -> NearMiss | NoMemo:
    """Say what is wrong with a text that does not begin with an exact memo. No text makes it raise."""
    raw = text[:CHARACTERS_LOOKED_AT]
    if not _has_digits(raw):
        return MISSING
    seen = _Seen(raw)
    for repair in _REPAIRS:
        match = seen.find(repair.pattern)
        if match is not None:
            return _near_miss(seen, match, repair.problem)
    return _malformed(seen)


# ---------------------------------------------------------------------------------------------------------------------
# The text as a reader sees it: without what is invisible, full-width characters as plain ones.

# Blanks, controls, zero-width characters, direction marks, soft hyphen, Hangul fillers, variation selectors and tags.
_INVISIBLE: Final = frozenset(
    chr(code)
    for first, last in (
        *((0x00, 0x20), (0x7F, 0xA0), (0xAD, 0xAD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160)),
        *((0x1680, 0x1680), (0x17B4, 0x17B5), (0x180B, 0x180E), (0x2000, 0x200F), (0x2028, 0x202F)),
        *((0x205F, 0x206F), (0x2800, 0x2800), (0x3000, 0x3000), (0x3164, 0x3164), (0xFE00, 0xFE0F)),
        *((0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB), (0xE0000, 0xE007F), (0xE0100, 0xE01EF)),
    )
    for code in range(first, last + 1)
)

# Whatever resembles a memo has at least two digits somewhere; most memos of other payments end here.
_has_digits: Final = re.compile(r"\d[^\d]{0,8}\d").search


class _Seen:
    """A text without what is invisible, full-width characters as plain ones; it knows where each came from."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        plain: list[str] = []
        self._origins: list[int] = []
        for place, character in enumerate(raw):
            if character not in _INVISIBLE:
                for seen in character if character.isascii() else normalize("NFKC", character):
                    if seen not in _INVISIBLE:
                        plain.append(seen)
                        self._origins.append(place)
        self.text = "".join(plain)

    def find(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Find the first match that is not the tail of a longer run of digits."""
        for match in pattern.finditer(self.text):
            if not self._continues_digits(match.start()):
                return match
        return None

    def _continues_digits(self, start: int) -> bool:
        if start == 0 or not self.text[start - 1].isdigit():
            return False
        return self._origins[start] - self._origins[start - 1] <= 1

    def before(self, match: re.Match[str]) -> str:
        """Give the raw text before a match."""
        return self.raw[: self._origins[match.start()]]

    def within(self, match: re.Match[str]) -> str:
        """Give the raw text that a match covers."""
        return self.raw[self._origins[match.start()] : self._origins[match.end() - 1] + 1]


# ---------------------------------------------------------------------------------------------------------------------
# What one step may repair. Sets of characters are those that keyboards, fonts and input methods exchange.

_DIGIT_LIKE: Final = {"O": "0", "o": "0", "Q": "0", "D": "0", "〇": "0", "I": "1", "l": "1", "i": "1", "|": "1"}
_DIGITS: Final = f"[0-9]{{{EMPLOYER_CODE_DIGITS}}}"
_STRANGE: Final = f"[{''.join(_DIGIT_LIKE)}]"
# Exactly one of the digits is a look-alike: the look-ahead counts, the group takes.
_DIGITS_BUT_ONE: Final = f"(?=[0-9]{{0,4}}{_STRANGE}[0-9]{{0,4}}[xX])((?:[0-9]|{_STRANGE}){{{EMPLOYER_CODE_DIGITS}}})"
_CODE: Final = f"[0-9A-Za-z]{{{ORDER_CODE_CHARACTERS}}}"
_X_LIKE: Final = r"[×✕✖╳⨯хХχΧ*·_#+-]"
_O_LIKE: Final = "[0〇○●◯оОοΟQ]"


def _terminator_confused(match: re.Match[str], memo: str) -> Violation:
    return Violation.of("MEMO_TERMINATOR_CONFUSED", found=match[4], memo=memo)


def _separator_confused(match: re.Match[str], memo: str) -> Violation:
    return Violation.of("MEMO_SEPARATOR_CONFUSED", found=match[2], memo=memo)


def _digit_confused(match: re.Match[str], memo: str) -> Violation:
    found = next(character for character in match[1] if character in _DIGIT_LIKE)
    return Violation.of("MEMO_DIGIT_CONFUSED", found=found, meant=_DIGIT_LIKE[found], memo=memo)


def _terminator_missing(_match: re.Match[str], memo: str) -> Violation:
    return Violation.of("MEMO_TERMINATOR_MISSING", memo=memo)


def _separator_missing(_match: re.Match[str], memo: str) -> Violation:
    return Violation.of("MEMO_SEPARATOR_MISSING", memo=memo)


_Problem = Callable[[re.Match[str], str], Violation]


@frozen
class _Repair:
    """A form of memo and the one step that makes it exact; without a problem only its dress is wrong."""

    pattern: re.Pattern[str]
    problem: _Problem | None = None


_REPAIRS: Final = (
    _Repair(re.compile(f"({_DIGITS})([xX])({_CODE})([oO])")),
    _Repair(re.compile(f"({_DIGITS})([xX])({_CODE})({_O_LIKE})"), _terminator_confused),
    _Repair(re.compile(f"({_DIGITS})({_X_LIKE})({_CODE})([oO])"), _separator_confused),
    _Repair(re.compile(f"{_DIGITS_BUT_ONE}([xX])({_CODE})([oO])"), _digit_confused),
    _Repair(re.compile(f"({_DIGITS})([xX])({_CODE})()(?![0-9A-Za-z])"), _terminator_missing),
    # Without its x a memo is a mere run of letters and digits: only the beginning of the text is believed.
    _Repair(re.compile(f"\\A({_DIGITS})()({_CODE})([oO])(?![0-9A-Za-z])"), _separator_missing),
)


def _near_miss(seen: _Seen, match: re.Match[str], problem: _Problem | None) -> NearMiss:
    digits, separator, code, terminator = match.groups()
    meant = "".join(_DIGIT_LIKE.get(character, character) for character in digits)
    memo = Memo(employer_code=meant, order_code=code.upper())
    before = seen.before(match)
    problems: list[Violation] = []
    level: Level = "L1"
    if match.start() > 0:
        prefix = before.strip()[-EXCERPT_CHARACTERS_MAX:]
        problems.append(Violation.of("MEMO_NOT_AT_START", prefix=prefix, memo=str(memo)))
        before, level = "", "L2"
    raw = seen.within(match)
    dress = (
        ("MEMO_LEADING_BLANK", before != ""),
        ("MEMO_BLANK_INSIDE", not _INVISIBLE.isdisjoint(raw)),
        ("MEMO_FULL_WIDTH", _has_wide(raw)),
        ("MEMO_SEPARATOR_UPPER", separator == SEPARATOR.upper()),
        ("MEMO_CODE_LOWER", code != code.upper()),
        ("MEMO_TERMINATOR_UPPER", terminator == TERMINATOR.upper()),
    )
    problems += [Violation.of(key, memo=str(memo)) for key, is_so in dress if is_so]
    if problem is not None:
        problems.append(problem(match, str(memo)))
        level = "L3"
    return NearMiss(memo, tuple(problems), level=level)


def _has_wide(raw: str) -> bool:
    return any(not c.isascii() and c not in _INVISIBLE and normalize("NFKC", c) != c for c in raw)


# ---------------------------------------------------------------------------------------------------------------------
# What resembles a memo but needs more than one step.

_RESEMBLES: Final = re.compile(f"([0-9OoIl]{{4,19}})([xX]|{_X_LIKE})([0-9A-Za-z〇]{{1,8}})")


def _malformed(seen: _Seen) -> NoMemo:
    match = _RESEMBLES.search(seen.text)
    if match is None:
        return MISSING
    digits, _, rest = match.groups()
    code = rest[:-1] if rest[-1] in "oO0〇" else rest
    found = Violation.of("MEMO_MALFORMED", found=match[0])
    return NoMemo(tuple(_wrong_lengths(digits, code)) or (found,))


def _wrong_lengths(digits: str, code: str) -> Iterator[Violation]:
    if len(digits) != EMPLOYER_CODE_DIGITS:
        yield Violation.of("MEMO_EMPLOYER_DIGITS", found=digits, count=len(digits), expected=EMPLOYER_CODE_DIGITS)
    if len(code) != ORDER_CODE_CHARACTERS:
        yield Violation.of("MEMO_CODE_CHARACTERS", found=code, count=len(code), expected=ORDER_CODE_CHARACTERS)
