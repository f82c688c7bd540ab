"""What a new password must be: long enough, and not what others would try first (ASVS 5.0, 6.2.1-6.2.12).

No characters are demanded, and nobody has to change a good password; guessing is slowed down instead. The manual's
initial password, the last six of the organisation code, is too short by this rule and known to everybody besides (F9).

>>> [found.code for found in weaknesses("PDY00001-X", ["PDY00001X"])], weaknesses("correct horse", ["PDY00001X"])
(['PASSWORD_KNOWN'], ())
>>> [found.code for found in weaknesses("1234567", [])], [found.code for found in weaknesses("x" * 129, [])]
(['PASSWORD_SHORT'], ['PASSWORD_LONG'])
"""

from collections.abc import Iterable
from importlib.resources import files
from itertools import pairwise
from typing import Final
from unicodedata import normalize

from libsubsidy import Violation
from services.portal.sentences import violation

CHARACTERS_MIN: Final = 8
CHARACTERS_MAX: Final = 128
_DIFFERENT_CHARACTERS_MIN: Final = 3
# What is tried first, in small letters; repetitions and sequences are found by rule and do not stand there.
_COMMON: Final = frozenset((files("services.portal") / "common_passwords.txt").read_text("ascii").split())


def weaknesses(password: str, known: Iterable[str]) -> tuple[Violation, ...]:
    """Give every rule that a new password breaks.

    Args:
        password: as typed.
        known: what others know about the user: login, name, codes.
    """
    plain = normalize("NFKC", password)
    if len(plain) < CHARACTERS_MIN:
        return (violation("PASSWORD_SHORT", limit=CHARACTERS_MIN),)
    if len(plain) > CHARACTERS_MAX:
        return (violation("PASSWORD_LONG", limit=CHARACTERS_MAX),)
    if _bare(plain) in {_bare(word) for word in known}:
        return (violation("PASSWORD_KNOWN"),)
    if _is_common(plain.casefold()):
        return (violation("PASSWORD_COMMON"),)
    return ()


def _bare(text: str) -> str:
    return "".join(character for character in normalize("NFKC", text).casefold() if character.isalnum())


def _is_common(plain: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return plain in _COMMON or len(set(plain)) < _DIFFERENT_CHARACTERS_MIN or steps in ({1}, {-1})
